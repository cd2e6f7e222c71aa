package demo

import (
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// Names of the two values that the configuration takes from the environment. In a demonstration they are in memory alone.
const (
	keyName    = "DEMO_API_KEY"
	secretName = "DEMO_API_SECRET"
)

// slowFor is longer than the configuration's time-out: a slow answer is a failed attempt.
const slowFor = receiver.Duration(750 * time.Millisecond)

//go:embed demo.yaml
var yaml string

// credentials of one run.
type credentials struct{ key, secret string }

func newCredentials() credentials {
	var b [24]byte
	rand.Read(b[:]) // never fails
	c := credentials{key: "demo-" + hex.EncodeToString(b[:4]), secret: hex.EncodeToString(b[4:])}
	process.RegisterSecret(c.secret)
	return c
}

func (c credentials) lookup(name string) (string, bool) {
	switch name {
	case keyName:
		return c.key, true
	case secretName:
		return c.secret, true
	}
	return "", false
}

// configuration sends everything to one destination, the receiver at the base URL.
func configuration(base string, c credentials) (*config.Config, error) {
	cfg, err := config.Parse("demo.yaml", []byte(strings.ReplaceAll(yaml, "http://127.0.0.1/merchant", base)), c.lookup)
	if err != nil {
		return nil, fmt.Errorf("read the demonstration's configuration: %w", err)
	}
	return cfg, nil
}
