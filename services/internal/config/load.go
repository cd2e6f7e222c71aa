package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// Load reads a file once.
func Load(path string, lookup Lookup) (*Config, error) {
	data, err := readFile(path, tryInit(path))
	if err != nil {
		return nil, err
	}
	return Parse(path, []byte(data), lookup)
}

// tryInit is the cure for a file that is not there yet.
func tryInit(path string) string { return "orderwire config init > " + path }

// tryBack is the cure for a file that is not there any more.
const tryBack = "putting it back, or a restart with another one"

// readFile reads at most one byte more than is allowed. A pipe or device is refused: opening one could wait for ever. absent is the cure when there is no such file.
func readFile(path, absent string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return "", Problem{File: path, What: "is not a file", Try: "the path of a YAML file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", unreadable(path, absent, err)
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return "", unreadable(path, absent, err)
	}
	return string(data), nil
}

func unreadable(path, absent string, err error) Problem {
	p := Problem{File: path, What: "cannot be read: " + withoutPath(err).Error(), Try: "the path of a YAML file that this process can read"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.Try = absent
	case errors.Is(err, fs.ErrPermission):
		p.Try = "letting the user of the process read the file, and enter the folders above it (chmod, chown)"
	}
	return p
}
