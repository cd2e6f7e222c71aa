package receiver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// statuses of the API in their order; any may be skipped.
var statuses = []string{"ORDERED", "FULFILLED", "SHIPPED", "READY_FOR_PICKUP", "IN_DELIVERY", "CANCELLED_MERCHANT", "DELIVERED"}

// rank of a status for a client that sends no sequence. Cancelling is possible until DELIVERED, and READY_FOR_PICKUP and IN_DELIVERY are
// alternatives: neither comes before the other.
func rank(status string) int64 {
	if status == "IN_DELIVERY" {
		status = "READY_FOR_PICKUP"
	}
	return int64(slices.Index(statuses, status) + 1)
}

// fulfillment is the body of the endpoint.
type fulfillment struct{ oaOrderID, shopOrderID, status string }

// parseBody reads a body strictly: one JSON object, no field twice, none that the API does not have, names in their exact spelling.
func parseBody(raw []byte) (fulfillment, error) {
	if !utf8.Valid(raw) {
		return fulfillment{}, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	f, err := object(d, "", []string{"oaOrderId", "shopOrderId", "status", "notes", "shipping"})
	if err != nil {
		return fulfillment{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fulfillment{}, errors.New("more than one JSON value")
	}
	for _, name := range []string{"oaOrderId", "shopOrderId", "status"} {
		if strings.TrimSpace(f[name]) == "" {
			return fulfillment{}, fmt.Errorf("%s: required", name)
		}
	}
	if !slices.Contains(statuses, f["status"]) {
		return fulfillment{}, fmt.Errorf("status: %q is none of %s", f["status"], strings.Join(statuses, ", "))
	}
	return fulfillment{f["oaOrderId"], f["shopOrderId"], f["status"]}, nil
}

// object reads one object whose values are strings, except shipping, which is an object itself.
func object(d *json.Decoder, prefix string, names []string) (map[string]string, error) {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%s: not a JSON object", what(prefix))
	}
	f := map[string]string{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, errors.New("not valid JSON")
		}
		name := t.(string) // the decoder gives nothing else in a key's place
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s%s: unknown field", prefix, name)
		}
		if _, twice := f[name]; twice {
			return nil, fmt.Errorf("%s%s: given twice", prefix, name)
		}
		if name == "shipping" {
			if _, err := object(d, "shipping.", []string{"operator", "trackingCode", "trackingUrl"}); err != nil {
				return nil, err
			}
			f[name] = ""
			continue
		}
		t, err = d.Token()
		if err != nil {
			return nil, errors.New("not valid JSON")
		}
		s, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("%s%s: not a string", prefix, name)
		}
		f[name] = s
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("not valid JSON")
	}
	return f, nil
}

// what an error is about.
func what(prefix string) string {
	if prefix == "" {
		return "body"
	}
	return strings.TrimSuffix(prefix, ".")
}
