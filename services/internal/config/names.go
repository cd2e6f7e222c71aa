package config

import "regexp"

// What names may look like.
var (
	shopID          = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	shopPattern     = regexp.MustCompile(`^[a-z0-9*?-]{1,40}$`)
	destinationName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	statusName      = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	statusKey       = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)
	metadataKey     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	headerName      = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$")
	envName         = regexp.MustCompile(`^[A-Z_][A-Z0-9_]{0,99}$`)
)
