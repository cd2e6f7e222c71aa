# shellcheck shell=bash disable=SC2034
# The versions of the tools, in one place. To be sourced. (protoc-gen-go and nats-server are not here: the tool lines of proto/go.mod and
# services/e2e/go.mod name them, together with what else those modules need of the same version.)

buf_version=v1.75.0
golangci_lint_version=v2.15.0
gofumpt_version=v0.12.0
gotestsum_version=v1.13.0
