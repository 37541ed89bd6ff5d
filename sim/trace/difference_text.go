package trace

import (
	"fmt"
	"io"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
)

// Sentence says what is first different. The runs are called as given: "the first run", a file.
func (d *Difference) Sentence(first, second string) string {
	which := fmt.Sprintf("record %d", d.Position)
	if d.Hidden() {
		if d.Through > d.Position {
			which = fmt.Sprintf("one of the records %d to %d", d.Position, d.Through)
		}
		return which + " is the first that differs, and a trace leaves it out"
	}
	if d.FirstEnds || d.SecondEnds {
		return d.endSentence(first, second)
	}
	is := fmt.Sprintf("event %d at %v: %s is the first that differs: ", d.Event, d.At, which)
	if d.Unsteady {
		return fmt.Sprintf("%s%s in %s; %s went another way when it was played again",
			is, inWords(&d.Second[0]), second, first)
	}
	one, other := inWords(&d.First[0]), inWords(&d.Second[0])
	if one != other {
		return is + one + " / " + other
	}
	var fields []string
	for _, f := range d.Fields {
		fields = append(fields, fmt.Sprintf("%s %s / %s", f.Name, f.First, f.Second))
	}
	return is + one + ", " + strings.Join(fields, ", ")
}

// endSentence tells of a run that ends where the other goes on.
func (d *Difference) endSentence(first, second string) string {
	ended, other, rest := second, first, d.First
	if d.FirstEnds {
		ended, other, rest = first, second, d.Second
	}
	text := fmt.Sprintf("%s ends after record %d, %s goes on", ended, d.Position-1, other)
	if d.Unsteady {
		return text + ", and went another way when it was played again"
	}
	return fmt.Sprintf("event %d at %v: %s: %s", d.Event, d.At, text, inWords(&rest[0]))
}

// inWords returns the gist of a record: became_leader of n1 in term 1, lost RequestVote from n1 to
// n2 in term 2.
func inWords(r *record.Record) string {
	text := r.Kind.String()
	switch {
	case r.Message != 0:
		text += fmt.Sprintf(" %v from %v to %v", r.Message, r.Server, r.Peer)
	case r.Client != 0:
		text += " of " + clientName(r.Client)
	case r.Server != raft.None:
		text += " of " + r.Server.String()
	}
	if r.Term != 0 {
		text += fmt.Sprintf(" in term %d", r.Term)
	}
	if r.Text != "" {
		text += ", " + clipped(r.Text, quoteMax)
	}
	return text
}

// markMax is the longest name that stands before each record of its run. If one is longer, signs
// stand there instead.
const markMax = 12

// nameMax is how many bytes of the name of a run are told.
const nameMax = 128

// marks returns what stands before the records of both runs, and of each; explained tells that
// these are signs.
func marks(first, second string) (both, one, other string, explained bool) {
	if first == second || max(len(first), len(second)) > markMax {
		return "", "-", "+", true
	}
	return "both", first, second, false
}

// Write shows the difference to people: what is first different, in a sentence; the fields in which
// it differs; and the records around it, those of both runs, then those of each. The runs are
// called as given. width is how many columns a line takes, as in [StoryOptions].
func (d *Difference) Write(w io.Writer, first, second string, width int) error {
	first, second = clipped(first, nameMax), clipped(second, nameMax)
	var p page
	o := StoryOptions{Width: width}
	p.begin(w, o.width(), false, 0)
	p.wrap(d.Sentence(first, second), nil)
	both, one, other, explained := marks(first, second)
	if explained {
		p.end()
		p.wrap("- "+first, nil)
		p.wrap("+ "+second, nil)
	}
	d.writeFields(&p)
	p.end()
	t := table{page: &p, mark: max(len(both), len(one), len(other))}
	t.head()
	t.records(both, d.Common)
	if d.Hidden() {
		t.remark("", "what differs is left out")
		return p.w.Flush()
	}
	t.side(one, d.First, d.FirstEnds)
	t.side(other, d.Second, d.SecondEnds)
	return p.w.Flush()
}

func (d *Difference) writeFields(p *page) {
	if len(d.Fields) > 0 {
		p.end()
	}
	for _, f := range d.Fields {
		p.pad(2)
		p.put(plainly, f.Name)
		p.pad(fieldWidth - len(f.Name))
		p.wrap(f.First+" / "+f.Second, nil)
	}
}

// fieldWidth is the width of the longest name of a field, and a space.
const fieldWidth = 12

// table sets records in columns: which run, when, event, and what.
type table struct {
	page *page
	mark int // the width of the first column
}

func (t *table) head() {
	t.page.pad(t.mark + 2 + whenWidth - len("time"))
	t.page.put(plainly, "time")
	t.page.pad(eventWidth - len("event"))
	t.page.put(plainly, "event")
	t.page.wrap("  record", nil)
}

func (t *table) begin(mark string) {
	t.page.put(plainly, mark)
	t.page.pad(t.mark - len(mark) + 2)
}

func (t *table) records(mark string, records []record.Record) {
	for i := range records {
		t.begin(mark)
		putMoment(t.page, records[i].At, records[i].Event)
		text, _ := recordWords(&records[i])
		t.page.wrap(text, nil)
	}
}

// remark writes a line in place of records.
func (t *table) remark(mark, text string) {
	t.begin(mark)
	t.page.pad(whenWidth + eventWidth + 2)
	t.page.wrap("("+text+")", nil)
}

// side writes what one run has from the difference on.
func (t *table) side(mark string, records []record.Record, ends bool) {
	t.records(mark, records)
	switch {
	case ends:
		t.remark(mark, "the run has ended")
	case len(records) == 0:
		t.remark(mark, "it went another way when it was played again")
	}
}

// differenceOf returns the two values of a field in words. Of long texts it shows the part in which
// they differ.
func differenceOf(f field, one, other string) FieldDifference {
	d := FieldDifference{Name: f.name, First: one, Second: other}
	if f.quote > 0 {
		begin := max(0, sharedPrefix(one, other)-quoteMax/3)
		d.First, d.Second = excerpt(one, begin), excerpt(other, begin)
	}
	zero := pick(f.name == "success", "false", "none")
	if one == "" {
		d.First = zero
	}
	if other == "" {
		d.Second = zero
	}
	return d
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// excerpt quotes a part of a text.
func excerpt(text string, begin int) string {
	return pick(begin > 0, `"...`, `"`) + quoted(text[begin:])[1:]
}
