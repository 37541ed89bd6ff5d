package raft_test

import "raftkv/raft"

// marks counts what the deeper stories of paper and thesis are made of: a schedule without them would
// have tested nothing.
type marks struct {
	reigns      int
	commits     int
	rewrites    int // conflicts that a leader's log decided (§5.3)
	lateCommits int // entries committed in a later term than their own (§5.4.2)
	heldInVain  int // messages that waited for a write that a crash took
	preVotes    int // that were granted (thesis §9.6)
	loyal       int // votes that were refused out of loyalty (§4.2.3)
	deposals    int // of leaders by themselves (§6.2)
	rounds      int // that let reads be answered (§6.4)
	leases      int // under which a read was answered (§6.4.1)
	handovers   int // that a leader sent (§3.10)
	pipelined   int // requests that were sent behind others (§10.2.2)
}

func (m *marks) counters() []*int {
	return []*int{
		&m.reigns, &m.commits, &m.rewrites, &m.lateCommits, &m.heldInVain, &m.preVotes, &m.loyal,
		&m.deposals, &m.rounds, &m.leases, &m.handovers, &m.pipelined,
	}
}

func (m *marks) add(more marks) {
	for i, counter := range m.counters() {
		*counter += *more.counters()[i]
	}
}

func (m *marks) rarest() int {
	least := m.reigns
	for _, counter := range m.counters() {
		least = min(least, *counter)
	}
	return least
}

// note counts what a server's last step was.
func (m *marks) note(s *server) {
	sameTerm := s.before.Hard().CurrentTerm == s.Hard().CurrentTerm
	if s.before.Role() == raft.Leader && s.Role() == raft.Follower && sameTerm {
		m.deposals++
	}
	if s.in.Type == raft.Receive && s.in.Message.Type == raft.RequestVote &&
		s.in.Message.Term > s.Hard().CurrentTerm {
		m.loyal++
	}
	if s.out.ReadThrough != 0 && s.out.ReadThrough == s.out.Reading {
		m.leases++
	} else if s.out.ReadThrough != 0 {
		m.rounds++
	}
	for _, sent := range s.out.Messages {
		switch {
		case sent.Type == raft.PreVoteResponse && sent.VoteGranted:
			m.preVotes++
		case sent.Type == raft.TimeoutNow:
			m.handovers++
		case sent.Type == raft.AppendEntries && s.Progress(sent.To).Inflight > 1:
			m.pipelined++
		}
	}
}

func marksOf(c *cluster) marks {
	m := marks{reigns: len(c.judge.reigns), commits: len(c.judge.committed)}
	for _, e := range c.judge.committed {
		if e.in > e.Term {
			m.lateCommits++
		}
	}
	for _, s := range c.servers {
		m.add(s.marks)
	}
	return m
}
