package scenario

import (
	"strconv"

	"pgregory.net/rapid"

	"raftkv/sim/choice"
	"raftkv/sim/cluster"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/server"
)

func (w *author) raft() {
	s := &w.want.Cluster.Server
	w.line("[raft]")
	if w.says("timers") {
		s.Heartbeat = w.span("heartbeat", shortestTimer)
		min := s.Heartbeat + w.span("min", 1)
		max := min + w.span("spread", 0)
		s.ElectionTimeout = choice.UniformBetween(int64(min), int64(max))
		w.line("election_timeout = {min = %q, max = %q}", min, max)
		w.line("heartbeat = %q", s.Heartbeat)
	}
	if w.says("first_leader") {
		w.want.Cluster.FirstLeader = w.server("first_leader")
		w.line("first_leader = %q", w.want.Cluster.FirstLeader)
	}
	ranges := &w.want.Cluster.Ranges
	w.intOrRange("batch_max", &s.Raft.BatchMax, &ranges.BatchMax)
	w.intOrRange("inflight_max", &s.Raft.InflightMax, &ranges.Inflight)
	w.intOrRange("inflight_bytes", &s.Raft.InflightBytes, &ranges.InflightBytes)
	w.intOrRange("proposals_max", &s.Raft.ProposalsMax, &ranges.Proposals)
	if i := w.oneOf("reads", `"log"`, `"read_index"`, `"lease"`, `"random"`); i == 3 {
		ranges.Reads = cluster.Range{Max: 2}
	} else if i >= 0 {
		s.Reads = server.Reads(i)
	}
	w.switches("pre_vote", &s.Raft.PreVote, &ranges.PreVote)
	if w.mayLease() {
		w.taken = append(w.taken, "check_quorum") // it is on, which is its default
	}
	w.switches("check_quorum", &s.Raft.CheckQuorum, &ranges.Quorum)
	w.taken = nil
}

func (w *author) mayLease() bool {
	c := &w.want.Cluster
	return c.Server.Reads == server.ReadLease || c.Ranges.Reads.Max != 0
}

// intOrRange writes a number or a range, or leaves both to the default.
func (w *author) intOrRange(key string, number *int, within *cluster.Range) {
	switch rapid.IntRange(0, 2).Draw(w.t, key) {
	case 0:
		*number = w.int(key, 1, 10_000)
	case 1:
		*number, *within = 0, w.ends(key, 1, 10_000, strconv.Itoa)
	}
}

// oneOf writes one of the values, and returns which; -1 if it leaves it to the default.
func (w *author) oneOf(key string, values ...string) int {
	if !w.says(key) {
		return -1
	}
	i := rapid.IntRange(0, len(values)-1).Draw(w.t, key)
	w.line("%s = %s", key, values[i])
	return i
}

// switches writes whether an option is on, or that each run draws it.
func (w *author) switches(key string, on *bool, within *cluster.Range) {
	switch w.oneOf(key, "false", "true", `"random"`) {
	case 0:
		*on = false
	case 1:
		*on = true
	case 2:
		*on, *within = false, cluster.Range{Max: 1}
	}
}

// mayDraw tells whether weights may say something of that kind.
func (w *author) mayDraw(k fault.Kind) bool {
	c := &w.want.Cluster
	leases := c.Server.Reads == server.ReadLease
	return !leases || k != fault.Kind(record.ClockJump) && (k != fault.Kind(record.ClockDrift) || c.Rho > 0)
}
