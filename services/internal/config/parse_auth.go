package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

const maxAuths = 8

func readAuths(n node, d *Destination) []Auth {
	items, _ := n.items("auth: [{type: api-key, secret: {env: ERP_KEY}}]")
	if len(items) > maxAuths {
		n.failHere(fmt.Sprintf("holds over %d schemes", maxAuths), "those that the destination asks for")
		return nil
	}
	var list []Auth
	headers := map[string]int{}
	for i, item := range items {
		a, ok := readAuth(item, d)
		if !ok {
			continue
		}
		for _, h := range a.headers() {
			if j, taken := headers[h]; taken {
				item.fail(fmt.Sprintf("sets the header %s, which auth[%d] sets too", h, j), "one scheme for a header")
			}
			headers[h] = i
		}
		list = append(list, a)
	}
	if d.PerShop && len(list) > 0 && !anyPerShop(list) {
		n.warn("is the same for every shop", `{SHOP} in the name of the secret, as in {env: "ERP_KEY_{SHOP}"}, or per_shop: false`)
	}
	return list
}

func anyPerShop(list []Auth) bool {
	for _, a := range list {
		if a.Secret.perShop() || a.Key.From.perShop() || hasPlaceholder(a.Key.Text) {
			return true
		}
	}
	return false
}

// headers that the scheme sets, in lower case.
func (a Auth) headers() []string {
	if a.Type == OpenAppHMAC {
		return []string{"authorization", "x-app-signature"}
	}
	if a.Header == "" {
		return nil
	}
	return []string{strings.ToLower(a.Header)}
}

func readAuth(n node, d *Destination) (Auth, bool) {
	const try = "{type: openapp-hmac, key: ..., secret: {env: ...}}, or {type: api-key, secret: {env: ...}}"
	o, ok := n.secretObject(try, "type", "key", "secret", "header", "path")
	if !ok {
		return Auth{}, false
	}
	t, ok := o.need("type", "type: "+OpenAppHMAC+", or type: "+APIKey)
	if !ok {
		return Auth{}, false
	}
	var a Auth
	if a.Type, ok = t.choice(OpenAppHMAC, APIKey); !ok {
		return Auth{}, false
	}
	if s, ok := o.need("secret", "secret: {env: NAME}, or secret: {file: /run/secrets/name}"); ok {
		a.Secret = readSecret(s, d)
	}
	switch a.Type {
	case OpenAppHMAC:
		readOpenAppHMAC(o, &a, d)
	case APIKey:
		readAPIKey(o, &a)
	}
	return a, true
}

func readOpenAppHMAC(o object, a *Auth, d *Destination) {
	o.refuse("header", "has no meaning for openapp-hmac: its headers are fixed", "deleting it")
	if n, ok := o.need("key", "key: the api key that OpenApp gave, or key: {env: NAME}"); ok {
		a.Key = readKey(n, d)
	}
	a.Path = PathSuffix
	if n, ok := o.get("path"); ok {
		a.Path, _ = n.choice(PathSuffix, PathFull)
	}
}

func readAPIKey(o object, a *Auth) {
	o.refuse("path", "has no meaning for api-key: nothing is signed", "deleting it")
	o.refuse("key", "has no meaning for api-key: what is sent is the secret", "secret: {env: NAME}, with the api key in that variable")
	a.Header = DefaultAPIKeyHeader
	n, ok := o.get("header")
	if !ok {
		return
	}
	a.Header = ""
	h, ok := n.text("header: X-Api-Key")
	switch {
	case !ok:
	case !headerName.MatchString(h):
		n.fail("is not the name of a header", "header: X-Api-Key")
	case reservedHeader(h):
		n.fail("is a header that each request has already", "the header that the destination's documentation names for its key")
	default:
		a.Header = h
	}
}

func reservedHeader(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "host", "connection", "cookie", "proxy-authorization", "content-length", "content-type", "content-encoding", "transfer-encoding", "te", "trailer", "upgrade", "keep-alive", "proxy-connection", "expect",
		"date", "user-agent", "accept-encoding", "idempotency-key", "webhook-id", "webhook-timestamp":
		return true
	}
	return strings.HasPrefix(name, "orderwire-") || strings.HasPrefix(name, "ce-")
}

// readKey reads a name that is no secret: a text in the file, or taken from elsewhere.
func readKey(n node, d *Destination) Key {
	if n.n.Type() == ast.MappingType {
		return Key{From: readSecret(n, d)}
	}
	text, ok := n.text("key: the api key that OpenApp gave, or key: {env: NAME}")
	if ok && strings.Contains(text, "$") {
		n.fail("holds a $, which separates the parts of the signature", "the api key that OpenApp gave, or key: {env: NAME}")
	}
	checkPlaceholder(n, text, d)
	return Key{Text: text}
}
