package choice

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Ratio is a probability from 0 to [One], in parts per billion.
type Ratio uint32

// One is certainty.
const One Ratio = 1_000_000_000

// RatioOf rounds f to the nearest billionth. The error, for what is not within 0 to 1, is a
// sentence for who wrote the number.
func RatioOf(f float64) (Ratio, error) {
	if !(f >= 0 && f <= 1) { // said so, nan is refused too
		return 0, fmt.Errorf("%v is not a ratio, want 0 to 1", f)
	}
	return Ratio(math.Round(f * float64(One))), nil
}

// Hit turns a draw into yes, with probability r, or no: never yes for 0, always for [One].
func (r Ratio) Hit(draw uint64) bool { return Below(draw, uint64(One)) < uint64(r) }

// String gives the shortest decimal that is exactly r, such as "0.05".
func (r Ratio) String() string {
	const decimals = 9 // of a billionth
	whole := strconv.FormatUint(uint64(r/One), 10)
	digits := strconv.FormatUint(uint64(r%One), 10)
	fraction := strings.Repeat("0", decimals-len(digits)) + digits
	return strings.TrimSuffix(whole+"."+strings.TrimRight(fraction, "0"), ".")
}
