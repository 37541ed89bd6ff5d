package choice

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestBelowIsTheDrawScaledToN(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Uint64().Draw(t, "draw")
		n := rapid.Uint64Min(1).Draw(t, "n")
		want := new(big.Int).Mul(new(big.Int).SetUint64(draw), new(big.Int).SetUint64(n))
		want.Rsh(want, 64)
		if got := Below(draw, n); got != want.Uint64() || got >= n {
			t.Fatalf("Below(%d, %d) = %d, want %v", draw, n, got, want)
		}
	})
}

func TestBelowAtTheEdges(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 1 << 32, 1 << 63, math.MaxUint64} {
		if got := Below(0, n); got != 0 {
			t.Errorf("the least draw below %d gives %d, want 0", n, got)
		}
		if got := Below(math.MaxUint64, n); got != n-1 {
			t.Errorf("the greatest draw below %d gives %d, want %d", n, got, n-1)
		}
	}
	mustPanic(t, "a number below 0", func() { Below(1, 0) })
}

func TestBetweenAtTheEdges(t *testing.T) {
	for _, c := range []struct{ min, max int64 }{
		{0, 0}, {0, 1}, {-1, 1}, {5, 5}, {-7, -3}, {1_000_000, 10_000_000},
		{math.MinInt64, 0}, {0, math.MaxInt64}, {-1, math.MaxInt64},
		{math.MinInt64, math.MinInt64}, {math.MaxInt64, math.MaxInt64},
		{math.MinInt64, math.MaxInt64 - 1}, {math.MinInt64 + 1, math.MaxInt64},
	} {
		if got := Between(0, c.min, c.max); got != c.min {
			t.Errorf("the least draw of %d to %d gives %d", c.min, c.max, got)
		}
		if got := Between(math.MaxUint64, c.min, c.max); got != c.max {
			t.Errorf("the greatest draw of %d to %d gives %d", c.min, c.max, got)
		}
	}
	if got := Between(7, math.MinInt64, math.MaxInt64); got != 7 {
		t.Errorf("a draw of every int64 gives %d, want the draw, 7", got)
	}
	mustPanic(t, "a number between 2 and 1", func() { Between(0, 2, 1) })
}

func TestBetweenStaysWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		min := rapid.Int64().Draw(t, "min")
		max := rapid.Int64Min(min).Draw(t, "max")
		got := Between(rapid.Uint64().Draw(t, "draw"), min, max)
		if got < min || got > max {
			t.Fatalf("%d is not within %d to %d", got, min, max)
		}
	})
}

func TestBetweenGivesEachNumberEquallyOften(t *testing.T) {
	const trials = 60_000
	stream := NewStream(42, Client(1))
	var counts [6]int
	for ordinal := range uint64(trials) {
		counts[Between(stream.Draw(ordinal, Key), -2, 3)+2]++
	}
	for i, count := range counts { // each a binomial: expected 10,000, deviation 91
		if count < 9_500 || count > 10_500 {
			t.Errorf("%d came %d times of %d, want about %d", i-2, count, trials, trials/6)
		}
	}
}

func TestWeightedIndexFollowsTheWeights(t *testing.T) {
	const trials = 60_000
	weights := []uint64{0, 3, 0, 1, 2, 0}
	stream := NewStream(42, Nemesis())
	counts := make([]int, len(weights))
	for ordinal := range uint64(trials) {
		counts[WeightedIndex(stream.Draw(ordinal, Target), weights)]++
	}
	for i, count := range counts {
		want := int(weights[i]) * trials / 6
		if want == 0 && count != 0 || count < want-600 || count > want+600 {
			t.Errorf("index %d came %d times of %d, want about %d", i, count, trials, want)
		}
	}
}

func TestWeightedIndexAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		weights     []uint64
		first, last int
	}{
		{[]uint64{1}, 0, 0},
		{[]uint64{0, 1, 0}, 1, 1},
		{[]uint64{0, 1, 1, 0}, 1, 2},
		{[]uint64{math.MaxUint64 - 1, 1}, 0, 1},
		{[]uint64{math.MaxUint64}, 0, 0},
	} {
		if got := WeightedIndex(0, c.weights); got != c.first {
			t.Errorf("the least draw of %v gives %d, want %d", c.weights, got, c.first)
		}
		if got := WeightedIndex(math.MaxUint64, c.weights); got != c.last {
			t.Errorf("the greatest draw of %v gives %d, want %d", c.weights, got, c.last)
		}
	}
	mustPanic(t, "no weights", func() { WeightedIndex(1, nil) })
	mustPanic(t, "weights of 0", func() { WeightedIndex(1, []uint64{0, 0}) })
	mustPanic(t, "weights too great", func() { WeightedIndex(1, []uint64{math.MaxUint64, 1}) })
}
