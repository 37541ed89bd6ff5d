package server

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"raftkv/sim/vtime"
)

// scaled is span * by / of, rounded up, and no more than the longest span: in exact arithmetic.
func scaled(span vtime.Duration, by, of int64) vtime.Duration {
	product := new(big.Int).Mul(big.NewInt(int64(span)), big.NewInt(by))
	product.Add(product, big.NewInt(of-1))
	product.Div(product, big.NewInt(of))
	if product.Cmp(big.NewInt(int64(longest))) > 0 {
		return longest
	}
	return vtime.Duration(product.Int64())
}

// spans draws lengths of time: short ones, and those at the ends of what there is.
func spans(t *rapid.T) vtime.Duration {
	edges := rapid.SampledFrom([]vtime.Duration{0, 1, 2, billion - 1, billion, longest / 2, longest - 1, longest})
	any := rapid.Custom(func(t *rapid.T) vtime.Duration {
		return vtime.Duration(rapid.Int64Range(0, int64(longest)).Draw(t, "any"))
	})
	short := rapid.Custom(func(t *rapid.T) vtime.Duration {
		return vtime.Duration(rapid.Int64Range(0, int64(vtime.Minute)).Draw(t, "short"))
	})
	return rapid.OneOf(edges, any, short).Draw(t, "span")
}

func drifts(t *rapid.T) int64 {
	edges := rapid.SampledFrom([]int64{0, 1, -1, billion / 2, -billion / 2, 1 - billion, billion})
	return rapid.OneOf(edges, rapid.Int64Range(1-billion, billion)).Draw(t, "drift")
}

// A clock is exact to the nanosecond, upwards, whatever its drift, for all spans.
func TestClocksAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, span := clock{drifts(t)}, spans(t)
		if got, want := c.real(span), scaled(span, billion, billion+c.drift); got != want {
			t.Fatalf("with drift %d, %d ns shown take %d, want %d", c.drift, span, got, want)
		}
		if got, want := c.shown(span), scaled(span, billion+c.drift, billion); got != want {
			t.Fatalf("with drift %d, %d ns show %d, want %d", c.drift, span, got, want)
		}
	})
}

// What a clock shows of the time that a span takes is that span, and no fraction of a step of it more:
// no timer fires early.
func TestNoTimerFiresEarly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock{rapid.Int64Range(-billion/2, billion/2).Draw(t, "drift")}
		span := vtime.Duration(rapid.Int64Range(0, int64(vtime.Minute)).Draw(t, "span"))
		if back := c.shown(c.real(span)); back < span || back > span+2 {
			t.Fatalf("with drift %d, %d ns come back as %d", c.drift, span, back)
		}
		if took := c.real(span); took > 0 && c.shownExactly(took-1) >= span && span > 0 {
			t.Fatalf("with drift %d, %d ns are shown before %d", c.drift, span, took)
		}
	})
}

// shownExactly is what the clock shows after a span, fractions cut off.
func (c clock) shownExactly(real vtime.Duration) vtime.Duration {
	product := new(big.Int).Mul(big.NewInt(int64(real)), big.NewInt(billion+c.drift))
	return vtime.Duration(product.Div(product, big.NewInt(billion)).Int64())
}

// A clock that runs as time does changes nothing.
func TestAClockWithoutDrift(t *testing.T) {
	for _, span := range []vtime.Duration{0, 1, vtime.Second, longest} {
		if (clock{}).real(span) != span || (clock{}).shown(span) != span {
			t.Errorf("%v becomes %v and %v", span, clock{}.real(span), clock{}.shown(span))
		}
	}
}
