package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

type receiverCommand struct {
	Run receiverRunCommand `cmd:"" help:"Run the receiver alone: it verifies every request, checks the order of each order, and can fail on purpose."`
}

type receiverRunCommand struct {
	Listen     string            `default:"127.0.0.1:8090" placeholder:"HOST:PORT" help:"Where the API listens; port 0 takes a free one."`
	Admin      string            `placeholder:"HOST:PORT" help:"Where /stats, /accepted, /violations and /faults are served."`
	Base       string            `default:"/merchant" help:"What the API's paths begin with."`
	Key        string            `default:"demo" env:"ORDERWIRE_RECEIVER_KEY" help:"The api key it knows."`
	SecretFile string            `placeholder:"FILE" help:"File with the api secret. Without it the environment variable ORDERWIRE_RECEIVER_SECRET."`
	Path       receiver.PathForm `enum:"suffix,full,either" default:"suffix" help:"Which path a signature must cover: suffix (after the base), full, or either."`
	Log        string            `placeholder:"FILE" help:"Append a JSON line for each request that was taken."`
	JSON       bool              `help:"Print the addresses, and at the end the counts, as JSON lines."`

	Fail     float64       `default:"0" placeholder:"RATIO" help:"Share of the attempts that fail: 503, 500, connection reset, slow answer."`
	Seed     uint64        `default:"1" help:"What the failures follow from."`
	Slow     time.Duration `default:"0s" placeholder:"DURATION" help:"Every answer takes this long."`
	Down     bool          `help:"Cut every connection without an answer."`
	Status   int           `default:"0" placeholder:"CODE" help:"Answer every request with this status."`
	Attempts int           `default:"${receiver_attempts}" help:"After how many attempts a sender may give a delivery up."`
}

func (receiverRunCommand) Help() string {
	return examples(
		"ORDERWIRE_RECEIVER_SECRET=s3cret orderwire receiver run --key acme",
		"orderwire receiver run --secret-file secret.txt --fail 0.2 --admin 127.0.0.1:8091",
		"orderwire receiver run --status 422",
		"curl -X PUT 127.0.0.1:8091/faults -d '{\"down\":true}'",
	)
}

// receiverAddresses is the first line of --json.
type receiverAddresses struct {
	URL   string `json:"url"`
	Admin string `json:"admin,omitempty"`
}

func (c receiverRunCommand) Run(ctx context.Context, t *terminal) error {
	secret, err := c.secret()
	if err != nil {
		return err
	}
	process.RegisterSecret(secret)
	config := receiver.Config{
		Base: c.Base, Credentials: map[string]string{c.Key: secret}, Path: c.Path, Attempts: c.Attempts,
		Faults: receiver.Faults{Ratio: c.Fail, Seed: c.Seed, Delay: receiver.Duration(c.Slow), Down: c.Down, Status: c.Status},
	}
	if c.Log != "" {
		f, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("open the log: %w", err)
		}
		defer f.Close() //nolint:errcheck // each line was written through
		config.Log = f
	}
	r, err := receiver.New(config)
	if err != nil {
		return &failure{err: err, code: exitUsage}
	}
	api, err := listen(c.Listen, "--listen")
	if err != nil {
		return err
	}
	addresses := receiverAddresses{URL: "http://" + api.Addr().String() + strings.TrimRight(c.Base, "/")}
	servers := []func(context.Context) error{func(ctx context.Context) error { return r.Serve(ctx, api) }}
	if c.Admin != "" {
		admin, err := listen(c.Admin, "--admin")
		if err != nil {
			return errors.Join(err, api.Close())
		}
		addresses.Admin = "http://" + admin.Addr().String()
		servers = append(servers, func(ctx context.Context) error { return r.ServeAdmin(ctx, admin) })
	}
	if err := c.announce(t, addresses); err != nil {
		return err
	}
	err = together(ctx, servers...)
	return errors.Join(err, c.sum(t, r.Stats()))
}

func (c receiverRunCommand) secret() (string, error) {
	const try = "--secret-file FILE, or ORDERWIRE_RECEIVER_SECRET in the environment"
	secret := os.Getenv("ORDERWIRE_RECEIVER_SECRET")
	if c.SecretFile != "" {
		f, err := os.Open(c.SecretFile)
		if err != nil {
			return "", fmt.Errorf("read the secret: %w. Try: %s", err, try)
		}
		defer f.Close() //nolint:errcheck // only read
		data, err := io.ReadAll(io.LimitReader(f, 64<<10))
		if err != nil {
			return "", fmt.Errorf("read the secret: %w. Try: %s", err, try)
		}
		secret = strings.TrimRight(string(data), "\r\n")
	}
	if secret == "" {
		return "", usage(try, "the receiver has no secret to verify with")
	}
	return secret, nil
}

func (c receiverRunCommand) announce(t *terminal, a receiverAddresses) error {
	if c.JSON {
		return t.json(a)
	}
	if err := t.line("API      " + a.URL + receiver.Endpoint + "  (base URL for a destination: " + a.URL + ")"); err != nil {
		return err
	}
	if a.Admin == "" {
		return nil
	}
	return t.line("admin    " + a.Admin + "/stats  /accepted  /violations  /faults")
}

func (c receiverRunCommand) sum(t *terminal, s receiver.Stats) error {
	if c.JSON {
		return t.json(s)
	}
	return t.line(fmt.Sprintf("requests %d, accepted %d of %d orders, duplicates %d, order violations %d, bad signatures %d", s.Requests, s.Accepted, s.Orders, s.Duplicates, s.OrderViolations, s.BadSignatures))
}

func listen(address, flag string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w. Try: another address in %s, or port 0 for a free one", address, err, flag)
	}
	return l, nil
}

// together runs the functions until ctx ends or one of them does, and then ends them all.
func together(ctx context.Context, run ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(run))
	for _, f := range run {
		go func() { ended <- f(ctx) }()
	}
	var errs []error
	for range run {
		errs = append(errs, <-ended)
		cancel()
	}
	return errors.Join(errs...)
}
