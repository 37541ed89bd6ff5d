package lab

import (
	"fmt"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/scenarios"
	"raftkv/sim/choice"
	"raftkv/sim/cluster"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// with is a built-in scenario with assignments on top, each as -set gives it.
func with(t testing.TB, name string, set ...string) *scenario.Scenario {
	t.Helper()
	data, _ := scenarios.Read(name)
	in := scenario.Input{Name: name + ".toml", Data: data}
	for _, text := range set {
		a, err := scenario.ParseAssignment(text, "-set")
		if err != nil {
			t.Fatal(err)
		}
		in.Set = append(in.Set, a)
	}
	r, err := scenario.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return r.Scenario
}

// TestScenariosMissTheirSubject: without what a scenario is about, no run of it is as it expects.
func TestScenariosMissTheirSubject(t *testing.T) {
	var l Lab
	for _, test := range []struct{ name, set string }{
		{"disruptive-server", "raft.pre_vote=false"},
		{"disruptive-server", "fault=[]"},
		{"deaf-server", "raft.pre_vote=false"},
		{"deaf-server", "raft.check_quorum=false"},
		{"deaf-server", "fault=[]"},
		{"mixed-options", "server=[]"},
		{"mixed-options", "fault=[]"},
		{"stale-read", "raft.reads=log"},
		{"stale-read", "server=[]"},
		{"stale-read", "fault=[]"},
		{"lease-drift", "raft.reads=log"},
		{"lease-drift", "raft.reads=read_index"},
		{"lease-drift", "clock.rho=0.5"},
		{"lease-drift", "fault=[]"},
		{"transfer-under-load", "fault=[]"},
		{"large-cluster", "fault=[]"},
	} {
		s := with(t, test.name, test.set)
		for seed := uint64(1); seed <= 3; seed++ {
			if r := l.Run(s, seed, nil); r.Status == Pass || r.Status == Undecided {
				t.Errorf("%s with %s: seed %d is %s", test.name, test.set, seed, r.Status)
			}
		}
	}
}

// TestDisruptiveServerShows: n5 asks in vain each time that it is cut off, and once more when it is
// back, or not; nobody else ever hears of another term.
func TestDisruptiveServerShows(t *testing.T) {
	shows(t, "disruptive-server", func(all tale, r *Result) string {
		for i := range 5 {
			from := 500*ms + vtime.Duration(i)*vtime.Second
			if all.during(from, from+700*ms).at(5).of(record.BecamePreCandidate) == nil {
				return fmt.Sprintf("n5 does not ask while it is cut off the %d. time", i+1)
			}
		}
		for _, r := range all {
			if r.Term > 1 && r.Kind != record.Sent && r.Kind != record.Lost && r.Kind != record.Delivered {
				return fmt.Sprintf("%v has %v in term %d", r.Server, r.Kind, r.Term)
			}
		}
		if n := all.answers(); n != r.Ops.Total {
			return fmt.Sprintf("%d of %d are answered", n, r.Ops.Total)
		}
		return ""
	})
}

// TestDeafServerShows: n5 never stands; n1 steps down of itself, and nothing but that makes the others
// elect, who answer while it is deaf.
func TestDeafServerShows(t *testing.T) {
	shows(t, "deaf-server", func(all tale, _ *Result) string {
		follower, leader := all.during(vtime.Second, 4*vtime.Second), all.during(5*vtime.Second, 8*vtime.Second)
		down := leader.at(1).of(record.BecameFollower)
		switch {
		case follower.at(5).of(record.BecamePreCandidate) == nil:
			return "n5 does not ask while it is deaf"
		case all.at(5).during(0, 5*vtime.Second).of(record.BecameCandidate) != nil:
			return "n5 stands"
		case follower.answers() == 0 || follower.of(record.BecameFollower).at(1) != nil:
			return "n1 does not lead on"
		case down == nil || down[0].Term != 1 || down[0].At > instant(5*vtime.Second+700*ms):
			return "n1 does not step down in its own term"
		case leader.during(0, down[0].At.Sub(0)).of(record.BecamePreCandidate) != nil:
			return "somebody stands while n1 leads"
		case leader.of(record.BecameLeader) == nil || leader.of(record.BecameLeader).at(1) != nil:
			return "nobody else leads"
		case leader.during(7*vtime.Second, 8*vtime.Second).answers() == 0:
			return "nobody is answered while n1 is deaf"
		}
		return ""
	})
}

// TestMixedOptionsShow: each server asks before it stands, or does not, as it is told; each that leads
// without a majority steps down in its own term, or leads on until another deposes it.
func TestMixedOptionsShow(t *testing.T) {
	stood, quit, deposed := [2]int{}, 0, [6]int{}
	shows(t, "mixed-options", func(all tale, r *Result) string {
		asked, leads := [6]bool{}, [6]raft.Term{}
		for _, r := range all {
			switch r.Kind {
			case record.BecamePreCandidate:
				asked[r.Server] = true
			case record.BecameCandidate:
				if asks := r.Server > 2; asked[r.Server] != asks {
					return fmt.Sprintf("%v stands in term %d: it has asked: %v", r.Server, r.Term, asked[r.Server])
				}
				asked[r.Server] = false
				stood[min(1, r.Server/3)]++
			case record.BecameLeader:
				leads[r.Server] = r.Term
			case record.BecameFollower:
				asked[r.Server] = false
				switch led := leads[r.Server]; {
				case led == r.Term && (r.Server == 1 || r.Server == 3):
					return fmt.Sprintf("%v steps down in term %d, which it leads", r.Server, r.Term)
				case led == r.Term:
					quit++
				case led != 0:
					deposed[r.Server]++
				}
				leads[r.Server] = 0
			case record.Crashed:
				leads[r.Server] = 0
			}
		}
		return ""
	})
	if quit == 0 || deposed[1] == 0 || deposed[3] == 0 {
		t.Errorf("%d stepped down by themselves, those deposed are %v", quit, deposed)
	}
	if stood[0] == 0 || stood[1] == 0 {
		t.Errorf("%d stood without asking, %d having asked", stood[0], stood[1])
	}
}

// TestStaleReadShows: n1 takes the read, which the other leader's clients know to be stale, and answers
// nobody who asks while it is cut off.
func TestStaleReadShows(t *testing.T) {
	shows(t, "stale-read", func(all tale, _ *Result) string {
		cut := all.during(vtime.Second, 5*vtime.Second)
		gone := cut.where(func(r *record.Record) bool {
			return r.Kind == record.Returned && r.Outcome == record.KeyMissing && r.At < instant(4*vtime.Second)
		})
		refused := all.at(1).of(record.Refused)
		switch {
		case gone == nil:
			return "nobody knows that the value is gone"
		case cut.at(1).of(record.TakenToRead) == nil:
			return "n1 does not take the read"
		case cut.at(1).of(record.Answered) != nil:
			return "n1 answers"
		case len(refused) != 1 || refused[0].At < instant(5*vtime.Second):
			return "n1 does not refuse the read when it is back"
		}
		return ""
	})
}

// TestLeaseDriftShows: n1 answers from its lease, when another has led and committed.
func TestLeaseDriftShows(t *testing.T) {
	shows(t, "lease-drift", func(all tale, r *Result) string {
		gone := all.at(2).of(record.Answered)
		stale := all.at(1).of(record.TakenToRead)
		switch {
		case r.Violation == nil || r.Violation.Check.String() != "read_current":
			return "nobody is convicted of the read"
		case gone == nil || stale == nil || gone[0].At > stale[0].At:
			return "the value is not gone yet"
		}
		return ""
	})
}

// TestLeasesWithinRho: what lease-drift shows is asked for all the time around where the lease ends. With
// a rho as large as the drift, which is half, no answer is stale, though n1 does answer when it is cut
// off; with a smaller one some are.
func TestLeasesWithinRho(t *testing.T) {
	var text strings.Builder
	data, _ := scenarios.Read("lease-drift")
	before, _, _ := strings.Cut(string(data), "[[workload.script]]\nat = \"1420ms\"")
	text.WriteString(strings.Replace(before, "[raft]", "num_clients = 100\n[raft]", 1))
	for i := range 90 {
		fmt.Fprintf(&text, "[[workload.script]]\nat = \"%dms\"\nclient = \"c%d\"\nget = \"k\"\nvia = \"n1\"\n",
			1000+5*i, 11+i)
	}
	for i := range 9 { // as soon as n2 leads
		fmt.Fprintf(&text, "[[workload.script]]\nat = \"%dms\"\nclient = \"c%d\"\ndelete = \"k\"\nvia = \"n2\"\n",
			1150+10*i, 2+i)
	}
	for rho, convicted := range map[string]bool{"0.5": false, "0.4": true, "0.01": true} {
		s := parse(t, "leases", strings.Replace(text.String(), "rho = 0.01", "rho = "+rho, 1))
		alone := 0
		for seed := uint64(1); seed <= 50; seed++ {
			r := new(Lab).Run(s, seed, func(r *record.Record) {
				if r.Kind == record.Answered && r.Server == 1 && r.At > instant(1100*ms) {
					alone++
				}
			})
			if (r.Violation != nil) != convicted {
				t.Errorf("rho = %s, seed %d: %+v", rho, seed, r.Violation)
			}
		}
		if alone == 0 {
			t.Errorf("rho = %s: n1 answers nobody when it is cut off", rho)
		}
	}
}

// TestTransferUnderLoadShows: who leads hands over at once, with no time without a leader that an
// election timeout would take, and every request is answered.
func TestTransferUnderLoadShows(t *testing.T) {
	shows(t, "transfer-under-load", func(all tale, r *Result) string {
		led := all.of(record.BecameLeader)
		for number := uint64(1); number <= 12; number++ {
			asked := all[all.began(number)].At
			soon := led.during(asked.Sub(0), asked.Sub(0)+140*ms)
			if soon == nil {
				return fmt.Sprintf("nobody leads soon after transfer %d", number)
			}
		}
		if r.Ops.Answered() != 600 {
			return fmt.Sprintf("%d of 600 are answered", r.Ops.Answered())
		}
		return ""
	})
}

// TestLargeClusterShows: 31 servers crash at once, n1 among them; the others elect a leader and answer.
func TestLargeClusterShows(t *testing.T) {
	forSeeds(t, builtIn(t, "large-cluster"), 10, func() (record.Sink, func(*Result) string) {
		var all tale
		sink := func(r *record.Record) { all = append(all, *r) }
		return sink, func(r *Result) string {
			down := all.during(2*vtime.Second, 12*vtime.Second)
			votes, led := map[raft.ServerID]bool{}, down.of(record.BecameLeader)
			switch {
			case len(down.of(record.Crashed)) != 31 || all.of(record.BecameLeader)[0].Server != 1:
				return "not 31 crash with the leader"
			case led == nil || down.answers() == 0:
				return "the 32 that are left elect nobody, or answer nobody"
			}
			for _, d := range all.of(record.Delivered) {
				if d.Message == raft.RequestVoteResponse && d.Success && d.Term == led[0].Term &&
					d.Peer == led[0].Server {
					votes[d.Server] = true
				}
			}
			if len(votes) < 31 {
				return fmt.Sprintf("%v leads with %d votes of others", led[0].Server, len(votes))
			}
			return ""
		}
	})
}

// howMany says how many servers have an option, of which all have what some do not have as their own.
func howMany(c *cluster.Config, all bool, of func(*cluster.Own) *bool) string {
	with := 0
	for id := raft.ServerID(1); int(id) <= c.Servers; id++ {
		has := all
		for i := range c.Own {
			if own := &c.Own[i]; own.Server == id && of(own) != nil {
				has = *of(own)
			}
		}
		if has {
			with++
		}
	}
	switch with {
	case 0:
		return "none"
	case c.Servers:
		return "all"
	}
	return "some"
}

// TestChaosDrawsEveryMixture: of how reads are answered, and of what servers ask before they stand and
// of whether they stay; but for leases without check_quorum. How much is duplicated differs too.
func TestChaosDrawsEveryMixture(t *testing.T) {
	s := builtIn(t, "chaos")
	type mixture struct {
		reads         server.Reads
		preVote, stay string // by how many servers
	}
	drawn, flights, duplicated := map[mixture]int{}, map[int]int{}, map[choice.Ratio]int{}
	for seed := range uint64(1500) {
		c := s.Cluster.Of(seed)
		o := &c.Server.Raft
		drawn[mixture{
			c.Server.Reads,
			howMany(&c, o.PreVote, func(own *cluster.Own) *bool { return own.PreVote }),
			howMany(&c, o.CheckQuorum, func(own *cluster.Own) *bool { return own.CheckQuorum }),
		}]++
		flights[o.InflightMax]++
		duplicated[c.Network.Duplicate]++
	}
	for m, times := range drawn {
		if m.reads == server.ReadLease && m.stay != "all" || times < 25 {
			t.Errorf("%+v is drawn %d times", m, times)
		}
	}
	if len(drawn) != 21 {
		t.Errorf("%d mixtures are drawn, want 21", len(drawn))
	}
	if len(duplicated) < 100 {
		t.Errorf("%d rates of duplication are drawn", len(duplicated))
	}
	if len(flights) != 16 || flights[1] < 100 || flights[16] < 100 || flights[0] != 0 {
		t.Errorf("on their way are %v", flights)
	}
}
