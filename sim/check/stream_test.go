package check

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// torn is a stream of records that no run makes. Its numbers are mostly small, so that they meet;
// some are as large as can be.
func torn(random *rand.Rand, count int) []record.Record {
	number := func() uint64 {
		switch random.IntN(40) {
		case 0:
			return math.MaxUint64
		case 1:
			return 1 << 33
		}
		return uint64(random.IntN(5))
	}
	server := func() raft.ServerID {
		if random.IntN(40) == 0 {
			return raft.ServerID(random.IntN(256))
		}
		return raft.ServerID(random.IntN(4))
	}
	records := make([]record.Record, count)
	var last [256]raft.Index // of each log, if the stream were a run
	for i := range records {
		records[i] = record.Record{
			Event: uint64(i + 1), At: vtime.Time(i),
			Kind:   record.Kind(random.IntN(int(record.KindCount) + 1)),
			Server: server(), Peer: server(), Term: raft.Term(number()),
			Index: raft.Index(number()), EntryTerm: raft.Term(number()),
			Entry: raft.EntryKind(random.IntN(3)), Count: uint32(number()),
			Ending: record.Ending(random.IntN(5)),
			Client: uint32(number()), Operation: uint32(number()),
			Outcome: record.Outcome(random.IntN(8)), Action: record.Action(random.IntN(5)),
			Message: raft.MessageType(random.IntN(6)), Success: random.IntN(2) == 0,
			Commit: raft.Index(number()), Number: number(),
			Digest: uint64(random.IntN(2)), State: uint64(random.IntN(2)),
		}
		r := &records[i]
		if random.IntN(2) == 0 {
			r.Kind = lively[random.IntN(len(lively))]
		}
		if i > 0 && random.IntN(4) == 0 {
			answers(r, &records[i-1])
		}
		if r.Kind == record.Appended && random.IntN(20) != 0 {
			r.Index = last[r.Server] + 1
		}
		last[r.Server] = followed(r, last[r.Server])
	}
	return records
}

// lively are the kinds of which it takes several to break a promise.
var lively = []record.Kind{
	record.BecameLeader, record.Truncated, record.Appended, record.Appended, record.Committed,
}

// answers makes a record a message that answers that of another record.
func answers(r, other *record.Record) {
	r.Kind, r.Message = record.Sent, other.Message+1
	r.Server, r.Peer, r.Term = other.Peer, other.Server, other.Term
}

// followed is where the log ends after the record.
func followed(r *record.Record, last raft.Index) raft.Index {
	switch r.Kind {
	case record.Started, record.Restarted:
		return 0
	case record.Appended, record.Recovered, record.Truncated:
		return r.Index
	}
	return last
}

func TestTornStreamsDoNoHarm(t *testing.T) {
	var seen Set
	for seed := range uint64(1000) {
		records := torn(rand.New(rand.NewPCG(seed, 0)), 200)
		j := judgeAll(records)
		j.Finish(nil)
		seen |= convicted(j)
		for _, v := range j.Violations() {
			if v.Message == "" || j.Status(v.Check) != Violated {
				t.Fatalf("seed %d: %+v, but the check is %v", seed, v, j.Status(v.Check))
			}
			if r := records[v.Event-1]; v.Record != r.Kind || v.At != r.At {
				t.Fatalf("seed %d: %+v, but the record is %+v", seed, v, r)
			}
		}
	}
	if want := SetOf(Checks()...).Without(Linearizability); seen != want {
		t.Errorf("convicted of %b, want %b: the streams are too tame", seen, want)
	}
}

// A record lost from a good run, or told twice, must not bring the judges down either.
func TestDamagedRunsDoNoHarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := drawnRandom(t)
		records := run(random.Uint64(), 300, noRule)
		for range 1 + random.IntN(3) {
			at := random.IntN(len(records))
			if random.IntN(2) == 0 {
				records = slices.Delete(records, at, at+1)
			} else {
				records = slices.Insert(records, at, records[random.IntN(len(records))])
			}
		}
		judgeAll(records)
	})
}

func TestReusedJudgesJudgeAlike(t *testing.T) {
	var used Judges
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		records := run(seed, 300, noRule+rule(seed%uint64(ruleCount-noRule)))
		if seed%2 == 0 {
			records = torn(random, 300)
		}
		operations := drawn(random, 5, 4)
		mutate(random, operations)
		used.Reset(0)
		observe(&used, records)
		used.Finish(operations)
		fresh := judgeAll(records)
		fresh.Finish(operations)
		if !slices.Equal(used.Violations(), fresh.Violations()) || used.exercised != fresh.exercised ||
			used.undecided != fresh.undecided {
			t.Fatalf("seed %d: used %+v, %v\nfresh %+v, %v", seed,
				used.Violations(), used.exercised, fresh.Violations(), fresh.exercised)
		}
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	records := run(7, 2000, noRule)
	var j Judges
	once := func() {
		j.Reset(unasked)
		observe(&j, records)
	}
	once()
	// A map that is cleared hashes anew, and may have to split a table for the same keys.
	if got := testing.AllocsPerRun(10, once); got > 1 {
		t.Errorf("%v allocations for %d records, want none, or one", got, len(records))
	}
	if j.First() != nil {
		t.Error(j.First().Message)
	}
}

// The tree's short ways lead where the long way leads.
func TestAncestors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tree tree
		tree.reset()
		random := drawnRandom(t)
		for range rapid.IntRange(1, 300).Draw(t, "nodes") {
			parent := prefix(len(tree.nodes) - 1 - random.IntN(min(len(tree.nodes), 5)))
			tree.extend(parent, entry{digest: random.Uint64()}, n1)
		}
		log := prefix(random.IntN(len(tree.nodes)))
		for up := log; ; up = tree.nodes[up].parent {
			if got := tree.ancestor(log, tree.nodes[up].index); got != up {
				t.Fatalf("ancestor of %d at %d is %d, want %d", log, tree.nodes[up].index, got, up)
			}
			if up == empty {
				break
			}
		}
	})
}

// From the end of a log of 2^14 entries it takes few steps to any index.
func TestAncestorsAreNear(t *testing.T) {
	const length, bits = 1 << 14, 14
	var tree tree
	tree.reset()
	log := empty
	for range length {
		log, _ = tree.extend(log, entry{}, n1)
	}
	for index := raft.Index(0); index < length; index += 7 {
		steps := 0
		for at := log; tree.nodes[at].index > index; steps++ {
			next := tree.nodes[at].jump
			if tree.nodes[next].index < index {
				next = tree.nodes[at].parent
			}
			at = next
		}
		if steps > 3*bits {
			t.Fatalf("%d steps to index %d", steps, index)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	records := run(7, 20000, noRule)
	var j Judges
	b.ReportAllocs()
	for n := 0; n < b.N; n += len(records) {
		j.Reset(0)
		for i := range records[:min(len(records), b.N-n)] {
			j.Observe(&records[i])
		}
	}
}

func BenchmarkFinish(b *testing.B) {
	operations := drawn(rand.New(rand.NewPCG(1, 0)), 15, 3)
	var j Judges
	for b.Loop() {
		j.Reset(0)
		j.Finish(operations)
	}
}
