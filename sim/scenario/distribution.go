package scenario

import (
	"slices"

	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// params is what a file says of a distribution.
type params struct {
	shape       string
	min, max    vtime.Duration
	mean        vtime.Duration
	median, p99 vtime.Duration
	file        string
	values      []vtime.Duration
}

func shapeOf(p *params) *string            { return &p.shape }
func minOf(p *params) *vtime.Duration      { return &p.min }
func maxOf(p *params) *vtime.Duration      { return &p.max }
func meanOf(p *params) *vtime.Duration     { return &p.mean }
func medianOf(p *params) *vtime.Duration   { return &p.median }
func p99Of(p *params) *vtime.Duration      { return &p.p99 }
func fileOf(p *params) *string             { return &p.file }
func valuesOf(p *params) *[]vtime.Duration { return &p.values }

// distribution is a shape of distributions: what a file says of one, and what is made of it.
type distribution struct {
	kind[params]
	shape choice.Kind
	about string
	make  func(p *params) choice.Distribution
}

// distributions are the shapes that {dist = "..."} can name.
var distributions = []distribution{
	{
		shape: choice.Uniform, about: "every duration from min to max is as likely as the next",
		kind: named(choice.Uniform, notBelow("min", minOf, "max", maxOf),
			key("min", "", "", anySpan, minOf), key("max", "", "", anySpan, maxOf)),
		make: func(p *params) choice.Distribution {
			return choice.UniformBetween(int64(p.min), int64(p.max))
		},
	},
	{
		shape: choice.Exponential, about: "as between independent events",
		kind: named(choice.Exponential, nil, key("mean", "", "", positive, meanOf)),
		make: func(p *params) choice.Distribution { return choice.ExponentialOf(int64(p.mean)) },
	},
	{
		shape: choice.ShiftedExponential,
		about: "min and, above it, exponential; mean is of the whole",
		kind: named(choice.ShiftedExponential, above("min", minOf, "mean", meanOf),
			key("min", "", "", anySpan, minOf), key("mean", "", "", positive, meanOf)),
		make: func(p *params) choice.Distribution {
			return choice.ShiftedExponentialOf(int64(p.min), int64(p.mean))
		},
	},
	{
		shape: choice.Lognormal, about: "as most latencies: a hump and a long tail",
		kind: named(choice.Lognormal, above("median", medianOf, "p99", p99Of),
			key("median", "", "", positive, medianOf), key("p99", "", "", positive, p99Of)),
		make: func(p *params) choice.Distribution {
			return choice.LognormalOf(int64(p.median), int64(p.p99))
		},
	},
	{
		shape: choice.Pareto, about: "never below min, and a tail longer than any other's",
		kind: named(choice.Pareto, above("min", minOf, "p99", p99Of),
			key("min", "", "", positive, minOf), key("p99", "", "", positive, p99Of)),
		make: func(p *params) choice.Distribution {
			return choice.ParetoOf(int64(p.min), int64(p.p99))
		},
	},
	{
		shape: choice.Empirical,
		about: "one of the durations of a file, a line each, or of a list of values",
		kind:  empirical(),
		make: func(p *params) choice.Distribution {
			return choice.EmpiricalOf(nanoseconds(p.values))
		},
	},
}

// named is {dist = shape, ...}; all fields are needed.
func named(
	shape choice.Kind, fits func(*reader, *node, *params) bool, fields ...field[params],
) kind[params] {
	dist := key("dist", "", "", word(shape.String()), shapeOf)
	fields = slices.Concat([]field[params]{dist}, fields)
	for i := range fields {
		fields[i] = needed(fields[i])
	}
	return tableOf(fields, fits)
}

// notBelow checks that a parameter is at least another.
func notBelow(low string, lowOf func(*params) *vtime.Duration,
	high string, highOf func(*params) *vtime.Duration,
) func(*reader, *node, *params) bool {
	return func(r *reader, n *node, p *params) bool {
		return *highOf(p) >= *lowOf(p) ||
			r.refuse(n.child(high), "%s or more, which is %s", *lowOf(p), low)
	}
}

// above checks that a parameter is greater than another.
func above(low string, lowOf func(*params) *vtime.Duration,
	high string, highOf func(*params) *vtime.Duration,
) func(*reader, *node, *params) bool {
	return func(r *reader, n *node, p *params) bool {
		return *highOf(p) > *lowOf(p) ||
			r.refuse(n.child(high), "more than %s, which is %s", *lowOf(p), low)
	}
}

// minMax is {min, max}: any time between the two, equally likely.
func minMax(each kind[vtime.Duration]) kind[choice.Distribution] {
	k := tableOf([]field[params]{
		needed(key("min", "", "the least", each, minOf)),
		needed(key("max", "", "the greatest", each, maxOf)),
	}, notBelow("min", minOf, "max", maxOf))
	k.want = `{min = "150ms", max = "300ms"}`
	k.example = k.want
	return kind[choice.Distribution]{
		form: k.form,
		read: func(r *reader, n *node) (d choice.Distribution, ok bool) {
			if n.shape != table {
				return d, r.refuse(n, "%s", k.want)
			}
			p, ok := k.read(r, n)
			if !ok {
				return d, false
			}
			return choice.UniformBetween(int64(p.min), int64(p.max)), true
		},
		write: func(d choice.Distribution) string {
			low, high := d.Bounds()
			return k.write(params{min: vtime.Duration(low), max: vtime.Duration(high)})
		},
	}
}

const distWant = `a duration such as "10ms", ` +
	`or a distribution such as {dist = "uniform", min = "1ms", max = "10ms"}`

// dist is a distribution of durations: one that is always drawn, or a table that names its shape.
var dist = kind[choice.Distribution]{
	form: form{
		want:   distWant,
		schema: jsonSchema{"$ref": "#/$defs/distribution"}, example: `"10ms"`,
	},
	read: func(r *reader, n *node) (choice.Distribution, bool) {
		if n.shape == table {
			return readDistribution(r, n)
		}
		if _, isString := n.value.(string); !isString {
			return choice.Distribution{}, r.refuse(n, distWant)
		}
		v, ok := anySpan.read(r, n)
		return choice.Constantly(int64(v)), ok
	},
	write: func(d choice.Distribution) string {
		if d.Kind == 0 || d.Kind == choice.Constant {
			return quote(vtime.Duration(d.Min).String())
		}
		return distributions[slices.IndexFunc(distributions, func(s distribution) bool {
			return s.shape == d.Kind
		})].write(paramsOf(&d))
	},
}

func readDistribution(r *reader, n *node) (d choice.Distribution, ok bool) {
	shape := n.child("dist")
	if shape == nil {
		r.note(n.valueAt, "%s has no dist, want dist = %s", n.label(), either(quoted(shapeNames())))
		return d, false
	}
	name, ok := word(shapeNames()...).read(r, shape)
	if !ok {
		return d, false
	}
	s := distributions[slices.Index(shapeNames(), name)]
	p, ok := s.read(r, n)
	if !ok {
		return d, false
	}
	return s.make(&p), true
}

func shapeNames() []string {
	var names []string
	for _, s := range distributions {
		names = append(names, s.shape.String())
	}
	return names
}

// paramsOf is what a file says of a distribution that has a shape.
func paramsOf(d *choice.Distribution) params {
	p := params{
		shape: d.Kind.String(),
		min:   vtime.Duration(d.Min), max: vtime.Duration(d.Max), mean: vtime.Duration(d.Mean),
		median: vtime.Duration(d.Median), p99: vtime.Duration(d.P99),
	}
	for _, v := range d.Values() {
		p.values = append(p.values, vtime.Duration(v))
	}
	return p
}

func nanoseconds(durations []vtime.Duration) []int64 {
	values := make([]int64, len(durations))
	for i, d := range durations {
		values[i] = int64(d)
	}
	return values
}
