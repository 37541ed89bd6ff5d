package raft

import "fmt"

// MessageType tells which RPC of Figure 2 a message belongs to, and whether it asks or answers.
type MessageType uint8

// The types of messages, as Figure 2 has them.
const (
	RequestVote MessageType = iota + 1
	RequestVoteResponse
	AppendEntries
	AppendEntriesResponse
)

// String returns the type's name as Figure 2 writes it.
func (t MessageType) String() string {
	switch t {
	case RequestVote:
		return "RequestVote"
	case RequestVoteResponse:
		return "RequestVoteResponse"
	case AppendEntries:
		return "AppendEntries"
	case AppendEntriesResponse:
		return "AppendEntriesResponse"
	}
	return fmt.Sprintf("MessageType(%d)", uint8(t))
}

// Message is one request or response between two servers. It is flat: each field says by its name
// what it means, in every type of message that has it, and is zero in the others. A zero response
// is a refusal.
type Message struct {
	Type MessageType
	From ServerID // candidateId and leaderId of Figure 2
	To   ServerID
	Term Term // the sender's currentTerm

	// RequestVote: the candidate's last entry (§5.4.1).
	LastLogIndex Index
	LastLogTerm  Term

	// RequestVoteResponse.
	VoteGranted bool

	// AppendEntries; its response repeats PrevLogIndex, so that a leader knows which request was
	// refused.
	PrevLogIndex Index
	PrevLogTerm  Term
	Entries      []Entry // a part of the sender's log: who keeps the message copies them
	LeaderCommit Index

	// AppendEntriesResponse, accepted: the sender's log agrees with the leader's through an entry
	// of MatchTerm at MatchIndex, and its disk holds it.
	Success    bool
	MatchIndex Index
	MatchTerm  Term

	// AppendEntriesResponse, refused for the entry before the new ones (§5.3): the term of the
	// conflicting entry and the first index of that term; ConflictTerm is 0 where the log is too
	// short, and ConflictIndex then the index after its end. Both are 0 where the term was stale.
	ConflictTerm  Term
	ConflictIndex Index
}

// Promise is what must be durable before a message may leave, because its receiver will rely on it
// after a crash of the sender: that currentTerm is at least Term, with VotedFor the vote in Term
// (unless None); and that the log holds an entry of LogState.Term at LogState.Index. The zero
// Promise waits for nothing.
type Promise struct {
	HardState
	LogState
}

// Promise returns what the message promises. Requests of a leader and refusals promise nothing: a
// leader's AppendEntries may leave before its own disk holds the entries (thesis §10.2.1).
func (m *Message) Promise() Promise {
	switch {
	case m.Type == RequestVote:
		return Promise{HardState: HardState{CurrentTerm: m.Term, VotedFor: m.From}}
	case m.Type == RequestVoteResponse && m.VoteGranted:
		return Promise{HardState: HardState{CurrentTerm: m.Term, VotedFor: m.To}}
	case m.Type == AppendEntriesResponse && m.Success:
		return Promise{
			HardState: HardState{CurrentTerm: m.Term},
			LogState:  LogState{Index: m.MatchIndex, Term: m.MatchTerm},
		}
	}
	return Promise{}
}
