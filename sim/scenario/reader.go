package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// reader turns a document into a scenario by the schema. It goes on after a mistake, to find all.
// What it could not read stays zero; what depends on that is not judged, so that one slip is one
// mistake.
type reader struct {
	scenario *Scenario
	top      []member // what a file can say above all headers
	shapes   []distribution
	open     func(path string) ([]byte, error) // of files that the scenario names
	mistakes []Mistake

	laters       []*node       // what the world does not simulate
	measurements []measurement // in the order in which they were named
}

// note adds a mistake.
func (r *reader) note(at place, format string, args ...any) {
	r.mistakes = append(r.mistakes, mistake(at, fmt.Sprintf(format, args...)))
}

// refuse notes that a value is not what is wanted. It returns false, for a kind to pass on.
func (r *reader) refuse(n *node, format string, args ...any) bool {
	if !n.broken {
		r.note(n.valueAt, "%s, want %s", said(n), fmt.Sprintf(format, args...))
	}
	return false
}

// notYet notes that the world does not simulate what a node says.
func (r *reader) notYet(n *node, format string, args ...any) {
	m := mistake(n.at, fmt.Sprintf(format, args...))
	m.notYet = true
	r.mistakes = append(r.mistakes, m)
	r.laters = append(r.laters, n)
}

// spot is where a mistake is: in which source, in which line and column.
type spot [3]int

func (m *Mistake) spot() spot { return spot{m.order, m.Line, m.Column} }

func (p place) spot() spot { return spot{p.source.order, p.line, p.column} }

// weigh returns all mistakes, each slip once: where the reader refuses what a word was taken for,
// it says what is wanted instead. Of a file that is not whole, nothing else is known. Of a value
// that is not simulated, nothing else matters.
func (r *reader) weigh(slips []slip, whole bool) (mistakes []Mistake) {
	refused, words, ignored := map[spot]bool{}, map[spot]bool{}, r.notSimulated()
	for i := range r.mistakes {
		refused[r.mistakes[i].spot()] = true
	}
	for _, s := range slips {
		words[s.at.spot()] = s.word != ""
		if !ignored[s.at.spot()] && (s.word == "" || !refused[s.at.spot()]) {
			mistakes = append(mistakes, mistake(s.at, s.text))
		}
	}
	for _, m := range r.mistakes {
		told := whole || words[m.spot()]
		if told && (m.notYet || !ignored[m.spot()]) {
			mistakes = append(mistakes, m)
		}
	}
	return mistakes
}

// notSimulated returns where the values are that the world does not simulate. In a table with a
// header there can be more than one slip, so only its own place is among them.
func (r *reader) notSimulated() map[spot]bool {
	spots := map[spot]bool{}
	for _, n := range r.laters {
		spots[n.at.spot()] = true
		if n.text == "" && n.at.line > 0 {
			continue
		}
		n.walk(func(c *node) { spots[c.at.spot()], spots[c.valueAt.spot()] = true, true })
	}
	return spots
}

// only notes what a table has besides its members. Two words that others use for one key, as from
// and to for link, are one slip.
func (r *reader) only(n *node, members []member) {
	var hints []string
	told := 0
	for _, c := range n.children {
		if slices.ContainsFunc(members, func(m member) bool { return m.name == c.key }) {
			continue
		}
		n.strange = true
		if told++; told > MaxMistakes {
			r.note(c.at, "unknown key %q", brief(c.key)) // it is only counted
			continue
		}
		hint := r.meant(c.key, members)
		also := slices.ContainsFunc(members, func(m member) bool { return m.isCalled(c.key) })
		if also && slices.Contains(hints, hint) {
			continue
		}
		hints = append(hints, hint)
		r.note(c.at, "unknown key %q, want %s%s",
			brief(c.key), either(namesOf(members, true)), hint)
	}
}

func namesOf(members []member, simulated bool) []string {
	var names []string
	for _, m := range members {
		if !m.later || !simulated {
			names = append(names, m.name)
		}
	}
	return names
}

// meant tells what an unknown key was perhaps meant to be: one of its own table or, where a header
// is missing or one too many, one of another; rather one that is simulated.
func (r *reader) meant(key string, members []member) string {
	for _, m := range members {
		if m.isCalled(key) {
			return fmt.Sprintf(", did you mean %q?", m.name)
		}
	}
	if text := r.otherShape(key, members); text != "" {
		return text
	}
	if text := didYouMean(key, namesOf(members, true)); text != "" {
		return text
	}
	for _, is := range []func(m *member) bool{
		func(m *member) bool { return m.name == key && !m.later },
		func(m *member) bool { return m.isCalled(key) && !m.later },
	} {
		if text := r.elsewhere(is); text != "" {
			return text
		}
	}
	if text := didYouMean(key, namesOf(members, false)); text != "" {
		return text
	}
	return r.elsewhere(func(m *member) bool { return m.name == key })
}

// otherShape tells of the first distribution that has a key, where another one has not.
func (r *reader) otherShape(key string, members []member) string {
	if !isShape(members) {
		return ""
	}
	for _, s := range r.shapes {
		if memberNamed(s.members, key) != nil {
			return fmt.Sprintf(", did you mean dist = %q?", s.shape)
		}
	}
	return ""
}

func isShape(members []member) bool { return len(members) > 0 && members[0].name == "dist" }

// isCalled tells whether a key is a name that others give to the member.
func (m *member) isCalled(key string) bool {
	return slices.Contains(strings.Fields(m.also), strings.ToLower(key))
}

// elsewhere tells of the first key that is it, in all tables.
func (r *reader) elsewhere(is func(m *member) bool) string {
	for i := range r.top {
		m := &r.top[i]
		if is(m) && m.form.members == nil {
			return fmt.Sprintf(", did you mean %q above all headers?", m.name)
		}
		if is(m) {
			return fmt.Sprintf(", did you mean the header %s?", m.header())
		}
		for j := range m.form.members {
			switch inner := &m.form.members[j]; {
			case !is(inner):
			case m.form.many:
				return fmt.Sprintf(", did you mean %q below %s?", inner.name, m.header())
			default:
				return fmt.Sprintf(", did you mean %q?", m.name+"."+inner.name)
			}
		}
	}
	return ""
}

func (m *member) header() string {
	if m.form.many {
		return "[[" + m.name + "]]"
	}
	return "[" + m.name + "]"
}
