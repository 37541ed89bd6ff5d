package raft

import "fmt"

// Timer names one of the spans of time that a server waits for.
type Timer uint8

const (
	// ElectionTimer runs while a server waits for a leader, or for votes (§5.2). Its length is
	// drawn from the election timeout, anew where [Output].Draw says so. While a server leads, it
	// tells when to check the quorum (§6.2).
	ElectionTimer Timer = iota + 1
	// HeartbeatTimer runs while a server leads. Its length is fixed, and well below the other's.
	HeartbeatTimer
	// MinElectionTimer runs for the shortest election timeout since a server heard of its leader:
	// while it runs, the server is loyal (§4.2.3, §9.6).
	MinElectionTimer
	// LeaseTimer runs for the length of a leader's lease (§6.4.1), since [Output].Begin has named
	// it, and not since it was armed.
	LeaseTimer
	// TransferTimer runs for an election timeout while a leader hands over (§3.10).
	TransferTimer

	// TimerCount is one more than the highest timer: the length of an array indexed by Timer.
	TimerCount
)

// String returns the timer's name in lower case.
func (t Timer) String() string {
	switch t {
	case ElectionTimer:
		return "election"
	case HeartbeatTimer:
		return "heartbeat"
	case MinElectionTimer:
		return "minimum election"
	case LeaseTimer:
		return "lease"
	case TransferTimer:
		return "transfer"
	}
	return fmt.Sprintf("Timer(%d)", uint8(t))
}

// TimerSet is a set of timers, a bit each.
type TimerSet uint8

// Has tells whether t is in the set.
func (s TimerSet) Has(t Timer) bool { return s>>t&1 == 1 }

// Refusal tells why a server does not do what it was asked for: a proposal entered no log, a read
// is not taken, the leader does not step aside.
type Refusal uint8

// The reasons.
const (
	NotLeader        Refusal = iota + 1 // Node.Leader may know who is
	Transferring                        // the leader is about to step aside (§3.10)
	TooManyProposals                    // [Options].ProposalsMax wait to be committed
	NoSuccessor                         // the target is no voter, or leads already
)

// String returns the reason in words.
func (r Refusal) String() string {
	switch r {
	case NotLeader:
		return "not the leader"
	case Transferring:
		return "the leader is handing over"
	case TooManyProposals:
		return "too many proposals wait to be committed"
	case NoSuccessor:
		return "not a voter that could lead instead"
	}
	return fmt.Sprintf("Refusal(%d)", uint8(r))
}

// Output is what a server owes after a step: to its disk, to the others, to its state machine and
// its clients, in the order of the fields. Messages that promise something wait until the disk
// holds it: see [Message.Promise] and [Node.Keeps].
//
// Its slices belong to the node and the output, and are overwritten by the next step with either:
// who keeps an entry or a message copies it.
type Output struct {
	// SaveHardState says that HardState must be written.
	SaveHardState bool
	HardState     HardState

	// SaveFrom, unless 0, says that Entries must be written, the first at that index, in place of
	// what the log had from there on.
	SaveFrom Index
	Entries  []Entry

	// InstallSnapshot says that the state machine must be restored from Snapshot, in place of all
	// that it has, and that Snapshot must be written, and with it what it does to the log: the
	// entries that it stands for are dropped, and with DiscardLog all others. (§7)
	InstallSnapshot bool
	Snapshot        Snapshot
	DiscardLog      bool

	// CutThrough, unless 0, says that the disk may drop the entries through that index: a snapshot
	// that it holds stands for them.
	CutThrough Index

	// Messages must be sent.
	Messages []Message

	// ApplyThrough, unless 0, says that the entries through that index are committed and must be
	// applied to the state machine, each once, in the order of the log.
	ApplyThrough Index

	// Reading is the number of the read that was taken: 1, 2, ... in the life of the server.
	Reading uint64
	// ReadThrough, unless 0, says that the reads through that number may be answered, by a state
	// machine that has applied ReadIndex. DropReads says that all others never will be: who leads
	// no more refuses them.
	ReadThrough uint64
	ReadIndex   Index
	DropReads   bool

	// Proposed names the entry made of a proposal; Refusal says why there is none, or why nothing
	// came of another request.
	Proposed LogState
	Refusal  Refusal

	// Arm names the timers to start again from now; Draw those among them that need a new length.
	// Begin names those whose time runs from now, for when a later step arms them: what this one
	// arms counts from before.
	Arm   TimerSet
	Draw  TimerSet
	Begin TimerSet
}

func (o *Output) reset() {
	*o = Output{Messages: o.Messages[:0]}
}

func (o *Output) saveHardState(h HardState) {
	o.SaveHardState = true
	o.HardState = h
}

func (o *Output) saveEntries(from Index, entries []Entry) {
	o.SaveFrom = from
	o.Entries = entries
}

func (o *Output) arm(t Timer) { o.Arm |= 1 << t }

// begin notes when a timer's time begins, for when it is armed.
func (o *Output) begin(t Timer) { o.Begin |= 1 << t }

func (o *Output) armAnew(t Timer) {
	o.Arm |= 1 << t
	o.Draw |= 1 << t
}
