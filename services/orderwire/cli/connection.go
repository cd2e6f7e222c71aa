package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/natscontext"

	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/orderwire/up"
)

const (
	defaultServer  = "nats://127.0.0.1:4222"
	connectTimeout = 3 * time.Second
)

// connection is how a command reaches NATS. Credentials come from the context, or from ORDERWIRE_NATS_... as those of the services.
type connection struct {
	Server  string `group:"connection" xor:"connection" placeholder:"URL" help:"Address of the server, such as ${default_server}."`
	Context string `group:"connection" xor:"connection" placeholder:"NAME" help:"A context of the nats command."`
	Data    string `group:"connection" xor:"connection" placeholder:"DIR" help:"Data folder of a running orderwire up."`
}

// whereHelp is shown with the flags.
const whereHelp = "One of these, or else the first that is set of ORDERWIRE_NATS_URL, ORDERWIRE_DATA and NATS_CONTEXT, or else " + defaultServer + "."

// or takes the environment's word where no flag was given. A flag always comes first: an exported context must not lead a command elsewhere.
func (c connection) or(lookup func(string) string) connection {
	if c != (connection{}) {
		return c
	}
	for _, e := range []struct {
		name string
		to   *string
	}{{"ORDERWIRE_NATS_URL", &c.Server}, {"ORDERWIRE_DATA", &c.Data}, {"NATS_CONTEXT", &c.Context}} {
		if *e.to = lookup(e.name); *e.to != "" {
			return c
		}
	}
	return connection{Server: defaultServer}
}

// connect gives a connection that the caller closes.
func (c connection) connect() (*nats.Conn, jetstream.JetStream, error) {
	nc, err := c.or(os.Getenv).dial()
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, nil, fmt.Errorf("set up JetStream: %w", err)
	}
	return nc, js, nil
}

func (c connection) dial() (*nats.Conn, error) {
	if c.Context != "" {
		return c.dialContext()
	}
	env, err := environment()
	if err != nil {
		return nil, err
	}
	options, err := env.NATS.Options(slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	servers := process.NATSEnv{URL: c.Server}.Servers()
	if c.Data != "" {
		address, err := up.ReadAddress(c.Data)
		if err != nil {
			return nil, err
		}
		servers = []string{address}
	}
	for _, s := range servers { // credentials in a URL must not show up in an error
		process.RegisterSecret(userinfo(s))
	}
	nc, err := nats.Connect(strings.Join(servers, ","), append(c.options(), options...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS at %s: %w. Try: %s", strings.Join(servers, ", "), err, c.cure())
	}
	return nc, nil
}

// options of every connection: a person waits, so the first failure is the answer; once made, a connection that is lost comes back.
func (connection) options() []nats.Option {
	return []nats.Option{nats.Name("orderwire"), nats.Timeout(connectTimeout), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1)}
}

func (c connection) cure() string {
	if c.Data != "" {
		return "does orderwire up still run on " + c.Data + "? --server names another server"
	}
	return "does the server run there, and may this user connect? --server, --context or --data name another one"
}

// environment is that of the services, as far as a command needs it.
func environment() (process.Env, error) {
	env, err := process.LoadEnv(process.Defaults{AdminListen: "127.0.0.1:0"})
	if err != nil {
		return env, &failure{err: err, code: exitUsage}
	}
	return env, nil
}

func userinfo(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	at := strings.LastIndex(rest, "@")
	return rest[:max(at, 0)]
}

func (c connection) dialContext() (*nats.Conn, error) {
	nc, settings, err := natscontext.Connect(c.Context, c.options()...)
	if err != nil {
		return nil, fmt.Errorf("connect with the NATS context %q: %w. Try: nats context ls, or --server", c.Context, err)
	}
	if settings.JSDomain != "" || settings.JSAPIPrefix != "" {
		nc.Close()
		return nil, fmt.Errorf("the NATS context %q has a JetStream domain or API prefix, which Orderwire does not use. Try: a context without, in the account that holds the streams", c.Context)
	}
	return nc, nil
}

// withoutJetStream adds the cure to an error of a server, or an account, that has no JetStream: nobody answers its requests there.
func withoutJetStream(err error) error {
	none := errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)
	if !none || strings.Contains(err.Error(), ". Try: ") {
		return err
	}
	return &failure{err: err, try: "does this server have JetStream (nats-server -js), and the account of this user, too?"}
}

// operator names whoever sits here, for the record.
func operator() string {
	user := os.Getenv("USER")
	host, err := os.Hostname()
	if err != nil || host == "" {
		return user
	}
	return strings.TrimPrefix(user+"@"+host, "@")
}
