package sweep

import (
	"math/big"
	"testing"
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
