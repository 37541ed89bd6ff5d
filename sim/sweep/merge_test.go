package sweep

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/sim/lab"
	"raftkv/sim/mark"
)

// shards returns the files of a sweep shared out among so many machines.
func shards(t testing.TB, p Plan, count uint64) (files [][]byte) {
	for n := range count {
		p.Shard = Shard{n + 1, count}
		files = append(files, joined(plainly(&p)))
	}
	return files
}

func merge(t testing.TB, files ...[]byte) (file []byte, r *Report, err error) {
	var inputs []MergeFile
	for i, data := range files {
		inputs = append(inputs, MergeFile{fmt.Sprintf("%d.jsonl", i+1), bytes.NewReader(data)})
	}
	m, err := OpenMerge("test", inputs)
	if err != nil {
		return nil, nil, err
	}
	r, err = m.Report(func(line []byte) error {
		file = append(file, line...)
		return nil
	})
	return file, r, err
}

// TestShardsMakeTheWhole: in any order, with any limit of failures, some given twice, merged in two
// steps or in one, the file and the report are those of one machine.
func TestShardsMakeTheWhole(t *testing.T) {
	for _, limit := range []uint64{0, 1, 2, 5} {
		p := planOf(t, "1-25,31-40", limit)
		want := joined(plainly(&p))
		whole := New(p)
		sweepAll(t, whole, 2)
		for _, count := range []uint64{1, 2, 7, 40} {
			files := shards(t, p, count)
			rand.New(rand.NewPCG(limit, count)).Shuffle(len(files), func(i, j int) {
				files[i], files[j] = files[j], files[i]
			})
			got, r, err := merge(t, files...)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("limit %d, %d shards: the file is another one", limit, count)
			}
			if got := text(t, r); got != text(t, whole) {
				t.Fatalf("limit %d, %d shards: the report is\n%s", limit, count, got)
			}
			half, _, err := merge(t, files[:(len(files)+1)/2]...)
			if err != nil {
				t.Fatal(err)
			}
			again, _, err := merge(t, append([][]byte{got, half, files[0]}, files...)...)
			if err != nil || !bytes.Equal(again, want) {
				t.Fatalf("limit %d, %d shards: merged again it is another one: %v", limit, count, err)
			}
		}
	}
}

// TestPartsOfShards: of shards that were cut off anywhere, what is there counts, and what is missing
// is told. What a merge has written can be merged with the rest.
func TestPartsOfShards(t *testing.T) {
	p := planOf(t, "1-20", 0)
	want := joined(plainly(&p))
	files := shards(t, p, 3)
	rapid.Check(t, func(rt *rapid.T) {
		var cut [][]byte
		lines := 0
		for _, file := range files {
			header := bytes.IndexByte(file, '\n') + 1
			kept := file[:rapid.IntRange(header, len(file)).Draw(rt, "kept")]
			lines += bytes.Count(kept, []byte{'\n'}) - 1
			cut = append(cut, kept)
		}
		got, r, err := merge(t, cut...)
		if err != nil {
			rt.Fatal(err)
		}
		missing := r.missingInAll()
		if done, planned := r.Done(); done != uint64(lines) || done+missing != planned {
			rt.Fatalf("%d of %d runs and %d missing, from %d lines", done, planned, missing, lines)
		}
		if r.Complete() != (missing == 0) {
			rt.Fatalf("complete, with %d missing", missing)
		}
		rest, _, err := merge(t, append([][]byte{got}, files...)...)
		if err != nil || !bytes.Equal(rest, want) {
			rt.Fatalf("with the rest it is not the whole: %v", err)
		}
	})
}

// TestMergeTakesLinesInAnyOrder: whoever sorts or filters a file has done no harm.
func TestMergeTakesLinesInAnyOrder(t *testing.T) {
	p := planOf(t, "1-10", 0)
	lines := plainly(&p)
	want := joined(lines)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(lines)-1, func(i, j int) {
		lines[i+1], lines[j+1] = lines[j+1], lines[i+1]
	})
	got, _, err := merge(t, joined(lines))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file is another one: %v", err)
	}
}

// TestMergeOfOtherSeeds: sweeps of one scenario may have gone through seeds of their own.
func TestMergeOfOtherSeeds(t *testing.T) {
	first, second, both := planOf(t, "1-10", 0), planOf(t, "8-20", 0), planOf(t, "1-20", 0)
	got, _, err := merge(t, joined(plainly(&second)), joined(plainly(&first)))
	if err != nil || !bytes.Equal(got, joined(plainly(&both))) {
		t.Errorf("the file is another one: %v", err)
	}
}

// TestTwoOutcomesOfOneSeed are nondeterminism, whatever the difference.
func TestTwoOutcomesOfOneSeed(t *testing.T) {
	p := planOf(t, "1-10", 0)
	lines := plainly(&p)
	good := joined(lines)
	for _, test := range []struct {
		change func(*Line)
		want   string
	}{
		{func(l *Line) { l.Trace = 0xabc }, "pass with trace 0000000000000abc in 2.jsonl"},
		{func(l *Line) { l.Status, l.Undecided = lab.Undecided, "why" }, "undecided with trace "},
		{func(l *Line) { l.Marks[mark.SplitVote]++ }, "pass with trace "},
	} {
		other := slices.Clone(lines)
		line, err := parseLine(other[15])
		if err != nil {
			t.Fatal(err)
		}
		test.change(&line)
		other[15] = line.text()
		_, _, err = merge(t, good, joined(other))
		conflict := (*Conflict)(nil)
		if !errors.As(err, &conflict) || !strings.Contains(err.Error(), ", "+test.want) ||
			!strings.HasPrefix(err.Error(), "calm with seed 5 has two outcomes: pass with trace ") {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// TestTwoOutcomesBehindTheLimit: what no longer counts may still not differ.
func TestTwoOutcomesBehindTheLimit(t *testing.T) {
	p := planOf(t, "1-40", 1)
	files := shards(t, p, 2)
	merged, _, err := merge(t, files...)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		lines := bytes.SplitAfter(file, []byte{'\n'})
		last := len(lines) - 2 // behind it is nothing
		line, err := parseLine(lines[last])
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(merged, lines[last]) {
			continue // it counts
		}
		line.Events++
		lines[last] = line.text()
		_, _, err = merge(t, append(files, bytes.Join(lines, nil))...)
		if conflict := (*Conflict)(nil); !errors.As(err, &conflict) {
			t.Errorf("got %v", err)
		}
		return
	}
	t.Error("all lines of both shards count")
}

// TestWhatCannotBeMerged: each mistake names its file.
func TestWhatCannotBeMerged(t *testing.T) {
	p := planOf(t, "1-3", 0)
	good := joined(plainly(&p))
	changed := func(change func(*Plan)) []byte {
		other := planOf(t, "1-3", 0)
		change(&other)
		return other.Header()
	}
	for _, test := range []struct {
		name, want string
		file       []byte
	}{
		{"another build", `2.jsonl: it is of build "other", want "test", which this program is`,
			changed(func(p *Plan) { p.Build = "other" })},
		{"a changed scenario", "2.jsonl: its scenario calm has hash ",
			changed(func(p *Plan) { p.Subjects[1] = subject(t, "calm", calm+"timeout = \"5s\"\n") })},
		{"another limit", "2.jsonl: its limit of failures is 3, want 0",
			changed(func(p *Plan) { p.MaxFailures = 3 })},
		{"an empty file", "2.jsonl: it has no header", nil},
		{"a torn header", "2.jsonl: it has no header", good[:100]},
	} {
		_, _, err := merge(t, good, test.file)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// TestMergeSaysWhatIsTorn: a line without its end does not count, and is not passed over in silence.
func TestMergeSaysWhatIsTorn(t *testing.T) {
	p := planOf(t, "1-3", 0)
	good := joined(plainly(&p))
	m, err := OpenMerge("test", []MergeFile{
		{"whole", bytes.NewReader(good)}, {"torn", bytes.NewReader(good[:len(good)-1])},
	})
	if err != nil || len(m.Torn()) != 1 || m.Torn()[0] != "torn" {
		t.Errorf("torn are %q, %v", m.Torn(), err)
	}
}

// TestTheOrderOfFilesDoesNotMatter: not even for how the scenarios are named.
func TestTheOrderOfFilesDoesNotMatter(t *testing.T) {
	p, elsewhere := planOf(t, "1-4", 0), planOf(t, "1-4", 0)
	p.Shard, elsewhere.Shard = Shard{1, 2}, Shard{2, 2}
	elsewhere.Subjects[0].Argument = "a/mixed.toml"
	elsewhere.Subjects[1].Argument = "z/calm.toml"
	one, other := joined(plainly(&p)), joined(plainly(&elsewhere))
	first, _, err := merge(t, one, other)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := merge(t, other, one)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the other way round the file is another one: %v", err)
	}
}

// TestAFailingWriteOfAMerge is an error.
func TestAFailingWriteOfAMerge(t *testing.T) {
	p := planOf(t, "1-3", 0)
	m, err := OpenMerge("test", []MergeFile{{"whole", bytes.NewReader(joined(plainly(&p)))}})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no room")
	for room := range 7 {
		written := 0
		_, err := m.Report(func([]byte) error {
			if written == room {
				return broken
			}
			written++
			return nil
		})
		if !errors.Is(err, broken) {
			t.Errorf("room for %d lines: %v", room, err)
		}
	}
}
