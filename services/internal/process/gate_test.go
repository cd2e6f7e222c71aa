package process

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// gate is the first second of a NATS server: it greets, reads who connects, and lets in or not. The real server is started by package natsd,
// which has no users; what a client presents is all that is to be seen here.
type gate struct {
	url       string
	presented chan credentials
	refuse    chan string // the refusal for the next client; none: it is let in
}

type credentials struct {
	User  string `json:"user"`
	Pass  string `json:"pass"`
	Token string `json:"auth_token"`
	Nkey  string `json:"nkey"`
	JWT   string `json:"jwt"`
	Sig   string `json:"sig"`
	Name  string `json:"name"`
}

const gateNonce = "a-nonce-to-sign"

func newGate(t *testing.T) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{url: "nats://" + listener.Addr().String(), presented: make(chan credentials, 100), refuse: make(chan string, 100)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			g.greet(conn)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return g
}

// greet serves one client until that goes.
func (g *gate) greet(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "INFO {\"server_id\":\"gate\",\"version\":\"2.15.0\",\"max_payload\":1048576,\"headers\":true,\"auth_required\":true,\"nonce\":%q}\r\n", gateNonce)
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		verb, rest, _ := strings.Cut(lines.Text(), " ")
		switch verb {
		case "CONNECT":
			var c credentials
			_ = json.Unmarshal([]byte(rest), &c)
			g.presented <- c
			select {
			case words := <-g.refuse:
				_, _ = fmt.Fprintf(conn, "-ERR '%s'\r\n", words)
				return
			default:
			}
		case "PING":
			_, _ = conn.Write([]byte("PONG\r\n"))
		}
	}
}
