package choice

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestRatioOfZeroNeverHitsAndOneAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Uint64().Draw(t, "draw")
		if Ratio(0).Hit(draw) {
			t.Errorf("0 hits at %d", draw)
		}
		if !One.Hit(draw) {
			t.Errorf("1 misses at %d", draw)
		}
	})
	if Ratio(0).Hit(0) || !One.Hit(math.MaxUint64) {
		t.Error("0 hits at the least draw, or 1 misses at the greatest")
	}
	if !Ratio(1).Hit(0) || (One - 1).Hit(math.MaxUint64) {
		t.Error("a billionth never hits, or all but a billionth always")
	}
}

func TestRatioHitsAsOftenAsItSays(t *testing.T) {
	const trials = 100_000
	stream := NewStream(42, Link(1, 2))
	for _, ratio := range []Ratio{One / 1000, One / 20, One / 2, One - One/20} {
		hits := 0
		for ordinal := range uint64(trials) {
			if ratio.Hit(stream.Draw(ordinal, Loss)) {
				hits++
			}
		}
		p := float64(ratio) / float64(One)
		tolerance := 5 * math.Sqrt(trials*p*(1-p))
		if math.Abs(float64(hits)-trials*p) > tolerance {
			t.Errorf("%v hits %d times of %d", ratio, hits, trials)
		}
	}
}

func TestRatioOf(t *testing.T) {
	for f, want := range map[float64]Ratio{
		0:                    0,
		math.Copysign(0, -1): 0,
		1:                    One,
		0.05:                 50_000_000,
		0.1:                  100_000_000,
		1.0 / 3:              333_333_333,
		2.0 / 3:              666_666_667,
		1e-9:                 1,
		0.6e-9:               1,
		0.4e-9:               0,
		0.9999999994:         One - 1,
		0.9999999996:         One,
	} {
		if got, err := RatioOf(f); err != nil || got != want {
			t.Errorf("RatioOf(%v) = %d, %v, want %d", f, uint32(got), err, uint32(want))
		}
	}
}

func TestRatioOfSaysWhatIsWrong(t *testing.T) {
	for want, f := range map[string]float64{
		"1.4 is not a ratio, want 0 to 1":                math.Float64frombits(0x3ff6666666666666),
		"-0.1 is not a ratio, want 0 to 1":               -0.1,
		"1.0000000000000002 is not a ratio, want 0 to 1": math.Nextafter(1, 2),
		"-5e-324 is not a ratio, want 0 to 1":            math.Nextafter(0, -1),
		"NaN is not a ratio, want 0 to 1":                math.NaN(),
		"+Inf is not a ratio, want 0 to 1":               math.Inf(1),
		"-Inf is not a ratio, want 0 to 1":               math.Inf(-1),
	} {
		got, err := RatioOf(f)
		if err == nil {
			t.Errorf("RatioOf(%v) = %v, want the error %s", f, got, want)
		} else if err.Error() != want {
			t.Errorf("RatioOf(%v) says %q, want %q", f, err, want)
		}
	}
}

func TestRatioReadsAsTheShortestDecimal(t *testing.T) {
	for ratio, want := range map[Ratio]string{
		0:           "0",
		One:         "1",
		50_000_000:  "0.05",
		500_000_000: "0.5",
		1:           "0.000000001",
		10:          "0.00000001",
		123_456_789: "0.123456789",
		One - 1:     "0.999999999",
	} {
		if got := ratio.String(); got != want {
			t.Errorf("Ratio(%d) reads %q, want %q", uint32(ratio), got, want)
		}
	}
}

func TestRatioReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Ratio(rapid.Uint32Range(0, uint32(One)).Draw(t, "ratio"))
		f, err := strconv.ParseFloat(want.String(), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := RatioOf(f); err != nil || got != want {
			t.Fatalf("%v reads back as %v, %v", want, got, err)
		}
	})
}
