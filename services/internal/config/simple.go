package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"text/template"
)

// Variables of simple mode: one destination, openapp, for all shops.
const (
	SimpleURL    = "OA_API_BASE_URL"
	SimpleKey    = "OA_API_KEY"
	SimpleSecret = "OA_API_SECRET"
)

// simpleFile is the file with what simple mode stands for, and the start of a file of one's own.
var simpleFile = template.Must(template.New("").Parse(`# What Orderwire does. Where it runs (NATS, folders, logs) is said by the environment.
# Saved as orderwire.yaml, it is what orderwire config check and orderwire up use when they run in its folder; elsewhere --config or ORDERWIRE_CONFIG_FILE names it.
# Read again when it changes. One with mistakes is refused, and the last good one stays in use.

destinations:
  openapp:
    url: {{.URL}}
    auth:
{{- if .KeyOnly}}
      # Only ` + SimpleKey + ` is set, so it is sent in the header x-api-key. With ` + SimpleSecret + ` too, requests are signed (type: openapp-hmac).
      - {type: api-key, secret: {env: ` + SimpleKey + `}}
{{- else}}
      # Signs each request. The values come from the environment (or {file: /run/secrets/name}), never from this file.
      - {type: openapp-hmac, key: {env: ` + SimpleKey + `}, secret: {env: ` + SimpleSecret + `}}
{{- end}}
    # http, and addresses of a private network, are refused. To allow them for this destination, take the # away and name what is allowed:
    # network: {plain_http: true, allow: [10.1.0.0/16]}

routes:
  # Every shop (shops: [acme-*] would choose some). A status that is not listed is not sent.
  - to: openapp
    payload: openapp-fulfillment
    statuses:
      PS_OS_PAYMENT: ORDERED
      PS_OS_PREPARATION: FULFILLED
      PS_OS_SHIPPING: SHIPPED
      PS_OS_DELIVERED: DELIVERED
      PS_OS_CANCELED: CANCELLED_MERCHANT
`))

// Simple gives the file that the variables OA_API_BASE_URL, OA_API_KEY and OA_API_SECRET stand for: with a key and a secret requests are signed, with a key alone it is sent
// in the header x-api-key. The secrets stay in the environment. ok is false when none of the variables is set (or all are empty): the file is then an example.
func Simple(lookup Lookup) (yaml []byte, ok bool) {
	get := func(name string) string {
		v, _ := lookup(name)
		return strings.TrimSpace(v)
	}
	url, key, secret := get(SimpleURL), get(SimpleKey), get(SimpleSecret)
	ok = url != "" || key != "" || secret != ""
	if !ok {
		url = "https://api.example.com/merchant"
	}
	var b bytes.Buffer
	err := simpleFile.Execute(&b, struct {
		URL     string
		KeyOnly bool
	}{scalar(url), key != "" && secret == ""})
	if err != nil {
		// A fixed template into memory: cannot fail.
		panic("config: simple mode: " + err.Error())
	}
	return b.Bytes(), ok
}

// Start gives the file that a configuration begins with: what the variables of simple mode stand for, or an example. An address that no file could hold is an error,
// which does not print it; one that the file only has to allow (http, a private network) is none.
func Start(lookup Lookup) (yaml []byte, err error) {
	yaml, simple := Simple(lookup)
	if !simple {
		return yaml, nil
	}
	_, err = Parse("simple mode", yaml, nil)
	list, bad := errors.AsType[Problems](err)
	if !bad {
		return yaml, err
	}
	list = slices.DeleteFunc(list, allowable)
	if len(list) > 0 {
		return nil, inVariables(list)
	}
	return yaml, nil
}

// allowable reports whether a line about the network would do.
func allowable(p Problem) bool { return strings.Contains(p.Try, "network") }

// scalar writes a text so that YAML reads it back.
func scalar(text string) string {
	if u, plain := strings.CutPrefix(text, "http"); plain && !strings.ContainsAny(u, " #\"'\\\t\r\n") && !strings.HasSuffix(u, ":") {
		return text
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSpace(b.String())
}

// ErrNotSimple means that none of the variables of simple mode is set.
var ErrNotSimple = errors.New("no configuration. Try: ORDERWIRE_CONFIG_FILE with a file, which orderwire config init prints a start of, or OA_API_BASE_URL, OA_API_KEY and OA_API_SECRET")

// ParseSimple is Parse for simple mode. With secrets false they are not looked at, as for a process that uses none. Mistakes name the variable.
func ParseSimple(lookup Lookup, secrets bool) (*Config, error) {
	yaml, ok := Simple(lookup)
	if !ok {
		return nil, ErrNotSimple
	}
	try := lookup
	if !secrets {
		try = nil
	}
	c, err := Parse("simple mode", yaml, try)
	if list, bad := errors.AsType[Problems](err); bad {
		return nil, inVariables(list)
	}
	return c, err
}

// inVariables says mistakes of the file that nobody wrote in terms of the variables.
func inVariables(list Problems) Problems {
	var said Problems
	for _, p := range list {
		p.Line, p.Column = 0, 0
		switch {
		case strings.HasSuffix(p.Field, ".url"):
			p.File = SimpleURL
			p.Try = strings.TrimPrefix(p.Try, "url: ")
			if allowable(p) {
				p.Try += " (saved from orderwire config init as a file to start with; simple mode has no such line)"
			}
		case strings.HasSuffix(p.Field, ".key.env"):
			p.File = SimpleKey
		case strings.HasSuffix(p.Field, ".secret.env"):
			p.File = SimpleSecret
		}
		p.Field = ""
		said = append(said, p)
	}
	return said
}
