package raft_test

import (
	"fmt"
	"reflect"
	"slices"

	"raftkv/raft"
)

// server is what the caller of a node has to be: it carries out what each step owes, in the order
// in which it is owed. It checks what the core documents of each state, step and message.
type server struct {
	raft.Node
	out     raft.Output // of the last step
	disk    disk
	held    []heldMessage
	left    []raft.Message  // left the server, and nobody took them yet
	applied []raft.Entry    // the state machine: what it got, from index 1
	taken   []raft.Snapshot // on their way to the disk
	readers readers
	clock   clock
	down    bool
	bug     bug

	in         raft.Input // of the last step
	before     raft.Node  // the node before it
	heldBefore int        // the messages that were held before it

	marks marks // what it has seen
}

// heldMessage waits until the disk has done a write, and all writes before it.
type heldMessage struct {
	raft.Message
	write int
}

func (s *server) start(id raft.ServerID, m raft.Membership, o raft.Options) {
	s.Init(id, m, o, &s.out)
}

// step lets one thing happen to the node, and carries out what the node owes for it.
func (s *server) step(in raft.Input) error {
	s.in = in
	s.before.CopyFrom(&s.Node)
	s.heldBefore = len(s.held)
	s.Node.Step(&in, &s.out)
	if err := raft.CheckStep(&s.before, &s.Node); err != nil {
		return err
	}
	if err := raft.Check(&s.Node); err != nil {
		return err
	}
	return s.carryOut()
}

func (s *server) carryOut() error {
	s.disk.issue(&s.out)
	if s.out.SaveFrom != 0 && s.out.SaveFrom <= s.before.LastIndex() {
		s.marks.rewrites++
	}
	s.marks.note(s)
	for _, m := range s.out.Messages {
		m.Entries = slices.Clone(m.Entries) // they are the node's, until its next step
		if err := s.post(m); err != nil {
			return err
		}
	}
	return s.apply()
}

// post lets a message leave, or holds it back for the sake of what it promises.
func (s *server) post(m raft.Message) error {
	if err := checkShape(m); err != nil {
		return err
	}
	if s.Keeps(m.Promise()) || s.bug == sendsUnsynced {
		return s.leave(m)
	}
	s.held = append(s.held, heldMessage{Message: m, write: s.disk.issued})
	return nil
}

func (s *server) leave(m raft.Message) error {
	s.left = append(s.left, m)
	if s.bug == none && !s.disk.keepsFromNowOn(promised(m)) {
		return fmt.Errorf("durability: %s left too early", messageText(m))
	}
	return nil
}

// apply gives the state machine what is newly committed.
func (s *server) apply() error {
	if s.out.InstallSnapshot {
		return s.restore(s.out.Snapshot)
	}
	if s.out.ApplyThrough == 0 {
		return nil
	}
	if s.out.ApplyThrough != s.CommitIndex() || int(s.CommitIndex()) <= len(s.applied) {
		return fmt.Errorf("%v applies through %d, after %d of %d committed",
			s.ID(), s.out.ApplyThrough, len(s.applied), s.CommitIndex())
	}
	for i := raft.Index(len(s.applied)) + 1; i <= s.out.ApplyThrough; i++ {
		s.applied = append(s.applied, s.Entry(i))
	}
	return nil
}

// takeSnapshot begins to write what the state machine has.
func (s *server) takeSnapshot() error {
	if len(s.applied) == 0 || raft.Index(len(s.applied)) <= s.Snapshot().Index {
		return errInapplicable
	}
	taken := raft.Snapshot{
		LogState: raft.LogState{
			Index: raft.Index(len(s.applied)), Term: s.applied[len(s.applied)-1].Term,
		},
		Data: entriesText(1, s.applied),
	}
	s.taken = append(s.taken, taken)
	s.disk.add(write{snapshot: taken})
	return nil
}

// restore makes the state machine what a snapshot says.
func (s *server) restore(snapshot raft.Snapshot) error {
	applied, err := parseEntries(snapshot.Data)
	if len(applied) != int(snapshot.Index) {
		return fmt.Errorf("the snapshot of %d entries has %d: %v", snapshot.Index, len(applied), err)
	}
	s.applied = applied
	return err
}

// sync completes the oldest writes, one by one. What waited for a write leaves with it.
func (s *server) sync(writes int) error {
	for range writes {
		s.disk.sync()
		if err := s.release(); err != nil {
			return err
		}
	}
	return nil
}

// hear tells the node what its disk holds now.
func (s *server) hear() error {
	p := persistence(s.disk.durable)
	return s.step(raft.Input{Type: raft.Persisted, Persistence: p})
}

// hearOfSnapshot tells the node of the oldest snapshot that its disk holds now; done, if of none.
func (s *server) hearOfSnapshot() (done bool, err error) {
	if len(s.taken) == 0 || s.disk.durable.Snapshot.Index < s.taken[0].Index {
		return true, nil
	}
	taken := s.taken[0]
	s.taken = s.taken[1:]
	return false, s.step(raft.Input{Type: raft.SnapshotTaken, Snapshot: taken})
}

func (s *server) release() error {
	for len(s.held) > 0 && s.held[0].write <= s.disk.done {
		m := s.held[0].Message
		s.held = s.held[1:]
		if err := s.leave(m); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) crash() {
	s.disk.crash()
	s.marks.heldInVain += len(s.held)
	if s.bug != sendsAfterCrash {
		s.held = nil
	}
	s.applied, s.taken = nil, nil
	s.readers = readers{}
	s.clock = clock{drift: s.clock.drift}
	s.down = true
}

func (s *server) restart() error {
	s.down = false
	s.Restart(s.bug.recover(s.disk.durable), &s.out)
	if err := raft.Check(&s.Node); err != nil {
		return err
	}
	if err := s.restore(s.Snapshot()); err != nil {
		return err
	}
	return s.release() // nothing is held, unless by a bug
}

// take returns the messages that left since it was last asked.
func (s *server) take() []raft.Message {
	left := s.left
	s.left = nil
	return left
}

// checkShape: the fields of the other types of messages are zero, those of the other answer too.
func checkShape(m raft.Message) error {
	said, err := parseMessage(messageText(m))
	if err != nil {
		return err
	}
	m.Entries, said.Entries = nil, nil
	if !reflect.DeepEqual(m, said) {
		return fmt.Errorf("a message says more than its type has to say: %+v", m)
	}
	return nil
}
