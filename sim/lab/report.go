package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"raftkv/sim/check"
	"raftkv/sim/moment"
	"raftkv/sim/trace"
	"raftkv/sim/wrap"
)

// The format of what [Result.JSON] returns. The version grows with every change that an older
// program would misread.
const (
	ResultFormat  = "raftkv-result"
	ResultVersion = 1
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
		TraceHash: r.Hash.String(), Elections: r.Elections, Ops: jsonOps(r.Ops),
		Checks: r.statuses(), Violation: r.jsonViolation(),
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
	Checks    map[string]string `json:"checks"`
	Violation *jsonViolation    `json:"violation"`
}

type jsonOps struct {
	Total   int `json:"total"`
	OK      int `json:"ok"`
	Error   int `json:"error"`
	Refused int `json:"refused"`
	Unknown int `json:"unknown"`
	Pending int `json:"pending"`
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

// convictionOf returns a verdict as files have it; nil for none.
func convictionOf(v *check.Violation) *moment.Conviction {
	if v == nil {
		return nil
	}
	return &moment.Conviction{
		Check: v.Check.String(), Event: v.Event, TimeNS: int64(v.At), Message: v.Message,
	}
}

func (r *Result) statuses() map[string]string {
	statuses := make(map[string]string, len(r.Checks))
	for _, v := range r.Checks {
		statuses[v.Check.String()] = v.Status.String()
	}
	return statuses
}

// WriteVerdict writes the verdict for people, in lines of that width unless a word is longer; 0 is
// 100 columns.
func (r *Result) WriteVerdict(w io.Writer, width int) error {
	b := verdict{width: min(cmp.Or(width, verdictWidth), verdictWidth)}
	fmt.Fprintf(&b, "%s: %s, seed %d\n", strings.ToUpper(string(r.Status)), r.Scenario, r.Seed)
	if v := r.Violation; v != nil {
		b.entry("broken", "%v at %v, event %d: %s", v.Check, v.At, v.Event, v.Message)
	}
	for i := range r.Faults {
		b.entry([...]string{"during", ""}[min(i, 1)], "%v", &r.Faults[i])
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
	b.entry("checks", "%s", r.checksInWords())
	b.entry("trace", "%v", r.Hash)
	_, err := io.WriteString(w, b.String())
	return err
}

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

// checksInWords groups the checks by their status.
func (r *Result) checksInWords() string {
	var parts []string
	for status := check.OK; status <= check.Off; status++ {
		var names []string
		for _, v := range r.Checks {
			if v.Status == status {
				names = append(names, v.Check.String())
			}
		}
		switch {
		case len(names) == 0:
		case status == check.OK:
			parts = append(parts, fmt.Sprintf("%d of %d ok", len(names), len(r.Checks)))
		default:
			parts = append(parts, status.String()+": "+strings.Join(names, " "))
		}
	}
	return strings.Join(parts, "; ")
}

// Describe says in a line where a second run of the same seed went another way.
func Describe(d *trace.Difference) string {
	return "the same seed gave another run: " + d.Sentence("the first run", "the second")
}
