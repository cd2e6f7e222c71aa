#!/usr/bin/env bash
# Debian packages that the checks need: installs the missing ones as root, names them to anybody else. (`make run` needs none of them.)
set -euo pipefail

packages=(
	ca-certificates # the module proxy
	gcc libc6-dev   # the race detector
	git             # checks that compare with what is committed
	make
	openssl    # the oracle of the signature tests
	shellcheck # make lint
)

if ! command -v dpkg-query >/dev/null; then
	echo "not a Debian system: see to it yourself that there are ${packages[*]}" >&2
	exit 0
fi

missing=()
for package in "${packages[@]}"; do
	status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
	[[ $status == installed ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
	exit 0
fi

if ((EUID != 0)); then
	echo "missing packages. Try: sudo apt-get install ${missing[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends "${missing[@]}" </dev/null >/dev/null
