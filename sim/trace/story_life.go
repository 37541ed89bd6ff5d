package trace

import (
	"fmt"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
)

func (s *Story) onStarted(r *record.Record) {
	s.closeScene()
	s.servers[r.Server].start()
	s.started = s.started.With(r.Server)
}

func (s *Story) tellLife(c *scene, server *shadow) {
	switch c.life.Kind {
	case record.Crashed:
		s.tell(s.of(c.server, "crashes"+c.atCrash()+s.waiting(c.server, 0)).wrong())
	case record.Restarted:
		line := s.of(c.server, "restarts; "+s.restored(c))
		if c.loses() {
			line = line.wrong()
		}
		s.tell(line)
	case record.Paused:
		s.tellOf(c.server, "is paused"+c.reigning(": it leads term %d")+
			"; what arrives for it waits")
	case record.Resumed:
		s.tellOf(c.server, "goes on"+
			c.reigning(", and still takes itself for the leader of term %d"))
	}
}

func (c *scene) reigning(words string) string {
	if c.before.role != raft.Leader {
		return ""
	}
	return fmt.Sprintf(words, c.before.term)
}

// atCrash tells what the server was, and what it may lose. What its disk really kept shows when it
// restarts.
func (c *scene) atCrash() string {
	text := c.reigning(", leader of term %d")
	if risk := (span{c.before.durable + 1, c.before.last}); !risk.empty() {
		text += fmt.Sprintf("; %v may not be on its disk yet", risk)
	}
	return text
}

// loses tells whether the disk gave back less than there was.
func (c *scene) loses() bool {
	return c.life.Index < c.before.last || c.life.Term < c.before.term
}

// restored tells what the disk gave back, and what of the last life it did not.
func (s *Story) restored(c *scene) string {
	r := &c.life
	text := fmt.Sprintf("from disk: term %d", r.Term)
	if r.Peer != raft.None {
		text += fmt.Sprintf(", vote for %v", r.Peer)
	}
	text += pick(r.Index == 0, ", an empty log", fmt.Sprintf(", log through entry %d", r.Index))
	if lost := (span{r.Index + 1, c.before.last}); !lost.empty() {
		text += fmt.Sprintf("; %v%s %s lost", lost, s.labelOne(lost, c.lastTerm), lost.is())
	}
	if c.before.term > r.Term {
		text += fmt.Sprintf("; that it was in term %d is forgotten", c.before.term)
	}
	return text
}

// onRun: a fault begins or ends, the cluster heals, or the run ends.
func (s *Story) onRun(r *record.Record) {
	s.endEvent()
	s.flush()
	if r.Kind == record.Finished {
		line := ofAll("end", ending(r))
		if r.Ending == record.Broken || r.Ending == record.Stuck {
			line = line.wrong()
		}
		s.tell(line)
		return
	}
	if r.Kind == record.Healed {
		s.tell(ofAll("", fmt.Sprintf("=== %s; it has %s to settle ===",
			worded(r.Text), lasting(r.Bound))))
		return
	}
	what := fmt.Sprintf("fault %d%s: %s", r.Number, pick(r.Kind == record.FaultEnded, " ends", ""),
		worded(r.Text))
	if r.Server != raft.None && !strings.Contains(r.Text+" ", " "+r.Server.String()+" ") {
		what += fmt.Sprintf(" (%v)", r.Server)
	}
	line := ofAll("", "=== "+what+" ===")
	if r.Kind == record.FaultBegan {
		line = line.wrong()
	}
	s.tell(line)
}

// onPanicked: a server's node panicked, and whatever it had begun is left undone.
func (s *Story) onPanicked(r *record.Record) {
	s.endEvent()
	s.flush()
	line := ofAll("", "panics: "+worded(r.Text))
	if r.Server != raft.None {
		line.who, line.whoStyle = r.Server.String(), alarming
	}
	s.tell(line.wrong())
}

func ending(r *record.Record) string {
	text := "the run ends: " + worded(r.Text)
	switch r.Count {
	case 0:
		return text
	case 1:
		return text + "; 1 request is still open or was never made"
	}
	return fmt.Sprintf("%s; %d requests are still open or were never made", text, r.Count)
}
