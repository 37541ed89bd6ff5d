package choice

import "math"

// A truth is what a shape should be, in floats: the number that has a tail beyond it, how far off the
// table may be, as a part, and the mean of what is not cut off.
type truth struct {
	number func(side int, tail float64) float64
	off    float64
	mean   float64
}

// cut is the tail at which the tables end.
const cut = 1.0 / (1 << tailBits)

func truthOf(d Distribution) truth {
	switch d.Kind {
	case Exponential, ShiftedExponential:
		return exponentialTruth(float64(d.Min), float64(d.Mean))
	case Lognormal:
		return lognormalTruth(float64(d.Median), float64(d.P99))
	case Pareto:
		return paretoTruth(float64(d.Min), float64(d.P99))
	}
	panic("no truth")
}

func exponentialTruth(min, mean float64) truth {
	return truth{
		number: func(side int, tail float64) float64 {
			if side == lower {
				return min - (mean-min)*math.Log1p(-tail)
			}
			return min - (mean-min)*math.Log(tail)
		},
		off:  0.0004,
		mean: mean - (mean-min)*cut,
	}
}

func lognormalTruth(median, p99 float64) truth {
	s := (math.Log(p99) - math.Log(median)) / 2.3263478740408408
	normal := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	end := math.Sqrt2 * math.Erfcinv(2*cut)
	within := normal(end-s) - normal(-end-s)
	return truth{
		number: func(side int, tail float64) float64 {
			z := math.Sqrt2 * math.Erfcinv(2*max(tail, cut))
			if side == lower {
				z = -z
			}
			return median * math.Exp(s*z)
		},
		off:  s * (s + 1) / 3000,
		mean: median * (math.Exp(s*s/2)*within + cut*2*math.Cosh(s*end)),
	}
}

func paretoTruth(min, p99 float64) truth {
	a := (math.Log(p99) - math.Log(min)) / math.Log(100)
	beyond := math.Pow(cut, 1-a)
	mean := min * ((1-beyond)/(1-a) + beyond)
	if math.Abs(1-a) < noise { // the limit
		mean = min * (1 - math.Log(cut))
	}
	return truth{
		number: func(side int, tail float64) float64 {
			if side == lower {
				tail = 1 - tail
			}
			return min * math.Pow(tail, -a)
		},
		off:  a * (a + 1) / 2000,
		mean: mean,
	}
}

// noise is what floats lose when parameters are great, as a part. The deviations lose as much when
// the p99 is a great multiple of the median.
const noise = 1e-8

// holds tells whether got may stand for the number that has this tail.
func (tr truth) holds(got int64, side int, tail float64) bool {
	want, off := tr.number(side, tail), tr.off+noise
	low, high := want*(1-off)-1, want*(1+off)+1
	// In a step that reaches an end, the number may be that of any place in it.
	in, out := tr.number(side, tail*17/16), tr.number(side, tail*16/17)
	if side == lower && tail < cut*17/16 {
		low = tr.number(side, 0)*(1-noise) - 1
	}
	if max(in, out)*(1+noise) >= float64(MaxNumber) {
		low = min(low, min(in, out, float64(MaxNumber))*(1-noise)-1)
	}
	return low <= float64(got) && float64(got) <= high && got <= MaxNumber
}

// withTails are distributions as scenarios have them, and a few that go to the limits.
var withTails = []struct {
	name         string
	distribution Distribution
}{
	{"exponential", ExponentialOf(3_000_000)},
	{"exponential of 1", ExponentialOf(1)},
	{"exponential of the limit", ExponentialOf(MaxNumber)},
	{"shifted exponential", ShiftedExponentialOf(1_000_000, 3_000_000)},
	{"shifted exponential from 0", ShiftedExponentialOf(0, 3_000_000)},
	{"shifted exponential, hardly", ShiftedExponentialOf(5_000_000_000, 5_000_000_001)},
	{"shifted exponential at the limit", ShiftedExponentialOf(MaxNumber-1, MaxNumber)},
	{"lognormal", LognormalOf(3_000_000, 40_000_000)},
	{"lognormal, narrow", LognormalOf(3_000_000, 3_100_000)},
	{"lognormal, wide", LognormalOf(1_000_000, 30_000_000_000)},
	{"lognormal of 1 and 2", LognormalOf(1, 2)},
	{"lognormal at the limits", LognormalOf(1, MaxNumber)},
	{"lognormal at the limit", LognormalOf(MaxNumber-1, MaxNumber)},
	{"pareto", ParetoOf(1_000_000, 40_000_000)},
	{"pareto, narrow", ParetoOf(1_000_000, 1_100_000)},
	{"pareto, infinite mean", ParetoOf(1_000_000, 100_000_000)},
	{"pareto, wide", ParetoOf(1_000_000, 30_000_000_000)},
	{"pareto from 1 to 2", ParetoOf(1, 2)},
	{"pareto at the limits", ParetoOf(1, MaxNumber)},
	{"pareto at the limit", ParetoOf(MaxNumber-1, MaxNumber)},
}

// ranks are the quantiles that people ask for.
var ranks = []struct {
	name string
	side int
	tail float64
}{
	{"p1", lower, 0.01}, {"p10", lower, 0.1}, {"p50", upper, 0.5}, {"p90", upper, 0.1},
	{"p99", upper, 0.01}, {"p99.9", upper, 0.001}, {"p99.99", upper, 0.0001},
}

// bitsOf is a tail as draws have it.
func bitsOf(tail float64) uint64 {
	if tail == 0.5 {
		return 1<<63 - 1
	}
	return uint64(math.Ldexp(tail, 64))
}
