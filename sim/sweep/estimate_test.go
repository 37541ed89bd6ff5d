package sweep

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestFewerThan: the rule of three, and its neighbours.
func TestFewerThan(t *testing.T) {
	for runs, want := range map[uint64]string{
		1: "950000", 2: "777000", 3: "632000", 10: "259000", 100: "29600", 1000: "3000",
		10_000: "300", 1_000_000: "3", 10_000_000: "0.3", 1 << 40: "0.00000273",
	} {
		if got := fewerThan(runs); got != want {
			t.Errorf("%d runs: fewer than %s, want %s", runs, got, want)
		}
	}
}

// TestFewerThanIsTheLeastSuchRate: at that rate so many runs all pass with 5 % at most, and at a rate
// that is lower by one of its last digits with more. The powers are computed in another way.
func TestFewerThanIsTheLeastSuchRate(t *testing.T) {
	fivePercent := real("0.05")
	for _, runs := range []uint64{1, 2, 3, 7, 10, 59, 100, 299, 1000, 2999, 12345, 100_000, 7_654_321} {
		text := fewerThan(runs)
		rate := new(big.Float).Quo(real(text), real("1000000"))
		if allPass(rate, runs).Cmp(new(big.Float).Mul(fivePercent, real("1.000001"))) > 0 {
			t.Errorf("%d runs: %s in a million is too low", runs, text)
		}
		less := new(big.Float).Mul(rate, real("0.99"))
		if allPass(less, runs).Cmp(fivePercent) <= 0 {
			t.Errorf("%d runs: %s in a million is too high", runs, text)
		}
	}
}

func TestInterval(t *testing.T) {
	for _, test := range []struct {
		failed, runs uint64
		low, high    string
	}{
		{1, 1, "20", "100"}, {1, 2, "9.4", "91"}, {1, 10, "1.7", "41"}, {5, 100, "2.1", "12"},
		{10, 10, "72", "100"}, {50, 100, "40", "60"}, {1, 1_000_000, "0.000017", "0.00057"},
		{1 << 40, 1 << 40, "99", "100"},
	} {
		low, high := interval(test.failed, test.runs)
		if low != test.low || high != test.high {
			t.Errorf("%d of %d: %s to %s %%, want %s to %s", test.failed, test.runs, low, high,
				test.low, test.high)
		}
	}
}

// TestIntervalIsTheLeastSuch: at its ends what was seen is as far from what was to be expected as
// 95 % allow, or a little farther; a digit further in it is nearer. Computed in another way: from
// the definition.
func TestIntervalIsTheLeastSuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runs := rapid.Uint64Range(1, 1<<40).Draw(t, "runs")
		failed := rapid.Uint64Range(1, runs).Draw(t, "failed")
		lowText, highText := interval(failed, runs)
		low, high := real(lowText), real(highText)
		if far(failed, runs, low, 1) < 1-1e-6 || high.Cmp(real("100")) < 0 && far(failed, runs, high, -1) < 1-1e-6 {
			t.Fatalf("%d of %d: %s to %s %% is too narrow", failed, runs, lowText, highText)
		}
		low.Add(low, lastDigit(lowText))
		high.Sub(high, lastDigit(highText))
		tooHigh := failed < runs && far(failed, runs, high, -1) > 1+1e-6 // else it is 100 exactly
		if far(failed, runs, low, 1) > 1+1e-6 || tooHigh {
			t.Fatalf("%d of %d: %s to %s %% is too wide", failed, runs, lowText, highText)
		}
	})
}

// far returns the square of how far so many failures are from the mean at that rate, in parts of the
// square of what 95 % allow; 0 if there are not more of them, for side 1, or less, for -1.
func far(failed, runs uint64, percent *big.Float, side int) float64 {
	n := new(big.Float).SetPrec(200).SetUint64(runs)
	rate := new(big.Float).Quo(percent, real("100"))
	mean := new(big.Float).Mul(n, rate)
	off := new(big.Float).Sub(new(big.Float).SetUint64(failed), mean)
	variance := new(big.Float).Mul(mean, new(big.Float).Sub(real("1"), rate))
	allowed := new(big.Float).Mul(variance, real("3.841458820694124"))
	switch {
	case off.Sign() != side:
		return 0
	case allowed.Sign() <= 0:
		return math.Inf(1)
	}
	ratio, _ := new(big.Float).Quo(new(big.Float).Mul(off, off), allowed).Float64()
	return ratio
}

// lastDigit returns one in the second digit of a number.
func lastDigit(text string) *big.Float {
	if text == "100" {
		return real("1") // what is below has two digits
	}
	_, unit := inDigits(asFloat(text), 2)
	return new(big.Float).SetPrec(200).SetFloat64(unit)
}

func asFloat(text string) float64 {
	f, _ := real(text).Float64()
	return f
}

// TestNewPatterns: what was never seen once is not impossible.
func TestNewPatterns(t *testing.T) {
	for _, test := range []struct {
		once, runs uint64
		want       string
	}{
		{5, 100, "about 0.4"}, {1, 100, "about 0.08"}, {0, 100, "fewer than about 0.08"},
	} {
		if got := newPatterns(test.once, test.runs); got != test.want {
			t.Errorf("%d of %d: %s, want %s", test.once, test.runs, got, test.want)
		}
	}
}

func real(text string) *big.Float {
	f, _, err := big.ParseFloat(text, 10, 200, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return f
}

// allPass is the probability that so many runs pass, each of which fails at the rate: by squaring.
func allPass(rate *big.Float, runs uint64) *big.Float {
	base, power := new(big.Float).Sub(real("1"), rate), real("1")
	for ; runs > 0; runs >>= 1 {
		if runs&1 == 1 {
			power.Mul(power, base)
		}
		base.Mul(base, base)
	}
	return power
}

func TestPercent(t *testing.T) {
	for _, test := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 7, "0"}, {1, 1, "100"}, {1, 3, "33"}, {12, 2000, "0.6"}, {1, 1_000_000, "0.0001"},
		{2, 3, "67"}, {999, 1000, "100"}, {1, 1 << 40, "0.000000000091"},
	} {
		if got := percent(test.part, test.whole); got != test.want {
			t.Errorf("%d of %d are %s %%, want %s", test.part, test.whole, got, test.want)
		}
	}
}
