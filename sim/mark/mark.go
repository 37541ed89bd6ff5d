// Package mark says what a run went through: elections, split votes, truncations, crashes between a
// write and its sync. A [Mark] is a happening with a name; a run whose marks are few has tested
// little. The same names begin what a fault waits for, a [Condition].
//
// Start reading at the table, in table.go: it names every mark and says what it is. watch.go and
// its neighbours recognise them in the records of a run; condition.go and triggers.go are the
// grammar of when.
package mark

import (
	"math/bits"

	"raftkv/raft"
	"raftkv/sim/record"
)

// Mark is a kind of happening. The first marks are the kinds of records, with their numbers and
// names; the others are those of their combinations that are worth a name. 0 is none. Their numbers
// change between versions, their names do not.
type Mark uint8

// The combinations, in the order in which they are told. The table says what each is.
const (
	LeaderElected Mark = Mark(record.KindCount) + iota
	LeaderChanged
	LeaderReelected
	ElectedLate
	StoodAgain
	SplitVote
	CandidateYielded
	VoteRefused
	VoteRefusedOlderLog
	VoteRefusedLoyal
	PreVoteRefused
	PreVoteRefusedLoyal
	PreVoteWon
	PreVoteLost
	AskedAgain
	LeaderDeposed
	QuorumLost
	DeposedUncommitted
	TwoLeaders
	LeaderCutOff

	LogTruncated
	TruncatedSeveral
	TruncatedOldLeader
	AppendRefused
	CaughtUp
	CommittedOlderTerm
	CommittedSeveral

	CrashUnsynced
	CrashUnsent
	MajorityDown
	AllDown
	CoreHealed
	RestartedWithLog
	RestartedWithVote
	RestartedUnsent
	OverdueTimer

	MessageLost
	LostToDown
	DeliveredTwice
	Overtaken
	MessageFast
	MessageSlow
	MessageLate
	StaleMessage
	FromEarlierLife
	ToLaterLife

	RequestOK
	RequestKeyExists
	RequestKeyMissing
	RequestRefused
	RequestUnknown
	RefusedByDeposed
	RefusedTransferring
	RefusedTooMany
	ProposedToOldLeader
	RetryRepeated
	RetrySuperseded
	SessionGone

	ReadAnswered
	ReadAfterRound
	ReadUnderLease
	ReadDropped

	HandedOver
	TransferDone
	TransferAborted
	TransferRefused

	// Faults by their verbs, then those that strike a server, three each, by its role.
	verbs
	onRoles   = verbs + Mark(record.VerbCount) - 1
	markCount = onRoles + roles*Mark(len(struck{}))
)

// roles is how many roles a server has.
const roles = Mark(raft.PreCandidate)

// OfKind returns the mark that a kind of record is, 0 if there is no such kind.
func OfKind(kind record.Kind) Mark {
	if kind >= record.KindCount {
		return 0
	}
	return Mark(kind)
}

// IsKind tells whether the mark is a kind of record, and no combination.
func (m Mark) IsKind() bool { return m > 0 && m < Mark(record.KindCount) }

// OfFault returns the mark of a fault that does what the verb says, 0 if there is no such verb.
func OfFault(verb record.Verb) Mark {
	if verb == 0 || verb >= record.VerbCount {
		return 0
	}
	return verbs + Mark(verb) - 1
}

// OfFaultOn returns the mark of such a fault that strikes a server in a role, 0 for a verb that
// strikes no server. Of a fault that strikes several at once it tells only crashes and pauses.
func OfFaultOn(verb record.Verb, role raft.Role) Mark {
	for i, v := range strikes {
		if v == verb && role >= raft.Follower && Mark(role) <= roles {
			return onRoles + roles*Mark(i) + Mark(role-1)
		}
	}
	return 0
}

// All returns all marks in their order, in a new slice: kinds of records, then combinations.
func All() []Mark {
	marks := make([]Mark, 0, markCount-1)
	for m := Mark(1); m < markCount; m++ {
		marks = append(marks, m)
	}
	return marks
}

// Combinations returns the marks that are no kinds of records: by these a run is measured.
func Combinations() []Mark { return All()[record.KindCount-1:] }

// Kinds returns the marks that are kinds of records.
func Kinds() []Mark { return All()[:record.KindCount-1] }

// Essential returns the few combinations without which a run has hardly tested Raft.
func Essential() []Mark {
	var marks []Mark
	for _, m := range Combinations() {
		if table[m].essential {
			marks = append(marks, m)
		}
	}
	return marks
}

// Named returns the mark of that name, and whether there is one.
func Named(name string) (Mark, bool) {
	for m := Mark(1); m < markCount; m++ {
		if table[m].name == name {
			return m, true
		}
	}
	return 0, false
}

// Names returns the names of the given marks.
func Names(marks []Mark) []string {
	names := make([]string, len(marks))
	for i, m := range marks {
		names[i] = m.String()
	}
	return names
}

// Set is a set of marks, a bit each. The zero value is the empty set.
type Set [4]uint64

// With returns the set with m in it.
func (s Set) With(m Mark) Set {
	s[m/64] |= 1 << (m % 64)
	return s
}

// Without returns the set with m not in it.
func (s Set) Without(m Mark) Set {
	s[m/64] &^= 1 << (m % 64)
	return s
}

// Has tells whether m is in the set.
func (s *Set) Has(m Mark) bool { return s[m/64]>>(m%64)&1 == 1 }

// Next returns the lowest mark of the set above m, or 0. The idiom
//
//	for m := s.Next(0); m != 0; m = s.Next(m)
//
// visits the set in order.
func (s *Set) Next(m Mark) Mark {
	word := int(m / 64)
	rest := s[word] &^ (1<<(m%64+1) - 1)
	for rest == 0 {
		if word++; word == len(s) {
			return 0
		}
		rest = s[word]
	}
	return Mark(64*word + bits.TrailingZeros64(rest))
}

// And returns the marks that are in both sets.
func (s *Set) And(other *Set) (both Set) {
	for i := range s {
		both[i] = s[i] & other[i]
	}
	return both
}

// Counts is how often each mark occurred, by mark, in a run or in several.
type Counts [markCount]uint64

// Add adds the counts of another run.
func (c *Counts) Add(other *Counts) {
	for m := range c {
		c[m] += other[m]
	}
}

// Seen returns how many of the marks occurred.
func (c *Counts) Seen(among []Mark) int { return len(among) - len(c.Unseen(among)) }

// Unseen returns those of the marks that did not occur.
func (c *Counts) Unseen(among []Mark) []Mark {
	var unseen []Mark
	for _, m := range among {
		if c[m] == 0 {
			unseen = append(unseen, m)
		}
	}
	return unseen
}
