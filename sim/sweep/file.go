package sweep

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"raftkv/sim/scenario"
)

// The format of a file, and the version that is written. The version grows with every change that
// an older program would misread.
const (
	Format  = "raftkv-sweep"
	Version = 3
)

// header is the first line of a file: the plan. It holds the scenarios whole, so that the file
// needs no other to be reported on.
type header struct {
	Format      string          `json:"format"`
	Version     int             `json:"version"`
	Build       string          `json:"build"`
	Seeds       string          `json:"seeds"`
	Shard       string          `json:"shard"`
	MaxFailures uint64          `json:"max_failures"`
	Canary      Canary          `json:"canary"`
	Scenarios   []headerSubject `json:"scenarios"`
}

type headerSubject struct {
	Name     string   `json:"name"`
	Hash     string   `json:"hash"` // of the text
	Argument string   `json:"argument"`
	Set      []string `json:"set"`
	Text     string   `json:"text"`
}

// Header returns the first line of a file of the plan, with its line feed.
func (p *Plan) Header() []byte {
	h := header{
		Format: Format, Version: Version, Build: p.Build, Seeds: p.Seeds.String(),
		Shard: p.Shard.String(), MaxFailures: p.MaxFailures, Canary: p.Canary,
	}
	for _, s := range p.Subjects {
		h.Scenarios = append(h.Scenarios, headerSubject{
			Name: s.Scenario.Name, Hash: hashText(digest(s.Scenario)).String(),
			Argument: s.Argument, Set: append([]string{}, s.Set...),
			Text: string(contents(s.Scenario)),
		})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(&h); err != nil {
		panic("sweep: " + err.Error()) // headers have nothing that JSON cannot hold
	}
	return b.Bytes()
}

// parseHeader reads the first line of a file, or tells what is wrong with it. Build comes before
// the scenarios: what is in those of another build is its own affair.
func parseHeader(text []byte, build string) (Plan, error) {
	var h header
	wrong := json.Unmarshal(text, &h)
	switch {
	case h.Format != Format:
		return Plan{}, fmt.Errorf("it is no file of a sweep: format is %q, want %q",
			h.Format, Format)
	case h.Version > Version:
		return Plan{}, fmt.Errorf("version %d of the format is newer than this program, "+
			"which reads %d", h.Version, Version)
	case h.Build != build:
		return Plan{}, fmt.Errorf("it is of build %q, want %q, which this program is",
			h.Build, build)
	case wrong != nil:
		return Plan{}, fmt.Errorf("its header is damaged: %w", wrong)
	}
	return h.plan()
}

func (h *header) plan() (Plan, error) {
	p := Plan{Build: h.Build, MaxFailures: h.MaxFailures, Canary: h.Canary}
	var wrong, alsoWrong error
	p.Seeds, wrong = ParseSeeds(h.Seeds)
	p.Shard, alsoWrong = ParseShard(h.Shard)
	if err := errors.Join(wrong, alsoWrong); err != nil {
		return p, fmt.Errorf("its header is damaged: %w", err)
	}
	for _, s := range h.Scenarios {
		parsed, err := scenario.Parse(s.Name+".toml", []byte(s.Text))
		if err != nil {
			return p, fmt.Errorf("its header is damaged: %w", err)
		}
		if s.Hash != hashText(digest(parsed)).String() || s.Name != parsed.Name {
			return p, fmt.Errorf("its header is damaged: the text of %s is another one", s.Name)
		}
		p.Subjects = append(p.Subjects, Subject{parsed, s.Argument, s.Set})
	}
	if len(p.Subjects) == 0 {
		return p, errors.New("its header is damaged: it has no scenario")
	}
	return p, p.Check()
}

// Reader reads a file of a sweep, line by line.
type Reader struct {
	plan  Plan
	in    *bufio.Reader
	line  int    // the number of the last line read, from 1
	whole int64  // how many bytes the lines read so far are
	torn  []byte // what follows the last whole line

	damaged Damage
}

// Damage is lines of a file that end, and are no lines of its sweep: a disk or an editor has
// changed them. They do not count, and those after them do.
type Damage struct {
	File  string // its name, where there are several
	Count int
	First []int // the numbers of a few
	Why   error // of the first of them
}

// maxDamaged is how many damaged lines are told one by one.
const maxDamaged = 8

func (d *Damage) note(line int, why error) {
	if d.Count++; d.Count == 1 {
		d.Why = why
	}
	if len(d.First) < maxDamaged {
		d.First = append(d.First, line)
	}
}

// String names the lines, and says what is wrong with the first of them.
func (d *Damage) String() string {
	text := "lines"
	if d.Count == 1 {
		text = "line"
	}
	for i, line := range d.First {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %d", line)
	}
	if more := d.Count - len(d.First); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%s: %v", text, d.Why)
}

// errEmpty is returned for a file that ends before its header does: nothing was done yet.
var errEmpty = errors.New("it has no header")

// NewReader reads the header. build is that of this program: a file of another build is an error.
func NewReader(r io.Reader, build string) (*Reader, error) {
	reader := &Reader{in: bufio.NewReaderSize(r, 1<<16)}
	text, err := reader.next()
	if err == io.EOF {
		return reader, errEmpty
	}
	if err == nil {
		reader.plan, err = parseHeader(text, build)
	}
	return reader, err
}

// Plan returns the plan of the sweep.
func (r *Reader) Plan() *Plan { return &r.plan }

// Whole returns how many bytes of the file are whole lines, of those read so far.
func (r *Reader) Whole() int64 { return r.whole }

// Torn tells whether the file ends in the middle of a line, when Next has returned io.EOF.
func (r *Reader) Torn() bool { return len(r.torn) > 0 }

// Damaged returns the lines that were passed over, of those read so far.
func (r *Reader) Damaged() Damage { return r.damaged }

// Next returns the next line that is not damaged, also as it stands in the file; io.EOF after the
// last that is whole.
func (r *Reader) Next() (l Line, text []byte, err error) {
	for {
		if text, err = r.next(); err != nil {
			return l, nil, err
		}
		if l, err = r.parse(text); err == nil {
			return l, text, nil
		}
		r.damaged.note(r.line, err)
	}
}

// parse reads a line, or tells what is wrong with it.
func (r *Reader) parse(text []byte) (Line, error) {
	l, err := parseLine(text)
	if err != nil {
		return l, err
	}
	if _, ok := r.plan.place(r.plan.subject(l.Scenario), uint64(l.Seed)); !ok {
		return l, fmt.Errorf("seed %d of scenario %q is not in its header", l.Seed, l.Scenario)
	}
	return l, nil
}

// next returns the bytes of the next whole line. A line without its line feed was torn when the
// program was killed.
func (r *Reader) next() ([]byte, error) {
	text, err := r.in.ReadBytes('\n')
	if err == io.EOF {
		r.torn = text
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	r.line++
	r.whole += int64(len(text))
	return text, nil
}

// place returns the place of a run in the order of the plan's shard.
func (p *Plan) place(subject int, seed uint64) (uint64, bool) {
	if subject < 0 {
		return 0, false
	}
	place, ok := p.Seeds.Place(seed)
	if !ok {
		return 0, false
	}
	own, ok := p.Shard.has(place)
	return uint64(subject)*p.each() + own, ok
}

// label names a run in a sentence.
func (l *Line) label() string {
	return l.Scenario + " with seed " + strconv.FormatUint(uint64(l.Seed), 10)
}
