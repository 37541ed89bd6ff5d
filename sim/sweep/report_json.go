package sweep

import (
	"encoding/json"

	"raftkv/sim/lab"
	"raftkv/sim/mark"
)

// The format of what [Report.JSON] returns. The version grows with every change that an older
// program would misread.
const (
	ReportFormat  = "raftkv-sweep-report"
	ReportVersion = 3
)

type jsonReport struct {
	Format      string     `json:"format"`
	Version     int        `json:"version"`
	Status      lab.Status `json:"status"`
	Build       string     `json:"build"`
	Canary      Canary     `json:"canary"`
	Seeds       string     `json:"seeds"`
	Shard       string     `json:"shard"`
	MaxFailures uint64     `json:"max_failures"`
	Planned     uint64     `json:"planned"`
	Runs        uint64     `json:"runs"`
	Complete    bool       `json:"complete"`
	Failures    uint64     `json:"failures"`
	Scenarios   []jsonPart `json:"scenarios"`
}

type jsonPart struct {
	Name      string              `json:"name"`
	Hash      hashText            `json:"hash"`
	Status    lab.Status          `json:"status"`
	Runs      uint64              `json:"runs"`
	Passed    uint64              `json:"passed"`
	Violated  uint64              `json:"violated"`
	Unmet     uint64              `json:"unmet"`
	Undecided uint64              `json:"undecided"`
	Missing   uint64              `json:"missing"`
	Events    uint64              `json:"events"`
	SimNS     int64               `json:"sim_ns"`
	Trace     hashText            `json:"trace_hash"`
	FewerThan json.Number         `json:"fewer_than_per_million,omitempty"`
	Failing   *jsonRate           `json:"failing_percent,omitempty"`
	Off       checkNames          `json:"checks_off"`
	Idle      checkNames          `json:"checks_idle"`
	Excused   uint64              `json:"excused"`
	ExcusedBy []jsonCount         `json:"checks_excused"`
	Marks     map[string]jsonMark `json:"marks"`
	Lacking   []string            `json:"lacking"`
	NotYet    []string            `json:"not_yet"`
	Patterns  uint64              `json:"patterns"`
	Once      uint64              `json:"patterns_seen_once"`
	Groups    []jsonGroup         `json:"groups"`
	Ungrouped uint64              `json:"ungrouped"`
}

type jsonRate struct {
	Seen   json.Number `json:"seen"`
	Low    json.Number `json:"low"`
	High   json.Number `json:"high"`
	Biased bool        `json:"biased"`
}

type jsonMark struct {
	Seeds uint64 `json:"seeds"`
	Times uint64 `json:"times"`
}

type jsonGroup struct {
	Status    lab.Status  `json:"status"`
	Signature string      `json:"signature"`
	Count     uint64      `json:"count"`
	Seeds     []seedText  `json:"seeds"`
	Violated  []jsonCount `json:"violated"`
	Shortest  *Line       `json:"shortest"`
	Repeats   bool        `json:"repeats"`
	Advice    string      `json:"advice"`
}

type jsonCount struct {
	Check string `json:"check"`
	Count uint64 `json:"count"`
}

// JSON returns the report as one line of JSON, without its line feed. advice is as in
// [TextOptions].
func (r *Report) JSON(advice func(s *Subject, seed, event uint64) string) []byte {
	done, planned := r.Done()
	line := jsonReport{
		Format: ReportFormat, Version: ReportVersion, Status: r.Status(), Build: r.plan.Build,
		Canary: r.plan.Canary, Seeds: r.plan.Seeds.String(), Shard: r.plan.Shard.String(),
		MaxFailures: r.plan.MaxFailures,
		Planned:     planned, Runs: done, Complete: r.Complete(), Failures: r.failures,
	}
	for i := range r.parts {
		line.Scenarios = append(line.Scenarios, r.jsonPart(&r.parts[i], advice))
	}
	text, err := json.Marshal(&line)
	if err != nil {
		panic("sweep: " + err.Error()) // reports have nothing that JSON cannot hold
	}
	return text
}

// Failed returns the line of JSON in the place of a report that never came about, and why.
func Failed(status lab.Status, why error) []byte {
	text, err := json.Marshal(struct {
		Format  string     `json:"format"`
		Version int        `json:"version"`
		Status  lab.Status `json:"status"`
		Error   string     `json:"error"`
	}{ReportFormat, ReportVersion, status, why.Error()})
	if err != nil {
		panic("sweep: " + err.Error()) // as above
	}
	return text
}

func (r *Report) jsonPart(p *part, advice func(*Subject, uint64, uint64) string) jsonPart {
	never, notYet := r.lacking(p)
	j := jsonPart{
		Name: p.subject.Scenario.Name, Hash: hashText(digest(p.subject.Scenario)),
		Status: r.status(p), Runs: p.runs, Passed: p.passed, Violated: p.violated, Unmet: p.unmet,
		Undecided: p.undecided, Missing: r.missing(p).count, Events: p.events, SimNS: p.simulated,
		Trace: p.trace, Marks: map[string]jsonMark{}, Lacking: append([]string{}, never...),
		NotYet:   append([]string{}, notYet...),
		Patterns: p.patterns.seen, Once: p.patterns.once, Groups: []jsonGroup{},
		Ungrouped: p.groups.others, Off: p.off(), Idle: p.idle(),
		Excused: p.excused, ExcusedBy: p.excusedBy.json(),
	}
	switch {
	case p.failed() > 0:
		low, high := interval(p.failed(), p.decided())
		j.Failing = &jsonRate{
			json.Number(percent(p.failed(), p.decided())), json.Number(low), json.Number(high),
			r.cutShort(p),
		}
	case p.exercised != 0 && p.decided() > 0:
		j.FewerThan = json.Number(fewerThan(p.decided()))
	}
	for _, m := range mark.All() {
		j.Marks[m.String()] = jsonMark{p.marks[m].runs, p.marks[m].times}
	}
	for _, g := range p.groups.sorted() {
		j.Groups = append(j.Groups, p.jsonGroup(g, advice))
	}
	return j
}

func (p *part) jsonGroup(g *Group, advice func(*Subject, uint64, uint64) string) jsonGroup {
	j := jsonGroup{
		Status: g.Status, Signature: g.Signature, Count: g.Count, Shortest: &g.Least,
		Repeats: g.Again != nil && !g.Differs(), Violated: g.violated.json(),
	}
	for _, seed := range g.Seeds {
		j.Seeds = append(j.Seeds, seedText(seed))
	}
	var event uint64
	if v := g.Least.Violation; v != nil {
		event = v.Event
	}
	if advice != nil {
		j.Advice = advice(p.subject, uint64(g.Least.Seed), event)
	}
	return j
}
