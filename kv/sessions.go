package kv

// sessions is what the store knows of its clients' sessions (thesis §6.3): enough to answer again,
// without doing it again, what a client asks a second time because it heard no answer.
//
// A client has one request open in a session, so the last one is all that can still be repeated: a
// lower sequence number was answered long ago, or its client has given it up.
//
// Invariant: slots[0] is no session; from it, later leads through all others, from the least
// recently used, and earlier leads back. places[slots[i].id] == i for all of them, and there are at
// most as many as max allows.
type sessions struct {
	max    int // 0 is DefaultSessionsMax
	places map[uint64]int
	slots  []session
}

type session struct {
	id       uint64 // the index of the entry that opened it
	sequence uint64 // of its last request; 0 before the first
	result   Result // of that request
	used     uint64 // the index of the last entry that named it, or opened it

	earlier, later int // in the order of used
}

// reset ends all sessions and keeps the memory.
func (t *sessions) reset(o Options) {
	clear(t.places)
	clear(t.slots) // results hold parts of commands
	*t = sessions{max: o.SessionsMax, places: t.places, slots: t.slots[:0]}
}

func (t *sessions) room() int {
	if t.max == 0 {
		return DefaultSessionsMax
	}
	return t.max
}

// open opens the session of that name as the most recently used. Where there is no room it ends
// another, in the order of the log and not of any clock, so that all servers end the same. One that
// is open already begins anew.
func (s *Store) open(id uint64) {
	t := &s.sessions
	if t.places == nil {
		t.places = make(map[uint64]int)
	}
	if len(t.slots) == 0 {
		t.slots = append(t.slots, session{})
	}
	place, known := t.places[id]
	switch {
	case known:
		s.end(place)
	case len(t.places) < t.room():
		place = len(t.slots)
		t.slots = append(t.slots, session{})
	default:
		place = t.slots[0].later
		s.end(place)
	}
	t.places[id] = place
	t.slots[place] = session{id: id, used: id}
	t.link(place)
	s.digest += digestSession(&t.slots[place])
}

// end ends the session in that place, which is free then.
func (s *Store) end(place int) {
	t := &s.sessions
	s.digest -= digestSession(&t.slots[place])
	delete(t.places, t.slots[place].id)
	t.unlink(place)
}

// unlink takes a session out of the order, link puts one at its end, as the most recently used.
func (t *sessions) unlink(place int) {
	c := &t.slots[place]
	t.slots[c.earlier].later = c.later
	t.slots[c.later].earlier = c.earlier
}

func (t *sessions) link(place int) {
	last := t.slots[0].earlier
	t.slots[place].earlier, t.slots[place].later = last, 0
	t.slots[last].later = place
	t.slots[0].earlier = place
}

// applyInSession carries out a command of a session, if it is new there. A command of a session
// that there is not may have been carried out when there was one: it is never taken as new.
func (s *Store) applyInSession(index uint64, c *Command) Result {
	t := &s.sessions
	place, known := t.places[c.Session]
	if !known {
		return Result{Status: NoSession}
	}
	t.unlink(place)
	t.link(place)
	of := &t.slots[place]
	s.digest -= digestSession(of)
	of.used = index
	result := Result{Status: Superseded}
	switch {
	case c.Sequence == of.sequence:
		result = of.result
		result.Repeated = true
	case c.Sequence > of.sequence: // requests between them were given up before they entered a log
		result = s.carryOut(c)
		of.sequence, of.result = c.Sequence, result
	}
	s.digest += digestSession(of)
	return result
}

// Sessions returns how many sessions are open.
func (s *Store) Sessions() int { return len(s.sessions.places) }
