package config

import (
	"regexp"
	"strings"
)

const trySecret = "secret: {env: NAME}, or secret: {file: /run/secrets/name}"

// readSecret reads where a secret is. Nothing of what stands there is printed unless it can only be the name of a variable or a path.
func readSecret(n node, d *Destination) Secret {
	if k := n.kind(); k != "a mapping" {
		n.fail("is "+k+": a secret itself never stands in this file", strings.Replace(trySecret, "secret", lastField(n.path), 2))
		return Secret{}
	}
	o, ok := n.secretObject(trySecret, "env", "file")
	if !ok {
		return Secret{}
	}
	env, hasEnv := o.get("env")
	file, hasFile := o.get("file")
	var s Secret
	var source node
	switch {
	case hasEnv && hasFile:
		n.fail("has both env and file", "one of them")
	case hasEnv:
		source, s.Env = env, readEnvName(env, d)
	case hasFile:
		source, s.File, s.dir = file, readSecretFile(file, d), n.r.dir()
	case o.written == 0:
		n.fail("says neither env nor file", trySecret)
	}
	if s.Env == "" && s.File == "" {
		return Secret{}
	}
	n.r.secrets = append(n.r.secrets, secretUse{source, s, d})
	return s
}

func readEnvName(n node, d *Destination) string {
	const try = "the name of an environment variable, of A-Z, 0-9 and _, such as ERP_KEY, never the secret itself"
	name, ok := n.text(try)
	if !ok {
		return ""
	}
	if !envName.MatchString(expand(name, "a")) {
		n.fail("is not the name of an environment variable", try)
		return ""
	}
	if !checkPlaceholder(n, name, d) {
		return ""
	}
	return name
}

func readSecretFile(n node, d *Destination) string {
	const try = "/run/secrets/name, or ./name beside this file, never the secret itself"
	path, ok := n.text(try)
	if !ok {
		return ""
	}
	if !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "./") && !strings.HasPrefix(path, "../") {
		n.fail("is not a path that begins with /, ./ or ../", try)
		return ""
	}
	if !checkPlaceholder(n, path, d) {
		return ""
	}
	return path
}

var anyBrace = regexp.MustCompile(`[{}]`)

// checkPlaceholder wants {SHOP} and {shop} written exactly so, and only where there is a shop to stand for.
func checkPlaceholder(n node, text string, d *Destination) bool {
	switch {
	case anyBrace.MatchString(strings.NewReplacer("{SHOP}", "", "{shop}", "").Replace(text)):
		n.fail("holds a placeholder that is not known", "{SHOP} for the shop's id in upper case with _ for -, or {shop} for the id as it is")
	case hasPlaceholder(text) && !d.PerShop:
		n.fail("holds {SHOP}, and the destination is one for all shops", "per_shop: true in the destination")
	default:
		return true
	}
	return false
}

func lastField(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
