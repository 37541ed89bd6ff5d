package choice

import (
	"fmt"
	"math/bits"
)

// MaxNumber is the greatest parameter of the shapes below, and the greatest number they give: what
// would be greater is cut down to it. In nanoseconds it is 146 years. No value of an Empirical is
// greater either.
//
// Each of these shapes is a table of quantiles, made when the [Distribution] is. How far a number
// may be from the true quantile is said with the shape, as a part of the number; one unit comes on
// top, for rounding. It may be further off in only two steps of the table: the one that comes down
// to the minimum, which fewer than one draw in 2^31 reach, and the one that comes up to MaxNumber.
const MaxNumber int64 = 1 << 62

// ExponentialOf gives the exponential distribution of that mean: how long to wait for what comes at
// any moment with the same chance. Half of its numbers are below 0.69 of the mean, and one in a
// hundred is above 4.6 times the mean. The mean is from 1 to [MaxNumber]; it panics for any other.
//
// The numbers begin at 0 and end at 22.2 times the mean, which one in 2^32 would exceed. They are
// off by less than 0.04 %, and their mean by less than 0.01 %.
func ExponentialOf(mean int64) Distribution {
	if mean < 1 || mean > MaxNumber {
		panic(fmt.Sprintf("choice: exponential with mean %d", mean))
	}
	return tailed(Distribution{Kind: Exponential, Mean: mean}, exponential(0, mean))
}

// ShiftedExponentialOf gives the distribution of min and an exponential number on top, with that
// mean of the whole: a way that takes so long at least, and then the waits on it. It panics unless
// 0 <= min < mean <= [MaxNumber].
//
// The numbers begin at min and end at min + 22.2*(mean-min), which one in 2^32 would exceed. They
// are off by less than 0.04 %, and their mean by less than 0.01 %.
func ShiftedExponentialOf(min, mean int64) Distribution {
	if min < 0 || mean <= min || mean > MaxNumber {
		panic(fmt.Sprintf("choice: shifted exponential with min %d and mean %d", min, mean))
	}
	return tailed(Distribution{Kind: ShiftedExponential, Mean: mean}, exponential(min, mean))
}

// LognormalOf gives the distribution of numbers whose logarithms are normal: latencies, which many
// causes lengthen each by a factor. Half of them are below the median, and one in a hundred is
// above p99. It panics unless 0 < median < p99 <= [MaxNumber].
//
// With s = ln(p99/median)/2.326, the deviation of the logarithms, the numbers begin at
// median/e^(6.23*s) and end at median*e^(6.23*s); on either side one in 2^32 would be further out.
// They are off by less than a part s*(s+1)/3000: 0.07 % if p99 is ten times the median, 0.2 % if a
// hundred times.
func LognormalOf(median, p99 int64) Distribution {
	if median < 1 || p99 <= median || p99 > MaxNumber {
		panic(fmt.Sprintf("choice: lognormal with median %d and p99 %d", median, p99))
	}
	ratio := log2(uint64(p99)) - log2(uint64(median))
	table := tabulate(func(at place) int64 {
		exponent := proportion(ratio, deviations[at.point], deviationAt99)
		if at.side == lower {
			exponent = -exponent
		}
		return timesPower(median, exponent)
	})
	return tailed(Distribution{Kind: Lognormal, Median: median, P99: p99}, table)
}

// ParetoOf gives the Pareto distribution, whose tail falls as a power: rare numbers that dwarf all
// others. None is below min, and one in a hundred is above p99; one in 10,000 is as far above p99,
// as a factor, as p99 is above min. It panics unless 0 < min < p99 <= [MaxNumber].
//
// With a = ln(p99/min)/ln(100), the number that a part t of all exceeds is min/t^a. They begin at
// min and end at min*2^(32*a), which one in 2^32 would exceed. They are off by less than a part
// a*(a+1)/2000: 0.04 % if p99 is ten times min, 0.1 % if a hundred times. Were they not cut off, a
// of 1 or more would make their mean infinite, and of 1/2 or more the variance.
func ParetoOf(min, p99 int64) Distribution {
	if min < 1 || p99 <= min || p99 > MaxNumber {
		panic(fmt.Sprintf("choice: pareto with min %d and p99 %d", min, p99))
	}
	ratio := log2(uint64(p99)) - log2(uint64(min))
	surpriseAt99 := uint64(log2(100))
	table := tabulate(func(at place) int64 {
		return timesPower(min, proportion(ratio, uint64(at.surprise()), surpriseAt99))
	})
	return tailed(Distribution{Kind: Pareto, P99: p99}, table)
}

// exponential tabulates what is least and, above it, exponential.
func exponential(least, mean int64) *quantiles {
	return tabulate(func(at place) int64 {
		nats, _ := bits.Mul64(uint64(at.surprise()), ln2)
		above := times(mean-least, fixed(nats))
		return min(least+above, MaxNumber) // a sum below 2^63, since least < mean
	})
}

// tailed gives d with its table, and with the bounds of that.
func tailed(d Distribution, table *quantiles) Distribution {
	d.table = table
	d.Min, d.Max = table.bounds()
	return d
}
