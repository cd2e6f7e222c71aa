package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/orderwire/orderwire/services/internal/process"
)

// Exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNothing = 3
	exitUnread  = 141 // as of a process that SIGPIPE ends
)

// failure is an error with an exit code of its own, or a cure.
type failure struct {
	err  error
	code int
	try  string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage is an error in how a command was called that the grammar cannot see.
func usage(try, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), code: exitUsage, try: try}
}

// nothing says that a command found nothing to work on.
func nothing(format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), code: exitNothing}
}

// silent fails without a word: the answer has said why.
var errSilent = errors.New("failed")

// end prints an error and gives the exit code.
func (t *terminal) end(err error) int {
	switch {
	case err == nil:
		return exitDone
	case unread(err):
		return exitUnread
	case errors.Is(err, errSilent):
		return exitFailed
	}
	t.complain(err)
	var f *failure
	if errors.As(err, &f) && f.code != 0 {
		return f.code
	}
	return exitFailed
}

// unread reports whether the reader of standard output has left.
func unread(err error) bool {
	write, ok := errors.AsType[*fs.PathError](err) // one of a connection has another type
	return ok && errors.Is(write, syscall.EPIPE)
}

// complain prints an error for a person; one of several lines is several errors. Packages write the cure at the end of a line, after ". Try: ".
func (t *terminal) complain(err error) {
	text := process.Redact(err.Error())
	var f *failure
	if errors.As(err, &f) && f.try != "" {
		text += ". Try: " + process.Redact(f.try)
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		what, try, cure := cutLast(line, ". Try: ")
		fmt.Fprintln(t.stderr, t.errPaint.red("Error: ")+what)
		if cure {
			fmt.Fprintln(t.stderr, t.errPaint.yellow("Try: ")+try)
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
