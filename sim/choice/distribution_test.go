package choice

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestDistributionMeansAndBounds(t *testing.T) {
	const trials = 100_000
	for _, c := range []struct {
		name         string
		distribution Distribution
		min, max     int64
	}{
		{"zero", Distribution{}, 0, 0},
		{"constant", Constantly(7), 7, 7},
		{"negative constant", Constantly(-7), -7, -7},
		{"uniform", UniformBetween(1_000_000, 10_000_000), 1_000_000, 10_000_000},
		{"uniform over one", UniformBetween(3, 3), 3, 3},
		{"uniform over few", UniformBetween(-2, 2), -2, 2},
	} {
		stream := NewStream(42, Server(1))
		sum := 0.0
		for ordinal := range uint64(trials) {
			number := c.distribution.Draw(stream.Draw(ordinal, SyncLatency))
			if number < c.min || number > c.max {
				t.Fatalf("%s: %d is not within %d to %d", c.name, number, c.min, c.max)
			}
			sum += float64(number)
		}
		// A uniform mean deviates by width/sqrt(12*trials): five times that is width/219.
		mean, want := sum/trials, float64(c.min+c.max)/2
		if math.Abs(mean-want) > float64(c.max-c.min)/200 {
			t.Errorf("%s: the mean is %v, want about %v", c.name, mean, want)
		}
		if min, max := c.distribution.Bounds(); min != c.min || max != c.max {
			t.Errorf("%s: bounds %d to %d, want %d to %d", c.name, min, max, c.min, c.max)
		}
	}
}

func TestUniformReachesBothEnds(t *testing.T) {
	d := UniformBetween(-5, 9)
	if least, greatest := d.Draw(0), d.Draw(math.MaxUint64); least != -5 || greatest != 9 {
		t.Errorf("the least and the greatest draw give %d and %d, want -5 and 9", least, greatest)
	}
}

func TestDistributionRefusesNonsense(t *testing.T) {
	mustPanic(t, "uniform between 2 and 1", func() { UniformBetween(2, 1) })
	unknown := Distribution{Kind: 200}
	mustPanic(t, "an unknown kind", func() { unknown.Draw(1) })
	mustPanic(t, "an empirical of nothing", func() { EmpiricalOf(nil) })
	mustPanic(t, "an empirical of too many", func() { EmpiricalOf(make([]int64, MaxValues+1)) })
	mustPanic(t, "an empirical below 0", func() { EmpiricalOf([]int64{3, -1}) })
	mustPanic(t, "an empirical above the limit", func() { EmpiricalOf([]int64{MaxNumber + 1, 3}) })
}

func TestKindsAreTheWordsOfAScenario(t *testing.T) {
	for kind, want := range map[Kind]string{
		0:                  "constant",
		Constant:           "constant",
		Uniform:            "uniform",
		Exponential:        "exponential",
		ShiftedExponential: "shifted_exponential",
		Lognormal:          "lognormal",
		Pareto:             "pareto",
		Empirical:          "empirical",
		Empirical + 1:      "kind 8",
		math.MaxUint8:      "kind 255",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d reads %q, want %q", uint8(kind), got, want)
		}
	}
}

// Who writes a distribution into a file finds in it what it was made of, and what was made alike is
// equal.
func TestParametersCanBeRead(t *testing.T) {
	for _, c := range []struct {
		remake func(d Distribution) Distribution
		made   Distribution
	}{
		{func(d Distribution) Distribution { return Constantly(d.Min) }, Constantly(7)},
		{func(d Distribution) Distribution { return UniformBetween(d.Min, d.Max) }, UniformBetween(3, 7)},
		{func(d Distribution) Distribution { return ExponentialOf(d.Mean) }, ExponentialOf(7_000)},
		{func(d Distribution) Distribution { return ShiftedExponentialOf(d.Min, d.Mean) },
			ShiftedExponentialOf(3_000, 7_000)},
		{func(d Distribution) Distribution { return LognormalOf(d.Median, d.P99) }, LognormalOf(3_000, 7_000)},
		{func(d Distribution) Distribution { return ParetoOf(d.Min, d.P99) }, ParetoOf(3_000, 7_000)},
		{func(d Distribution) Distribution { return EmpiricalOf(d.Values()) }, EmpiricalOf([]int64{7, 3, 5})},
	} {
		if remade := c.remake(c.made); !reflect.DeepEqual(remade, c.made) {
			t.Errorf("%v made again is %v, want %v", c.made.Kind, remade, c.made)
		}
	}
	if reflect.DeepEqual(EmpiricalOf([]int64{1, 2, 3}), EmpiricalOf([]int64{1, 1, 3})) {
		t.Error("empiricals with the same bounds are equal, their values are not")
	}
}

func TestEmpiricalGivesEachValueEquallyOften(t *testing.T) {
	const trials = 60_000
	d := EmpiricalOf([]int64{40, 0, 7, 7, 1 << 62, 3})
	counts := map[int64]int{}
	stream := NewStream(42, Server(1))
	for ordinal := range uint64(trials) {
		counts[d.Draw(stream.Draw(ordinal, SyncLatency))]++
	}
	for value, want := range map[int64]int{0: 10_000, 3: 10_000, 7: 20_000, 40: 10_000, 1 << 62: 10_000} {
		if got := counts[value]; got < want-600 || got > want+600 {
			t.Errorf("%d came %d times of %d, want about %d", value, got, trials, want)
		}
	}
	if len(counts) != 5 {
		t.Errorf("%d different values came, want 5", len(counts))
	}
}

func TestEmpiricalOwnsItsValues(t *testing.T) {
	values := []int64{5, 3, 4}
	d := EmpiricalOf(values)
	if !slices.Equal(values, []int64{5, 3, 4}) {
		t.Errorf("the values of the caller are sorted: %d", values)
	}
	values[0] = 9
	d.Values()[0] = 9
	if got := d.Values(); !slices.Equal(got, []int64{3, 4, 5}) {
		t.Errorf("the values are %d, want those given, in order", got)
	}
	if least, greatest := d.Bounds(); least != 3 || greatest != 5 {
		t.Errorf("the bounds are %d to %d, want 3 to 5", least, greatest)
	}
	uniform := UniformBetween(1, 2)
	if got := uniform.Values(); got != nil {
		t.Errorf("the values of a uniform are %d, want none", got)
	}
}

func TestEmpiricalRisesWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(numbers(0, MaxNumber), 1, 50).Draw(t, "values")
		d := EmpiricalOf(values)
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		low, high := d.Draw(min(a, b)), d.Draw(max(a, b))
		if low > high || !slices.Contains(values, low) || !slices.Contains(values, high) {
			t.Errorf("draws %#x and %#x give %d and %d of %d", min(a, b), max(a, b), low, high, values)
		}
		if d.Draw(0) != slices.Min(values) || d.Draw(math.MaxUint64) != slices.Max(values) {
			t.Errorf("of %d come %d to %d", values, d.Draw(0), d.Draw(math.MaxUint64))
		}
	})
	most := EmpiricalOf(make([]int64, MaxValues))
	if got := most.Draw(math.MaxUint64); got != 0 {
		t.Errorf("of 10,000 times 0 comes %d", got)
	}
}

func TestNoDistributionAllocatesToDraw(t *testing.T) {
	for _, d := range []Distribution{
		Constantly(7), UniformBetween(1, 9), ExponentialOf(9), ShiftedExponentialOf(1, 9), LognormalOf(1, 9),
		ParetoOf(1, 9), EmpiricalOf([]int64{1, 9}),
	} {
		stream, ordinal := NewStream(42, Link(1, 2)), uint64(0)
		if n := testing.AllocsPerRun(1000, func() {
			ordinal++
			copied := d
			sink += uint64(copied.Draw(stream.Draw(ordinal, Latency)))
		}); n != 0 {
			t.Errorf("%v: a draw allocates %v times, want 0", d.Kind, n)
		}
	}
}
