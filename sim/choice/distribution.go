package choice

import "fmt"

// Kind is the shape of a [Distribution].
type Kind uint8

// The shapes; a zero Kind counts as Constant. Further ones will be tables of integer quantiles,
// made without log or exp, whose results differ from one processor to the next.
const (
	Constant Kind = iota + 1 // always Min, which is Max
	Uniform                  // each number from Min to Max as likely as the next
)

// Distribution says how a number is drawn: a latency, a wait. Its units are the caller's. Min
// and Max bound what it gives. The zero Distribution gives 0, always.
type Distribution struct {
	Kind     Kind
	Min, Max int64
}

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

// Draw turns a draw into a number of the distribution.
func (d *Distribution) Draw(draw uint64) int64 {
	switch d.Kind {
	case 0, Constant:
		return d.Min
	case Uniform:
		return Between(draw, d.Min, d.Max)
	}
	panic(fmt.Sprintf("choice: distribution of kind %d", d.Kind))
}

// Bounds gives the least and the greatest number that can be drawn.
func (d *Distribution) Bounds() (min, max int64) { return d.Min, d.Max }
