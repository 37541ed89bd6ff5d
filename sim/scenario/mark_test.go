package scenario

import (
	"testing"

	"raftkv/sim/mark"
	"raftkv/sim/record"
)

// readCondition reads the value of a key as a condition, in a world of 3 servers and some clients.
func readCondition(t *testing.T, value string, clients uint32) (mark.Condition, []Mistake) {
	t.Helper()
	root, slips, whole := parseFile(&source{name: "f"}, []byte("when = "+value))
	if !whole || len(slips) > 0 {
		t.Fatalf("%s: %v", value, slips)
	}
	r := reader{scenario: &Scenario{}}
	r.scenario.Cluster.Servers, r.scenario.Cluster.Clients = 3, clients
	c, ok := condition.read(&r, root.child("when"))
	if ok != (len(r.mistakes) == 0) {
		t.Errorf("%s: fine %v, but %v", value, ok, r.mistakes)
	}
	return c, r.mistakes
}

func TestConditionsOfFaults(t *testing.T) {
	for value, want := range map[string]mark.Condition{
		`"leader_elected#2"`: {What: mark.LeaderElected, Nth: 2},
		`"persisted n3 #7"`:  {What: mark.OfKind(record.Persisted), Server: 3, Nth: 7},
		`"returned c2"`:      {What: mark.OfKind(record.Returned), Client: 2, Nth: 1},
	} {
		got, mistakes := readCondition(t, value, 2)
		if got != want || mistakes != nil {
			t.Errorf("%s is %v, %v, want %v", value, got, mistakes, want)
		}
		if back, _ := readCondition(t, condition.write(got), 2); back != got {
			t.Errorf("%v is written %s", got, condition.write(got))
		}
	}
	if text := condition.write(mark.Condition{}); text != "" {
		t.Errorf("no condition is written %s", text)
	}
}

func TestMistakesOfConditionsOfFaults(t *testing.T) {
	for _, test := range []struct {
		value   string
		clients uint32
		want    string
	}{
		{`"leader_electd #2"`, 2, `when = "leader_electd #2": there is no mark "leader_electd", ` +
			`did you mean "leader_elected"?`},
		{`"persist n3"`, 2, `when = "persist n3": there is no mark "persist", did you mean "persisted"?`},
		{`"persisted n4"`, 2, `when = "persisted n4": "n4" is no server, want n1 to n3`},
		{`"returned c3"`, 2, `when = "returned c3": there is no client c3, want c1 to c2`},
		{`"returned c3"`, 1, `when = "returned c3": there is no client c3, want c1`},
		{`"returned c1"`, 0, `when = "returned c1": there is no client c1, want num_clients = 1 or more`},
		{`7`, 2, `when = 7, want for example "leader_elected #2"`},
		{`"split_vote #0"`, 2, `when = "split_vote #0": "#0" is no number in order, ` +
			`want #1 to #1000000000`},
	} {
		c, mistakes := readCondition(t, test.value, test.clients)
		if len(mistakes) != 1 || mistakes[0].Text != test.want || mistakes[0].Column != 8 {
			t.Errorf("%s is %v: %+v, want\n%s", test.value, c, mistakes, test.want)
		}
	}
}
