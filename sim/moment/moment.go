// Package moment is what a world is at one moment, as data for scripts and as text for people: the
// servers with their logs, disks and stores, the messages on their way, clients, faults.
//
// Start reading at [World]. world.go and server.go look at a cluster; text.go tells.
package moment

import "encoding/json"

// What of a state is listed at most; of the rest there is a number. Of a log it is the end, of
// everything else the beginning.
const (
	entriesMax  = 20 // of one log
	keysMax     = 50 // of one store
	heldMax     = 20 // messages held at one server
	waitingMax  = 20 // requests that one server has in its log; and that it is to read for
	messagesMax = 50
	clientsMax  = 50
	moreMax     = 20 // further requests that one client has open
	faultsMax   = 50

	uncertainMax = 20 // of all logs together, the first
)

// Format and Version are in every World, so that a script knows what it reads. The version grows
// when a field changes its meaning, not when one is added.
const (
	Format  = "raftkv-state"
	Version = 3
)

// World is the whole world at one moment, as plain data for scripts; [World.WriteText] is the same
// for people. The same moment of the same run gives the same state. Times are in nanoseconds since
// the start of the run. Servers are named n1, n2, ..., clients c1, c2, ...; the empty name is
// nobody. Lists are never null; where one is cut short, Omitted says how much is left out.
type World struct {
	Format   string `json:"format"`
	Version  int    `json:"version"`
	Scenario string `json:"scenario"`
	Seed     string `json:"seed"` // decimal: it may need all of 64 bits

	Event  uint64 `json:"event"` // the last one that has happened
	TimeNS int64  `json:"time_ns"`
	Ending string `json:"ending"` // in words; empty while the run has not ended

	// Healed are the servers that have healed and stay well, all or a majority: none before the
	// second phase. What is then still in force stays so.
	Healed []string `json:"healed"`

	// Violation is the first that the judges have found so far; null if there is none.
	Violation *Conviction `json:"violation"`

	Servers []Server `json:"servers"`

	// Uncertain are the entries that not every server that runs knows to be committed, of the whole
	// logs of all servers: what Log leaves out of a long one is not left out here.
	Uncertain        []Uncertain `json:"uncertain"`
	UncertainOmitted int         `json:"uncertain_omitted"` // later ones

	Messages        []Message `json:"messages"` // under way, in the order of arrival
	MessagesOmitted int       `json:"messages_omitted"`
	Clients         []Client  `json:"clients"`
	ClientsOmitted  int       `json:"clients_omitted"`
	Faults          []Fault   `json:"faults"` // in force
	FaultsOmitted   int       `json:"faults_omitted"`
	Cuts            []Cut     `json:"cuts"` // by the sending server
}

// Conviction is a verdict of a judge.
type Conviction struct {
	Check   string `json:"check"`
	Kind    string `json:"kind"` // theorem, lemma or run
	Event   uint64 `json:"event"`
	TimeNS  int64  `json:"time_ns"`
	Message string `json:"message"`
}

// Position names an entry of a log; zero is before all. It is no entry of another term.
type Position struct {
	Index uint64 `json:"index"`
	Term  uint64 `json:"term"`
}

// Server is one server. Of one that is down there is what its disk holds: term, vote and log;
// all else is empty or 0, as a crash leaves it.
type Server struct {
	Name   string `json:"name"`
	State  string `json:"state"` // running, paused, down, or panicked, which ends a run
	Role   string `json:"role"`  // follower, pre-candidate, candidate, leader
	Term   uint64 `json:"term"`
	Vote   string `json:"vote"`
	Leader string `json:"leader"` // of its term, as far as it knows
	Loyal  bool   `json:"loyal"`  // it grants no pre-vote, as it knows of a leader, or leads

	Last    Position `json:"last"`
	Commit  uint64   `json:"commit"`
	Applied uint64   `json:"applied"`

	// Votes are a candidate's; a leader's are those that elected it, a pre-candidate's those that
	// it would have.
	Votes []string `json:"votes"`
	Peers []Peer   `json:"peers"` // of a leader: what it knows of each server, itself included

	// Of a leader: whether it answers reads at once, its last round of heartbeats, the reads that
	// it has taken and not answered, and to whom it hands over.
	Lease        bool   `json:"lease"`
	Round        Round  `json:"round"`
	Reads        []Read `json:"reads"`
	ReadsOmitted int    `json:"reads_omitted"`
	Transferee   string `json:"transferee"`

	Log        []Entry `json:"log"` // its end
	LogOmitted int     `json:"log_omitted"`

	Disk        Disk      `json:"disk"`
	Held        []Held    `json:"held"` // messages that wait for the disk, in order
	HeldOmitted int       `json:"held_omitted"`
	Timers      []Timer   `json:"timers"`
	Waiting     []Waiting `json:"waiting"` // for the entry to be applied, in order

	WaitingOmitted int    `json:"waiting_omitted"`
	Store          []Pair `json:"store"` // by key
	StoreOmitted   int    `json:"store_omitted"`
}

// Peer is what a leader knows of one server: nextIndex and matchIndex of Figure 2, whether it sends
// entries ahead of acknowledgements, and how many requests with entries are on their way.
type Peer struct {
	Name  string `json:"name"`
	Next  uint64 `json:"next"`
	Match uint64 `json:"match"`

	Replicating bool `json:"replicating"`
	InFlight    int  `json:"in_flight"`
}

// Round is heartbeats by which a leader makes sure, for the sake of reads, that nobody else leads.
type Round struct {
	Number    uint64   `json:"number"` // in its reign, from 1; 0: none yet
	Open      bool     `json:"open"`   // no majority has answered it yet
	Commit    uint64   `json:"commit"` // the leader's commitIndex when it began
	Confirmed []string `json:"confirmed"`
}

// Read is a client's request of which no entry is made.
type Read struct {
	Client    string `json:"client"`
	Operation uint32 `json:"operation"`
	Number    uint64 `json:"number"`    // of the reads of the server's life
	Confirmed bool   `json:"confirmed"` // its round is over
	Entry     uint64 `json:"entry"`     // confirmed: the store must have applied the log through it
}

// Entry is one entry of a log.
type Entry struct {
	Index   uint64 `json:"index"`
	Term    uint64 `json:"term"`
	Kind    string `json:"kind"`    // noop, command
	Command string `json:"command"` // in words: put a=c2-1
}

// Uncertain is an entry that not every server that runs knows to be committed, and who has it.
// Entries of one index and term are one only if they are equal: a bug can make two of them.
type Uncertain struct {
	Entry
	Durable  []string `json:"durable"`  // servers that have it on disk
	Volatile []string `json:"volatile"` // servers that have it, but not on disk yet
}

// Disk is what is durable, and what is on its way there. What is not durable a crash loses,
// where the scenario says so.
type Disk struct {
	Term    uint64   `json:"term"`
	Vote    string   `json:"vote"`
	Last    Position `json:"last"`
	Kept    uint64   `json:"kept"`    // through which entry it holds the server's own log
	Durable uint64   `json:"durable"` // number of the last write that is
	Pending uint64   `json:"pending"` // how many later ones are not
	SyncNS  int64    `json:"sync_ns"` // when the sync under way is done; -1 if none is
}

// Held is a message that leaves when a write is durable.
type Held struct {
	To    string `json:"to"`
	Type  string `json:"type"`
	Term  uint64 `json:"term"`
	Text  string `json:"text"`
	Write uint64 `json:"write"`
}

// Timer is a timer that runs.
type Timer struct {
	Name  string `json:"name"`   // election, heartbeat, minimum election, lease, transfer
	DueNS int64  `json:"due_ns"` // -1 for one that is overdue: it fired during a pause

	Heeded bool `json:"heeded"` // the server, as it is, does something when it fires
}

// Waiting is a client's request of which a leader has made an entry.
type Waiting struct {
	Client    string   `json:"client"`
	Operation uint32   `json:"operation"`
	Entry     Position `json:"entry"`
}

// Pair is a key of a store, and its value.
type Pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Message is a message under way: between servers, a client's request, the answer to it, or the
// wish that a leader hand over.
// From Index on the fields are those of messages between servers, and mean what they mean in
// records.
type Message struct {
	AtNS  int64  `json:"at_ns"` // of arrival
	Waits bool   `json:"waits"` // it has arrived, at a server that is paused
	From  string `json:"from"`
	To    string `json:"to"`
	Type  string `json:"type"` // as in Figure 2, or Request, Answer, TransferLeadership (of nobody)
	Text  string `json:"text"` // what it says, in words

	Number    uint64 `json:"number"` // on its link
	Term      uint64 `json:"term"`
	Index     uint64 `json:"index"`
	EntryTerm uint64 `json:"entry_term"`
	Entries   uint32 `json:"entries"`
	Commit    uint64 `json:"commit"`
	Success   bool   `json:"success"`
}

// Client is one client. It thinks, waits for an answer, waits to be told a leader, or is done.
type Client struct {
	Name   string   `json:"name"`
	Asks   string   `json:"asks"`
	Idle   bool     `json:"idle"`    // it waits to be told a leader
	Left   uint32   `json:"left"`    // requests still to begin
	NextNS int64    `json:"next_ns"` // when it asks next; -1 if that is not known
	Open   *Request `json:"open"`    // the request that it waits for; null if it waits for none

	// Of a client whose requests come whatever is answered: more of them.
	More        []Request `json:"more"`
	MoreOmitted int       `json:"more_omitted"`
	InLine      uint32    `json:"in_line"` // have come, and wait to be asked for
}

// Request is a request without an answer yet.
type Request struct {
	Operation uint32 `json:"operation"`
	Text      string `json:"text"`
	SinceNS   int64  `json:"since_ns"`
	UntilNS   int64  `json:"until_ns"` // it waits no longer; -1 if that is not known

	Asks    string `json:"asks"`
	Session uint64 `json:"session"` // that it is in, by its entry; 0 for none
	Attempt uint32 `json:"attempt"` // how often it was asked for
	Pauses  bool   `json:"pauses"`  // it waits for no answer now, but to be asked for again
}

// Fault is a fault in force.
type Fault struct {
	Number  int      `json:"number"` // in the scenario, from 1
	Text    string   `json:"text"`
	Struck  []string `json:"struck"` // servers
	SinceNS int64    `json:"since_ns"`
	UntilNS int64    `json:"until_ns"` // -1: until its counterpart
}

// Cut is to which servers the messages of one do not get through.
type Cut struct {
	From string   `json:"from"`
	To   []string `json:"to"`
}

// JSON returns the state as one line of JSON.
func (s *World) JSON() []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic("moment: " + err.Error())
	}
	return text
}
