#!/usr/bin/env bash
# Each module must build by itself, without the workspace, and its go.mod and go.sum must say exactly what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOWORK=off

failed=()
while read -r module; do
	echo "== $module" >&2
	(cd "$module" && go mod tidy -diff && go vet ./... ) || failed+=("$module")
done < <(GOWORK='' go list -m -f '{{.Dir}}' | sed "s|^$PWD/||")
if ((${#failed[@]})); then
	echo "not tidy, or not building without the workspace: ${failed[*]}. Try: cd there, GOWORK=off go mod tidy" >&2
	exit 1
fi
