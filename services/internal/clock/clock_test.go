package clock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClock(t *testing.T) {
	c := New()
	sent := c.begin.Add(time.Minute)
	received := sent.Add(10 * time.Millisecond)
	offset := func() time.Duration { return time.Duration(c.offset.Load()) }
	for _, s := range []struct {
		name   string
		server time.Duration // after sent, by our clock
		want   time.Duration
	}{
		{"nothing is known to be wrong", 4 * time.Millisecond, 0},
		{"the server is ahead", time.Hour + 5*time.Millisecond, time.Hour},
		{"it still is, as well as can be told", time.Hour + 9*time.Millisecond, time.Hour},
		{"it was set", 5*time.Millisecond - 24*time.Hour, -24 * time.Hour},
	} {
		c.Set(sent, received, sent.Round(0).Add(s.server))
		require.Equal(t, s.want, offset(), s.name)
	}
	require.WithinDuration(t, time.Now().Add(-24*time.Hour), c.Now(), time.Minute)
	c.Set(sent, received, time.Time{})
	require.Equal(t, -24*time.Hour, offset(), "a server that does not say")
}
