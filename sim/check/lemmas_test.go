package check

import (
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
)

func TestLemmaVerdicts(t *testing.T) { testVerdicts(t, lemmaVerdicts, judgeLogs) }

// lemmaVerdicts are those of lemmas. All checks are on: the stories tell all that leads to what
// happens in them. Where a correct run needs an exemption, the good twin is such a run.
var lemmaVerdicts = slices.Concat(diskVerdicts, messageVerdicts, lifeVerdicts, closeVerdicts)

// messageVerdicts are of votes, entries and commits, as they go from server to server.
var messageVerdicts = []verdict{
	{
		// The later term makes the promise no lie, but the first vote has left.
		name: "a server votes once in a term",
		good: func(s *story) {
			s.opens()
			s.enters(n3, 2, n2)
			s.grants(n3, n2, 2)
			s.enters(n3, 3, n1)
			s.grants(n3, n1, 3)
			s.grants(n3, n2, 2)
		},
		bad: func(s *story) {
			s.opens()
			s.enters(n3, 2, n2)
			s.grants(n3, n2, 2)
			s.enters(n3, 3, n1)
			s.grants(n3, n1, 3)
			s.grants(n3, n1, 2)
		},
		convicts: SetOf(VoteOnce),
		first:    "n3 votes for n1 in term 2, but in that term it has voted for n2",
	},
	{
		// Exemption: a vote that never left may be forgotten.
		name: "a server votes once in a term, over its lives",
		good: func(s *story) {
			s.opens()
			s.follows(n3, 2)
			s.saves(n3, 2, n2)
			s.holdsGrant(n3, n2, 2)
			s.votesAnew()
		},
		bad: func(s *story) {
			s.opens()
			s.follows(n3, 2)
			s.saves(n3, 2, n2)
			s.grants(n3, n2, 2)
			s.votesAnew()
		},
		convicts: SetOf(Durability, VoteOnce),
		first:    "n3 votes for n2 in term 2, but its disk holds term 1 and a vote for n1",
	},
	{
		name: "a candidate has voted",
		good: func(s *story) { s.opens(); s.stands(n2, 2); s.asks(n2, n3, 1, 1); s.asks(n2, n1, 1, 1) },
		bad: func(s *story) {
			s.opens()
			s.stands(n2, 2)
			s.asks(n2, n3, 1, 1)
			s.saves(n2, 2, n1)
			s.persists(n2)
			s.grants(n2, n1, 2)
		},
		convicts: SetOf(VoteOnce),
		first:    "n2 writes term 2 and a vote for n1, but in that term it has voted for n2",
	},
	{
		name: "a leader has voted",
		good: func(s *story) { s.opens(); s.enters(n1, 2, n2); s.grants(n1, n2, 2) },
		bad:  func(s *story) { s.opens(); s.enters(n1, 1, n2); s.grants(n1, n2, 1) },

		convicts: SetOf(VoteOnce),
		first:    "n1 writes term 1 and a vote for n2, but in that term it has voted for n1",
	},
	{
		name: "a vote is kept until the term ends",
		good: func(s *story) { s.opens(); s.saves(n3, 2, n2); s.saves(n3, 2, n2); s.saves(n3, 3, raft.None) },
		bad:  func(s *story) { s.opens(); s.saves(n3, 2, n2); s.saves(n3, 2, raft.None) },

		convicts: SetOf(VoteOnce),
		first:    "n3 writes term 2 and no vote, but in that term it has voted for n2",
	},
	{
		name: "a vote goes to no shorter log",
		good: func(s *story) { s.opens(); s.stands(n2, 2); s.voteOf(n3, n2, 2, 1, 1) },
		bad:  func(s *story) { s.openTwo(); s.stands(n2, 2); s.voteOf(n1, n2, 2, 1, 1) },

		convicts: SetOf(VoteUpToDate),
		first: "n1 votes in term 2 for n2, whose log ends with entry 1 of term 1, " +
			"but its own ends with entry 2 of term 1",
	},
	{
		name: "a vote goes to no log of an earlier term, however long",
		good: func(s *story) { s.openTwo(); s.stands(n3, 2); s.voteOf(n1, n3, 2, 2, 1) },
		bad: func(s *story) {
			s.opens()
			s.elects(n2, 2, 1, 1, n3)
			s.keeps(2, 2, "", n2)
			s.stands(n3, 3)
			s.voteOf(n2, n3, 3, 7, 1)
		},
		convicts: SetOf(VoteUpToDate),
		first: "n2 votes in term 3 for n3, whose log ends with entry 7 of term 1, " +
			"but its own ends with entry 2 of term 2",
	},
	{
		// Exemption: while the vote was held, others elected n2, and it has sent entries. Nor need
		// who repeats a vote look again.
		name: "a log may grow between a vote and its leaving",
		good: func(s *story) { s.opens(); s.stands(n2, 2); s.asks(n2, n3, 1, 1); s.growsAfter(s.holdsGrant) },
		bad: func(s *story) {
			s.opens()
			s.stands(n2, 2)
			s.asks(n2, n3, 1, 1)
			s.growsAfter(func(raft.ServerID, raft.ServerID, raft.Term) {})
		},
		convicts: SetOf(VoteUpToDate),
		first: "n3 votes in term 2 for n2, whose log ends with entry 1 of term 1, " +
			"but its own ends with entry 2 of term 2",
	},
	{
		// Exemption: the vote that leaves second was given when the log had not grown, too.
		name: "two held votes leave late",
		good: func(s *story) { s.opens(); s.growsAfterTwo(s.holdsGrant) },
		bad: func(s *story) {
			s.opens()
			s.growsAfterTwo(func(raft.ServerID, raft.ServerID, raft.Term) {})
		},
		convicts: SetOf(VoteUpToDate),
		first: "n3 votes in term 3 for n2, whose log ends with entry 1 of term 1, " +
			"but its own ends with entry 2 of term 3",
	},
	{
		name: "half is no majority",
		good: func(s *story) { s.starts(n1, n2, n3, n4); s.elects(n1, 1, 0, 0, n2, n4) },
		bad:  func(s *story) { s.starts(n1, n2, n3, n4); s.elects(n1, 1, 0, 0, n2) },

		convicts: SetOf(ElectedByMajority),
		first:    "n1 leads term 1 with the votes of 2 of 4 servers",
	},
	{
		name: "a leader has the votes of a majority",
		good: func(s *story) { s.starts(n1, n2, n3, n4, n5); s.elects(n1, 1, 0, 0, n2, n3) },
		bad: func(s *story) {
			s.starts(n1, n2, n3, n4, n5)
			s.stands(n1, 1)
			s.voteOf(n2, n1, 1, 0, 0)
			s.granted(n2, n1, 1)
			s.granted(n2, n1, 1)
			s.leads(n1, 1)
		},
		convicts: SetOf(ElectedByMajority),
		first:    "n1 leads term 1 with the votes of 2 of 5 servers",
	},
	{
		name: "a candidate's own vote counts when it is durable",
		good: func(s *story) {
			s.starts(n1)
			s.stands(n1, 1)
			s.leads(n1, 1)
		},
		bad: func(s *story) {
			s.starts(n1)
			s.saves(n1, 1, n1)
			s.leads(n1, 1)
		},
		convicts: SetOf(ElectedByMajority),
		first:    "n1 leads term 1 with the votes of 0 of 1 servers",
	},
	{
		name: "votes of an earlier term elect nobody",
		good: func(s *story) {
			s.starts(n1, n2, n3)
			s.stands(n1, 1)
			s.voteOf(n2, n1, 1, 0, 0)
			s.stands(n1, 2)
			s.granted(n2, n1, 1)
			s.voteOf(n3, n1, 2, 0, 0)
			s.leads(n1, 2)
		},
		bad: func(s *story) {
			s.starts(n1, n2, n3)
			s.stands(n1, 1)
			s.voteOf(n2, n1, 1, 0, 0)
			s.stands(n1, 2)
			s.granted(n2, n1, 1)
			s.leads(n1, 2)
		},
		convicts: SetOf(ElectedByMajority),
		first:    "n1 leads term 2 with the votes of 1 of 3 servers",
	},
	{
		name: "votes of an earlier life elect nobody",
		good: func(s *story) {
			s.starts(n1, n2, n3)
			s.stands(n1, 1)
			s.voteOf(n2, n1, 1, 0, 0)
			s.leads(n1, 1)
		},
		bad: func(s *story) {
			s.starts(n1, n2, n3)
			s.stands(n1, 1)
			s.voteOf(n2, n1, 1, 0, 0)
			s.crashes(n1)
			s.gives(n1, 1, n1, 0)
			s.leads(n1, 1)
		},
		convicts: SetOf(ElectedByMajority),
		first:    "n1 leads term 1 with the votes of 1 of 3 servers",
	},
	{
		name: "entries of an earlier term commit only with one of the own",
		good: func(s *story) { s.secondTerm(); s.keeps(3, 2, "", n2, n3); s.commits(3, n2) },
		bad:  func(s *story) { s.secondTerm(); s.commits(2, n2) },

		convicts: SetOf(CommitOwnTerm),
		first:    "n2, which leads term 2, commits through entry 2 of term 1",
	},
	{
		name: "a leader counts itself when its disk holds the entry",
		good: func(s *story) { s.opens(); s.keeps(2, 1, "x", n1, n2); s.commits(2, n1) },
		bad: func(s *story) {
			s.opens()
			s.appends(n1, 2, 1, "x")
			s.stores(n1, 2, 1)
			s.keeps(2, 1, "x", n2)
			s.commits(2, n1)
		},
		convicts: SetOf(CommitDurable),
		first:    "n1 commits entry 2 of term 1, but only 1 of 3 disks have held it",
	},
	{
		// Exemption: n3 has crashed since, and what its disk gives back is not yet known.
		name: "who held an entry on disk counts",
		good: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1, n3)
			s.crashes(n3)
			s.commits(2, n1)
		},
		bad: func(s *story) {
			s.opens()
			s.keeps(2, 1, "x", n1)
			s.appends(n3, 2, 1, "x")
			s.stores(n3, 2, 1)
			s.crashes(n3)
			s.commits(2, n1)
		},
		convicts: SetOf(CommitDurable),
		first:    "n1 commits entry 2 of term 1, but only 1 of 3 disks have held it",
	},
	{
		name: "a follower commits what its leader has committed",
		good: func(s *story) { s.openTwo(); s.hears(n2, n1, 0, 1, 1); s.commits(1, n2) },
		bad:  func(s *story) { s.openTwo(); s.hears(n2, n1, 0, 1, 0); s.commits(1, n2) },

		convicts: SetOf(CommitVerified),
		first: "n2 commits through entry 1, but its leader told it that 0 is committed, " +
			"and verified its log through 1",
	},
	{
		name: "a follower commits what its leader has verified",
		good: func(s *story) { s.openTwo(); s.hears(n3, n1, 1, 2, 2); s.commits(2, n3) },
		bad:  func(s *story) { s.openTwo(); s.hears(n3, n1, 1, 1, 2); s.commits(2, n3) },

		convicts: SetOf(CommitVerified),
		first: "n3 commits through entry 2, but its leader told it that 2 is committed, " +
			"and verified its log through 1",
	},
	{
		name: "a follower heeds the leader of its term",
		good: func(s *story) {
			s.openTwo()
			s.enters(n3, 2, raft.None)
			s.terms[n2] = 2
			s.hears(n3, n2, 1, 2, 2)
			s.commits(2, n3)
		},
		bad: func(s *story) {
			s.openTwo()
			s.hears(n3, n1, 1, 2, 2)
			s.enters(n3, 2, raft.None)
			s.commits(2, n3)
		},
		convicts: SetOf(CommitVerified),
		first: "n3 commits through entry 2, but its leader told it that 0 is committed, " +
			"and verified its log through 0",
	},
	{
		name: "what a follower attests stands in the leader's log",
		good: func(s *story) { s.openTwo(); s.accepts(n3, n1, 1, 2, 1) },
		bad: func(s *story) {
			s.opens()
			s.elects(n2, 2, 1, 1, n1)
			s.keeps(2, 2, "", n2)
			s.enters(n3, 2, raft.None)
			s.appends(n1, 2, 2, "")
			s.stores(n1, 2, 1)
			s.message(record.Held, raft.AppendEntriesResponse, n1, n2,
				record.Record{Index: 2, EntryTerm: 1})
		},
		convicts: SetOf(AppendAgrees),
		first:    "n1 attests entry 2 of term 1, but n2, which leads term 2, does not hold it",
	},
	{
		// Exemption: n2 has stepped down, and its log may have been rewritten since.
		name: "what a follower takes in stands in the leader's log",
		good: func(s *story) {
			s.opens()
			s.follows(n1, 2)
			s.keeps(2, 1, "x", n3)
			s.accepts(n3, n1, 1, 2, 1)
		},
		bad: func(s *story) { s.opens(); s.keeps(2, 1, "x", n3) },

		convicts: SetOf(AppendAgrees),
		first:    "n3 takes in entry 2 of term 1, but not from the log of n1, which leads term 1",
	},
	{
		name: "a follower drops nothing that the leader holds",
		good: func(s *story) {
			s.starts(n4, n5)
			s.opens()
			s.keeps(2, 1, "x", n1, n3)
			s.elects(n2, 2, 1, 1, n4, n5)
			s.keeps(2, 2, "", n2)
			s.replaces(n3)
		},
		bad: func(s *story) {
			s.starts(n4, n5)
			s.opens()
			s.keeps(2, 1, "x", n1, n3)
			s.truncates(n3, 1)
			s.appends(n3, 2, 1, "x")
		},

		convicts: SetOf(AppendAgrees),
		first:    "n3 drops entry 2 of term 1, but n1, which leads term 1, holds it",
	},
	{
		// The votes for n3 in term 4 are late: n1, elected in term 5, commits before n3 even leads,
		// and n3 lacks what is committed. That is no crime, since the commit is of term 5. But n3
		// can commit nothing: of each majority, one is in term 5.
		name: "a leader of a lower term is elected late",
		good: func(s *story) { s.lateElection(); s.leads(n3, 4); s.keeps(1, 4, "", n3) },
		bad: func(s *story) {
			s.lateElection()
			s.leads(n3, 4)
			s.keeps(1, 4, "", n3)
			s.commits(1, n3)
		},
		convicts: SetOf(CommitDurable, LeaderCompleteness, StateMachineSafety),
		first:    "n3 commits entry 1 of term 4, but only 1 of 3 disks have held it",
	},
}

// Whatever has a term tells when it falls.
func TestEveryTermCounts(t *testing.T) {
	for _, kind := range []record.Kind{
		record.TimerFired, record.BecameFollower, record.BecameCandidate, record.BecameLeader,
		record.LearnedLeader, record.Truncated, record.Appended, record.Committed, record.Applied,
		record.Written, record.Refused,
	} {
		tale := func(term raft.Term) []record.Record {
			return tell(func(s *story) {
				s.opens()
				s.follows(n3, 2)
				s.put(record.Record{Kind: kind, Server: n3, Term: term, Number: 3})
			})
		}
		if got := convicted(judgeAll(tale(2))); got.Has(Monotonic) {
			t.Errorf("a %v of the same term is a fall", kind)
		}
		if got := convicted(judgeAll(tale(1))); !got.Has(Monotonic) {
			t.Errorf("a %v of a lower term is none", kind)
		}
	}
}
