package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"raftkv/sim/check"
	"raftkv/sim/mark"
	"raftkv/sim/moment"
	"raftkv/sim/trace"
	"raftkv/sim/wrap"
)

// The format of what [Result.JSON] returns. The version grows with every change that an older
// program would misread.
const (
	ResultFormat  = "raftkv-result"
	ResultVersion = 2
)

// JSON returns the result as one line of JSON. wall is how long the run took in real time, in
// nanoseconds: the only part that is not the same each time.
func (r *Result) JSON(wall int64) []byte { return r.json(wall, nil) }

// Failed returns the line of JSON for what never became a run, and why.
func Failed(status Status, why error) []byte {
	r := Result{Status: status}
	return r.json(0, why)
}

func (r *Result) json(wall int64, why error) []byte {
	line := jsonResult{
		Format: ResultFormat, Version: ResultVersion,
		Status: r.Status, Unmet: append([]string{}, r.Unmet...),
		Scenario: r.Scenario, Seed: strconv.FormatUint(r.Seed, 10),
		Nodes: r.Nodes, Clients: r.Clients, Ending: r.Ending.String(),
		Events: r.Events, Records: r.Records, Messages: r.Messages,
		SimNS: int64(r.Simulated), WallNS: wall,
		TraceHash: r.Hash.String(), Elections: r.Elections, Ops: jsonOps(r.Ops), Marks: r.marks(),
		Faults: jsonFaults{r.Struck.Began, r.Struck.Nobody},
		InVain: append([]string{}, r.NeverBegun...), Spent: r.NemesisSpent,
		Checks: r.statuses(), Violation: r.jsonViolation(), Violations: convictions(r.Violations),
		Excused: convictions(r.Excused),
	}
	if why != nil {
		line.Error = why.Error()
	}
	text, err := json.Marshal(&line)
	if err != nil {
		panic("lab: " + err.Error())
	}
	return text
}

type jsonResult struct {
	Format    string            `json:"format"`
	Version   int               `json:"version"`
	Status    Status            `json:"status"`
	Error     string            `json:"error,omitempty"`
	Unmet     []string          `json:"unmet"`
	Scenario  string            `json:"scenario"`
	Seed      string            `json:"seed"`
	Nodes     int               `json:"nodes"`
	Clients   uint32            `json:"clients"`
	Ending    string            `json:"ending"`
	Events    uint64            `json:"events"`
	Records   uint64            `json:"records"`
	Messages  uint64            `json:"messages"`
	SimNS     int64             `json:"sim_ns"`
	WallNS    int64             `json:"wall_ns"`
	TraceHash string            `json:"trace_hash"`
	Elections int               `json:"elections"`
	Ops       jsonOps           `json:"ops"`
	Faults    jsonFaults        `json:"faults"`
	InVain    []string          `json:"in_vain"`
	Spent     int               `json:"nemesis_spent,omitempty"`
	Marks     map[string]uint64 `json:"marks"`
	Checks    map[string]string `json:"checks"`
	Violation *jsonViolation    `json:"violation"`

	// Violations has the first violation of each check, the one above among them.
	Violations []moment.Conviction `json:"violations"`
	Excused    []moment.Conviction `json:"excused"`
}

type jsonOps struct {
	Total   int `json:"total"`
	OK      int `json:"ok"`
	Error   int `json:"error"`
	Refused int `json:"refused"`
	Unknown int `json:"unknown"`
	Pending int `json:"pending"`
}

type jsonFaults struct {
	Began  int `json:"began"`
	Nobody int `json:"struck_nobody"`
}

type jsonViolation struct {
	moment.Conviction
	Faults []moment.Fault `json:"faults"` // in force then
}

func (r *Result) jsonViolation() *jsonViolation {
	if r.Violation == nil {
		return nil
	}
	return &jsonViolation{
		*convictionOf(r.Violation), append([]moment.Fault{}, r.Faults...),
	}
}

func convictions(list []check.Violation) []moment.Conviction {
	all := make([]moment.Conviction, 0, len(list))
	for i := range list {
		all = append(all, *convictionOf(&list[i]))
	}
	return all
}

// convictionOf returns a verdict as files have it; nil for none.
func convictionOf(v *check.Violation) *moment.Conviction {
	if v == nil {
		return nil
	}
	return &moment.Conviction{
		Check: v.Check.String(), Kind: v.Check.Kind().String(),
		Event: v.Event, TimeNS: int64(v.At), Message: v.Message,
	}
}

func (r *Result) statuses() map[string]string {
	statuses := make(map[string]string, len(r.Checks))
	for _, v := range r.Checks {
		statuses[v.Check.String()] = v.Status.String()
	}
	return statuses
}

// marks has every mark, those that did not occur too.
func (r *Result) marks() map[string]uint64 {
	counts := make(map[string]uint64, len(r.Marks))
	for _, m := range mark.All() {
		counts[m.String()] = r.Marks[m]
	}
	return counts
}

// WriteVerdict writes the verdict for people, in lines of that width unless a word is longer; 0 is
// 100 columns.
func (r *Result) WriteVerdict(w io.Writer, width int) error {
	b := verdict{width: min(cmp.Or(width, verdictWidth), verdictWidth)}
	fmt.Fprintf(&b, "%s: %s, seed %d\n", strings.ToUpper(string(r.Status)), r.Scenario, r.Seed)
	for _, v := range r.told() {
		b.entry("broken", "%v (%v) at %v, event %d: %s",
			v.Check, v.Check.Kind(), v.At, v.Event, v.Message)
	}
	for i := range r.Faults {
		b.entry([...]string{"during", ""}[min(i, 1)], "%v", &r.Faults[i])
	}
	for i := range r.Excused {
		v := &r.Excused[i]
		b.entry("excused", "%v (%v) at %v: %s", v.Check, v.Check.Kind(), v.At, v.Message)
	}
	for _, words := range r.Unmet {
		b.entry("expected", "%s", words)
	}
	o := &r.Ops
	b.entry("requests",
		"%d: %d ok, %d errors of the store, %d refused, %d unknown, %d pending",
		o.Total, o.OK, o.Error, o.Refused, o.Unknown, o.Pending)
	b.entry("elections", "%d won", r.Elections)
	b.entry("run", "%d events, %d messages, %v simulated; %v",
		r.Events, r.Messages, r.Simulated, r.Ending)
	if r.Struck.Has {
		b.entry("faults", "%s", r.Struck.inWords())
	}
	b.entry("marks", "%s", r.marksInWords())
	if r.NemesisSpent > 0 {
		b.entry("nemesis", "it has drawn %d faults, the most that one run can have, and no more",
			r.NemesisSpent)
	}
	for i, fault := range r.NeverBegun[:min(len(r.NeverBegun), vainMax)] {
		b.entry([...]string{"in vain", ""}[min(i, 1)], "%s: it never began", fault)
	}
	if more := len(r.NeverBegun) - vainMax; more > 0 {
		b.entry("", "and %d more", more)
	}
	b.entry("checks", "%s", r.checksInWords())
	b.entry("trace", "%v", r.Hash)
	_, err := io.WriteString(w, b.String())
	return err
}

// told returns the violations that a verdict tells: the first, and what the clients saw of it,
// which says how it harms them.
func (r *Result) told() (told []check.Violation) {
	if r.Violation != nil {
		told = append(told, *r.Violation)
	}
	for _, v := range r.Violations {
		if v.Check == check.Linearizability && v != told[0] {
			told = append(told, v)
		}
	}
	return told
}

// vainMax is how many faults a verdict names that never began.
const vainMax = 3

// verdict is the text of a verdict.
type verdict struct {
	strings.Builder
	width int
}

// verdictWidth is how many columns a verdict takes at most, unless a word is longer.
const verdictWidth = 100

// entry writes an entry of a verdict, over as many lines as its words need.
func (b *verdict) entry(label, format string, args ...any) {
	const indent = 13
	b.WriteString(wrap.Hanging("  "+label, indent, b.width, fmt.Sprintf(format, args...)))
}

// inWords tells how many faults began, and of how many that says nothing.
func (s *Struck) inWords() string {
	words := fmt.Sprintf("%d began, %d struck nobody", s.Began, s.Nobody)
	if s.Idle {
		words += "; none was drawn by the nemesis"
	}
	return words
}

// marksInWords tells how many marks occurred, and which of the essential ones did not.
func (r *Result) marksInWords() string {
	all := mark.Combinations()
	words := fmt.Sprintf("%d of %d", r.Marks.Seen(all), len(all))
	if unseen := r.Marks.Unseen(mark.Essential()); len(unseen) > 0 {
		words += "; not among them: " + strings.Join(mark.Names(unseen), " ")
	}
	return words
}

// idle names the checks that are ok because nothing happened that they judge.
func (r *Result) idle() (names []string) {
	for _, v := range r.Checks {
		if v.Status == check.OK && v.Exercised == 0 {
			names = append(names, v.Check.String())
		}
	}
	return names
}

// checksInWords groups the checks by their status, and those that are violated by their kind.
func (r *Result) checksInWords() string {
	var parts []string
	for status := check.OK; status <= check.Off; status++ {
		names := r.names(status, 0)
		switch {
		case len(names) == 0:
		case status == check.OK:
			parts = append(parts, fmt.Sprintf("%d of %d ok", len(names), len(r.Checks)))
			if idle := r.idle(); len(idle) > 0 {
				parts = append(parts, "with nothing to judge: "+strings.Join(idle, " "))
			}
		case status != check.Violated:
			parts = append(parts, status.String()+": "+strings.Join(names, " "))
		}
		for kind := check.Theorem; status == check.Violated && kind <= check.OfRun; kind++ {
			if names := r.names(status, kind); len(names) > 0 {
				parts = append(parts, fmt.Sprintf("%v (%v): %s",
					status, kind, strings.Join(names, " ")))
			}
		}
	}
	return strings.Join(parts, "; ")
}

// names returns the names of the checks with that status, and of that kind unless it is 0.
func (r *Result) names(status check.Status, kind check.Kind) []string {
	var names []string
	for _, v := range r.Checks {
		if v.Status == status && (kind == 0 || v.Check.Kind() == kind) {
			names = append(names, v.Check.String())
		}
	}
	return names
}

// Describe says in a line where a second run of the same seed went another way.
func Describe(d *trace.Difference) string {
	return "the same seed gave another run: " + d.Sentence("the first run", "the second")
}
