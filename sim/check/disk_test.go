package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// diskVerdicts are of what a server promises, what its disk gives back, and what never falls.
var diskVerdicts = []verdict{
	{
		name: "who asks for votes has its own on disk",
		good: func(s *story) { s.opens(); s.stands(n2, 2); s.asks(n2, n3, 1, 1) },
		bad: func(s *story) {
			s.opens()
			s.terms[n2] = 2
			s.add(record.Record{Kind: record.BecameCandidate, Server: n2})
			s.saves(n2, 2, n2)
			s.asks(n2, n3, 1, 1)
		},
		convicts: SetOf(Durability),
		first:    "n2 asks for votes in term 2, but its disk holds term 1 and a vote for n1",
	},
	{
		name: "who votes has the vote on disk",
		good: func(s *story) { s.opens(); s.enters(n3, 2, n2); s.grants(n3, n2, 2) },
		bad:  func(s *story) { s.opens(); s.enters(n3, 2, raft.None); s.grants(n3, n2, 2) },

		convicts: SetOf(Durability),
		first:    "n3 votes for n2 in term 2, but its disk holds term 2 and no vote",
	},
	{
		// Exemption: when the held vote leaves, the disk is further: in term 3 n3 votes for nobody
		// in term 2 any more.
		name: "a vote leaves when a later term is durable",
		good: func(s *story) {
			s.opens()
			s.follows(n3, 2)
			s.saves(n3, 2, n2)
			s.holdsGrant(n3, n2, 2)
			s.enters(n3, 3, raft.None)
			s.grants(n3, n2, 2)
		},
		bad: func(s *story) {
			s.opens()
			s.follows(n3, 2)
			s.saves(n3, 2, n2)
			s.holdsGrant(n3, n2, 2)
			s.grants(n3, n2, 2)
		},
		convicts: SetOf(Durability),
		first:    "n3 votes for n2 in term 2, but its disk holds term 1 and a vote for n1",
	},
	{
		name: "who accepts entries has them on disk",
		good: func(s *story) { s.opens(); s.keeps(2, 1, "x", n1, n2); s.accepts(n2, n1, 1, 2, 1) },
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.appends(n2, 2, 1, "x")
			s.stores(n2, 2, 1)
			s.accepts(n2, n1, 1, 2, 1)
		},
		convicts: SetOf(Durability),
		first:    "n2 acknowledges entry 2 of term 1, but its disk never held it",
	},
	{
		name: "who accepts entries has the term on disk",
		good: func(s *story) { s.opens(); s.enters(n2, 2, raft.None); s.accepts(n2, n3, 2, 1, 1) },
		bad:  func(s *story) { s.opens(); s.follows(n2, 2); s.accepts(n2, n3, 2, 1, 1) },

		convicts: SetOf(Durability),
		first:    "n2 accepts entries in term 2, but its disk holds term 1 and a vote for n1",
	},
	{
		// Exemption: one sync makes the entry durable and what replaced it. For a moment it was.
		name: "an acknowledgement leaves when the entry is replaced",
		good: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.appends(n3, 2, 1, "x")
			s.stores(n3, 2, 1)
			s.replacedOnN3()
		},
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.appends(n3, 2, 1, "x")
			s.replacedOnN3()
		},
		convicts: SetOf(Durability),
		first:    "n3 acknowledges entry 2 of term 1, but its disk never held it",
	},
	{
		name: "a disk gives back its log",
		good: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.appends(n3, 2, 1, "x")
			s.stores(n3, 2, 1) // lost, and nobody was told that it would not be
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
		},
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1, n3)
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
		},
		convicts: SetOf(Durability),
		first:    "n3 starts without entry 2 of term 1, which its disk had said that it held",
	},
	{
		name: "a disk gives back any log at all",
		good: func(s *story) {
			s.opens()
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
		},
		bad: func(s *story) { s.opens(); s.crashes(n3); s.gives(n3, 1, n1, 0) },

		convicts: SetOf(Durability),
		first:    "n3 starts without entry 1 of term 1, which its disk had said that it held",
	},
	{
		name: "a disk gives back as much as it says",
		good: func(s *story) {
			s.opens()
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
			s.enters(n3, 2, raft.None)
		},
		bad: func(s *story) {
			s.opens()
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.follows(n3, 2)
		},
		convicts: SetOf(Durability),
		first:    "n3 starts without entry 1 of term 1, which its disk had said that it held",
	},
	{
		// Exemption: the server crashed before it heard of the sync.
		name: "a disk gives back more than its server knew",
		good: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.appends(n3, 2, 1, "x")
			s.stores(n3, 2, 1)
			s.crashes(n3)
			s.gives(n3, 1, n1, 2)
			s.recovers(n3, 1, 1, "")
			s.recovers(n3, 2, 1, "x")
			s.accepts(n3, n1, 1, 2, 1)
		},
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.crashes(n3)
			s.gives(n3, 1, n1, 2)
			s.recovers(n3, 1, 1, "")
			s.recovers(n3, 2, 1, "x")
			s.accepts(n3, n1, 1, 2, 1)
		},
		convicts: SetOf(Durability),
		first:    "n3 starts with a log through entry 2 of term 1, which it never wrote",
	},
	{
		// Exemption: which part of a log a write that may be durable replaced, is open.
		name: "a disk gives back a log that was replaced",
		good: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1, n3)
			s.replaces(n3)
			s.crashes(n3)
			s.gives(n3, 2, n2, 1)
			s.recovers(n3, 1, 1, "")
		},
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1, n3)
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
		},
		convicts: SetOf(Durability),
		first:    "n3 starts without entry 2 of term 1, which its disk had said that it held",
	},
	{
		// Of two writes the first is durable; the second holds no entries.
		name: "a disk gives back what one of two writes made durable",
		good: func(s *story) {
			s.opens()
			s.firstOfTwo()
			s.gives(n3, 1, n1, 2)
			s.recovers(n3, 1, 1, "")
			s.recovers(n3, 2, 1, "x")
		},
		bad: func(s *story) {
			s.opens()
			s.firstOfTwo()
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
		},
		convicts: SetOf(Durability),
		first:    "n3 starts without entry 2 of term 1, which its disk had said that it held",
	},
	{
		name: "what a crash has lost does not come back",
		good: func(s *story) { s.opens(); s.losesAVote(); s.gives(n3, 1, n1, 1); s.recovers(n3, 1, 1, "") },
		bad:  func(s *story) { s.opens(); s.losesAVote(); s.gives(n3, 2, n2, 1); s.recovers(n3, 1, 1, "") },

		convicts: SetOf(Durability),
		first: "n3 starts with term 2 and a vote for n2, but its disk had said that it held " +
			"term 1 and a vote for n1",
	},
	{
		// What n3 has on disk nobody knows; so it may have what n1 commits.
		name: "of a log with a gap, what is durable is not judged",
		good: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1, n3)
			s.keeps(3, 1, "y", n1, n3)
			s.accepts(n3, n1, 1, 3, 1)
			s.commits(3, n1)
		},
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.keeps(3, 1, "y", n1, n3)
			s.accepts(n3, n1, 1, 3, 1)
			s.commits(3, n1)
		},
		convicts: SetOf(LogMatching),
		first:    "n3 writes entry 3, but its log ends with entry 1",
	},
	{
		name: "a disk gives back its term",
		good: func(s *story) {
			s.opens()
			s.follows(n3, 2)
			s.saves(n3, 2, raft.None)
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
		},
		bad: func(s *story) {
			s.opens()
			s.enters(n3, 2, raft.None)
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
		},
		convicts: SetOf(Durability),
		first:    "n3 starts with term 1 and a vote for n1, but its disk had said that it held term 2 and no vote",
	},
	{
		// Exemption: that the vote of term 2 is durable, n3 had not heard.
		name: "a disk gives back its vote",
		good: func(s *story) {
			s.opens()
			s.enters(n3, 2, raft.None)
			s.saves(n3, 2, n2)
			s.crashes(n3)
			s.gives(n3, 2, n2, 1)
			s.recovers(n3, 1, 1, "")
		},
		bad: func(s *story) {
			s.opens()
			s.enters(n3, 2, n2)
			s.crashes(n3)
			s.gives(n3, 2, raft.None, 1)
			s.recovers(n3, 1, 1, "")
		},
		convicts: SetOf(Durability),
		first:    "n3 starts with term 2 and no vote, but its disk had said that it held term 2 and a vote for n2",
	},
	{
		name: "a disk tells of the vote that was written",
		good: func(s *story) { s.opens(); s.enters(n3, 2, n2) },
		bad: func(s *story) {
			s.opens()
			s.follows(n3, 2)
			s.saves(n3, 2, n2)
			s.disks[n3].candidate = n1
			s.persists(n3)
		},
		convicts: SetOf(Durability),
		first: "the disk of n3 is said to hold term 2 and a vote for n1, " +
			"but term 2 and a vote for n2 was written",
	},
	{
		name: "a disk tells of the entry that was written",
		good: func(s *story) { s.opens(); s.keeps(2, 1, "x", n1) },
		bad: func(s *story) {
			s.opens()
			s.appends(n1, 2, 1, "x")
			s.stores(n1, 2, 1)
			s.disks[n1].last = 3
			s.persists(n1)
		},
		convicts: SetOf(Durability),
		first: "the disk of n1 is said to hold a log through entry 3 of term 1, " +
			"but entry 2 of term 1 is the last that was written",
	},
	{
		name: "a disk holds no write that was not issued",
		good: func(s *story) { s.opens(); s.saves(n1, 2, n2); s.persists(n1) },
		bad:  func(s *story) { s.opens(); s.disks[n1].number++; s.persists(n1) },

		convicts: SetOf(Durability),
		first:    "the disk of n1 is said to hold write 3, but write 2 is the last",
	},
	{
		name: "what is written is the end of the log",
		good: func(s *story) { s.opens(); s.appends(n1, 2, 1, "x"); s.stores(n1, 2, 1) },
		bad:  func(s *story) { s.opens(); s.appends(n1, 2, 1, "x"); s.stores(n1, 2, 2) },

		convicts: SetOf(Durability),
		first:    "n1 writes 2 entries from entry 2 on, but its log ends with entry 2",
	},
	{
		name: "what is written follows on what was",
		good: func(s *story) {
			s.opens()
			s.appendAll(2, 1, "x", n1)
			s.appendAll(3, 1, "y", n1)
			s.stores(n1, 2, 2)
		},
		bad: func(s *story) {
			s.opens()
			s.appendAll(2, 1, "x", n1)
			s.appendAll(3, 1, "y", n1)
			s.stores(n1, 3, 1)
		},
		convicts: SetOf(Durability),
		first:    "n1 writes from entry 3 on, but never wrote what its log holds before it",
	},
	{
		name: "the term does not fall in a life",
		good: func(s *story) {
			s.opens()
			s.follows(n3, 2)
			s.crashes(n3)
			s.gives(n3, 1, n1, 1)
			s.recovers(n3, 1, 1, "")
			s.follows(n3, 1)
		},
		bad: func(s *story) { s.opens(); s.follows(n3, 2); s.follows(n3, 1) },

		convicts: SetOf(Monotonic),
		first:    "the term of n3 falls from 2 to 1",
	},
	{
		name: "the commit index does not fall in a life",
		good: func(s *story) {
			s.opens()
			s.crashes(n1)
			s.gives(n1, 1, n1, 1)
			s.recovers(n1, 1, 1, "")
			s.commits(0, n1)
		},
		bad: func(s *story) { s.opens(); s.commits(0, n1) },

		convicts: SetOf(Monotonic),
		first:    "the commit index of n1 falls from 1 to 0",
	},
	{
		name: "the applied index does not fall in a life",
		good: func(s *story) { s.openTwo(); s.applies(n1, 1, 1, "", 0); s.applies(n1, 2, 1, "x", 7) },
		bad: func(s *story) {
			s.openTwo()
			s.applies(n1, 1, 1, "", 0)
			s.applies(n1, 2, 1, "x", 7)
			s.applies(n1, 1, 1, "", 0)
		},
		convicts: SetOf(Monotonic),
		first:    "n1 applies entry 1 after entry 2",
	},
	{
		name: "writes are numbered in their order",
		good: func(s *story) { s.opens(); s.saves(n1, 2, n2) },
		bad:  func(s *story) { s.opens(); s.disks[n1].number--; s.saves(n1, 2, n2) },

		convicts: SetOf(Monotonic),
		first:    "n1 issues write 2 after write 2",
	},
	{
		name: "what is durable stays so",
		good: func(s *story) { s.opens(); s.persists(n1) },
		bad:  func(s *story) { s.opens(); s.disks[n1].number--; s.persists(n1) },

		convicts: SetOf(Monotonic),
		first:    "the disk of n1 holds write 1, after it held write 2",
	},
}
