package config

import (
	"io"
	"os"
)

// Load reads a file once.
func Load(path string, lookup Lookup) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, []byte(data), lookup)
}

// readFile reads at most one byte more than is allowed. A pipe or device is refused: opening one could wait for ever.
func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return "", Problem{File: path, What: "is not a file", Try: "the path of a YAML file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", Problem{File: path, What: "cannot be read: " + withoutPath(err).Error(), Try: "orderwire config init > " + path}
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return "", Problem{File: path, What: "cannot be read: " + withoutPath(err).Error(), Try: "a file that the user of the process can read"}
	}
	return string(data), nil
}
