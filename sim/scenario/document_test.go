package scenario

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestPlaces(t *testing.T) {
	data := "# c\r\n a . \"b c\" = [ 1, # one\n\t[true, {x = -1, y.'z' = \"é\", w = []}],]\n" +
		"[[ t . u ]]\nv = 1e0\n[t.u.w]\n[[t.u]]\n"
	root, err := parseDocument(&source{}, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var list func(n *node)
	list = func(n *node) {
		if n != root {
			got = append(got, n.at.String()+" "+n.valueAt.String()+" "+n.label())
		}
		for _, c := range n.children {
			list(c)
		}
	}
	list(root)
	want := []string{
		"2:2 2:2 a", "2:6 2:14 a.b c", "2:16 2:16 a.b c[0]", "3:2 3:2 a.b c[1]",
		"3:3 3:3 a.b c[1][0]", "3:9 3:9 a.b c[1][1]", "3:10 3:14 a.b c[1][1].x",
		"3:18 3:18 a.b c[1][1].y", "3:20 3:26 a.b c[1][1].y.z", "3:32 3:36 a.b c[1][1].w",
		"4:4 4:4 t", "4:8 4:8 t.u", "4:8 4:8 t.u[0]", "5:1 5:5 v", "6:6 6:6 t.u[0].w",
		"7:5 7:5 t.u[1]",
	}
	if text := strings.Join(want, "\n"); strings.Join(got, "\n") != text {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), text)
	}
}

// expectPlaces looks at each place for what a node says is there.
func expectPlaces(t *testing.T, data []byte, n *node) {
	lines := bytes.SplitAfter(data, []byte("\n"))
	from := func(p place) string {
		return string(bytes.Join(lines[p.line-1:], nil)[p.column-1:])
	}
	if n.parent != nil && n.parent.shape == table {
		if c := from(n.at)[0]; c != '"' && c != '\'' && !strings.HasPrefix(from(n.at), n.key) {
			t.Errorf("no key %q at %v", n.key, n.at)
		}
	}
	if n.text != "" {
		begin, end := n.text[:1], n.text[len(n.text)-1:]
		_, quoted := n.value.(string)
		switch {
		case !strings.HasPrefix(from(n.valueAt), n.text),
			n.shape == array && begin+end != "[]",
			n.shape == table && begin+end != "{}",
			quoted && (begin != end || !strings.Contains("'\"", begin)),
			n.shape == scalar && n.value == nil:
			t.Errorf("%s is not %q at %v", n.label(), n.text, n.valueAt)
		}
	}
	for _, c := range n.children {
		expectPlaces(t, data, c)
	}
}

// expectNoPanic reads data as a scenario, as the measurements of one, and as assignments.
func expectNoPanic(data []byte) {
	const measured = "[network]\nlatency = {dist = 'empirical', file = 'f'}\n" +
		"[workload]\nthink_time = {dist = 'empirical', file = 'f'}\n"
	open := func(string) ([]byte, error) { return data, nil }
	for _, text := range []string{string(data), measured} {
		Read(Input{Name: string(data), Data: []byte(text), Open: open})
	}
	for line := range strings.Lines(string(data)) {
		if a, err := ParseAssignment(line, "-set"); err == nil {
			Read(Input{Name: "f", Data: []byte(setUpon), Set: []Assignment{a, a}, Open: open})
			Read(Input{Name: "f", Set: []Assignment{a}})
		}
	}
}

var placed = regexp.MustCompile(`^f:[1-9][0-9]*:[1-9][0-9]*: .`)

// Whatever the bytes, they are a scenario, and the same one when it is written and read again, or
// there are places to look at.
func FuzzScenario(f *testing.F) {
	f.Add([]byte(everything))
	for _, test := range strange {
		f.Add([]byte(test.data))
	}
	for _, data := range []string{
		"a=[[1,[#c\n2]],{b=1,c.d=2},]", "a.b=[{}]\n[[c.d]]\n[c.d.e]\n[[c.d.e.f]]", "\ufeff", "\xff",
		"a={\n# c\nb=1,\n}", "'' = 1", "[[a]]\n[[a.b]]\n[[a]]\n[a.b]",
		"a = '''\n\n'''\nb=2000-01-01",
	} {
		f.Add([]byte(data))
	}
	for _, data := range []string{
		"[network]\nlatency = {dist='empirical', file='f'}\n1281024h", "1ms\n2ms", "rtt\n1ms", "network.latency=f",
		"network.latency={dist='empirical', file='a'}\n1ms\n'", "workload.keys[0]=z", "fault[0].at=2s", "fault.at=1s",
		"a = [\n b,\n {c = d},\n]\nb = \n", "a = {b = 1, b = 2}", "a = \"\"\"\nb = c", "num_nodes = five",
		"workload.keys.x.y=1", "workload.mix[0]=1", "raft.election_timeout.min=5", "pre_vote=x",
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		expectNoPanic(data)
		if root, err := parseDocument(&source{}, data); err == nil {
			expectPlaces(t, data, root)
		}
		got, err := Parse("f", data)
		if (got == nil) == (err == nil) {
			t.Fatalf("got %v and %v", got, err)
		}
		if err == nil {
			expectSame(t, Resolved{Scenario: got})
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !placed.MatchString(line) {
				t.Errorf("%q names no place", line)
			}
		}
	})
}

// Many faults are many keys, and no mistake; many keys of one table are one.
func TestTooManyKeys(t *testing.T) {
	faults := strings.Repeat("[[fault]]\nat = '1s'\ndo = 'heal'\n", 5000)
	if got, err := Parse("f", []byte(faults)); err != nil || len(got.Cluster.Faults) != 5000 {
		t.Errorf("got %v", err)
	}
	for _, data := range []string{
		strings.Repeat("# a = 1\n", 60_000),
		"description = \"\"\"\n" + strings.Repeat("a = 1\n", 60_000) + "\"\"\"\n",
		"description = \"" + strings.Repeat("a = b ", 60_000) + "\"\n",
		"fault = [" + strings.Repeat("{at = '1s', do = 'heal'},\n", 20_000) + "]",
	} {
		if _, err := Parse("f", []byte(data)); err != nil {
			t.Errorf("%.60q: %v", data, err)
		}
	}
	for _, line := range []string{"k = 1\n", "[k]\n"} {
		_, err := Parse("f", []byte("[[fault]]\n"+strings.Repeat(line, 60_000)))
		want := "f:10001:1: more than 10000 keys, want at most so many"
		if err == nil || err.Error() != want {
			t.Errorf("got %.200v, want %s", err, want)
		}
	}
}

// Reading takes well below a second, whatever is in a file.
func BenchmarkManyKeys(b *testing.B) {
	const keys = 60_000
	var plain, headers, wrong strings.Builder
	for i := range keys {
		fmt.Fprintf(&plain, "k%d = 1\n", i)
		fmt.Fprintf(&headers, "[h%d]\n", i)
		fmt.Fprintf(&wrong, "w%d = x\n", i)
	}
	for _, file := range []struct{ name, text string }{
		{"keys", plain.String()}, {"headers", headers.String()}, {"no TOML", wrong.String()},
		{"faults", strings.Repeat("[[fault]]\nat = '1s'\ndo = 'heal'\n", keys/3)},
		{"twice", strings.Join(strings.SplitAfter(plain.String(), "\n")[:3900], "") +
			strings.Repeat("k3899 = 1\n", MaxMistakes)},
	} {
		b.Run(file.name, func(b *testing.B) {
			for b.Loop() {
				Parse("f", []byte(file.text))
			}
		})
	}
}

// In a table that has many keys, each is found: the first that was put there.
func TestManyKeys(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "k%d = %d\n", i, i)
	}
	root, err := parseDocument(&source{}, []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if n := root.child(fmt.Sprintf("k%d", i)); n == nil || n.value != int64(i) {
			t.Errorf("k%d is %v", i, n)
		}
	}
	if n := root.child("k100"); n != nil {
		t.Errorf("k100 is %v", n)
	}
	put := &node{shape: scalar, value: "new"}
	if !root.put(place{}, step{key: "k50"}, put) || root.child("k50") != put || len(root.children) != 100 {
		t.Error("k50 is not put in the place of what was there")
	}
}
