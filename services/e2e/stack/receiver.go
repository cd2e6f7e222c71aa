package stack

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// Receiver is a verifying receiver in this process, with the URL of its API.
type Receiver struct {
	*receiver.Receiver
	URL string
}

// NewReceiver starts a receiver on a free port; the test stops it.
func NewReceiver(t testing.TB, faults receiver.Faults) *Receiver {
	t.Helper()
	return NewReceiverAt(t, "127.0.0.1:0", faults)
}

// NewReceiverAt starts a receiver on an address, such as one that refused connections until now.
func NewReceiverAt(t testing.TB, address string, faults receiver.Faults) *Receiver {
	t.Helper()
	r, err := receiver.New(receiver.Config{Credentials: map[string]string{Key: Secret}, Faults: faults})
	require.NoError(t, err)
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return &Receiver{Receiver: r, URL: "http://" + l.Addr().String() + receiver.DefaultBase}
}
