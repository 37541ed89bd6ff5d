package scenario

import (
	"slices"

	"raftkv/sim/cluster"
	"raftkv/sim/vtime"
)

const autoWord = "auto"

// settle is how long the second phase lasts: as long as it may take, by itself.
var settle = func() kind[vtime.Duration] {
	span := positive
	span.want += `, "auto"`
	spanOrOff := orOff(span, 0, isOff)
	k := spanOrOff
	k.schema = jsonSchema{
		"anyOf": []jsonSchema{{"enum": []string{autoWord, "off"}}, positive.jsonSchema()},
	}
	k.read = func(r *reader, n *node) (vtime.Duration, bool) {
		if n.value == autoWord {
			return cluster.AutoSettle, true
		}
		return spanOrOff.read(r, n)
	}
	k.write = func(d vtime.Duration) string {
		if d == cluster.AutoSettle {
			return quote(autoWord)
		}
		return spanOrOff.write(d)
	}
	return k
}()

// settleField tells, where a scenario is explained, what "auto" comes to, and what excuses a run
// that does not settle.
func settleField() field[Scenario] {
	f := key("settle", `"auto"`, "how long what has healed has for what is left to do; "+
		"auto: as long as it may take", settle,
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Settle })
	write := f.write
	f.write = func(w *writer, n *node, s *Scenario) {
		if s.Cluster.Settle == cluster.AutoSettle {
			w.aside = s.Cluster.SettleBound().String()
		}
		switch e := s.Cluster.Excuse(); {
		case s.Cluster.Settle == 0, e.Why == "":
		case e.Elections:
			w.remark("elections that come to nothing are excused: " + e.Why)
		default:
			w.remark("liveness is excused: " + e.Why)
		}
		write(w, n, s)
	}
	return f
}

// checkSettle notes a second phase in which a correct cluster may not settle. It depends on all
// that the scenario says of latencies and timeouts.
func (r *reader) checkSettle(root *node) {
	c := &r.scenario.Cluster
	if core := root.child("heal"); core != nil && c.Settle == 0 && c.Heal.Kind != cluster.HealAll {
		r.refuse(core, `it only where settle is not "off": then nothing heals`)
	}
	said := root.child("settle")
	if said == nil || len(r.mistakes) > 0 || c.Settle <= 0 {
		return
	}
	if bound := c.SettleBound(); c.Settle < bound {
		r.refuse(said, "%s or more, as long as it may take by the timeouts and latencies", bound)
	}
}

var healWords = []string{
	cluster.HealAll: "all", cluster.HealCore: "core", cluster.HealRandom: "random",
}

const healWant = `"all", "core", "random" or a majority, such as ["n1", "n2", "n3"]`

// heal is a word, or the servers of the core by name.
var heal = kind[cluster.Heal]{
	form: form{
		want: healWant, example: `"core"`,
		schema: jsonSchema{"anyOf": []jsonSchema{
			{"enum": healWords[1:]}, serverGroup.jsonSchema(),
		}},
	},
	read: func(r *reader, n *node) (cluster.Heal, bool) {
		if n.shape != array {
			name, _ := n.value.(string)
			if which := slices.Index(healWords, name); which > 0 {
				return cluster.Heal{Kind: cluster.HealKind(which)}, true
			}
			return cluster.Heal{}, r.refuse(n, "%s%s", healWant, didYouMean(name, healWords[1:]))
		}
		core, ok := serverGroup.read(r, n)
		if majority := r.servers()/2 + 1; ok && core.Len() < majority {
			return cluster.Heal{}, r.refuse(n, "%d servers or more, a majority", majority)
		}
		return cluster.Heal{Kind: cluster.HealNamed, Core: core}, ok
	},
	write: func(h cluster.Heal) string {
		if h.Kind == cluster.HealNamed {
			return groupText(h.Core)
		}
		return quote(healWords[max(h.Kind, cluster.HealAll)])
	},
}
