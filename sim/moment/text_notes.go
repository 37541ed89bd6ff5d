package moment

import (
	"fmt"
	"strings"

	"raftkv/raft"
)

// note is something out of the ordinary at one server.
type note struct{ of, text string }

func (v *Server) notes(all []string) (notes []note) {
	add := func(format string, args ...any) {
		notes = append(notes, note{v.Name, fmt.Sprintf(format, args...)})
	}
	switch v.Role {
	case raft.Candidate.String():
		add("has %d of the %d votes that it needs: %s",
			len(v.Votes), len(all)/2+1, or(joined(v.Votes, all), "its own is not durable yet"))
	case raft.PreCandidate.String():
		add("would have %d of the %d votes that it needs for term %d: %s",
			len(v.Votes), len(all)/2+1, v.Term+1, joined(v.Votes, all))
	}
	if v.Transferee != "" {
		add("hands over to %s, and takes no proposals", v.Transferee)
	}
	for _, t := range v.Timers {
		if t.DueNS < 0 {
			add("its %s timer fired during the pause", t.Name)
		}
	}
	if v.Disk.Pending > 0 {
		add("%s not durable%s", counted(int(v.Disk.Pending), "write"), v.Disk.syncText())
	}
	for i := 0; i < len(v.Held); {
		h, to := v.Held[i], []string{}
		for ; i < len(v.Held) && v.Held[i].saysLike(&h); i++ {
			to = append(to, v.Held[i].To)
		}
		add("holds until write %d is durable: %s to %s, term %d: %s",
			h.Write, h.Type, joined(to, all), h.Term, h.Text)
	}
	if v.HeldOmitted > 0 {
		add("holds %d more", v.HeldOmitted)
	}
	if len(v.Waiting) > 0 {
		add("owes answers: %s", v.waitingText())
	}
	if len(v.Reads) > 0 {
		add("is to read for %s", v.readsText(all))
	}
	return notes
}

// readsText tells who waits for a read, and what for.
func (v *Server) readsText(all []string) string {
	var clients []string
	confirmed := true
	for _, r := range v.Reads {
		clients = append(clients, r.Client)
		confirmed = confirmed && r.Confirmed
	}
	text := strings.Join(clients, " ")
	if v.ReadsOmitted > 0 {
		text += fmt.Sprintf(" and %d more", v.ReadsOmitted)
	}
	switch {
	case confirmed:
		return text
	case v.Round.Open:
		return fmt.Sprintf("%s; round %d is confirmed by %s", text, v.Round.Number,
			joined(v.Round.Confirmed, all))
	}
	return text + "; no round has begun, as nothing of its term is committed"
}

func (d *Disk) syncText() string {
	if d.SyncNS < 0 {
		return ", no sync under way"
	}
	return ", the sync is done at " + clock(d.SyncNS)
}

// saysLike tells whether the two are one message to several servers.
func (h *Held) saysLike(other *Held) bool {
	return h.Type == other.Type && h.Term == other.Term && h.Text == other.Text &&
		h.Write == other.Write
}

func (v *Server) waitingText() string {
	var parts []string
	for _, w := range v.Waiting {
		parts = append(parts, fmt.Sprintf("%s for %v", w.Client, w.Entry))
	}
	if v.WaitingOmitted > 0 {
		parts = append(parts, fmt.Sprintf("%d more", v.WaitingOmitted))
	}
	return strings.Join(parts, ", ")
}
