package scenario

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/vtime"
)

var faultFields = []field{
	key("do", "", verb, func(s *Scenario) *fault.Verb { return &lastFault(s).Do }),
	key("at", "", instant, func(s *Scenario) *vtime.Time { return &lastFault(s).At }),
	key("for", "", positive, func(s *Scenario) *vtime.Duration { return &lastFault(s).For }),
	key("node", "", target, func(s *Scenario) *fault.Target { return &lastFault(s).Node }),
	key("groups", "", groups, func(s *Scenario) *[]raft.ServerSet { return &lastFault(s).Groups }),
	{name: "link", read: (*reader).link},
	later("when"),
	later("after"),
	later("nodes"),
	later("as"),
}

// strikes is the key that says what a verb strikes, with an example.
var strikes = [...]struct{ key, example string }{
	fault.Crash:     {"node", `"n1"`},
	fault.Restart:   {"node", `"n1"`},
	fault.Pause:     {"node", `"n1"`},
	fault.Resume:    {"node", `"n1"`},
	fault.Isolate:   {"node", `"n1"`},
	fault.Partition: {"groups", `[["n1", "n2"], ["n3"]]`},
	fault.Cut:       {"link", `{between = ["n1", "n2"]}`},
	fault.Heal:      {},
}

// lastFault is the fault that is being read.
func lastFault(s *Scenario) *fault.Fault {
	return &s.Cluster.Faults[len(s.Cluster.Faults)-1]
}

func (r *reader) faults(n *node) {
	if n.shape != array {
		r.refuse(n, "tables [[fault]]")
		return
	}
	for _, c := range n.children {
		if c.shape != table {
			r.refuse(c, "a table")
			continue
		}
		r.scenario.Cluster.Faults = append(r.scenario.Cluster.Faults, fault.Fault{})
		r.table(faultFields, c)
		r.checkTime(c)
		r.checkStrikes(c)
	}
}

// checkTime notes a fault that no time is said for, or one that no run reaches.
func (r *reader) checkTime(n *node) {
	at := n.child("at")
	if at == nil {
		if n.child("when") == nil && n.child("after") == nil { // which say it, in a later world
			r.note(n.valueAt, "a fault has no at, want for example at = \"2s\"")
		}
		return
	}
	duration := r.scenario.Cluster.Duration
	if duration != 0 && lastFault(r.scenario).At >= vtime.Time(duration) {
		r.refuse(at, "less than duration, which is %s", duration)
	}
}

// checkStrikes notes keys that the verb does not take, and one that it needs.
func (r *reader) checkStrikes(n *node) {
	do := lastFault(r.scenario).Do
	if do == 0 {
		if n.child("do") == nil {
			r.note(n.valueAt, "a fault has no do, want %s", either(quoted(verbNames())))
		}
		return
	}
	needed := strikes[do]
	allowed := []string{"at", "do"}
	if do.Lasts() {
		allowed = append(allowed, "for")
	}
	if needed.key != "" {
		allowed = append(allowed, needed.key)
		if n.child(needed.key) == nil {
			r.note(n.valueAt, "%s has no %s, want for example %s = %s",
				do, needed.key, needed.key, needed.example)
		}
	}
	for _, name := range []string{"for", "node", "groups", "link"} {
		if c := n.child(name); c != nil && !slices.Contains(allowed, name) {
			r.note(c.at, "%s takes no %s, want %s", do, name, either(allowed))
		}
	}
}

// unsimulatedVerbs are verbs that files may not have yet.
var unsimulatedVerbs = []string{
	"slow_link", "clog", "loss", "duplicate", "slow_disk", "stall_disk", "disk_full", "rot",
	"lose_disk", "slow_cpu", "clock_drift", "clock_jump", "transfer_leader", "add_node",
	"remove_node", "replace_node", "promote",
}

func verbNames() []string {
	var names []string
	for _, v := range fault.Verbs() {
		names = append(names, v.String())
	}
	return names
}

func verb(r *reader, n *node) (fault.Verb, bool) {
	name, ok := n.value.(string)
	if ok && slices.Contains(unsimulatedVerbs, name) {
		r.note(n.valueAt, "%s is not yet simulated, want %s", said(n), either(quoted(verbNames())))
		return 0, false
	}
	if _, ok := word(verbNames()...)(r, n); !ok {
		return 0, false
	}
	return fault.Verbs()[slices.Index(verbNames(), name)], true
}

func target(r *reader, n *node) (fault.Target, bool) {
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
	id, ok := serverName("leader", "follower", "random")(r, n)
	return fault.Target{Kind: fault.Fixed, ID: id}, ok
}

// groups are sets of servers between which a partition lets nothing through.
func groups(r *reader, n *node) ([]raft.ServerSet, bool) {
	if n.shape != array || len(n.children) == 0 {
		return nil, r.refuse(n, "groups of servers, such as %s", strikes[fault.Partition].example)
	}
	var list []raft.ServerSet
	var grouped raft.ServerSet
	fine := true
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

func (r *reader) group(n *node, grouped raft.ServerSet) (group raft.ServerSet, ok bool) {
	if n.shape != array || len(n.children) == 0 {
		return 0, r.refuse(n, "a group of servers, such as [\"n1\", \"n2\"]")
	}
	ok = true
	for _, c := range n.children {
		id, named := serverName()(r, c)
		if named && (grouped | group).Has(id) {
			named = r.refuse(c, "a server that is in no group before")
		}
		ok = ok && named
		if named {
			group = group.With(id)
		}
	}
	return group, ok
}

// link reads the direction, or both, that a cut strikes.
func (r *reader) link(n *node) {
	ends, both, ok := r.linkEnds(n)
	if !ok {
		return
	}
	from, fromOK := serverName()(r, ends[0])
	to, toOK := serverName()(r, ends[1])
	if !fromOK || !toOK {
		return
	}
	if from == to {
		r.refuse(ends[1], "another server than %s", from)
		return
	}
	f := lastFault(r.scenario)
	f.From, f.To, f.Both = from, to, both
}

// linkEnds returns the two nodes that name the servers of a link.
func (r *reader) linkEnds(n *node) (ends []*node, both, ok bool) {
	between := n.child("between")
	if between == nil {
		if n.shape != table || len(n.children) == 0 {
			return nil, false, r.refuse(n, "{from, to} or {between = [\"n1\", \"n2\"]}")
		}
		ends, ok = r.members(n, "from", "to")
		return ends, false, ok
	}
	if len(n.children) > 1 {
		return nil, true, r.refuse(n, "either from and to, or between")
	}
	if between.shape != array || len(between.children) != 2 {
		return nil, true, r.refuse(between, "two servers, such as [\"n1\", \"n2\"]")
	}
	return between.children, true, true
}
