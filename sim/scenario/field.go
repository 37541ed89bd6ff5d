package scenario

import "raftkv/sim/fault"

// member is what a key of a scenario file is, for whoever reads about it.
type member struct {
	name   string
	also   string // what others call it, in words
	about  string // what it says, in a few words
	preset string // its value in a file that has none, as TOML; "" for none
	needed bool   // its table is nothing without it
	later  bool   // the world does not simulate it yet
	form   form
}

// form is what values of one kind look like.
type form struct {
	want    string     // in words, as mistakes tell it
	example string     // a value, as TOML
	schema  jsonSchema // as editors know it; of tables, what their members do not tell
	members []member   // of a table
	many    bool       // an array of such tables
}

// field is a key of a table of which a T is made.
type field[T any] struct {
	member
	// read puts what the node says into a T. The node is the default's where the file has none, and
	// nil where there is no default either.
	read func(r *reader, n *node, into *T)
	// write says it again; n is where it came from, nil for a default.
	write func(w *writer, n *node, from *T)
}

// kind is how values of one kind are read and written.
type kind[V any] struct {
	form
	// read returns the value, or notes what is wrong with it and returns false.
	read func(r *reader, n *node) (V, bool)
	// write returns the value as TOML, or "" for one that a file would not say.
	write func(V) string
}

// key is a field whose value goes to a place in a T.
func key[T, V any](name, preset, about string, k kind[V], place func(*T) *V) field[T] {
	f := field[T]{member: member{name: name, preset: preset, about: about, form: k.form}}
	f.read = func(r *reader, n *node, into *T) {
		if n == nil {
			return
		}
		if v, ok := k.read(r, n); ok {
			*place(into) = v
		}
	}
	f.write = func(w *writer, n *node, from *T) {
		if text := k.write(*place(from)); text != "" {
			w.line(name, text, n)
		}
	}
	return f
}

// needed is a field that its table is nothing without.
func needed[T any](f field[T]) field[T] {
	f.needed = true
	return f
}

// called is a field that others call by other names.
func (f field[T]) called(also string) field[T] {
	f.also = also
	return f
}

// later is a field that the world does not simulate yet: what it says is looked at, and refused.
func later[T, V any](name, about string, k kind[V]) field[T] {
	f := unused[T](name, about, k)
	f.later = true
	look := f.read
	f.read = func(r *reader, n *node, into *T) {
		if n == nil {
			return
		}
		look(r, n, into)
		r.notYet(n, "%s is not yet simulated, leave it out for now", n.label())
	}
	return f
}

// unused is a field of a table that the world does not simulate yet: what it says is looked at.
func unused[T, V any](name, about string, k kind[V]) field[T] {
	f := field[T]{member: member{name: name, about: about, form: k.form}}
	f.read = func(r *reader, n *node, _ *T) {
		if n != nil {
			k.read(r, n)
		}
	}
	f.write = func(*writer, *node, *T) {}
	return f
}

// section is a table with a header, whose fields go to the same T as those around it. A file that
// does not have it has the defaults of its fields. The check, if any, notes what does not fit
// together; its node is nil where the file has none.
func section[T any](
	name, about string, fields []field[T], check func(r *reader, n *node, in *T),
) field[T] {
	f := field[T]{member: member{name: name, about: about, form: formOf(fields)}}
	f.read = func(r *reader, n *node, into *T) {
		if n != nil && n.shape != table {
			r.refuse(n, "a table, [%s]", name)
			n = nil
		}
		readTable(r, fields, n, into)
		if check != nil {
			check(r, n, into)
		}
	}
	f.write = func(w *writer, n *node, from *T) {
		w.header("[" + name + "]")
		writeTable(w, fields, n, from)
	}
	return f
}

// formOf is that of a table with those fields.
func formOf[T any](fields []field[T]) form {
	f := form{want: "a table"}
	for _, g := range fields {
		f.members = append(f.members, g.member)
	}
	return f
}

// readTable reads the members of a table in the order of the fields; n is nil if the file has none.
// Where a key is unknown, it is perhaps the one that is missing.
func readTable[T any](r *reader, fields []field[T], n *node, into *T) {
	if n != nil {
		r.only(n, formOf(fields).members)
	}
	for i := range fields {
		f := &fields[i]
		c := n.child(f.name)
		if c == nil && f.preset != "" {
			c = f.presetNode()
		}
		if c == nil && f.needed && n != nil && !n.strange {
			r.note(n.valueAt, "%s has no %s, want for example %s",
				n.label(), f.name, f.name+" = "+f.form.example)
		}
		if c == nil || !c.broken {
			f.read(r, c, into)
		}
	}
}

// presetNode is the node of the member's default.
func (m *member) presetNode() *node {
	root, err := parseDocument(nil, []byte(m.name+" = "+m.preset))
	if err != nil {
		panic("scenario: default of " + m.name + ": " + err.Error())
	}
	return root.child(m.name)
}

// tableOf is the kind of an inline table: of an E with those fields. The check, if any, notes what
// does not fit together, and returns whether all does.
func tableOf[E any](fields []field[E], check func(r *reader, n *node, e *E) bool) kind[E] {
	k := kind[E]{form: formOf(fields)}
	k.want = braces(k.members)
	k.example = k.want
	k.read = func(r *reader, n *node) (e E, ok bool) {
		if n.shape != table {
			return e, r.refuse(n, "%s", k.want)
		}
		before := len(r.mistakes)
		readTable(r, fields, n, &e)
		ok = len(r.mistakes) == before && !n.anyBroken()
		return e, ok && (check == nil || check(r, n, &e))
	}
	k.write = func(e E) string {
		w := writer{inline: true}
		writeTable(&w, fields, nil, &e)
		return "{" + w.text.String() + "}"
	}
	return k
}

// tablesMax is how many tables an array of them has at most: twice what a nemesis draws, so that a
// scenario may have as many faults of its own.
const tablesMax = 2 * fault.DrawnMax

// arrayOf is the kind of an array of tables, [[name]].
func arrayOf[E any](
	name string, fields []field[E], check func(r *reader, n *node, e *E),
) kind[[]E] {
	k := kind[[]E]{form: formOf(fields)}
	k.want, k.many = "an array of tables, [["+name+"]]", true
	k.read = func(r *reader, n *node) ([]E, bool) {
		if n.shape != array {
			return nil, r.refuse(n, "%s", k.want)
		}
		if len(n.children) > tablesMax {
			return nil, r.refuse(n, "at most %d of [[%s]]", tablesMax, name)
		}
		var list []E
		for _, c := range n.children {
			if c.shape != table {
				r.refuse(c, "a table")
				continue
			}
			var e E
			readTable(r, fields, c, &e)
			if check != nil {
				check(r, c, &e)
			}
			list = append(list, e)
		}
		return list, true
	}
	return k
}

// list is a field that is an array of tables, [[name]], in a T.
func list[T, E any](
	name, about string, fields []field[E], check func(r *reader, n *node, e *E),
	place func(*T) *[]E,
) field[T] {
	f := key(name, "", about, arrayOf(name, fields, check), place)
	f.write = func(w *writer, n *node, from *T) {
		elements := *place(from)
		for i := range elements {
			var c *node
			if n != nil {
				c = n.children[i]
			}
			w.header("[[" + name + "]]")
			writeTable(w, fields, c, &elements[i])
		}
	}
	return f
}

func writeTable[T any](w *writer, fields []field[T], n *node, from *T) {
	for i := range fields {
		fields[i].write(w, n.child(fields[i].name), from)
	}
}

// braces names the members of a table: {min, max}.
func braces(members []member) string {
	text := "{"
	for i, m := range members {
		if i > 0 {
			text += ", "
		}
		text += m.name
	}
	return text + "}"
}
