package scenario

import (
	"strings"

	"raftkv/sim/choice"
)

const longestKey = 1024

// keySpace is the store's keys that clients ask for: names, or k1 to kCount.
type keySpace struct {
	names []string
	count uint32
	skew  *choice.Zipf
}

// keysField is a field whose value has three places.
func keysField() field[Scenario] {
	f := key("keys", `["a", "b", "c", "d", "e"]`, "the store's keys that are asked for",
		keys, func(*Scenario) *keySpace { return new(keySpace) })
	f.read = func(r *reader, n *node, s *Scenario) {
		if v, ok := keys.read(r, n); ok {
			c := &s.Cluster.Client
			c.Keys, c.KeyCount, c.Skew = v.names, v.count, v.skew
		}
	}
	f.write = func(w *writer, n *node, s *Scenario) {
		c := &s.Cluster.Client
		w.line("keys", keys.write(keySpace{c.Keys, c.KeyCount, c.Skew}), n)
	}
	return f
}

const keysWant = `a list of strings, such as ["a", "b"], or {count, dist, s}`

// keys are the keys by name, all as likely, or by their number, and how likely each is.
var keys = kind[keySpace]{
	form: form{
		want: keysWant, example: `["a", "b"]`,
		schema: jsonSchema{"anyOf": []jsonSchema{
			{"type": "array", "minItems": 1, "uniqueItems": true,
				"items": jsonSchema{"type": "string", "minLength": 1, "maxLength": longestKey}},
			numberedKeys.jsonSchema(),
		}},
	},
	read: func(r *reader, n *node) (v keySpace, ok bool) {
		if n.shape == table {
			return r.numberedKeys(n)
		}
		if n.shape != array || len(n.children) == 0 {
			return v, r.refuse(n, keysWant)
		}
		v.names, ok = r.keys(n)
		return v, ok
	},
	write: func(v keySpace) string {
		if len(v.names) > 0 {
			texts := make([]string, len(v.names))
			for i, name := range v.names {
				texts[i] = quote(name)
			}
			return "[" + strings.Join(texts, ", ") + "]"
		}
		p := zipfParams{count: v.count, dist: "uniform"}
		if v.skew != nil {
			p.dist, p.skew = "zipf", v.skew.Skew()
		}
		return numberedKeys.write(p)
	},
}

// zipfParams is what a file says of numbered keys.
type zipfParams struct {
	count uint32
	dist  string
	skew  uint32 // in thousandths; 0 for none
}

var numberedKeys = tableOf([]field[zipfParams]{
	needed(key("count", "", "how many: k1, k2, ...", integer[uint32](1, choice.MaxRanks),
		func(p *zipfParams) *uint32 { return &p.count })),
	key("dist", `"uniform"`, "how likely each is", word("uniform", "zipf"),
		func(p *zipfParams) *string { return &p.dist }),
	key("s", "", "of zipf: k10 is asked for 10^s times more rarely than k1",
		optional(thousandths[uint32](1, choice.MaxSkew)),
		func(p *zipfParams) *uint32 { return &p.skew }),
}, func(r *reader, n *node, p *zipfParams) bool {
	s := n.child("s")
	switch {
	case p.dist == "zipf" && s == nil:
		r.note(n.valueAt, "%s has no s, want for example s = 1.0", n.label())
		return false
	case p.dist != "zipf" && s != nil:
		r.note(s.at, "s is of dist = \"zipf\", leave it out")
		return false
	}
	return true
})

func (r *reader) numberedKeys(n *node) (v keySpace, ok bool) {
	p, ok := numberedKeys.read(r, n)
	if ok && p.dist == "zipf" {
		v.skew = choice.ZipfOf(p.count, p.skew)
	}
	v.count = p.count
	return v, ok
}

func (r *reader) keys(n *node) (list []string, fine bool) {
	seen := map[string]bool{}
	fine = true
	for _, c := range n.children {
		v, _ := c.value.(string)
		if v == "" || len(v) > longestKey {
			fine = r.refuse(c, "a string of 1 to %d bytes", longestKey)
		} else if seen[v] {
			fine = r.refuse(c, "a key that is not in the list before")
		}
		seen[v] = true
		list = append(list, v)
	}
	return list, fine
}
