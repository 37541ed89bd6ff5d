package scenario

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// TestMeasurements: what a file of durations can hold, and what is said of what it cannot.
func TestMeasurements(t *testing.T) {
	const column = "several columns, want one, with a duration such as \"1.5ms\""
	for text, want := range map[string]string{
		"1ms\n2ms\n":                      "",
		"\ufeff\r\n# c\r\nrtt_p50\r\n1ms": "",
		"\"rtt\"\n\"1ms\"\n\"2ms\"":       "",
		"0s":                              "",
		"1281023h":                        "",
		"1281024h":                        `m.csv:1:1: "1281024h" is too long, want at most 146 years`,
		"9999999h":                        `m.csv:1:1: "9999999h" is too long, want at most 146 years`,
		"0.1ns":                           `m.csv:1:1: "0.1ns" is less than 1ns, want 0s, or 1ns or more`,
		"p50,1ms":                         `m.csv:1:1: "p50,1ms" is ` + column,
		"NaN":                             `m.csv:1:1: "NaN" is not a duration, want for example "50ms"`,
		"Inf\n1ms":                        `m.csv:1:1: "Inf" is not a duration, want for example "50ms"`,
		"nonsense 5ms":                    `m.csv:1:1: "nonsense 5ms" is not a duration, want for example "50ms"`,
		"5 ms":                            `m.csv:1:1: "5 ms" has a blank in it, want "5ms"`,
		"a\nb\n1ms":                       `m.csv:2:1: "b" is not a duration, want for example "50ms"`,
		"a":                               "m.csv:1:1: 0 durations in the file, want 1 to 10000, a line each",
		"\"\"":                            `m.csv:1:1: "\"\"" is not a duration, want for example "50ms"`,
		strings.Repeat("1ms\n", 10001):    "m.csv:1:1: 10001 durations in the file, want 1 to 10000, a line each",
	} {
		in := Input{Name: "f", Data: []byte("network.latency = {dist = 'empirical', file = 'm.csv'}")}
		in.Open = func(string) ([]byte, error) { return []byte(text), nil }
		_, err := Read(in)
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%.40q: got\n%v\nwant\n%s", text, err, want)
		}
	}
}

// However often a file is named, and however many of its lines are wrong, that is told once.
func TestMistakesOfMeasurementsAreToldOnce(t *testing.T) {
	in := Input{Name: "f", Data: []byte("network.latency = {dist = 'empirical', file = 'm'}\n" +
		"storage.fsync = {dist = 'empirical', file = 'm'}\n" +
		"workload.think_time = {dist = 'empirical', file = 'none'}")}
	in.Open = func(path string) ([]byte, error) {
		if path == "none" {
			return nil, fs.ErrNotExist
		}
		return []byte(strings.Repeat("x y\n", 500)), nil
	}
	_, err := Read(in)
	wrong, ok := err.(*Error)
	if !ok || len(wrong.Mistakes) != MaxMistakes || wrong.More != 481 {
		t.Errorf("got %v, want 20 mistakes and 481 more", err)
	}
	if first := wrong.Mistakes[0]; first.Source != "f" || wrong.Mistakes[1].Source != "m" {
		t.Errorf("got %v first, want what is wrong in f", first)
	}
}
