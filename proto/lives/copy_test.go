package lives

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var at = time.Date(2000, 1, 1, 0, 0, 0, 1500, time.UTC)

func TestUntilKeepsDistances(t *testing.T) {
	for _, l := range All() {
		moved := l.Until(at)
		newest := time.Time{}
		var shift int64
		for i, e := range moved {
			before, err := decode(l.Events[i].Data)
			if err != nil {
				require.Equal(t, l.Events[i], e, l.Name)
				continue
			}
			after, err := decode(e.Data)
			require.NoError(t, err)
			if d := after.GetSequence() - before.GetSequence(); d != 0 { // a hostile sequence stays
				require.True(t, shift == 0 || shift == d, l.Name)
				shift = d
				require.Equal(t, d, after.GetOccurredAt().AsTime().Sub(before.GetOccurredAt().AsTime()).Microseconds(), l.Name)
			}
			if after.GetOccurredAt() != nil && after.GetOccurredAt().AsTime().After(newest) {
				newest = after.GetOccurredAt().AsTime()
			}
			require.Equal(t, before.GetOrder().GetId(), after.GetOrder().GetId())
			require.Equal(t, l.Events[i].Expect, e.Expect)
		}
		if !newest.IsZero() {
			require.WithinDuration(t, at, newest, time.Microsecond, l.Name)
		}
	}
}

func TestAs(t *testing.T) {
	for _, c := range []struct {
		life                        string
		event                       int
		shop, order, id, ref, first string
	}{
		{"whole-life", 0, "s", "o", "h700", "AAAAAAAAH", "oa-000000000007"},
		{"whole-life", 3, "s", "o", "h703", "AAAAAAAAH", "oa-000000000007"},
		{"late-tracking", 2, "s", "o", "u702", "AAAAAAAAH", "oa-000000000007"},
		{"late-transaction", 0, "s", "o", "h700", "AAAAAAAAH", ""},
		{"late-transaction", 2, "s", "o", "u702", "AAAAAAAAH", "oa-000000000007"},
		{"one-cart-two-orders", 1, "s", "o-2", "h701", "AAAAAAAAH", "oa-000000000007"},
		{"sent-twice", 1, "s", "o", "h700", "AAAAAAAAH", "oa-000000000007"},
		{"sent-twice", 3, "s", "o", "h701", "AAAAAAAAH", "oa-000000000007"},
		{"connection-test", 0, "s", "test", "t700", "", ""},
		{"wrong-shop", 0, "s", "o", "h700", "AAAAAAAAH", "oa-000000000007"},
		{"wildcard-order", 0, "s", "*", "h700", "AAAAAAAAH", "oa-000000000007"},
	} {
		t.Run(c.life, func(t *testing.T) {
			e := Named(c.life).As("s", "o", at, 7)[c.event]
			m, err := decode(e.Data)
			require.NoError(t, err)
			require.Equal(t, "orders."+c.shop+"."+c.order, e.Subject())
			require.Equal(t, []string{c.id, c.ref}, []string{m.GetId(), m.GetOrder().GetReference()})
			require.Equal(t, instance("s"), m.GetInstance())
			require.Equal(t, []string{c.id}, e.Headers["ce-id"])
			if p := m.GetOrder().GetPayments(); len(p) > 0 {
				require.Equal(t, c.first, p[0].GetTransactionId())
			}
			if e.Expect.Body != nil {
				var o openapp
				require.NoError(t, json.Unmarshal(e.Expect.Body, &o))
				require.Equal(t, []string{c.ref, c.first}, []string{o.ShopOrderID, o.OrderID})
			}
		})
	}
}

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	before := Named("whole-life")
	data, body, id := string(before.Events[0].Data), string(before.Events[0].Expect.Body), before.Events[0].Headers["ce-id"][0]
	clear(before.As("s", "o", at, 1)[0].Headers)
	before.Events[0] = Event{}
	after := Named("whole-life").Events[0]
	require.Equal(t, []string{data, body, id}, []string{string(after.Data), string(after.Expect.Body), after.Headers["ce-id"][0]})
}

func TestSizesStay(t *testing.T) {
	require.Len(t, Named("largest-event").Events[0].Data, 64<<10)
	require.Len(t, Named("largest-event").As("s", "o", at, 1)[0].Data, 64<<10)
	require.Len(t, Named("too-large").As("s", "o", at, 1)[0].Data, 64<<10+1)
	require.Empty(t, Named("empty").Events[0].Data)
	require.Equal(t, 7000, strings.Count(string(Named("deep-objects").Events[0].Data), "{"))
}

func TestLetters(t *testing.T) {
	for n, want := range map[int]string{0: "AAAAAAAAA", 25: "AAAAAAAAZ", 26: "AAAAAAABA", 5429503678975: "ZZZZZZZZZ"} {
		require.Equal(t, want, letters(n))
	}
}
