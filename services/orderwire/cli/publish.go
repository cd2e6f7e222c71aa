package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats.go"

	"github.com/orderwire/orderwire/services/orderwire/shop"
)

type publishCommand struct {
	connection
	Files   []string      `arg:"" name:"file" help:"Files with one event, or with one a line. - reads standard input."`
	Raw     string        `placeholder:"SUBJECT" help:"Publish the files as they are, without a look at them, on this subject: to see what becomes of what is no event."`
	Timeout time.Duration `default:"30s" help:"How long to try for each event."`
	JSON    bool          `help:"Print one JSON object per event, and one with the counts."`
}

func (publishCommand) Help() string {
	return examples(
		"orderwire publish event.json",
		"orderwire publish --data ./data events/*.json",
		"shop-export | orderwire publish --server nats://nats.internal:4222 -",
		"orderwire publish --raw orders.demo.42 broken.json",
	)
}

// published is a line of --json.
type published struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Subject  string `json:"subject,omitempty"`
	Sequence uint64 `json:"sequence,omitempty"`
	Error    string `json:"error,omitempty"`
}

// publishCounts is the last line of --json.
type publishCounts struct {
	Published int `json:"published"`
	Refused   int `json:"refused"`
}

func (c publishCommand) Run(ctx context.Context, t *terminal) error {
	if err := c.checkRaw(); err != nil {
		return err
	}
	nc, _, err := c.connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	p, err := shop.New(nc, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer p.Close()
	run := publishing{publishCommand: c, t: t, to: p}
	for _, file := range c.Files {
		if err := run.file(ctx, file); err != nil {
			return errors.Join(run.end(), err)
		}
	}
	if err := run.end(); err != nil {
		return err
	}
	switch {
	case run.counts.Refused > 0:
		return errSilent
	case run.counts.Published == 0:
		return nothing("no events in what was given")
	}
	return nil
}

// checkRaw refuses at once what no stream takes. A wildcard is taken as text, so that it can be tried.
func (c publishCommand) checkRaw() error {
	tokens := strings.Split(c.Raw, ".")
	if c.Raw == "" || len(tokens) == 3 && (tokens[0] == "orders" || tokens[0] == "command") && tokens[1] != "" && tokens[2] != "" && !strings.ContainsFunc(c.Raw, unicode.IsSpace) {
		return nil
	}
	return usage("--raw orders.demo.42", "--raw %q: not a subject of the form orders.SHOP.ORDER or command.SHOP.ORDER", c.Raw)
}

// publishing is one run of the command.
type publishing struct {
	publishCommand
	t      *terminal
	to     *shop.Publisher
	counts publishCounts
}

// file publishes what is in a file. What is no event is reported, and the next one is taken; an error ends the run.
func (p *publishing) file(ctx context.Context, name string) error {
	r := p.t.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		r = f
	}
	if p.Raw != "" {
		data, err := io.ReadAll(r)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		return p.one(ctx, published{File: name, Line: 1}, &nats.Msg{Subject: p.Raw, Data: data})
	}
	source := shop.NewSource(r)
	for {
		data, line, err := source.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		at := published{File: name, Line: line}
		if err != nil { // what follows cannot be told apart from it
			return p.refuse(at, err)
		}
		m, err := shop.Message(data)
		if err != nil {
			if err := p.refuse(at, err); err != nil {
				return err
			}
			continue
		}
		if err := p.one(ctx, at, m); err != nil {
			return err
		}
	}
}

func (p *publishing) one(ctx context.Context, at published, m *nats.Msg) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Timeout, fmt.Errorf("not stored within %s", p.Timeout))
	defer cancel()
	seq, err := p.to.Publish(ctx, m)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%w: %w. Try: does the pipeline run, and may this user publish there?", err, cause)
		}
		return fmt.Errorf("%s:%d: %w", at.File, at.Line, err)
	}
	p.counts.Published++
	at.Subject, at.Sequence = m.Subject, seq
	if p.JSON {
		return p.t.json(at)
	}
	return nil
}

// refuse reports what is no event.
func (p *publishing) refuse(at published, err error) error {
	p.counts.Refused++
	p.t.complain(fmt.Errorf("%s:%d: %w", at.File, at.Line, err))
	if p.JSON {
		at.Error = err.Error()
		return p.t.json(at)
	}
	return nil
}

func (p *publishing) end() error {
	if p.JSON {
		return p.t.json(p.counts)
	}
	text := fmt.Sprintf("published %d", p.counts.Published)
	if p.counts.Refused > 0 {
		text += fmt.Sprintf(", refused %d", p.counts.Refused)
	}
	return p.t.line(text)
}
