#!/usr/bin/env bash
# Runs each fuzz target of the workspace for a while (first argument, 5s without one). Its seeds run with every `go test` anyway.
set -euo pipefail
cd "$(dirname "$0")/.."
duration=${1:-5s}

mapfile -t files < <(grep --recursive --files-with-matches --include='*_test.go' '^func Fuzz' proto services)
for file in "${files[@]}"; do
	while read -r target; do
		echo "== $(dirname "$file") $target" >&2
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" "./$(dirname "$file")"
	done < <(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file")
done
