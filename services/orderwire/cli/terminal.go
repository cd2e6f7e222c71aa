package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// terminal is where a command reads and prints.
type terminal struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	paint          paint // of standard output
	errPaint       paint // of standard error
}

func newTerminal(in Invocation) *terminal {
	return &terminal{stdin: in.Stdin, stdout: in.Stdout, stderr: in.Stderr, paint: paint(colourful(in.Stdout)), errPaint: paint(colourful(in.Stderr))}
}

// colourful follows no-color.org.
func colourful(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// paint colours, or does not.
type paint bool

func (p paint) with(c text.Colors, s string) string {
	if !p {
		return s
	}
	return c.EscapeSeq() + s + text.Reset.EscapeSeq()
}

func (p paint) red(s string) string    { return p.with(text.Colors{text.FgRed, text.Bold}, s) }
func (p paint) green(s string) string  { return p.with(text.Colors{text.FgGreen}, s) }
func (p paint) yellow(s string) string { return p.with(text.Colors{text.FgYellow}, s) }
func (p paint) faint(s string) string  { return p.with(text.Colors{text.Faint}, s) }
func (p paint) bold(s string) string   { return p.with(text.Colors{text.Bold}, s) }

// line prints one line of the answer.
func (t *terminal) line(s string) error {
	_, err := fmt.Fprintln(t.stdout, s)
	return err
}

// sayf prints a line for people beside the answer.
func (t *terminal) sayf(format string, args ...any) {
	fmt.Fprintf(t.stderr, format+"\n", args...)
}

// json prints an answer for machines.
func (t *terminal) json(v any) error {
	return json.NewEncoder(t.stdout).Encode(v)
}

// table prints rows under a header, in columns without borders.
func (t *terminal) table(header table.Row, rows ...table.Row) error {
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	w.SetStyle(style)
	if header != nil {
		for i := range header {
			header[i] = t.paint.bold(fmt.Sprint(header[i]))
		}
		w.AppendHeader(header)
	}
	w.AppendRows(rows)
	for l := range strings.SplitSeq(w.Render(), "\n") {
		if err := t.line(strings.TrimRight(l, " ")); err != nil {
			return err
		}
	}
	return nil
}

// examples is the detail of a command's help.
func examples(lines ...string) string {
	return "Examples:\n\n  " + strings.Join(lines, "\n  ")
}

// warn prints what is allowed, and probably not meant.
func (t *terminal) warn(text string) {
	what, try, cure := cutLast(text, ". Try: ")
	t.sayf("%s%s", t.errPaint.yellow("Warning: "), what)
	if cure {
		t.sayf("%s%s", t.errPaint.yellow("Try: "), try)
	}
}
