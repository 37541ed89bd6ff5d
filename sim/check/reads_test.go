package check

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/history"
	"raftkv/sim/record"
)

// readVerdicts are stories of reads without an entry (thesis §6.4), and their twins.
var readVerdicts = []verdict{
	{
		name:     "a deposed leader reads what it has applied",
		convicts: SetOf(ReadCurrent),
		first: "n1 answers c1's request 1 from its store through entry 1, but entry 2 had " +
			"been committed when it took the request",
		// The read was taken before entry 2 was committed: it need not see it.
		good: func(s *story) {
			s.opens()
			s.takesToRead(n1, 1, 1)
			s.keeps(2, 1, "", n1, n3)
			s.commits(2, n1)
			s.answersRead(n1, 1, 1, 1)
		},
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "", n1, n3)
			s.commits(2, n1)
			s.takesToRead(n1, 1, 1)
			s.answersRead(n1, 1, 1, 1)
		},
	},
	{
		name:     "a deposed leader takes a read",
		convicts: SetOf(ReadCurrent),
		first: "n1 answers c1's request 1 from its store, but when it took the request n2 had " +
			"been elected, in term 2",
		// The client asks again, and again too late; but the first time it was early enough.
		good: func(s *story) {
			s.opens()
			s.takesToRead(n1, 1, 1)
			s.elects(n2, 2, 1, 1, n3)
			s.takesToRead(n1, 1, 1)
			s.answersRead(n1, 1, 1, 1)
		},
		bad: func(s *story) {
			s.opens()
			s.elects(n2, 2, 1, 1, n3)
			s.takesToRead(n1, 1, 1)
			s.elects(n3, 3, 1, 1, n2) // when it answers another has been elected since
			s.answersRead(n1, 1, 1, 1)
		},
	},
	{
		name:     "a server answers what it has not taken",
		convicts: SetOf(ReadCurrent),
		first:    "n2 answers c1's request 1 from its store, but has not taken it",
		good: func(s *story) {
			s.opens()
			s.takesToRead(n1, 1, 1)
			s.takesToRead(n2, 1, 1) // the client has asked again
			s.answersRead(n2, 1, 1, 1)
			s.answersRead(n1, 1, 1, 1)
		},
		bad: func(s *story) {
			s.opens()
			s.takesToRead(n1, 1, 1)
			s.answersRead(n2, 1, 1, 1)
		},
	},
	{
		name:     "a client hears another answer than was given",
		convicts: SetOf(Acknowledged),
		first: "c1 is told ok \"x\" for its request 1, read after entry 1, " +
			"but no server has answered that",
		good: func(s *story) {
			s.opens()
			s.takesToRead(n1, 1, 1)
			s.answersRead(n1, 1, 1, 1)
		},
		bad: func(s *story) {
			s.opens()
			s.takesToRead(n1, 1, 1)
			s.put(record.Record{
				Kind: record.Answered, Server: n1, Client: 1, Operation: 1, Index: 1,
				Outcome: record.KeyMissing,
			})
			s.put(record.Record{
				Kind: record.Returned, Server: n1, Client: 1, Operation: 1, Index: 1,
				Outcome: record.OK, Value: "x",
			})
		},
	},
}

func TestReadVerdicts(t *testing.T) { testVerdicts(t, readVerdicts, judgeAll) }

// Refusals of a leader need a reason that there can be.
func TestALeaderMayRefuseForAReason(t *testing.T) {
	for _, test := range []struct {
		name     string
		why      raft.Refusal
		before   func(*story)
		convicts bool
	}{
		{"it leads", raft.NotLeader, func(*story) {}, true},
		{"nobody asked it to hand over", raft.Transferring, func(*story) {}, true},
		{"it was asked to hand over", raft.Transferring, func(s *story) {
			s.put(record.Record{Kind: record.FaultBegan, Verb: record.TransferLeader})
		}, false},
		{"all is committed", raft.TooManyProposals, func(*story) {}, true},
		{"an entry is not committed", raft.TooManyProposals, func(s *story) {
			s.appends(n1, 2, 1, "x")
		}, false},
	} {
		j := judge(tell(func(s *story) {
			s.opens()
			test.before(s)
			s.put(record.Record{
				Kind: record.Refused, Server: n1, Client: 1, Operation: 9, Term: 1,
				Text: test.why.String(),
			})
		}))
		if got := j.Status(Sessions) == Violated; got != test.convicts {
			t.Errorf("%s: convicted is %v", test.name, got)
		}
	}
}

// The witness gives a read its place after the entries that it saw.
func TestAWitnessPlacesReads(t *testing.T) {
	read := func(client uint32, index raft.Index, invoked, returned uint64) history.Operation {
		return history.Operation{
			Client: client, Number: 1, Action: record.Get, Key: "a", Outcome: record.KeyMissing,
			Invoked: invoked, Returned: returned, Position: raft.LogState{Index: index},
		}
	}
	put := history.Operation{
		Client: 9, Number: 1, Action: record.Put, Key: "a", Value: "x", Outcome: record.OK,
		Invoked: 10, Returned: 20, Position: raft.LogState{Index: 2, Term: 1},
	}
	seen := func(o history.Operation) history.Operation {
		o.Outcome, o.Read = record.OK, "x"
		return o
	}
	for _, test := range []struct {
		name  string
		reads []history.Operation
		want  bool
	}{
		{"before and after", []history.Operation{read(1, 1, 1, 5), seen(read(2, 2, 30, 40))}, true},
		{"two at once", []history.Operation{read(1, 1, 1, 15), read(2, 1, 2, 12)}, true},
		{"a stale one", []history.Operation{read(1, 1, 30, 40)}, false},
		{"one that reads too early", []history.Operation{seen(read(1, 1, 12, 14))}, false},
	} {
		j := judge(tell(func(s *story) { s.twoCommitted() }))
		var all []*history.Operation
		for i := range test.reads {
			all = append(all, &test.reads[i])
		}
		all = append(all, &put)
		if got := j.witnessed(all); got != test.want {
			t.Errorf("%s: witnessed is %v", test.name, got)
		}
	}
}
