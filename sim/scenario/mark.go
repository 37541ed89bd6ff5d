package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"raftkv/raft"
	"raftkv/sim/mark"
	"raftkv/sim/record"
)

// condition is what a fault waits for: a mark, to whom, and which in order.
var condition = kind[mark.Condition]{
	form: form{want: `such as "leader_elected #2" or "persisted n3 #7"`,
		example: `"leader_elected #2"`,
		schema:  jsonSchema{"type": "string", "pattern": mark.ConditionPattern}},
	read: func(r *reader, n *node) (mark.Condition, bool) {
		text, isText := n.value.(string)
		if !isText {
			return mark.Condition{}, r.refuse(n, `for example "leader_elected #2"`)
		}
		c, err := mark.ParseCondition(text)
		if wrong := (*mark.ConditionError)(nil); errors.As(err, &wrong) {
			r.note(n.valueAt, "%s: %s%s", said(n), wrong.Wrong, didYouMean(wrong.Word, wrong.Among))
			return mark.Condition{}, false
		}
		if c.What == mark.OfKind(record.Finished) || c.What == mark.OfKind(record.Panicked) {
			return c, r.refuse(n, "a mark after which the run goes on, for example "+
				"\"leader_elected #2\"")
		}
		return c, r.checkSubject(n, c)
	},
	write: func(c mark.Condition) string {
		if c == (mark.Condition{}) {
			return ""
		}
		return quote(c.String())
	},
}

// checkSubject tells whether there is whom a condition names, or notes that there is not.
func (r *reader) checkSubject(n *node, c mark.Condition) bool {
	clients := r.scenario.Cluster.Clients
	switch {
	case c.Server != raft.None && int(c.Server) > r.servers():
		r.note(n.valueAt, "%s: %q is no server, want %s",
			said(n), c.Server, either(r.serverWords(nil)))
		return false
	case c.Client > clients:
		r.note(n.valueAt, "%s: there is no client c%d, want %s", said(n), c.Client,
			clientWords(clients))
		return false
	}
	return true
}

// clientWords is what can be said where a client can be.
func clientWords(clients uint32) string {
	switch clients {
	case 0:
		return "num_clients = 1 or more"
	case 1:
		return "c1"
	}
	return "c1 to c" + strconv.FormatUint(uint64(clients), 10)
}

// marks is a list of what runs go through.
var marks = kind[[]mark.Mark]{
	form: form{want: `a list of marks, such as ["split_vote"]`, example: `["split_vote"]`,
		schema: jsonSchema{"type": "array", "minItems": 1, "uniqueItems": true,
			"items": jsonSchema{"enum": mark.Names(mark.All())}}},
	read: func(r *reader, n *node) (list []mark.Mark, fine bool) {
		if n.shape != array || len(n.children) == 0 {
			return nil, r.refuse(n, `a list of marks, such as ["split_vote"]`)
		}
		fine = true
		for _, c := range n.children {
			m, ok := r.mark(c)
			if ok && slices.Contains(list, m) {
				ok = r.refuse(c, "each mark once")
			}
			list, fine = append(list, m), fine && ok
		}
		return list, fine
	},
	write: func(list []mark.Mark) string {
		if list == nil {
			return ""
		}
		return "[" + strings.Join(quoted(mark.Names(list)), ", ") + "]"
	},
}

// atLeast and atMost are {split_vote = 1, all_down = 3}: how often a run must show marks, and may.
var atLeast, atMost = markTimes(1), markTimes(0)

func markTimes(least int64) kind[[]MarkTimes] {
	times := integer[uint64](least, maxCount)
	return kind[[]MarkTimes]{
		form: form{want: "marks with how often, such as {all_down = 3}", example: "{all_down = 3}",
			schema: jsonSchema{"type": "object", "minProperties": 1,
				"propertyNames":        jsonSchema{"enum": mark.Names(mark.All())},
				"additionalProperties": times.schema}},
		read: func(r *reader, n *node) (list []MarkTimes, fine bool) {
			if n.shape != table || len(n.children) == 0 {
				return nil, r.refuse(n, "marks with how often, such as {all_down = 3}")
			}
			fine = true
			for _, c := range n.children {
				m, known := mark.Named(c.key)
				if !known {
					r.note(c.at, "there is no mark %q, sim help marks tells them%s", brief(c.key),
						didYouMean(c.key, mark.Names(mark.All())))
				}
				v, ok := times.read(r, c)
				list, fine = append(list, MarkTimes{m, v}), fine && known && ok
			}
			slices.SortFunc(list, func(a, b MarkTimes) int { return cmp.Compare(a.Mark, b.Mark) })
			return list, fine
		},
		write: func(list []MarkTimes) string {
			if list == nil {
				return ""
			}
			var texts []string
			for _, m := range list {
				texts = append(texts, fmt.Sprintf("%v = %d", m.Mark, m.Times))
			}
			return "{" + strings.Join(texts, ", ") + "}"
		},
	}
}

// mark reads the name of a mark.
func (r *reader) mark(n *node) (mark.Mark, bool) {
	name, _ := n.value.(string)
	if m, known := mark.Named(name); known {
		return m, true
	}
	return 0, r.refuse(n, "a mark, as sim help marks tells them%s",
		didYouMean(name, mark.Names(mark.All())))
}
