package attempt

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/orderwire/orderwire/services/dispatcher/auth"
)

// Headers that every request has, in lower case as they go out. idempotency-key in canonical case would make net/http repeat a POST by itself
// after part of it was sent, with a nonce that the destination may have seen.
const (
	headerContentType    = "content-type"
	headerID             = "webhook-id"
	headerTimestamp      = "webhook-timestamp"
	headerIdempotencyKey = "idempotency-key"
	headerOrder          = "orderwire-order"
	headerSequence       = "orderwire-sequence"
	headerAttempt        = "orderwire-attempt"
)

// request makes and signs the HTTP request of an attempt at this time.
func (e *endpoint) request(ctx context.Context, r *Request, credentials *auth.Set, now time.Time) (*http.Request, *sending, error) {
	what := r.Delivery.GetRequest()
	t, err := e.target(what.GetPath())
	if err != nil {
		return nil, nil, err
	}
	method := what.GetMethod()
	if !validMethod(method) {
		return nil, nil, &unsendableError{fmt.Sprintf("make request: method %.20q is not one (try POST)", method)}
	}
	h, err := header(r, now)
	if err != nil {
		return nil, nil, err
	}
	h["User-Agent"] = e.userAgent
	credentials.Sign(h, &auth.Call{Method: method, Path: t.path, Suffix: t.suffix, Body: what.GetBody(), Now: now})
	req := http.Request{
		Method: method, URL: t.url, Host: t.url.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	s := newSending(what.GetBody(), now)
	if len(s.data) > 0 {
		req.Body, req.GetBody, req.ContentLength = s.body(), s.again, int64(len(s.data))
	}
	return req.WithContext(s.traced(ctx)), s, nil
}

// header makes what every request has, after the payload's own: ours win.
func header(r *Request, now time.Time) (http.Header, error) {
	what := r.Delivery.GetRequest()
	h := make(http.Header, 16)
	values := make([]string, 0, 7+len(what.GetHeaders()))
	bad := ""
	set := func(name, value string) {
		if !validValue(value) {
			bad = name
		}
		values = append(values, value)
		n := len(values)
		h[name] = values[n-1 : n : n]
	}
	for name, value := range what.GetHeaders() {
		name = strings.ToLower(name)
		if !validName(name) || auth.Reserved(name) {
			return nil, &unsendableError{fmt.Sprintf("make request: a payload cannot set header %.60q", name)}
		}
		set(name, value)
	}
	d := r.Delivery
	if t := what.GetContentType(); t != "" {
		set(headerContentType, t)
	}
	set(headerID, d.GetId())
	set(headerTimestamp, strconv.FormatInt(now.Unix(), 10))
	set(headerIdempotencyKey, d.GetId())
	set(headerOrder, r.Shop+"."+r.Order)
	set(headerSequence, strconv.FormatInt(d.GetSequence(), 10))
	set(headerAttempt, strconv.FormatUint(uint64(r.Number), 10))
	if bad != "" {
		return nil, &unsendableError{fmt.Sprintf("make request: the value of header %s has a control character", bad)}
	}
	return h, nil
}
