package trace

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
)

// pollText tells whom a server asks whether it could win the next term (thesis §9.6).
func (c *scene) pollText(server *shadow) string {
	return fmt.Sprintf("asks %s whether it could win term %d%s%s", names(c.polled.reached()),
		server.term+1, endOf(&server.log), c.polled.lossText(server, ""))
}

func (s *Story) tellPreCandidate(c *scene, server *shadow) {
	why := ""
	switch {
	case c.before.role == raft.Candidate:
		why = fmt.Sprintf("has only %s in term %d: ", votesOf(c.server, c.before.votes),
			c.before.term)
	case c.before.leader != raft.None:
		why = fmt.Sprintf("hears no more of %v: ", c.before.leader)
	case c.before.term > 0:
		why = "hears of no leader: "
	}
	s.tellOf(c.server, why+c.pollText(server))
}

// tellPolls: a server asks once more, which is folded; or it would not vote for another. Who would
// is told with the election that comes of it.
func (s *Story) tellPolls(c *scene, server *shadow) {
	if c.polled.to != 0 && c.became != record.BecamePreCandidate {
		s.attempts.polls = s.attempts.polls.With(c.server)
		s.attempts.would[c.server] = c.would
		s.noteAttempt(c.server)
	}
	asked := &c.delivered
	if c.poll.Kind == 0 || c.poll.Success || asked.Message != raft.PreVote || s.crowd() {
		return
	}
	told := reaction{
		to: raft.PreVote, peer: asked.Server, term: asked.Term, lost: c.poll.lost != "",
	}
	if server.news(told) {
		if s.attempts.polls.Has(asked.Server) {
			s.flushAttempts()
		}
		s.tellOf(c.server, fmt.Sprintf("would not vote for %v in term %d%s%s", asked.Server,
			asked.Term, whyNoVote(asked, server), c.poll.lossText()))
	}
}

// pollAgain tells what a server found that has asked again, so many times.
func (a *attempts) pollAgain(id raft.ServerID, term raft.Term) string {
	found := "finds nobody to vote for it"
	if would := a.would[id]; would.Without(id) != 0 {
		found = "would have only the votes of " + names(would)
	}
	again := "asks again"
	if n := a.count[id]; n > 1 {
		again = fmt.Sprintf("asks again and again, %d times", n)
	}
	return fmt.Sprintf("%s in term %d: %s", found, term, again)
}

// loyalty is why a server keeps its vote from somebody who could have it otherwise (§4.2.3, §9.6).
func (s *shadow) loyalty() string {
	if s.leader == raft.None {
		return ": a leader may be alive"
	}
	return fmt.Sprintf(": it hears of %v, leader of term %d", s.leader, s.term)
}
