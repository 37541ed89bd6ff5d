package trace

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// scene is what one event has brought about at one server so far. It is bounded, however many
// records an event has.
type scene struct {
	server raft.ServerID // None: no scene is open
	before before

	// What happened to the server; zero where nothing of that kind did.
	delivered record.Record
	timer     raft.Timer
	life      record.Record // crashed, restarted, paused, resumed

	// What came of it.
	became    record.Kind
	again     bool // it stands again, and there is nothing new to tell of that
	dropped   span
	lastTerm  raft.Term // of what was dropped
	firstTerm raft.Term
	appended  span
	committed span
	proposed  record.Record
	takenOnce bool          // another entry was made of what is proposed
	refused   record.Record // a request
	answered  answered
	would     raft.ServerSet // who would have voted for a pre-candidate

	taken       record.Record // a request to read
	read        answered      // without an entry
	readThrough raft.Index
	unread      answered      // refused, though it had been taken to read
	transfer    record.Record // asked for

	// What it sent.
	polled  fan // for pre-votes
	poll    reply
	handed  reply // TimeoutNow
	asked   fan   // for votes
	askedIn raft.Term
	sent    fan   // entries, or nothing but a heartbeat
	vote    reply // of several that say the same, one that arrives if any does
	ack     reply
	last    record.Record // of all that it sent, the last

	missed []record.Record // answers, or requests that waited; only the first few
}

// before is what a server was when the scene began.
type before struct {
	role    raft.Role
	term    raft.Term
	leader  raft.ServerID
	votes   raft.ServerSet
	durable raft.Index
	last    raft.Index

	successor raft.ServerID
}

// fan is a message sent to many.
type fan struct {
	to   raft.ServerSet
	lost raft.ServerSet
	why  string

	whyElse string // another reason, if there are several

	all     fanSpan // of entries in any of them; empty, it begins with the entry to follow
	arrives fanSpan // the same of those that were not lost
	before  fanSpan // what arrives was before the last was added
}

// fanSpan is the entries in any of the messages, and whether all carry the same.
type fanSpan struct {
	span
	least  raft.Index // the last entry of the message that goes least far
	differ bool
}

func (s fanSpan) with(entries span) fanSpan {
	if s.span == (span{}) {
		return fanSpan{entries, entries.to, false}
	}
	return fanSpan{s.span.with(entries), min(s.least, entries.to), s.differ || s.span != entries}
}

// reply is a response that was sent.
type reply struct {
	record.Record
	lost string // why, if it was
}

// answered is the clients that were answered, by name as long as they are few.
type answered struct {
	clients [4]uint32
	count   int
}

func (a *answered) add(client uint32) {
	if a.count < len(a.clients) {
		a.clients[a.count] = client
	}
	a.count++
}

// missedMax is how many missed requests or answers of one scene are told.
const missedMax = 8

// open makes the server's scene the present one.
func (s *Story) open(id raft.ServerID) {
	if s.scene.server == id {
		return
	}
	s.closeScene()
	shadow := &s.servers[id]
	s.scene = scene{
		server: id,
		missed: s.scene.missed[:0],
		before: before{
			role: shadow.role, term: shadow.term, leader: shadow.leader, votes: shadow.votes,
			durable: shadow.durable, last: shadow.log.last, successor: shadow.successor,
		},
	}
}

// closeScene tells the present scene, if any.
func (s *Story) closeScene() {
	if s.scene.server == raft.None {
		return
	}
	s.tellScene(&s.scene, &s.servers[s.scene.server])
	s.scene.server = raft.None
}

// tellScene tells a scene in the order in which things follow from one another.
func (s *Story) tellScene(c *scene, server *shadow) {
	s.tellLife(c, server)
	s.tellRole(c, server)
	s.tellLog(c, server)
	s.tellDurable(c, server)
	s.tellCommit(c, server)
	s.tellVotes(c, server)
	s.tellReplication(c, server)
	s.tellTransfer(c, server)
	s.tellReads(c, server)
	s.tellRequests(c)
	s.countHeartbeat(c, server)
}

// gather adds a record to the scene, and lets the server's shadow follow.
func (s *Story) gather(r *record.Record) {
	c, server := &s.scene, &s.servers[r.Server]
	switch r.Kind {
	case record.Crashed, record.Restarted, record.Paused, record.Resumed:
		s.gatherLife(r, server)
	case record.TimerFired:
		s.gatherTimer(r, server)
	case record.BecameFollower, record.BecamePreCandidate, record.BecameCandidate,
		record.BecameLeader, record.LearnedLeader:
		s.gatherRole(r, server)
	case record.Truncated, record.Appended, record.Recovered, record.Committed, record.Applied:
		s.gatherLog(r, server)
	case record.Written:
		if r.Term == server.term && r.Peer != raft.None {
			server.vote = r.Peer
		}
	case record.Persisted:
		server.persist(r)
	case record.Sent:
		s.gatherSent(r)
	case record.Proposed, record.Refused, record.Answered:
		s.gatherRequest(r)
	case record.TakenToRead:
		s.gatherRead(r)
	case record.TransferAsked:
		c.transfer = *r
		if r.Success {
			server.successor = r.Peer
		}
	}
}

// gatherTimer: a pre-candidate whose election timer fires asks anew, and a leader gives up handing
// over; no record tells of either.
func (s *Story) gatherTimer(r *record.Record, server *shadow) {
	c := &s.scene
	c.timer = raft.Timer(min(r.Number, uint64(raft.TimerCount)))
	switch {
	case c.timer == raft.ElectionTimer && server.role == raft.PreCandidate:
		c.would = server.votes
		server.poll(r.Server, server.term)
	case c.timer == raft.TransferTimer:
		server.successor = raft.None
	}
}

func (s *Story) gatherLife(r *record.Record, server *shadow) {
	s.flushDisks()
	if s.attempts.who.Has(r.Server) {
		s.flushAttempts()
	}
	s.scene.life = *r
	s.applies.who = s.applies.who.Without(r.Server)
	switch r.Kind {
	case record.Crashed:
		server.forget()
		server.life = down
	case record.Restarted:
		s.scene.lastTerm = server.log.lastTerm()
		server.restart(r)
		server.gap = true
	case record.Paused:
		server.life = paused
	case record.Resumed:
		server.life = running
		server.gap = true
	}
}

func (s *Story) gatherRole(r *record.Record, server *shadow) {
	s.scene.became = r.Kind
	s.scene.again = r.Kind == record.BecameCandidate && server.hopeless(r.Server)
	if !s.scene.again {
		s.flushBefore(r, server)
	}
	switch r.Kind {
	case record.BecameFollower, record.LearnedLeader:
		server.follow(r.Term, r.Peer)
	case record.BecamePreCandidate:
		server.poll(r.Server, r.Term)
	case record.BecameCandidate:
		if server.role == raft.PreCandidate {
			s.scene.would = server.votes
		}
		server.stand(r.Server, r.Term)
	case record.BecameLeader:
		server.lead(r.Server, r.Term)
	}
}

// flushBefore tells what is folded and counts for the change of a server's role.
func (s *Story) flushBefore(r *record.Record, server *shadow) {
	if s.attempts.who.Has(r.Server) {
		s.flushAttempts()
	}
	follows := r.Kind == record.BecameFollower || r.Kind == record.LearnedLeader
	if !follows || server.role == raft.Leader {
		s.flushDisks()
	}
}

func (s *Story) gatherLog(r *record.Record, server *shadow) {
	c := &s.scene
	switch r.Kind {
	case record.Truncated:
		c.dropped = span{r.Index + 1, server.log.last}
		c.firstTerm, c.lastTerm = server.log.term(r.Index+1), server.log.lastTerm()
		server.truncate(r.Index)
	case record.Appended:
		c.appended.add(r.Index)
		server.log.append(r.Index, r.EntryTerm)
		s.remember(r)
	case record.Recovered:
		server.log.append(r.Index, r.EntryTerm)
		s.remember(r)
	case record.Committed:
		c.committed = span{server.commit + 1, r.Index}
		server.commit = r.Index
		s.noteCommitted(r.Index)
	case record.Applied:
		server.applied = r.Index
		s.noteApplied(r, server)
	}
}

// remember keeps what the entry asks for, in words.
func (s *Story) remember(r *record.Record) {
	text := r.Entry.String()
	if r.Entry == raft.Command {
		text = s.commands.get(r.Digest)
	}
	s.entries.put(raft.LogState{Index: r.Index, Term: r.EntryTerm}, text)
}

func (s *Story) gatherSent(r *record.Record) {
	c := &s.scene
	c.last = *r
	switch r.Message {
	case raft.RequestVote:
		c.asked.to = c.asked.to.With(r.Peer)
		c.askedIn = r.Term
	case raft.PreVote:
		c.polled.to = c.polled.to.With(r.Peer)
	case raft.PreVoteResponse:
		c.poll = reply{Record: *r}
	case raft.TimeoutNow:
		c.handed = reply{Record: *r}
	case raft.AppendEntries:
		c.sent.add(r)
	case raft.RequestVoteResponse:
		if c.vote.lost != "" || c.vote.Peer != r.Peer || c.vote.Term != r.Term {
			c.vote = reply{Record: *r}
		}
	case raft.AppendEntriesResponse:
		if c.ack.Kind == 0 || r.Index > c.ack.Index || r.Index == c.ack.Index && c.ack.lost != "" {
			c.ack = reply{Record: *r}
		}
	}
}

func (f *fan) add(r *record.Record) {
	entries := span{r.Index + 1, r.Index + raft.Index(r.Count)}
	f.before = f.arrives
	f.all, f.arrives = f.all.with(entries), f.arrives.with(entries)
	f.to = f.to.With(r.Peer)
}

// lose takes back the message that was added last.
func (f *fan) lose(r *record.Record) {
	f.arrives = f.before
	f.lost = f.lost.With(r.Peer)
	switch r.Text {
	case f.why, f.whyElse:
	default:
		f.why, f.whyElse = r.Text, f.why
	}
}

// entries returns those that were sent to the servers that it reaches; to all, if it reaches none.
func (f *fan) entries() fanSpan {
	if f.lost == f.to {
		return f.all
	}
	return f.arrives
}

// onLost: a message is lost, as it is sent or later.
func (s *Story) onLost(r *record.Record) {
	s.losses.add(r)
	if r.Count > 0 {
		s.servers[r.Peer].gap = true
	}
	c := &s.scene
	if c.server != r.Server || c.last.Kind == 0 || c.last.Peer != r.Peer ||
		c.last.Message != r.Message || c.last.Number != r.Number {
		return
	}
	switch r.Message {
	case raft.RequestVote:
		c.asked.lose(r)
	case raft.PreVote:
		c.polled.lose(r)
	case raft.PreVoteResponse:
		c.poll.lost = r.Text
	case raft.TimeoutNow:
		c.handed.lost = r.Text
	case raft.AppendEntries:
		c.sent.lose(r)
	case raft.RequestVoteResponse:
		if c.vote.Number == r.Number {
			c.vote.lost = r.Text
		}
	case raft.AppendEntriesResponse:
		if c.ack.Number == r.Number {
			c.ack.lost = r.Text
		}
	}
}
