// Package record is what happened: one flat [Record] for each happening of a run, in the order in
// which it happened. Trace, story and judges know a run by its records and by nothing else, so that
// whatever produces the same records can be told and judged alike.
package record

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/vtime"
)

// Record is one thing that happened. Every field means the same in every kind of record that has
// it, and is zero in the others; the kinds say which they have.
type Record struct {
	// Event numbers the step of the event loop in which it happened, from 1. Several records may
	// share an event, and follow from one another then.
	Event uint64
	At    vtime.Time
	Kind  Kind

	Server raft.ServerID // where it happened
	Peer   raft.ServerID // the other server concerned
	Term   raft.Term     // the server's currentTerm; of a message, the term it carries

	Message   raft.MessageType
	Index     raft.Index // of the entry concerned
	EntryTerm raft.Term  // the term of that entry
	Entry     raft.EntryKind
	Count     uint32     // how many entries a message carries; which copy it is
	Commit    raft.Index // the leaderCommit that a message carries
	// Success is of a response: vote granted, append accepted; of a fault: it struck; of a healing:
	// what is not healed is cut off.
	Success bool

	Client    uint32 // the client concerned, from 1
	Operation uint32 // the number of its request, from 1; to open a session is one too
	Outcome   Outcome
	Ending    Ending // of the run
	Verb      Verb   // of a fault

	Action Action // of a request
	Key    string
	Value  string // to be put, or read by a get

	Number uint64 // of a write, a message, a fault, a timer: see the kinds
	Digest uint64 // of a command
	State  uint64 // the digest of a store

	// Text is for people: a fault or a reason in words.
	Text string

	Servers raft.ServerSet // the healthy core
	Bound   vtime.Duration // how long it has to settle
}

// Sink takes each record as it happens. The record is the sender's and is overwritten afterwards:
// who keeps it copies it.
type Sink func(*Record)

// Kind tells what happened.
type Kind uint8

// The kinds of records. Server, Event and At are in all of the server's own; beside each kind
// stands what else it has.
const (
	// A server's life.
	Started   Kind = iota + 1 // for the first time, with nothing on its disk
	Crashed                   //
	Restarted                 // Term, Peer (votedFor), Index (last): what the disk gave back
	Recovered                 // then, for each entry: Index, EntryTerm, Entry, Digest
	Paused                    // it does nothing until Resumed; what arrives waits
	Resumed                   //

	// A server's term and role.
	TimerFired      // Number (the raft.Timer), Term
	BecameFollower  // Term, Peer (the leader, if known): a new term, or a new role in it
	BecameCandidate // Term
	BecameLeader    // Term
	LearnedLeader   // Term, Peer: a follower hears of its term's leader for the first time

	// A server's log.
	Truncated // Index (the last entry kept), Term
	Appended  // Index, EntryTerm, Entry, Digest, Term
	Committed // Index (through which, from what it was), Term
	Applied   // Index, EntryTerm, Entry, Digest, State (after it), Term; if in a session, as below

	// A server's disk. Number counts the writes of the disk, over all lives.
	Written   // Number; Term, Peer (votedFor), if saved; Index (first entry), Count, if any
	Persisted // Number (through which), Term, Peer (votedFor), Index, EntryTerm (last entry)

	// Messages between servers: Server is who sends, Peer the addressee, in all of them. Message,
	// Term, Success, Count, Commit and, once sent, Number (of the message on its link). Index and
	// EntryTerm: of a RequestVote the candidate's last entry, of AppendEntries the entry before the
	// new ones, of its response the entry it attests to, or refused. A PreVote has what a
	// RequestVote has.
	Held      // Number (the write it waits for)
	Sent      //
	Lost      // Text (why)
	Delivered // here it happens at Peer

	// Clients: Client and Operation in all of them. Digest is of the command. A request in a
	// session has in Invoked the session (Index, which names it) and its number there (Number); of
	// its entry Applied tells what it is answered (Outcome, Value), and Success that it was carried
	// out now. Of a request in a session, or that opens one, Proposed and Refused tell which
	// attempt they are of (Number, from 2) and which copy of it that the network made (Count, from
	// 1), so that each delivery is known by them and its server.
	Invoked  // Server (asked), Digest, Action, Key, Value
	Proposed // Server, Index, EntryTerm, Digest: a leader made an entry of it
	// Server, Peer (the leader it knows), Term, Text (the raft.Refusal in words): so it answers.
	Refused
	Answered // Server, Index, EntryTerm, Digest, Outcome, Value: the answer leaves the server
	Missed   // Server, Text (why): the request or the answer is lost
	Returned // Server, Index, EntryTerm, Digest, Outcome, Value: the client knows; Action (opening)

	// The run.
	Panicked // Server, Text: it panicked, in its node or around it
	// Success says that the fault found somebody to strike; Server, if that is one server only.
	FaultBegan // Number (of the fault, from 1), Verb, Server, Success, Text
	FaultEnded // Number, Verb, Text
	Finished   // Ending, Count (requests open or not begun), Text (why it ended)

	// Clients again: later kinds stand here, for the numbers of kinds are in the hashes of traces.
	Retried // Client, Operation, Server (asked), Digest, Number (of the attempt, from 2)
	// A leader takes a request that needs no entry. Its answer names the last entry that its store
	// has applied (Index), with no term: no entry was made of it.
	TakenToRead // Server, Digest, Term, Number (of the reads of the server's life, from 1)

	// A server's role again.
	BecamePreCandidate // Term: it asks whether it could win an election in the next one
	// A server is asked to hand over to another (Peer); Success says that it is about to, else
	// there is the reason: Number (the raft.Refusal), Text (it in words).
	TransferAsked // Peer, Term, Success, Number, Text
	// The second phase begins.
	Healed // Servers (the core, or all), Success (the rest is cut off), Bound, Text

	// KindCount is one more than the highest kind: the length of an array indexed by Kind.
	KindCount
)

// Action is what a client asks of the store.
type Action uint8

// The actions.
const (
	Put Action = iota + 1
	Get
	Delete
	OpenSession // a request for no key: the entry that is made of it names the session
)

// String returns the action's name in lower case.
func (a Action) String() string {
	switch a {
	case Put:
		return "put"
	case Get:
		return "get"
	case Delete:
		return "delete"
	case OpenSession:
		return "open session"
	}
	return fmt.Sprintf("Action(%d)", uint8(a))
}

// Outcome is what a client knows of a request in the end.
type Outcome uint8

// The outcomes.
const (
	OK         Outcome = iota + 1 // done
	KeyExists                     // done: a put of a key that exists, an error of the store
	KeyMissing                    // done: a get or delete of a key that does not exist
	Rejected                      // not done, and never will be: it entered no log
	Unknown                       // no answer in time: it may have been done, or be done yet
	NoSession                     // not done: its session was unknown, or had expired
	Superseded                    // not done: its session had gone on to a later request
)

// String returns the outcome in a word or two.
func (o Outcome) String() string {
	switch o {
	case OK:
		return "ok"
	case KeyExists:
		return "key exists"
	case KeyMissing:
		return "key missing"
	case Rejected:
		return "refused"
	case Unknown:
		return "unknown"
	case NoSession:
		return "no such session"
	case Superseded:
		return "superseded"
	}
	return "pending"
}

// Answered tells whether the store has answered: with a value or with an error of its own.
func (o Outcome) Answered() bool { return o == OK || o == KeyExists || o == KeyMissing }

// NotDone tells whether the request was not done, and never will be: it entered no log, or what
// entered one was refused for its session.
func (o Outcome) NotDone() bool { return o == Rejected || o == NoSession || o == Superseded }

// Digest returns the digest of a command: FNV-1a, the same on every machine. It is 0 for no
// command.
func Digest(command string) uint64 {
	if command == "" {
		return 0
	}
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := 0; i < len(command); i++ {
		h = (h ^ uint64(command[i])) * prime
	}
	return h
}

// Ending tells why a run ended.
type Ending uint8

// The endings.
const (
	Settled   Ending = iota + 1 // all was asked and answered, and every running server agrees
	TimeUp                      // the duration was reached
	Exhausted                   // the run needed more than its share of events
	Flooded                     // more was pending at once than vtime.PendingMax
	Broken                      // a node panicked
	Mended                      // the healed cluster has done what was left to do
	Stuck                       // it had time to, and has not
)

// String returns the reason in words.
func (e Ending) String() string {
	switch e {
	case Settled:
		return "nothing is left to do"
	case TimeUp:
		return "the duration is over"
	case Exhausted:
		return "max_events is reached"
	case Flooded:
		return "the limit of pending messages and events is reached"
	case Broken:
		return "a server panicked"
	case Mended:
		return "healed, and nothing is left to do"
	case Stuck:
		return "healed, and the time to settle is over"
	}
	return "it has not ended"
}

// CutShort tells whether the run did not come to its own end: what is missing then might have come.
func (e Ending) CutShort() bool { return e == Exhausted || e == Flooded || e == Broken }

// OfMessage returns the record of a message between servers, still without its number.
func OfMessage(kind Kind, m *raft.Message) Record {
	r := Record{
		Kind: kind, Server: m.From, Peer: m.To, Term: m.Term, Message: m.Type,
		Count: uint32(len(m.Entries)), Commit: m.LeaderCommit,
	}
	switch m.Type {
	case raft.RequestVote, raft.PreVote:
		r.Index, r.EntryTerm = m.LastLogIndex, m.LastLogTerm
	case raft.RequestVoteResponse, raft.PreVoteResponse:
		r.Success = m.VoteGranted
	case raft.AppendEntries:
		r.Index, r.EntryTerm = m.PrevLogIndex, m.PrevLogTerm
	case raft.AppendEntriesResponse:
		r.Success, r.Index, r.EntryTerm = m.Success, m.MatchIndex, m.MatchTerm
		if !m.Success {
			r.Index = m.PrevLogIndex
		}
	case raft.InstallSnapshot, raft.InstallSnapshotResponse:
		r.Success, r.Index, r.EntryTerm = m.Done, m.LastIncluded.Index, m.LastIncluded.Term
	}
	return r
}
