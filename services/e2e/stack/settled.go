package stack

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/orderwire/audit"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// Settled waits until nothing is left to do, and returns the audit of the streams and the receivers.
func Settled(t testing.TB, nc *nats.Conn, js jetstream.JetStream, within time.Duration, rs ...*Receiver) *audit.Report {
	t.Helper()
	var plain []*receiver.Receiver
	for _, r := range rs {
		plain = append(plain, r.Receiver)
	}
	var report *audit.Report
	require.Eventually(t, func() bool {
		r, err := audit.Run(t.Context(), audit.Config{NC: nc, JS: js, Received: func() *audit.Received { return audit.Receivers(plain...) }})
		if err != nil { // the server may be on its way up
			return false
		}
		report = r
		return r.Idle
	}, within, 200*time.Millisecond, "not settled")
	return report
}
