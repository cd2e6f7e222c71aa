package cli

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/alecthomas/kong"
)

// minus is the grammar's word about --slow -5s, for which it proposes --slow="-5s".
var minus = regexp.MustCompile(`^(--[a-z-]+): expected .* but got "(-[0-9][^"]*)" \(short flag\)`)

// usageOf says where to read on.
func usageOf(err error) error {
	command := "orderwire"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			command = node.FullPath()
		}
	}
	if found := minus.FindStringSubmatch(err.Error()); found != nil {
		err = belowZero(found[1], found[2])
	}
	return &failure{err: err, code: exitUsage, try: command + " --help"}
}

// negative finds a number below zero, which no flag takes.
func negative(parsed *kong.Context) error {
	for _, f := range parsed.Flags() {
		if v := f.Target; v.CanInt() && v.Int() < 0 || v.CanFloat() && v.Float() < 0 {
			return &failure{err: belowZero("--"+f.Name, v.Interface()), code: exitUsage, try: parsed.Selected().FullPath() + " --help"}
		}
	}
	return nil
}

func belowZero(flag string, value any) error {
	return fmt.Errorf("%s %v: it cannot be below zero", flag, value)
}
