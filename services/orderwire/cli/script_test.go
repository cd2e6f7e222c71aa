package cli_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/orderwire/orderwire/proto/lives"
	"github.com/orderwire/orderwire/services/orderwire/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"orderwire": cli.Main})
}

// TestScript runs the command as a person would: testdata/script. With UPDATE_SCRIPTS=1 what the scripts expect is written anew.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "await": await, "get": get, "life": life,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			for _, name := range []string{"PORT", "PORT2", "PORT3", "PORT4"} {
				port, err := freePort()
				if err != nil {
					return err
				}
				e.Setenv(name, port)
			}
			return nil
		},
	})
}

// freePort was free a moment ago.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port, l.Close()
}

// code CODE PROGRAM ARGS...: the program must end with this exit code.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code CODE PROGRAM ARGS...")
	}
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, expected %s", got, args[0])
	}
}

// patience bounds every wait of a script.
const patience = 20 * time.Second

// await FILE: until it is there.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	eventually(ts, "file "+args[0], func() bool {
		_, err := os.Stat(ts.MkAbs(args[0]))
		return err == nil
	})
}

// get URL PART: until the answer holds the part.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: get URL PART")
	}
	eventually(ts, args[0]+" to answer "+args[1], func() bool {
		resp, err := http.Get(args[0])
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return err == nil && strings.Contains(string(body), args[1])
	})
}

func eventually(ts *testscript.TestScript, what string, done func() bool) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// life NAME SHOP ORDER FILE: the events of an example order, changed just now, one a line.
func life(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: life NAME SHOP ORDER FILE")
	}
	var lines []byte
	for _, e := range lives.Named(args[0]).As(args[1], args[2], time.Now(), 1) {
		lines = append(append(lines, e.Data...), '\n')
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), lines, 0o600))
}
