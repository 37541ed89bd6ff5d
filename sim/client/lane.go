package client

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// Lane is where a client makes its requests one after the other, in a session of its own if they
// are made in sessions. It must be initialised with Reset.
//
// An open request has been asked for attempt times, and either waits for an answer or, between two
// attempts, for the time to ask again; attempt > 0 exactly while one is open.
type Lane struct {
	config *Config

	// Server is whom it asks. It keeps to it until it is refused or gets no answer; None: it wants
	// to be told, or to choose.
	Server raft.ServerID
	asked  raft.ServerID // the last that it asked

	session  raft.Index // 0: none is open
	sequence uint64     // of the last request in it

	request Request
	attempt uint32
	pauses  bool // it does not wait for an answer, but to ask again
	doubt   bool // an attempt may have entered a log of which it heard nothing, or not all
}

// Reset makes l a lane on which nothing was asked yet.
func (l *Lane) Reset(config *Config) { *l = Lane{config: config} }

// Open returns the number of the open request; 0 if there is none.
func (l *Lane) Open() uint32 {
	if l.attempt == 0 {
		return 0
	}
	return l.request.Operation.Number
}

// Request returns the open request, or the last. It is the lane's own.
func (l *Lane) Request() *Request { return &l.request }

// Attempt returns how often the open request has been asked for; 0 if none is open.
func (l *Lane) Attempt() uint32 { return l.attempt }

// Asked returns the server that it asked last.
func (l *Lane) Asked() raft.ServerID { return l.asked }

func (l *Lane) begin() {
	l.attempt = 1
	l.pauses, l.doubt = false, false
	l.asked = l.Server
}

// AskAgain begins the next attempt.
func (l *Lane) AskAgain() {
	l.attempt++
	l.pauses = false
	l.asked = l.Server
}

// Heeds tells whether what is said of an attempt of a request concerns the lane: an answer of the
// store always does, while the request is open; a refusal or a timeout only if it waits for that
// attempt.
func (l *Lane) Heeds(number, attempt uint32, outcome record.Outcome) bool {
	if number == 0 || l.Open() != number {
		return false
	}
	waits := attempt == l.attempt && !l.pauses
	return waits || outcome != record.Rejected && outcome != record.Unknown
}

// Pauses tells whether the open request of that number waits to be asked for again.
func (l *Lane) Pauses(number uint32) bool { return number != 0 && l.Open() == number && l.pauses }

// Copied tells the lane that the network made two of its present attempt. What the one is refused
// the other may be granted.
func (l *Lane) Copied() { l.doubt = true }

// Hear takes in what a server says of the open request, or Unknown if it is silent, and returns
// what the client knows of it then; 0 if it does not know yet, and asks again after Config.Retry.
// The hint is the leader that a refusal names. Heeds(...) must be true.
func (l *Lane) Hear(outcome record.Outcome, hint raft.ServerID) record.Outcome {
	switch outcome {
	case record.Rejected, record.Unknown:
		return l.hearNothing(outcome, hint)
	case record.NoSession, record.Superseded:
		// The next request needs a new session. This one may have been done in the old one, by an
		// attempt of which nothing was heard.
		l.session = 0
		if l.attempt > 1 || l.doubt {
			return record.Unknown
		}
	}
	return outcome
}

// hearNothing: an attempt has come to nothing, or may have.
func (l *Lane) hearNothing(outcome record.Outcome, hint raft.ServerID) record.Outcome {
	l.Server = raft.None
	if l.config.Route == Discover && hint != l.asked {
		l.Server = hint
	}
	if l.config.Retry == 0 {
		return outcome
	}
	l.doubt = l.doubt || outcome == record.Unknown
	l.pauses = true
	return 0
}

// GiveUp returns what the client knows of the open request when it stops asking: that it will never
// be done, if every attempt was refused and there is none of which it has not heard.
func (l *Lane) GiveUp() record.Outcome {
	if l.pauses && !l.doubt {
		return record.Rejected
	}
	return record.Unknown
}

// End ends the open request. By answers of the store the entry is known that gave it; if it was to
// open a session, that has its name.
func (l *Lane) End(outcome record.Outcome, entry raft.Index) {
	if l.request.Opens() && outcome == record.OK {
		l.session, l.sequence = entry, 0
	}
	l.attempt = 0
}
