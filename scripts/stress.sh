#!/usr/bin/env bash
# Runs every concurrent test many times (first argument, 50 without one) under the race detector. What a concurrent test is, says
# services/e2e/structure/concurrent. With -short, so that property tests draw fewer cases each time. services/e2e is left out: its
# tests run whole processes, kill them at random, and repeat themselves.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-50}

names=()
packages=()
while read -r package tests; do
	[[ $package == ./services/e2e* ]] && continue
	packages+=("$package")
	names+=("$tests")
done < <(go run ./services/e2e/structure/concurrent .)
pattern=$(IFS='|' && echo "${names[*]}")

CGO_ENABLED=1 bin/gotestsum --format pkgname -- -race -short -count "$count" -timeout 30m -run "^($pattern)\$" "${packages[@]}"
