package scenario

import (
	"math"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/cluster"
	"raftkv/sim/fault"
	"raftkv/sim/mark"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// schema is all that a scenario file can say. Fields are read in this order, so that one can depend
// on those above it.
var schema = []field[Scenario]{
	key("num_nodes", "5", "how many servers there are: n1, n2, ...",
		integer[int](1, raft.MaxServers),
		func(s *Scenario) *int { return &s.Cluster.Servers }).
		called("nodes servers num_servers replicas cluster_size"),
	key("num_clients", "3", "how many clients there are: c1, c2, ...", integer[uint32](0, 1000),
		func(s *Scenario) *uint32 { return &s.Cluster.Clients }).
		called("clients"),
	key("name", "", "what verdicts call it; without one, the file's name", title,
		func(s *Scenario) *string { return &s.Name }),
	key("description", "", "what it shows", text,
		func(s *Scenario) *string { return &s.Description }),
	key("seed", "", "of all chance; without one, -seed or a fresh one", seed,
		func(s *Scenario) **uint64 { return &s.Seed }).
		called("random_seed"),
	key("duration", `"60s"`, "the virtual time after which a run that is not over heals", positive,
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Duration }).
		called("length run_time max_time"),
	settleField(),
	key("heal", `"all"`, "what heals then: all, or a core, a majority that is named or drawn; "+
		"the rest stays as broken as it is", heal,
		func(s *Scenario) *cluster.Heal { return &s.Cluster.Heal }).
		called("core"),
	key("max_events", "10_000_000", "a run that needs more, or a million at once, is undecided",
		integer[uint64](1, math.MaxInt64),
		func(s *Scenario) *uint64 { return &s.Cluster.MaxEvents }).
		called("events"),
	section("raft", "the protocol and its timers", raftFields, checkRaft),
	regionsField(),
	section("network", "the messages between servers, and to and from clients", networkFields, nil),
	section("storage", "the servers' disks", storageFields, nil),
	section("clock", "the servers' clocks", clockFields, nil),
	list("server", "what differs on one server", serverFields, checkServer,
		func(s *Scenario) *[]cluster.Own { return &s.Cluster.Own }),
	section("store", "the key-value store", storeFields, nil),
	section("workload", "what the clients ask for", workloadFields, checkWorkload),
	list("fault", "what goes wrong, on purpose", faultFields, checkFault,
		func(s *Scenario) *[]fault.Fault { return &s.Cluster.Faults }).
		called("faults"),
	nemesisField(),
	section("checks", "the judges: each can be switched off", checkFields(), nil).
		called("check judges"),
	section("expect", "what a run must show to pass", expectFields, checkExpect),
	later[Scenario]("message", "what becomes of single messages", messages),
}

var raftFields = []field[Scenario]{
	key("heartbeat", `"50ms"`, "from one heartbeat of a leader to the next (§5.2)",
		orOff(timer, 0, func(d vtime.Duration) bool { return d == 0 }),
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Server.Heartbeat }).
		called("heartbeat_interval heartbeat_timeout"),
	key("election_timeout", `{min = "150ms", max = "300ms"}`,
		"how long a server waits for a leader, or for votes (§5.2)",
		orOff(minMax(timer), choice.Constantly(0), isNever),
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Server.ElectionTimeout }).
		called("election election_interval"),
	key("first_leader", `"n1"`, "who stands for election at time 0", serverName("none"),
		func(s *Scenario) *raft.ServerID { return &s.Cluster.FirstLeader }).
		called("leader"),
	ranged("batch_max", "64", "how many entries one AppendEntries carries",
		integer[int](1, 10_000),
		func(s *Scenario) *int { return &s.Cluster.Server.Raft.BatchMax },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.BatchMax }),
	oneOf("pre_vote", "true",
		"whether a server asks if it can win an election before it stands (§9.6); "+
			"drawn, all do, none or some",
		yesOrNo,
		func(s *Scenario) *bool { return &s.Cluster.Server.Raft.PreVote },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.PreVote }).
		called("prevote"),
	oneOf("check_quorum", "true",
		"whether a leader steps down without a majority (§6.2), and nobody deposes one that has "+
			"it; drawn, likewise",
		yesOrNo,
		func(s *Scenario) *bool { return &s.Cluster.Server.Raft.CheckQuorum },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.Quorum }).
		called("quorum_check"),
	later[Scenario]("snapshot_every", "how many entries a log keeps (§7)",
		orOff(integer[int](1, maxCount), 0, func(n int) bool { return n == 0 })),
	ranged("inflight_max", "16",
		"how many AppendEntries with entries are on their way to one follower at once (§10.2.2)",
		integer[int](1, 10_000),
		func(s *Scenario) *int { return &s.Cluster.Server.Raft.InflightMax },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.Inflight }).
		called("pipeline max_inflight"),
	ranged("inflight_bytes", "1_000_000", "and how many bytes of commands; the last one goes whole",
		integer[int](1, math.MaxInt32),
		func(s *Scenario) *int { return &s.Cluster.Server.Raft.InflightBytes },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.InflightBytes }),
	ranged("proposals_max", "10_000",
		"how many entries can wait to be committed before a leader refuses more",
		integer[int](1, maxCount),
		func(s *Scenario) *int { return &s.Cluster.Server.Raft.ProposalsMax },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.Proposals }).
		called("max_proposals uncommitted_max"),
	oneOf("reads", `"log"`, "how a get is answered: as an entry, or by the leader alone (§6.4)",
		[]option[server.Reads]{
			{"log", server.ReadLog}, {"read_index", server.ReadIndex}, {"lease", server.ReadLease},
		},
		func(s *Scenario) *server.Reads { return &s.Cluster.Server.Reads },
		func(s *Scenario) *cluster.Range { return &s.Cluster.Ranges.Reads }),
}

var yesOrNo = []option[bool]{{false, false}, {true, true}}

func isNever(d choice.Distribution) bool { return d.Kind == choice.Constant }

// checkRaft notes timers and options that do not fit together.
func checkRaft(r *reader, n *node, s *Scenario) {
	r.checkTimers(n, s)
	r.checkQuorum(n, s)
}

// checkQuorum notes a table that switches off what leases rely on (§6.4.1). A run that draws
// whether there is check_quorum has it where it has leases.
func (r *reader) checkQuorum(n *node, s *Scenario) {
	c := n.child("check_quorum")
	switch {
	case c == nil || c.value == true:
	case s.Cluster.Server.Reads == server.ReadLease:
		r.refuse(c, `true, as reads = "lease" needs it on every server`)
	case c.value == false && s.mayLease():
		r.refuse(c, `true, as reads = "random" draws leases too, which need it on every server`)
	}
}

// mayLease tells whether a run may have leases.
func (s *Scenario) mayLease() bool {
	return s.Cluster.Server.Reads == server.ReadLease || s.Cluster.Ranges.Reads != cluster.Range{}
}

// checkTimers notes heartbeats too rare to keep an election timeout from running out (§5.6).
func (r *reader) checkTimers(n *node, s *Scenario) {
	heartbeat := s.Cluster.Server.Heartbeat
	low, _ := s.Cluster.Server.ElectionTimeout.Bounds()
	if heartbeat == 0 || low == 0 || low > int64(heartbeat) { // zero is off, or a mistake
		return
	}
	said := n.child("heartbeat")
	if timeout := n.child("election_timeout"); timeout.child("min") != nil {
		r.refuse(timeout.child("min"), "more than heartbeat, which is %s", heartbeat)
	} else if said != nil {
		r.refuse(said, "less than election_timeout.min, which is %s", vtime.Duration(low))
	}
}

var storageFields = []field[Scenario]{
	key("fsync", `"1ms"`, "how long a sync takes", dist,
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Server.Disk.Fsync }).
		called("sync fsync_latency"),
	key("lose_unsynced", "true", "whether a crash loses what is not synced", boolean,
		func(s *Scenario) *bool { return &s.Cluster.Server.Disk.LoseUnsynced }).
		called("lost lose"),
	later[Scenario]("reorder", "whether a crash keeps any of the unsynced writes", boolean),
	later[Scenario]("torn", "how likely a crash tears the last write", ratio),
	later[Scenario]("rot", "how likely a durable record is damaged", ratio),
	later[Scenario]("misdirect", "how likely a write goes to another place", ratio),
	later[Scenario]("io_error", "how likely a write fails", ratio),
	key("lie_sync", "0.0", "how likely a sync makes nothing durable, and says it did", ratio,
		func(s *Scenario) *choice.Ratio { return &s.Cluster.Server.Disk.LieSync }).
		called("lying_sync fsync_lies"),
	later[Scenario]("capacity", "how much a disk holds", byteCount),
	later[Scenario]("unrestricted", "whether damage may strike more than a minority", boolean),
}

var storeFields = []field[Scenario]{
	key("sessions_max", "1000", "how many clients' sessions there can be at once (§6.3)",
		integer[int](1, maxCount),
		func(s *Scenario) *int { return &s.Cluster.Server.Store.SessionsMax }).
		called("sessions max_sessions"),
}

// judges are the names that [checks] and [expect] know, and what each convicts. They are written
// out, because what a scenario is must not depend on who judges its runs.
var judges = []struct{ name, convicts string }{
	{"election_safety", "two leaders of one term"},
	{"leader_append_only", "a leader that rewrites its own log"},
	{"log_matching", "two logs with one index and term that differ up to there"},
	{"leader_completeness", "a leader that lacks what a lower term committed"},
	{"state_machine_safety", "two servers that apply different entries at one index"},
	{"acknowledged", "an answer that the committed log does not bear out"},
	{"agreement", "running servers that end with different stores"},
	{"linearizability", "answers that fit no order of the requests"},
	{"finished", "requests without an end when the time is over, where nothing heals then"},
	{"no_panic", "a server whose protocol code panics"},
	{"durability", "a promise that leaves before it is on disk, or a disk that forgets"},
	{"monotonic", "a term, commit index or applied index that falls"},
	{"vote_once", "two votes of one server in one term for different candidates"},
	{"vote_up_to_date", "a vote for a candidate whose log is behind the voter's"},
	{"elected_by_majority", "a leader without the votes of a majority"},
	{"commit_own_term", "a leader that commits an entry of an earlier term by counting"},
	{"commit_durable", "a leader that commits what no majority of disks has held"},
	{"commit_verified", "a follower that commits beyond what its leader verified"},
	{"append_agrees", "a follower whose log leaves that of its term's leader"},
	{"sessions", "a retry that takes effect twice, or a refusal without a reason"},
	{"validity", "a committed command that no client has asked for"},
	{"read_current", "a read without an entry that misses what was committed"},
	{"liveness", "a healed cluster that does not settle: no leader, open requests, servers behind"},
}

func judgeNames() []string {
	var names []string
	for _, j := range judges {
		names = append(names, j.name)
	}
	return names
}

// checkFields has a switch for every judge.
func checkFields() []field[Scenario] {
	var fields []field[Scenario]
	for _, j := range judges {
		f := key("", "true", "convicts "+j.convicts, boolean,
			func(*Scenario) *bool { return new(bool) })
		f.name = j.name
		f.read = func(r *reader, n *node, s *Scenario) {
			if on, ok := boolean.read(r, n); ok && !on {
				s.ChecksOff = append(s.ChecksOff, j.name)
			}
		}
		f.write = func(w *writer, n *node, s *Scenario) {
			w.line(j.name, boolean.write(s.checked(j.name)), n)
		}
		fields = append(fields, f)
	}
	return fields
}

var expectFields = []field[Scenario]{
	key("result", `"pass"`, "whether no judge convicts it, or one must", word("pass", "fail"),
		func(s *Scenario) *string { return &s.Expect.Result }),
	key("check", "", "which judge must convict it, where the result is fail", word(judgeNames()...),
		func(s *Scenario) *string { return &s.Expect.Check }),
	key("min_answered_ratio", "0.0", "how many of the requests are answered, at least", ratio,
		func(s *Scenario) *choice.Ratio { return &s.Expect.MinAnsweredRatio }),
	key("min_leaders", "0", "how many elections are won, at least", integer[int](0, maxCount),
		func(s *Scenario) *int { return &s.Expect.MinLeaders }),
	key("max_leaders", "", "and at most", optional(integer[int](1, maxCount)),
		func(s *Scenario) *int { return &s.Expect.MaxLeaders }),
	key("at_least", "", "how often a run must show marks", atLeast,
		func(s *Scenario) *[]MarkTimes { return &s.Expect.AtLeast }),
	key("at_most", "", "and how often it may show them at most", atMost,
		func(s *Scenario) *[]MarkTimes { return &s.Expect.AtMost }),
	later[Scenario]("max_unavailable", "the longest time without an answer", positive),
	key("sometimes", "", "marks of which each must occur in some run of a sweep", marks,
		func(s *Scenario) *[]mark.Mark { return &s.Expect.Sometimes }),
}

// checkExpect notes expectations that no run can meet.
func checkExpect(r *reader, n *node, s *Scenario) {
	e := &s.Expect
	if e.Check != "" && e.Result == "pass" {
		r.refuse(n.child("check"), "it only with result = \"fail\"")
	}
	if off := n.child("check"); off != nil && e.Check != "" && !s.checked(e.Check) {
		r.refuse(off, "a check that is on: [checks] switches it off")
	}
	if e.MaxLeaders != 0 && e.MaxLeaders < e.MinLeaders {
		r.refuse(n.child("max_leaders"), "%d or more, which is min_leaders", e.MinLeaders)
	}
	for _, least := range e.AtLeast {
		for _, most := range e.AtMost {
			if most.Mark == least.Mark && most.Times < least.Times {
				r.refuse(n.child("at_most").child(most.Mark.String()),
					"%d or more, which is at_least", least.Times)
			}
		}
	}
}
