// Package spelling guesses what a misspelt word was meant to be.
package spelling

import "strings"

// Nearest returns the one of the candidates, which are in lower case, that a misspelt word
// resembles most, or "" if it resembles none. Of two that it resembles alike it is the first.
func Nearest(word string, candidates []string) string {
	best, least := "", 0
	for _, candidate := range candidates {
		edits, near := resemblance(word, candidate)
		if near && (best == "" || edits < least) {
			best, least = candidate, edits
		}
	}
	return best
}

// resemblance tells how far a word is from a candidate, in edits, and whether that is near.
func resemblance(word, candidate string) (edits int, near bool) {
	const beginningMin, tooMuch = 4, 2 // clog_link is clog and too much
	if len(candidate) >= beginningMin && strings.HasPrefix(word, candidate) {
		return min(len(word)-len(candidate), tooMuch), true
	}
	limit := max(2, len(candidate)/3)
	if gap := len(candidate) - len(word); gap > limit || -gap > limit {
		return 0, false
	}
	edits = distance(strings.ToLower(word), candidate)
	return edits, edits <= limit && edits < len(word)
}

// distance counts the bytes to insert, drop or replace that make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // from a's first i bytes to b's first j
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
