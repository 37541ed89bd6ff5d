// Package kv is the state machine that Raft replicates: a map from keys to values, and the sessions
// of its clients, changed only by commands. It knows nothing of Raft, of time or of chance, so that
// servers which apply the same commands in the same order hold the same store and return the same
// results.
//
// Start reading at [Store.Apply]. [Command] is what it is given and how that looks in a log;
// sessions.go is what makes a retry take effect once; [Store.Digest] is how two stores are compared
// without walking through them; [Store.AppendSnapshot] and [Store.Restore] are the whole of it as
// bytes, and back.
package kv

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Status is how a command ended. Zero is no status: the command was not applied.
type Status uint8

// The statuses. Each but OK means that the store was not changed.
const (
	OK         Status = 1
	KeyExists  Status = 2 // put of a key that has a value
	KeyMissing Status = 3 // get or delete of a key that has none
	Malformed  Status = 4 // not an encoded command
	NoSession  Status = 5 // of a session that was never opened, or has expired
	Superseded Status = 6 // of a session that has gone on to a later request
)

// What Result.Err returns. ErrMalformed is also wrapped by each error of Decode.
var (
	ErrKeyExists  = errors.New("kv: key exists")
	ErrKeyMissing = errors.New("kv: key missing")
	ErrMalformed  = errors.New("kv: malformed command")
	ErrNoSession  = errors.New("kv: no such session")
	ErrSuperseded = errors.New("kv: superseded in its session")
)

// String returns the status in words, or Status(n) for a number that is no status.
func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case KeyExists:
		return "key exists"
	case KeyMissing:
		return "key missing"
	case Malformed:
		return "malformed command"
	case NoSession:
		return "no such session"
	case Superseded:
		return "superseded"
	}
	return fmt.Sprintf("Status(%d)", uint8(s))
}

// Result is the answer to one command. Value is what a successful get read, else "".
//
// Repeated says that nothing happened now: the command had been carried out before, in its session,
// and this is what it was answered then.
type Result struct {
	Status   Status
	Value    string
	Repeated bool
}

// Refused tells whether the command was refused for its session: it was not carried out now.
func (r Result) Refused() bool { return r.Status == NoSession || r.Status == Superseded }

// Err returns nil for OK, else the error of the status. It panics for a Result that no Apply
// returned.
func (r Result) Err() error {
	switch r.Status {
	case OK:
		return nil
	case KeyExists:
		return ErrKeyExists
	case KeyMissing:
		return ErrKeyMissing
	case Malformed:
		return ErrMalformed
	case NoSession:
		return ErrNoSession
	case Superseded:
		return ErrSuperseded
	}
	panic("kv: error of a result with " + r.Status.String())
}

// Store is the keys and their values, and the clients' sessions, on one server. The zero value is
// an empty store with the zero Options. A copy of a Store shares its content: pass a pointer.
//
// Invariant: digest is the sum of digestPair(key, value) over values, and of the digests of all
// sessions, modulo 2^64.
type Store struct {
	// Keys and values are parts of the command that put them. Both come from the same command, as
	// a put never overwrites, so what is kept in memory beyond them is its few bytes of framing.
	// Those that Restore brought are parts of the snapshot.
	values   map[string]string
	sessions sessions
	digest   uint64
}

// Options are what all servers of a cluster must have alike.
type Options struct {
	// SessionsMax is how many sessions there can be at once; 0 is DefaultSessionsMax. To open one
	// more ends the least recently used.
	SessionsMax int
}

// DefaultSessionsMax is how many sessions a store has room for that was not told otherwise.
const DefaultSessionsMax = 1000

// Apply carries out the encoded command of the entry at index. Any bytes may be given: a command
// that does not decode changes nothing and is answered Malformed, by every server alike, for
// refusing it is then part of the replicated history like any other answer. Only a successful put,
// a new session and a malformed command allocate.
func (s *Store) Apply(index uint64, encoded string) Result {
	c, err := Decode(encoded)
	switch {
	case err != nil:
		return Result{Status: Malformed}
	case c.Op == OpenSession:
		s.open(index)
		return Result{Status: OK}
	case c.Session != 0:
		return s.applyInSession(index, &c)
	}
	return s.carryOut(&c)
}

// Read answers an encoded get from the store as it is, and changes nothing: the command needs no
// place in the log, nor a session, since a retry may well be done again. Who asks sees to it that
// the store is up to date (thesis §6.4). What is no get is answered Malformed.
func (s *Store) Read(encoded string) Result {
	c, err := Decode(encoded)
	if err != nil || c.Op != Get {
		return Result{Status: Malformed}
	}
	return s.get(c.Key)
}

// carryOut does what the command says, whoever sent it.
func (s *Store) carryOut(c *Command) Result {
	switch c.Op {
	case Put:
		return s.put(c.Key, c.Value)
	case Get:
		return s.get(c.Key)
	case Delete:
		return s.delete(c.Key)
	case Noop:
		return Result{Status: OK}
	}
	panic("kv: Decode let through " + c.Op.String())
}

func (s *Store) put(key, value string) Result {
	if _, exists := s.values[key]; exists {
		return Result{Status: KeyExists}
	}
	if s.values == nil {
		s.values = make(map[string]string)
	}
	s.values[key] = value
	s.digest += digestPair(key, value)
	return Result{Status: OK}
}

func (s *Store) get(key string) Result {
	value, exists := s.values[key]
	if !exists {
		return Result{Status: KeyMissing}
	}
	return Result{Status: OK, Value: value}
}

func (s *Store) delete(key string) Result {
	value, exists := s.values[key]
	if !exists {
		return Result{Status: KeyMissing}
	}
	delete(s.values, key)
	s.digest -= digestPair(key, value)
	return Result{Status: OK}
}

// Reset makes s an empty store, without sessions. It keeps its memory, and nothing else.
func (s *Store) Reset(o Options) {
	clear(s.values)
	s.sessions.reset(o)
	*s = Store{values: s.values, sessions: s.sessions}
}

// Len returns the number of keys.
func (s *Store) Len() int { return len(s.values) }

// Keys returns the keys in ascending order of their bytes, in a new slice; nil for none.
func (s *Store) Keys() []string {
	// Sorted before anyone sees them: the order of a map differs from run to run.
	return slices.Sorted(maps.Keys(s.values))
}

// Lookup returns the value of key and whether it has one. It is for whoever looks at a store from
// outside; a client's read is a Get, through the log or by Read.
func (s *Store) Lookup(key string) (value string, exists bool) {
	value, exists = s.values[key]
	return value, exists
}
