// Package raft is the Raft consensus protocol of one server: Figure 2 of "In Search of an
// Understandable Consensus Algorithm" (Ongaro and Ousterhout, the extended version) as a state
// machine. It does no I/O, reads no clock and draws no chance: what happens to the server comes in
// as an [Input], what the server then owes goes out as an [Output], and [Node.Step] leads from one
// to the other.
//
// Start reading at [Node] and [Node.Step] in this file, with the paper's Figure 2 beside it:
//
//	State                        raft.go, log.go, membership.go
//	Rules for Servers, terms     raft.go (updateTerm, stepDown)
//	RequestVote RPC, Candidates  election.go
//	AppendEntries RPC, Leaders   replication.go
//	commitIndex                  commit.go
//	what crosses the border      input.go, output.go, message.go
//	what must always hold        invariants.go
package raft

import "fmt"

// Role is what a server is in its current term (§5.1).
type Role uint8

// The roles of §5.1.
const (
	Follower Role = iota + 1
	Candidate
	Leader
)

// String returns the role's name in lower case.
func (r Role) String() string {
	switch r {
	case Follower:
		return "follower"
	case Candidate:
		return "candidate"
	case Leader:
		return "leader"
	}
	return fmt.Sprintf("Role(%d)", uint8(r))
}

// Options are the parameters of a node that do not change while it runs. The zero value is valid.
type Options struct {
	// BatchMax is the most entries that one AppendEntries carries; 0 means [DefaultBatchMax].
	BatchMax int
}

// DefaultBatchMax is the most entries an AppendEntries carries unless the options say otherwise.
const DefaultBatchMax = 64

// Node is the Raft state of one server, Figure 2's "State". It is three parts, so that what a
// crash loses is a type: configuration is given at every start, persistent comes back from the
// disk, volatile begins anew. Of the durable part of the log it knows the last entry, which its
// own log has too, so that (§5.3, Log Matching) the disk holds the log through there.
//
// A Node must be initialised with Init. It is not safe for concurrent use.
type Node struct {
	configuration
	persistent
	volatile
}

type configuration struct {
	id         ServerID
	membership Membership
	options    Options
}

// persistent is the node's own view of its persistent state. The disk follows it, as fast as the
// caller carries out what outputs say; volatile.durable tells how far the disk has come.
type persistent struct {
	HardState
	log log
}

type volatile struct {
	role        Role
	leader      ServerID // of currentTerm; 0 while unknown
	commitIndex Index
	durable     Persistence // what of the persistent state the disk holds, as far as is known
	votes       ServerSet   // candidates: who granted a vote in currentTerm

	// Leaders: one for each server, indexed by identity. The own entry's matchIndex tells what the
	// own disk holds, since a leader counts itself like any other server.
	followers [MaxServers + 1]progress
}

// progress is what a leader knows of one server's log (Figure 2, "Volatile state on leaders").
// Invariant: matchIndex < nextIndex <= sentIndex + 1 <= last log index + 1.
type progress struct {
	nextIndex  Index // moved by responses only
	matchIndex Index
	sentIndex  Index // the last entry on its way, or arrived
}

// Init makes n the node of server id at its very first start, with nothing on its disk. The memory
// that n has is used again. It arms the first election timer in out.
func (n *Node) Init(id ServerID, membership Membership, o Options, out *Output) {
	if id == None || id > MaxServers {
		panic(fmt.Sprintf("raft: server identity %d, want 1 to %d", id, MaxServers))
	}
	if o.BatchMax < 0 {
		panic(fmt.Sprintf("raft: batches of %d entries", o.BatchMax))
	}
	if o.BatchMax == 0 {
		o.BatchMax = DefaultBatchMax
	}
	// Whatever a restart may leave of an earlier life, a first start has none.
	*n = Node{
		configuration: configuration{id: id, membership: membership, options: o},
		persistent:    persistent{log: log{entries: n.log.entries[:0]}},
	}
	n.Restart(Durable{}, out)
}

// Restart makes n what a crash and a restart leave: the configuration of Init, the persistent state
// that the disk gave back, a new volatile state. It copies the entries of durable.
func (n *Node) Restart(durable Durable, out *Output) {
	out.reset()
	n.HardState = durable.HardState
	n.log.restore(durable.Entries)
	n.volatile = volatile{role: Follower}
	n.durable = Persistence{
		HardState: n.HardState,
		LogState:  LogState{Index: n.log.lastIndex(), Term: n.log.lastTerm()},
	}
	out.armAnew(ElectionTimer)
}

// Step is the only way in which a node's state changes: in happened, and out tells what the caller
// owes because of it, in the order in which it is owed. Every input is legal in every state. What
// out points to belongs to the node and is valid until the next Step.
func (n *Node) Step(in *Input, out *Output) {
	out.reset()
	before := n.HardState
	switch in.Type {
	case Receive:
		n.receive(in.Message, out)
	case Timeout:
		n.onTimeout(in.Timer, out)
	case Propose:
		n.onPropose(in.Command, out)
	case Persisted:
		n.onPersisted(in.Persistence, out)
	default:
		panic(fmt.Sprintf("raft: input of unknown type %d", in.Type))
	}
	if n.HardState != before {
		out.saveHardState(n.HardState)
	}
}

func (n *Node) receive(m *Message, out *Output) {
	n.updateTerm(m, out)
	if m.Term < n.CurrentTerm {
		n.refuseStale(m, out)
		return
	}
	switch m.Type {
	case RequestVote:
		n.onRequestVote(m, out)
	case RequestVoteResponse:
		n.onRequestVoteResponse(m, out)
	case AppendEntries:
		n.onAppendEntries(m, out)
	case AppendEntriesResponse:
		n.onAppendEntriesResponse(m, out)
	default:
		panic(fmt.Sprintf("raft: message of unknown type %d", m.Type))
	}
}

// updateTerm is the rule for all servers of Figure 2 (§5.1): a higher term in any request or
// response is taken over, and makes its receiver a follower, before anything else is decided.
func (n *Node) updateTerm(m *Message, out *Output) {
	if m.Term <= n.CurrentTerm {
		return
	}
	n.HardState = HardState{CurrentTerm: m.Term}
	n.stepDown(None, out)
}

// refuseStale answers a request of an earlier term with the current one, so that its sender learns
// of it (§5.1). A response of an earlier term answers a question that no longer stands.
func (n *Node) refuseStale(m *Message, out *Output) {
	switch m.Type {
	case RequestVote:
		n.send(Message{Type: RequestVoteResponse, To: m.From}, out)
	case AppendEntries:
		n.send(Message{Type: AppendEntriesResponse, To: m.From, PrevLogIndex: m.PrevLogIndex}, out)
	}
}

// stepDown makes n a follower of leader (None while unknown) in the current term. The vote stays:
// it belongs to the term, not to the role.
//
// Only a leader, who has waited for nobody, begins to wait. For the others a higher term is no news
// of a leader: a candidate with a poor log must not keep them from their own elections (§5.2).
func (n *Node) stepDown(leader ServerID, out *Output) {
	if n.role == Leader {
		out.armAnew(ElectionTimer)
	}
	n.role = Follower
	n.leader = leader
	n.votes = 0
}

func (n *Node) onTimeout(timer Timer, out *Output) {
	switch timer {
	case ElectionTimer:
		n.onElectionTimeout(out)
	case HeartbeatTimer:
		n.onHeartbeatTimeout(out)
	default:
		panic(fmt.Sprintf("raft: timeout of unknown timer %d", timer))
	}
}

// onPersisted takes notice of what the disk holds now. Only then does a candidate count its own
// vote, and a leader its own log: a promise to oneself is a promise too.
//
// What the disk holds may be behind: if its last entry is not in the log, the log was rewritten
// since. Then no more of it is known to be durable than before.
func (n *Node) onPersisted(p Persistence, out *Output) {
	n.durable.HardState = p.HardState
	if n.log.has(p.Index, p.LogState.Term) {
		n.durable.LogState = p.LogState
	}
	n.countOwnVote(out)
	n.countOwnLog(out)
}

// send stamps the message with its sender and term, and owes it.
func (n *Node) send(m Message, out *Output) {
	m.From, m.Term = n.id, n.CurrentTerm
	out.Messages = append(out.Messages, m)
}

// Keeps tells whether the disk already holds what the promise says. While it does not, the promise
// waits for every write issued so far.
func (n *Node) Keeps(p Promise) bool {
	if !n.durable.HardState.keeps(p.HardState) {
		return false
	}
	return p.Index == 0 || n.durable.Index >= p.Index && n.log.has(p.Index, p.LogState.Term)
}

// CopyFrom makes n an independent copy of other, log included.
func (n *Node) CopyFrom(other *Node) {
	entries := n.log.entries
	*n = *other
	n.log.entries = append(entries[:0], other.log.entries...)
}

// ID returns the identity of the node's server.
func (n *Node) ID() ServerID { return n.id }

// Membership returns the cluster's configuration as this node knows it (§4).
func (n *Node) Membership() Membership { return n.membership }

// Role returns what the server is in its current term.
func (n *Node) Role() Role { return n.role }

// Leader returns the leader of the current term, or None while it is unknown.
func (n *Node) Leader() ServerID { return n.leader }

// Hard returns currentTerm and votedFor as the node has them, durable or not.
func (n *Node) Hard() HardState { return n.HardState }

// Votes returns who has granted a candidate its vote in currentTerm, or elected the leader that it
// has become; nobody for a follower.
func (n *Node) Votes() ServerSet { return n.votes }

// Progress returns what a leader knows of a server's log: nextIndex and matchIndex of Figure 2, and
// the last entry that it has sent. All are 0 where n does not lead.
func (n *Node) Progress(id ServerID) (next, match, sent Index) {
	if n.role != Leader {
		return 0, 0, 0
	}
	p := &n.followers[id]
	return p.nextIndex, p.matchIndex, p.sentIndex
}

// CommitIndex returns the highest index known to be committed.
func (n *Node) CommitIndex() Index { return n.commitIndex }

// LastIndex returns the index of the last entry in the log, 0 for an empty log.
func (n *Node) LastIndex() Index { return n.log.lastIndex() }

// Entry returns the entry at index, which must be 1 to LastIndex.
func (n *Node) Entry(index Index) Entry { return *n.log.at(index) }
