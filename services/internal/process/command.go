package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Command is a service as a program. It takes no arguments, or healthcheck, --help, --version.
type Command struct {
	Name        string // of the binary, the connection to NATS, and the logs
	About       string // one line for --help
	AdminListen string // default of ORDERWIRE_ADMIN_LISTEN
	// Run is the service. It builds itself from the process and works until ctx ends; then it finishes what is under way and returns nil
	// (or ctx's error).
	Run func(ctx context.Context, p *Process) error
}

// Main runs the command with the arguments, streams and signals of this process, and exits.
func (c Command) Main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	os.Exit(c.execute(invocation{args: os.Args[1:], stdout: os.Stdout, stderr: os.Stderr, signals: signals}))
}

// invocation is what comes from outside besides the environment.
type invocation struct {
	args           []string
	stdout, stderr io.Writer
	signals        <-chan os.Signal
}

func (c Command) execute(in invocation) int {
	if len(in.args) == 0 {
		return c.serve(in)
	}
	if len(in.args) == 2 && in.args[0] == "healthcheck" && (in.args[1] == "--help" || in.args[1] == "-h") {
		return c.help(in.stdout)
	}
	if len(in.args) == 1 {
		switch in.args[0] {
		case "healthcheck":
			return c.healthcheck(in)
		case "--help", "-h", "help":
			return c.help(in.stdout)
		case "--version", "version":
			_, _ = fmt.Fprintln(in.stdout, VersionLine(c.Name))
			return exitDone
		}
	}
	complain(in.stderr, fmt.Errorf("%q is nothing that %s takes. Try: %s --help", in.args, c.Name, c.Name))
	return exitUsage
}

func (c Command) healthcheck(in invocation) int {
	env, err := LoadEnv(c.defaults())
	if err != nil {
		complain(in.stderr, err)
		return exitUsage
	}
	if err := Healthcheck(context.Background(), env.Admin.Listen); err != nil {
		complain(in.stderr, err)
		return exitFailed
	}
	_, _ = fmt.Fprintln(in.stdout, "ready")
	return exitDone
}

func (c Command) defaults() Defaults { return Defaults{AdminListen: c.AdminListen} }

func (c Command) help(w io.Writer) int {
	_, _ = fmt.Fprintf(w, `%s: %s

Usage:
  %[1]s               run until SIGTERM or Ctrl-C
  %[1]s healthcheck   ask the running one whether it is ready: exit code 0 ready, 1 not
  %[1]s --version
  %[1]s --help

Environment (an empty variable counts as not set):
`, c.Name, c.About)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range Variables(c.defaults()) {
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\n", v.Name, v.Default, v.About)
	}
	_ = table.Flush()
	_, _ = fmt.Fprint(w, "\nExit codes: 0 done, 1 failed, 2 wrong usage or environment.\n")
	return exitDone
}

// complain tells a person; an error of several lines stays together.
func complain(w io.Writer, err error) {
	_, _ = fmt.Fprintln(w, "Error:", strings.ReplaceAll(Redact(err.Error()), "\n", "\n       "))
}
