package scenario

import (
	"strings"

	"raftkv/sim/wrap"
)

// Reference returns, for people, every key of a scenario file: its default, what it says and what
// it may be. It is made of the same tables by which files are read.
func Reference() string {
	var b reference
	b.WriteString(`A scenario is a TOML file. Every key has a default; two are a whole scenario:

    num_nodes = 5
    num_clients = 3

Durations are strings with a unit: ns, us, ms, s, m, h. A key marked * is not yet simulated: files
that have it are refused. The default stands behind the key.
`)
	b.table("", "above all headers", formOf(schema).members)
	b.WriteString("\nWhat a fault can do\n")
	for _, v := range verbTable {
		b.entry(v.name+star(v.does == 0), v.about)
	}
	b.WriteString("\nDistributions of durations\n")
	b.entry(`"10ms"`, "always that")
	for _, d := range distributions {
		name := "dist = " + quote(d.shape.String())
		b.entry(strings.Replace(braces(d.members), "dist", name, 1), d.about)
	}
	return b.String()
}

// reference is the text of a reference.
type reference struct{ strings.Builder }

// table tells the members of a table, and then the tables in it.
func (b *reference) table(path, heading string, members []member) {
	b.WriteString("\n" + heading + "\n")
	for _, m := range members {
		if m.form.members == nil || m.preset != "" {
			b.member(&m)
		}
	}
	for _, m := range members {
		if m.form.members == nil || m.preset != "" {
			continue
		}
		inner := strings.TrimPrefix(path+"."+m.name, ".")
		header := "[" + inner + "]"
		if m.form.many {
			header = "[[" + inner + "]]"
		}
		b.table(inner, header+star(m.later)+"  "+m.about, m.form.members)
	}
}

func (b *reference) member(m *member) {
	key := m.name + star(m.later)
	if m.preset != "" {
		key += " = " + m.preset
	}
	b.entry(key, m.about+" ("+m.form.want+")")
}

func star(later bool) string {
	if later {
		return "*"
	}
	return ""
}

// The columns of a reference.
const (
	referenceIndent = 26
	referenceWidth  = 100
)

// entry writes a key and, beside or below it, what there is to say, over as many lines as it takes.
func (b *reference) entry(key, text string) {
	b.WriteString(wrap.Hanging("  "+key, referenceIndent, referenceWidth, text))
}
