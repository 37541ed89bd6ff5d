package moment

import (
	"slices"
	"strings"
	"testing"
)

// sheetText returns what is written on a sheet as wide as one is at least.
func sheetText(write func(*sheet)) string {
	p := sheetOf(1)
	write(&p)
	return p.text.String()
}

func TestASheetLosesNothing(t *testing.T) {
	long := strings.Repeat("abcdefghij", 12)
	for _, test := range []struct {
		name  string
		write func(*sheet)
		want  string
	}{
		{"a word longer than a line", func(p *sheet) { p.words("  n1  ", "x "+long) }, `
  n1  x
      abcdefghijabcdefghijabcdefghijabcdefghijab
      cdefghijabcdefghijabcdefghijabcdefghijabcd
      efghijabcdefghijabcdefghijabcdefghij
`},
		{"a head longer than half of it", func(p *sheet) {
			p.words("  "+strings.Repeat("n1 ", 20)+" ", "a=1 b=2")
		}, `
  n1 n1 n1 n1 n1 n1 n1 n1 n1 n1 n1 n1 n1 n1 n1
  n1 n1 n1 n1 n1
    a=1 b=2
`},
		{"a table whose last column is wide", func(p *sheet) {
			p.table("l", [][]string{
				{"  7/1", "put a=1", "on n1 n3 n5 n7 n9 n11 n13 n15 n17 n19 n21"}, {"  8/1", "noop", "on n1"},
			})
		}, `
  7/1  put a=1  on n1 n3 n5 n7 n9 n11 n13 n15
                n17 n19 n21
  8/1  noop     on n1
`},
		{"a table of too many columns", func(p *sheet) {
			p.records("lr", [][]string{
				{"servers", "state", "leader", "commit", "durable"},
				{"  n1", "running", "n1", "123456789012", "123456789012/1, term 7"},
			})
		}, `
servers
  n1  state running, leader n1,
      commit 123456789012,
      durable 123456789012/1, term 7
`},
		{"what a leader knows of many", func(p *sheet) {
			s := Server{Name: "n1", Term: 7, Votes: []string{"n1"}}
			for _, name := range []string{"n1", "n2", "n3", "n4", "n5"} {
				s.Peers = append(s.Peers, Peer{Name: name, Next: 1234567, Match: 1})
			}
			s.Peers[1].Replicating, s.Peers[1].InFlight = true, 16
			world := World{Servers: []Server{s}}
			world.tellLeaders(p)
		}, `

n1 leads term 7, elected by n1; it knows
  of          n1       n2       n3       n4
  next   1234567  1234567  1234567  1234567
  match        1        1        1        1
  flies        -       16        -        -
  of          n5
  next   1234567
  match        1
  flies        -
  (flies: requests with entries on their way; -
  where it probes)
`},
	} {
		if got := "\n" + sheetText(test.write); got != test.want {
			t.Errorf("%s: got%s", test.name, got)
		}
	}
}

func TestHowWideASheetIs(t *testing.T) {
	for _, test := range []struct{ asked, want int }{
		{0, 100}, {1, 48}, {48, 48}, {-3, 48}, {99, 99}, {250, 250},
	} {
		if p := sheetOf(test.asked); p.width != test.want {
			t.Errorf("of %d it is %d wide, want %d", test.asked, p.width, test.want)
		}
	}
}

// TestStoresThatDifferBeyondWhatIsTold are told apart.
func TestStoresThatDifferBeyondWhatIsTold(t *testing.T) {
	one := Server{Name: "n1", Role: "follower"}
	for i := range pairsMax + 1 {
		one.Store = append(one.Store, Pair{Key: decimal(uint64(i)), Value: "1"})
	}
	same, other := one, one
	same.Name, other.Name = "n2", "n3"
	other.Store = slices.Clone(one.Store)
	other.Store[pairsMax].Value = "2"
	world := World{Servers: []Server{one, same, other}}
	text := sheetText(world.tellStores)
	if !strings.Contains(text, "\n  n1 n2  0=1") || !strings.Contains(text, "\n  n3  0=1") {
		t.Errorf("it tells\n%s", text)
	}
}
