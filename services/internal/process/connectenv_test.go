package process

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// connectTo connects as the environment says and returns what the server saw.
func connectTo(t *testing.T, g *gate, env NATSEnv) credentials {
	t.Helper()
	opts, err := env.Options(discard())
	require.NoError(t, err)
	nc, err := Connect(t.Context(), ConnectConfig{Name: "mapper", Servers: []string{g.url}, Options: opts})
	require.NoError(t, err)
	nc.Close()
	return <-g.presented
}

func TestOptionsPresentCredentials(t *testing.T) {
	user, err := nkeys.CreateUser()
	require.NoError(t, err)
	seed, err := user.Seed()
	require.NoError(t, err)
	public, err := user.PublicKey()
	require.NoError(t, err)
	creds := fmt.Sprintf("-----BEGIN NATS USER JWT-----\nthe.jwt.itself\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n", seed)
	signature, err := user.Sign([]byte(gateNonce))
	require.NoError(t, err)
	signed := base64.RawURLEncoding.EncodeToString(signature)

	g := newGate(t)
	for name, test := range map[string]struct {
		env  NATSEnv
		want credentials
	}{
		"none":                 {NATSEnv{}, credentials{}},
		"user and password":    {NATSEnv{User: "u", Password: "p"}, credentials{User: "u", Pass: "p"}},
		"password in a file":   {NATSEnv{User: "u", PasswordFile: file(t, "pass-in-a-file\n")}, credentials{User: "u", Pass: "pass-in-a-file"}},
		"token":                {NATSEnv{Token: "tok"}, credentials{Token: "tok"}},
		"token in a file":      {NATSEnv{TokenFile: file(t, "token-in-a-file\n")}, credentials{Token: "token-in-a-file"}},
		"nkey":                 {NATSEnv{NkeyFile: file(t, string(seed))}, credentials{Nkey: public, Sig: signed}},
		"creds":                {NATSEnv{CredsFile: file(t, creds)}, credentials{JWT: "the.jwt.itself", Sig: signed}},
		"a user by name alone": {NATSEnv{User: "u"}, credentials{User: "u"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.Name = "mapper"
			require.Equal(t, test.want, connectTo(t, g, test.env))
		})
	}
}

// A rotated secret is used at the next connect, and is hidden from then on.
func TestOptionsReadSecretFilesAgain(t *testing.T) {
	g := newGate(t)
	env := NATSEnv{TokenFile: file(t, "first-token")}
	require.Equal(t, "first-token", connectTo(t, g, env).Token)
	require.NoError(t, os.WriteFile(env.TokenFile, []byte("second-token"), 0o600))
	require.Equal(t, "second-token", connectTo(t, g, env).Token)
	require.Equal(t, Hidden+" then "+Hidden, Redact("first-token then second-token"))
}

func TestOptionsWithBadFiles(t *testing.T) {
	bad := file(t, "rubbish")
	_, err := NATSEnv{NkeyFile: bad}.Options(discard())
	require.ErrorContains(t, err, "ORDERWIRE_NATS_NKEY_FILE="+bad+": not the seed of a user's nkey")

	for name, env := range map[string]NATSEnv{
		"authority":   {TLS: TLSEnv{CAFile: bad}},
		"certificate": {TLS: TLSEnv{CertFile: bad, KeyFile: bad}},
	} {
		t.Run(name, func(t *testing.T) {
			opts, err := env.Options(discard())
			require.NoError(t, err)
			_, err = Connect(context.Background(), ConnectConfig{Options: opts}) // at once, not for ever
			require.ErrorContains(t, err, "set up the connection to NATS")
		})
	}
}
