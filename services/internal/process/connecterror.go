package process

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/nats-io/nats.go"
)

// fault is why a connection failed, in an operator's words, and the cure.
type fault struct{ what, try string }

// connectError is for the caller of Connect, who may be a person at a terminal: why the last try failed, and what ended the tries.
func connectError(servers []string, last, end error) error {
	f := explain(last)
	return fmt.Errorf("connect to NATS at %s: %s. Try: %s (%w; %w)", Redact(strings.Join(servers, ", ")), f.what, f.try, redactedError{last}, end)
}

// redactedError is an error whose text holds no secret; what it wraps is still found by errors.Is.
type redactedError struct{ err error }

func (e redactedError) Error() string { return Redact(e.err.Error()) }
func (e redactedError) Unwrap() error { return e.err }

func explain(err error) fault {
	if f, known := explainTLS(err); known {
		return f
	}
	var dns *net.DNSError
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthRevoked), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAccountAuthExpired):
		return fault{"the server does not accept these credentials", "check ORDERWIRE_NATS_CREDS_FILE, _NKEY_FILE, _USER and _PASSWORD, or _TOKEN against the server's configuration"}
	case errors.As(err, &dns):
		return fault{fmt.Sprintf("the name %s is not known", dns.Name), "check the host in ORDERWIRE_NATS_URL"}
	case errors.Is(err, nats.ErrTimeout), isTimeout(err):
		return fault{fmt.Sprintf("no answer within %s", dialTimeout), "check the address in ORDERWIRE_NATS_URL, and firewalls on the way"}
	case errors.Is(err, nats.ErrNoServers): // what nats.go makes of "connection refused"
		return fault{"nothing answers there", "is nats-server running, with JetStream (nats-server -js)? else set ORDERWIRE_NATS_URL"}
	case errors.Is(err, nats.ErrMaxConnectionsExceeded), errors.Is(err, nats.ErrMaxAccountConnectionsExceeded):
		return fault{"the server has all the connections it allows", "raise max_connections of the server or of the account"}
	}
	return fault{Redact(err.Error()), "check ORDERWIRE_NATS_URL and the server's log"}
}

func explainTLS(err error) (fault, bool) {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return fault{"the server's certificate is signed by an authority that is not known here", "set ORDERWIRE_NATS_TLS_CA_FILE to that authority's certificate"}, true
	case errors.As(err, &host):
		return fault{"the server's certificate is for another name: " + host.Error(), "use a name of the certificate in ORDERWIRE_NATS_URL"}, true
	case errors.As(err, &invalid):
		return fault{"the server's certificate is not valid: " + invalid.Error(), "renew the certificate, or set the clock of this machine"}, true
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fault{"the server does not speak TLS", "write nats:// instead of tls:// in ORDERWIRE_NATS_URL, or give the server a tls block"}, true
	}
	return fault{}, false
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
