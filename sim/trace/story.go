package trace

import (
	"io"
	"math"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// StoryOptions says of what a story is, and how it is told.
type StoryOptions struct {
	Servers int    // n1 to this many, 1 to raft.MaxServers
	Clients uint32 // c1 to this many
	Verbose bool   // a line for each record, instead of one for each thing worth telling

	// Width is how many columns a line takes at most; what is longer goes on in the next line. At
	// least 48. 0 means 100, and in a verbose story no limit: a line a record, for other programs.
	Width int
	// Colour adds the sequences that colour a terminal. Without them the text is the same.
	Colour bool
}

// Story tells a run to people: a line for each thing that a person would tell, when it happened
// and to whom. It knows what the records say and nothing else, so that the same run gives the same
// text.
//
// What one event brings about at one server is gathered in a scene and told when it is complete;
// what can wait, or repeats itself, is folded. Start reading at [Story.Observe]: story_scene.go
// gathers; story_election.go, story_prevote.go, story_replication.go, story_transfer.go,
// story_life.go, story_clients.go and story_reads.go tell; story_folds.go and story_repeats.go
// fold; story_page.go sets the lines and story_colour.go colours them.
type Story struct {
	options StoryOptions
	page    page
	event   uint64
	now     vtime.Time

	servers   [raft.MaxServers + 1]shadow
	committed raft.Index // the highest that any server knew to be committed
	scene     scene

	clients  [][]asker // by number
	commands memory[uint64, string]
	entries  memory[raft.LogState, string]

	started raft.ServerSet // in the present event

	applies  applies
	disks    disks
	attempts attempts
	losses   losses
	idle     idle
}

// crowdMin is the number of servers from which on nobody wants to hear of each: then a story tells
// of leaders, candidates, clients and faults, and of the others by number.
const crowdMin = 10

// clientsMax is how many clients' open requests a story remembers. Of more it still tells.
const clientsMax = 4096

// NewStory returns a story written to w. Write errors end it; Close reports the first.
func NewStory(w io.Writer, o StoryOptions) *Story {
	s := &Story{options: o}
	who := max(
		len("all"), len(raft.ServerID(o.Servers).String()), len(clientName(o.Clients)),
	)
	s.page.begin(w, o.width(), o.Colour, who)
	s.clients = make([][]asker, min(o.Clients, clientsMax)+1)
	for id := range s.servers {
		s.servers[id].follow(0, raft.None)
	}
	if !o.Verbose {
		s.writeHead()
	}
	return s
}

func (o *StoryOptions) width() int {
	switch {
	case o.Width != 0:
		return max(o.Width, pageWidthMin)
	case o.Verbose:
		return math.MaxInt
	}
	return pageWidth
}

// writeHead names the columns and the letters of the roles.
func (s *Story) writeHead() {
	if s.crowd() {
		s.page.row(row{when: "time", who: "who", what: "what"})
		return
	}
	heads := "123456789"[:max(1, s.options.Servers)]
	s.page.row(row{when: "time", roles: heads, who: "who",
		what: "what (L leads, C stands, P would stand, . follows, x down, z paused)"})
}

func (s *Story) crowd() bool { return s.options.Servers >= crowdMin }

func (s *Story) members() raft.ServerSet {
	return raft.Servers(min(max(s.options.Servers, 0), raft.MaxServers))
}

// Observe takes the next record of the run: it is a [record.Sink].
func (s *Story) Observe(r *record.Record) {
	if s.options.Verbose {
		s.writeRecord(r)
		return
	}
	if r.Server > raft.MaxServers || r.Peer > raft.MaxServers {
		return // there are no such servers
	}
	if r.Event != s.event {
		s.endEvent()
		s.event, s.now = r.Event, r.At
		s.flushStale()
	}
	s.observe(r)
}

func (s *Story) observe(r *record.Record) {
	switch r.Kind {
	case record.Started:
		s.onStarted(r)
	case record.Invoked, record.Retried, record.Returned, record.Missed:
		s.onClient(r)
	case record.FaultBegan, record.FaultEnded, record.Healed, record.Finished:
		s.onRun(r)
	case record.Panicked:
		s.onPanicked(r)
	case record.Lost:
		s.onLost(r)
	case record.Delivered:
		s.open(r.Peer)
		s.scene.delivered = *r
		s.servers[r.Peer].hear(r)
	default:
		s.open(r.Server)
		s.gather(r)
	}
}

// endEvent tells what the event brought about.
func (s *Story) endEvent() {
	s.closeScene()
	if s.started != 0 {
		s.tellStarted()
	}
	s.flushAppliesIfDone()
}

func (s *Story) tellStarted() {
	who := s.started
	s.started = 0
	if who.Len() == 1 {
		s.tellOf(who.Next(raft.None), "starts with nothing on disk, as a follower")
		return
	}
	s.tellSet(who, "start with nothing on disk, as followers")
}

// Close tells what is still folded, and returns the first error of the writer.
func (s *Story) Close() error {
	s.endEvent()
	s.flush()
	return s.page.w.Flush()
}

// tell writes a line about the present moment.
func (s *Story) tell(r row) { s.tellAt(s.now, r) }

// tellAt writes a line about what had come to be so by a moment that has passed.
func (s *Story) tellAt(at vtime.Time, r row) {
	s.flushRepeats()
	r.roles = s.roles()
	s.page.write(at, r)
}

// tellOf writes a line about what happened at a server.
func (s *Story) tellOf(id raft.ServerID, what string) { s.tell(s.of(id, what)) }

// of is a line about a server, ofClient one about a client, ofAll one about neither.
func (s *Story) of(id raft.ServerID, what string) row {
	return row{who: id.String(), whoStyle: s.roleOf(id), what: what}
}

func ofClient(number uint32, what string) row {
	return row{who: clientName(number), whoStyle: asking, what: what}
}

func ofAll(who, what string) row { return row{who: who, whoStyle: dim, what: what} }

// roles shows what each server is at this moment, a letter each, if they are few.
func (s *Story) roles() string {
	if s.crowd() {
		return ""
	}
	strip := make([]byte, max(1, s.options.Servers))
	for i := range strip {
		strip[i] = s.servers[i+1].letter()
	}
	return string(strip)
}

// several fills the second column of a line about several servers.
const several = "..."

// tellSet writes a line about several servers.
func (s *Story) tellSet(set raft.ServerSet, what string) {
	if set == s.members() {
		s.tell(ofAll("all", what))
		return
	}
	s.tell(ofAll(several, names(set)+" "+what))
}
