package scenario

import (
	"fmt"
	"slices"

	"raftkv/sim/cluster"
)

// ranged is a field whose value is a number, or {min, max}: then each run draws its own.
func ranged[V ~int | ~uint32](
	name, preset, about string, k kind[V], place func(*Scenario) *V,
	within func(*Scenario) *cluster.Range,
) field[Scenario] {
	ends := tableOf([]field[cluster.Range]{
		needed(key("min", "", "the least", endOf(k),
			func(r *cluster.Range) *int64 { return &r.Min })),
		needed(key("max", "", "the greatest", endOf(k),
			func(r *cluster.Range) *int64 { return &r.Max })),
	}, func(r *reader, n *node, v *cluster.Range) bool {
		return v.Max >= v.Min ||
			r.refuse(n.child("max"), "%s or more, which is min", k.write(V(v.Min)))
	})
	f := key(name, preset, about+rangeAbout, k, place)
	f.form.schema = jsonSchema{"anyOf": []jsonSchema{k.jsonSchema(), ends.jsonSchema()}}
	number, write := f.read, f.write
	f.read = func(r *reader, n *node, into *Scenario) {
		if n == nil || n.shape != table {
			number(r, n, into)
			return
		}
		if v, ok := ends.read(r, n); ok && v.Min == v.Max {
			*place(into) = V(v.Min)
		} else if ok {
			*place(into), *within(into) = 0, v
		}
	}
	f.write = func(w *writer, n *node, from *Scenario) {
		if v := *within(from); v != (cluster.Range{}) {
			w.lineAbout(name, ends.write(v), n, rangeDraws)
			return
		}
		write(w, n, from)
	}
	return f
}

// rangeAbout says how runs draw from a range.
const (
	rangeAbout = "; {min, max}" + rangeDraws
	rangeDraws = ": each run draws its own, either end in a third of the runs each"
)

// endOf is the kind of either end of a range of such numbers.
func endOf[V ~int | ~uint32](k kind[V]) kind[int64] {
	return kind[int64]{
		form: k.form,
		read: func(r *reader, n *node) (int64, bool) {
			v, ok := k.read(r, n)
			return int64(v), ok
		},
		write: func(v int64) string { return k.write(V(v)) },
	}
}

// option is one of the few values that a field can have, and what a file says for it: a word, true
// or false.
type option[V any] struct {
	said  any
	value V
}

// text returns the option as TOML.
func (o option[V]) text() string {
	if word, ok := o.said.(string); ok {
		return quote(word)
	}
	return fmt.Sprint(o.said)
}

const random = "random"

// oneOf is a field whose value is one of a few, or "random": then each run draws its own, by its
// number among the options, from 0.
func oneOf[V comparable](
	name, preset, about string, options []option[V], place func(*Scenario) *V,
	within func(*Scenario) *cluster.Range,
) field[Scenario] {
	var texts []string
	var values []any
	for _, o := range options {
		texts, values = append(texts, o.text()), append(values, o.said)
	}
	texts, values = append(texts, quote(random)), append(values, random)
	f := field[Scenario]{member: member{
		name: name, preset: preset, about: about + `; "random" for each run to draw`,
		form: form{want: either(texts), example: texts[0], schema: jsonSchema{"enum": values}},
	}}
	f.read = func(r *reader, n *node, into *Scenario) {
		i := slices.Index(values, n.value)
		switch {
		case i < 0:
			word, _ := n.value.(string)
			r.refuse(n, "%s%s", f.form.want, didYouMean(word, words(values)))
		case i == len(options):
			*within(into) = cluster.Range{Max: int64(i - 1)}
		default:
			*place(into) = options[i].value
		}
	}
	f.write = func(w *writer, n *node, from *Scenario) {
		text := quote(random)
		if *within(from) == (cluster.Range{}) {
			text = texts[slices.IndexFunc(options, func(o option[V]) bool {
				return o.value == *place(from)
			})]
		}
		w.line(name, text, n)
	}
	return f
}

// words returns those of the values that are words.
func words(values []any) (list []string) {
	for _, v := range values {
		if word, ok := v.(string); ok {
			list = append(list, word)
		}
	}
	return list
}
