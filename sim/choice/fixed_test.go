package choice

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

const precision = 256 // of the numbers that integers are held against

// exactLog2 is log2(n) by the same squarings, with more digits.
func exactLog2(n uint64) *big.Float {
	power := new(big.Float).SetPrec(precision).SetUint64(n)
	exponent := power.MantExp(power) - 1 // the mantissa is from 1/2 to below 1
	power.SetMantExp(power, 1)
	log := new(big.Float).SetPrec(precision).SetInt64(int64(exponent))
	digit := new(big.Float).SetPrec(precision).SetInt64(1)
	for range 100 {
		power.Mul(power, power)
		digit.SetMantExp(digit, -1)
		if power.Cmp(big.NewFloat(2)) >= 0 {
			power.SetMantExp(power, -1)
			log.Add(log, digit)
		}
	}
	return log
}

// exactExp2 is 2^x, by the series of e^x with more terms.
func exactExp2(x *big.Float) *big.Float {
	ln2, _, err := big.ParseFloat(
		"0.693147180559945309417232121458176568075500134360255254120680009493393621969694715605863327",
		10, precision, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	ln2.Mul(ln2, x)
	one := new(big.Float).SetPrec(precision).SetInt64(1)
	power := new(big.Float).SetPrec(precision).SetInt64(1)
	for n := int64(60); n > 0; n-- {
		power.Mul(power, ln2)
		power.Quo(power, new(big.Float).SetInt64(n))
		power.Add(power, one)
	}
	return power
}

// inUnits is n * 2^-bits.
func inUnits(n int64, bits int) *big.Float {
	x := new(big.Float).SetPrec(precision).SetInt64(n)
	return x.SetMantExp(x, -bits)
}

// numbers are of all sizes from least to greatest, and those two among them.
func numbers(least, greatest int64) *rapid.Generator[int64] {
	return rapid.Custom(func(t *rapid.T) int64 {
		size := rapid.IntRange(0, 63).Draw(t, "size")
		above := rapid.Int64Range(0, math.MaxInt64).Draw(t, "bits")>>(63-size) | int64(uint64(1)<<size>>1)
		return least + min(above, greatest-least)
	})
}

func TestLog2IsTooSmallByLessThanItSays(t *testing.T) {
	check := func(n uint64) {
		error := exactLog2(n)
		error.Sub(error, inUnits(int64(log2(n)), fractionBits))
		if error.Sign() < 0 || error.Cmp(inUnits(1, 55)) >= 0 {
			t.Errorf("log2(%d) is too small by %v", n, error)
		}
	}
	for bit := range 64 {
		check(1 << bit)
		check(1<<bit + 1)
		check(1<<63 | 1<<bit)
		check(math.MaxUint64 >> bit)
		check(math.MaxUint64 - 1<<bit)
	}
	rapid.Check(t, func(t *rapid.T) { check(rapid.Uint64Min(1).Draw(t, "n")) })
	mustPanic(t, "the logarithm of 0", func() { log2(0) })
}

func TestLog2OfPowersIsExact(t *testing.T) {
	for bit := range 64 {
		if got, want := log2(1<<bit), fixed(bit)*unit; got != want {
			t.Errorf("log2(1<<%d) is %d, want %d", bit, got, want)
		}
	}
}

func TestExp2IsTooSmallByLessThanItSays(t *testing.T) {
	check := func(f uint64) {
		x := new(big.Float).SetPrec(precision).SetUint64(f)
		error := exactExp2(x.SetMantExp(x, -64))
		power := new(big.Float).SetPrec(precision).SetUint64(exp2(f))
		error.Sub(error, power.SetMantExp(power, -63))
		if error.Sign() < 0 || error.Cmp(inUnits(1, 60)) >= 0 || exp2(f) < 1<<63 {
			t.Errorf("exp2(%#x) is too small by %v", f, error)
		}
	}
	for bit := range 64 {
		check(1 << bit)
		check(math.MaxUint64 >> bit)
		check(math.MaxUint64 << bit)
	}
	rapid.Check(t, func(t *rapid.T) { check(rapid.Uint64().Draw(t, "f")) })
	if got := exp2(0); got != 1<<63 {
		t.Errorf("exp2(0) is %#x, want 1<<63", got)
	}
}

// What package math says is not the same on all processors, but near enough to catch a blunder
// that is in the exact ones too.
func TestLogarithmsAndPowersAreThoseOfMath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := uint64(numbers(1, MaxNumber).Draw(t, "n"))
		if got, want := float64(log2(n))/float64(unit), math.Log2(float64(n)); math.Abs(got-want) > 1e-13 {
			t.Errorf("log2(%d) is %v, want %v", n, got, want)
		}
		f := rapid.Uint64().Draw(t, "f")
		if got, want := float64(exp2(f))/(1<<63), math.Exp2(float64(f)/(1<<64)); math.Abs(got-want) > 1e-15 {
			t.Errorf("exp2(%d) is %v, want %v", f, got, want)
		}
	})
}

// rounded is x rounded to the nearest, and at most MaxNumber.
func rounded(x *big.Float) int64 {
	n, _ := new(big.Float).SetPrec(precision).Add(x, big.NewFloat(0.5)).Int(nil)
	if n.Cmp(big.NewInt(MaxNumber)) > 0 {
		return MaxNumber
	}
	return n.Int64()
}

func TestTimesPower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := numbers(1, MaxNumber).Draw(t, "n")
		exponent := fixed(rapid.Int64Range(-int64(beyond), int64(beyond)).Draw(t, "exponent"))
		want := new(big.Float).SetPrec(precision).SetInt64(n)
		want.Mul(want, exactExp2(inUnits(int64(exponent)&(int64(unit)-1), fractionBits)))
		want.SetMantExp(want, int(exponent>>fractionBits))
		// It may be less by a part in 2^60, which is 4 at most, and the rounding.
		if got, most := timesPower(n, exponent), rounded(want); got > most || got < most-5 {
			t.Errorf("%d * 2^%v is %d, want %d", n, float64(exponent)/float64(unit), got, most)
		}
	})
}

func TestTimesPowerAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		n        int64
		exponent fixed
		want     int64
	}{
		{1, 0, 1},
		{1, unit, 2},
		{1, -unit, 1}, // a half is rounded up
		{1, -unit - 1, 0},
		{3, -unit, 2},
		{5, -2 * unit, 1},
		{6, -2 * unit, 2},
		{7, -3 * unit, 1},
		{1, -beyond, 0},
		{1, 61 * unit, MaxNumber / 2},
		{1, 62*unit - 1, MaxNumber - 45},
		{1, 62 * unit, MaxNumber},
		{1, beyond, MaxNumber},
		{MaxNumber, 0, MaxNumber},
		{MaxNumber, 1, MaxNumber},
		{MaxNumber, -1, MaxNumber - 45},
		{MaxNumber, -61 * unit, 2},
		{MaxNumber, -62 * unit, 1},
		{MaxNumber, -63 * unit, 1},
		{MaxNumber, -63*unit - 1, 0},
		{MaxNumber, -64 * unit, 0},
		{MaxNumber, -beyond, 0},
		{MaxNumber, beyond, MaxNumber},
	} {
		if got := timesPower(c.n, c.exponent); got != c.want {
			t.Errorf("%d * 2^(%d units) is %d, want %d", c.n, c.exponent, got, c.want)
		}
	}
}

func TestTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, factor := numbers(0, MaxNumber).Draw(t, "n"), numbers(0, MaxNumber).Draw(t, "factor")
		want := new(big.Float).SetPrec(precision).SetInt64(n)
		want.Mul(want, inUnits(factor, fractionBits))
		if got := times(n, fixed(factor)); got != rounded(want) {
			t.Errorf("%d * %d is %d, want %d", n, factor, got, rounded(want))
		}
	})
}

func TestProportion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, part := numbers(0, MaxNumber).Draw(t, "x"), numbers(0, MaxNumber).Draw(t, "part")
		whole := numbers(1, MaxNumber).Draw(t, "whole")
		want := new(big.Int).Mul(big.NewInt(x), big.NewInt(part))
		want.Quo(want, big.NewInt(whole))
		if want.Cmp(big.NewInt(int64(beyond))) > 0 {
			want.SetInt64(int64(beyond))
		}
		if got := proportion(fixed(x), uint64(part), uint64(whole)); int64(got) != want.Int64() {
			t.Errorf("%d * %d / %d is %d, want %d", x, part, whole, got, want)
		}
	})
}

func TestPortionIsRoundedToTheNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := numbers(0, MaxNumber).Draw(t, "step")
		if rapid.Bool().Draw(t, "falls") {
			step = -step
		}
		fraction := rapid.Uint64().Draw(t, "fraction")
		want := new(big.Int).Mul(big.NewInt(step), new(big.Int).SetUint64(fraction))
		want.Add(want, new(big.Int).Lsh(big.NewInt(1), 63))
		want.Rsh(want, 64) // towards minus infinity
		if got := portion(step, fraction); got != want.Int64() {
			t.Errorf("%d / 2^64 of %d is %d, want %d", fraction, step, got, want)
		}
	})
}
