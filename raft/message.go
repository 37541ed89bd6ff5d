package raft

import "fmt"

// MessageType tells which RPC a message belongs to, and whether it asks or answers.
type MessageType uint8

// The types of messages: those of Figure 2, and of the thesis.
const (
	RequestVote MessageType = iota + 1
	RequestVoteResponse
	AppendEntries
	AppendEntriesResponse
	PreVote         // §9.6: would you vote for me?
	PreVoteResponse //
	TimeoutNow      // §3.10: stand for election at once
	InstallSnapshot // §7: a chunk of a snapshot
	InstallSnapshotResponse

	// MessageTypeCount is one more than the highest type: the length of an array indexed by type.
	MessageTypeCount
)

// String returns the type's name as the paper and the thesis write it.
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
	case PreVote:
		return "PreVote"
	case PreVoteResponse:
		return "PreVoteResponse"
	case TimeoutNow:
		return "TimeoutNow"
	case InstallSnapshot:
		return "InstallSnapshot"
	case InstallSnapshotResponse:
		return "InstallSnapshotResponse"
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
	Term Term // the sender's currentTerm; of a PreVote and its grant, the term to stand for

	// RequestVote, PreVote: the candidate's last entry (§5.4.1).
	LastLogIndex Index
	LastLogTerm  Term

	// RequestVote: the leader itself has asked for this election (§3.10), so that loyalty to it is
	// no reason to refuse (§4.2.3).
	Transfer bool

	// RequestVoteResponse, PreVoteResponse.
	VoteGranted bool

	// AppendEntries; its response repeats PrevLogIndex, so that a leader knows which request was
	// refused.
	PrevLogIndex Index
	PrevLogTerm  Term
	Entries      []Entry // a part of the sender's log: who keeps the message copies them
	LeaderCommit Index

	// AppendEntries, InstallSnapshot, and their responses of the same term: the last round that the
	// leader had begun when it sent the request (§6.4).
	Round uint64

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

	// InstallSnapshot, and its response (Figure 13): the last entry that the snapshot stands for.
	LastIncluded LogState
	// InstallSnapshot: where the chunk stands in the snapshot; its response: how much of that has
	// come. Done: the chunk is the last; its response: the whole is here, or not needed, and the
	// log agrees through MatchIndex as after an append.
	Offset uint64
	Data   string
	Done   bool
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
// leader's AppendEntries may leave before its own disk holds the entries (thesis §10.2.1). Nor does
// a PreVote or its answer, which says what one would do now.
func (m *Message) Promise() Promise {
	switch {
	case m.Type == RequestVote:
		return Promise{HardState: HardState{CurrentTerm: m.Term, VotedFor: m.From}}
	case m.Type == RequestVoteResponse && m.VoteGranted:
		return Promise{HardState: HardState{CurrentTerm: m.Term, VotedFor: m.To}}
	case m.Type == AppendEntriesResponse && m.Success, m.Type == InstallSnapshotResponse && m.Done:
		return Promise{
			HardState: HardState{CurrentTerm: m.Term},
			LogState:  LogState{Index: m.MatchIndex, Term: m.MatchTerm},
		}
	}
	return Promise{}
}
