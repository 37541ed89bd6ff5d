package sweep

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Merge is the lines of several files of one sweep: of its shards, of other seeds, or of files that
// were merged before. Merging what is merged gives it again. It keeps some 32 bytes for each line;
// the lines stay in their files.
type Merge struct {
	plan  Plan
	files []MergeFile
	lines []lineAt
	torn  []string

	damaged []Damage
}

// MergeFile is a file to be merged. It stays open while it is.
type MergeFile struct {
	Name string
	io.ReaderAt
}

// lineAt is where a line is.
type lineAt struct {
	seed          uint64
	at            int64
	size          int32
	subject, file uint32
}

// Conflict is two outcomes of one run: same build, same scenario, same seed.
type Conflict struct {
	Run      string // in words
	Outcomes [2]string
}

// Error says it in a sentence.
func (c *Conflict) Error() string {
	return fmt.Sprintf("%s has two outcomes: %s, %s: the same seed gave another run",
		c.Run, c.Outcomes[0], c.Outcomes[1])
}

// OpenMerge reads the files. The error names the file and what is wrong in it, or in what it is of
// another sweep than the first. build is that of this program.
func OpenMerge(build string, files []MergeFile) (*Merge, error) {
	m := &Merge{files: files}
	for i, file := range files {
		if err := m.read(uint32(i), build); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
	}
	slices.SortFunc(m.lines, func(a, b lineAt) int {
		return cmp.Or(cmp.Compare(a.subject, b.subject), cmp.Compare(a.seed, b.seed),
			cmp.Compare(a.file, b.file), cmp.Compare(a.at, b.at))
	})
	return m, nil
}

// Torn returns the names of the files that end in the middle of a line, which does not count.
func (m *Merge) Torn() []string { return m.torn }

// Damaged returns which lines of the files are damaged, and do not count either.
func (m *Merge) Damaged() []Damage { return m.damaged }

func (m *Merge) read(number uint32, build string) error {
	file := m.files[number]
	const longest = 1 << 62
	reader, err := NewReader(io.NewSectionReader(file, 0, longest), build)
	if err != nil {
		return err
	}
	if err := m.join(reader.Plan(), number == 0); err != nil {
		return err
	}
	for {
		line, text, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		m.lines = append(m.lines, lineAt{
			seed: uint64(line.Seed), at: reader.Whole() - int64(len(text)), size: int32(len(text)),
			subject: uint32(m.plan.subject(line.Scenario)), file: number,
		})
	}
	if reader.Torn() {
		m.torn = append(m.torn, file.Name)
	}
	if d := reader.Damaged(); d.Count > 0 {
		d.File = file.Name
		m.damaged = append(m.damaged, d)
	}
	return nil
}

// join makes the plan of a file part of the whole.
func (m *Merge) join(p *Plan, first bool) (err error) {
	if first {
		m.plan = *p
		m.plan.Shard = Whole
		m.plan.Subjects = slices.Clone(p.Subjects)
		return nil
	}
	if err := p.fits(&m.plan); err != nil {
		return err
	}
	if m.plan.Seeds, err = m.plan.Seeds.Union(p.Seeds); err != nil {
		return err
	}
	for i := range p.Subjects {
		// Each machine may name the scenario in its own way, and the order of the files must
		// not matter.
		if p.Subjects[i].named(&m.plan.Subjects[i]) < 0 {
			m.plan.Subjects[i] = p.Subjects[i]
		}
	}
	return nil
}

// named compares how two subjects are named.
func (s *Subject) named(other *Subject) int {
	return cmp.Or(cmp.Compare(s.Argument, other.Argument), slices.Compare(s.Set, other.Set))
}

// Report returns the report on all lines, each run once, in the order of the plan. The header and
// the lines that count go to keep, unless that is nil. The error is a [*Conflict], that of keep, or
// that of a file.
func (m *Merge) Report(keep func(line []byte) error) (*Report, error) {
	if keep == nil {
		keep = func([]byte) error { return nil }
	}
	r := New(m.plan)
	r.merged = true
	if err := keep(m.plan.Header()); err != nil {
		return r, err
	}
	var last Line
	var lastText []byte
	var lastAt lineAt
	for _, at := range m.lines {
		text, line, err := m.line(at)
		if err != nil {
			return r, fmt.Errorf("%s: %w", m.files[at.file].Name, err)
		}
		if lastText != nil && at.seed == lastAt.seed && at.subject == lastAt.subject {
			if !bytes.Equal(text, lastText) {
				return r, m.conflict(lastAt, at, &last, &line)
			}
			continue
		}
		last, lastText, lastAt = line, text, at
		if r.ended {
			continue // but two outcomes would be two outcomes there too
		}
		r.add(&line)
		if err := keep(text); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (m *Merge) line(at lineAt) ([]byte, Line, error) {
	text := make([]byte, at.size)
	if _, err := m.files[at.file].ReadAt(text, at.at); err != nil && !errors.Is(err, io.EOF) {
		return nil, Line{}, err
	}
	line, err := parseLine(text)
	return text, line, err
}

func (m *Merge) conflict(first, second lineAt, a, b *Line) *Conflict {
	outcome := func(at lineAt, l *Line) string {
		return fmt.Sprintf("%s with trace %v in %s", l.Status, l.Trace, m.files[at.file].Name)
	}
	return &Conflict{a.label(), [2]string{outcome(first, a), outcome(second, b)}}
}
