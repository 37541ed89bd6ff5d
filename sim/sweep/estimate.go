package sweep

import (
	"math"
	"strconv"

	"raftkv/sim/mark"
)

// lnOf5Percent is the natural logarithm of 0.05.
const lnOf5Percent = -2.995732273553991

// fewerThan returns, per million, below what the rate of failures lies at 95 %, if none of so many
// runs has failed: at a rate p, that many runs all pass with a probability of (1-p)^runs, which is
// 5 % at the p returned. It is rounded up to three digits.
func fewerThan(runs uint64) string {
	return roundedUp(-math.Expm1(lnOf5Percent/float64(runs)) * 1e6)
}

// roundedUp returns x in three digits, never less than x. Other compilers may compute an x that
// differs in its last bits: so little is no reason for another text.
func roundedUp(x float64) string {
	const littleLess = 1 - 1e-9
	text := strconv.FormatFloat(x, 'e', 2, 64)
	rounded, _ := strconv.ParseFloat(text, 64) // what was formatted can be read
	if rounded < x*littleLess {
		unit, _ := strconv.ParseFloat("0.01"+text[len("1.23"):], 64)
		return plain(rounded+unit, 3)
	}
	return plain(rounded, 3)
}

// newPatterns returns how many patterns the next run shows that none has shown: as many as there
// are patterns in one run only, for each run (Good-Turing, of incidences); of all patterns, not
// only of those looked at.
func newPatterns(once, runs uint64) string {
	return plain(mark.Sampled*float64(once)/float64(runs), 2)
}

// percent returns a part of a whole in percent, in two digits.
func percent(part, whole uint64) string {
	return plain(100*float64(part)/float64(whole), 2)
}

// plain returns x in so many digits, without an exponent.
func plain(x float64, digits int) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
