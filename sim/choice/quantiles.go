package choice

import "math/bits"

// quantiles is a distribution as a table: the number at each point of a grid of probabilities.
// Between two points, numbers lie on a straight line.
//
// The grid has two sides, below the median and above. A place on a side is told by its tail, the
// probability of what lies further out. Each octave of tails, from one power of 2 to the next, is
// cut into 16 equal cells: the point i = 16*octave + cell is where the tail is
//
//	(16 + cell) * 2^(octave-36)
//
// so that a cell is at most a sixteenth as wide as its tail, however rare that is. The last point
// is the median, on both sides. The first has the tail 2^-32: there the distribution is cut off,
// and all draws further out give the number of this point.
type quantiles [2][points]int64

const (
	tailBits = 32 // the least tail is 2^-32
	cellBits = 4  // an octave has 2^4 cells

	octaves = tailBits - 1
	cells   = 1 << cellBits
	points  = octaves*cells + 1
)

const (
	lower = 0 // the side of the lesser numbers, and of the draws below 2^63
	upper = 1
)

// at turns a draw into a number. A greater draw gives a greater number, or the same.
func (q *quantiles) at(draw uint64) int64 {
	const least = 1 << (64 - tailBits)
	side := draw >> 63
	tail := max(draw^-side, least) // above the median, what is left of the draws above this one
	octave := bits.Len64(tail/least) - 1
	cellShift := 64 - tailBits - cellBits + octave
	point := cells*(octave-1) + int(tail>>cellShift) // the shifted tail is cells + cell
	from, to := q[side][point], q[side][point+1]
	return from + portion(to-from, tail<<(64-cellShift))
}

// portion gives step * fraction / 2^64, rounded to the nearest. The step may be negative.
func portion(step int64, fraction uint64) int64 {
	hi, lo := bits.Mul64(uint64(step), fraction)
	hi -= fraction & uint64(step>>63) // a negative step was taken for one greater by 2^64
	return int64(hi + lo>>63)
}

// bounds gives the least and the greatest number.
func (q *quantiles) bounds() (min, max int64) { return q[lower][0], q[upper][0] }

// place is a point on one side of the grid.
type place struct{ side, point int }

// tabulate makes the table of the numbers at all places. They may not fall as draws rise.
func tabulate(number func(place) int64) *quantiles {
	q := new(quantiles)
	for side := range q {
		for point := range q[side] {
			q[side][point] = number(place{side, point})
		}
	}
	return q
}

// surprise is how rarely the number at p is exceeded, as -log2 of the probability: 0 for the least
// number, 1 for the median, 2 for the upper quartile, 32 for the greatest. It is too great by less
// than 2^-55.
//
// The first point of the lower side stands for all below it, down to the least number, and has the
// surprise of that: so a distribution comes down to its minimum.
func (p place) surprise() fixed {
	if p.side == lower && p.point == 0 {
		return 0
	}
	const one = 1 << 63
	exceeded := uint64(cells+p.point%cells) << (63 - tailBits - cellBits + p.point/cells)
	if p.side == lower {
		exceeded = one - exceeded
	}
	return 63*unit - log2(exceeded)
}
