package choice

import (
	"math"
	"testing"
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
}
