package choice

import (
	"fmt"
	"math"
	"slices"
)

// Kind is the shape of a [Distribution].
type Kind uint8

// The shapes; a zero Kind counts as Constant. What a shape is says the function that makes it.
const (
	Constant           Kind = iota + 1 // see [Constantly]
	Uniform                            // see [UniformBetween]
	Exponential                        // see [ExponentialOf]
	ShiftedExponential                 // see [ShiftedExponentialOf]
	Lognormal                          // see [LognormalOf]
	Pareto                             // see [ParetoOf]
	Empirical                          // see [EmpiricalOf]
)

var kindWords = [...]string{
	0:                  "constant",
	Constant:           "constant",
	Uniform:            "uniform",
	Exponential:        "exponential",
	ShiftedExponential: "shifted_exponential",
	Lognormal:          "lognormal",
	Pareto:             "pareto",
	Empirical:          "empirical",
}

// String gives the word for k in a scenario, such as "shifted_exponential".
func (k Kind) String() string {
	if int(k) >= len(kindWords) {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kindWords[k]
}

// Distribution says how a number is drawn: a latency, a wait. Its units are the caller's. Make it
// with one of the functions beside it; the zero Distribution gives 0, always.
//
// A Distribution is a value that never changes, small enough to copy: copies share their table. Two
// made alike are reflect.DeepEqual; == compares tables by their place, and is for a Constant or a
// Uniform only.
type Distribution struct {
	Kind     Kind
	Min, Max int64 // the least and the greatest number that can be drawn
	Mean     int64 // of an Exponential or a ShiftedExponential, else 0
	Median   int64 // of a Lognormal, else 0
	P99      int64 // of a Lognormal or a Pareto, else 0: what one number in a hundred exceeds

	table  *quantiles // of a shape with a tail, else nil
	sample *sample    // of an Empirical, else nil
}

// sample is the values of an Empirical, sorted. A Distribution with a slice could not be compared.
type sample struct{ values []int64 }

// Constantly gives the distribution that always gives v.
func Constantly(v int64) Distribution {
	return Distribution{Kind: Constant, Min: v, Max: v}
}

// UniformBetween gives the distribution of the numbers from min to max, both included, all
// equally likely. It panics if max < min.
func UniformBetween(min, max int64) Distribution {
	if max < min {
		panic(fmt.Sprintf("choice: uniform between %d and %d", min, max))
	}
	return Distribution{Kind: Uniform, Min: min, Max: max}
}

// MaxValues is how many values an Empirical may have.
const MaxValues = 10_000

// EmpiricalOf gives the distribution of the values, each as likely as the next; one that is there
// twice is twice as likely. It copies the values. It panics for no values, for more than
// [MaxValues], and for a value below 0 or above [MaxNumber].
func EmpiricalOf(values []int64) Distribution {
	if len(values) == 0 || len(values) > MaxValues {
		panic(fmt.Sprintf("choice: empirical of %d values", len(values)))
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	least, greatest := sorted[0], sorted[len(sorted)-1]
	if least < 0 || greatest > MaxNumber {
		panic(fmt.Sprintf("choice: empirical of values from %d to %d", least, greatest))
	}
	return Distribution{Kind: Empirical, Min: least, Max: greatest, sample: &sample{sorted}}
}

// Draw turns a draw into a number of the distribution. A greater draw gives a greater number, or
// the same.
func (d *Distribution) Draw(draw uint64) int64 {
	switch d.Kind {
	case 0, Constant:
		return d.Min
	case Uniform:
		return Between(draw, d.Min, d.Max)
	case Exponential, ShiftedExponential, Lognormal, Pareto:
		return d.table.at(draw)
	case Empirical:
		values := d.sample.values
		return values[Below(draw, uint64(len(values)))]
	}
	panic(fmt.Sprintf("choice: distribution of %v", d.Kind))
}

// Bounds gives the least and the greatest number that can be drawn.
func (d *Distribution) Bounds() (min, max int64) { return d.Min, d.Max }

// Usual gives what at most one number in a hundred exceeds: for what has to hold of a distribution
// whose greatest number is too rare to count with.
func (d *Distribution) Usual() int64 { return d.Draw(math.MaxUint64 / 100 * 99) }

// Values gives the values of an Empirical, in order; for all other kinds, nil. The slice is the
// caller's.
func (d *Distribution) Values() []int64 {
	if d.sample == nil {
		return nil
	}
	return slices.Clone(d.sample.values)
}
