package process

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Hidden stands where a secret was.
const Hidden = "[redacted]"

// minSecret is the length in bytes below which a value is not looked for: it would be found everywhere, and the log would say nothing.
const minSecret = 4

// secrets belong to the process as a whole: whoever reads one registers it, and no log, error or page may show it. So this is the one
// variable of the package that is shared.
var secrets redactor

// RegisterSecret makes Redact and every logger of NewLogger hide the value from now on, also escaped as in a URL, quoted, or in base64.
// Values shorter than four bytes are not looked for. Registering a value again costs nothing. Safe for concurrent use.
func RegisterSecret(value string) { secrets.register(value) }

// Redact hides registered secrets and the credentials of URLs in a text. Safe for concurrent use.
func Redact(text string) string { return secrets.redact(text) }

type redactor struct {
	mu       sync.RWMutex
	known    map[string]bool
	replacer *strings.Replacer // nil: to be made again
}

func (r *redactor) register(value string) {
	value = strings.TrimSpace(value)
	if len(value) < minSecret {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[value] {
		return
	}
	if r.known == nil {
		r.known = map[string]bool{}
	}
	r.known[value] = true
	r.replacer = nil
}

func (r *redactor) redact(text string) string {
	return redactURLs(r.current().Replace(text))
}

func (r *redactor) current() *strings.Replacer {
	r.mu.RLock()
	replacer := r.replacer
	r.mu.RUnlock()
	if replacer != nil {
		return replacer
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.replacer == nil {
		r.replacer = newReplacer(r.known)
	}
	return r.replacer
}

func newReplacer(known map[string]bool) *strings.Replacer {
	var forms []string
	for value := range known {
		forms = append(forms, formsOf(value)...)
	}
	// At one place the replacer takes the first that fits: the longest must come first, or the end of a longer secret would stay.
	slices.SortFunc(forms, func(a, b string) int {
		if d := len(b) - len(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var pairs []string
	for _, form := range slices.Compact(forms) {
		pairs = append(pairs, form, Hidden)
	}
	return strings.NewReplacer(pairs...)
}

// formsOf are the ways in which a secret shows up in headers, URLs, JSON and quoted errors.
func formsOf(value string) []string {
	forms := []string{
		value,
		url.QueryEscape(value), url.PathEscape(value),
		base64.StdEncoding.EncodeToString([]byte(value)), base64.URLEncoding.EncodeToString([]byte(value)),
	}
	quoted := strconv.Quote(value)
	forms = append(forms, quoted[1:len(quoted)-1])
	if b, err := json.Marshal(value); err == nil {
		forms = append(forms, string(b[1:len(b)-1]))
	}
	return forms
}

var (
	urlUserinfo = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^/?#\s"'<>]*@`)
	urlQuery    = regexp.MustCompile(`(?i)([?&][^=&\s"']*(?:token|secret|password|passwd|api[_-]?key|signature)=)[^&#\s"'<>]+`)
)

// redactURLs needs no registration: whatever looks like the credentials of a URL is taken for them.
func redactURLs(text string) string {
	if strings.Contains(text, "://") && strings.Contains(text, "@") {
		text = urlUserinfo.ReplaceAllString(text, "${1}"+Hidden+"@")
	}
	if strings.ContainsAny(text, "?&") {
		text = urlQuery.ReplaceAllString(text, "${1}"+Hidden)
	}
	return text
}
