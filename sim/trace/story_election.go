package trace

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
)

func (s *Story) tellRole(c *scene, server *shadow) {
	switch c.became {
	case record.BecamePreCandidate:
		s.tellPreCandidate(c, server)
	case record.BecameCandidate:
		s.tellCandidate(c, server)
	case record.BecameLeader:
		s.tellOf(c.server, fmt.Sprintf("has the votes of %s, %s: leads term %d",
			names(server.votes), s.share(server.votes), server.term))
	case record.BecameFollower, record.LearnedLeader:
		s.tellFollower(c, server)
	}
}

// share says whether those are a majority.
func (s *Story) share(set raft.ServerSet) string {
	membership := raft.Membership{Voters: s.members()}
	if membership.HasMajority(set) {
		return "a majority" + pick(s.crowd(), fmt.Sprintf(" of %d", s.options.Servers), "")
	}
	return fmt.Sprintf("only %d of %d", (set & membership.Voters).Len(), s.options.Servers)
}

func (s *Story) tellCandidate(c *scene, server *shadow) {
	term := fmt.Sprintf("in term %d, votes for itself", server.term)
	stands := "stands for election " + term
	switch {
	case c.again:
		s.noteAttempt(c.server)
	case c.delivered.Message == raft.TimeoutNow:
		s.tellOf(c.server, fmt.Sprintf("is told by %v to stand: stands %s", c.delivered.Server,
			term))
	case c.before.role == raft.PreCandidate:
		s.tellOf(c.server, fmt.Sprintf("would have the votes of %s, %s: stands %s", names(c.would),
			s.share(c.would), term))
	case c.before.role == raft.Candidate:
		s.tellOf(c.server, fmt.Sprintf("has only %s: stands again, in term %d",
			votesOf(c.server, c.before.votes), server.term))
	case c.before.leader != raft.None:
		s.tellOf(c.server, fmt.Sprintf("hears no more of %v: %s", c.before.leader, stands))
	case c.before.term > 0:
		s.tellOf(c.server, "hears of no leader: "+stands)
	default:
		s.tellOf(c.server, stands)
	}
}

// votesOf tells whose votes a candidate has, not enough of them. Its own is one of them as soon as
// its disk holds it.
func votesOf(id raft.ServerID, votes raft.ServerSet) string {
	if votes.Without(id) == 0 {
		return "its own vote"
	}
	return "the votes of " + names(votes)
}

// tellFollower: a server follows. A vote or a refusal that makes it enter a term tells that itself.
func (s *Story) tellFollower(c *scene, server *shadow) {
	news := s.whyFollower(c, server)
	switch {
	case c.before.role == raft.Leader:
		s.tellOf(c.server, fmt.Sprintf("leads term %d no more: %s%s", c.before.term, news,
			uncommitted(server, c.before.last)))
	case c.before.role == raft.Candidate:
		s.tellOf(c.server, fmt.Sprintf("gives up standing in term %d: %s", c.before.term, news))
	case c.before.role == raft.PreCandidate:
		s.tellOf(c.server, "asks no more whether it could win: "+news)
	case server.leader != raft.None && !s.crowd():
		s.tellOf(c.server, news)
	}
}

func (s *Story) whyFollower(c *scene, server *shadow) string {
	switch from := c.delivered.Server; {
	case server.leader != raft.None:
		return fmt.Sprintf("follows %v, leader of term %d", server.leader, server.term)
	case server.term == c.before.term && c.before.role == raft.Leader:
		return "no majority answers it"
	case server.term == c.before.term && server.vote != raft.None:
		return fmt.Sprintf("votes for %v", server.vote)
	case from != raft.None:
		return fmt.Sprintf("hears of term %d from %v", server.term, from)
	}
	return fmt.Sprintf("hears of term %d", server.term)
}

// uncommitted tells what a leader leaves behind that it could not commit.
func uncommitted(server *shadow, last raft.Index) string {
	left := span{server.commit + 1, last}
	if left.empty() {
		return ""
	}
	return fmt.Sprintf("; never learned whether %v %s committed", left, left.is())
}

// tellVotes: who is asked for votes, who grants or refuses one.
func (s *Story) tellVotes(c *scene, server *shadow) {
	if c.asked.to != 0 {
		s.tellAsked(c, server)
	}
	if c.vote.Kind != 0 && !s.crowd() {
		s.tellVote(c, server)
	}
	s.tellPolls(c, server)
}

// tellAsked: a candidate's requests for votes have left; the same in vain is told once.
func (s *Story) tellAsked(c *scene, server *shadow) {
	asked := c.asked.reached()
	server.unheard = c.asked.lost == c.asked.to
	if s.attempts.who.Has(c.server) {
		if server.unheard {
			return
		}
		s.flushAttempts()
	}
	late := ""
	if server.role != raft.Candidate || server.term != c.askedIn {
		late = fmt.Sprintf(" in term %d, too late: it stands there no more", c.askedIn)
	}
	s.tellOf(c.server, fmt.Sprintf("asks %s for %s%s%s%s", names(asked),
		pick(asked.Len() == 1, "its vote", "their votes"), late, endOf(&server.log),
		c.asked.lossText(server, "")))
}

// endOf tells where a log ends: by that voters choose (§5.4.1).
func endOf(log *outline) string {
	if log.last == 0 {
		return ""
	}
	return fmt.Sprintf(" (its log ends with %s)", position(log.last, log.lastTerm()))
}

// reached returns to whom the message is on its way; if to nobody, to whom it should be.
func (f *fan) reached() raft.ServerSet {
	if f.lost == f.to {
		return f.to
	}
	return f.to &^ f.lost
}

// lossText tells which of the messages are lost; to is the word before the names of servers. While
// it is always the same servers, once is enough: the others are named.
func (f *fan) lossText(from *shadow, to string) string {
	told := f.lost == from.unreached
	from.unreached = f.lost
	switch {
	case f.lost == 0:
		return ""
	case f.lost == f.to:
		return ", in vain (" + f.whyLost() + ")"
	case told:
		return ""
	}
	return fmt.Sprintf("; in vain %s%s (%s)", to, names(f.lost), f.whyLost())
}

func (f *fan) whyLost() string {
	if f.whyElse == "" {
		return worded(f.why)
	}
	return worded(f.whyElse) + ", or " + worded(f.why)
}

// lossText tells that an answer is lost; of a refusal, after its reason.
func (r *reply) lossText() string {
	switch {
	case r.lost == "":
		return ""
	case r.Success:
		return ", in vain (" + worded(r.lost) + ")"
	}
	return fmt.Sprintf("; %v never hears of it (%s)", r.Peer, worded(r.lost))
}

// tellVote: a vote has left, or a refusal.
func (s *Story) tellVote(c *scene, server *shadow) {
	vote, asked := &c.vote, &c.delivered
	told := reaction{
		to: raft.RequestVote, peer: vote.Peer, term: vote.Term, granted: vote.Success,
		lost: vote.lost != "",
	}
	what := fmt.Sprintf("votes for %v in term %d", vote.Peer, vote.Term)
	if vote.Term < server.term {
		what += fmt.Sprintf(", too late: this is term %d", server.term)
	}
	if !vote.Success {
		if asked.Message != raft.RequestVote || server.rivals(asked) {
			return
		}
		told.term = asked.Term
		what = fmt.Sprintf("refuses %v its vote in term %d%s", asked.Server, asked.Term,
			whyNoVote(asked, server))
	}
	if server.news(told) {
		s.tellOf(c.server, what+vote.lossText())
	}
}

// rivals tells whether the voter stands in the same election itself: nobody expects its vote.
func (s *shadow) rivals(asked *record.Record) bool {
	return s.role == raft.Candidate && s.term == asked.Term
}

// whyNoVote finds the reason in what is known of the voter: the rules of §5.1, §5.2 and §5.4.1, and
// of a higher term, where none of these is one, those of the thesis.
func whyNoVote(asked *record.Record, server *shadow) string {
	lastTerm := server.log.lastTerm()
	switch {
	case asked.Term < server.term:
		return fmt.Sprintf(": it is in term %d already", server.term)
	case server.role == raft.Leader && asked.Term > server.term:
		return fmt.Sprintf(": it leads term %d itself", server.term)
	case server.role == raft.Leader:
		return ": it leads that term itself"
	case server.vote == asked.Peer && asked.Term == server.term:
		return ": it has voted for itself"
	case server.vote != raft.None && server.vote != asked.Server && asked.Term == server.term:
		return fmt.Sprintf(": it has voted for %v", server.vote)
	case asked.EntryTerm < lastTerm, asked.EntryTerm == lastTerm && asked.Index < server.log.last:
		return fmt.Sprintf(": its own log is more up to date, it ends with %s",
			position(server.log.last, lastTerm))
	case asked.Term > server.term || asked.Message == raft.PreVote:
		return server.loyalty()
	}
	return ""
}
