// Package server is one process: a Raft node, a key-value store and a disk.
//
// A server is a stepper. Something happens to it (a message arrives, a timer fires, a sync is
// done), its node says what is owed, and [Server.Act] carries that out, one action at a time, each
// with its record: who drives it can let a crash strike between any two. Start reading at
// [Server]; step.go is the way in, act.go the way out, look.go what there is to see.
package server

import (
	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/disk"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Server is one process and its disk. It must be initialised with Start.
type Server struct {
	id       raft.ServerID
	config   *Config
	recorder *record.Recorder

	state  State
	disk   disk.Disk
	timers timers

	// What a crash loses. The node and its output are overwritten by a restart.
	node     raft.Node
	out      raft.Output
	busy     bool // it is in the middle of something of its own, and to blame for a panic
	store    kv.Store
	applied  raft.Index // lastApplied of Figure 2
	through  raft.Index // what is committed, and so to be applied
	agenda   agenda
	held     []promise    // messages that wait for the disk, in the order of their writes
	released raft.Message // the one that waits no longer and is being sent
	waiting  []proposal   // in the order of the log
	reads    []reading    // that wait for their answer, in the order in which they were taken
}

// State tells whether a server runs.
type State uint8

// The states of a server.
const (
	Running State = iota + 1
	Paused        // it does nothing; what arrives waits
	Down          // it has crashed
)

// Request is what a client asks of a server.
type Request struct {
	Client    uint32
	Operation uint32
	Command   string

	// For the client, who is told them with the answer: which of its attempts this is, from 1, and
	// which of its lanes waits for it.
	Attempt uint32
	Lane    uint32

	Copy uint32 // which copy of the attempt the network delivers here; 0 is the original
}

// proposal is a request of which the leader has made an entry, until that entry is applied, or
// another in its place.
type proposal struct {
	request  Request
	position raft.LogState
}

// promise is a message that waits until the disk holds what it promises.
type promise struct {
	message raft.Message
	write   uint64 // the last that had been issued when the promise was made
}

// Start makes s a server that starts for the first time, in the run of seed. It keeps its memory,
// and nothing else: what a crash forgets is not relied on, so that a server which survives its own
// crash by mistake is at least a new one in the next run of the same world.
func (s *Server) Start(
	id raft.ServerID, members raft.Membership, config *Config, seed uint64,
	queue *vtime.Queue, recorder *record.Recorder,
) {
	stream := choice.NewStream(seed, choice.Server(uint8(id)))
	*s = Server{
		id: id, config: config, recorder: recorder, state: Running,
		disk: s.disk, node: s.node, out: s.out, store: s.store,
		held: roomOf(s.held), waiting: s.waiting[:0],
	}
	s.disk.Reset(&config.Disk, stream)
	s.timers.reset(id, config, stream, queue)
	s.store.Reset(config.Store)
	s.emit(record.Record{Kind: record.Started})
	s.busy = true
	s.node.Init(id, members, config.Raft, &s.out)
	s.timers.follow(&s.out, recorder.Now())
	s.busy = false
}

// heldMax is for how many held messages a server keeps room over a crash.
const heldMax = 1 << 12

// roomOf returns the room for held messages that is kept, and none of them.
func roomOf(held []promise) []promise {
	if cap(held) > heldMax {
		return nil
	}
	return held[:0]
}

// forget is what a crash does to all that is not on disk.
func (s *Server) forget() {
	s.store.Reset(s.config.Store)
	s.applied, s.through = 0, 0
	s.agenda = agenda{stable: s.disk.Stable()}
	s.held = roomOf(s.held)
	s.waiting = s.waiting[:0]
	s.reads = s.reads[:0]
	s.busy = false
}

// Crash ends the server's life: what is not durable is gone, and what it still owed is owed no
// more.
func (s *Server) Crash() {
	s.busy = true
	s.state = Down
	s.timers.stop()
	s.disk.Crash()
	s.forget()
	s.emit(record.Record{Kind: record.Crashed})
}

// Restart begins a new life with what the disk held.
func (s *Server) Restart() {
	s.state = Running
	s.busy = true
	durable := s.disk.Durable()
	s.node.Restart(durable, &s.out)
	s.emit(record.Record{
		Kind: record.Restarted, Term: durable.CurrentTerm, Peer: durable.VotedFor,
		Index: s.node.LastIndex(),
	})
	for i := raft.Index(1); i <= s.node.LastIndex(); i++ {
		e := s.node.Entry(i)
		s.emit(record.Record{
			Kind: record.Recovered, Index: i, EntryTerm: e.Term, Entry: e.Kind,
			Digest: record.Digest(e.Command),
		})
	}
	s.timers.follow(&s.out, s.recorder.Now())
	s.busy = false
}

// Pause stops the server in its tracks; its disk goes on. Who pauses it keeps back what arrives for
// it until [Server.Resume].
func (s *Server) Pause() {
	s.state = Paused
	s.emit(record.Record{Kind: record.Paused})
}

// Resume lets the server go on. First comes what it was carrying out when it was paused, then the
// timers that are overdue, then the news of its disk, and then what was kept back.
func (s *Server) Resume() {
	s.state = Running
	s.emit(record.Record{Kind: record.Resumed})
}

// SetDrift lets the server's clock run faster than time from now on, by parts per billion; slower,
// if that is below 0.
func (s *Server) SetDrift(drift int64) { s.timers.setDrift(drift, s.recorder.Now()) }

// JumpClock moves the server's clock by a span, backwards if that is below 0: timers are due that
// much earlier, or later.
func (s *Server) JumpClock(by vtime.Duration) { s.timers.jump(by, s.recorder.Now()) }

// PutClockRight makes up for jumps of the server's clock: no timer is due later than it could be if
// there had been none.
func (s *Server) PutClockRight() { s.timers.putRight(s.recorder.Now()) }

// StandForElection makes the server's election timeout run out now.
func (s *Server) StandForElection() { s.timers.expireElection(s.recorder.Now()) }

// emit hands a record to whoever takes notice of it, whose panics are not the server's.
func (s *Server) emit(r record.Record) {
	r.Server = s.id
	busy := s.busy
	s.busy = false
	s.recorder.Emit(r)
	s.busy = busy
}
