package event

import (
	"crypto/sha256"
	"encoding/hex"
)

// RecordName is the name under which the records and dead letters of an entry are kept, made of a shop or order token of its subject. A token that is
// an id stands for itself. Any other (a shop can publish thousands of bytes there, and escaping would make of them a subject that the server
// refuses) becomes "@" and 20 hex digits of its SHA-256, which no id equals; the token itself is in the dead letter.
func RecordName(token string) string {
	if l := limits["Order.id"]; token != "" && len(token) <= l.most && l.form.ok(token) {
		return token
	}
	h := sha256.Sum256([]byte(token))
	return "@" + hex.EncodeToString(h[:10])
}
