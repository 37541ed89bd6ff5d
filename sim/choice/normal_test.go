package choice

import (
	"math"
	"testing"
)

func TestDeviationsAreThoseOfTheNormalDistribution(t *testing.T) {
	check := func(what string, deviation uint64, p float64) {
		const rounding = 0.5000002e-9 // of the constants, and of the floats here
		z := float64(deviation) / 1e9
		if want := math.Sqrt2 * math.Erfcinv(2*p); math.Abs(z-want) > rounding {
			t.Errorf("%s: the deviation is %v, want %v", what, z, want)
		}
		// The density falls from one number to the next, so this is the slope at the nearer end.
		density := math.Exp(-(z-rounding)*(z-rounding)/2) / math.Sqrt(2*math.Pi)
		if got := math.Erfc(z/math.Sqrt2) / 2; math.Abs(got-p) > rounding*density+1e-16 {
			t.Errorf("%s: %v is exceeded with probability %v, want %v", what, z, got, p)
		}
	}
	check("the p99", deviationAt99, 0.01)
	for point, deviation := range deviations {
		check(tailName(point), deviation, tailAt(point))
	}
}
