package record_test

import (
	"fmt"
	"regexp"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
)

// Files know a kind by its name: each has one, and none has another's.
func TestEveryKindHasANameOfItsOwn(t *testing.T) {
	shape := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	owner := map[string]record.Kind{}
	for kind := record.Kind(1); kind < record.KindCount; kind++ {
		name := kind.String()
		if !shape.MatchString(name) {
			t.Errorf("kind %d is called %q", uint8(kind), name)
		}
		if other, taken := owner[name]; taken {
			t.Errorf("kinds %d and %d are both called %q", uint8(other), uint8(kind), name)
		}
		owner[name] = kind
	}
	for kind, want := range map[record.Kind]string{
		0: "Kind(0)", record.KindCount: fmt.Sprintf("Kind(%d)", uint8(record.KindCount)), 255: "Kind(255)",
		record.Started: "started", record.BecameLeader: "became_leader",
		record.FaultEnded: "fault_ended", record.Finished: "finished",
	} {
		if kind.String() != want {
			t.Errorf("kind %d is called %q, want %q", uint8(kind), kind, want)
		}
	}
}

func TestOutcomesEndingsAndActionsInWords(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{record.Outcome(0).String(), "pending"},
		{record.OK.String(), "ok"},
		{record.KeyExists.String(), "key exists"},
		{record.KeyMissing.String(), "key missing"},
		{record.Rejected.String(), "refused"},
		{record.Unknown.String(), "unknown"},
		{record.NoSession.String(), "no such session"},
		{record.Superseded.String(), "superseded"},
		{record.OpenSession.String(), "open session"},
		{record.Ending(0).String(), "it has not ended"},
		{record.Settled.String(), "nothing is left to do"},
		{record.TimeUp.String(), "the duration is over"},
		{record.Exhausted.String(), "max_events is reached"},
		{record.Flooded.String(), "the limit of pending messages and events is reached"},
		{record.Broken.String(), "a server panicked"},
		{record.Put.String(), "put"},
		{record.Get.String(), "get"},
		{record.Delete.String(), "delete"},
		{record.Action(9).String(), "Action(9)"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

// The errors of the store are answers; a refusal and silence are none.
func TestWhatCountsAsAnswered(t *testing.T) {
	for outcome := record.Outcome(0); outcome < 8; outcome++ {
		want := outcome == record.OK || outcome == record.KeyExists || outcome == record.KeyMissing
		if outcome.Answered() != want {
			t.Errorf("%v counts as answered: %v", outcome, !want)
		}
		want = outcome == record.Rejected || outcome == record.NoSession || outcome == record.Superseded
		if outcome.NotDone() != want {
			t.Errorf("%v counts as not done: %v", outcome, !want)
		}
	}
}

// The digests are in every recorded trace and may not change: FNV-1a, 64 bits.
func TestDigestsAreGolden(t *testing.T) {
	for _, test := range []struct {
		command string
		want    uint64
	}{
		{"", 0},
		{"a", 0xaf63dc4c8601ec8c},
		{"foobar", 0x85944171f73967e8},
		{"\x00", 0xaf63bd4c8601b7df},
	} {
		if got := record.Digest(test.command); got != test.want {
			t.Errorf("the digest of %q is %#x, want %#x", test.command, got, test.want)
		}
	}
}

// full is a message with something in every field, of which each type shows its own.
func full(of raft.MessageType) *raft.Message {
	return &raft.Message{
		Type: of, From: 2, To: 3, Term: 4, LastLogIndex: 5, LastLogTerm: 6,
		PrevLogIndex: 7, PrevLogTerm: 8, Entries: make([]raft.Entry, 9), LeaderCommit: 10,
		MatchIndex: 11, MatchTerm: 12, ConflictIndex: 13, ConflictTerm: 14,
	}
}

func TestTheRecordOfAMessage(t *testing.T) {
	granted := full(raft.RequestVoteResponse)
	granted.VoteGranted = true
	accepted := full(raft.AppendEntriesResponse)
	accepted.Success = true
	for _, test := range []struct {
		message *raft.Message
		index   raft.Index
		term    raft.Term
		success bool
	}{
		{full(raft.RequestVote), 5, 6, false},
		{full(raft.RequestVoteResponse), 0, 0, false},
		{granted, 0, 0, true},
		{full(raft.AppendEntries), 7, 8, false},
		{full(raft.AppendEntriesResponse), 7, 12, false},
		{accepted, 11, 12, true},
	} {
		want := record.Record{
			Kind: record.Sent, Server: 2, Peer: 3, Term: 4, Message: test.message.Type,
			Index: test.index, EntryTerm: test.term, Success: test.success, Count: 9, Commit: 10,
		}
		if got := record.OfMessage(record.Sent, test.message); got != want {
			t.Errorf("%v:\n%+v, want\n%+v", test.message.Type, got, want)
		}
	}
}

func TestTheRecorderStampsTheMoment(t *testing.T) {
	var records []record.Record
	var r record.Recorder
	r.Reset(func(what *record.Record) { records = append(records, *what) })
	if r.Event() != 0 || r.Count() != 0 || r.Now() != 0 {
		t.Fatalf("at the start event %d, count %d, time %v", r.Event(), r.Count(), r.Now())
	}
	r.Next()
	r.Emit(record.Record{Kind: record.Started, Server: 1})
	r.Advance(70)
	r.Next()
	r.Emit(record.Record{Kind: record.Crashed, Server: 2, Event: 99, At: 99})
	r.Advance(80) // time passes, and nothing happens
	r.Advance(90)
	r.Next()
	r.Emit(record.Record{Kind: record.Sent, Server: 3})
	r.Emit(record.Record{Kind: record.Lost, Server: 3})
	want := []record.Record{
		{Event: 1, At: 0, Kind: record.Started, Server: 1},
		{Event: 2, At: 70, Kind: record.Crashed, Server: 2},
		{Event: 3, At: 90, Kind: record.Sent, Server: 3},
		{Event: 3, At: 90, Kind: record.Lost, Server: 3},
	}
	for i := range want {
		if len(records) != len(want) || records[i] != want[i] {
			t.Fatalf("records\n%+v, want\n%+v", records, want)
		}
	}
	if r.Event() != 3 || r.Count() != 4 || r.Now() != 90 {
		t.Errorf("at the end event %d, count %d, time %v", r.Event(), r.Count(), r.Now())
	}
}

func TestAResetRecorderIsANewOne(t *testing.T) {
	var old, young int
	var r record.Recorder
	r.Reset(func(*record.Record) { old++ })
	r.Advance(50)
	r.Next()
	r.Emit(record.Record{Kind: record.Started})
	r.Reset(func(what *record.Record) {
		if young++; what.Event != 1 || what.At != 0 {
			t.Errorf("the first record of the new run is of event %d at %v", what.Event, what.At)
		}
	})
	r.Next()
	r.Emit(record.Record{Kind: record.Started})
	if old != 1 || young != 1 || r.Count() != 1 {
		t.Errorf("the old sink got %d, the new %d, %d are counted, want 1 each", old, young, r.Count())
	}
}

func TestRecordingDoesNotAllocate(t *testing.T) {
	var r record.Recorder
	var last record.Kind
	r.Reset(func(what *record.Record) { last = what.Kind })
	m := full(raft.AppendEntries)
	if n := testing.AllocsPerRun(100, func() {
		r.Next()
		r.Emit(record.OfMessage(record.Sent, m))
		r.Emit(record.Record{Kind: record.Lost, Digest: record.Digest("command"), Text: "lost"})
	}); n != 0 || last != record.Lost {
		t.Errorf("records allocate %v times, want 0", n)
	}
}
