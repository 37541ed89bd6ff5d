package trace_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/trace"
	"raftkv/sim/vtime"
)

// event is records that follow from one another.
type event []record.Record

// stream hands out the events, a millisecond apart.
func stream(events []event) func(record.Sink) {
	return func(sink record.Sink) {
		for i, e := range events {
			for _, r := range e {
				r.Event = uint64(i + 1)
				r.At = vtime.Time(vtime.Duration(i) * ms)
				sink(&r)
			}
		}
	}
}

func sent(kind record.Kind, m raft.Message) record.Record { return record.OfMessage(kind, &m) }

func append1(at raft.ServerID, index raft.Index, term raft.Term) record.Record {
	return record.Record{
		Kind: record.Appended, Server: at, Term: term, Index: index, EntryTerm: term,
		Entry: raft.Command, Digest: uint64(index),
	}
}

// figure8 is what runs of a good day do not show: an entry of an earlier term that commits with a
// later one (§5.4.2), a vote refused for an old log, a write that a crash loses, a refused request,
// a leader that commits without a majority, and texts that would spoil the page.
func figure8() []event {
	ask := raft.Message{
		Type: raft.RequestVote, From: 2, To: 3, Term: 3, LastLogIndex: 1, LastLogTerm: 1,
	}
	refuse := raft.Message{Type: raft.RequestVoteResponse, From: 3, To: 2, Term: 3}
	grant := raft.Message{
		Type: raft.RequestVoteResponse, From: 3, To: 1, Term: 4, VoteGranted: true,
	}
	ack := raft.Message{
		Type: raft.AppendEntriesResponse, From: 3, To: 1, Term: 4, Success: true,
		MatchIndex: 3, MatchTerm: 4,
	}
	return []event{
		{{Kind: record.Started, Server: 1}, {Kind: record.Started, Server: 2},
			{Kind: record.Started, Server: 3}},
		{{Kind: record.BecameLeader, Server: 1, Term: 1}, append1(1, 1, 1), append1(1, 2, 1)},
		{{Kind: record.Persisted, Server: 1, Number: 1, Term: 1, Index: 1, EntryTerm: 1}},
		{{Kind: record.Invoked, Client: 1, Operation: 1, Server: 2, Action: record.Put,
			Key: "a\n\x1b[31m", Value: strings.Repeat("long", 30), Digest: 77}},
		{{Kind: record.Refused, Client: 1, Operation: 1, Server: 2, Peer: 1, Term: 1,
			Text: "not the leader"}},
		{{Kind: record.Returned, Client: 1, Operation: 1, Server: 2, Outcome: record.Rejected,
			Digest: 77}},
		{{Kind: record.FaultBegan, Number: 1, Server: 1, Text: "crash leader"},
			{Kind: record.Crashed, Server: 1}},
		{{Kind: record.FaultEnded, Number: 1, Text: "crash leader"},
			{Kind: record.Restarted, Server: 1, Term: 1, Peer: 1, Index: 1},
			{Kind: record.Recovered, Server: 1, Index: 1, EntryTerm: 1, Entry: raft.NoOp}},
		{append1(3, 1, 1), append1(3, 2, 2)},
		{sent(record.Delivered, ask),
			{Kind: record.BecameFollower, Server: 3, Term: 3}, sent(record.Sent, refuse)},
		{{Kind: record.TimerFired, Server: 1, Number: uint64(raft.ElectionTimer)},
			{Kind: record.BecameCandidate, Server: 1, Term: 4}},
		{{Kind: record.Persisted, Server: 1, Term: 4, Peer: 1, Index: 1, EntryTerm: 1}},
		{sent(record.Delivered, grant), {Kind: record.BecameLeader, Server: 1, Term: 4},
			append1(1, 2, 3), append1(1, 3, 4)},
		{{Kind: record.Persisted, Server: 1, Term: 4, Peer: 1, Index: 3, EntryTerm: 4}},
		{sent(record.Delivered, ack), {Kind: record.Committed, Server: 1, Term: 4, Index: 3}},
		{append1(1, 4, 4), {Kind: record.Committed, Server: 1, Term: 4, Index: 4}},
		{{Kind: record.Truncated, Server: 3, Term: 4, Index: 1}},
		{{Kind: record.Finished, Ending: record.TimeUp, Count: 2, Text: "the duration is over"}},
	}
}

func TestStoryOfRecords(t *testing.T) {
	o := trace.StoryOptions{Servers: 3, Clients: 2}
	golden(t, "records.txt", told(t, o, stream(figure8())))
	o.Verbose = true
	golden(t, "records-verbose.txt", told(t, o, stream(figure8())))
}

// TestVerboseCoversEveryField: who asks for everything gets everything.
func TestVerboseCoversEveryField(t *testing.T) {
	line := func(r record.Record) string {
		return told(t, trace.StoryOptions{Servers: 5, Clients: 3, Verbose: true},
			func(sink record.Sink) { sink(&r) })
	}
	fields := reflect.TypeFor[record.Record]()
	for i := range fields.NumField() {
		var changed record.Record
		switch f := reflect.ValueOf(&changed).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int64:
			f.SetInt(int64(vtime.Second))
		default:
			f.SetUint(1 + uint64(f.Type().Size()/8)) // of a set of servers, 1 is none
		}
		if line(changed) == line(record.Record{}) {
			t.Errorf("a line does not show %s", fields.Field(i).Name)
		}
	}
}

// TestAnyRecordsMakeAStory: judges convict what makes no sense; the story tells what it can, and
// stays in its columns.
func TestAnyRecordsMakeAStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := trace.StoryOptions{
			Servers: rapid.IntRange(1, raft.MaxServers).Draw(t, "servers"),
			Clients: rapid.Uint32().Draw(t, "clients"),
		}
		story := trace.NewStory(discard{t}, o)
		for _, r := range rapid.SliceOfN(anyRecord(), 0, 200).Draw(t, "records") {
			story.Observe(&r)
		}
		if err := story.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// discard checks the width of what is written, and forgets it.
type discard struct{ t *rapid.T }

func (d discard) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if len(strings.TrimSuffix(line, "\n")) > 100 || !printable(strings.TrimSuffix(line, "\n")) {
			d.t.Fatalf("%q", line)
		}
	}
	return len(p), nil
}

// anyRecord draws records with small numbers, which meet one another, and with huge ones.
func anyRecord() *rapid.Generator[record.Record] {
	small := rapid.OneOf(rapid.Uint64Range(0, 6), rapid.Uint64Range(0, 6), rapid.Uint64())
	return rapid.Custom(func(t *rapid.T) record.Record {
		n := func(name string) uint64 { return small.Draw(t, name) }
		return record.Record{
			Event: n("event"), At: vtime.Time(n("at")), Kind: record.Kind(rapid.IntRange(0,
				int(record.KindCount)).Draw(t, "kind")),
			Server: raft.ServerID(n("server")), Peer: raft.ServerID(n("peer")),
			Term: raft.Term(n("term")), Message: raft.MessageType(n("message")),
			Index: raft.Index(n("index")), EntryTerm: raft.Term(n("entry term")),
			Entry: raft.EntryKind(n("entry")), Count: uint32(n("count")),
			Commit: raft.Index(n("commit")), Success: rapid.Bool().Draw(t, "success"),
			Client: uint32(n("client")), Operation: uint32(n("operation")),
			Outcome: record.Outcome(n("outcome")), Ending: record.Ending(n("ending")),
			Action: record.Action(n("action")), Key: rapid.String().Draw(t, "key"),
			Value: rapid.String().Draw(t, "value"), Number: n("number"),
			Digest: n("digest"), State: n("state"), Text: rapid.String().Draw(t, "text"),
		}
	})
}
