package zoo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raftkv/sim/check"
)

// puppet is the variable that makes this test program play the command: verdicts, a line each seed
// from 1 on.
const puppet = "ZOO_PUPPET"

func TestMain(m *testing.M) {
	if verdicts := os.Getenv(puppet); verdicts != "" {
		seed := 0
		fmt.Sscan(os.Args[len(os.Args)-1], &seed)
		fmt.Println(strings.Split(verdicts, "\n")[seed-1])
		return
	}
	os.Exit(m.Run())
}

// What the command says, in short.
const (
	passes    = `{"status":"pass"}`
	convicts  = `{"status":"violation","violation":{"check":"vote_once","event":5,"message":"twice"}}`
	another   = `{"status":"violation","violation":{"check":"log_matching","event":6,"message":"unlike"}}`
	panicked  = `{"status":"violation","violation":{"check":"no_panic","event":7,"message":"ouch"}}`
	unknown   = `{"status":"violation","violation":{"check":"taste","event":8,"message":"ugly"}}`
	unmet     = `{"status":"unmet","violation":null}`
	undecided = `{"status":"undecided","violation":null}`
	gaveUp    = `{"status":"internal","error":"a step before all was carried out"}`
	nothing   = `panic: out of memory`
)

// actor returns a program that gives the verdicts.
func actor(t *testing.T, verdicts ...string) Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := Program{root: plant(t, sound), folder: t.TempDir()}
	if err := os.Symlink(self, filepath.Join(p.folder, programName)); err != nil {
		t.Skipf("no program can be linked: %v", err)
	}
	t.Setenv(puppet, strings.Join(verdicts, "\n"))
	return p
}

// The first conviction by a named judge counts, and nothing else does.
func TestAHuntGoesOnUntilANamedJudgeConvicts(t *testing.T) {
	for name, verdicts := range map[string][]string{
		"at once":                   {convicts},
		"later":                     {passes, passes, convicts},
		"another judge":             {another, convicts},
		"a panic is no proof":       {panicked, convicts},
		"nor is a crash":            {gaveUp, nothing, convicts},
		"nor a run without verdict": {unmet, undecided, convicts},
		"nor a judge of another":    {unknown, convicts},
	} {
		t.Run(name, func(t *testing.T) {
			b := Bug{Name: "bug", Judges: []check.Check{check.VoteOnce}, Scenario: "hunts/calm.toml",
				Seeds: uint64(len(verdicts))}
			c, err := b.Hunt(actor(t, verdicts...), 1)
			want := Catch{Conviction{b.Seeds, check.VoteOnce, 5, "twice"}, b.Seeds}
			if err != nil || c != want {
				t.Errorf("caught %+v, %v; want %+v", c, err, want)
			}
		})
	}
}

// A hunt begins with the seed that it is given, and counts from there.
func TestAHuntBeginsWhereItIsTold(t *testing.T) {
	b := Bug{Judges: []check.Check{check.VoteOnce}, Scenario: "hunts/calm.toml", Seeds: 3}
	c, err := b.Hunt(actor(t, convicts, convicts, passes, convicts), 3)
	if err != nil || c.Seed != 4 || c.Runs != 2 {
		t.Errorf("caught %+v, %v; want seed 4, the second run", c, err)
	}
}

// A panic that the file predicts is a conviction like any other.
func TestAPanicThatWasPredicted(t *testing.T) {
	b := Bug{Judges: []check.Check{check.NoPanic}, Scenario: "hunts/calm.toml", Seeds: 1}
	if c, err := b.Hunt(actor(t, panicked), 1); err != nil || c.Judge != check.NoPanic {
		t.Errorf("caught %+v, %v", c, err)
	}
}

// Seeds beyond those that the file grants are not run.
func TestAHuntEndsWithItsSeeds(t *testing.T) {
	b := Bug{Judges: []check.Check{check.VoteOnce}, Scenario: "hunts/calm.toml", Seeds: 2}
	if c, err := b.Hunt(actor(t, passes, passes, convicts), 1); err == nil {
		t.Errorf("caught %+v", c)
	}
}

// A hunt in vain says what it saw.
func TestAHuntInVain(t *testing.T) {
	for name, c := range map[string]struct {
		verdicts []string
		want     []string
	}{
		"nothing": {[]string{passes, passes}, []string{"no judge convicts any run", "seeds 1 to 2"}},
		"others": {[]string{another, panicked}, []string{
			"seed 1: log_matching, event 6: unlike", "seed 2: no_panic, event 7: ouch"}},
		"crashes": {[]string{gaveUp, nothing}, []string{
			"seed 1: a step before all was carried out", "seed 2: it tells no verdict"}},
		"no verdict": {[]string{unmet, undecided}, []string{
			"its status is unmet", "its status is undecided, and no judge convicts it"}},
		"another program": {[]string{unknown}, []string{`convicted by "taste", which this program`}},
		"much":            {[]string{another, another, another, another, another}, []string{"seed 3", "and 2 more"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := Bug{Name: "bug", Judges: []check.Check{check.VoteOnce}, Scenario: "hunts/calm.toml",
				Seeds: uint64(len(c.verdicts))}
			_, err := b.Hunt(actor(t, c.verdicts...), 1)
			for _, want := range append(c.want, "testdata/zoo/bug.toml: none of its judges convicts") {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %v, want %q in it", err, want)
				}
			}
		})
	}
}

// The table has a row a bug, and says whether a lemma or a theorem fell.
func TestTable(t *testing.T) {
	b := Bug{Name: "bug", About: "all is wrong"}
	got := Table([]TableRow{
		{&b, Catch{Conviction{Judge: check.VoteOnce}, 3}},
		{&b, Catch{Conviction{Judge: check.LogMatching}, 1}},
	})
	want := "| bug | what goes wrong | convicted by | seeds |\n|---|---|---|---|\n" +
		"| [bug](testdata/zoo/bug.toml) | all is wrong | `vote_once`, lemma | 3 |\n" +
		"| [bug](testdata/zoo/bug.toml) | all is wrong | `log_matching`, theorem | 1 |\n"
	if got != want {
		t.Errorf("the table is\n%swant\n%s", got, want)
	}
}
