package lab

import (
	"fmt"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/vtime"
)

const ms = vtime.Millisecond

func instant(after vtime.Duration) vtime.Time { return vtime.Time(0).Add(after) }

// world is a scenario of five servers in which everything takes the same time always, and n1 sends
// heartbeats every 10 ms: but for the given faults, and what the text says on top.
func world(t testing.TB, clients int, faults, more string) *scenario.Scenario {
	t.Helper()
	return parse(t, "world", fmt.Sprintf(`
num_clients = %d
duration = "3s"
settle = "off"
fault = [%s]
checks = {finished = false}
[raft]
heartbeat = "10ms"
[network]
latency = "5ms"
[workload]
requests_per_client = 1000
think_time = "3ms"
timeout = "300ms"
%s`, clients, faults, more))
}

// tale is the records of a run, in order.
type tale []record.Record

// tell runs the scenario, and returns its records; no judge may convict it.
func tell(t testing.TB, s *scenario.Scenario, seed uint64) (all tale) {
	t.Helper()
	r := new(Lab).Run(s, seed, func(r *record.Record) { all = append(all, *r) })
	if r.Violation != nil || r.Ending.CutShort() {
		t.Fatalf("seed %d: %v, %+v", seed, r.Ending, r.Violation)
	}
	return all
}

func (a tale) where(holds func(*record.Record) bool) (some tale) {
	for i := range a {
		if holds(&a[i]) {
			some = append(some, a[i])
		}
	}
	return some
}

func (a tale) of(kind record.Kind) tale {
	return a.where(func(r *record.Record) bool { return r.Kind == kind })
}

// at returns what happens to a server, or what it does.
func (a tale) at(id raft.ServerID) tale {
	return a.where(func(r *record.Record) bool {
		return r.Kind == record.Delivered && r.Peer == id ||
			r.Kind != record.Delivered && r.Kind != record.Lost && r.Server == id
	})
}

// during returns what happens from a time on, and before another.
func (a tale) during(from, to vtime.Duration) tale {
	return a.where(func(r *record.Record) bool { return r.At >= instant(from) && r.At < instant(to) })
}

// first returns the place of the first record of a kind at a server or after that place; it must be
// there.
func (a tale) first(t testing.TB, from int, kind record.Kind, id raft.ServerID) int {
	t.Helper()
	for i := from; i < len(a); i++ {
		if a[i].Kind == kind && a[i].Server == id {
			return i
		}
	}
	t.Fatalf("no %v of %v", kind, id)
	return 0
}

// same returns the records as they would be at another time.
func (a tale) same() tale {
	timeless := append(tale(nil), a...)
	for i := range timeless {
		timeless[i].At, timeless[i].Event = 0, 0
	}
	return timeless
}

// steps are the kinds with which a server begins to do something.
var steps = map[record.Kind]bool{
	record.Delivered: true, record.TimerFired: true, record.Persisted: true,
	record.Proposed: true, record.Refused: true, record.TakenToRead: true,
	record.TransferAsked: true,
}

// owed are the kinds of what a server carries out, one after the other.
var owed = map[record.Kind]bool{
	record.Written: true, record.Held: true, record.Sent: true, record.Applied: true,
	record.Answered: true,
}

// letter is a message, and what became of it.
type letter struct {
	from, to raft.ServerID
	sent     vtime.Time
	lost     vtime.Time // 0: it was not
	why      string
	arrived  []vtime.Time
}

// letters returns all messages between servers in the order of sending.
func (a tale) letters() (all []*letter) {
	type name struct {
		from, to raft.ServerID
		number   uint64
	}
	known := map[name]*letter{}
	for i := range a {
		r := &a[i]
		n := name{r.Server, r.Peer, r.Number}
		switch r.Kind {
		case record.Sent:
			known[n] = &letter{from: r.Server, to: r.Peer, sent: r.At}
			all = append(all, known[n])
		case record.Lost:
			known[n].lost, known[n].why = r.At, r.Text
		case record.Delivered:
			known[n].arrived = append(known[n].arrived, r.At)
		}
	}
	return all
}
