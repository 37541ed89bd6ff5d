package choice

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestQuantilesAreTrue(t *testing.T) {
	for _, c := range withTails {
		truth := truthOf(c.distribution)
		for _, rank := range ranks {
			got := c.distribution.Draw(drawAt(rank.side, bitsOf(rank.tail)))
			if !truth.holds(got, rank.side, rank.tail) {
				t.Errorf("%s: the %s is %d, want %.0f within %.2g",
					c.name, rank.name, got, truth.number(rank.side, rank.tail), truth.off)
			}
		}
	}
}

// In each cell of the grid, not only at its ends.
func TestAllQuantilesAreTrue(t *testing.T) {
	const between = 16
	for _, c := range withTails {
		truth := truthOf(c.distribution)
		for side := range 2 {
			for step := range (points - 1) * between {
				octave, within := step/(16*between), step%(16*between)
				tail := uint64(16*between+within) << 28 / between << octave
				got := c.distribution.Draw(drawAt(side, tail))
				if p := math.Ldexp(float64(tail), -64); !truth.holds(got, side, p) {
					t.Fatalf("%s: on side %d the number at %v is %d, want %.0f within %.2g",
						c.name, side, p, got, truth.number(side, p), truth.off)
				}
			}
		}
	}
}

// anyWithTail is a distribution with parameters of all sizes.
func anyWithTail(t *rapid.T) Distribution {
	kind := rapid.SampledFrom([]Kind{Exponential, ShiftedExponential, Lognormal, Pareto}).Draw(t, "kind")
	switch kind {
	case Exponential:
		return ExponentialOf(numbers(1, MaxNumber).Draw(t, "mean"))
	case ShiftedExponential:
		least := numbers(0, MaxNumber-1).Draw(t, "min")
		return ShiftedExponentialOf(least, numbers(least+1, MaxNumber).Draw(t, "mean"))
	}
	small := numbers(1, MaxNumber-1).Draw(t, "small")
	p99 := numbers(small+1, MaxNumber).Draw(t, "p99")
	if kind == Lognormal {
		return LognormalOf(small, p99)
	}
	return ParetoOf(small, p99)
}

// tails are of all sizes, up to the median.
func tails(t *rapid.T) uint64 {
	size := rapid.IntRange(0, 62).Draw(t, "octave")
	return rapid.Uint64().Draw(t, "within")>>1>>(62-size) | 1<<size
}

func TestAnyQuantileIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyWithTail(t)
		truth := truthOf(d)
		for range 100 {
			side, tail := rapid.IntRange(0, 1).Draw(t, "side"), tails(t)
			p := math.Ldexp(float64(max(tail, 1<<32)), -64)
			if got := d.Draw(drawAt(side, tail)); !truth.holds(got, side, p) {
				t.Errorf("%v: on side %d the number at %v is %d, want %.0f within %.2g",
					d, side, p, got, truth.number(side, p), truth.off)
			}
		}
	})
}

func TestDrawsRiseWithinTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyWithTail(t)
		least, greatest := d.Bounds()
		if got := d.Draw(0); got != least {
			t.Errorf("%v: the least draw gives %d, want %d", d, got, least)
		}
		if got := d.Draw(math.MaxUint64); got != greatest {
			t.Errorf("%v: the greatest draw gives %d, want %d", d, got, greatest)
		}
		for side := range 2 {
			tail := tails(t)
			near := max(tail, tail+rapid.Uint64().Draw(t, "distance")>>1>>rapid.IntRange(0, 62).Draw(t, "shift"))
			a, b := drawAt(side, tail), drawAt(side, near)
			if low, high := d.Draw(min(a, b)), d.Draw(max(a, b)); low > high || low < least || high > greatest {
				t.Errorf("%v: draws %#x and %#x give %d and %d within %d to %d",
					d, min(a, b), max(a, b), low, high, least, greatest)
			}
		}
	})
}

func TestTablesRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyWithTail(t)
		table := d.table
		if table[lower][0] < 0 || table[upper][0] > MaxNumber {
			t.Errorf("%v goes from %d to %d", d, table[lower][0], table[upper][0])
		}
		if table[lower][points-1] != table[upper][points-1] {
			t.Errorf("%v: the sides meet at %d and %d", d, table[lower][points-1], table[upper][points-1])
		}
		for point := range points - 1 {
			if table[lower][point] > table[lower][point+1] || table[upper][point] < table[upper][point+1] {
				t.Errorf("%v falls at %s", d, tailName(point))
			}
		}
	})
}

func TestMinimaAreReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := numbers(1, MaxNumber-1).Draw(t, "min")
		great := numbers(least+1, MaxNumber).Draw(t, "mean or p99")
		shifted, pareto := ShiftedExponentialOf(least, great), ParetoOf(least, great)
		if shifted.Draw(0) != least || pareto.Draw(0) != least {
			t.Errorf("from %d to %d, the least draw gives %d and %d",
				least, great, shifted.Draw(0), pareto.Draw(0))
		}
		if exponential := ExponentialOf(great); exponential.Draw(0) != 0 {
			t.Errorf("the least draw of an exponential gives %d", exponential.Draw(0))
		}
	})
}

// moments gives the mean and the mean square of what a table gives to draws that are even.
func (q *quantiles) moments() (mean, square float64) {
	for side := range q {
		for point := range points - 1 {
			a, b := float64(q[side][point]), float64(q[side][point+1])
			p := tailAt(point+1) - tailAt(point)
			mean += p * (a + b) / 2
			square += p * (a*a + a*b + b*b) / 3
		}
		end := float64(q[side][0])
		mean += cut * end
		square += cut * end * end
	}
	return mean, square
}

func TestMeansAreTrue(t *testing.T) {
	for _, c := range withTails {
		if c.distribution.Max == MaxNumber {
			continue // it is cut off earlier
		}
		truth, off := truthOf(c.distribution), 0.0001
		if c.distribution.Kind == Lognormal || c.distribution.Kind == Pareto {
			off = truth.off
		}
		got, _ := c.distribution.table.moments()
		if math.Abs(got-truth.mean) > 0.5+truth.mean*off {
			t.Errorf("%s: the mean is %v, want %v", c.name, got, truth.mean)
		}
	}
}

func TestSamplesAreTrue(t *testing.T) {
	const trials = 100_000
	for _, c := range withTails {
		truth, stream := truthOf(c.distribution), NewStream(42, Link(1, 2))
		exceeded, sum := make([]int, len(ranks)), 0.0
		for ordinal := range uint64(trials) {
			number := float64(c.distribution.Draw(stream.Draw(ordinal, Latency)))
			sum += number
			for i, rank := range ranks {
				if number > truth.number(rank.side, rank.tail) {
					exceeded[i]++
				}
			}
		}
		for i, rank := range ranks {
			number := truth.number(rank.side, rank.tail)
			if number-float64(c.distribution.Min) < 1000 || number >= float64(MaxNumber) {
				continue // whole numbers are too coarse to be exceeded as often, or none is greater
			}
			p := rank.tail
			if rank.side == lower {
				p = 1 - p
			}
			deviation := math.Sqrt(trials * p * (1 - p)) // of a binomial
			if math.Abs(float64(exceeded[i])-trials*p) > 5*deviation {
				t.Errorf("%s: %d of %d exceed the true %s, want %v within %.1f",
					c.name, exceeded[i], trials, rank.name, trials*p, 5*deviation)
			}
		}
		mean, square := c.distribution.table.moments()
		deviation := math.Sqrt((square - mean*mean) / trials)
		if deviation < mean/100 && math.Abs(sum/trials-mean) > 5*deviation+0.5 {
			t.Errorf("%s: the mean is %v, want %v within %v", c.name, sum/trials, mean, 5*deviation)
		}
	}
}

func TestTailsRefuseNonsense(t *testing.T) {
	for what, f := range map[string]func(){
		"exponential with mean 0":                  func() { ExponentialOf(0) },
		"exponential with mean -1":                 func() { ExponentialOf(-1) },
		"exponential above the limit":              func() { ExponentialOf(MaxNumber + 1) },
		"shifted exponential from -1":              func() { ShiftedExponentialOf(-1, 1) },
		"shifted exponential with no mean on top":  func() { ShiftedExponentialOf(1, 1) },
		"shifted exponential with mean below min":  func() { ShiftedExponentialOf(2, 1) },
		"shifted exponential above the limit":      func() { ShiftedExponentialOf(1, MaxNumber+1) },
		"lognormal with median 0":                  func() { LognormalOf(0, 1) },
		"lognormal with p99 at the median":         func() { LognormalOf(1, 1) },
		"lognormal with p99 below the median":      func() { LognormalOf(2, 1) },
		"lognormal above the limit":                func() { LognormalOf(1, MaxNumber+1) },
		"lognormal of numbers below 0":             func() { LognormalOf(-2, -1) },
		"pareto from 0":                            func() { ParetoOf(0, 1) },
		"pareto with p99 at min":                   func() { ParetoOf(1, 1) },
		"pareto with p99 below min":                func() { ParetoOf(2, 1) },
		"pareto above the limit":                   func() { ParetoOf(1, MaxNumber+1) },
		"lognormal that overflows, greatest int64": func() { LognormalOf(1, math.MaxInt64) },
	} {
		mustPanic(t, what, f)
	}
}
