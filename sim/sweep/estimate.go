package sweep

import (
	"math"
	"strconv"
	"strings"

	"raftkv/sim/mark"
)

// lnOf5Percent is the natural logarithm of 0.05.
const lnOf5Percent = -2.995732273553991

// fewerThan returns, per million, below what the rate of failures lies at 95 %, if none of so many
// runs has failed: at a rate p, that many runs all pass with a probability of (1-p)^runs, which is
// 5 % at the p returned. It is rounded up to three digits.
func fewerThan(runs uint64) string {
	return roundedUp(-math.Expm1(lnOf5Percent/float64(runs))*1e6, 3)
}

// little is what other compilers may compute otherwise, in the last bits of a number: that is no
// reason for another text.
const little = 1e-12

// roundedUp returns x in so many digits, never less than x, but for a little.
func roundedUp(x float64, digits int) string {
	rounded, unit := inDigits(x, digits)
	if rounded < x*(1-little) {
		rounded += unit
	}
	return plain(rounded, digits)
}

// roundedDown returns x in so many digits, never more than x, but for a little.
func roundedDown(x float64, digits int) string {
	rounded, unit := inDigits(x, digits)
	if rounded > x*(1+little) {
		rounded -= unit
	}
	return plain(rounded, digits)
}

// inDigits returns the number of so many digits that is nearest to x, and one in the last digit
// that x has then: what is nearest to 99.9 in two digits is 100, but below it there is 99.
func inDigits(x float64, digits int) (rounded, unit float64) {
	text := strconv.FormatFloat(x, 'e', digits-1, 64)
	rounded, _ = strconv.ParseFloat(text, 64) // what was formatted can be read
	_, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, 64), "e")
	unit, _ = strconv.ParseFloat("1e"+exponent, 64)
	return rounded, unit / math.Pow10(digits-1)
}

// newPatterns tells how many patterns the next run shows that none has shown: as many as there are
// patterns in one run only, for each run (Good-Turing, of incidences); of all patterns, not only of
// those looked at. Without such a pattern it is fewer than one would make.
func newPatterns(once, runs uint64) string {
	if once == 0 {
		return "fewer than about " + newPatternsOf(1, runs)
	}
	return "about " + newPatternsOf(once, runs)
}

func newPatternsOf(once, runs uint64) string {
	return plain(mark.Sampled*float64(once)/float64(runs), 2)
}

// interval returns between which rates, in percent, that of failures lies at 95 %, if so many of
// the runs have failed (Wilson's score interval). It is rounded outwards, to two digits.
func interval(failed, runs uint64) (low, high string) {
	const z = 1.959963984540054 // of the normal distribution, 95 % lies within
	f, n := float64(failed), float64(runs)
	// The conversions keep compilers from fusing operations, with other last bits.
	spread := float64(f*(n-f))/n + z*z/4
	half := float64(z * math.Sqrt(spread))
	middle, whole := f+z*z/2, n+z*z
	return roundedDown(100*max(middle-half, 0)/whole, 2),
		roundedUp(100*min((middle+half)/whole, 1), 2)
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
