package raft_test

import (
	"fmt"
	"strings"

	"raftkv/raft"
)

// account tells, line by line, what happened in a cluster and what each step owed.
type account struct {
	lines  []string
	timers bool // tell of timers too
}

func (a *account) say(format string, args ...any) {
	a.lines = append(a.lines, fmt.Sprintf(format, args...))
}

// take returns what was told since it was last asked.
func (a *account) take() string {
	text := strings.Join(a.lines, "\n")
	a.lines = nil
	return text
}

// became tells what the last step made of a server, and what it owes to its disk.
func (a *account) became(s *server) {
	if standing(&s.Node) != standing(&s.before) {
		a.say("  now %s", standing(&s.Node))
	}
	a.wrote(s)
}

// owed tells what else the last step owed, but for the messages that left at once.
func (a *account) owed(s *server) {
	for _, m := range s.held[s.heldBefore:] {
		a.say("  holds %s until write %d", messageText(m.Message), m.write)
	}
	a.commits(s)
	if s.out.Reading != 0 {
		a.say("  takes read %d", s.out.Reading)
	}
	if s.out.ReadThrough != 0 {
		a.say("  answers reads through %d: they see index %d", s.out.ReadThrough, s.out.ReadIndex)
	}
	if s.out.DropReads {
		a.say("  drops the reads that wait")
	}
	if s.out.Refusal != 0 {
		a.say("  refuses: %v", s.out.Refusal)
	}
	a.armed(s)
}

func standing(n *raft.Node) string {
	switch n.Role() {
	case raft.PreCandidate:
		return fmt.Sprintf("asks whether it would win term %d", n.Hard().CurrentTerm+1)
	case raft.Candidate:
		return fmt.Sprintf("stands for term %d", n.Hard().CurrentTerm)
	case raft.Leader:
		return fmt.Sprintf("leads term %d", n.Hard().CurrentTerm)
	}
	if n.Leader() == raft.None {
		return fmt.Sprintf("follows nobody in term %d", n.Hard().CurrentTerm)
	}
	return fmt.Sprintf("follows %v in term %d", n.Leader(), n.Hard().CurrentTerm)
}

func (a *account) wrote(s *server) {
	count := 0
	if s.out.SaveHardState {
		count++
	}
	if s.out.SaveFrom != 0 {
		count++
	}
	if s.out.InstallSnapshot {
		count++
	}
	if s.out.CutThrough != 0 {
		count++
	}
	for _, w := range s.disk.pending[len(s.disk.pending)-count:] {
		a.say("  writes %v", w)
	}
}

func (a *account) commits(s *server) {
	if s.out.InstallSnapshot {
		a.say("  restores [%s]", s.out.Snapshot.Data)
	}
	if s.out.ApplyThrough == 0 {
		return
	}
	first := s.before.CommitIndex() + 1
	a.say("  applies %s", entriesText(first, s.applied[first-1:]))
}

func (a *account) armed(s *server) {
	if !a.timers {
		return
	}
	if timers := timersText(&s.out); timers != "" {
		a.say("  arms %s", timers)
	}
	if s.out.Begin.Has(raft.LeaseTimer) {
		a.say("  begins the time of a lease")
	}
}

// lost tells what a crash takes from a server.
func (a *account) lost(s *server) {
	for _, w := range s.disk.pending {
		a.say("  loses %v", w)
	}
	for _, m := range s.held {
		a.say("  forgets to send %s", messageText(m.Message))
	}
}

func (w write) String() string {
	return fmt.Sprintf("%d: %s", w.number, w.text())
}

func (w write) text() string {
	switch {
	case w.from != 0:
		return entriesText(w.from, w.entries)
	case w.snapshot.Index != 0:
		text := fmt.Sprintf("snapshot through %d:%d", w.snapshot.Index, w.snapshot.Term)
		if w.discards {
			return text + ", in place of the log"
		} else if w.installs {
			return text + ", in place of the log that far"
		}
		return text
	case w.cut != 0:
		return fmt.Sprintf("nothing through %d any more", w.cut)
	}
	return hardStateText(w.hardState)
}
