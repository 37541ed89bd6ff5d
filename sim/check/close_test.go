package check

import "raftkv/raft"

// closeVerdicts are of rules that nearly allow what they forbid: in each story one word of the rule
// decides.
var closeVerdicts = []verdict{
	{
		name: "to have held another entry at the index is not to hold this one",
		good: func(s *story) {
			s.twoSecondEntries()
			s.enters(n3, 2, raft.None)
			s.truncates(n3, 1)
			s.appends(n3, 2, 2, "")
			s.stores(n3, 2, 1)
			s.persists(n3)
			s.accepts(n3, n2, 2, 2, 2)
		},
		bad: func(s *story) {
			s.twoSecondEntries()
			s.enters(n3, 2, raft.None)
			s.accepts(n3, n2, 2, 2, 2)
		},
		convicts: SetOf(Durability),
		first:    "n3 acknowledges entry 2 of term 2, but its disk never held it",
	},
	{
		name: "what leaves at once attests what the leader holds",
		good: func(s *story) { s.twoSecondEntries(); s.accepts(n3, n1, 1, 2, 1) },
		bad: func(s *story) {
			s.twoSecondEntries()
			s.enters(n3, 2, raft.None)
			s.accepts(n3, n2, 2, 2, 1)
		},
		convicts: SetOf(AppendAgrees),
		first:    "n3 attests entry 2 of term 1, but n2, which leads term 2, does not hold it",
	},
	{
		name: "a disk tells of the term of its last entry, not of its index alone",
		good: func(s *story) { s.opens(); s.keeps(2, 1, "x", n1, n3) },
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.appends(n3, 2, 1, "x")
			s.stores(n3, 2, 1)
			s.disks[n3].lastTerm = 7
			s.persists(n3)
		},
		convicts: SetOf(Durability),
		first: "the disk of n3 is said to hold a log through entry 2 of term 7, but entry 2 of term 1 " +
			"is the last that was written",
	},
	{
		name: "who leads has voted, though it asked nobody",
		good: func(s *story) { s.leadsAlone(); s.enters(n1, 2, n2); s.grants(n1, n2, 2) },
		bad:  func(s *story) { s.leadsAlone(); s.enters(n1, 1, n2); s.grants(n1, n2, 1) },

		convicts: SetOf(VoteOnce),
		first:    "n1 writes term 1 and a vote for n2, but in that term it has voted for n1",
	},
	{
		name: "a vote of an earlier term counts for nothing after one of this term, too",
		good: func(s *story) { s.lateVote(); s.voteOf(n4, n1, 2, 0, 0); s.leads(n1, 2) },
		bad:  func(s *story) { s.lateVote(); s.leads(n1, 2) },

		convicts: SetOf(ElectedByMajority),
		first:    "n1 leads term 2 with the votes of 2 of 5 servers",
	},
}

// twoSecondEntries: n1 leads term 1 and n3 has its entry 2 on disk; n2 leads term 2, and has another.
func (s *story) twoSecondEntries() {
	s.starts(n4, n5)
	s.opens()
	s.keeps(2, 1, "x", n1, n3)
	s.elects(n2, 2, 1, 1, n4, n5)
	s.keeps(2, 2, "", n2)
}

// lateVote: n3 votes for n1 in term 2; then arrives the vote of n2 of term 1.
func (s *story) lateVote() {
	s.starts(n1, n2, n3, n4, n5)
	s.stands(n1, 1)
	s.asks(n1, n2, 0, 0)
	s.enters(n2, 1, n1)
	s.grants(n2, n1, 1)
	s.stands(n1, 2)
	s.voteOf(n3, n1, 2, 0, 0)
	s.granted(n2, n1, 1)
}

// leadsAlone: n1 is the only server, and leads.
func (s *story) leadsAlone() { s.starts(n1); s.stands(n1, 1); s.leads(n1, 1) }
