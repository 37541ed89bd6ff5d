package scenario

import (
	"slices"
	"strings"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/fault"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// faultFields are the keys of a [[fault]]. The verb comes first: others depend on it.
var faultFields = []field[fault.Fault]{
	needed(key("do", "", "what happens", verbs,
		func(f *fault.Fault) *record.Verb { return &f.Do })).
		called("action kind type verb"),
	atField().
		called("time start"),
	key("when", "", "right after a mark: \"became_leader n2 #1\"", condition,
		func(f *fault.Fault) *mark.Condition { return &f.When }),
	key("after", "", "when the fault of that name is over", optional(label),
		func(f *fault.Fault) *string { return &f.After }),
	key("node", "", "whom it strikes", target,
		func(f *fault.Fault) *fault.Target { return &f.Node }).
		called("server target"),
	key("nodes", "", "several whom it strikes, all at once", several,
		func(f *fault.Fault) *fault.Target { return &f.Node }).
		called("servers targets"),
	key("groups", "", "between whom nothing gets through: who shares no group is parted; "+
		"servers in no group are one more",
		groups, func(f *fault.Fault) *[]raft.ServerSet { return &f.Groups }).
		called("partitions sides"),
	linkField().
		called("from to between"),
	key("spare_majority", "", "whether it strikes nobody where that left no majority running",
		optional(boolean), func(f *fault.Fault) *bool { return &f.SpareMajority }),
	amount(key("by", "", "how much longer it takes each time", delay,
		func(f *fault.Fault) *choice.Distribution { return &f.By })).
		called("delay extra"),
	amount(key("rate", "", "how likely a message is struck", rateOfFault,
		func(f *fault.Fault) *choice.Ratio { return &f.Rate })).
		called("probability chance ratio"),
	amount(key("drift", "", "how much faster the clock runs: 0.01 is a hundredth, -0.01 slower",
		drift, func(f *fault.Fault) *int64 { return &f.Drift })),
	amount(key("jump", "", "how far the clock jumps: \"2s\", or backwards, \"-2s\"", jump,
		func(f *fault.Fault) *vtime.Duration { return &f.Jump })),
	key("for", "", "after what time it ends; without it, with its counterpart, if it has one",
		optional(positive), func(f *fault.Fault) *vtime.Duration { return &f.For }).
		called("duration lasts"),
	key("as", "", "its name, for others to refer to", optional(label),
		func(f *fault.Fault) *string { return &f.Name }).
		called("name"),
}

// atField is the moment at which a fault begins, for one that nothing else begins.
func atField() field[fault.Fault] {
	f := key("at", "", "when", instant, func(f *fault.Fault) *vtime.Time { return &f.At })
	write := f.write
	f.write = func(w *writer, n *node, from *fault.Fault) {
		if from.AtMoment() {
			write(w, n, from)
		}
	}
	return f
}

// amount is a field that says how much a fault does, for verbs that have such an amount.
func amount(f field[fault.Fault]) field[fault.Fault] {
	write := f.write
	f.write = func(w *writer, n *node, from *fault.Fault) {
		if v, _ := verbNamed(from.Do.String()); slices.Contains(v.amounts(), f.name) {
			write(w, n, from)
		}
	}
	return f
}

// linkField is the key for the direction, or both, that a fault strikes.
func linkField() field[fault.Fault] {
	f := key("link", "", "which link it strikes: one direction, or both", linkKind,
		func(*fault.Fault) *link { return new(link) })
	f.read = func(r *reader, n *node, into *fault.Fault) {
		if n == nil {
			return
		}
		if l, ok := linkKind.read(r, n); ok {
			into.From, into.To, into.Both = l.from, l.to, l.both
		}
	}
	f.write = func(w *writer, n *node, from *fault.Fault) {
		if from.From != raft.None {
			w.line("link", linkText(link{from.From, from.To, from.Both}), n)
		}
	}
	return f
}

// checkFault notes what does not fit together in a fault.
func checkFault(r *reader, n *node, f *fault.Fault) {
	r.checkTriggers(n)
	if at, end := n.child("at"), r.scenario.Cluster.Duration; at != nil && end != 0 &&
		f.At >= vtime.Time(end) {
		r.refuse(at, "less than duration, which is %s", end)
	}
	do := n.child("do")
	if do == nil {
		return
	}
	name, _ := do.value.(string)
	if v, known := verbNamed(name); known {
		r.checkStrikes(n, v)
		r.checkTarget(n, v)
	}
	if after := n.child("after"); after != nil {
		r.checkAfter(n, after)
	}
	r.checkName(n)
	if f.Do == record.SlowLink && n.child("rate") == nil {
		f.Rate = choice.One
	}
}

// checkTriggers notes a fault that nothing begins, or two things do.
func (r *reader) checkTriggers(n *node) {
	var said []*node
	for _, trigger := range []string{"at", "when", "after"} {
		if c := n.child(trigger); c != nil {
			said = append(said, c)
		}
	}
	if len(said) == 0 && !n.strange {
		r.note(n.valueAt, "%s has no at, want for example at = \"2s\"", n.label())
	}
	for i := 1; i < len(said); i++ {
		r.note(said[0].at, "%s and %s both say when %s begins, want one of them",
			said[0].key, said[i].key, n.label())
	}
}

// checkStrikes notes keys that the verb does not take, and one that it needs.
func (r *reader) checkStrikes(n *node, v verb) {
	allowed := append(v.amounts(), v.strikes...)
	if v.does.Lasts() {
		allowed = append(allowed, "for")
	}
	if v.does == record.Crash || v.does == record.Pause {
		allowed = append(allowed, "spare_majority")
	}
	var said *node
	wrong := n.strange
	for _, name := range []string{
		"node", "nodes", "groups", "link", "by", "rate", "drift", "jump", "for", "spare_majority",
	} {
		c := n.child(name)
		switch {
		case c == nil:
		case !slices.Contains(allowed, name):
			r.note(c.at, "%s takes no %s, %s", v.name, name, v.instead(n))
			wrong = true
		case !slices.Contains(v.strikes, name):
		case said != nil:
			r.note(c.at, "%s and %s both say what it strikes, want one of them", said.key, name)
		default:
			said = c
		}
	}
	if said == nil && !wrong && len(v.strikes) > 0 && v.does != 0 {
		r.lacks(n, v.strikes[0])
	}
	for _, name := range v.needs {
		if n.child(name) == nil && !wrong {
			r.lacks(n, name)
		}
	}
}

// checkTarget notes a target that is never in the state that the verb ends.
func (r *reader) checkTarget(n *node, v verb) {
	is := map[record.Verb]string{record.Restart: "down", record.Resume: "paused"}[v.does]
	switch target := n.word("node"); target {
	case "leader", "follower", "candidate":
		if is != "" {
			r.refuse(n.child("node"), "a server such as \"n1\", or \"random\", which is one that "+
				"is %s: a %s runs", is, target)
		}
	}
}

// lacks notes a key that a fault needs.
func (r *reader) lacks(n *node, name string) {
	r.note(n.valueAt, "%s has no %s, want for example %s = %s",
		n.label(), name, name, exampleOf(name))
}

// instead says what to do about a key that the verb does not take.
func (v verb) instead(n *node) string {
	has := func(key string) bool { return n.child(key) != nil }
	if len(v.strikes) == 0 || slices.ContainsFunc(v.strikes, has) {
		return "leave it out"
	}
	return "want for example " + v.strikes[0] + " = " + exampleOf(v.strikes[0])
}

// checkAfter notes a name that no other fault has, and one that waits for this fault itself.
func (r *reader) checkAfter(n, after *node) {
	var names []string
	for _, other := range n.parent.children {
		if name := other.word("as"); name != "" && other != n {
			names = append(names, name)
		}
	}
	name, _ := after.value.(string)
	if !slices.Contains(names, name) {
		r.refuse(after, "the name that another fault has by as%s", didYouMean(name, names))
		return
	}
	before := n
	for range n.parent.children {
		if before = before.named(before.word("after")); before == nil {
			return
		}
		if before == n {
			r.refuse(after, "a fault that does not come after this one itself")
			return
		}
	}
}

// checkName notes a name that a fault before has.
func (r *reader) checkName(n *node) {
	if first := n.named(n.word("as")); first != nil && first != n {
		r.refuse(n.child("as"), "a name that no fault before has")
	}
}

// named returns the first fault of that name among all, nil if there is none.
func (n *node) named(name string) *node {
	if name == "" {
		return nil
	}
	for _, other := range n.parent.children {
		if other.word("as") == name {
			return other
		}
	}
	return nil
}

// word returns what a string says that is a member of the table; "" if there is none.
func (n *node) word(key string) string {
	if c := n.child(key); c != nil {
		text, _ := c.value.(string)
		return text
	}
	return ""
}

// target is whom a fault strikes.
var target = kind[fault.Target]{
	form: form{
		want:    `a server such as "n1", "leader", "follower", "candidate" or "random"`,
		example: exampleNode,
		schema:  serverSchema([]string{"leader", "follower", "candidate", "random"}),
	},
	read: func(r *reader, n *node) (fault.Target, bool) {
		switch n.value {
		case "leader":
			return fault.Target{Kind: fault.Leader}, true
		case "follower":
			return fault.Target{Kind: fault.Follower}, true
		case "random":
			return fault.Target{Kind: fault.Random}, true
		case "candidate":
			return fault.Target{Kind: fault.Candidate}, true
		}
		id, ok := serverName("leader", "follower", "candidate", "random").read(r, n)
		return fault.On(id), ok
	},
	write: func(t fault.Target) string {
		if t.Kind == 0 || t.Kind == fault.Named && t.Servers.Len() != 1 {
			return ""
		}
		return quote(t.String())
	},
}

// several is whom a fault strikes that strikes more than one.
var several = kind[fault.Target]{
	form: serverGroup.form,
	read: func(r *reader, n *node) (fault.Target, bool) {
		group, ok := r.group(n)
		return fault.Target{Kind: fault.Named, Servers: group}, ok
	},
	write: func(t fault.Target) string {
		if t.Kind != fault.Named || t.Servers.Len() == 1 {
			return ""
		}
		return groupText(t.Servers)
	},
}

// delay is how much longer something takes, which is more than nothing.
var delay = kind[choice.Distribution]{
	form: dist.form,
	read: func(r *reader, n *node) (choice.Distribution, bool) {
		d, ok := dist.read(r, n)
		if _, most := d.Bounds(); ok && most == 0 {
			return d, r.refuse(n, "more than \"0s\", for example \"100ms\"")
		}
		return d, ok
	},
	write: dist.write,
}

// rateOfFault is how likely a fault strikes a message: it strikes some.
var rateOfFault = kind[choice.Ratio]{
	form: form{want: "more than 0, to 1", example: "0.1",
		schema: jsonSchema{"type": "number", "exclusiveMinimum": 0, "maximum": 1}},
	read: func(r *reader, n *node) (choice.Ratio, bool) {
		f, number := n.number()
		v, err := choice.RatioOf(f)
		if !number || err != nil || v == 0 {
			return 0, r.refuse(n, "more than 0, to 1")
		}
		return v, true
	},
	write: choice.Ratio.String,
}

// groups are sets of servers between which a partition lets nothing through.
var groups = kind[[]raft.ServerSet]{
	form: form{
		want: "groups of servers, such as " + exampleGroups, example: exampleGroups,
		schema: jsonSchema{"type": "array", "minItems": 1, "items": serverGroup.schema},
	},
	read: func(r *reader, n *node) ([]raft.ServerSet, bool) {
		if n.shape != array || len(n.children) == 0 {
			return nil, r.refuse(n, "groups of servers, such as %s", exampleGroups)
		}
		return r.groups(n)
	},
	write: func(list []raft.ServerSet) string {
		if list == nil {
			return ""
		}
		var texts []string
		for _, group := range list {
			texts = append(texts, groupText(group))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	},
}

func (r *reader) groups(n *node) (list []raft.ServerSet, fine bool) {
	everyone := raft.Servers(r.servers())
	fine = true
	for _, c := range n.children {
		group, ok := r.group(c)
		if ok && group == everyone {
			ok = r.refuse(c, "somebody on the other side")
		}
		fine = fine && ok
		list = append(list, group)
	}
	return list, fine
}
