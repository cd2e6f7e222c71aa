package process

import (
	"log/slog"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
)

// Options are the credentials, TLS and inbox prefix as options of nats.go. Files are read again at each connect, so that a rotated secret
// is used without a restart; log tells when one cannot be read then.
func (e NATSEnv) Options(log *slog.Logger) ([]nats.Option, error) {
	var opts []nats.Option
	switch {
	case e.CredsFile != "":
		opts = append(opts, nats.UserCredentials(e.CredsFile))
	case e.NkeyFile != "":
		nkey, err := nats.NkeyOptionFromSeed(e.NkeyFile)
		if err != nil {
			return nil, wrong("NATS_NKEY_FILE", e.NkeyFile, "not the seed of a user's nkey: "+strings.TrimPrefix(err.Error(), "nats: "), "the path of a file with one line that begins with SU")
		}
		opts = append(opts, nkey)
	case e.User != "":
		opts = append(opts, nats.UserInfoHandler(func() (string, string) {
			return e.User, secret(e.Password, e.PasswordFile, log)
		}))
	case e.Token != "" || e.TokenFile != "":
		opts = append(opts, nats.TokenHandler(func() string { return secret(e.Token, e.TokenFile, log) }))
	}
	if e.TLS.CAFile != "" {
		opts = append(opts, nats.RootCAs(e.TLS.CAFile))
	}
	if e.TLS.CertFile != "" {
		opts = append(opts, nats.ClientCert(e.TLS.CertFile, e.TLS.KeyFile))
	}
	if e.InboxPrefix != "" {
		opts = append(opts, nats.CustomInboxPrefix(e.InboxPrefix))
	}
	return opts, nil
}

// secret is the value, or what the file holds now.
func secret(value, file string, log *slog.Logger) string {
	if file == "" {
		return value
	}
	data, err := os.ReadFile(file)
	if err != nil {
		log.Error("cannot read the secret for NATS", "file", file, "err", err)
		return ""
	}
	value = strings.TrimSpace(string(data))
	RegisterSecret(value)
	return value
}
