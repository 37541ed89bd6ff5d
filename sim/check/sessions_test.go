package check

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/history"
	"raftkv/sim/record"
)

// invokes: a client asks for a put of its own value under a key, by the command. It is in a session if
// sequence is not 0.
func (s *story) invokes(
	client, operation uint32, command, key string, session raft.Index, sequence uint64,
) {
	s.add(record.Record{
		Kind: record.Invoked, Client: client, Operation: operation, Action: record.Put, Key: key,
		Value: command, Digest: record.Digest(command), Index: session, Number: sequence,
	})
}

// opensSession: a client asks for a session, and n1 opens it by the entry at index.
func (s *story) opensSession(client, operation uint32, index raft.Index) {
	s.add(record.Record{
		Kind: record.Invoked, Client: client, Operation: operation, Action: record.OpenSession,
		Digest: record.Digest("open"),
	})
	s.admits(client, operation, index, "open")
}

// admits: n1 makes an entry of the command, and commits it.
func (s *story) admits(client, operation uint32, index raft.Index, command string) {
	s.makes(n1, client, operation, index)
	s.appends(n1, index, 1, command)
	s.commits(index, n1)
}

// does: n1 applies the entry of a command in a session, and that comes of it.
func (s *story) does(index raft.Index, command string, what reply) {
	r := entryRecord(record.Applied, n1, index, 1, command)
	r.Outcome, r.Value, r.Success = what.outcome, what.value, what.effect
	s.add(r)
}

// answers: the answer to the request leaves n1.
func (s *story) answers(
	client, operation uint32, index raft.Index, command string, outcome record.Outcome, value string,
) {
	s.add(record.Record{
		Kind: record.Answered, Server: n1, Client: client, Operation: operation, Index: index,
		EntryTerm: 1, Digest: record.Digest(command), Outcome: outcome, Value: value,
	})
}

// returns: the client knows.
func (s *story) returns(
	client, operation uint32, index raft.Index, command string, outcome record.Outcome,
) {
	s.answers(client, operation, index, command, outcome, "")
	s.records[len(s.records)-1].Kind = record.Returned
}

var (
	carriedOut = reply{outcome: record.OK, effect: true}
	repeated   = reply{outcome: record.OK}
	refused    = reply{outcome: record.NoSession}
	superseded = reply{outcome: record.Superseded}
)

// inSession is begins, then a session that entry 2 opens, and in it x and y, asked for in turn.
func (s *story) inSession() {
	s.begins()
	s.opensSession(1, 1, 2)
	s.invokes(1, 2, "x", "k", 2, 1)
	s.invokes(1, 3, "y", "l", 2, 2)
	s.applies(n1, 2, 1, "open", 0)
}

// keyTaken is inSession, then x is put under its key, and z is committed that would be put there too.
func (s *story) keyTaken() {
	s.inSession()
	s.invokes(1, 4, "z", "k", 2, 3)
	s.admits(1, 2, 3, "x")
	s.admits(1, 4, 4, "z")
	s.does(3, "x", carriedOut)
}

// keyRead is inSession, then x is put under its key, and g is committed that reads it.
func (s *story) keyRead() {
	s.inSession()
	s.invokes(1, 4, "g", "k", 2, 3)
	s.records[len(s.records)-1].Action = record.Get
	s.admits(1, 2, 3, "x")
	s.admits(1, 4, 4, "g")
	s.does(3, "x", carriedOut)
}

// rereads is what follows keyRead: g is applied, and repeated.
func (s *story) rereads() {
	s.does(4, "g", reply{record.OK, "x", true})
	s.admits(1, 4, 5, "g")
}

// sessionVerdicts are stories of clients that ask again.
var sessionVerdicts = []verdict{
	{
		name: "who leads takes requests",
		good: func(s *story) { s.begins(); s.follows(n1, 2); s.refuses(n1, 1, 1) },
		bad:  func(s *story) { s.begins(); s.refuses(n1, 1, 1) },

		convicts: SetOf(Sessions),
		first:    "n1 refuses c1's request 1 (), but it leads term 1",
	},
	{
		name: "a retry is carried out once",
		good: func(s *story) {
			s.inSession()
			s.admits(1, 2, 3, "x")
			s.admits(1, 2, 4, "x")
			s.does(3, "x", carriedOut)
			s.does(4, "x", repeated)
		},
		bad: func(s *story) {
			s.inSession()
			s.admits(1, 2, 3, "x")
			s.admits(1, 2, 4, "x")
			s.does(3, "x", carriedOut)
			s.does(4, "x", carriedOut)
		},
		convicts: SetOf(Sessions),
		first:    "c1's put k=x is carried out twice: as entry 3, and by n1 as entry 4 too",
	},
	{
		name: "the first time is no repetition",
		good: func(s *story) { s.inSession(); s.admits(1, 2, 3, "x"); s.does(3, "x", carriedOut) },
		bad:  func(s *story) { s.inSession(); s.admits(1, 2, 3, "x"); s.does(3, "x", repeated) },

		convicts: SetOf(Sessions),
		first: "n1 applies entry 3, c1's put k=x, and does nothing (done before: ok), " +
			"but by the log it has to do it (ok)",
	},
	{
		name: "a session that is open is known",
		good: func(s *story) { s.inSession(); s.admits(1, 2, 3, "x"); s.does(3, "x", carriedOut) },
		bad:  func(s *story) { s.inSession(); s.admits(1, 2, 3, "x"); s.does(3, "x", refused) },

		convicts: SetOf(Sessions),
		first: "n1 applies entry 3, c1's put k=x, and does nothing (no such session), " +
			"but by the log it has to do it (ok)",
	},
	{
		name: "a session that is not is unknown",
		good: func(s *story) {
			s.begins()
			s.invokes(1, 1, "x", "k", 9, 1)
			s.admits(1, 1, 2, "x")
			s.does(2, "x", refused)
		},
		bad: func(s *story) {
			s.begins()
			s.invokes(1, 1, "x", "k", 9, 1)
			s.admits(1, 1, 2, "x")
			s.does(2, "x", carriedOut)
		},
		convicts: SetOf(Sessions),
		first: "n1 applies entry 2, c1's put k=x, and does it (ok), " +
			"but by the log it has to do nothing (no such session)",
	},
	{
		name: "what was given up is superseded",
		good: func(s *story) {
			s.inSession()
			s.admits(1, 3, 3, "y")
			s.admits(1, 2, 4, "x")
			s.does(3, "y", carriedOut)
			s.does(4, "x", superseded)
		},
		bad: func(s *story) {
			s.inSession()
			s.admits(1, 3, 3, "y")
			s.admits(1, 2, 4, "x")
			s.does(3, "y", carriedOut)
			s.does(4, "x", carriedOut)
		},
		convicts: SetOf(Sessions),
		first: "n1 applies entry 4, c1's put k=x, and does it (ok), " +
			"but by the log it has to do nothing (superseded)",
	},
	{
		name: "what comes of a request is the store's affair, not the session's",
		good: func(s *story) { s.keyTaken(); s.does(4, "z", reply{outcome: record.KeyExists, effect: true}) },
		bad:  func(s *story) { s.keyTaken(); s.does(4, "z", carriedOut) },

		convicts: SetOf(StateMachineSafety),
		first: `n1 applies entry 4 (put k=z) and answers ok, ` +
			"but by the log it has to answer key exists",
	},
	{
		name: "what a request in a session reads is the store's affair",
		good: func(s *story) { s.keyRead(); s.does(4, "g", reply{record.OK, "x", true}) },
		bad:  func(s *story) { s.keyRead(); s.does(4, "g", reply{record.OK, "y", true}) },

		convicts: SetOf(StateMachineSafety),
		first:    `n1 applies entry 4 (get k) and answers ok "y", but by the log it has to answer ok "x"`,
	},
	{
		name: "what a repetition answers is the session's affair",
		good: func(s *story) { s.keyRead(); s.rereads(); s.does(5, "g", reply{record.OK, "x", false}) },
		bad:  func(s *story) { s.keyRead(); s.rereads(); s.does(5, "g", reply{record.OK, "y", false}) },

		convicts: SetOf(Sessions),
		first: `n1 applies entry 5, c1's get k (request 4), and does nothing (done before: ok "y"), ` +
			`but by the log it has to do nothing (done before: ok "x")`,
	},
	{
		name: "what repeats a wrong answer of the store is no fault of the session's",
		good: func(s *story) { s.keyRead(); s.rereads(); s.does(5, "g", reply{record.OK, "x", false}) },
		bad: func(s *story) {
			s.keyRead()
			s.does(4, "g", reply{record.OK, "y", true})
			s.admits(1, 4, 5, "g")
			s.does(5, "g", reply{record.OK, "y", false})
		},

		convicts: SetOf(StateMachineSafety),
		first:    `n1 applies entry 4 (get k) and answers ok "y", but by the log it has to answer ok "x"`,
	},
	{
		name: "all answers to a request are one",
		good: func(s *story) {
			s.inSession()
			s.answers(1, 2, 9, "x", record.OK, "")
			s.answers(1, 2, 9, "x", record.NoSession, "")
			s.answers(1, 2, 9, "x", record.OK, "")
		},
		bad: func(s *story) {
			s.inSession()
			s.answers(1, 2, 9, "x", record.OK, "")
			s.answers(1, 2, 9, "x", record.KeyExists, "")
		},
		convicts: SetOf(Sessions),
		first: "n1 answers key exists to c1's put k=x, " +
			"of which another answer is ok",
	},
	{
		name: "to open a session twice opens two",
		good: func(s *story) {
			s.begins()
			s.opensSession(1, 1, 2)
			s.admits(1, 1, 3, "open")
			s.returns(1, 1, 3, "open", record.OK)
		},
		bad: func(s *story) {
			s.begins()
			s.opensSession(1, 1, 2)
			s.admits(1, 1, 3, "open")
			s.returns(1, 1, 3, "open", record.NoSession)
		},
		convicts: SetOf(Sessions),
		first: "c1's wish to open a session (request 1) is answered no such session, " +
			"but by the log its entry 3 comes to ok",
	},
	{
		name: "an answer is what the log makes of its entry",
		good: func(s *story) {
			s.begins()
			s.invokes(1, 1, "x", "k", 0, 0)
			s.invokes(2, 1, "y", "k", 0, 0)
			s.admits(1, 1, 2, "x")
			s.admits(2, 1, 3, "y")
			s.answers(2, 1, 3, "y", record.KeyExists, "")
		},
		bad: func(s *story) {
			s.begins()
			s.invokes(1, 1, "x", "k", 0, 0)
			s.invokes(2, 1, "y", "k", 0, 0)
			s.admits(1, 1, 2, "x")
			s.admits(2, 1, 3, "y")
			s.answers(2, 1, 3, "y", record.OK, "")
		},
		convicts: SetOf(Acknowledged),
		first: "c2's put k=y is answered ok, but by the log its entry 3 comes to key exists: " +
			"entry 2 (put k=x) had left the key so",
	},
	{
		name: "what is done is not told as refused",
		good: func(s *story) {
			s.inSession()
			s.admits(1, 2, 3, "x")
			s.returns(1, 2, 3, "x", record.OK)
		},
		bad: func(s *story) {
			s.inSession()
			s.invokes(1, 4, "z", "k", 9, 1)
			s.admits(1, 2, 3, "x")
			s.admits(1, 2, 4, "z")
			s.returns(1, 2, 4, "z", record.NoSession)
		},
		convicts: SetOf(Sessions),
		first: "c1 is told that its put k=x never will be done (no such session), " +
			"but entry 3 has done it",
	},
	{
		name: "what was told as refused is not done",
		good: func(s *story) {
			s.inSession()
			s.invokes(1, 4, "z", "k", 9, 1)
			s.admits(1, 4, 3, "z")
			s.returns(1, 4, 3, "z", record.NoSession)
			s.admits(1, 4, 4, "z")
			s.does(3, "z", refused)
			s.does(4, "z", refused)
		},
		bad: func(s *story) {
			s.inSession()
			s.invokes(1, 4, "z", "k", 9, 1)
			s.admits(1, 2, 3, "z")
			s.returns(1, 2, 3, "z", record.NoSession)
			s.admits(1, 2, 4, "x")
		},
		convicts: SetOf(Sessions),
		first: "entry 4 carries out c1's put k=x, " +
			"which had been told that it never would be done",
	},
	{
		name: "who was refused for good is in no log, session or not",
		good: func(s *story) { s.inSession(); s.refuses(n2, 1, 2); s.refuses(n2, 1, 2); s.rejects(1, 2) },
		bad: func(s *story) {
			s.inSession()
			s.refuses(n2, 1, 2)
			s.admits(1, 2, 3, "x")
			s.rejects(1, 2)
		},
		convicts: SetOf(Acknowledged),
		first:    "c1 is told that its put k=x never will be done, but n1 had made an entry of it",
	},
	{
		name: "a server that refused takes it when it leads; outside of sessions it is asked once",
		good: func(s *story) {
			s.begins()
			s.invokes(1, 2, "x", "k", 2, 1)
			s.refuses(n2, 1, 2)
			s.leads(n2, 2)
			s.proposes(n2, 1, 2)
			s.last().Number = 2
		},
		bad: func(s *story) {
			s.begins()
			s.invokes(1, 2, "x", "k", 0, 0)
			s.refuses(n2, 1, 2)
			s.leads(n2, 2)
			s.proposes(n2, 1, 2)
		},
		convicts: SetOf(Acknowledged),
		first:    "n2 makes entry 0 of c1's put k=x, which it had refused",
	},
	{
		name: "who took an attempt does not refuse it; it may refuse another copy",
		good: func(s *story) {
			s.takesSecond()
			s.refuses(n1, 1, 2)
			s.last().Number, s.last().Count = 2, 1
		},
		bad: func(s *story) {
			s.takesSecond()
			s.refuses(n1, 1, 2)
			s.last().Number = 2
		},
		convicts: SetOf(Acknowledged),
		first:    "n1 refuses c1's put k=x (attempt 2), but it had made an entry of it",
	},
	{
		name: "who refused a copy makes no entry of it; it may of the original",
		good: func(s *story) {
			s.begins()
			s.invokes(1, 2, "x", "k", 2, 1)
			s.refuses(n2, 1, 2)
			s.last().Count = 1
			s.leads(n2, 2)
			s.proposes(n2, 1, 2)
		},
		bad: func(s *story) {
			s.begins()
			s.invokes(1, 2, "x", "k", 2, 1)
			s.refuses(n2, 1, 2)
			s.last().Count = 1
			s.leads(n2, 2)
			s.proposes(n2, 1, 2)
			s.last().Count = 1
		},
		convicts: SetOf(Acknowledged),
		first:    "n2 makes entry 0 of c1's put k=x, which it had refused",
	},
	{
		name: "who took an attempt does not refuse it; another server may have been asked",
		good: func(s *story) { s.takesSecond(); s.refuses(n2, 1, 2); s.last().Number = 2 },
		bad: func(s *story) {
			s.takesSecond()
			s.refuses(n2, 1, 2)
			s.last().Number = 2
			s.refuses(n1, 1, 2)
			s.last().Number = 2
		},
		convicts: SetOf(Acknowledged),
		first:    "n1 refuses c1's put k=x (attempt 2), but it had made an entry of it",
	},
}

// takesSecond: n1 refuses a request in a session, leads, makes an entry of the second attempt, and is
// deposed.
func (s *story) takesSecond() {
	s.inSession()
	s.follows(n1, 2)
	s.refuses(n1, 1, 2)
	s.leads(n1, 3)
	s.makes(n1, 1, 2, 3)
	s.last().Number = 2
	s.follows(n1, 4)
}

// last returns the last record, to be added to.
func (s *story) last() *record.Record { return &s.records[len(s.records)-1] }

// What nobody was seen to ask for is committed in vain, and what it does to the store is not known:
// there the model ends.
func TestAnUnknownCommandEndsTheModel(t *testing.T) {
	ghost := func(s *story) {
		s.inSession()
		s.admits(3, 1, 3, "w")
		s.admits(1, 2, 4, "x")
		s.applies(n1, 3, 1, "w", 0)
		s.does(4, "x", refused)
		s.answers(1, 2, 4, "x", record.KeyExists, "")
	}
	j := judge(tell(ghost))
	if first := j.First(); first != nil || !j.model.lost {
		t.Errorf("convicted: %+v", first)
	}
}

// validityVerdicts are of commands that come from nowhere.
var validityVerdicts = []verdict{
	{
		name: "what is committed was asked for",
		good: func(s *story) {
			s.inSession()
			s.admits(1, 2, 3, "x")
		},
		bad: func(s *story) {
			s.inSession()
			s.admits(3, 1, 3, "w")
		},
		convicts: SetOf(Validity),
		first:    "entry 3 of term 1 is committed, a command that no client has asked for",
	},
}

func TestValidity(t *testing.T) {
	judge := func(records []record.Record) *Judges { return judgeWithout(lemmas, records) }
	testVerdicts(t, validityVerdicts, judge)
}

// A request of which nobody heard is in the order of the log by the entry that carried it out, not
// by the last one that was made of it.
func TestTheFirstEntryOfARequestIsItsPlace(t *testing.T) {
	tale := func(s *story) {
		s.inSession()
		s.invokes(2, 1, "g", "k", 0, 0)
		s.records[len(s.records)-1].Action = record.Get
		s.admits(1, 2, 3, "x")
		s.admits(2, 1, 4, "g")
		s.admits(1, 2, 5, "x")
	}
	put := history.Operation{Client: 1, Number: 2, Action: record.Put, Key: "k", Value: "x", Invoked: 1,
		Outcome: record.Unknown, Returned: 9}
	get := history.Operation{Client: 2, Number: 1, Action: record.Get, Key: "k", Invoked: 2, Returned: 8,
		Outcome: record.OK, Read: "x", Position: raft.LogState{Index: 4, Term: 1}}
	j := judge(tell(tale))
	if order, complete := j.logOrder([]*history.Operation{&get, &put}); !complete ||
		len(order) != 2 || order[0].Client != 1 || order[0].index != 3 {
		t.Errorf("the order is %v (complete: %v)", order, complete)
	}
	if !j.witnessed([]*history.Operation{&put, &get}) {
		t.Error("the order of the log does not explain the answers")
	}
}

// oracleSessions is the model's sessions as a list, the least recently used first.
type oracleSessions struct {
	max  int
	open []raft.Index
	last map[raft.Index]uint64
}

func (o *oracleSessions) apply(index raft.Index, c *command) record.Outcome {
	if c.action == record.OpenSession {
		if len(o.open) == o.max {
			o.open = slices.Clone(o.open[1:])
		}
		o.open = append(o.open, index)
		return record.OK
	}
	at := slices.Index(o.open, c.session)
	if at < 0 {
		return record.NoSession
	}
	o.open = append(slices.Delete(o.open, at, at+1), c.session)
	if c.sequence < o.last[c.session] {
		return record.Superseded
	}
	o.last[c.session] = c.sequence
	return record.KeyMissing
}

// The model ends the same sessions as a list that is searched, whatever is asked for in which order.
func TestTheModelFollowsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m model
		m.reset()
		m.max = rapid.IntRange(1, 4).Draw(t, "max")
		o := oracleSessions{max: m.max, last: map[raft.Index]uint64{}}
		for i := range rapid.IntRange(1, 60).Draw(t, "commands") {
			index := raft.Index(i + 1)
			c := command{action: record.OpenSession}
			if rapid.IntRange(0, 3).Draw(t, "kind") > 0 {
				c = command{
					action: record.Get, session: raft.Index(rapid.IntRange(1, i+1).Draw(t, "session")),
					sequence: rapid.Uint64Range(1, 3).Draw(t, "sequence"),
				}
			}
			e := entry{kind: raft.Command, digest: record.Digest(fmt.Sprint(c))}
			m.commands[e.digest] = c
			if got, want := m.apply(index, e).outcome, o.apply(index, &c); got != want {
				t.Fatalf("entry %d, %+v: %v, want %v", index, c, got, want)
			}
			if len(m.sessions) != len(o.open) || len(m.uses) > 4*m.max+4 && m.past > len(m.uses)/2+1 {
				t.Fatalf("%d sessions, want %d; %d uses, %d past", len(m.sessions), len(o.open),
					len(m.uses), m.past)
			}
		}
	})
}

// The judges' own store costs no memory once there is enough of it, however many sessions come.
func TestTheModelDoesNotAllocate(t *testing.T) {
	const length = 1000
	asked := make([]command, length) // of each entry; every fourth opens a session
	for i := range asked {
		asked[i] = command{action: record.OpenSession}
		if i%4 > 0 {
			asked[i] = command{
				action: record.Put + record.Action(i%3), key: "k", value: "v",
				session: raft.Index(i - i%4 + 1), sequence: uint64(1 + i%4/2),
			}
		}
	}
	var m model
	once := func() {
		m.reset()
		m.max = 3
		for i := range asked {
			e := entry{kind: raft.Command, digest: uint64(i)}
			m.commands[e.digest] = asked[i]
			m.apply(raft.Index(i+1), e)
		}
	}
	once()
	if n := testing.AllocsPerRun(10, once); n != 0 {
		t.Errorf("%v allocations for %d entries, want 0", n, length)
	}
	if m.lost || len(m.sessions) != 3 || len(m.uses) > 20 {
		t.Errorf("%d sessions, %d uses", len(m.sessions), len(m.uses))
	}
}
