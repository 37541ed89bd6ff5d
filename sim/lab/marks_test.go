package lab

import (
	"fmt"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// stormy is a scenario in which nearly everything goes wrong that can, but for the faults that it is
// to be given and the first leader.
const stormy = `
num_nodes = 5
duration = "20s"
%s
[raft]
%s
first_leader = "%s"
election_timeout = {min = "60ms", max = "120ms"}
heartbeat = "20ms"
[network]
latency = {dist = "uniform", min = "1ms", max = "30ms"}
loss = 0.05
duplicate = 0.05
[workload]
requests_per_client = 60
think_time = "10ms"
timeout = "200ms"
`

var storms = []struct{ faults, first, raft string }{
	{`fault = [
		{at = "400ms", do = "crash", node = "leader", for = "300ms"},
		{at = "900ms", do = "pause", node = "leader", for = "400ms"},
		{at = "1200ms", do = "crash", node = "follower", for = "20ms"},
		{at = "1500ms", do = "isolate", node = "leader", for = "500ms"},
		{at = "2200ms", do = "pause", node = "follower", for = "300ms"},
		{at = "2600ms", do = "partition", groups = [["n1", "n2"]], for = "500ms"},
		{at = "3300ms", do = "isolate", node = "follower", for = "500ms"},
		{at = "3900ms", do = "cut", link = {from = "n1", to = "n2"}, for = "100ms"},
		{at = "4s", do = "heal"}]`, "n1", ""},
	{`fault = [
		{at = "500ms", do = "crash", node = "n1"}, {at = "505ms", do = "crash", node = "n2"},
		{at = "510ms", do = "crash", node = "n3"}, {at = "515ms", do = "crash", node = "n4"},
		{at = "520ms", do = "crash", node = "n5"},
		{at = "530ms", do = "restart", node = "n1"}, {at = "530ms", do = "restart", node = "n2"},
		{at = "530ms", do = "restart", node = "n3"}, {at = "530ms", do = "restart", node = "n4"},
		{at = "540ms", do = "restart", node = "n5"},
		{at = "700ms", do = "pause", node = "n1"}, {at = "800ms", do = "resume", node = "n1"}]
	storage = {fsync = "4ms", lose_unsynced = false}`, "n1", ""},
	// Nobody is elected before something happens to who stands.
	{`fault = [
		{at = "118ms", do = "crash", node = "n1", for = "50ms"},
		{at = "118ms", do = "pause", node = "n2", for = "50ms"},
		{at = "118ms", do = "isolate", node = "n3", for = "50ms"}]`, "none", ""},
	{`fault = [{when = "persisted n2 #3", do = "crash", node = "n2", for = "50ms"}]`, "n1", ""},
	// Candidates are rare: the faults strike where they stand, one after the other.
	{faultsOn("candidate", "became_candidate", 1), "none", "pre_vote = false"},
	{faultsOn("leader", "committed", 1), "n1", ""},
	{faultsOn("follower", "committed", 1), "n1", ""},
	{faultsOn("n1", "became_pre_candidate n1", 0), "none", ""},
	{transfers, "n1", `reads = "read_index"`},
	{transfers, "n1", `reads = "lease"`},
	// Figure 2 and nothing beyond, and one proposal at a time.
	{`fault = [{at = "1500ms", do = "isolate", node = "leader", for = "500ms"}]`, "n1",
		"pre_vote = false\ncheck_quorum = false\nproposals_max = 1"},
}

// transfers are leaders that are asked to hand over, also to one who is cut off.
const transfers = `fault = [
		{at = "400ms", do = "transfer_leader", node = "random"},
		{at = "900ms", do = "isolate", node = "n5", for = "1s"},
		{at = "950ms", do = "transfer_leader", node = "n5"},
		{at = "2500ms", do = "isolate", node = "leader", for = "800ms"},
		{at = "3500ms", do = "transfer_leader", node = "follower"}]`

// The verdict tells how many marks a run has, and which of the essential ones it lacks.
func TestMarksInWords(t *testing.T) {
	var r Result
	for _, m := range mark.Essential() {
		r.Marks[m] = 2
	}
	r.Marks[mark.OfKind(record.Started)] = 5 // no combination
	all := len(mark.Combinations())
	want := fmt.Sprintf("%d of %d", len(mark.Essential()), all)
	if got := r.marksInWords(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Marks[mark.TwoLeaders], r.Marks[mark.SplitVote], r.Marks[mark.AllDown] = 0, 0, 1
	want = fmt.Sprintf("%d of %d; not among them: split_vote two_leaders", len(mark.Essential())-1, all)
	if got := r.marksInWords(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// faultsOn strikes a server, or one in that role, with each fault that has an amount or touches links,
// disks and clocks: all when the mark occurs first, or each so many times later than the one before.
func faultsOn(role, when string, later int) string {
	var faults []string
	for i, do := range []string{
		`"slow_link", by = "5ms", for = "20ms"`, `"clog", for = "20ms"`,
		`"loss", rate = 0.5, for = "20ms"`, `"duplicate", rate = 0.5, for = "20ms"`,
		`"slow_disk", by = "5ms", for = "20ms"`, `"stall_disk", for = "20ms"`,
		`"slow_cpu", by = "1ms", for = "20ms"`, `"clock_drift", drift = 0.01, for = "20ms"`,
		`"clock_jump", jump = "5ms"`,
	} {
		faults = append(faults, fmt.Sprintf(`{when = "%s #%d", node = %q, do = %s}`, when, 1+i*later, role, do))
	}
	return "fault = [" + strings.Join(faults, ", ") + "]"
}

func storm(t *testing.T, i int) *scenario.Scenario {
	t.Helper()
	text := fmt.Appendf(nil, stormy, storms[i].faults, storms[i].raft, storms[i].first)
	s, err := scenario.Parse("storm.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rare is what those storms do not make.
var rare = map[mark.Mark]string{
	mark.ElectedLate:     "votes have to be under way for longer than the next election takes",
	mark.TransferRefused: "a leader has to be deposed before it is free to hear of the wish",
}

// What has a name happens: each mark is made by a run that a scenario can have.
func TestEveryMarkOccursInSomeRun(t *testing.T) {
	var l Lab
	var all mark.Counts
	for i := range storms {
		s := storm(t, i)
		for seed := range uint64(20) {
			r := l.Run(s, seed, nil)
			if r.Violation != nil {
				t.Errorf("storm %d, seed %d: %v", i, seed, r.Violation)
			}
			all.Add(&r.Marks)
		}
	}
	clients := parse(t, "hostile-clients", hostileClients)
	for seed := range uint64(40) {
		r := l.Run(clients, seed, nil)
		all.Add(&r.Marks)
	}
	r := l.Run(parse(t, "cut short", "duration = \"10ms\"\nheal = \"core\"\n"), 1, nil)
	all.Add(&r.Marks)
	for _, m := range all.Unseen(mark.All()) {
		if rare[m] == "" && m != mark.OfKind(record.Panicked) {
			t.Errorf("no run has %v", m)
		}
	}
	for m := range rare {
		if all[m] > 0 {
			t.Errorf("%v is not so rare: it occurred %d times", m, all[m])
		}
	}
}

// Messages that arrive twice, or are overtaken, or are of an earlier life, are those that a reader of
// the whole run finds.
func TestMarksOfMessagesAreThoseOfTheWholeRun(t *testing.T) {
	s := storm(t, 0)
	var all mark.Counts
	type id struct {
		from, to raft.ServerID
		number   uint64
	}
	for seed := range uint64(5) {
		lives := map[raft.ServerID]int{}
		sent := map[id][2]int{} // the lives of both ends
		arrived := map[id]bool{}
		highest := map[id]uint64{} // of each link
		began := map[id]vtime.Time{}
		last := map[id]uint64{} // sent on each link
		var want mark.Counts
		r := new(Lab).Run(s, seed, func(r *record.Record) {
			m, link := id{r.Server, r.Peer, r.Number}, id{r.Server, r.Peer, 0}
			switch r.Kind {
			case record.Crashed:
				lives[r.Server]++
			case record.Sent:
				sent[m] = [2]int{lives[r.Server], lives[r.Peer]}
				began[m], last[link] = r.At, r.Number
			case record.Delivered:
				if arrived[m] {
					want[mark.DeliveredTwice]++
				} else if r.Number < highest[link] {
					want[mark.Overtaken]++
				}
				if sent[m][0] < lives[r.Server] {
					want[mark.FromEarlierLife]++
				}
				if sent[m][1] < lives[r.Peer] {
					want[mark.ToLaterLife]++
				}
				if took := r.At.Sub(began[m]); last[link]-r.Number < 64 {
					want[mark.MessageFast] += count(took <= vtime.Millisecond)
					want[mark.MessageSlow] += count(took > 10*vtime.Millisecond)
					want[mark.MessageLate] += count(took > 100*vtime.Millisecond)
				}
				arrived[m], highest[link] = true, max(highest[link], r.Number)
			}
		})
		for _, m := range []mark.Mark{
			mark.DeliveredTwice, mark.Overtaken, mark.FromEarlierLife, mark.ToLaterLife,
			mark.MessageFast, mark.MessageSlow, mark.MessageLate,
		} {
			if r.Marks[m] != want[m] {
				t.Errorf("seed %d: %d %v, want %d", seed, r.Marks[m], m, want[m])
			}
			all[m] += want[m]
		}
	}
	if all[mark.DeliveredTwice] == 0 || all[mark.Overtaken] == 0 ||
		all[mark.FromEarlierLife] == 0 || all[mark.ToLaterLife] == 0 ||
		all[mark.MessageSlow] == 0 || all[mark.MessageLate] == 0 {
		t.Error("the runs are too tame")
	}
}

// count is 1 of what is true.
func count(is bool) uint64 {
	if is {
		return 1
	}
	return 0
}

// readTally counts what became of reads, each known by its client and number.
type readTally struct {
	open              map[raft.ServerID]map[[2]uint32]int // of the server's present life
	answered, dropped uint64
	unknown           int // answers to what was never taken
}

func (a *readTally) observe(r *record.Record) {
	of := [2]uint32{r.Client, r.Operation}
	open := a.open[r.Server]
	switch {
	case r.Kind == record.Crashed || open == nil:
		a.open[r.Server] = map[[2]uint32]int{}
	case r.Kind == record.TakenToRead:
		open[of]++
	case r.Kind == record.Answered && r.EntryTerm == 0:
		if open[of] == 0 {
			a.unknown++
		}
		open[of]--
		a.answered++
	case r.Kind == record.Refused && open[of] > 0:
		open[of]--
		a.dropped++
	}
}

// Reads that are answered, or dropped, are those that a reader of the whole run finds; what is answered
// at once has a lease, and without leases nothing is.
func TestMarksOfReadsAreThoseOfTheWholeRun(t *testing.T) {
	var dropped, rounds uint64
	var leases [3]uint64
	for _, how := range []server.Reads{server.ReadLog, server.ReadIndex, server.ReadLease} {
		s := storm(t, 0)
		s.Cluster.Server.Reads = how
		for seed := range uint64(20) {
			tally := readTally{open: map[raft.ServerID]map[[2]uint32]int{}}
			r := new(Lab).Run(s, seed, tally.observe)
			got := [...]uint64{r.Marks[mark.ReadAnswered], r.Marks[mark.ReadDropped]}
			if got != [...]uint64{tally.answered, tally.dropped} || tally.unknown > 0 {
				t.Errorf("reads %d, seed %d: the marks say %d, want %+v", how, seed, got, tally)
			}
			dropped += tally.dropped
			rounds += r.Marks[mark.ReadAfterRound]
			leases[how] += r.Marks[mark.ReadUnderLease]
		}
	}
	if dropped == 0 || rounds == 0 || leases[server.ReadLease] == 0 || leases[server.ReadIndex] != 0 {
		t.Errorf("%d reads dropped, %d after a round, by lease %v", dropped, rounds, leases)
	}
}

// TestAtLeast: a run that shows a mark less or more often than its scenario expects is not as expected.
func TestAtLeast(t *testing.T) {
	for text, unmet := range map[string]string{
		"at_least = {leader_elected = 1, started = 5}": "",
		"at_least = {started = 6, leader_elected = 1}": "started 6 times or more: it occurred 5 times",
		"at_least = {all_down = 2}":                    "all_down 2 times or more: it occurred 0 times",
		"at_most = {leader_elected = 1, all_down = 0}": "",
		"at_most = {leader_elected = 0}":               "leader_elected 0 times or less: it occurred 1 times",
	} {
		r := new(Lab).Run(parse(t, "f", "[expect]\n"+text), 1, nil)
		if got := strings.Join(r.Unmet, "; "); got != unmet || (r.Status == Unmet) != (unmet != "") {
			t.Errorf("%s: %v, %q, want %q", text, r.Status, got, unmet)
		}
	}
}
