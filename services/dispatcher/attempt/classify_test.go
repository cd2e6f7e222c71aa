package attempt

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/auth"
	"github.com/orderwire/orderwire/services/dispatcher/dial"
)

// The statuses that are told apart, as the design has them. What is missing is decided by its hundred.
var told = map[v1.Reason][]int{
	v1.Reason_TRANSIENT:      {408, 425, 429},
	v1.Reason_PERMANENT:      {400, 405, 406, 411, 413, 414, 415, 422, 431, 501},
	v1.Reason_NOT_YET:        {404, 409},
	v1.Reason_ENDPOINT_FAULT: {401, 402, 403, 407, 421, 426},
	v1.Reason_GONE:           {410},
}

var byHundred = map[int]v1.Reason{
	1: v1.Reason_ENDPOINT_FAULT, 2: v1.Reason_DELIVERED, 3: v1.Reason_ENDPOINT_FAULT, 4: v1.Reason_PERMANENT, 5: v1.Reason_TRANSIENT,
}

func TestClassifyEveryStatus(t *testing.T) {
	for status := 100; status < 600; status++ {
		want := byHundred[status/100]
		for reason, list := range told {
			if slices.Contains(list, status) {
				want = reason
			}
		}
		require.Equal(t, want, Classify(status, nil, Policy{}), "status %d", status)
		if status == 409 {
			want = v1.Reason_DELIVERED
		}
		require.Equal(t, want, Classify(status, nil, Policy{ConflictDelivered: true}), "status %d", status)
		require.Equal(t, want, Classify(status, errors.New("body broke off"), Policy{ConflictDelivered: true}), "the status decides: %d", status)
	}
	for _, status := range []int{-1, 1, 99, 600, 999} {
		require.Equal(t, v1.Reason_ENDPOINT_FAULT, Classify(status, nil, Policy{}), "status %d", status)
	}
}

func TestTableHasEveryStatusOnce(t *testing.T) {
	next := firstStatus
	for _, r := range table {
		require.Equal(t, next, r.from)
		require.GreaterOrEqual(t, r.to, r.from)
		next = r.to + 1
	}
	require.Equal(t, endStatus, next)
}

func TestClassifyEveryError(t *testing.T) {
	at := func(phase dial.Phase, timeout time.Duration, err error) error {
		return fmt.Errorf("send request: %w", &dial.Error{Phase: phase, Host: "api.test", Timeout: timeout, Err: err})
	}
	refused := fmt.Errorf("%w: 10.1.2.3", dial.ErrRefused)
	alert := &net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}
	cases := map[string]struct {
		err  error
		want v1.Reason
	}{
		"none":                         {nil, v1.Reason_REASON_UNSPECIFIED},
		"cancelled, and not by us":     {fmt.Errorf("send request: %w", context.Canceled), v1.Reason_TRANSIENT},
		"secret":                       {fmt.Errorf("%w: X is not set", auth.ErrCredentials), v1.Reason_ENDPOINT_FAULT},
		"configuration":                {&faultError{"x"}, v1.Reason_ENDPOINT_FAULT},
		"no request":                   {&unsendableError{"x"}, v1.Reason_PERMANENT},
		"no such host":                 {at(dial.Resolve, 0, &net.DNSError{IsNotFound: true}), v1.Reason_TRANSIENT},
		"DNS time-out":                 {at(dial.Resolve, time.Second, context.DeadlineExceeded), v1.Reason_TRANSIENT},
		"address refused":              {at(dial.Connect, 0, refused), v1.Reason_ENDPOINT_FAULT},
		"connect time-out":             {at(dial.Connect, time.Second, refused), v1.Reason_TRANSIENT},
		"connection refused":           {at(dial.Connect, 0, syscall.ECONNREFUSED), v1.Reason_TRANSIENT},
		"no route":                     {at(dial.Connect, 0, syscall.EHOSTUNREACH), v1.Reason_TRANSIENT},
		"no descriptors left":          {at(dial.Connect, 0, syscall.EMFILE), v1.Reason_TRANSIENT},
		"handshake time-out":           {at(dial.TLS, time.Second, context.DeadlineExceeded), v1.Reason_TRANSIENT},
		"handshake ended":              {at(dial.TLS, 0, io.EOF), v1.Reason_TRANSIENT},
		"handshake reset":              {at(dial.TLS, 0, &net.OpError{Op: "read", Err: syscall.ECONNRESET}), v1.Reason_TRANSIENT},
		"certificate":                  {at(dial.TLS, 0, x509.UnknownAuthorityError{}), v1.Reason_ENDPOINT_FAULT},
		"certificate of another host":  {at(dial.TLS, 0, x509.HostnameError{Certificate: &x509.Certificate{}}), v1.Reason_ENDPOINT_FAULT},
		"alert in the handshake":       {at(dial.TLS, 0, alert), v1.Reason_ENDPOINT_FAULT},
		"alert after it":               {fmt.Errorf("send request: %w", alert), v1.Reason_ENDPOINT_FAULT},
		"answer never came":            {timeoutError(&sending{}, time.Second), v1.Reason_TRANSIENT},
		"connection broke":             {fmt.Errorf("send request: %w", io.ErrUnexpectedEOF), v1.Reason_TRANSIENT},
		"anything else is the network": {errors.New("malformed HTTP response"), v1.Reason_TRANSIENT},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, Classify(0, c.err, Policy{ConflictDelivered: true}))
		})
	}
}

func TestResolveNotYet(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		since  time.Time
		waited time.Duration
		want   v1.Reason
	}{
		"first time":         {time.Time{}, time.Hour, v1.Reason_NOT_YET},
		"since just now":     {now, time.Hour, v1.Reason_NOT_YET},
		"just before":        {now.Add(-time.Hour + time.Second), time.Hour, v1.Reason_NOT_YET},
		"one hour":           {now.Add(-time.Hour), time.Hour, v1.Reason_PERMANENT},
		"long since":         {now.Add(-24 * time.Hour), 24 * time.Hour, v1.Reason_PERMANENT},
		"nobody tried":       {now.Add(-24 * time.Hour), time.Hour - 1, v1.Reason_NOT_YET},
		"a clock ahead once": {now.Add(time.Minute), time.Hour, v1.Reason_NOT_YET},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, ResolveNotYet(c.since, now, c.waited)) })
	}
}
