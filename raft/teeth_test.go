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
	leasesFromConfirmation
	keepsLease
	forgetsLoyalty
)

var bugs = []struct {
	bug
	name   string
	breaks string // the property that it must break
	in     flavour
}{
	{sendsUnsynced, "messages leave before what they promise is durable", "Leader Completeness", figure2},
	{attestsUnsynced, "a write is attested before it is durable", "Leader Completeness", figure2},
	{sendsAfterCrash, "held messages survive the crash of their writes", "Leader Completeness", figure2},
	{forgetsVote, "a restart loses votedFor", "Election Safety", figure2},
	{forgetsTerm, "a restart loses currentTerm", "Election Safety", figure2},
	{losesLastEntry, "a restart loses the last entry", "Leader Completeness", figure2},
	{leasesFromConfirmation, "a lease is timed from its confirmation", "stale read", leases},
	{keepsLease, "a lease never runs out", "stale read", leases},
	{forgetsLoyalty, "loyalty runs out at once", "stale read", leases},
}

// The schedules that the tests below try: as many as it takes for each of the bugs, and some to see
// what always happens.
const (
	mostSchedules = 1000
	schedules     = 300
)

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
			for seed := range mostSchedules {
				if strings.HasPrefix(runSchedule(uint64(seed), b.bug, b.in).of, b.breaks) {
					t.Logf("noticed in schedule %d", seed)
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
		verdict := runSchedule(uint64(seed), none, flavour(seed)%flavours)
		if verdict.of != "" {
			t.Fatalf("seed %d: %s\n%s", seed, verdict.of, verdict.account)
		}
		seen.add(verdict.marks)
	}
	t.Logf("in %d schedules: %+v", schedules, seen)
	if seen.rarest() < schedules/3 {
		t.Errorf("the schedules are too tame: %+v", seen)
	}
}

// verdict is what became of a schedule: the violation it ended in, if any, and what was in it.
type verdict struct {
	of      string
	account string
	marks   marks
}

// runSchedule lets 800 things happen, each by the chance of the seed.
func runSchedule(seed uint64, b bug, f flavour) (v verdict) {
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func(_ string, n int) int { return random.IntN(n) }
	c := clusterOf(pick, f)
	for _, s := range c.servers {
		s.bug = b
	}
	defer func() {
		if p := recover(); p != nil { // a core that is lied to may notice
			v = verdict{of: fmt.Sprint(p), account: c.account.take()}
		}
	}()
	if err := c.suffer(800, random, pick); err != nil {
		return verdict{of: err.Error(), account: c.account.take()}
	}
	return verdict{marks: marksOf(c)}
}

// suffer lets so many things happen to a cluster.
func (c *cluster) suffer(things int, random *rand.Rand, pick chance) error {
	for range things {
		err := weighted(random).do(c, pick)
		if err != nil && !errors.Is(err, errInapplicable) {
			return err
		}
	}
	return nil
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
