// Package testdata holds the events of example orders and the table of what is decided about them. README.md says how to read them; Go reads
// them through package lives.
package testdata

import "embed"

// Files is this folder: decisions.json and the event files that it names.
//
//go:embed decisions.json recorded constructed hostile
var Files embed.FS
