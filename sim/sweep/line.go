package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"raftkv/sim/check"
	"raftkv/sim/lab"
	"raftkv/sim/mark"
	"raftkv/sim/record"
)

// Line is what a sweep keeps of one run. Everything in a report comes from lines, so that a file of
// them gives the report again.
type Line struct {
	Scenario  string     `json:"scenario"`
	Seed      seedText   `json:"seed"`
	Status    lab.Status `json:"status"`
	Trace     hashText   `json:"trace_hash"`
	Events    uint64     `json:"events"`
	Records   uint64     `json:"records"`
	Messages  uint64     `json:"messages"`
	SimNS     int64      `json:"sim_ns"`
	Violation *Violation `json:"violation"`
	Violated  checkNames `json:"violated"` // all of them
	Idle      checkNames `json:"idle"`     // checks that are on, and had nothing to judge
	Excused   checkNames `json:"excused"`  // that the run would violate, but for what excuses it
	Unmet     []string   `json:"unmet"`
	Undecided string     `json:"undecided,omitempty"` // why
	Marks     marks      `json:"marks"`

	Patterns []mark.Pattern `json:"patterns"`
}

// Violation is the first conviction of a run.
type Violation struct {
	Check   string `json:"check"`
	Kind    string `json:"kind"` // of the record that convicts
	Event   uint64 `json:"event"`
	TimeNS  int64  `json:"time_ns"`
	Message string `json:"message"`
}

// lineOf is the line of a run.
func lineOf(r *lab.Result) Line {
	l := Line{
		Scenario: r.Scenario, Seed: seedText(r.Seed), Status: r.Status, Trace: hashText(r.Hash),
		Events: r.Events, Records: r.Records, Messages: r.Messages, SimNS: int64(r.Simulated),
		Unmet: append([]string{}, r.Unmet...), Marks: marks(r.Marks),
		Patterns: append([]mark.Pattern{}, r.Patterns...),
	}
	for _, v := range r.Checks {
		switch {
		case v.Status == check.Violated:
			l.Violated = l.Violated.with(v.Check)
		case v.Status == check.Excused:
			l.Excused = l.Excused.with(v.Check)
		case v.Status != check.Off && v.Exercised == 0:
			l.Idle = l.Idle.with(v.Check)
		}
	}
	if v := r.Violation; v != nil {
		l.Violation = &Violation{
			Check: v.Check.String(), Kind: v.Record.String(), Event: v.Event, TimeNS: int64(v.At),
			Message: v.Message,
		}
	}
	if r.Status == lab.Undecided {
		l.Undecided = doubt(r)
	}
	return l
}

// doubt says what a run, or a judge, did not come to the end of.
func doubt(r *lab.Result) string {
	if r.Ending == record.Exhausted || r.Ending == record.Flooded {
		return r.Ending.String()
	}
	var names []string
	for _, v := range r.Checks {
		if v.Status == check.Undecided {
			names = append(names, v.Check.String())
		}
	}
	return strings.Join(names, ", ")
}

func convicts(s check.Status) bool { return s == check.Violated || s == check.Excused }

// failed tells whether the run counts as a failure.
func (l *Line) failed() bool { return l.Status == lab.Violated || l.Status == lab.Unmet }

// text returns the line as a file has it, with its line feed.
func (l *Line) text() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		panic("sweep: " + err.Error()) // lines have nothing that JSON cannot hold
	}
	return b.Bytes()
}

// parseLine reads a line of a file, or tells in a sentence what is wrong with it.
func parseLine(text []byte) (l Line, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return l, fmt.Errorf("it is no line of a sweep: %w", err)
	}
	if d.More() {
		return l, errors.New("it is no line of a sweep: something follows")
	}
	switch l.Status {
	case lab.Pass, lab.Undecided:
		return l, nil
	case lab.Violated:
		if l.Violation == nil {
			return l, errors.New("its status is violation, and there is none")
		}
		return l, nil
	case lab.Unmet:
		if len(l.Unmet) == 0 {
			return l, errors.New("its status is unmet, and there is nothing unmet")
		}
		return l, nil
	}
	return l, fmt.Errorf("its status is %q, want pass, violation, unmet or undecided", l.Status)
}

// seedText is a seed as JSON has it: a string, because it may exceed what its numbers keep exactly.
type seedText uint64

// MarshalText returns the seed in decimal.
func (s seedText) MarshalText() ([]byte, error) {
	return strconv.AppendUint(nil, uint64(s), 10), nil
}

// UnmarshalText reads it.
func (s *seedText) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 64)
	*s = seedText(n)
	return err
}

// hashText is a hash as JSON has it.
type hashText uint64

// String returns 16 hexadecimal digits.
func (h hashText) String() string { return fmt.Sprintf("%016x", uint64(h)) }

// MarshalText returns the same.
func (h hashText) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads it.
func (h *hashText) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	*h = hashText(n)
	return err
}

// checkNames is a set of checks as JSON has it: a list of their names, in their fixed order.
type checkNames check.Set

func (s checkNames) with(c check.Check) checkNames { return checkNames(check.Set(s).With(c)) }

// list returns the checks of the set, in their fixed order.
func (s checkNames) list() (checks []check.Check) {
	for _, c := range check.Checks() {
		if check.Set(s).Has(c) {
			checks = append(checks, c)
		}
	}
	return checks
}

// names returns the names of the checks of the set.
func (s checkNames) names() []string {
	names := []string{}
	for _, c := range s.list() {
		names = append(names, c.String())
	}
	return names
}

// MarshalJSON returns the list.
func (s checkNames) MarshalJSON() ([]byte, error) { return json.Marshal(s.names()) }

// UnmarshalJSON reads it.
func (s *checkNames) UnmarshalJSON(text []byte) error {
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return err
	}
	*s = 0
	for _, name := range names {
		c, known := check.Named(name)
		if !known {
			return fmt.Errorf("no check is called %q", name)
		}
		*s = s.with(c)
	}
	return nil
}

// marks is how often each mark occurred. As JSON has them, those that never did are left out.
type marks mark.Counts

// MarshalJSON returns an object, in the fixed order of the marks.
func (m marks) MarshalJSON() ([]byte, error) {
	text := append(make([]byte, 0, 2048), '{')
	for each, times := range m {
		if times == 0 {
			continue
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = strconv.AppendQuote(text, mark.Mark(each).String())
		text = strconv.AppendUint(append(text, ':'), times, 10)
	}
	return append(text, '}'), nil
}

// UnmarshalJSON reads it.
func (m *marks) UnmarshalJSON(text []byte) error {
	var counts map[string]uint64
	if err := json.Unmarshal(text, &counts); err != nil {
		return err
	}
	for name, count := range counts {
		each, ok := markNames()[name]
		if !ok {
			return fmt.Errorf("no mark is called %q", name)
		}
		m[each] = count
	}
	return nil
}

// markNames finds marks by their names, for files of millions of lines.
var markNames = sync.OnceValue(func() map[string]mark.Mark {
	names := map[string]mark.Mark{}
	for _, each := range mark.All() {
		names[each.String()] = each
	}
	return names
})
