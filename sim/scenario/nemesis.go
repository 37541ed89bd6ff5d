package scenario

import (
	"fmt"
	"slices"
	"strings"

	"raftkv/sim/choice"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// nemesisFields are the keys of [nemesis].
var nemesisFields = []field[fault.Plan]{
	key("start", `"0s"`, "when it begins to draw faults", instant,
		func(p *fault.Plan) *vtime.Time { return &p.Start }).
		called("begin from"),
	key("stop", "", "when it draws no more", optional(instant),
		func(p *fault.Plan) *vtime.Time { return &p.Stop }).
		called("end until"),
	key("every", `{dist = "exponential", mean = "1s"}`, "from one fault to the next", dist,
		func(p *fault.Plan) *choice.Distribution { return &p.Every }).
		called("interval pace"),
	key("lasts", `{dist = "uniform", min = "50ms", max = "2s"}`, "how long one is in force", dist,
		func(p *fault.Plan) *choice.Distribution { return &p.Lasts }).
		called("for duration length"),
	key("kinds", "", "how likely each kind is: weights of verbs, and of "+patterns()+
		"; without it, all alike", faultWeights,
		func(p *fault.Plan) *fault.Weights { return &p.Kinds }).
		called("faults weights"),
	key("max_down", `"minority"`, "how many servers it takes down at once", maxDown,
		func(p *fault.Plan) *bool { return &p.Majority }),
	key("swarm", "false", "whether each seed switches some kinds off, and draws how often the "+
		"others come", boolean, func(p *fault.Plan) *bool { return &p.Swarm }),
}

// patterns names the kinds that are no verbs.
func patterns() string {
	var names []string
	for _, k := range fault.Kinds() {
		if k >= fault.Bridge {
			names = append(names, k.String())
		}
	}
	return strings.Join(names, ", ")
}

// nemesisField is [nemesis]: without it, there is none.
func nemesisField() field[Scenario] {
	f := field[Scenario]{member: member{
		name: "nemesis", form: formOf(nemesisFields),
		about: fmt.Sprintf("faults drawn from the seed, %d in a run at most", fault.DrawnMax),
	}}
	f.read = func(r *reader, n *node, into *Scenario) {
		if n == nil {
			return
		}
		if n.shape != table {
			r.refuse(n, "a table, [nemesis]")
			return
		}
		plan := &fault.Plan{Kinds: alike()}
		before := len(r.mistakes)
		if readTable(r, nemesisFields, n, plan); len(r.mistakes) == before {
			r.checkPlan(n, plan)
		}
		into.Cluster.Nemesis = plan
	}
	f.write = func(w *writer, n *node, from *Scenario) {
		if plan := from.Cluster.Nemesis; plan != nil {
			w.header("[nemesis]")
			writeTable(w, nemesisFields, n, plan)
		}
	}
	return f
}

// checkPlan notes a nemesis that never draws, does nothing else, or has nothing to draw.
func (r *reader) checkPlan(n *node, p *fault.Plan) {
	end := r.scenario.Cluster.Duration
	if start := n.child("start"); start != nil && end != 0 && p.Start >= vtime.Time(end) {
		r.refuse(start, "less than duration, which is %s", end)
	}
	if _, most := p.Every.Bounds(); most == 0 {
		r.refuse(n.child("every"), "more than 0s: faults without a pause leave no run to look at")
	}
	if stop := n.child("stop"); stop != nil && p.Stop <= p.Start {
		r.refuse(stop, "more than start, which is %s", p.Start.Sub(0))
	}
	r.checkClocks(n.child("kinds"), p)
}

// checkClocks notes what is to be drawn of clocks, and is not where leases rely on them. Kinds of
// which nothing is said are without.
func (r *reader) checkClocks(kinds *node, p *fault.Plan) {
	s := r.scenario
	always := s.Cluster.Server.Reads == server.ReadLease
	others := p.Kinds
	others[record.ClockJump] = 0
	if always && s.Cluster.Rho == 0 {
		others[record.ClockDrift] = 0
	}
	switch {
	case !s.mayLease():
	case kinds == nil && always:
		p.Kinds = others
	case kinds == nil:
	case others == (fault.Weights{}), always && p.Kinds[record.ClockJump] != 0:
		r.refuse(kinds, "none but other kinds: where reads rely on leases, no clock jumps")
	case always && s.Cluster.Rho == 0 && p.Kinds[record.ClockDrift] != 0:
		r.refuse(kinds, "no clock_drift, or more than 0 for [clock] rho, which leases allow for")
	}
}

// maxDown is whether a majority may be down.
var maxDown = kind[bool]{
	form: word("minority", "any").form,
	read: func(r *reader, n *node) (bool, bool) {
		v, ok := word("minority", "any").read(r, n)
		return v == "any", ok
	},
	write: func(majority bool) string {
		if majority {
			return `"any"`
		}
		return `"minority"`
	},
}

func kindNames() []string {
	var names []string
	for _, k := range fault.Kinds() {
		names = append(names, k.String())
	}
	return names
}

// alike is weights that make all kinds as likely.
func alike() (weights fault.Weights) {
	for _, k := range fault.Kinds() {
		weights[k] = 1
	}
	return weights
}

// faultWeights is {crash = 3, ...}.
var faultWeights = kind[fault.Weights]{
	form: form{want: "weights such as {crash = 3, partition = 1}", example: "{crash = 3}",
		schema: jsonSchema{"type": "object", "not": allZero(),
			"propertyNames":        jsonSchema{"enum": kindNames()},
			"additionalProperties": weight.schema}},
	read: func(r *reader, n *node) (weights fault.Weights, ok bool) {
		if n.shape != table || len(n.children) == 0 {
			return weights, r.refuse(n, "weights such as {crash = 3, partition = 1}")
		}
		ok = true
		for _, c := range n.children {
			i := slices.Index(kindNames(), c.key)
			if i < 0 {
				r.note(c.at, "unknown kind %q, want %s%s", brief(c.key), either(kindNames()),
					didYouMean(c.key, kindNames()))
				ok = false
				continue
			}
			v, fine := weight.read(r, c)
			weights[fault.Kinds()[i]], ok = v, ok && fine
		}
		return weights, ok && (weights != fault.Weights{} || r.refuse(n, "a weight above 0"))
	},
	write: func(weights fault.Weights) string {
		var texts []string
		for _, k := range fault.Kinds() {
			if weights[k] > 0 {
				texts = append(texts, fmt.Sprintf("%v = %d", k, weights[k]))
			}
		}
		return "{" + strings.Join(texts, ", ") + "}"
	},
}
