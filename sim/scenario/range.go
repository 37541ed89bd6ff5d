package scenario

import "raftkv/sim/cluster"

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
