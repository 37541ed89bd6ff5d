package scenario

import (
	"regexp"
	"slices"
	"strings"

	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// faultFields are the keys of a [[fault]]. The verb comes first: others depend on it.
var faultFields = []field[fault.Fault]{
	needed(key("do", "", "what happens", verbs,
		func(f *fault.Fault) *record.Verb { return &f.Do })).
		called("action kind type verb"),
	key("at", "", "when", instant, func(f *fault.Fault) *vtime.Time { return &f.At }).
		called("time start"),
	later[fault.Fault]("when", "right after a record: \"became_leader n2 #1\"", condition),
	later[fault.Fault]("after", "when the fault of that name is over", label),
	key("node", "", "whom it strikes", target,
		func(f *fault.Fault) *fault.Target { return &f.Node }).
		called("server target"),
	later[fault.Fault]("nodes", "several whom it strikes", serverGroup),
	key("groups", "", "between whom nothing gets through; servers in no group are one more",
		groups, func(f *fault.Fault) *[]raft.ServerSet { return &f.Groups }).
		called("partitions sides"),
	linkField().
		called("from to between"),
	key("for", "", "after what time it ends; without it, with its counterpart",
		optional(positive), func(f *fault.Fault) *vtime.Duration { return &f.For }).
		called("duration lasts"),
	later[fault.Fault]("as", "its name, for others to refer to", label),
}

// linkField is the key for the direction, or both, that a cut strikes.
func linkField() field[fault.Fault] {
	f := key("link", "", "between whom nothing gets through: one direction, or both", linkKind,
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
		if from.Do == record.Cut {
			w.line("link", linkText(link{from.From, from.To, from.Both}), n)
		}
	}
	return f
}

// verb is what a fault can do, and what its file has to say for that.
type verb struct {
	name    string
	does    record.Verb // 0: the world does not simulate it yet
	strikes []string    // the keys that can say what it strikes, one of them needed; none if empty
	about   string
	also    string // what others call it, in words
}

const (
	exampleNode   = `"n1"`
	exampleLink   = `{between = ["n1", "n2"]}`
	exampleGroups = `[["n1", "n2"], ["n3"]]`
)

var (
	onNode = []string{"node", "nodes"}
	onLink = []string{"link", "node", "nodes"}
)

var verbTable = []verb{
	{"crash", record.Crash, onNode, "a server loses what is not durable, and is down",
		"kill stop die"},
	{"restart", record.Restart, onNode, "a crashed server starts with what its disk holds",
		"start reboot recover"},
	{"pause", record.Pause, onNode, "a server does nothing; what arrives waits",
		"freeze stall suspend"},
	{"resume", record.Resume, onNode, "a paused server goes on", "continue unfreeze"},
	{"partition", record.Partition, []string{"groups"},
		"nothing gets from one group to another", "split"},
	{"isolate", record.Isolate, onNode, "nothing gets to a server or from it", "disconnect"},
	{"cut", record.Cut, []string{"link"}, "nothing gets through a link", "sever"},
	{"heal", record.Heal, nil, "all partitions, isolations and cuts end", "repair reconnect"},
	{"slow_link", 0, onLink, "messages take longer", "delay latency"},
	{"clog", 0, onLink, "messages wait until it ends", ""},
	{"loss", 0, onLink, "messages are lost", "drop lose"},
	{"duplicate", 0, onLink, "messages arrive twice", "copy"},
	{"slow_disk", 0, onNode, "writes take longer", ""},
	{"stall_disk", 0, onNode, "writes wait until it ends", ""},
	{"disk_full", 0, onNode, "writes fail", ""},
	{"rot", 0, onNode, "a durable record changes", ""},
	{"lose_disk", 0, onNode, "a server loses its disk", ""},
	{"slow_cpu", 0, onNode, "each step takes time", ""},
	{"clock_drift", 0, onNode, "a server's clock runs faster or slower", ""},
	{"clock_jump", 0, onNode, "a server's clock jumps", "clock_skew"},
	{"transfer_leader", 0, onNode, "the leader hands over to a server", ""},
	{"add_node", 0, onNode, "a server joins", ""},
	{"remove_node", 0, onNode, "a server leaves", ""},
	{"replace_node", 0, onNode, "a server leaves, a new one joins", ""},
	{"promote", 0, onNode, "a learner becomes a voter", ""},
}

// verbNamed returns the verb of that name, false if there is none.
func verbNamed(name string) (verb, bool) {
	i := slices.IndexFunc(verbTable, func(v verb) bool { return v.name == name })
	if i < 0 {
		return verb{}, false
	}
	return verbTable[i], true
}

func verbNames(simulated bool) []string {
	var names []string
	for _, v := range verbTable {
		if v.does != 0 || !simulated {
			names = append(names, v.name)
		}
	}
	return names
}

// exampleOf is a value of a key that says what a fault strikes.
func exampleOf(key string) string {
	switch key {
	case "groups":
		return exampleGroups
	case "link":
		return exampleLink
	}
	return exampleNode
}

// verbMeant tells which verb was perhaps meant, if any.
func verbMeant(name string) string {
	for _, v := range verbTable {
		if slices.Contains(strings.Fields(v.also), strings.ToLower(name)) {
			name = v.name
		}
	}
	return didYouMean(name, verbNames(false))
}

// verbs is the kind of do.
var verbs = kind[record.Verb]{
	form: form{
		want: either(quoted(verbNames(true))), example: `"crash"`,
		schema: jsonSchema{"enum": verbNames(false)},
	},
	read: func(r *reader, n *node) (record.Verb, bool) {
		name, _ := n.value.(string)
		switch v, known := verbNamed(name); {
		case !known:
			return 0, r.refuse(n, "%s%s", either(quoted(verbNames(true))), verbMeant(name))
		case v.does == 0:
			r.note(n.valueAt, "%s is not yet simulated, want %s",
				said(n), either(quoted(verbNames(true))))
			return 0, false
		default:
			return v.does, true
		}
	},
	write: func(v record.Verb) string { return quote(v.String()) },
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
	}
	if after := n.child("after"); after != nil {
		r.checkAfter(n, after)
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
	allowed := append([]string{"do", "at", "when", "after", "as"}, v.strikes...)
	if v.does.Lasts() {
		allowed = append(allowed, "for")
	}
	var said *node
	wrong := n.strange
	for _, name := range []string{"node", "nodes", "groups", "link", "for"} {
		c := n.child(name)
		switch {
		case c == nil:
		case !slices.Contains(allowed, name):
			r.note(c.at, "%s takes no %s, %s", v.name, name, v.instead(n))
			wrong = true
		case name == "for":
		case said != nil:
			r.note(c.at, "%s and %s both say what it strikes, want one of them", said.key, name)
		default:
			said = c
		}
	}
	if said == nil && !wrong && len(v.strikes) > 0 && v.does != 0 {
		r.note(n.valueAt, "%s has no %s, want for example %s = %s",
			n.label(), v.strikes[0], v.strikes[0], exampleOf(v.strikes[0]))
	}
}

// instead says what to do about a key that the verb does not take.
func (v verb) instead(n *node) string {
	has := func(key string) bool { return n.child(key) != nil }
	if len(v.strikes) == 0 || slices.ContainsFunc(v.strikes, has) {
		return "leave it out"
	}
	return "want for example " + v.strikes[0] + " = " + exampleOf(v.strikes[0])
}

// checkAfter notes a name that no other fault has.
func (r *reader) checkAfter(n, after *node) {
	var names []string
	for _, other := range n.parent.children {
		if c := other.child("as"); c != nil && other != n {
			name, _ := c.value.(string)
			names = append(names, name)
		}
	}
	name, _ := after.value.(string)
	if !slices.Contains(names, name) {
		r.refuse(after, "the name that another fault has by as%s", didYouMean(name, names))
	}
}

// target is whom a fault strikes.
var target = kind[fault.Target]{
	form: form{
		want:    `a server such as "n1", "leader", "follower" or "random"`,
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
			r.note(n.valueAt, "%s is not yet simulated, want a server, leader, follower or random",
				said(n))
			return fault.Target{}, false
		}
		id, ok := serverName("leader", "follower", "random").read(r, n)
		return fault.Target{Kind: fault.Fixed, ID: id}, ok
	},
	write: func(t fault.Target) string {
		if t == (fault.Target{}) {
			return ""
		}
		return quote(t.String())
	},
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
	var grouped raft.ServerSet
	fine = true
	for _, c := range n.children {
		group, ok := r.group(c, grouped)
		fine = fine && ok
		grouped |= group
		list = append(list, group)
	}
	everyone := raft.Servers(r.scenario.Cluster.Servers)
	if fine && len(list) == 1 && list[0] == everyone {
		return nil, r.refuse(n, "somebody on the other side")
	}
	return list, fine
}

var conditionGrammar = regexp.MustCompile(`^[a-z_]+( [a-z0-9]+)?( ?#[1-9][0-9]*)?$`)

// condition is what a fault waits for: a kind of record, of whom, and which in order.
var condition = kind[string]{
	form: form{want: `such as "became_leader #2" or "persisted n3 #7"`,
		example: `"became_leader #2"`,
		schema:  jsonSchema{"type": "string", "pattern": conditionGrammar.String()}},
	read: func(r *reader, n *node) (string, bool) {
		s, _ := n.value.(string)
		return s, conditionGrammar.MatchString(s) ||
			r.refuse(n, `for example "became_leader #2" or "persisted n3 #7"`)
	},
}
