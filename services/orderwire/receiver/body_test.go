package receiver_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBody(t *testing.T) {
	for _, c := range []struct{ name, body, problem string }{
		{"smallest", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"ORDERED"}`, ""},
		{"all fields", `{"shipping":{"operator":"INPOST_APM","trackingCode":"1","trackingUrl":"u"},"notes":"n","status":"SHIPPED","shopOrderId":"R","oaOrderId":"OA-1"}`, ""},
		{"empty shipping", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"IN_DELIVERY","shipping":{}}`, ""},

		{"no body", ``, "body: not a JSON object"},
		{"list", `[]`, "body: not a JSON object"},
		{"no oaOrderId", `{"shopOrderId":"R","status":"ORDERED"}`, "oaOrderId: required"},
		{"empty oaOrderId", `{"oaOrderId":"","shopOrderId":"R","status":"ORDERED"}`, "oaOrderId: required"},
		{"no shopOrderId", `{"oaOrderId":"OA-1","status":"ORDERED"}`, "shopOrderId: required"},
		{"no status", `{"oaOrderId":"OA-1","shopOrderId":"R"}`, "status: required"},
		{"status of another API", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"PAID"}`, `status: "PAID" is none of`},
		{"NEW is not sent", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"NEW"}`, `status: "NEW" is none of`},
		{"status in lower case", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"shipped"}`, `status: "shipped" is none of`},
		{"number for text", `{"oaOrderId":1,"shopOrderId":"R","status":"ORDERED"}`, "oaOrderId: not a string"},
		{"null for text", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"ORDERED","notes":null}`, "notes: not a string"},
		{"unknown field", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"ORDERED","note":""}`, "note: unknown field"},
		{"field in another spelling", `{"oaorderid":"OA-1","shopOrderId":"R","status":"ORDERED"}`, "oaorderid: unknown field"},
		{"field twice", `{"oaOrderId":"OA-1","oaOrderId":"OA-2","shopOrderId":"R","status":"ORDERED"}`, "oaOrderId: given twice"},
		{"shipping twice", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"ORDERED","shipping":{},"shipping":{}}`, "shipping: given twice"},
		{"shipping no object", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"ORDERED","shipping":"DHL"}`, "shipping: not a JSON object"},
		{"unknown field in shipping", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"ORDERED","shipping":{"carrier":"DHL"}}`, "shipping.carrier: unknown field"},
		{"number in shipping", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"ORDERED","shipping":{"trackingCode":6}}`, "shipping.trackingCode: not a string"},
		{"cut off", `{"oaOrderId":"OA-1","shopOrderId":"R"`, "not valid JSON"},
		{"two values", `{"oaOrderId":"OA-1","shopOrderId":"R","status":"ORDERED"}{}`, "more than one JSON value"},
		{"not UTF-8", "{\"oaOrderId\":\"\xff\",\"shopOrderId\":\"R\",\"status\":\"ORDERED\"}", "not UTF-8"},
		{"deep", `{"oaOrderId":` + strings.Repeat("[", 9999), "oaOrderId: not a string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t)
			s := good(time.Now())
			s.body = c.body
			w := s.to(r)
			if c.problem == "" {
				require.Equal(t, 200, w.Code, w.Body)
				return
			}
			require.Equal(t, 400, w.Code)
			var answer struct{ Error string }
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
			require.Contains(t, answer.Error, "bad body: "+c.problem)
			require.Zero(t, r.Stats().Accepted)
			require.Zero(t, r.Stats().BadSignatures)
		})
	}
}
