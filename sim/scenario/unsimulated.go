package scenario

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/vtime"
)

// What follows are tables that the world does not simulate yet. What they say below their headers
// is looked at: a file that will be right one day is told apart from one that is wrong.

// servers is [[server]].
var servers = arrayOf("server", []field[struct{}]{
	needed(unused[struct{}]("name", "which server", serverName())),
	unused[struct{}]("pre_vote", "as in [raft]", boolean),
	unused[struct{}]("check_quorum", "as in [raft]", boolean),
	unused[struct{}]("election_timeout", "as in [raft]", minMax(timer)),
	unused[struct{}]("drift", "how much faster its clock runs", rate),
	unused[struct{}]("fsync", "as in [storage]", dist),
}, nil)

// regions is [regions]: a name for where each server is.
var regions = kind[struct{}]{
	form: form{want: "a table, [regions]", example: `{n1 = "us"}`,
		schema: jsonSchema{
			"type": "object", "additionalProperties": false,
			"patternProperties": jsonSchema{"^" + serverPattern + "$": label.schema}}},
	read: func(r *reader, n *node) (v struct{}, ok bool) {
		if n.shape != table {
			return v, r.refuse(n, "a table, [regions]")
		}
		for _, c := range n.children {
			if id, ok := parseServer(c.key); !ok || int(id) > r.servers() {
				r.note(c.at, "%q is no server, want %s", brief(c.key), either(r.serverWords(nil)))
			}
			label.read(r, c)
		}
		return v, true
	},
}

// clock is [clock].
var clock = tableOf([]field[struct{}]{
	unused[struct{}]("drift", "how much faster clocks run, for each server drawn from min to max",
		drift),
	unused[struct{}]("rho", "the drift that leases allow for", decimal(0, 0.5)),
}, nil)

type rates struct{ min, max float64 }

var rate = decimal(-0.5, 0.5)

var drift = tableOf([]field[rates]{
	needed(key("min", "", "the slowest", rate, func(d *rates) *float64 { return &d.min })),
	needed(key("max", "", "the fastest", rate, func(d *rates) *float64 { return &d.max })),
}, func(r *reader, n *node, d *rates) bool {
	return d.max >= d.min || r.refuse(n.child("max"), "%v or more, which is min", d.min)
})

// messages is [[message]].
var messages = arrayOf("message", []field[struct{}]{
	needed(unused[struct{}]("link", "from whom to whom", linkKind)),
	unused[struct{}]("type", "of what type", word(messageTypes()...)),
	needed(unused[struct{}]("nth", "which of them, from 1", integer[uint64](1, maxCount))),
	needed(unused[struct{}]("do", "what becomes of it", word("drop", "delay", "copy"))),
	unused[struct{}]("by", "how long it is delayed", positive),
}, nil)

func messageTypes() []string {
	var names []string
	for t := raft.RequestVote; t <= raft.AppendEntriesResponse; t++ {
		names = append(names, t.String())
	}
	return names
}

type window struct{ start, stop vtime.Time }

// nemesis is [nemesis].
var nemesis = tableOf([]field[window]{
	key("start", "", "when it begins", instant, func(w *window) *vtime.Time { return &w.start }),
	key("stop", "", "when it ends", instant, func(w *window) *vtime.Time { return &w.stop }),
	unused[window]("every", "from one fault to the next", dist),
	unused[window]("kinds", "how likely each fault is: weights", faultWeights),
	unused[window]("max_down", "how many servers may be down at once", word("minority", "any")),
	unused[window]("swarm", "whether each seed draws which kinds there are", boolean),
}, func(r *reader, n *node, w *window) bool {
	stop := n.child("stop")
	return stop == nil || w.stop > w.start ||
		r.refuse(stop, "after start, which is %s", w.start.Sub(0))
})

// faultWeights is {crash = 3, ...}.
var faultWeights = kind[struct{}]{
	form: form{want: "weights such as {crash = 3, partition = 1}", example: "{crash = 3}",
		schema: jsonSchema{"type": "object", "not": allZero(),
			"propertyNames":        jsonSchema{"enum": verbNames(false)},
			"additionalProperties": weight.schema}},
	read: func(r *reader, n *node) (v struct{}, ok bool) {
		if n.shape != table || len(n.children) == 0 {
			return v, r.refuse(n, "weights such as {crash = 3, partition = 1}")
		}
		var sum uint64
		ok = true
		for _, c := range n.children {
			if !slices.Contains(verbNames(false), c.key) {
				r.note(c.at, "unknown fault %q%s", brief(c.key), verbMeant(c.key))
			}
			w, fine := weight.read(r, c)
			sum, ok = sum+w, ok && fine
		}
		return v, !ok || sum > 0 || r.refuse(n, "a weight above 0")
	},
}

// marks is a list of names of what runs do.
var marks = kind[struct{}]{
	form: form{want: `a list of names, such as ["split_vote"]`, example: `["split_vote"]`,
		schema: jsonSchema{"type": "array", "minItems": 1, "items": label.schema}},
	read: func(r *reader, n *node) (v struct{}, ok bool) {
		if n.shape != array || len(n.children) == 0 {
			return v, r.refuse(n, `a list of names, such as ["split_vote"]`)
		}
		for _, c := range n.children {
			label.read(r, c)
		}
		return v, true
	},
}
