package check

import (
	"fmt"

	"raftkv/sim/record"
)

// named names a request as the story does: c1's put a=c1-5.
func (j *Judges) named(q request) string { return fmt.Sprintf("c%d's %s", q.client, j.asked(q)) }

// namedAttempt is named, and which attempt it was, if not the first.
func (j *Judges) namedAttempt(r *record.Record) string {
	if r.Number < 2 {
		return j.named(requestOf(r))
	}
	return fmt.Sprintf("%s (attempt %d)", j.named(requestOf(r)), r.Number)
}

// asked says what a client asked for. Its puts differ by what they put; of what else it asks for
// the number is told too, and the number alone of what it was not seen to ask for.
func (j *Judges) asked(q request) string {
	c, known := j.model.commands[j.fates[q].command]
	switch {
	case !known:
		return fmt.Sprintf("request %d", q.number)
	case c.action == record.Put:
		return c.words()
	}
	return fmt.Sprintf("%s (request %d)", c.words(), q.number)
}

// words says what the command is as the story does: put a=c1-5.
func (c *command) words() string {
	switch c.action {
	case record.OpenSession:
		return "wish to open a session"
	case record.Put:
		return fmt.Sprintf("put %s=%s", plain(c.key), plain(c.value))
	}
	return fmt.Sprintf("%v %s", c.action, plain(c.key))
}

// plain returns a key or a value as it can stand in a sentence.
func plain(text string) string {
	quoted := fmt.Sprintf("%+.*q", valueMax, text)
	return quoted[1 : len(quoted)-1]
}

// because goes on from what must come of an entry: which earlier one had left the key so. An answer
// that is repeated was made where the request was carried out.
func (j *Judges) because(r *record.Record, must reply) string {
	c := j.model.commands[r.Digest]
	if !must.outcome.Answered() || c.action == record.OpenSession {
		return ""
	}
	at, text := r.Index, ""
	if !must.effect {
		at = j.fates[c.by].decided
		text = fmt.Sprintf(" as it did at entry %d", at)
	}
	met := j.committed[at].met
	if met == 0 {
		return text + ": no entry before had changed the key"
	}
	by := j.model.commands[j.tree.nodes[j.committed[met].log].digest]
	return text + fmt.Sprintf(": entry %d (%s) had left the key so", met, by.words())
}
