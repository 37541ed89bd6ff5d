// Package check is the judges: whether a run kept what Raft promises, and what the store promises
// to its clients. They know a run by its records and by the clients' history and by nothing else.
// Nothing of what they judge is shared with them: they have their own shadow of every log and their
// own model of the store.
//
// Start reading at [Judges.Observe], which says what each kind of record is to whom:
//
//	check.go             the checks by name, the verdicts
//	judges.go            Judges: records in, violations out
//	tree.go              every log that a server ever held, each stored once
//	shadow.go            each server's log: Log Matching, Leader Append-Only
//	election.go          each election: Election Safety, Leader Completeness
//	commit.go, apply.go  what is committed and applied: State Machine Safety
//	disk.go, promise.go  what is on disk, and what servers promise of it: Durability
//	letters.go           messages that wait for the disk, and die with their life
//	vote.go, append.go   how votes and entries go from server to server: lemmas
//	monotonic.go         terms, which never fall
//	client.go            what clients were told, against the log
//	reads.go             what is read without an entry
//	sessions.go          what retries come to, and refusals
//	store.go, model.go   the judges' own store: a key of it, and all of it with its sessions
//	end.go               how the run ended
//	liveness.go          whether what has healed settles in time
//	linearizability.go   what clients were told, against the store
//	witness.go           the order of the log, which nearly always explains it
//	explanation.go       in words, why nothing does
//	names.go             what clients asked for, as the story names it
package check

import "fmt"

// Check is one promise that a judge watches over.
type Check uint8

// The checks, in the order in which they are told.
const (
	ElectionSafety     Check = iota + 1 // a term has at most one leader (§5.2)
	LeaderAppendOnly                    // a leader never changes what its log holds (§5.3)
	LogMatching                         // one index and term: one log through there (§5.3)
	LeaderCompleteness                  // a leader holds what earlier terms committed (§5.4)
	StateMachineSafety                  // all commit and apply the same, in order (§5.4.3)
	Acknowledged                        // what a client was told stays true of the log
	Agreement                           // at the end, all running servers hold the same store
	Linearizability                     // the answers fit one order of the requests (§8)
	Finished                            // every request came to an end, where nothing healed
	NoPanic                             // no server gave up in the middle of what it did
	Durability                          // what leaves a server as a promise was durable (Figure 2)
	Monotonic                           // terms, commit and applied index never fall (Figure 2)
	VoteOnce                            // a server's votes of a term name one candidate (§5.2)
	VoteUpToDate                        // votes go to logs as up to date as the own (§5.4.1)
	ElectedByMajority                   // a leader has the votes of a majority (§5.2)
	CommitOwnTerm                       // only entries of the own term commit by counting (§5.4.2)
	CommitDurable                       // what a leader commits was on a majority of disks (§5.3)
	CommitVerified                      // a follower commits what its leader verified (§5.3)
	AppendAgrees                        // a follower's log follows its term's leader's (§5.3)
	Sessions                            // a retry takes effect once, a refusal has a reason (§6.3)
	Validity                            // what is committed, a client asked for
	ReadCurrent                         // a read without an entry sees what is committed (§6.4)
	Liveness                            // what has healed elects, answers and agrees in time

	checkCount
)

var checkNames = [checkCount]string{
	ElectionSafety:     "election_safety",
	LeaderAppendOnly:   "leader_append_only",
	LogMatching:        "log_matching",
	LeaderCompleteness: "leader_completeness",
	StateMachineSafety: "state_machine_safety",
	Acknowledged:       "acknowledged",
	Agreement:          "agreement",
	Linearizability:    "linearizability",
	Finished:           "finished",
	NoPanic:            "no_panic",
	Durability:         "durability",
	Monotonic:          "monotonic",
	VoteOnce:           "vote_once",
	VoteUpToDate:       "vote_up_to_date",
	ElectedByMajority:  "elected_by_majority",
	CommitOwnTerm:      "commit_own_term",
	CommitDurable:      "commit_durable",
	CommitVerified:     "commit_verified",
	AppendAgrees:       "append_agrees",
	Sessions:           "sessions",
	Validity:           "validity",
	ReadCurrent:        "read_current",
	Liveness:           "liveness",
}

// String returns the name by which scenarios and results know the check. It does not change.
func (c Check) String() string {
	if c > 0 && c < checkCount {
		return checkNames[c]
	}
	return fmt.Sprintf("Check(%d)", uint8(c))
}

// Kind tells what it means that a check is violated.
type Kind uint8

// The kinds of checks.
const (
	// Theorem: what Raft and the store promise those who use them, and Figure 3, which leads there.
	Theorem Kind = iota + 1
	// Lemma: a rule that each server keeps, and from which the theorems follow. Who breaks it is
	// seen long before a theorem falls, and in runs in which none does.
	Lemma
	// OfRun: nothing that the protocol promises of every run, but how this one went.
	OfRun
)

// String returns the kind in a word.
func (k Kind) String() string {
	switch k {
	case Theorem:
		return "theorem"
	case Lemma:
		return "lemma"
	case OfRun:
		return "run"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Kind returns whether the check is a theorem, a lemma, or of the run.
func (c Check) Kind() Kind {
	switch c {
	case Durability, Monotonic, VoteOnce, VoteUpToDate, ElectedByMajority,
		CommitOwnTerm, CommitDurable, CommitVerified, AppendAgrees, ReadCurrent:
		return Lemma
	case Agreement, Finished, NoPanic:
		return OfRun
	}
	return Theorem
}

// Checks returns all checks in their fixed order, in a new slice.
func Checks() []Check {
	checks := make([]Check, 0, checkCount-1)
	for c := Check(1); c < checkCount; c++ {
		checks = append(checks, c)
	}
	return checks
}

// Named returns the check of that name, and whether there is one.
func Named(name string) (Check, bool) {
	for c := Check(1); c < checkCount; c++ {
		if checkNames[c] == name {
			return c, true
		}
	}
	return 0, false
}

// Set is a set of checks, a bit each. The zero value is the empty set.
type Set uint64

// SetOf returns the set of the given checks.
func SetOf(checks ...Check) Set {
	var s Set
	for _, c := range checks {
		s = s.With(c)
	}
	return s
}

// With returns the set with c in it.
func (s Set) With(c Check) Set { return s | 1<<c }

// Without returns the set with c not in it.
func (s Set) Without(c Check) Set { return s &^ (1 << c) }

// Has tells whether c is in the set.
func (s Set) Has(c Check) bool { return s>>c&1 == 1 }

// Status is what became of a check in a run.
type Status uint8

// The statuses.
const (
	OK        Status = iota + 1 // nothing spoke against it
	Violated                    // a violation was found
	Undecided                   // what would decide it did not happen, or was too long to compute
	Excused                     // violated, but by what no Raft could be right or live in
	Off                         // not asked for
)

// String returns the status in a word.
func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case Violated:
		return "violated"
	case Undecided:
		return "undecided"
	case Excused:
		return "excused"
	case Off:
		return "off"
	}
	return fmt.Sprintf("Status(%d)", uint8(s))
}
