package scenario

import (
	"math"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/vtime"
)

// maxCount bounds numbers that nothing else bounds.
const maxCount = 1_000_000

// schema is all that a scenario file can say. Fields are read in this order, so that one can depend
// on those above it.
var schema = []field{
	key("num_nodes", "5", integer[int](1, raft.MaxServers),
		func(s *Scenario) *int { return &s.Cluster.Servers }),
	key("num_clients", "3", integer[uint32](0, 1000),
		func(s *Scenario) *uint32 { return &s.Cluster.Clients }),
	key("name", "", title, func(s *Scenario) *string { return &s.Name }),
	key("description", "", text, func(s *Scenario) *string { return &s.Description }),
	key("seed", "", seed, func(s *Scenario) **uint64 { return &s.Seed }),
	key("duration", `"60s"`, positive,
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Duration }),
	key("max_events", "10_000_000", integer[uint64](1, math.MaxInt64),
		func(s *Scenario) *uint64 { return &s.Cluster.MaxEvents }),
	later("settle"),
	{name: "raft", fields: raftFields, read: (*reader).checkTimers},
	{name: "network", fields: networkFields},
	{name: "storage", fields: storageFields},
	{name: "workload", fields: workloadFields},
	{name: "fault", read: (*reader).faults},
	{name: "checks", fields: checkFields()},
	{name: "expect", fields: expectFields, read: (*reader).checkExpect},
	later("server"),
	later("regions"),
	later("clock"),
	later("message"),
	later("nemesis"),
}

var raftFields = []field{
	key("heartbeat", `"50ms"`, orOff(positive, 0),
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Server.Heartbeat }),
	key("election_timeout", `{min = "150ms", max = "300ms"}`,
		orOff(minMax(positive), choice.Constantly(0)),
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Server.ElectionTimeout }),
	key("first_leader", `"n1"`, serverName("none"),
		func(s *Scenario) *raft.ServerID { return &s.Cluster.FirstLeader }),
	key("batch_max", "64", integer[int](1, 10_000),
		func(s *Scenario) *int { return &s.Cluster.Server.Raft.BatchMax }),
	later("pre_vote"),
	later("check_quorum"),
	later("snapshot_every"),
	later("inflight_max"),
	later("reads"),
}

// checkTimers notes heartbeats too rare to keep an election timeout from running out (§5.6).
func (r *reader) checkTimers(n *node) {
	heartbeat := r.scenario.Cluster.Server.Heartbeat
	low, _ := r.scenario.Cluster.Server.ElectionTimeout.Bounds()
	if heartbeat == 0 || low == 0 || low > int64(heartbeat) { // zero is off, or a mistake
		return
	}
	if timeout := n.child("election_timeout"); timeout != nil {
		r.refuse(timeout.child("min"), "more than heartbeat, which is %s", heartbeat)
		return
	}
	r.refuse(n.child("heartbeat"), "less than election_timeout.min, which is %s",
		vtime.Duration(low))
}

var networkFields = []field{
	key("latency", `{dist = "uniform", min = "1ms", max = "10ms"}`, dist,
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Network.Latency }),
	key("loss", "0.0", ratio,
		func(s *Scenario) *choice.Ratio { return &s.Cluster.Network.Loss }),
	key("duplicate", "0.0", ratio,
		func(s *Scenario) *choice.Ratio { return &s.Cluster.Network.Duplicate }),
	later("bandwidth"),
	later("link"),
}

var storageFields = []field{
	key("fsync", `"1ms"`, dist,
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Server.Disk.Fsync }),
	key("lose_unsynced", "true", boolean,
		func(s *Scenario) *bool { return &s.Cluster.Server.Disk.LoseUnsynced }),
	later("reorder"),
	later("torn"),
	later("rot"),
	later("misdirect"),
	later("io_error"),
	later("lie_sync"),
	later("capacity"),
	later("unrestricted"),
}

var workloadFields = []field{
	key("keys", `["a", "b", "c", "d", "e"]`, keys,
		func(s *Scenario) *[]string { return &s.Cluster.Client.Keys }),
	key("requests_per_client", "5", integer[uint32](0, maxCount),
		func(s *Scenario) *uint32 { return &s.Cluster.Client.Requests }),
	key("think_time", `"0s"`, dist,
		func(s *Scenario) *choice.Distribution { return &s.Cluster.Client.ThinkTime }),
	key("timeout", `"1s"`, positive,
		func(s *Scenario) *vtime.Duration { return &s.Cluster.Client.Timeout }),
	key("mix", `{put = 1, get = 1, delete = 1}`, mix,
		func(s *Scenario) *client.Mix { return &s.Cluster.Client.Mix }),
	later("arrivals"),
	later("retry"),
	later("route"),
	later("value_size"),
	later("script"),
}

// judges are the names that [checks] and [expect] know. They are written out, because what a
// scenario is must not depend on who judges its runs.
var judges = []string{
	"election_safety", "leader_append_only", "log_matching", "leader_completeness",
	"state_machine_safety", "acknowledged", "agreement", "linearizability", "finished",
	"no_panic",
}

// checkFields has a switch for every judge.
func checkFields() []field {
	var fields []field
	for _, name := range judges {
		fields = append(fields, field{name: name, read: func(r *reader, n *node) {
			if on, ok := boolean(r, n); ok && !on {
				r.scenario.ChecksOff = append(r.scenario.ChecksOff, name)
			}
		}})
	}
	return fields
}

var expectFields = []field{
	key("result", `"pass"`, word("pass", "fail"),
		func(s *Scenario) *string { return &s.Expect.Result }),
	key("check", "", word(judges...), func(s *Scenario) *string { return &s.Expect.Check }),
	key("min_answered_ratio", "", ratio,
		func(s *Scenario) *choice.Ratio { return &s.Expect.MinAnsweredRatio }),
	key("min_leaders", "", integer[int](0, maxCount),
		func(s *Scenario) *int { return &s.Expect.MinLeaders }),
	key("max_leaders", "", integer[int](1, maxCount),
		func(s *Scenario) *int { return &s.Expect.MaxLeaders }),
	later("max_unavailable"),
	later("sometimes"),
}

// checkExpect notes expectations that no run can meet.
func (r *reader) checkExpect(n *node) {
	e := &r.scenario.Expect
	if e.Check != "" && e.Result == "pass" {
		r.refuse(n.child("check"), "it only with result = \"fail\"")
	}
	if e.MaxLeaders != 0 && e.MaxLeaders < e.MinLeaders {
		r.refuse(n.child("max_leaders"), "%d or more, which is min_leaders", e.MinLeaders)
	}
}
