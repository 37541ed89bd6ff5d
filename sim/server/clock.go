package server

import (
	"math/bits"

	"raftkv/sim/vtime"
)

// clock is how fast a server's own clock runs: by drift parts per billion faster than time does,
// slower if that is below 0. It is more than -1e9.
type clock struct{ drift int64 }

const billion = 1_000_000_000

// real returns how long it takes until the clock has gone on by a span that it shows: a fraction of
// a nanosecond counts as one, so that no timer fires early.
func (c clock) real(shown vtime.Duration) vtime.Duration {
	return scale(shown, billion, uint64(billion+c.drift))
}

// shown returns by how much the clock goes on in a span of time; a fraction of a nanosecond counts
// as one.
func (c clock) shown(real vtime.Duration) vtime.Duration {
	return scale(real, uint64(billion+c.drift), billion)
}

// scale returns span * by / of, rounded up, at most [longest].
func scale(span vtime.Duration, by, of uint64) vtime.Duration {
	if by == of {
		return span
	}
	high, low := bits.Mul64(uint64(span), by)
	low, carry := bits.Add64(low, of-1, 0)
	high += carry
	if high >= of {
		return longest
	}
	quotient, _ := bits.Div64(high, low, of)
	return vtime.Duration(min(quotient, uint64(longest)))
}

// longest is the longest span of time: what ends after it never does.
const longest = vtime.Duration(vtime.Never)
