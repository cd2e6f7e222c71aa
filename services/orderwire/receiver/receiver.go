package receiver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Limits and names of the API.
const (
	// DefaultBase is what the public API's paths begin with.
	DefaultBase = "/merchant"
	// Endpoint is the one endpoint, below the base.
	Endpoint = "/v1/orders/fulfillment"
	// MaxBody is the largest body that is read, in bytes.
	MaxBody = 64 << 10
	// DefaultAttempts is how often a sender tries before it gives a delivery up.
	DefaultAttempts = 25
)

// Config of a receiver. The zero value with Credentials set is ready to use.
type Config struct {
	// Base is the path in front of the endpoint; DefaultBase when empty, "/" for none.
	Base string
	// Credentials are the secrets by api key. There must be at least one.
	Credentials map[string]string
	// Path says which form of the path a signature must cover.
	Path PathForm
	// Attempts is how many refused attempts let a sender give a delivery up; DefaultAttempts when 0.
	Attempts int
	// Faults to begin with; SetFaults changes them.
	Faults Faults
	// Log gets one JSON line (Taken) per request that was taken, before it is answered. Nil: none.
	Log io.Writer
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Receiver is the API. It is an http.Handler, safe for concurrent use; Serve runs it on a listener, where header names are checked too.
type Receiver struct {
	full   string // path of the endpoint
	verify *verifier
	ledger *ledger
	faults faultBox
	counts counts
	logMu  sync.Mutex
	log    io.Writer
	now    func() time.Time
}

// New makes a receiver.
func New(c Config) (*Receiver, error) {
	if len(c.Credentials) == 0 {
		return nil, errors.New("make receiver: no credentials: give an api key and its secret")
	}
	switch c.Path {
	case "", Suffix, Full, Either:
	default:
		return nil, fmt.Errorf("make receiver: path form %q: write suffix, full or either", c.Path)
	}
	if err := c.Faults.Validate(); err != nil {
		return nil, fmt.Errorf("make receiver: %w", err)
	}
	if c.Base == "" {
		c.Base = DefaultBase
	}
	if c.Attempts == 0 {
		c.Attempts = DefaultAttempts
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	r := &Receiver{full: strings.TrimRight(c.Base, "/") + Endpoint, ledger: newLedger(c.Attempts), log: c.Log, now: c.Now}
	r.verify = newVerifier(c.Credentials, c.Path, r.full)
	r.faults.set(c.Faults)
	return r, nil
}

// ServeHTTP answers one request.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	at := r.now()
	lower := lowerNames(req)
	r.counts.requests.Add(1)
	if req.URL.Path != r.full {
		r.refuse(w, nil, http.StatusNotFound, refusedPath)
		return
	}
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		r.refuse(w, nil, http.StatusMethodNotAllowed, refusedMethod)
		return
	}
	raw, err := io.ReadAll(io.LimitReader(req.Body, MaxBody+1))
	if err != nil {
		r.refuse(w, nil, http.StatusBadRequest, refusedCut)
		return
	}
	if len(raw) > MaxBody {
		r.refuse(w, nil, http.StatusRequestEntityTooLarge, refusedSize)
		return
	}
	signed, why := r.verify.request(req, raw, at)
	if why == "" && !lower {
		why = refusedNames
	}
	if why != "" {
		r.counts.badSignatures.Add(1)
		r.refuse(w, signed, http.StatusUnauthorized, why)
		return
	}
	if kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		r.refuse(w, signed, http.StatusUnsupportedMediaType, refusedType)
		return
	}
	body, err := parseBody(raw)
	if err != nil {
		r.refuse(w, signed, http.StatusBadRequest, refusedBody, err.Error())
		return
	}
	r.take(w, req, signed, arrivalOf(req, body, at))
}

// take records a right request, lets the faults have it, and takes it.
func (r *Receiver) take(w http.ResponseWriter, req *http.Request, signed *signature, a arrival) {
	tries := r.ledger.arrive(a)
	f := r.faults.get()
	switch fault := f.pick(a.id, tries); fault {
	case "":
	case Slow:
		r.counts.fault(fault)
		if !wait(req, f.slowFor()) {
			return
		}
	case Reset:
		r.counts.fault(fault)
		cut(w)
		return
	default:
		r.counts.fault(fault)
		code := f.code(fault)
		r.ledger.refused(a, code)
		r.answer(w, signed, code, `{"error":"fault: `+string(fault)+`"}`)
		return
	}
	if f.Delay > 0 && !wait(req, time.Duration(f.Delay)) {
		return
	}
	t := r.ledger.accept(a, r.now())
	r.write(t)
	code := http.StatusOK
	if f.Status/100 == 2 {
		code = f.Status
	}
	r.answer(w, signed, code, `{"accepted":true}`)
}

// refuse answers a request that is not looked at as a delivery.
func (r *Receiver) refuse(w http.ResponseWriter, signed *signature, code int, why refusal, detail ...string) {
	r.counts.refused(why)
	body, err := json.Marshal(map[string]string{"error": strings.Join(append([]string{string(why)}, detail...), ": ")})
	if err != nil {
		panic(err) // a text can always be written
	}
	r.answer(w, signed, code, string(body))
}

// answer writes a signed response, except while the API is down.
func (r *Receiver) answer(w http.ResponseWriter, signed *signature, code int, body string) {
	if r.faults.get().Down {
		cut(w)
		return
	}
	answer(w, signed, code, body)
}

// SetFaults changes the faults from the next request on.
func (r *Receiver) SetFaults(f Faults) error {
	if err := f.Validate(); err != nil {
		return fmt.Errorf("set faults: %w", err)
	}
	r.faults.set(f)
	return nil
}

// Faults that are in force.
func (r *Receiver) Faults() Faults { return *r.faults.get() }
