package sweep

import (
	"slices"
	"strings"
	"testing"

	"raftkv/scenarios"
	"raftkv/sim/check"
	"raftkv/sim/lab"
	"raftkv/sim/scenario"
)

func canary(t *testing.T) *scenario.Scenario {
	data, ok := scenarios.Read("canary")
	if !ok {
		t.Fatal("there is no canary")
	}
	return parse(t, "canary", string(data))
}

// TestCanary: theorems and lemmas convict it, and what does is kept.
func TestCanary(t *testing.T) {
	s := canary(t)
	c := Release(s)
	if len(c.Silent) > 0 || c.Scenario != "canary" || c.Seed != CanarySeed {
		t.Errorf("got %+v", c)
	}
	kinds := map[check.Kind]int{}
	for _, must := range mustConvict() {
		kinds[must.Kind()]++
		if !slices.Contains(c.Checks, must.String()) {
			t.Errorf("%v is not among %q", must, c.Checks)
		}
	}
	if kinds[check.Theorem] < 1 || kinds[check.Lemma] < 1 {
		t.Errorf("what must convict it are %v", mustConvict())
	}
	r := new(lab.Lab).Run(s, CanarySeed, nil)
	if r.Hash.String() != c.Trace {
		t.Errorf("the canary had trace %s, want %v", c.Trace, r.Hash)
	}
	for _, v := range r.Checks {
		if want := v.Status == check.Violated; slices.Contains(c.Checks, v.Check.String()) != want {
			t.Errorf("%v is %v, the checks are %q", v.Check, v.Status, c.Checks)
		}
	}
}

// TestEverySeedOfTheCanaryIsConvicted by all that must: it is no matter of luck, which the next change
// of the world would turn.
func TestEverySeedOfTheCanaryIsConvicted(t *testing.T) {
	s := canary(t)
	world := new(lab.Lab)
	for seed := uint64(1); seed <= 300; seed++ {
		r := world.Run(s, seed, nil)
		for _, v := range r.Checks {
			if slices.Contains(mustConvict(), v.Check) && v.Status != check.Violated {
				t.Fatalf("with seed %d %v is %v", seed, v.Check, v.Status)
			}
		}
	}
}

// TestASilentJudgeIsNamed: the canary of a code that changes it says by whom it is convicted, and by
// whom it should be.
func TestASilentJudgeIsNamed(t *testing.T) {
	const five = "election_safety, log_matching, state_machine_safety, acknowledged, durability"
	for _, must := range mustConvict() {
		s := canary(t)
		s.ChecksOff = []string{must.String()}
		c := Release(s)
		if !c.Convicted() || !slices.Equal(c.Silent, []string{must.String()}) {
			t.Errorf("without %v: got %+v", must, c)
		}
		want := "this code changes the canary: canary with seed 1 is convicted by " +
			strings.Join(c.Checks, ", ") + " only, expected " + five
		if c.String() != want {
			t.Errorf("without %v: it says %v, want %s", must, &c, want)
		}
	}
	c := Release(parse(t, "calm", calm))
	want := "calm with seed 1 must fail, and no judge convicts it, expected " + five +
		": what they let pass says nothing"
	if c.Convicted() || len(c.Silent) != len(mustConvict()) || c.String() != want {
		t.Errorf("of one that survives: got %+v, it says %v", c, &c)
	}
}

// TestWhatACanaryIsWorth: where no judge convicts it, and none convicts a run, a sweep is void, also
// once it is merged; a conviction, of the canary or of a run, is enough to go by the runs.
func TestWhatACanaryIsWorth(t *testing.T) {
	// Only where nothing heals does finished convict who is never answered.
	calm := "settle = \"off\"\n" + calm
	convicted, weak, blind := []string{"finished"}, []string{"durability"}, []string{}
	for _, test := range []struct {
		silent, checks []string
		scenario       string
		want           lab.Status
		say            string
	}{
		{checks: convicted, scenario: calm, want: lab.Pass, say: ", as it must be"},
		{checks: convicted, silent: weak, scenario: calm, want: lab.Pass,
			say: "this code changes the canary: "},
		{checks: blind, scenario: calm, want: lab.Void, say: "no judge convicts it"},
		{checks: blind, scenario: calm + "[expect]\nmin_leaders = 2\n", want: lab.Void,
			say: "no judge convicts it"},
		{checks: blind, scenario: calm + "[network]\nloss = 1.0\n", want: lab.Violated,
			say: "no judge convicts it"},
		{checks: convicted, silent: weak, scenario: calm + "[network]\nloss = 1.0\n",
			want: lab.Violated, say: "this code changes the canary: "},
	} {
		p := planOf(t, "1-3", 0)
		p.Canary.Checks, p.Canary.Silent = test.checks, test.silent
		p.Subjects = []Subject{subject(t, "one", test.scenario)}
		r := New(p)
		file := append(p.Header(), inOrder(t, &p, sweepAll(t, r, 2))...)
		said := text(t, r)
		if got := r.Status(); got != test.want || !strings.Contains(words(t, r), test.say) {
			t.Errorf("%+v: %s\n%s", test, got, said)
		}
		_, merged, err := merge(t, file)
		if err != nil || text(t, merged) != said {
			t.Errorf("%+v: merged it says another thing: %v", test, err)
		}
	}
}
