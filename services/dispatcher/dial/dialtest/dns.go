package dialtest

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// DNS says what names resolve to. A name that is missing does not exist.
type DNS map[string]Answer

// Answer of a name.
type Answer struct {
	Addresses []string
	// Silent: no answer ever comes.
	Silent bool
	// Broken: the server says that it failed.
	Broken bool
}

const (
	typeA, typeAAAA        = 1, 28
	serverFailure, noName  = 2, 3
	headerLen, questionEnd = 12, 4
)

// Resolver starts the server on loopback and returns a resolver that asks it. /etc/hosts goes first, as always.
func Resolver(t testing.TB, names DNS) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen for DNS: %v", err)
	}
	// The standard library's resolver goes on by itself after its caller has left: cut off what it waits on.
	clients := &connections{}
	t.Cleanup(func() { _ = conn.Close(); clients.close() })
	go serveDNS(conn, names)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
		if err != nil {
			return nil, err
		}
		return c, clients.add(c)
	}}
}

type connections struct {
	mu     sync.Mutex
	open   []net.Conn
	closed bool
}

func (l *connections) add(c net.Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.Close()
		return net.ErrClosed
	}
	l.open = append(l.open, c)
	return nil
}

func (l *connections) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, c := range l.open {
		_ = c.Close()
	}
}

func serveDNS(conn net.PacketConn, names DNS) {
	query := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(query)
		if err != nil {
			return
		}
		if reply := names.reply(query[:n]); reply != nil {
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

// reply answers the one question of a well-formed query, as the standard library sends them.
func (names DNS) reply(query []byte) []byte {
	end := headerLen
	var labels []string
	for query[end] != 0 {
		size := int(query[end])
		labels = append(labels, string(query[end+1:end+1+size]))
		end += 1 + size
	}
	end++
	kind := binary.BigEndian.Uint16(query[end:])
	end += questionEnd
	answer, exists := names[strings.Join(labels, ".")]
	flags := uint16(0x8180) // a recursive response
	var records []byte
	count := 0
	switch {
	case answer.Silent:
		return nil
	case !exists:
		flags |= noName
	case answer.Broken:
		flags |= serverFailure
	}
	for _, text := range answer.Addresses {
		ip := netip.MustParseAddr(text)
		if (kind == typeA && !ip.Is4()) || (kind == typeAAAA && !ip.Is6()) {
			continue
		}
		raw := ip.AsSlice()
		records = append(records, 0xc0, headerLen) // the question's name
		records = binary.BigEndian.AppendUint16(records, kind)
		records = binary.BigEndian.AppendUint16(records, 1)                // class: internet
		records = binary.BigEndian.AppendUint32(records, 1)                // seconds to live
		records = binary.BigEndian.AppendUint16(records, uint16(len(raw))) //nolint:gosec // 4 or 16
		records = append(records, raw...)
		count++
	}
	reply := append([]byte{}, query[:2]...)
	reply = binary.BigEndian.AppendUint16(reply, flags)
	reply = binary.BigEndian.AppendUint16(reply, 1)
	reply = binary.BigEndian.AppendUint16(reply, uint16(count))
	reply = append(reply, 0, 0, 0, 0)
	reply = append(reply, query[headerLen:end]...)
	return append(reply, records...)
}
