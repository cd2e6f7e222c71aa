package lives

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// decode reads an event's body as strictly as protojson does. Limits and rules of the contract are not looked at.
func decode(data []byte) (*orderwirev1.OrderStatusChanged, error) {
	m := new(orderwirev1.OrderStatusChanged)
	return m, protojson.Unmarshal(data, m)
}

// encode writes an event's body in its shortest form: protojson itself adds blanks that differ from build to build.
func encode(m *orderwirev1.OrderStatusChanged) []byte {
	raw, err := protojson.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("lives: encode event %s: %v", m.GetId(), err))
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		panic(fmt.Sprintf("lives: encode event %s: %v", m.GetId(), err))
	}
	return b.Bytes()
}

// headers are those of CloudEvents in binary mode, as a shop's module sends them.
func headers(m *orderwirev1.OrderStatusChanged) map[string][]string {
	return map[string][]string{
		"ce-specversion": {"1.0"},
		"ce-id":          {m.GetId()},
		"ce-type":        {"orderwire.v1.OrderStatusChanged"},
		"ce-source":      {"/shops/" + m.GetShop()},
		"ce-time":        {m.GetOccurredAt().AsTime().Format(time.RFC3339Nano)},
		"content-type":   {"application/json"},
	}
}

// openapp is the body of a request to OpenApp, its fields in the order in which they are written.
//
//nolint:tagliatelle // the names are OpenApp's
type openapp struct {
	OrderID     string           `json:"oaOrderId"`
	ShopOrderID string           `json:"shopOrderId"`
	Status      string           `json:"status"`
	Notes       string           `json:"notes"`
	Shipping    *openappShipping `json:"shipping,omitempty"`
}

//nolint:tagliatelle // the names are OpenApp's
type openappShipping struct {
	Operator     string `json:"operator,omitempty"`
	TrackingCode string `json:"trackingCode,omitempty"`
	TrackingURL  string `json:"trackingUrl,omitempty"`
}

func (o openapp) encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		panic(fmt.Sprintf("lives: encode body: %v", err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
