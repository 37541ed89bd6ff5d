package choice

import (
	"fmt"
	"math"
	"testing"
)

// tailAt is the tail at a point of the grid.
func tailAt(point int) float64 { return math.Ldexp(float64(16+point%16), point/16-36) }

func tailName(point int) string {
	return fmt.Sprintf("point %d, at %d * 2^%d", point, 16+point%16, point/16-36)
}

// drawAt is the draw with so much further out on its side.
func drawAt(side int, tail uint64) uint64 {
	if side == upper {
		return ^tail
	}
	return tail
}

// A table whose numbers are those of its points tells where on the grid a draw falls.
func TestTheGridIsWhereItSays(t *testing.T) {
	const step = 1 << 32
	places := tabulate(func(at place) int64 {
		if at.side == lower {
			return int64(at.point) * step
		}
		return int64(2*(points-1)-at.point) * step
	})
	check := func(side int, tail uint64, point, fraction int64) {
		t.Helper()
		want := point*step + fraction
		if side == upper {
			want = 2*(points-1)*step - want
		}
		if got := places.at(drawAt(side, tail)); got != want {
			t.Errorf("side %d, tail %#x is at %#x, want %#x", side, tail, got, want)
		}
	}
	for side := range places {
		for _, tail := range []uint64{0, 1, 1<<32 - 1, 1 << 32} {
			check(side, tail, 0, 0)
		}
		for point := range points - 1 {
			tail := uint64(math.Ldexp(tailAt(point), 64))
			width := uint64(1) << (28 + point/16)
			check(side, tail, int64(point), 0)
			check(side, tail+width/4, int64(point), step/4)
			check(side, tail+width/2, int64(point), step/2)
		}
		check(side, 1<<63-1, points-1, 0) // rounded up to the median
	}
}

func TestSurpriseIsTheLogarithmOfTheTail(t *testing.T) {
	for side := range 2 {
		for point := range points {
			want := -math.Log2(tailAt(point))
			if side == lower {
				want = -math.Log1p(-tailAt(point)) / math.Ln2
			}
			if side == lower && point == 0 {
				want = 0
			}
			got := float64(place{side, point}.surprise()) / float64(unit)
			if math.Abs(got-want) > 1e-14 {
				t.Errorf("side %d, %s: the surprise is %v, want %v", side, tailName(point), got, want)
			}
		}
	}
	for _, c := range []struct {
		place place
		want  fixed
	}{
		{place{lower, 0}, 0}, {place{lower, points - 1}, unit}, {place{upper, points - 1}, unit},
		{place{upper, points - 17}, 2 * unit}, {place{upper, 0}, 32 * unit},
	} {
		if got := c.place.surprise(); got != c.want {
			t.Errorf("the surprise at %v is %d, want %d", c.place, got, c.want)
		}
	}
}
