package event_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
)

const minimal = `{"kind":"STATUS","id":"h1","sequence":"1795237200152307","occurredAt":"2026-11-21T05:00:00Z","capturedBy":"HOOK","shop":"acme","instance":"i","order":{"id":"7"},"current":{"id":2}}`

// What is unusual and yet an event. What is none is in the hostile lives.
func TestDecodeAccepts(t *testing.T) {
	for _, c := range []struct{ name, old, new string }{
		{"no more than is needed", "", ""},
		{"blanks around", minimal, " \r\n\t" + minimal + "\n"},
		{"a number for the sequence", `"1795237200152307"`, `1795237200152307`},
		{"an exponent for the sequence", `"1795237200152307"`, `1.795237200152307e15`},
		{"a number for an enum", `"STATUS"`, `2`},
		{"protobuf's spelling of names", `occurredAt`, `occurred_at`},
		{"null for what is absent", `{"id":"7"}`, `{"id":"7","reference":null,"payments":null,"carrier":null}`},
		{"empty texts for what is absent", `{"id":"7"}`, `{"id":"7","reference":"","currency":"","totalPaid":"","payments":[{"transactionId":""}]}`},
		{"escapes in texts", `"acme"`, `"\u0061cme"`},
		{"a pair of escapes", `{"id":"7"}`, `{"id":"7","reference":"\ud83c\udf81"}`},
		{"brackets and quotes in texts", `{"id":"7"}`, `{"id":"7","reference":"[[[[[[[[[[{{{{{\\\"[[[\\"}`},
		{"a status with a key alone", `{"id":2}`, `{"key":"PS_OS_PAYMENT"}`},
		{"another time zone", `05:00:00Z`, `06:00:00+01:00`},
		{"a test with nothing else", `"STATUS","id":"h1","sequence":"1795237200152307","occurredAt":"2026-11-21T05:00:00Z","capturedBy":"HOOK","shop":"acme","instance":"i","order":{"id":"7"},"current":{"id":2}`, `"TEST","id":"t1","sequence":"1795237200152307","occurredAt":"2026-11-21T05:00:00Z","shop":"acme","instance":"i"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev, err := event.Decode([]byte(strings.Replace(minimal, c.old, c.new, 1)), len(minimal)+100)
			require.NoError(t, err)
			require.Equal(t, "acme", ev.GetShop())
			require.EqualValues(t, 1795237200152307, ev.GetSequence())
		})
	}
}

func TestErrorsSayWhere(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct{ name, old, new, want string }{
		{"missing", `"shop":"acme",`, ``, `shop: missing`},
		{"form", `"acme"`, `"Ac\u00e9"`, `shop: "Ac\u00e9" is not made of a-z, 0-9 and -`},
		{"length", `"acme"`, `"` + long + `"`, `shop: 5000 characters; at most 40 are allowed`},
		{"within a list", `{"id":"7"}`, `{"id":"7","payments":[{},{"amount":"1,5"}]}`, `order.payments[1].amount: "1,5" is not a decimal such as 14.280000`},
		{"unknown field", `{"id":"7"}`, `{"id":"7","lines":[{},{"ean":"1"}]}`, `order.lines[1].ean: unknown field "ean"`},
		{"long unknown field", `{"id":"7"}`, `{"` + long + `":"7"}`, `order.` + strings.Repeat("x", 37) + `...: unknown field "` + strings.Repeat("x", 62) + `...`},
		{"long value", `"HOOK"`, `"` + long + `"`, `capturedBy: invalid value for enum field capturedBy: "` + strings.Repeat("x", 35) + `...`},
		{"sequence", `"1795237200152307"`, `"1795237200"`, `sequence: 1795237200 is not a time in microseconds since 1970`},
		{"syntax", `"id":"h1",`, `"id":"h1"`, `id: unexpected token "sequence"`},
		{"unfinished", `}}`, `}`, `current: unexpected EOF`},
		{"unfinished text", `"HOOK"`, `"HOOK`, `capturedBy: invalid value for enum field capturedBy: "HOOK,"`},
		{"line breaks", `"id":"h1"`, "\n\"\u017b\":\n1,\"id\":\"h1\"", `\u017b: unknown field "\u017b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(minimal, c.old, c.new, 1)
			require.NotEqual(t, minimal, bad)
			_, err := event.Decode([]byte(bad), 1<<20)
			require.ErrorContains(t, err, c.want)
			requireHarmless(t, err)
		})
	}
}

func TestDecodeLimitsTheSize(t *testing.T) {
	_, err := event.Decode([]byte(minimal), len(minimal))
	require.NoError(t, err)
	_, err = event.Decode([]byte(minimal), len(minimal)-1)
	require.EqualError(t, err, "body: 180 bytes; at most 179 are allowed")
}

func TestValidate(t *testing.T) {
	order := &orderwirev1.OrderStatusChanged{Shop: "acme", Order: &orderwirev1.Order{Id: "7"}}
	test := &orderwirev1.OrderStatusChanged{Shop: "acme", Kind: orderwirev1.OrderStatusChanged_TEST}
	testOfOrder := &orderwirev1.OrderStatusChanged{Shop: "acme", Kind: orderwirev1.OrderStatusChanged_TEST, Order: &orderwirev1.Order{Id: "7"}}
	for _, c := range []struct {
		name        string
		ev          *orderwirev1.OrderStatusChanged
		shop, order string
		want        string
	}{
		{"both tokens", order, "acme", "7", ""},
		{"another shop", order, "mallory", "7", `shop: "acme" in the body, "mallory" in the subject`},
		{"another order", order, "acme", "8", `order.id: "7" in the body, "8" in the subject`},
		{"an order that begins alike", order, "acme", "77", `order.id: "7" in the body, "77" in the subject`},
		{"a test", test, "acme", "test", ""},
		{"a test on an order's subject", test, "acme", "7", `order: missing; without it the subject's order token is "test", not "7"`},
		{"a test of another shop", test, "mallory", "test", `shop: "acme" in the body, "mallory" in the subject`},
		{"a test with an order", testOfOrder, "acme", "7", ""},
		{"a test with an order elsewhere", testOfOrder, "acme", "test", `order.id: "7" in the body, "test" in the subject`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := event.Validate(c.ev, c.shop, c.order)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.want)
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	data := whole(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.Decode(data, 1<<16); err != nil {
			b.Fatal(err)
		}
	}
}
