package trace

import (
	"fmt"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
)

// gatherRead: a leader takes a request of which it makes no entry (thesis §6.4).
func (s *Story) gatherRead(r *record.Record) {
	s.scene.taken = *r
	if a := s.asker(r); a != nil {
		a.server, a.missed, a.reading = r.Server, false, true
	}
}

// tellReads: a leader takes requests to read, makes sure that it leads, answers them, or cannot.
func (s *Story) tellReads(c *scene, server *shadow) {
	if r := &c.taken; r.Kind != 0 {
		s.tellOf(c.server, fmt.Sprintf("takes %s's %s%s", clientName(r.Client), s.what(r),
			s.readText(c, server)))
	} else if c.read.count > 0 {
		still := ""
		if c.delivered.Message == raft.AppendEntriesResponse {
			still = "still leads, says a majority, "
		}
		s.tellOf(c.server, still+strings.TrimPrefix(c.storeText(), ", "))
	}
	if c.unread.count > 0 {
		s.tellOf(c.server, "leads no more, and does not read for "+c.unread.names())
	}
}

// storeText tells whom a leader answers from its store.
func (c *scene) storeText() string {
	return fmt.Sprintf("%s from its store through entry %d", c.read.text(), c.readThrough)
}

// readText tells what becomes of a request to read as it is taken.
func (s *Story) readText(c *scene, server *shadow) string {
	switch {
	case c.read.count > 0:
		return c.storeText() + pick(s.options.Servers > 1, ", by its lease", "")
	case c.sent.to != 0:
		return fmt.Sprintf(", asks %s whether it still leads%s", names(c.sent.reached()),
			c.sent.lossText(server, ""))
	case server.log.term(server.commit) != server.term:
		return fmt.Sprintf(", first has to commit an entry of term %d", server.term)
	}
	return ", which waits for the next round"
}
