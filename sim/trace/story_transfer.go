package trace

import (
	"fmt"

	"raftkv/raft"
)

// tellTransfer: a leader is asked to hand over, does so, or gives it up (thesis §3.10).
func (s *Story) tellTransfer(c *scene, server *shadow) {
	switch r := &c.transfer; {
	case r.Kind == 0:
		s.tellHandOver(c, server)
	case !r.Success:
		s.tellOf(c.server, fmt.Sprintf("is asked to hand over to %v, and does not: %s", r.Peer,
			worded(r.Text)))
	case c.handed.Kind != 0:
		server.news(c.handOver())
		s.tellOf(c.server, fmt.Sprintf("is asked to hand over to %v, tells it to stand at once%s",
			r.Peer, c.handText()))
	default:
		s.tellOf(c.server, fmt.Sprintf("is asked to hand over to %v, %s", r.Peer,
			pick(c.before.successor == r.Peer, "which it is about to do",
				"waits until that has its whole log")))
	}
	if c.timer == raft.TransferTimer && c.before.successor != raft.None {
		s.tellOf(c.server, fmt.Sprintf("gives up handing over to %v, which is not elected in time",
			c.before.successor))
	}
}

// tellHandOver: the successor has the whole log now. It may be told more than once.
func (s *Story) tellHandOver(c *scene, server *shadow) {
	if c.handed.Kind == 0 {
		return
	}
	if server.news(c.handOver()) {
		s.tellOf(c.server, fmt.Sprintf("knows that %v has its whole log: tells it to stand at "+
			"once%s", c.handed.Peer, c.handText()))
	}
}

func (c *scene) handOver() reaction {
	m := &c.handed
	return reaction{to: raft.TimeoutNow, peer: m.Peer, term: m.Term, lost: m.lost != ""}
}

// handText tells that the successor never hears of it.
func (c *scene) handText() string {
	if c.handed.lost == "" {
		return ""
	}
	return ", in vain (" + worded(c.handed.lost) + ")"
}
