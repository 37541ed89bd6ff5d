package mark

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// torn is a stream of records that no run makes. Its numbers are mostly small, so that they meet;
// some are as large as can be.
func torn(seed uint64, count int) []record.Record {
	random := rand.New(rand.NewPCG(seed, 0))
	number := func() uint64 {
		if random.IntN(40) == 0 {
			return math.MaxUint64
		}
		return uint64(random.IntN(6))
	}
	server := func() raft.ServerID {
		if random.IntN(40) == 0 {
			return raft.ServerID(random.IntN(256))
		}
		return raft.ServerID(random.IntN(5))
	}
	records := make([]record.Record, count)
	for i := range records {
		records[i] = record.Record{
			Event: uint64(i/4 + 1), At: vtime.Time(i / 8 * 5 * int(vtime.Millisecond)),
			Kind:   record.Kind(random.IntN(int(record.KindCount) + 1)),
			Server: server(), Peer: server(), Term: raft.Term(number()),
			Message: raft.MessageType(random.IntN(int(raft.MessageTypeCount) + 1)), Number: number(),
			Index: raft.Index(number()), EntryTerm: raft.Term(number()), Count: uint32(number()),
			Success: random.IntN(2) == 0, Client: uint32(number()),
			Outcome: record.Outcome(random.IntN(9)), Verb: record.Verb(random.IntN(20)),
			Text: raft.Refusal(random.IntN(5)).String(),
		}
		if random.IntN(2) == 0 {
			records[i].Kind = lively[random.IntN(len(lively))]
		}
	}
	return records
}

// lively are the kinds of which it takes several for a mark.
var lively = []record.Kind{
	record.Sent, record.Sent, record.Lost, record.Delivered, record.BecameLeader, record.Appended,
}

// Whatever the records say, the kinds are counted, and each mark comes with the kind of record with
// which the table says that it does.
func TestTornStreamsDoNoHarm(t *testing.T) {
	var all Counts
	for seed := range uint64(1000) {
		var w Watch
		var kinds, marks Counts
		for _, r := range torn(seed, 300) {
			set := w.Observe(&r)
			if r.Kind > 0 && r.Kind < record.KindCount {
				kinds[r.Kind]++
			}
			for m := set.Next(0); m != 0; m = set.Next(m) {
				marks[m]++
				if m.At() != r.Kind {
					t.Fatalf("seed %d: %v comes with %v, want %v", seed, m, r.Kind, m.At())
				}
			}
		}
		if marks != *w.Counts() || !slices.Equal(kinds[:record.KindCount], marks[:record.KindCount]) {
			t.Fatalf("seed %d: counts\n%v, want\n%v, kinds\n%v", seed, *w.Counts(), marks, kinds)
		}
		all.Add(w.Counts())
	}
	for _, m := range all.Unseen(All()) {
		t.Errorf("the streams are too tame: they have no %v", m)
	}
}

// A used watch sees what a new one sees.
func TestAUsedWatchIsANewOne(t *testing.T) {
	var used Watch
	for seed := range uint64(300) {
		var fresh Watch
		for i, r := range torn(seed, 1+int(seed%300)) {
			if a, b := *used.Observe(&r), *fresh.Observe(&r); a != b {
				t.Fatalf("seed %d, record %d: %v in a used watch, %v in a new one", seed, i, a, b)
			}
		}
		if *used.Counts() != *fresh.Counts() {
			t.Fatalf("seed %d: the counts differ", seed)
		}
		if used.Reset(); used != (Watch{}) {
			t.Fatalf("seed %d: a watch that was reset is not as new", seed)
		}
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	records := torn(1, 3000)
	conditions := []Condition{{What: SplitVote, Nth: 2}, {What: OfKind(record.Sent), Nth: 1}}
	var w Watch
	var triggers Triggers
	met := 0
	once := func() {
		w.Reset()
		triggers.Reset(conditions)
		for i := range records {
			met += len(triggers.Observe(&records[i], w.Observe(&records[i])))
		}
	}
	once()
	if n := testing.AllocsPerRun(10, once); n != 0 || met < len(conditions) {
		t.Errorf("%v allocations for %d records, want 0; %d conditions met", n, len(records), met)
	}
}

// BenchmarkObserve is records such as most of a run consists of.
func BenchmarkObserve(b *testing.B) {
	var records []record.Record
	for number := uint64(1); number <= 100; number++ {
		sent := record.Record{
			Event: 2 * number, Kind: record.Sent, Server: 1, Peer: 2, Term: 1, Number: number,
			Message: raft.AppendEntries, Success: true,
		}
		delivered := sent
		delivered.Kind, delivered.Event = record.Delivered, 2*number+1
		applied := record.Record{
			Event: 2*number + 1, Kind: record.Applied, Server: 2, Index: raft.Index(number),
		}
		records = append(records, sent, delivered, applied)
	}
	var w Watch
	b.ResetTimer()
	for range b.N {
		for i := range records {
			w.Observe(&records[i])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
}
