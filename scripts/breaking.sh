#!/usr/bin/env bash
# The contract must stay readable for those who have the older one: shops and receivers are not updated with us. Compared with the newest
# release (tag v*), or before the first one with the commit that brought the contract; CONTRACT_BASE names another commit.
set -euo pipefail
cd "$(dirname "$0")/.."

base=${CONTRACT_BASE:-}
if [[ -z $base ]]; then
	base=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)
fi
if [[ -z $base ]]; then
	base=$(git log --diff-filter=A --format=%H -- proto/buf.yaml 2>/dev/null | tail -n 1 || true)
fi
if [[ -z $base ]]; then
	echo "no earlier contract to compare with" >&2
	exit 0
fi
git_dir=$(git rev-parse --path-format=absolute --git-common-dir)
commit=$(git rev-parse "$base^{commit}")
cd proto
../bin/buf breaking --against "$git_dir#format=git,ref=$commit,subdir=proto"
