package process

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// NATSEnv says how to reach NATS and as whom. At most one of creds, nkey, user and token.
type NATSEnv struct {
	URL string `default:"nats://127.0.0.1:4222" desc:"Servers of the NATS cluster, separated by commas."`

	CredsFile    string `split_words:"true" desc:"File with a user's JWT and seed (.creds)."`
	NkeyFile     string `split_words:"true" desc:"File with a user's nkey seed."`
	User         string `desc:"User name."`
	Password     string `desc:"Password of the user."`
	PasswordFile string `split_words:"true" desc:"File with the password of the user; read again at each connect."`
	Token        string `desc:"Token."`
	TokenFile    string `split_words:"true" desc:"File with the token; read again at each connect."`

	TLS TLSEnv

	InboxPrefix string `split_words:"true" desc:"First tokens of the subjects that replies come on, where the user may not subscribe to _INBOX."`
}

// TLSEnv is for servers whose certificate the system does not know, or that want one from us.
type TLSEnv struct {
	CAFile   string `split_words:"true" desc:"File with the certificates of the authorities that signed the servers' certificates."`
	CertFile string `split_words:"true" desc:"File with this client's certificate."`
	KeyFile  string `split_words:"true" desc:"File with the key of this client's certificate."`
}

// Servers are the single URLs.
func (e NATSEnv) Servers() []string {
	var servers []string
	for s := range strings.SplitSeq(e.URL, ",") {
		if s = strings.TrimSpace(s); s != "" {
			servers = append(servers, s)
		}
	}
	return servers
}

// registerSecrets comes before anything of the environment is printed, an error about the URL itself included.
func (e NATSEnv) registerSecrets() {
	RegisterSecret(e.Password)
	RegisterSecret(e.Token)
	for _, server := range e.Servers() {
		_, rest, _ := strings.Cut(server, "://")
		// The last @ and not url.Parse: a password with a stray slash or @ is a secret too.
		if at := strings.LastIndex(rest, "@"); at >= 0 {
			userinfo := rest[:at]
			RegisterSecret(userinfo)
			_, password, _ := strings.Cut(userinfo, ":")
			RegisterSecret(password)
		}
	}
}

func (e NATSEnv) validate() (errs []error) {
	if len(e.Servers()) == 0 {
		errs = append(errs, wrong("NATS_URL", e.URL, "no server in it", "nats://host:4222"))
	}
	for _, server := range e.Servers() {
		if err := checkServer(server); err != nil {
			errs = append(errs, err)
		}
	}
	return append(errs, e.validateCredentials()...)
}

func checkServer(server string) error {
	const try = "nats://host:4222 (or tls://, ws://, wss://), several separated by commas"
	if !strings.Contains(server, "://") {
		server = "nats://" + server
	}
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		return wrong("NATS_URL", server, "not the address of a server", try)
	}
	switch u.Scheme {
	case "nats", "tls", "ws", "wss":
		return nil
	}
	return wrong("NATS_URL", server, u.Scheme+" is not a scheme of NATS", try)
}

func (e NATSEnv) validateCredentials() (errs []error) {
	names := func(set ...string) string { return strings.Join(set, " and ") }
	var kinds []string
	for _, kind := range []struct {
		name string
		set  bool
	}{
		{"ORDERWIRE_NATS_CREDS_FILE", e.CredsFile != ""},
		{"ORDERWIRE_NATS_NKEY_FILE", e.NkeyFile != ""},
		{"ORDERWIRE_NATS_USER", e.User != ""},
		{"ORDERWIRE_NATS_TOKEN", e.Token != "" || e.TokenFile != ""},
	} {
		if kind.set {
			kinds = append(kinds, kind.name)
		}
	}
	if len(kinds) > 1 {
		errs = append(errs, fmt.Errorf("%s: a connection is made with one kind of credentials. Try: keep one of them", names(kinds...)))
	}
	if e.Password != "" && e.PasswordFile != "" {
		errs = append(errs, errors.New("ORDERWIRE_NATS_PASSWORD and ORDERWIRE_NATS_PASSWORD_FILE: both are set. Try: keep one of them"))
	}
	if e.Token != "" && e.TokenFile != "" {
		errs = append(errs, errors.New("ORDERWIRE_NATS_TOKEN and ORDERWIRE_NATS_TOKEN_FILE: both are set. Try: keep one of them"))
	}
	if e.User == "" && (e.Password != "" || e.PasswordFile != "") {
		errs = append(errs, errors.New("ORDERWIRE_NATS_PASSWORD: a password without a user. Try: set ORDERWIRE_NATS_USER too"))
	}
	if (e.TLS.CertFile == "") != (e.TLS.KeyFile == "") {
		errs = append(errs, errors.New("ORDERWIRE_NATS_TLS_CERT_FILE and ORDERWIRE_NATS_TLS_KEY_FILE: one without the other. Try: set both or neither"))
	}
	return append(errs, e.validateFiles()...)
}

func (e NATSEnv) validateFiles() (errs []error) {
	for _, f := range []struct{ name, path string }{
		{"NATS_CREDS_FILE", e.CredsFile},
		{"NATS_NKEY_FILE", e.NkeyFile},
		{"NATS_PASSWORD_FILE", e.PasswordFile},
		{"NATS_TOKEN_FILE", e.TokenFile},
		{"NATS_TLS_CA_FILE", e.TLS.CAFile},
		{"NATS_TLS_CERT_FILE", e.TLS.CertFile},
		{"NATS_TLS_KEY_FILE", e.TLS.KeyFile},
	} {
		if f.path == "" {
			continue
		}
		if _, err := os.ReadFile(f.path); err != nil {
			errs = append(errs, wrong(f.name, f.path, fileFault(err), "the path of a file that this user may read"))
		}
	}
	return errs
}

func fileFault(err error) string {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}
