package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// holdsAccepted: n3 has taken in x, acknowledges it, and crashes before it hears that its disk holds it.
// Then it is back, with x.
func (s *story) holdsAccepted() {
	s.opens()
	s.keeps(2, 1, "x", n1)
	s.hears(n3, n1, 1, 2, 1)
	s.appends(n3, 2, 1, "x")
	s.stores(n3, 2, 1)
	s.message(record.Held, raft.AppendEntriesResponse, n3, n1, record.Record{Index: 2, EntryTerm: 1})
	s.crashes(n3)
	s.gives(n3, 1, n1, 2)
	s.recovers(n3, 1, 1, "")
	s.recovers(n3, 2, 1, "x")
}

// holdsItsRequest: n2 stands in term 2, and crashes before it hears that its disk holds that.
func (s *story) holdsItsRequest() {
	s.opens()
	s.terms[n2] = 2
	s.add(record.Record{Kind: record.BecameCandidate, Server: n2})
	s.saves(n2, 2, n2)
	s.message(record.Held, raft.RequestVote, n2, n3, record.Record{Index: 1, EntryTerm: 1})
	s.crashes(n2)
}

// lifeVerdicts are of messages that wait for the disk when their server crashes.
var lifeVerdicts = []verdict{
	{
		name: "an acknowledgement that waits dies with its server; who is asked again makes another",
		good: func(s *story) { s.holdsAccepted(); s.hears(n3, n1, 1, 2, 1); s.accepts(n3, n1, 1, 2, 1) },
		bad:  func(s *story) { s.holdsAccepted(); s.accepts(n3, n1, 1, 2, 1) },

		convicts: SetOf(Durability),
		first: "n3 sends n1 the AppendEntriesResponse of term 1 that waited for its disk in an " +
			"earlier life",
	},
	{
		name: "what is asked is answered once, and what waits from before is no answer",
		good: func(s *story) {
			s.holdsAccepted()
			s.hears(n3, n1, 1, 2, 1)
			s.accepts(n3, n1, 1, 2, 1)
			s.hears(n3, n1, 1, 2, 1)
			s.accepts(n3, n1, 1, 2, 1)
		},
		bad: func(s *story) {
			s.holdsAccepted()
			s.hears(n3, n1, 0, 1, 1)
			s.accepts(n3, n1, 1, 1, 1)
			s.accepts(n3, n1, 1, 2, 1)
		},
		convicts: SetOf(Durability),
		first: "n3 sends n1 the AppendEntriesResponse of term 1 that waited for its disk in an " +
			"earlier life",
	},
	{
		name: "what waits in this life leaves when it may, though an earlier one held the same",
		good: func(s *story) {
			s.holdsAccepted()
			s.hears(n3, n1, 1, 2, 1)
			s.message(record.Held, raft.AppendEntriesResponse, n3, n1,
				record.Record{Index: 2, EntryTerm: 1})
			s.persists(n3)
			s.accepts(n3, n1, 1, 2, 1)
		},
		bad: func(s *story) {
			s.holdsAccepted()
			s.hears(n3, n1, 1, 2, 1)
			s.persists(n3)
			s.accepts(n3, n1, 1, 2, 1)
		},
		convicts: SetOf(Durability),
		first: "n3 sends n1 the AppendEntriesResponse of term 1 that waited for its disk in an " +
			"earlier life",
	},
	{
		name: "a request for votes that waits dies with its server",
		good: func(s *story) {
			s.holdsItsRequest()
			s.gives(n2, 1, n1, 1)
			s.recovers(n2, 1, 1, "")
			s.stands(n2, 2)
			s.asks(n2, n3, 1, 1)
		},
		bad: func(s *story) {
			s.holdsItsRequest()
			s.gives(n2, 2, n2, 1)
			s.recovers(n2, 1, 1, "")
			s.asks(n2, n3, 1, 1)
		},
		convicts: SetOf(Durability),
		first:    "n2 sends n3 the RequestVote of term 2 that waited for its disk in an earlier life",
	},
}
