// Command orderwire is the command line of Orderwire: see orderwire --help.
package main

import "github.com/orderwire/orderwire/services/orderwire/cli"

func main() { cli.Main() }
