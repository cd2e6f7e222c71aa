package up

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// addressFile in the data folder holds the URL of the running server.
const addressFile = "address"

// writeAddress is atomic: a reader sees the old address or the new one.
func writeAddress(dir, url string) error {
	tmp := filepath.Join(dir, addressFile+".new")
	if err := os.WriteFile(tmp, []byte(url+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the address: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, addressFile)); err != nil {
		return fmt.Errorf("write the address: %w", err)
	}
	return nil
}

// removeAddress is for a graceful end: after a kill the file stays, and points to nobody.
func removeAddress(dir string) error {
	if err := os.Remove(filepath.Join(dir, addressFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the address: %w", err)
	}
	return nil
}

// ReadAddress finds the server of the `orderwire up` that runs on the data folder.
func ReadAddress(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no orderwire up runs on %s. Try: orderwire up --data %s, or --server", dir, dir)
	}
	if err != nil {
		return "", fmt.Errorf("read the address: %w. Try: the folder that orderwire up works on, as the user that it runs as, or --server", err)
	}
	return strings.TrimSpace(string(data)), nil
}
