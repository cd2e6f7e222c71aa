package up

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockFile in the data folder is locked while a process works there. The lock is the kernel's: it ends with the process, however that ends.
const lockFile = "lock"

func lock(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w. Try: --data with a folder that this user may write", err)
	}
	l := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder %s: %w. Try: a folder on a local disk that this user may write", dir, err)
	}
	if !got {
		return nil, fmt.Errorf("another orderwire up works on %s. Try: stop it, or another folder in --data", dir)
	}
	return l, nil
}
