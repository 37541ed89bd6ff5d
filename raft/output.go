package raft

import "fmt"

// Timer names one of the spans of time that a server waits for.
type Timer uint8

const (
	// ElectionTimer runs while a server waits for a leader, or for votes (§5.2). Its length is
	// drawn from the election timeout, anew where [Output].Draw says so.
	ElectionTimer Timer = iota + 1
	// HeartbeatTimer runs while a server leads. Its length is fixed, and well below the other's.
	HeartbeatTimer

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
	}
	return fmt.Sprintf("Timer(%d)", uint8(t))
}

// TimerSet is a set of timers, a bit each.
type TimerSet uint8

// Has tells whether t is in the set.
func (s TimerSet) Has(t Timer) bool { return s>>t&1 == 1 }

// Refusal tells why a proposal entered no log.
type Refusal uint8

// NotLeader: only a leader takes proposals; Node.Leader may know who that is.
const NotLeader Refusal = 1

// String returns the reason in words.
func (r Refusal) String() string {
	if r == NotLeader {
		return "not the leader"
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

	// Messages must be sent.
	Messages []Message

	// ApplyThrough, unless 0, says that the entries through that index are committed and must be
	// applied to the state machine, each once, in the order of the log.
	ApplyThrough Index

	// Proposed names the entry made of a proposal; Refusal says why there is none.
	Proposed LogState
	Refusal  Refusal

	// Arm names the timers to start again from now; Draw those among them that need a new length.
	Arm  TimerSet
	Draw TimerSet
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

func (o *Output) armAnew(t Timer) {
	o.Arm |= 1 << t
	o.Draw |= 1 << t
}
