package raft

// InputType tells what happened to a server.
type InputType uint8

// The types of inputs. What each needs of an [Input]'s fields stands beside it.
const (
	Receive            InputType = iota + 1 // a message arrived: Message
	Timeout                                 // a timer that an output armed ran out: Timer
	Propose                                 // a client asks for a command to be replicated: Command
	Persisted                               // the disk has synced: Persistence
	Read                                    // a client asks to read the state machine (thesis §6.4)
	TransferLeadership                      // the leader is asked to step aside (§3.10): Target
	SnapshotTaken                           // the disk holds a snapshot (§7): Snapshot
)

// Input is the one thing that happened to a server. Every input is legal in every state; what is
// refused, the output says. The node keeps nothing that an input points to.
type Input struct {
	Type        InputType
	Message     *Message
	Timer       Timer
	Command     string
	Persistence Persistence
	Target      ServerID
	Snapshot    Snapshot
}

// HardState is what of a server's state must be on disk besides the log (Figure 2, "Persistent
// state on all servers"). It is written as one: a term without its vote could vote twice.
type HardState struct {
	CurrentTerm Term
	VotedFor    ServerID // None if the server has not voted in CurrentTerm
}

// keeps tells whether who has h durable cannot break what was promised in the other hard state. A
// later term keeps the promises of all earlier ones.
func (h HardState) keeps(promised HardState) bool {
	if h.CurrentTerm != promised.CurrentTerm {
		return h.CurrentTerm > promised.CurrentTerm
	}
	return promised.VotedFor == None || promised.VotedFor == h.VotedFor
}

// LogState names an entry, and with it (§5.3, Log Matching) the log through that entry. The index
// alone would not: after a truncation and a rewrite it is another entry's.
type LogState struct {
	Index Index
	Term  Term
}

// Persistence is what a server's disk holds: a hard state and a log through its last entry.
type Persistence struct {
	HardState
	LogState
}

// Durable is what a disk gives back after a crash: its hard state, its newest snapshot, and the
// log from the entry after Base on, which the snapshot stands for; with no snapshot the whole log.
type Durable struct {
	HardState
	Snapshot Snapshot
	Base     LogState
	Entries  []Entry
}
