module github.com/orderwire/orderwire/proto

go 1.26

require google.golang.org/protobuf v1.36.12 // indirect

tool google.golang.org/protobuf/cmd/protoc-gen-go
