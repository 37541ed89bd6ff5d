// Package raft is the Raft consensus protocol of one server: Figure 2 of "In Search of an
// Understandable Consensus Algorithm" (Ongaro and Ousterhout, the extended version) as a state
// machine, with what Ongaro's thesis ("Consensus: Bridging Theory and Practice") adds to it. It has
// no I/O, no clock and no chance: what happens to the server comes in as an [Input], what it then
// owes goes out as an [Output], and [Node.Step] leads from one to the other.
//
// Start reading at [Node] and [Node.Step] in this file, with the paper's Figure 2 beside it. Where
// each part of paper (P) and thesis (T) is:
//
//	P Figure 2, State             raft.go, log.go, membership.go
//	P 5.1  Terms                  terms.go: takeOver, refuseStale, with their three exemptions
//	P 5.2  Leader election        election.go: startElection, onRequestVote, countVote
//	P 5.3  Log replication        replication.go: the leader's part; append.go: the follower's
//	P 5.4.1 Election restriction  election.go: isUpToDate
//	P 5.4.2 Earlier terms         commit.go: advanceCommitIndex
//	P 7    Log compaction         snapshot.go: onSnapshotTaken, sendSnapshot, onInstallSnapshot
//	T 3.10 Leadership transfer    transfer.go: onTransferLeadership, handOver, onTimeoutNow
//	T 4.2.3 Disruptive servers    loyalty.go: isLoyal, refusesToDepose
//	T 6.2  Deposing a leader      loyalty.go: checkQuorum
//	T 6.4  Reads without the log  reads.go: onRead, beginRound, confirm
//	T 6.4.1 Leases                reads.go: hasLease
//	T 9.6  PreVote                election.go: startPreVote, onPreVote
//	T 10.2.1 Writing in parallel  message.go: Promise; commit.go: countOwnLog
//	T 10.2.2 Pipelining           progress.go: probing and replicating
//
// What crosses the border is in input.go, output.go, message.go and options.go; what must always
// hold, in invariants.go; what there is to see of a node, in look.go.
package raft

import "fmt"

// Role is what a server is in its current term (§5.1).
type Role uint8

// The roles of §5.1, and that of a server which asks if it could win an election (thesis §9.6).
const (
	Follower Role = iota + 1
	Candidate
	Leader
	PreCandidate
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
	case PreCandidate:
		return "pre-candidate"
	}
	return fmt.Sprintf("Role(%d)", uint8(r))
}

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

	// Leaders: one for each server, indexed by identity. The own entry's matchIndex tells what the
	// own disk holds, since a leader counts itself like any other server. What is here while a
	// server does not lead means nothing, and is memory to be used again.
	followers [MaxServers + 1]progress
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
	log      log
	snapshot Snapshot // through log.base or beyond; the zero Snapshot while the log is whole
}

type volatile struct {
	role        Role
	leader      ServerID // of currentTerm; 0 while unknown
	commitIndex Index
	durable     Persistence // what of the persistent state the disk holds, as far as is known
	votes       ServerSet   // candidates: who granted a vote in currentTerm, or would in the next
	loyal       bool        // it has heard of a leader within the shortest election timeout
	incoming    incoming    // the snapshot that a leader sends

	// Leaders.
	heard      ServerSet // who has answered since the quorum was last checked (thesis §6.2)
	reads      reads
	transferee ServerID // to whom it hands over (thesis §3.10), or None
}

// Init makes n the node of server id at its very first start, with nothing on its disk. The memory
// that n has is used again. It arms the first election timer in out.
func (n *Node) Init(id ServerID, membership Membership, o Options, out *Output) {
	if id == None || id > MaxServers {
		panic(fmt.Sprintf("raft: server identity %d, want 1 to %d", id, MaxServers))
	}
	// Whatever a restart may leave of an earlier life, a first start has none.
	followers := n.followers
	*n = Node{
		configuration: configuration{id: id, membership: membership, options: o.resolved()},
		persistent:    persistent{log: log{entries: n.log.entries[:0]}},
		followers:     followers,
	}
	n.start(Durable{}, out)
}

// Restart makes n what a crash and a restart leave: the configuration of Init, the persistent state
// that the disk gave back, a new volatile state. It copies the entries of durable. The state
// machine begins with what the snapshot says, or anew.
func (n *Node) Restart(durable Durable, out *Output) {
	n.start(durable, out)
	n.becomeLoyal(out) // it may have heard of a leader just before it crashed
}

func (n *Node) start(durable Durable, out *Output) {
	out.reset()
	n.HardState = durable.HardState
	n.snapshot = durable.Snapshot
	n.log.restore(durable.Base, durable.Entries)
	if !n.log.has(n.snapshot.Index, n.snapshot.Term) {
		n.log.restore(n.snapshot.LogState, nil) // the snapshot was faster than the log
	}
	n.volatile = volatile{
		role: Follower,
		// What a snapshot stands for was committed, and the state machine has it.
		commitIndex: n.snapshot.Index,
		incoming:    incoming{data: n.incoming.data[:0]},
	}
	n.durable = Persistence{HardState: n.HardState, LogState: n.log.last()}
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
	case Read:
		n.onRead(out)
	case TransferLeadership:
		n.onTransferLeadership(in.Target, out)
	case SnapshotTaken:
		n.onSnapshotTaken(&in.Snapshot, out)
	default:
		panic(fmt.Sprintf("raft: input of unknown type %d", in.Type))
	}
	if n.HardState != before {
		out.saveHardState(n.HardState)
	}
}

func (n *Node) receive(m *Message, out *Output) {
	if m.Term > n.CurrentTerm && !n.isExempt(m) {
		n.takeOver(m.Term, out)
	}
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
	case PreVote:
		n.onPreVote(m, out)
	case PreVoteResponse:
		n.onPreVoteResponse(m, out)
	case TimeoutNow:
		n.onTimeoutNow(out)
	case InstallSnapshot:
		n.onInstallSnapshot(m, out)
	case InstallSnapshotResponse:
		n.onInstallSnapshotResponse(m, out)
	default:
		panic(fmt.Sprintf("raft: message of unknown type %d", m.Type))
	}
}

func (n *Node) onTimeout(timer Timer, out *Output) {
	switch timer {
	case ElectionTimer:
		n.onElectionTimeout(out)
	case HeartbeatTimer:
		n.onHeartbeatTimeout(out)
	case MinElectionTimer:
		n.loyal = false
	case LeaseTimer:
		n.reads.lease = false
	case TransferTimer:
		n.abortTransfer()
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

// send stamps the message with its sender and the current term, and owes it.
func (n *Node) send(m Message, out *Output) { n.sendIn(n.CurrentTerm, m, out) }

// sendIn does so with a term that is not the current one.
func (n *Node) sendIn(term Term, m Message, out *Output) {
	m.From, m.Term = n.id, term
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

// others returns the voters but for the own server.
func (n *Node) others() ServerSet { return n.membership.Voters.Without(n.id) }
