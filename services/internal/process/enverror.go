package process

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// wrong is the error for the variable ORDERWIRE_<name>: its name, its value, what is wrong with it, what to do.
func wrong(name, value, what, try string) error {
	return fmt.Errorf("%s_%s=%s: %s. Try: %s", Prefix, name, Redact(value), what, try)
}

// valueError is what the types of this package answer for a value they cannot read.
type valueError struct{ what, try string }

func (e *valueError) Error() string { return e.what + ". Try: " + e.try }

// unreadable says in an operator's words what envconfig could not convert.
func unreadable(err error) error {
	parse, ok := errors.AsType[*envconfig.ParseError](err)
	if !ok {
		return fmt.Errorf("read the environment: %w", err)
	}
	name := strings.TrimPrefix(parse.KeyName, Prefix+"_")
	if bad, ok := errors.AsType[*valueError](parse.Err); ok {
		return wrong(name, parse.Value, bad.what, bad.try)
	}
	what, try := "not a value of its type", "a "+parse.TypeName
	switch parse.TypeName {
	case "int":
		what, try = "not a whole number", "digits only, such as 16"
	case "bool":
		what, try = "neither yes nor no", "true or false"
	case "time.Duration":
		what, try = "not a duration", "a number with a unit, such as 25s or 2m"
	}
	return wrong(name, parse.Value, what, try)
}
