# Orderwire. `make` tells what there is to make.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What the commands of `make run` get: make run ARGS="--exit-when-idle"
ARGS ?=
# How often `make test/stress` runs each test.
COUNT ?= 50
# How long `make fuzz/short` runs each target.
FUZZ ?= 5s

version := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
ldflags := -X github.com/orderwire/orderwire/services/internal/process.version=$(version)
go_build := go build -buildvcs=false -ldflags '$(ldflags)'
commands := $(wildcard services/*/cmd/*)
# golangci-lint knows no workspaces: it is told the modules.
modules = $$(go list -m -f '{{.Dir}}/...')
# -count 1: the files of other modules, such as proto/testdata, are no part of what Go's cache of test results looks at.
go_test := bin/gotestsum --format pkgname --format-hide-empty-pkg -- -count 1

.PHONY: help
help: ## Show this.
	@awk 'BEGIN { FS = ":.*## " } /^[a-z\/]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: ## The demo: shops, NATS, mapper, dispatcher and a receiver in one process. ARGS="--exit-when-idle" ends by itself.
	@[ -x bin/orderwire ] || echo 'building: the first time takes a minute or two' >&2
	@$(go_build) -o bin/orderwire ./services/orderwire/cmd/orderwire
	@bin/orderwire demo $(ARGS)

.PHONY: build
build: ## All commands, into bin/.
	$(go_build) -o bin/ $(addprefix ./,$(commands))

.PHONY: test
test: test/go ## All tests.

.PHONY: test/go
test/go: ## The Go tests of all modules.
	@scripts/tools.sh gotestsum nats-server
	$(go_test) -timeout 10m work

.PHONY: test/race
test/race: ## The same under the race detector (needs gcc).
	@scripts/tools.sh gotestsum nats-server
	CGO_ENABLED=1 $(go_test) -race -timeout 20m work

.PHONY: test/stress
test/stress: ## Every concurrent test COUNT times (50) under the race detector, long scenarios a tenth as often.
	@scripts/tools.sh gotestsum
	@scripts/stress.sh $(COUNT)

.PHONY: fuzz/short
fuzz/short: ## Every fuzz target for FUZZ (5s).
	@scripts/fuzz.sh $(FUZZ)

.PHONY: lint
lint: ## Look for mistakes in Go, shell and the contract.
	@scripts/tools.sh golangci-lint buf
	bin/golangci-lint run $(modules)
	cd proto && ../bin/buf lint
	shellcheck --external-sources scripts/*.sh .ci/run

.PHONY: fmt
fmt: ## Format Go and the contract.
	@scripts/tools.sh golangci-lint buf
	bin/golangci-lint fmt $(modules)
	cd proto && ../bin/buf format --write

.PHONY: gen
gen: ## Generate Go from the contract.
	@scripts/tools.sh buf protoc-gen-go
	cd proto && ../bin/buf generate

.PHONY: gen/check
gen/check: ## Is the generated code what the contract says, and does the contract keep its promises to those who have the older one?
	@scripts/tools.sh buf protoc-gen-go
	@scripts/generated.sh
	@scripts/breaking.sh

.PHONY: tidy/check
tidy/check: ## Does each module build by itself, and is its go.mod tidy?
	@scripts/modules.sh

.PHONY: tools
tools: ## Build the tools into bin/ (every target builds those that it needs).
	@scripts/tools.sh

.PHONY: clean
clean: ## Remove bin/.
	rm -rf bin
