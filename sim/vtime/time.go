// Package vtime is virtual time: instants and spans, the queue of what is still to happen, and
// timers that are cheap to re-arm.
//
// Nothing here looks at a real clock. Start reading at [Key]: it is the whole order of a run.
package vtime

import (
	"math"
	"strconv"
)

// Time is an instant: nanoseconds since the start of the run. Instants of a run are not negative.
type Time int64

// Never is the instant that does not come. It is later than every other.
const Never Time = math.MaxInt64

// Add gives the instant d after t, or [Never] where that lies beyond what a Time can hold.
// Never stays Never, whatever is added.
func (t Time) Add(d Duration) Time {
	if t == Never {
		return Never
	}
	sum := t + Time(d)
	if d > 0 && sum < t {
		return Never
	}
	return sum
}

// Sub gives the span from earlier to t; it is negative where t comes first.
func (t Time) Sub(earlier Time) Duration { return Duration(t - earlier) }

// String gives seconds with six decimals, such as "0.153042s", or "never". What is finer than a
// microsecond is cut off, not rounded: what has not reached a second does not read as that second.
func (t Time) String() string { return string(t.AppendTo(nil)) }

// AppendTo appends what [Time.String] gives to text, for those who write many lines.
func (t Time) AppendTo(text []byte) []byte {
	if t == Never {
		return append(text, "never"...)
	}
	nanoseconds := uint64(t)
	if t < 0 {
		text = append(text, '-')
		nanoseconds = -nanoseconds
	}
	microseconds := nanoseconds / uint64(Microsecond)
	perSecond := uint64(Second / Microsecond)
	text = strconv.AppendUint(text, microseconds/perSecond, 10)
	text = append(text, '.')
	fraction := microseconds % perSecond
	for digit := perSecond / 10; digit > 0; digit /= 10 {
		text = append(text, byte('0'+fraction/digit%10))
	}
	return append(text, 's')
}
