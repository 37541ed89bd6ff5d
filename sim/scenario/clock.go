package scenario

import (
	"math"
	"strings"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/cluster"
	"raftkv/sim/fault"
	"raftkv/sim/vtime"
)

var clockFields = []field[Scenario]{
	key("drift", `{min = 0, max = 0}`,
		"how much faster clocks run than time, for each server drawn from min to max", drifts,
		func(s *Scenario) *cluster.Drift { return &s.Cluster.Drift }).
		called("skew rate"),
	key("rho", "0.01", "the drift, either way, that leases allow for (§6.4.1)", rho,
		func(s *Scenario) *int64 { return &s.Cluster.Rho }),
}

// maxDrift is how much faster or slower a clock can run: by half.
const maxDrift = 0.5

// drift is how much faster than time a clock runs, in parts per billion.
var drift = kind[int64]{
	form: form{want: "-0.5 to 0.5", example: "0.01",
		schema: jsonSchema{"type": "number", "minimum": -maxDrift, "maximum": maxDrift}},
	read: func(r *reader, n *node) (int64, bool) {
		f, number := n.number()
		if !number || !(-maxDrift <= f && f <= maxDrift) { // said so, nan is refused too
			return 0, r.refuse(n, "-0.5 to 0.5")
		}
		return int64(math.Round(f * float64(choice.One))), true
	},
	write: fault.DriftText,
}

// rho is a bound on drifts, in parts per billion.
var rho = kind[int64]{
	form: form{want: "0 to 0.5", example: "0.01",
		schema: jsonSchema{"type": "number", "minimum": 0, "maximum": maxDrift}},
	read: func(r *reader, n *node) (int64, bool) {
		f, number := n.number()
		if !number || !(0 <= f && f <= maxDrift) {
			return 0, r.refuse(n, "0 to 0.5")
		}
		return int64(math.Round(f * float64(choice.One))), true
	},
	write: fault.DriftText,
}

// drifts is {min, max}.
var drifts = tableOf([]field[cluster.Drift]{
	needed(key("min", "", "the slowest", drift,
		func(d *cluster.Drift) *int64 { return &d.Min })),
	needed(key("max", "", "the fastest", drift,
		func(d *cluster.Drift) *int64 { return &d.Max })),
}, func(r *reader, n *node, d *cluster.Drift) bool {
	return d.Max >= d.Min ||
		r.refuse(n.child("max"), "%s or more, which is min", fault.DriftText(d.Min))
})

// jump is how far a clock jumps: a duration, with a minus for backwards.
var jump = kind[vtime.Duration]{
	form: form{want: `a duration such as "2s", or "-2s" for backwards`, example: `"2s"`,
		schema: jsonSchema{"type": "string",
			"pattern": strings.Replace(durationPattern, "^", "^-?", 1),
			"not":     jsonSchema{"pattern": "^[^1-9]*$"}}},
	read: func(r *reader, n *node) (vtime.Duration, bool) {
		text, isText := n.value.(string)
		if !isText {
			return 0, r.refuse(n, `a duration such as "2s", or "-2s" for backwards`)
		}
		digits, backwards := strings.CutPrefix(text, "-")
		v, wrong := parseSpan(digits, vtime.Nanosecond)
		switch {
		case wrong != nil:
			r.note(n.valueAt, "%s: %s", n.label(), wrong)
			return 0, false
		case v == 0:
			return 0, r.refuse(n, "more than 0s, or less")
		case backwards:
			v = -v
		}
		return v, true
	},
	write: func(d vtime.Duration) string { return quote(d.String()) },
}

// serverFields are the keys of a [[server]]: what differs on one server.
var serverFields = []field[cluster.Own]{
	needed(key("name", "", "which server", serverName(),
		func(o *cluster.Own) *raft.ServerID { return &o.Server })).
		called("node server id"),
	key("election_timeout", "", "as in [raft]", asElsewhere(minMax(timer)),
		func(o *cluster.Own) **choice.Distribution { return &o.ElectionTimeout }),
	key("fsync", "", "as in [storage]", asElsewhere(dist),
		func(o *cluster.Own) **choice.Distribution { return &o.Fsync }),
	key("drift", "", "how much faster its clock runs than time", asElsewhere(drift),
		func(o *cluster.Own) **int64 { return &o.Drift }),
	key("pre_vote", "", "as in [raft]", asElsewhere(boolean),
		func(o *cluster.Own) **bool { return &o.PreVote }),
	key("check_quorum", "", "as in [raft]", asElsewhere(boolean),
		func(o *cluster.Own) **bool { return &o.CheckQuorum }),
}

// checkServer notes a server that a table before is about, or that leases cannot rely on.
func checkServer(r *reader, n *node, o *cluster.Own) {
	r.checkQuorum(n, r.scenario)
	for _, other := range n.parent.children {
		if other == n {
			return
		}
		if other.word("name") == o.Server.String() {
			r.refuse(n.child("name"), "a server that no [[server]] before is about")
			return
		}
	}
}
