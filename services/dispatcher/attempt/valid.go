package attempt

import (
	"net/http"
	"strings"
)

// validMethod allows what methods look like in practice. CONNECT would be a tunnel.
func validMethod(m string) bool {
	if m == "" || len(m) > 20 || m == http.MethodConnect {
		return false
	}
	for i := range len(m) {
		if m[i] < 'A' || m[i] > 'Z' {
			return false
		}
	}
	return true
}

// validName allows RFC 9110's token, in lower case.
func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}

// validValue allows no control character except a tab: none can end the header line.
func validValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; (c < ' ' && c != '\t') || c == 0x7f {
			return false
		}
	}
	return true
}
