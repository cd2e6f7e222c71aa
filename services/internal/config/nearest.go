package config

import "strings"

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
		if d := distance(folded, fold(k)); d < least && d < len(folded) {
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

// distance is Levenshtein's: how many letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
