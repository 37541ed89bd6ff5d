package choice

import "math/bits"

// fixed is a number in units of 2^-56: from -128 to 128, in steps of 1.4e-17.
//
// The logarithms and powers here are to base 2, and of integers. Those of package math differ in
// their last bits from one processor to the next; these round down at each step, so that their
// errors are easy to bound, and no result falls where an argument rises.
type fixed int64

const (
	fractionBits       = 56
	unit         fixed = 1 << fractionBits
)

// beyond is an exponent that no greater one differs from: what is at least 1 becomes more than
// MaxNumber by 2^64, and what is at most MaxNumber less than a half by 2^-64.
const beyond = 64 * unit

// log2 gives the logarithm of n. It is too small by less than 2^-55. It panics for n = 0.
//
// Squaring a number doubles its logarithm, so a number from 1 to 2 whose square reaches 2 has a
// logarithm of a half or more: one squaring, one binary digit. That cuts off less than 2^-56. A
// square is rounded down by a part in 2^63 at most, which takes less than 2^-62 from its
// logarithm; halved by each squaring, all of these are less than 2^-62 together.
func log2(n uint64) fixed {
	if n == 0 {
		panic("choice: the logarithm of 0")
	}
	zeros := bits.LeadingZeros64(n)
	power := n << zeros // in units of 2^-63, from 1 to below 2
	log := fixed(63 - zeros)
	for range fractionBits {
		log <<= 1
		hi, lo := bits.Mul64(power, power) // in units of 2^-126
		if hi>>63 == 1 {                   // the square is 2 or more
			log |= 1
			power = hi
		} else {
			power = hi<<1 | lo>>63
		}
	}
	return log
}

// ln2 is the natural logarithm of 2, in units of 2^-64, rounded down.
const ln2 = 0xb17217f7d1cf79ab

// exp2 gives 2^f, for f from 0 to below 1 in units of 2^-64, and the power in units of 2^-63. It
// is too small by less than 2^-60, and always below 2.
//
// It is the series of e^x, for x = f*ln2, as 1 + x/1*(1 + x/2*(1 + x/3*(...))). What is left out
// after 18 terms is less than 2^-66. A rounding takes less than 2^-63 and is then multiplied like
// the 1 beside it, so that all take less than 2^-63*e^x, which is 2^-62. And x is too small by less
// than 2^-63, which takes 2^-62 once more.
func exp2(f uint64) uint64 {
	const terms = 18
	x, _ := bits.Mul64(f, ln2)
	power := uint64(1) << 63
	for n := uint64(terms); n > 0; n-- {
		product, _ := bits.Mul64(x, power)
		power = 1<<63 + product/n
	}
	return power
}

// timesPower gives n * 2^exponent, rounded to the nearest and at most MaxNumber, for n from 1 to
// MaxNumber. Before it is rounded it is too small by less than a part in 2^60.
func timesPower(n int64, exponent fixed) int64 {
	whole := exponent >> fractionBits
	if whole >= 62 {
		return MaxNumber
	}
	if whole < -64 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(n), exp2(uint64(exponent)<<(64-fractionBits)))
	return shifted(hi, lo, uint(63-whole))
}

// times gives n * factor, rounded to the nearest and at most MaxNumber, for a factor from 0.
func times(n int64, factor fixed) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(factor))
	return shifted(hi, lo, fractionBits)
}

// shifted gives (hi*2^64 + lo) / 2^by, rounded to the nearest and at most MaxNumber, for by from 2
// to 127 and hi below 2^63.
func shifted(hi, lo uint64, by uint) int64 {
	if by > 64 { // all of lo is below the half, and decides nothing
		return int64((hi + 1<<(by-65)) >> (by - 64))
	}
	lo, carry := bits.Add64(lo, 1<<(by-1), 0)
	hi += carry
	if hi >= 1<<(by-2) {
		return MaxNumber
	}
	return int64(hi<<(64-by) | lo>>by)
}

// proportion gives x * part / whole, rounded down and at most beyond, for an x from 0.
func proportion(x fixed, part, whole uint64) fixed {
	hi, lo := bits.Mul64(uint64(x), part)
	if hi >= whole {
		return beyond
	}
	quotient, _ := bits.Div64(hi, lo, whole)
	return fixed(min(quotient, uint64(beyond)))
}
