package spelling

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"loss", "latency", "duplicate", "clog", "n1", "slow_link"}
	for word, want := range map[string]string{
		"los": "loss", "lsos": "loss", "LOSS": "loss", "latncy": "latency", "clog_link": "clog",
		"duplicates": "duplicate", "slowlink": "slow_link", "loss": "loss",
		"": "", "x": "", "xyzzy": "", "bandwidth": "", "n9": "n1",
	} {
		if got := Nearest(word, words); got != want {
			t.Errorf("%q is near %q, want %q", word, got, want)
		}
	}
	if got := Nearest("loss", nil); got != "" {
		t.Errorf("among no words there is %q", got)
	}
}
