package attempt

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	cases := map[string]struct {
		status      int
		value, date string
		want        time.Duration
	}{
		"seconds":                     {429, "120", "", 2 * time.Minute},
		"503":                         {503, "120", "", 2 * time.Minute},
		"not for others":              {500, "120", "", 0},
		"not for a success":           {200, "120", "", 0},
		"not for a redirect":          {301, "120", "", 0},
		"none":                        {503, "", "", 0},
		"zero":                        {503, "0", "", time.Second},
		"at most four hours":          {503, "86400", "", 4 * time.Hour},
		"more than fits":              {503, "18446744073709551615", "", 4 * time.Hour},
		"more digits than a number":   {503, "99999999999999999999999", "", 0},
		"negative":                    {503, "-5", "", 0},
		"fraction":                    {503, "1.5", "", 0},
		"words":                       {503, "soon", "", 0},
		"date":                        {503, at(time.Minute), "", time.Minute},
		"date by a clock of its own":  {429, at(time.Hour), at(59 * time.Minute), time.Minute},
		"date that is over":           {503, at(-time.Minute), "", time.Second},
		"date far ahead":              {503, at(48 * time.Hour), "", 4 * time.Hour},
		"date in the year 9999":       {503, "Fri, 31 Dec 9999 23:59:59 GMT", "", 4 * time.Hour},
		"date with a Date of no kind": {503, at(time.Minute), "yesterday", time.Minute},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			resp := &http.Response{StatusCode: c.status, Header: http.Header{"Retry-After": {c.value}, "Date": {c.date}}}
			require.Equal(t, c.want, retryAfter(resp, now))
		})
	}
}

// Date holds whole seconds: their clock showed 15.9 and they sent 15.
func TestSkew(t *testing.T) {
	second := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		begin, end, theirs time.Duration // begin and end by our clock
		want               time.Duration
	}{
		"equal":                      {0, 0, 0, 0},
		"equal, within the second":   {900 * time.Millisecond, 900 * time.Millisecond, 900 * time.Millisecond, 0},
		"equal, slow network":        {200 * time.Millisecond, 1200 * time.Millisecond, 700 * time.Millisecond, 0},
		"ahead":                      {500 * time.Millisecond, 500 * time.Millisecond, 5500 * time.Millisecond, 5 * time.Second},
		"behind":                     {500 * time.Millisecond, 500 * time.Millisecond, -4500 * time.Millisecond, -5 * time.Second},
		"exactly ahead":              {0, 0, 90 * time.Second, 90 * time.Second},
		"an hour behind (time zone)": {0, 100 * time.Millisecond, -time.Hour + 50*time.Millisecond, -time.Hour},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			sent := &sending{start: second}
			sent.after.Store(int64(c.begin))
			date := second.Add(c.theirs).Truncate(time.Second)
			require.Equal(t, c.want, skew(date, sent, second.Add(c.end)))
		})
	}
}

func TestDateOf(t *testing.T) {
	for value, ok := range map[string]bool{
		"": false, "tomorrow": false, "2026-05-04T12:00:00Z": false,
		"Mon, 04 May 2026 12:00:00 GMT": true, "Monday, 04-May-26 12:00:00 GMT": true, "Mon May  4 12:00:00 2026": true,
	} {
		date, got := dateOf(&http.Response{Header: http.Header{"Date": {value}}})
		require.Equal(t, ok, got, value)
		if ok {
			require.True(t, date.Equal(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)), value)
		}
	}
}
