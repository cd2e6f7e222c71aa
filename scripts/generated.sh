#!/usr/bin/env bash
# The committed generated code must be what the contract generates now.
set -euo pipefail
cd "$(dirname "$0")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

(cd proto && ../bin/buf generate --output "$fresh")
status=0
while read -r file; do
	cmp --silent "$fresh/$file" "proto/$file" || {
		echo "proto/$file is not what the contract generates. Try: make gen" >&2
		status=1
	}
done < <({
	(cd "$fresh" && find . -name '*.pb.go' -printf '%P\n')
	(cd proto && find . -name '*.pb.go' -printf '%P\n')
} | sort --unique)
exit "$status"
