package lab

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
)

// TestRandomWorldsAreNotConvicted: whatever goes wrong around correct servers, no judge convicts
// them, none is left undecided, and the run is the same when it is run again. What stays broken heals in
// the end, or a core of it: then the servers are live, unless something excuses them.
func TestRandomWorldsAreNotConvicted(t *testing.T) {
	var used Lab
	endings, excused := map[record.Ending]int{}, 0
	rapid.Check(t, func(t *rapid.T) {
		text := randomWorld(t)
		s, err := scenario.Parse("random.toml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		seed := rapid.Uint64().Draw(t, "seed")
		r := used.Run(s, seed, nil)
		if r.Status != Pass {
			t.Fatalf("seed %d: %s %+v, %v\n%s", seed, r.Status, r.Violation, r.Ending, text)
		}
		endings[r.Ending]++
		excused += len(r.Excused)
		if len(r.Excused) > 0 && s.Cluster.Excuse().Why == "" {
			t.Fatalf("seed %d: %+v\n%s", seed, r.Excused, text)
		}
		if again := new(Lab).Run(s, seed, nil); again.Hash != r.Hash {
			t.Fatalf("seed %d: %v, then %v\n%s", seed, r.Hash, again.Hash, text)
		}
	})
	t.Log(endings, excused)
	if endings[record.Mended] < 10 || excused > endings[record.Mended] {
		t.Errorf("the runs ended because %v, and %d are excused", endings, excused)
	}
}

func randomWorld(t *rapid.T) string {
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	nodes := number("num_nodes", 1, 7)
	var b strings.Builder
	fmt.Fprintf(&b, "num_nodes = %d\nnum_clients = %d\n", nodes, number("num_clients", 0, 5))
	haunted := rapid.IntRange(0, 2).Draw(t, "nemesis") == 0
	fmt.Fprintf(&b, "duration = \"10s\"\nheal = %q\n",
		rapid.SampledFrom([]string{"all", "core", "random"}).Draw(t, "heal"))
	shortest := number("election_timeout", 40, 150) // the short ones go through many terms
	if rapid.Bool().Draw(t, "patient") {
		shortest = 1000 // by which all are live, whatever the latencies below
	}
	fmt.Fprintf(&b, "[raft]\nbatch_max = %d\nfirst_leader = %q\nheartbeat = \"20ms\"\n",
		number("batch_max", 1, 8), rapid.SampledFrom([]string{"n1", "none"}).Draw(t, "first"))
	fmt.Fprintf(&b, "election_timeout = {min = \"%dms\", max = \"%dms\"}\n", shortest, 2*shortest)
	leases := randomOptions(t, &b, nodes)
	fmt.Fprintf(&b, "[network]\nlatency = %s\nloss = %s\nduplicate = %s\n",
		spread(number("latency", 0, 200)), percent(number("loss", 0, 30)),
		percent(number("duplicate", 0, 30)))
	fmt.Fprintf(&b, "fifo = %v\n", rapid.Bool().Draw(t, "fifo"))
	if rapid.Bool().Draw(t, "tail") {
		fmt.Fprintf(&b, "tail = {rate = 0.06, by = %s}\n", spread(800))
	}
	if rapid.Bool().Draw(t, "narrow") {
		fmt.Fprintf(&b, "bandwidth = %d\n", number("bandwidth", 1000, 100_000))
	}
	if nodes > 1 && rapid.Bool().Draw(t, "far") {
		fmt.Fprintf(&b, "[[network.link]]\nfrom = \"far\"\nto = \"n2\"\nloss = 0.5\n")
		fmt.Fprintf(&b, "latency = %s\n[regions]\nn1 = \"far\"\n", spread(number("far", 0, 200)))
	}
	fmt.Fprintf(&b, "[storage]\nfsync = %s\nlose_unsynced = %v\n",
		spread(number("fsync", 0, 60)), rapid.Bool().Draw(t, "lose_unsynced"))
	randomClients(t, &b)
	for range number("faults", 0, 10) {
		randomFault(t, &b, nodes, leases)
	}
	for range number("power losses", 0, 4) {
		powerLoss(&b, nodes, number("power loss", 0, 4000))
	}
	if haunted {
		b.WriteString(randomNemesis(t, b.String()))
	}
	return b.String()
}

// randomOptions are options of the protocol, on single servers too, and the servers' clocks. It returns
// whether reads may rely on leases: then clocks are as good as leases need them.
func randomOptions(t *rapid.T, b *strings.Builder, nodes int) (leases bool) {
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	option := func(name string, values ...string) string {
		value := rapid.SampledFrom(values).Draw(t, name)
		fmt.Fprintf(b, "%s = %s\n", name, value)
		return value
	}
	reads := option("reads", `"log"`, `"read_index"`, `"lease"`, `"random"`)
	leases = reads == `"lease"` || reads == `"random"`
	option("pre_vote", "true", "false", `"random"`)
	if !leases {
		option("check_quorum", "true", "false", `"random"`)
	}
	fmt.Fprintf(b, "inflight_max = %d\ninflight_bytes = {min = 1, max = %d}\nproposals_max = {min = %d, max = 30}\n",
		number("inflight_max", 1, 5), number("inflight_bytes", 1, 100), number("proposals_max", 1, 30))
	fmt.Fprintf(b, "[clock]\nrho = 0.5\n")
	option("drift", "{min = 0, max = 0}", "{min = -0.1, max = 0.1}", "{min = -0.5, max = 0.5}")
	for id := range nodes {
		if number("a server of its own", 0, 3) == 0 {
			fmt.Fprintf(b, "[[server]]\nname = \"n%d\"\n", id+1)
			option("pre_vote", "true", "false")
			option("check_quorum", "true", map[bool]string{true: "true", false: "false"}[leases])
		}
	}
	return leases
}

// randomClients are clients that may ask again, in sessions of which there are few.
func randomClients(t *rapid.T, b *strings.Builder) {
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
	fmt.Fprintf(b, "[store]\nsessions_max = %d\n", number("sessions_max", 1, 8))
	fmt.Fprintf(b, "[workload]\nkeys = [\"a\", \"b\"]\nrequests_per_client = 15\n")
	fmt.Fprintf(b, "timeout = \"%dms\"\nroute = %q\n", number("timeout", 30, 300),
		rapid.SampledFrom([]string{"leader", "discover"}).Draw(t, "route"))
	if rapid.Bool().Draw(t, "arrivals") {
		fmt.Fprintf(b, "arrivals = {rate = %d}\nlanes_max = %d\n", number("rate", 1, 300),
			number("lanes_max", 1, 5))
	} else {
		fmt.Fprintf(b, "think_time = %s\n", spread(number("think_time", 0, 100)))
	}
	if rapid.Bool().Draw(t, "retry") {
		fmt.Fprintf(b, "retry = \"%dms\"\n", number("retry", 1, 200))
		if rapid.Bool().Draw(t, "give_up") {
			fmt.Fprintf(b, "give_up = \"%dms\"\n", number("give up", 10, 2000))
		}
	}
}

// randomNemesis draws a [nemesis] for a world, that has most of its kinds.
func randomNemesis(t *rapid.T, world string) string {
	var kinds []string
	leases := strings.Contains(world, `reads = "lease"`)
	for _, k := range fault.Kinds() {
		if leases && k == fault.Kind(record.ClockJump) {
			continue
		}
		if weight := rapid.IntRange(0, 3).Draw(t, "weight"); weight > 0 || k == fault.AimedCrash {
			kinds = append(kinds, fmt.Sprintf("%v = %d", k, max(1, weight)))
		}
	}
	return fmt.Sprintf("[nemesis]\nstop = \"%dms\"\nevery = %s\nlasts = %s\nmax_down = %q\nswarm = %v\nkinds = {%s}\n",
		rapid.IntRange(500, 5000).Draw(t, "stop"), spread(rapid.IntRange(10, 500).Draw(t, "every")),
		spread(rapid.IntRange(10, 1500).Draw(t, "lasts")),
		rapid.SampledFrom([]string{"minority", "any"}).Draw(t, "max_down"),
		rapid.Bool().Draw(t, "swarm"), strings.Join(kinds, ", "))
}

// powerLoss crashes all servers at one instant.
func powerLoss(b *strings.Builder, nodes, at int) {
	for id := 1; id <= nodes; id++ {
		fmt.Fprintf(b, "[[fault]]\nat = \"%dms\"\ndo = \"crash\"\nnode = \"n%d\"\nfor = \"%dms\"\n",
			at, id, 10*id)
	}
}

func spread(most int) string {
	return fmt.Sprintf("{dist = \"uniform\", min = \"0s\", max = \"%dms\"}", most)
}

func percent(p int) string { return fmt.Sprintf("%d.%02d", p/100, p%100) }

func randomFault(t *rapid.T, b *strings.Builder, nodes int, leases bool) {
	verbs := []string{"crash", "restart", "pause", "resume", "isolate", "heal", "slow_link", "clog", "loss",
		"duplicate", "slow_disk", "stall_disk", "slow_cpu", "clock_drift", "transfer_leader"}
	if !leases {
		verbs = append(verbs, "clock_jump")
	}
	if nodes > 1 {
		verbs = append(verbs, "cut", "partition")
	}
	do := rapid.SampledFrom(verbs).Draw(t, "do")
	fmt.Fprintf(b, "[[fault]]\ndo = %q\n", do)
	if rapid.IntRange(0, 3).Draw(t, "waits") == 0 {
		when := rapid.SampledFrom([]string{
			"written", "persisted n1", "held", "sent n1", "committed", "applied n1", "leader_elected",
			"became_candidate", "fault_began", "restarted", "message_lost",
		}).Draw(t, "when")
		fmt.Fprintf(b, "when = \"%s #%d\"\n", when, rapid.IntRange(1, 20).Draw(t, "nth"))
	} else {
		fmt.Fprintf(b, "at = \"%dms\"\n", rapid.IntRange(0, 4000).Draw(t, "at"))
	}
	switch do {
	case "heal":
	case "cut":
		fmt.Fprintf(b, "link = {from = \"n1\", to = \"n%d\"}\n", nodes)
	case "partition":
		fmt.Fprintf(b, "groups = [[\"n1\"]]\n")
	case "restart", "resume": // who has a role runs
		fmt.Fprintf(b, "node = %q\n", rapid.SampledFrom([]string{"random", "n1"}).Draw(t, "node"))
	default:
		targets := []string{"leader", "follower", "candidate", "random", "n1"}
		fmt.Fprintf(b, "node = %q\n", rapid.SampledFrom(targets).Draw(t, "node"))
	}
	switch do {
	case "slow_link", "slow_disk":
		fmt.Fprintf(b, "by = %s\n", spread(rapid.IntRange(1, 300).Draw(t, "by")))
	case "slow_cpu":
		fmt.Fprintf(b, "by = %s\n", spread(rapid.IntRange(1, 20).Draw(t, "by")))
	case "loss", "duplicate":
		fmt.Fprintf(b, "rate = 0.3\n")
	case "clock_drift":
		fmt.Fprintf(b, "drift = %s\n", rapid.SampledFrom([]string{"-0.5", "-0.01", "0.2", "0.5"}).Draw(t, "drift"))
	case "clock_jump":
		fmt.Fprintf(b, "jump = %q\n", rapid.SampledFrom([]string{"-2s", "-20ms", "30ms", "1m"}).Draw(t, "jump"))
	}
	lasts := do != "restart" && do != "resume" && do != "heal" && do != "clock_jump" &&
		do != "transfer_leader"
	if lasts && rapid.IntRange(0, 4).Draw(t, "for ever") > 0 {
		fmt.Fprintf(b, "for = \"%dms\"\n", rapid.IntRange(1, 2000).Draw(t, "for"))
	}
}
