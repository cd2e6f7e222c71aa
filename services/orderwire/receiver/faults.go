package receiver

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// Fault is something that goes wrong on purpose.
type Fault string

// Faults that a delivery can meet.
const (
	Unavailable Fault = "503"
	Internal    Fault = "500"
	Reset       Fault = "reset"  // the connection is cut without an answer
	Slow        Fault = "slow"   // the answer comes after SlowFor, if the client still waits
	Fixed       Fault = "status" // the configured status
)

// DefaultSlowFor is how late a slow answer is.
const DefaultSlowFor = 2 * time.Second

// Faults say what goes wrong, and how often. The zero value: nothing.
type Faults struct {
	// Ratio of the attempts that fail, 0 to 1, evenly by one of Kinds.
	Ratio float64 `json:"ratio"`
	// Kinds that Ratio draws from; 503, 500, reset and slow when empty.
	Kinds []Fault `json:"kinds,omitempty"`
	// Seed that the draw follows from.
	Seed uint64 `json:"seed"`
	// SlowFor is how late an answer of kind slow is; DefaultSlowFor when 0. In JSON a text such as "250ms".
	SlowFor Duration `json:"slow_for,omitempty"`
	// Delay of every answer. In JSON likewise.
	Delay Duration `json:"delay,omitempty"`
	// Down: every request is cut without an answer, as of a host that is gone.
	Down bool `json:"down,omitempty"`
	// Status of every answer, when not 0. Only with a 2xx are deliveries taken.
	Status int `json:"status,omitempty"`
}

// Duration is a time.Duration that JSON shows as a text.
type Duration time.Duration

// MarshalText writes 250ms.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads 250ms.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

var defaultKinds = []Fault{Unavailable, Internal, Reset, Slow}

// Validate says what cannot be.
func (f *Faults) Validate() error {
	if !(f.Ratio >= 0 && f.Ratio <= 1) { // NaN too
		return fmt.Errorf("ratio %v: write a number from 0 to 1", f.Ratio)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d: write one from 200 to 599", f.Status)
	}
	if f.SlowFor < 0 || f.Delay < 0 {
		return fmt.Errorf("a delay below 0: write a duration such as 250ms")
	}
	for _, k := range f.Kinds {
		if !slices.Contains(defaultKinds, k) {
			return fmt.Errorf("fault %q: write 503, 500, reset or slow", k)
		}
	}
	return nil
}

func (f *Faults) slowFor() time.Duration {
	if f.SlowFor == 0 {
		return DefaultSlowFor
	}
	return time.Duration(f.SlowFor)
}

func (f *Faults) code(fault Fault) int {
	switch fault {
	case Internal:
		return http.StatusInternalServerError
	case Fixed:
		return f.Status
	}
	return http.StatusServiceUnavailable
}

// pick draws for one attempt: the same seed, delivery and attempt give the same fault, however requests interleave.
func (f *Faults) pick(id string, attempt int) Fault {
	switch {
	case f.Down:
		return Reset
	case f.Status/100 == 2:
		return ""
	case f.Status != 0:
		return Fixed
	case f.Ratio == 0:
		return ""
	}
	h := fnv.New64a()
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], f.Seed)
	binary.LittleEndian.PutUint64(b[8:], uint64(attempt)) //nolint:gosec // a count
	h.Write(b[:])
	h.Write([]byte(id))
	n := mix(h.Sum64())
	if float64(n>>11)/(1<<53) >= f.Ratio {
		return ""
	}
	kinds := f.Kinds
	if len(kinds) == 0 {
		kinds = defaultKinds
	}
	return kinds[mix(n)%uint64(len(kinds))]
}

// mix spreads a hash over all bits (the last step of SplitMix64): FNV's upper bits hardly depend on the last bytes.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

type faultBox struct{ p atomic.Pointer[Faults] }

func (b *faultBox) set(f Faults) {
	f.Kinds = slices.Clone(f.Kinds)
	b.p.Store(&f)
}

func (b *faultBox) get() *Faults { return b.p.Load() }

// wait returns false when the client went away before the time was over.
func wait(req *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return req.Context().Err() == nil
	case <-req.Context().Done():
		return false
	}
}

// cut ends the connection without an answer: with a TCP reset where it is a TCP connection.
func cut(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler) // the server's own way to cut
	}
	c, _, err := h.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if n, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = n.NetConn()
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}
