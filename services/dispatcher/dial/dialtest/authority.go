package dialtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Main runs a package's tests with one authority that the system trusts. Call it from TestMain, before anything looks at the system's roots.
func Main(m *testing.M, trusted **Authority) int {
	dir, err := os.MkdirTemp("", "dialtest")
	if err != nil {
		panic(fmt.Sprintf("make folder for certificates: %v", err))
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	*trusted = NewAuthority()
	file := filepath.Join(dir, "roots.pem")
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: (*trusted).cert.Raw})
	for _, err := range []error{os.WriteFile(file, encoded, 0o600), os.Setenv("SSL_CERT_FILE", file), os.Setenv("SSL_CERT_DIR", dir)} {
		if err != nil {
			panic(fmt.Sprintf("install certificate authority: %v", err))
		}
	}
	return m.Run()
}

// NewAuthority makes an authority that nobody trusts.
func NewAuthority() *Authority {
	key := newKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "dialtest"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
	}
	return &Authority{cert: sign(template, template, key, key), key: key}
}

// Certificate makes a server's certificate for these hosts (names or addresses) that is good until then.
func (a *Authority) Certificate(until time.Time, hosts ...string) tls.Certificate {
	key := newKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until,
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return tls.Certificate{Certificate: [][]byte{sign(template, a.cert, key, a.key).Raw}, PrivateKey: key}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("make key: %v", err))
	}
	return key
}

func sign(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) *x509.Certificate {
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		panic(fmt.Sprintf("sign certificate: %v", err))
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		panic(fmt.Sprintf("parse certificate: %v", err))
	}
	return cert
}
