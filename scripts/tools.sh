#!/usr/bin/env bash
# Builds the tools named by the arguments (all without any) into bin/, unless they are there in the right version and made by this Go.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
# shellcheck source=scripts/versions.sh
source scripts/versions.sh
go_version=$(go env GOVERSION)

# current NAME VERSION: bin/NAME is that version, built by this Go.
current() {
	[[ -x bin/$1 ]] && go version -m "bin/$1" | awk -v go="$go_version" -v version="$2" '
		NR == 1 && $2 == go { same_go = 1 }
		$1 == "mod" && $3 == version { same_version = 1 }
		END { exit !(same_go && same_version) }'
}

# install NAME PACKAGE VERSION: a tool of its own, outside our modules.
install() {
	current "$1" "$3" || {
		echo "building $1 $3" >&2
		GOFLAGS=-buildvcs=false GOBIN=$root/bin go install "$2@$3"
	}
}

# tool NAME FOLDER PACKAGE: a tool of the module in FOLDER, in the version that its go.mod says.
tool() {
	(cd "$2" && GOWORK=off go build -buildvcs=false -o "$root/bin/$1" "$3")
}

build() {
	case $1 in
	buf) install buf github.com/bufbuild/buf/cmd/buf "$buf_version" ;;
	gofumpt) install gofumpt mvdan.cc/gofumpt "$gofumpt_version" ;;
	golangci-lint) install golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint "$golangci_lint_version" ;;
	gotestsum) install gotestsum gotest.tools/gotestsum "$gotestsum_version" ;;
	nats-server) tool nats-server services/e2e github.com/nats-io/nats-server/v2 ;;
	protoc-gen-go) tool protoc-gen-go proto google.golang.org/protobuf/cmd/protoc-gen-go ;;
	*)
		echo "tools.sh: no tool $1" >&2
		exit 2
		;;
	esac
}

mkdir -p bin
if (($# == 0)); then
	set -- buf gofumpt golangci-lint gotestsum nats-server protoc-gen-go
fi
for name in "$@"; do
	build "$name"
done
