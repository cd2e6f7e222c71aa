#!/usr/bin/env bash
# Runs every concurrent test many times (first argument, 50 without one) under the race detector, and scenarios a tenth as often: a test that
# takes over three seconds in a first round is one, such as days of virtual time or ten thousand orders. What a concurrent test is, says
# services/e2e/structure/concurrent. With -short, so that property tests draw fewer cases each time. services/e2e is left out: its tests kill
# whole processes at random, and repeat themselves.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-50}
first=$(mktemp)
trap 'rm -f "$first"' EXIT
export CGO_ENABLED=1

names=()
packages=()
while read -r package tests; do
	[[ $package == ./services/e2e* ]] && continue
	packages+=("$package")
	names+=("$tests")
done < <(go run ./services/e2e/structure/concurrent .)
all="^($(IFS='|' && echo "${names[*]}"))\$"

# stress FLAGS...
stress() {
	bin/gotestsum --format pkgname --format-hide-empty-pkg -- -race -short -timeout 60m "$@" "${packages[@]}"
}

echo "== once" >&2
GOTESTSUM_JSONFILE=$first stress -count 1 -run "$all"
slow=$(bin/gotestsum tool slowest --jsonfile "$first" --threshold 3s | awk '$2 !~ /\// { print $2 }' | sort --unique | paste -sd '|')
rest=${slow:-none}
if [[ -n $slow ]]; then
	echo "== scenarios, $((count / 10 + 1)) times: ${slow//|/ }" >&2
	stress -count "$((count / 10 + 1))" -run "^($slow)\$"
fi
echo "== the others, $count times" >&2
stress -count "$count" -run "$all" -skip "^($rest)\$"
