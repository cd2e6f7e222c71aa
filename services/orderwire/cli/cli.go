package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// grammar is the command line. Commands are singular nouns; their order is that of a first day with Orderwire.
type grammar struct {
	PrintVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Demo     demoCommand     `cmd:"" help:"Run everything at once: a shop, the pipeline, and an API that fails at random."`
	Up       upCommand       `cmd:"" help:"Run the pipeline in this process, with NATS embedded."`
	Publish  publishCommand  `cmd:"" help:"Publish events as a shop would."`
	Receiver receiverCommand `cmd:"" help:"An OpenApp-conform API that verifies what it is sent."`
	Config   configCommand   `cmd:"" help:"The configuration file."`
	Shop     shopCommand     `cmd:"" help:"The shops."`
	Stream   streamCommand   `cmd:"" help:"The streams."`
	Recover  recoverCommand  `cmd:"" help:"Choose the position of a partition that stopped."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// Main runs the command with the arguments, streams and signals of this process, and exits.
func Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	ctx, cancel := context.WithCancel(ctx)
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE) // as in orderwire demo | head: an end like any other, with what is to be tidied up
	go func() {
		<-broken
		cancel()
	}()
	os.Exit(Run(ctx, Invocation{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}

// Invocation is what comes from outside besides the environment.
type Invocation struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Run runs one command line until it is done, or ctx ends, and returns the exit code.
func Run(ctx context.Context, in Invocation) (code int) {
	t := newTerminal(in)
	var g grammar
	parser, err := newParser(&g, in)
	if err != nil {
		t.complain(err)
		return exitFailed
	}
	defer func() { // --help has printed, and wants to end
		if p := recover(); p != nil {
			ended, ok := p.(exit)
			if !ok {
				panic(p)
			}
			code = int(ended)
		}
	}()
	parsed, err := parser.Parse(in.Args)
	if err != nil {
		err = usageOf(err)
	} else {
		err = negative(parsed)
	}
	if err != nil {
		t.complain(err)
		return exitUsage
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return t.end(withoutJetStream(parsed.Run(t)))
}

func newParser(g *grammar, in Invocation) (*kong.Kong, error) {
	return kong.New(g,
		kong.Name("orderwire"),
		kong.Description("PrestaShop order-status events, delivered in order, to every system that needs them."),
		kong.Vars{"version": process.VersionLine("orderwire"), "default_server": defaultServer, "receiver_attempts": strconv.Itoa(receiver.DefaultAttempts)},
		kong.Writers(in.Stdout, in.Stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}),
		kong.ExplicitGroups([]kong.Group{{Key: "connection", Title: "Connection to NATS:", Description: whereHelp}}),
	)
}

// exit carries an exit code out of the parser.
type exit int

type versionCommand struct {
	JSON bool `help:"Print JSON."`
}

func (versionCommand) Help() string {
	return examples("orderwire version", "orderwire version --json")
}

func (c versionCommand) Run(t *terminal) error {
	if c.JSON {
		return t.json(map[string]string{"version": process.Version()})
	}
	return t.line(process.VersionLine("orderwire"))
}
