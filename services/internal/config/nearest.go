package config

import (
	"strings"

	"github.com/orderwire/orderwire/services/internal/spelling"
)

// synonyms are names that people write for another.
var synonyms = map[string]string{
	"destination": "to", "target": "to", "password": "secret", "token": "secret", "retries": "retry", "base_url": "url", "endpoint": "url", "mapping": "statuses",
	"shop": "shops", "schedule": "after", "canceled": "CANCELLED_MERCHANT", "paid": "ORDERED",
}

// nearest returns the known name that was probably meant, "" when none is near.
func nearest(name string, known []string) string {
	folded := fold(name)
	best, least := "", max(2, len(folded)/4)+1
	for _, k := range known {
		if k == synonyms[folded] || len(folded) > 3 && strings.HasPrefix(fold(k), folded) {
			return k
		}
		if d := spelling.Distance(folded, fold(k)); d < least && d < len(folded) {
			best, least = k, d
		}
	}
	return best
}

func fold(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	return strings.ReplaceAll(strings.ToLower(s), "-", "_")
}
