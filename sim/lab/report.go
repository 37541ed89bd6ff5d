package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"raftkv/sim/check"
	"raftkv/sim/trace"
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
		Status: r.Status, Unmet: append([]string{}, r.Unmet...),
		Scenario: r.Scenario, Seed: strconv.FormatUint(r.Seed, 10),
		Nodes: r.Nodes, Clients: r.Clients, Ending: r.Ending.String(),
		Events: r.Events, Records: r.Records, Messages: r.Messages,
		SimNS: int64(r.Simulated), WallNS: wall,
		TraceHash: r.Hash.String(), Elections: r.Elections, Ops: jsonOps(r.Ops),
		Checks: r.statuses(), Violation: jsonOf(r.Violation),
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
	Check   string `json:"check"`
	Event   uint64 `json:"event"`
	TimeNS  int64  `json:"time_ns"`
	Message string `json:"message"`
}

func jsonOf(v *check.Violation) *jsonViolation {
	if v == nil {
		return nil
	}
	return &jsonViolation{
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

// WriteVerdict writes the verdict for people.
func (r *Result) WriteVerdict(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, seed %d\n", strings.ToUpper(string(r.Status)), r.Scenario, r.Seed)
	if v := r.Violation; v != nil {
		fmt.Fprintf(&b, "  broken     %v at %v, event %d: %s\n", v.Check, v.At, v.Event, v.Message)
	}
	for _, words := range r.Unmet {
		fmt.Fprintf(&b, "  expected   %s\n", words)
	}
	o := &r.Ops
	fmt.Fprintf(&b, "  requests   %d: %d ok, %d errors of the store, "+
		"%d refused, %d unknown, %d pending\n",
		o.Total, o.OK, o.Error, o.Refused, o.Unknown, o.Pending)
	fmt.Fprintf(&b, "  elections  %d won\n", r.Elections)
	fmt.Fprintf(&b, "  run        %d events, %d messages, %v simulated; %v\n",
		r.Events, r.Messages, r.Simulated, r.Ending)
	fmt.Fprintf(&b, "  checks     %s\n", r.checksInWords())
	fmt.Fprintf(&b, "  trace      %v\n", r.Hash)
	_, err := io.WriteString(w, b.String())
	return err
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
	r := &d.Record
	if r.Kind == 0 {
		return fmt.Sprintf("the second run ended before record %d", d.Position)
	}
	return fmt.Sprintf("first difference: record %d, event %d at %v: the second run has %v of %v",
		d.Position, r.Event, r.At, r.Kind, r.Server)
}
