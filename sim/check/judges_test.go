package check

import (
	"raftkv/sim/record"
)

// lemmas are all lemmas.
var lemmas = func() (s Set) {
	for _, c := range Checks() {
		if c.Kind() == Lemma {
			s = s.With(c)
		}
	}
	return s
}()

// unasked is for stories that do not tell what clients ask for: where their commands come from.
var unasked = SetOf(Validity)

// judge judges a story that tells of roles, logs and answers only. Lemmas, which ask for the
// messages and writes that led to them, are off.
func judge(records []record.Record) *Judges { return judgeWithout(lemmas|unasked, records) }

// judgeLogs judges a story that tells all that happens to servers.
func judgeLogs(records []record.Record) *Judges { return judgeWithout(unasked, records) }

// judgeAll judges with every check.
func judgeAll(records []record.Record) *Judges { return judgeWithout(0, records) }

func judgeWithout(off Set, records []record.Record) *Judges {
	var j Judges
	j.Reset(off)
	observe(&j, records)
	return &j
}

func observe(j *Judges, records []record.Record) {
	for i := range records {
		j.Observe(&records[i])
	}
}

func convicted(j *Judges) Set {
	var s Set
	for _, v := range j.Violations() {
		s = s.With(v.Check)
	}
	return s
}

// verdict is a story for a way to break a promise, beside a twin that keeps it: as like the bad one
// as can be, so that what convicts is the crime and not its surroundings.
type verdict struct {
	name     string
	good     func(*story)
	bad      func(*story)
	convicts Set
	first    string
}

// verdicts are those of theorems, and of the run. See lemmaVerdicts for the others.
var verdicts = []verdict{
	{
		name: "a term has one leader",
		good: func(s *story) { s.starts(n2, n4); s.leads(n2, 3); s.leads(n4, 4) },
		bad:  func(s *story) { s.starts(n2, n4); s.leads(n2, 3); s.leads(n4, 3) },

		convicts: SetOf(ElectionSafety),
		first:    "n2 and n4 both lead term 3",
	},
	{
		name: "a term has one leader, found among later ones",
		good: func(s *story) { s.starts(n1, n2, n3); s.leads(n2, 3); s.leads(n1, 5); s.leads(n3, 4) },
		bad:  func(s *story) { s.starts(n1, n2, n3); s.leads(n2, 3); s.leads(n1, 5); s.leads(n3, 3) },

		convicts: SetOf(ElectionSafety),
		first:    "n2 and n3 both lead term 3",
	},
	{
		name: "a restart forgets the term that was won",
		good: func(s *story) {
			s.starts(n1)
			s.leads(n1, 1)
			s.crashes(n1)
			s.restarts(n1)
			s.leads(n1, 2)
		},
		bad: func(s *story) {
			s.starts(n1)
			s.leads(n1, 1)
			s.crashes(n1)
			s.restarts(n1)
			s.leads(n1, 1)
		},

		convicts: SetOf(ElectionSafety),
		first:    "n1 is elected in term 1 a second time",
	},
	{
		name: "who leads a term beside another need not hold what that one commits",
		good: func(s *story) {
			s.starts(n2, n4)
			s.leads(n2, 1)
			s.leads(n2, 3)
			s.appends(n2, 1, 3, "")
			s.commits(1, n2)
			s.leads(n4, 2)
		},
		bad: func(s *story) {
			s.starts(n2, n4)
			s.leads(n2, 1)
			s.leads(n2, 3)
			s.appends(n2, 1, 3, "")
			s.commits(1, n2)
			s.leads(n4, 3)
		},
		convicts: SetOf(ElectionSafety),
		first:    "n2 and n4 both lead term 3",
	},
	{
		name: "a leader drops nothing",
		good: func(s *story) {
			s.begins()
			s.appends(n1, 2, 1, "x")
			s.follows(n1, 2)
			s.truncates(n1, 1)
		},
		bad: func(s *story) {
			s.begins()
			s.appends(n1, 2, 1, "x")
			s.truncates(n1, 1)
			s.follows(n1, 2)
		},
		convicts: SetOf(LeaderAppendOnly),
		first:    "n1, which leads term 1, drops entry 2",
	},
	{
		name: "a leader writes nothing anew",
		good: func(s *story) { s.begins(); s.appends(n1, 2, 1, "x"); s.appends(n1, 3, 1, "y") },
		bad:  func(s *story) { s.begins(); s.appends(n1, 2, 1, "x"); s.appends(n1, 2, 1, "x") },

		convicts: SetOf(LeaderAppendOnly),
		first:    "n1, which leads term 1, writes entry 2 anew",
	},
	{
		name: "a reign ends with the life",
		good: func(s *story) {
			s.starts(n1)
			s.leads(n1, 1)
			s.appendAll(1, 1, "", n1)
			s.appendAll(2, 1, "x", n1)
			s.crashes(n1)
			s.restarts(n1)
			s.recovers(n1, 1, 1, "")
			s.recovers(n1, 2, 1, "x")
			s.truncates(n1, 1)
		},
		bad: func(s *story) {
			s.starts(n1)
			s.leads(n1, 1)
			s.appendAll(1, 1, "", n1)
			s.appendAll(2, 1, "x", n1)
			s.truncates(n1, 1)
		},
		convicts: SetOf(LeaderAppendOnly),
		first:    "n1, which leads term 1, drops entry 2",
	},
	{
		name: "one index and term, one entry",
		good: func(s *story) { s.begins(); s.appendAll(2, 1, "x", n1, n3) },
		bad:  func(s *story) { s.begins(); s.appends(n1, 2, 1, "x"); s.appends(n3, 2, 1, "y") },

		convicts: SetOf(LogMatching),
		first:    "n1 and n3 hold different entries 2 of term 1",
	},
	{
		name: "one index and term, one log before it",
		good: func(s *story) {
			s.begins()
			s.appends(n2, 2, 1, "x")
			s.follows(n3, 2)
			s.appendAll(3, 2, "z", n2)
			s.appends(n3, 2, 1, "x")
			s.appends(n3, 3, 2, "z")
		},
		bad: func(s *story) {
			s.begins()
			s.appends(n2, 2, 1, "x")
			s.follows(n3, 2)
			s.appendAll(3, 2, "z", n2)
			s.appends(n3, 2, 2, "y")
			s.appends(n3, 3, 2, "z")
		},
		convicts: SetOf(LogMatching),
		first:    "n2 and n3 hold the same entry 3 of term 2, but different entries 2",
	},
	{
		name: "a disk gives back what was written",
		good: func(s *story) { s.begins(); s.crashes(n2); s.restarts(n2); s.recovers(n2, 1, 1, "") },
		bad:  func(s *story) { s.begins(); s.crashes(n2); s.restarts(n2); s.recovers(n2, 1, 1, "rot") },

		convicts: SetOf(LogMatching),
		first:    "n1 and n2 hold different entries 1 of term 1",
	},
	{
		name: "a log has no gap",
		good: func(s *story) {
			s.begins()
			s.appendAll(2, 1, "x", n1, n2)
			s.appendAll(3, 1, "y", n1, n2)
		},
		bad: func(s *story) { s.begins(); s.appendAll(2, 1, "x", n1); s.appendAll(3, 1, "y", n1, n2) },

		convicts: SetOf(LogMatching),
		first:    "n2 writes entry 3, but its log ends with entry 1",
	},
	{
		// What n1 committed is not known, so nobody can be blamed for committing it too.
		name: "a gap is all that is known of a log",
		good: func(s *story) {
			s.begins()
			s.appendAll(2, 1, "x", n1, n2)
			s.appendAll(3, 1, "y", n1, n2)
			s.commits(3, n1, n2)
			s.applies(n1, 2, 1, "x", 7)
			s.tells(1, 1, 3, 1, "y")
			s.truncates(n2, 3)
			s.follows(n1, 2)
			s.leads(n1, 3)
		},
		bad: func(s *story) {
			s.begins()
			s.appends(n2, 2, 1, "x")
			s.appendAll(3, 1, "y", n1, n2)
			s.commits(3, n1, n2)
			s.applies(n1, 2, 1, "x", 7)
			s.tells(1, 1, 3, 1, "y")
			s.truncates(n2, 3)
			s.follows(n1, 2)
			s.leads(n1, 3)
		},
		convicts: SetOf(LogMatching),
		first:    "n1 writes entry 3, but its log ends with entry 1",
	},
	{
		name: "a log with a gap may hold all that is committed",
		good: func(s *story) { s.twoCommitted(); s.appends(n2, 4, 1, "z"); s.leads(n2, 2) },
		bad:  func(s *story) { s.twoCommitted(); s.appends(n3, 4, 1, "z"); s.leads(n3, 2) },

		convicts: SetOf(LogMatching),
		first:    "n3 writes entry 4, but its log ends with entry 1",
	},
	{
		name: "who has a gap in the log still applies what others do",
		good: func(s *story) { s.twoCommitted(); s.applyBoth(n1, n2, n3) },
		bad: func(s *story) {
			s.twoCommitted()
			s.appends(n3, 3, 1, "y")
			s.commits(3, n3)
			s.applies(n1, 2, 1, "x", 7)
			s.applies(n3, 2, 1, "z", 7)
		},
		convicts: SetOf(LogMatching, StateMachineSafety),
		first:    "n3 writes entry 3, but its log ends with entry 1",
	},
	{
		name: "what is overwritten is dropped first",
		good: func(s *story) {
			s.begins()
			s.appends(n2, 2, 1, "x")
			s.truncates(n2, 1)
			s.appends(n2, 2, 2, "y")
		},
		bad:      func(s *story) { s.begins(); s.appends(n2, 2, 1, "x"); s.appends(n2, 2, 2, "y") },
		convicts: SetOf(LogMatching),
		first:    "n2 writes entry 2, but its log ends with entry 2",
	},
	{
		name: "a log keeps only what it has",
		good: func(s *story) { s.begins(); s.appends(n2, 2, 1, "x"); s.truncates(n2, 2) },
		bad:  func(s *story) { s.begins(); s.appends(n2, 2, 1, "x"); s.truncates(n2, 4) },

		convicts: SetOf(LogMatching),
		first:    "n2 keeps its log through entry 4, but the log ends with entry 2",
	},
	{
		name: "a leader holds what was committed before its term",
		good: func(s *story) {
			s.begins()
			s.appendAll(2, 1, "x", n1, n2)
			s.commits(2, n1)
			s.leads(n2, 2)
		},
		bad: func(s *story) {
			s.begins()
			s.appendAll(2, 1, "x", n1, n2)
			s.commits(2, n1)
			s.leads(n3, 2)
		},
		convicts: SetOf(LeaderCompleteness),
		first:    "n3 was elected in term 2 without entry 2 of term 1, which n1 committed in term 1",
	},
	{
		name: "an entry of an earlier term commits by counting (Figure 8)",
		good: func(s *story) { s.figure8(); s.leads(n5, 5) },
		bad:  func(s *story) { s.figure8(); s.commits(2, n1); s.leads(n5, 5) },

		convicts: SetOf(LeaderCompleteness),
		first:    "n5 was elected in term 5 without entry 2 of term 2, which n1 committed in term 4",
	},
	{
		// Good: the votes for n3 in term 4 were delayed until n1, which leads term 5, had
		// committed. Who judges by moments convicts n3, for it lacks what n1 has committed.
		// Bad: n3 comes late too, but it commits, and n1 lacks what was committed in a lower term.
		// Who judges by moments sees nothing: when n1 was elected nothing was committed, and n3
		// has it all.
		name: "the leader of a lower term is elected late",
		good: func(s *story) {
			s.starts(n1, n2, n3)
			s.leads(n1, 5)
			s.appendAll(1, 5, "", n1, n2)
			s.commits(1, n1, n2)
			s.leads(n3, 4)
			s.appends(n3, 1, 4, "")
		},
		bad: func(s *story) {
			s.starts(n1, n2, n3)
			s.leads(n1, 5)
			s.appendAll(1, 5, "", n1)
			s.leads(n3, 4)
			s.appendAll(1, 4, "", n3, n2)
			s.commits(1, n3)
		},
		convicts: SetOf(LeaderCompleteness),
		first:    "n1 was elected in term 5 without entry 1 of term 4, which n3 committed in term 4",
	},
	{
		// Of the leaders of higher terms it is the second who lacked what commits late. Its log has
		// been rewritten since, even with the entry that it lacked.
		name: "a commit of a lower term, after two elections and a rewrite",
		good: func(s *story) { s.lateCommit("x") },
		bad:  func(s *story) { s.lateCommit("y") },

		convicts: SetOf(LeaderCompleteness),
		first:    "n3 was elected in term 3 without entry 2 of term 1, which n1 committed in term 1",
	},
	{
		name: "servers commit the same",
		good: func(s *story) { s.begins(); s.appendAll(2, 1, "x", n1, n2); s.commits(2, n1, n2) },
		bad: func(s *story) {
			s.begins()
			s.appends(n2, 2, 2, "y")
			s.appends(n1, 2, 1, "x")
			s.commits(2, n1, n2)
		},
		convicts: SetOf(StateMachineSafety),
		first:    "n2 commits entry 2 of term 2, but n1 committed entry 2 of term 1, another one",
	},
	{
		name: "a follower commits after a leader",
		good: func(s *story) {
			s.begins()
			s.appendAll(2, 1, "x", n1, n2)
			s.commits(2, n1)
			s.commits(2, n2)
		},
		bad: func(s *story) {
			s.begins()
			s.appendAll(2, 1, "x", n1, n2)
			s.commits(2, n2)
			s.commits(2, n1)
		},

		convicts: SetOf(StateMachineSafety),
		first:    "n2 commits through entry 2, but no leader has got beyond 1",
	},
	{
		name: "a follower's word commits nothing",
		good: func(s *story) {
			s.begins()
			s.appendAll(2, 1, "x", n1, n2)
			s.commits(2, n1, n2)
			s.tells(1, 1, 2, 1, "x")
		},
		bad: func(s *story) {
			s.begins()
			s.appendAll(2, 1, "x", n1, n2)
			s.commits(2, n2)
			s.tells(1, 1, 2, 1, "x")
		},
		convicts: SetOf(StateMachineSafety, Acknowledged),
		first:    "n2 commits through entry 2, but no leader has got beyond 1",
	},
	{
		name: "the commit index stays in the log",
		good: func(s *story) { s.begins(); s.appends(n1, 2, 1, "x"); s.commits(2, n1) },
		bad:  func(s *story) { s.begins(); s.commits(2, n1) },

		convicts: SetOf(StateMachineSafety),
		first:    "n1 commits through entry 2, but its log ends with entry 1",
	},
	{
		name: "what is committed is not dropped",
		good: func(s *story) { s.begins(); s.appends(n2, 2, 1, "x"); s.truncates(n2, 1) },
		bad:  func(s *story) { s.begins(); s.appends(n2, 2, 1, "x"); s.truncates(n2, 0) },

		convicts: SetOf(StateMachineSafety),
		first:    "n2 drops entry 1, but it knows that entries through 1 are committed",
	},
	{
		name: "only what is committed is applied",
		good: func(s *story) {
			s.begins()
			s.appends(n1, 2, 1, "x")
			s.commits(2, n1)
			s.applies(n1, 2, 1, "x", 7)
		},
		bad: func(s *story) {
			s.begins()
			s.appends(n1, 2, 1, "x")
			s.applies(n1, 2, 1, "x", 7)
			s.commits(2, n1)
		},
		convicts: SetOf(StateMachineSafety),
		first:    "n1 applies entry 2, but it knows only of 1 as committed",
	},
	{
		name: "an entry is applied once in a life",
		good: func(s *story) {
			s.begins()
			s.crashes(n1)
			s.restarts(n1)
			s.recovers(n1, 1, 1, "")
			s.commits(1, n1)
			s.applies(n1, 1, 1, "", 0)
		},
		bad:      func(s *story) { s.begins(); s.applies(n1, 1, 1, "", 0) },
		convicts: SetOf(StateMachineSafety),
		first:    "n1 applies entry 1 after entry 1",
	},
	{
		name: "entries are applied in order",
		good: func(s *story) {
			s.twoCommitted()
			s.applies(n1, 2, 1, "x", 7)
			s.applies(n1, 3, 1, "y", 8)
		},
		bad: func(s *story) {
			s.twoCommitted()
			s.applies(n1, 3, 1, "y", 8)
			s.applies(n1, 2, 1, "x", 7)
		},

		convicts: SetOf(StateMachineSafety),
		first:    "n1 applies entry 3 after entry 1",
	},
	{
		name: "what is applied stands in the log",
		good: func(s *story) { s.twoCommitted(); s.applies(n1, 2, 1, "x", 7) },
		bad:  func(s *story) { s.twoCommitted(); s.applies(n1, 2, 1, "y", 7) },

		convicts: SetOf(StateMachineSafety),
		first:    "n1 applies an entry 2 of term 1 that is not entry 2 of term 1 in its log",
	},
	{
		name: "the same entries make the same store",
		good: func(s *story) { s.twoCommitted(); s.applyAll(2, 1, "x", 7, n1, n2) },
		bad: func(s *story) {
			s.twoCommitted()
			s.applies(n1, 2, 1, "x", 7)
			s.applies(n2, 2, 1, "x", 8)
		},

		convicts: SetOf(StateMachineSafety),
		first:    "the stores of n1 and n2 differ after entry 2, though the entries do not",
	},
	{
		name: "a restart makes the same store",
		good: func(s *story) { s.relives(7) },
		bad:  func(s *story) { s.relives(8) },

		convicts: SetOf(StateMachineSafety),
		first:    "the store of n1 after entry 2 is not what it was in an earlier life",
	},
	{
		name: "who is told that it is done is told of a committed entry",
		good: func(s *story) {
			s.begins()
			s.appends(n1, 2, 1, "x")
			s.commits(2, n1)
			s.tells(1, 3, 2, 1, "x")
		},
		bad: func(s *story) {
			s.begins()
			s.appends(n1, 2, 1, "x")
			s.tells(1, 3, 2, 1, "x")
			s.commits(2, n1)
		},
		convicts: SetOf(Acknowledged),
		first:    "c1 is told ok for its request 3, but its entry 2 of term 1 is not committed",
	},
	{
		name: "who is told that it is done is told of its own entry",
		good: func(s *story) { s.twoCommitted(); s.tells(1, 1, 2, 1, "x") },
		bad:  func(s *story) { s.twoCommitted(); s.tells(1, 1, 2, 1, "y") },

		convicts: SetOf(Acknowledged),
		first: "c1 is told ok for its request 1, but its entry 2 of term 1 is not the " +
			"entry 2 of term 1 that n1 committed",
	},
	{
		name: "who is told that it is done is told by which entry",
		good: func(s *story) { s.twoCommitted(); s.tells(1, 1, 2, 1, "x") },
		bad:  func(s *story) { s.twoCommitted(); s.tells(1, 1, 0, 0, "x") },

		convicts: SetOf(Acknowledged),
		first:    "c1 is told ok for its request 1, but by no entry",
	},
	{
		name: "of several entries the first that differs is named, and what a client was told of any",
		good: func(s *story) { s.twoCommitted(); s.tells(1, 1, 2, 1, "x"); s.applyBoth() },
		bad: func(s *story) {
			s.twoCommitted()
			s.tells(1, 1, 2, 1, "x")
			s.follows(n3, 2)
			s.appends(n3, 2, 2, "z")
			s.appends(n3, 3, 2, "w")
			s.commits(3, n3)
		},
		convicts: SetOf(StateMachineSafety, Acknowledged),
		first:    "n3 commits entry 2 of term 2, but n1 committed entry 2 of term 1, another one",
	},
	{
		name: "what a client was told is committed nowhere else",
		good: func(s *story) {
			s.twoCommitted()
			s.tells(1, 1, 2, 1, "x")
			s.appends(n3, 2, 1, "x")
			s.commits(2, n3)
		},
		bad: func(s *story) {
			s.twoCommitted()
			s.tells(1, 1, 2, 1, "x")
			s.appends(n3, 2, 2, "z")
			s.commits(2, n3)
		},
		convicts: SetOf(StateMachineSafety, Acknowledged),
		first:    "n3 commits entry 2 of term 2, but n1 committed entry 2 of term 1, another one",
	},
	{
		name: "what a client was told is what all apply",
		good: func(s *story) { s.twoCommitted(); s.tells(1, 1, 2, 1, "x"); s.applies(n2, 2, 1, "x", 7) },
		bad:  func(s *story) { s.twoCommitted(); s.tells(1, 1, 2, 1, "x"); s.applies(n2, 2, 1, "y", 7) },

		convicts: SetOf(StateMachineSafety, Acknowledged),
		first:    "n2 applies an entry 2 of term 1 that is not entry 2 of term 1 in its log",
	},
	{
		// The conflict came first, the answer after it; only the end shows both.
		name: "what a client was told is still there at the end",
		good: func(s *story) {
			s.twoCommitted()
			s.tells(1, 1, 2, 1, "x")
			s.crashes(n2)
			s.restarts(n2)
			s.ends(record.TimeUp, 0)
		},
		bad: func(s *story) {
			s.twoCommitted()
			s.appends(n3, 2, 2, "z")
			s.commits(2, n3)
			s.tells(1, 1, 2, 1, "x")
			s.ends(record.TimeUp, 0)
		},
		convicts: SetOf(StateMachineSafety, Acknowledged),
		first:    "n3 commits entry 2 of term 2, but n1 committed entry 2 of term 1, another one",
	},
	{
		name: "of a request one entry is made",
		good: func(s *story) { s.begins(); s.makes(n1, 1, 1, 2) },
		bad:  func(s *story) { s.begins(); s.makes(n1, 1, 1, 2); s.makes(n1, 1, 1, 3) },

		convicts: SetOf(Acknowledged),
		first:    "n1 makes entry 3 of c1's request 1, of which entry 2 had been made",
	},
	{
		name: "who is told that it is done is told by the entry made of it",
		good: func(s *story) { s.makes(n1, 1, 1, 2); s.twoCommitted(); s.tells(1, 1, 2, 1, "x") },
		bad:  func(s *story) { s.makes(n1, 1, 1, 3); s.twoCommitted(); s.tells(1, 1, 2, 1, "x") },

		convicts: SetOf(Acknowledged),
		first:    "c1 is told ok for its request 1 by entry 2, but its own entry is 3",
	},
	{
		name: "who refuses has made no entry",
		good: func(s *story) {
			s.begins()
			s.proposes(n1, 2, 5)
			s.refuses(n3, 2, 5)
			s.refuses(n2, 2, 6)
		},
		bad: func(s *story) { s.begins(); s.proposes(n2, 2, 5); s.refuses(n2, 2, 5) },

		convicts: SetOf(Acknowledged),
		first:    "n2 refuses c2's request 5, but it had made an entry of it",
	},
	{
		name: "who has refused makes no entry",
		good: func(s *story) { s.begins(); s.refuses(n3, 2, 5); s.proposes(n1, 2, 5) },
		bad:  func(s *story) { s.begins(); s.refuses(n2, 2, 5); s.proposes(n2, 2, 5) },

		convicts: SetOf(Acknowledged),
		first:    "n2 makes entry 0 of c2's request 5, which it had refused",
	},
	{
		name: "a definite no is one",
		good: func(s *story) { s.begins(); s.proposes(n1, 2, 4); s.rejects(2, 5) },
		bad:  func(s *story) { s.begins(); s.proposes(n1, 2, 5); s.rejects(2, 5) },

		convicts: SetOf(Acknowledged),
		first:    "c2 is told that its request 5 never will be done, but n1 had made an entry of it",
	},
	{
		name: "a definite no remains one",
		good: func(s *story) { s.begins(); s.rejects(2, 5); s.proposes(n1, 2, 6) },
		bad:  func(s *story) { s.begins(); s.rejects(2, 5); s.proposes(n1, 2, 5) },

		convicts: SetOf(Acknowledged),
		first: "n1 makes entry 0 of c2's request 5, which had been told that it never would " +
			"be done",
	},
	{
		name: "in the end all have applied the same",
		good: func(s *story) { s.twoCommitted(); s.applyBoth(n1, n2, n3); s.settles() },
		bad:  func(s *story) { s.twoCommitted(); s.applyBoth(n1, n3); s.settles() },

		convicts: SetOf(Agreement),
		first:    "in the end n1 has applied through entry 3, but n2 through entry 1",
	},
	{
		name: "in the end all that is committed is applied",
		good: func(s *story) { s.begins(); s.settles() },
		bad:  func(s *story) { s.twoCommitted(); s.settles() },

		convicts: SetOf(Agreement),
		first:    "in the end all running servers have applied through entry 1, but 3 is committed",
	},
	{
		name: "who does not run need not agree",
		good: func(s *story) {
			s.twoCommitted()
			s.applyBoth(n2)
			s.crashes(n1)
			s.pauses(n3)
			s.settles()
		},
		bad: func(s *story) {
			s.twoCommitted()
			s.applyBoth(n2)
			s.crashes(n1)
			s.settles()
		},
		convicts: SetOf(Agreement),
		first:    "in the end n2 has applied through entry 3, but n3 through entry 1",
	},
	{
		name: "in the end all hold the same store",
		good: func(s *story) { s.twoCommitted(); s.applyBoth(n1, n2, n3); s.settles() },
		bad: func(s *story) {
			s.twoCommitted()
			s.applyBoth(n1, n2)
			s.applies(n3, 2, 1, "x", 7)
			s.applies(n3, 3, 1, "y", 9)
			s.settles()
		},
		convicts: SetOf(StateMachineSafety, Agreement),
		first:    "the stores of n1 and n3 differ after entry 3, though the entries do not",
	},
	{
		name: "every request ends",
		good: func(s *story) { s.begins(); s.ends(record.TimeUp, 0) },
		bad:  func(s *story) { s.begins(); s.ends(record.TimeUp, 2) },

		convicts: SetOf(Finished),
		first:    "2 requests were not made or not answered when the run ended: the duration is over",
	},
	{
		name: "no server panics",
		good: func(s *story) { s.begins(); s.ends(record.Exhausted, 2) },
		bad:  func(s *story) { s.begins(); s.panics(n2, "raft: oops"); s.ends(record.Broken, 2) },

		convicts: SetOf(NoPanic),
		first:    "n2 panicked: raft: oops",
	},
}
