package raft_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"raftkv/raft"
)

// bug is a mistake that the caller of a correct core can make. With each of them the core's
// promises break, and the properties must notice: else they would not notice a core that breaks
// them.
type bug int

const (
	none bug = iota
	sendsUnsynced
	attestsUnsynced
	sendsAfterCrash
	forgetsVote
	forgetsTerm
	losesLastEntry
)

var bugs = []struct {
	bug
	name   string
	breaks string // the property that it must break
}{
	{sendsUnsynced, "messages leave before what they promise is durable", "Leader Completeness"},
	{attestsUnsynced, "a write is attested before it is durable", "Leader Completeness"},
	{sendsAfterCrash, "held messages survive the crash of their writes", "Leader Completeness"},
	{forgetsVote, "a restart loses votedFor", "Election Safety"},
	{forgetsTerm, "a restart loses currentTerm", "Election Safety"},
	{losesLastEntry, "a restart loses the last entry", "Leader Completeness"},
}

// schedules are the seeds that the tests below try: enough for each of the bugs.
const schedules = 300

// recover is what a server with the bug reads from a disk that holds d.
func (b bug) recover(d raft.Durable) raft.Durable {
	switch {
	case b == forgetsVote:
		d.VotedFor = raft.None
	case b == forgetsTerm:
		d.HardState = raft.HardState{}
		if last := len(d.Entries); last > 0 {
			d.CurrentTerm = d.Entries[last-1].Term
		}
	case b == losesLastEntry && len(d.Entries) > 0:
		d.Entries = d.Entries[:len(d.Entries)-1]
	}
	return d
}

// TestPropertiesHaveTeeth runs a cluster with each bug through schedules of the property test's
// actions. A bug may be noticed in many ways; once, it must be by the property that it breaks.
func TestPropertiesHaveTeeth(t *testing.T) {
	for _, b := range bugs {
		t.Run(strings.ReplaceAll(b.name, " ", "_"), func(t *testing.T) {
			for seed := range schedules {
				if strings.HasPrefix(runSchedule(uint64(seed), b.bug).of, b.breaks) {
					return
				}
			}
			t.Errorf("%s, and %s was never violated", b.name, b.breaks)
		})
	}
}

// TestCorrectCallersAreNotConvicted is the other half: the same schedules, without a bug. And it
// asks of the schedules what a property test is worth nothing without: that much happens in them.
func TestCorrectCallersAreNotConvicted(t *testing.T) {
	var seen marks
	for seed := range schedules {
		verdict := runSchedule(uint64(seed), none)
		if verdict.of != "" {
			t.Fatalf("seed %d: %s\n%s", seed, verdict.of, verdict.account)
		}
		seen.add(verdict.marks)
	}
	t.Logf("in %d schedules: %+v", schedules, seen)
	rarest := min(seen.reigns, seen.commits, seen.rewrites, seen.lateCommits, seen.heldInVain)
	if rarest < schedules {
		t.Errorf("the schedules are too tame: %+v", seen)
	}
}

// verdict is what became of a schedule: the violation it ended in, if any, and what was in it.
type verdict struct {
	of      string
	account string
	marks   marks
}

// runSchedule lets 600 things happen, each by the chance of the seed.
func runSchedule(seed uint64, b bug) (v verdict) {
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func(_ string, n int) int { return random.IntN(n) }
	c := clusterOf(pick)
	for _, s := range c.servers {
		s.bug = b
	}
	defer func() {
		if p := recover(); p != nil { // a core that is lied to may notice
			v = verdict{of: fmt.Sprint(p), account: c.account.take()}
		}
	}()
	for range 600 {
		err := weighted(random).do(c, pick)
		if err != nil && !errors.Is(err, errInapplicable) {
			return verdict{of: err.Error(), account: c.account.take()}
		}
	}
	return verdict{marks: marksOf(c)}
}

func weighted(random *rand.Rand) action {
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	at := random.IntN(total)
	i := slices.IndexFunc(actions, func(a action) bool {
		at -= a.weight
		return at < 0
	})
	return actions[i]
}

// marks counts what the deeper stories of the paper are made of.
type marks struct {
	reigns      int
	commits     int
	rewrites    int // conflicts that a leader's log decided (§5.3)
	lateCommits int // entries committed in a later term than their own (§5.4.2)
	heldInVain  int // messages that waited for a write that a crash took
}

func (m *marks) add(more marks) {
	m.reigns += more.reigns
	m.commits += more.commits
	m.rewrites += more.rewrites
	m.lateCommits += more.lateCommits
	m.heldInVain += more.heldInVain
}

func marksOf(c *cluster) marks {
	m := marks{reigns: len(c.judge.reigns), commits: len(c.judge.committed)}
	for _, e := range c.judge.committed {
		if e.in > e.Term {
			m.lateCommits++
		}
	}
	for _, s := range c.servers {
		m.rewrites += s.rewrites
		m.heldInVain += s.heldInVain
	}
	return m
}
