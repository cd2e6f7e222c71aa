// Package spelling tells how far apart two names are, for errors that suggest what was meant.
//
// Guarantees: Distance is a metric; it takes time in the product of the lengths, so callers bound them.
//
// It stops there: which distance is near, and what else makes a name likely, differs by caller.
package spelling

// Distance is Levenshtein's: how many letters to insert, delete or replace.
func Distance(a, b string) int {
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
