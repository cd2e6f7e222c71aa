package cli

import (
	"errors"
	"io/fs"
	"os"

	"github.com/orderwire/orderwire/services/internal/config"
)

// configured are the commands that need a configuration.
type configured struct {
	Config string `env:"ORDERWIRE_CONFIG_FILE" placeholder:"FILE" help:"The YAML file. Without it: orderwire.yaml in the working directory, or where there is none simple mode, from OA_API_BASE_URL, OA_API_KEY and OA_API_SECRET."`
}

// localFile is what config init is printed into.
const localFile = "orderwire.yaml"

// source says where the configuration comes from: the file, empty for simple mode, and the same in words.
func (c configured) source() (file, words string, err error) {
	if c.Config != "" {
		return c.Config, c.Config, nil
	}
	if _, err := os.Lstat(localFile); !errors.Is(err, fs.ErrNotExist) { // one that cannot be read is meant, too
		return localFile, localFile + " in the working directory", nil
	}
	if _, simple := config.Simple(os.LookupEnv); simple {
		return "", "simple mode, from OA_API_BASE_URL, OA_API_KEY and OA_API_SECRET", nil
	}
	return "", "", usage("orderwire config init > "+localFile,
		"no configuration: neither --config nor ORDERWIRE_CONFIG_FILE, no %s in the working directory, and none of OA_API_BASE_URL, OA_API_KEY and OA_API_SECRET", localFile)
}
