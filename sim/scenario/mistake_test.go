package scenario

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestMistakes reads the files of testdata/scenario, and compares what is said about each. They are
// there to be read: what is said must help who made the mistake.
func TestMistakes(t *testing.T) {
	datadriven.Walk(t, "../../testdata/scenario", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			in := Input{Name: "dir/f.toml", Data: []byte(d.Input), Open: os.ReadFile}
			for _, a := range d.CmdArgs {
				if a.Key == "set" {
					assignment, err := ParseAssignment(strings.Join(a.Vals, ", "), "-set")
					if err != nil {
						return err.Error() + "\n"
					}
					in.Set = append(in.Set, assignment)
				}
			}
			got, err := Read(in)
			if err == nil {
				t.Fatalf("%s: this is no mistake", d.Pos)
			}
			if got.Scenario != nil {
				t.Errorf("%s: there is a scenario all the same", d.Pos)
			}
			return strings.ReplaceAll(err.Error(), "dir/f.toml:", "") + "\n"
		})
	})
}

// strange is mistakes whose files cannot be shown as they are.
var strange = []struct{ name, data, want string }{
	{"no UTF-8", "num_nodes = 5\nname = \"a\xff\"",
		"2:10: byte 0xff is not UTF-8, want the file saved as UTF-8"},
	{"UTF-16", "\xff\xfen\x00", "1:1: the file is UTF-16, want it saved as UTF-8"},
	{"carriage returns alone", "num_nodes = 5\rnum_clients = 3",
		"1:14: a carriage return ends no line, want a line feed"},
	{"a byte order mark and a mistake", "\ufeffnum_nodes = 0\r\n", "1:13: num_nodes = 0, want 1 to 63"},
	{"a key that breaks the line", "\"a\\nb\" = 1\n", "1:1: unknown key \"a\\nb\", want num_nodes"},
	{"nested too deep", "name = " + strings.Repeat("[", 20_000),
		"1:10008: the brackets are nested too deep, want at most 4 levels"},
	{"5,000 nested brackets", "name = " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"1:8: name is an array, want a string of 1 to 100 bytes, printable and without / and \\"},
	{"5,000 open brackets", "name = " + strings.Repeat("[", 5000), "1:5007: the array has no end, want ]"},
	{"a no-break space behind a value", "num_nodes = 5\u00a0",
		"1:14: U+00A0 is no blank that TOML knows, want a plain one"},
	{"a no-break space before a key", "\u00a0num_nodes = 5",
		"1:1: U+00A0 is no blank that TOML knows, want a plain one"},
	{"a no-break space in a word", "duration = 5\u00a0ms",
		"1:13: U+00A0 is no blank that TOML knows, want a plain one"},
	{"a NUL in a comment", "# \x00", "1:3: a control character in a comment, leave it out"},
	{"a carriage return in a comment", "# a\rb", "1:4: a carriage return ends no line, want a line feed"},
	{"an ESC", "\x1b = 5", "1:1: U+001B begins no key, want key = value"},
	{"an ESC for a value", "num_nodes = \x1b", "1:13: U+001B begins no value, want for example 5"},
	{"too long", strings.Repeat("#", 17<<20), "1:1: the file has more than 16777216 bytes, want at most so many"},
	{"a long key", strings.Repeat("k", 100) + " = 1", "1:1: unknown key \"" + strings.Repeat("k", 60) + "...\", want"},
	{"a NUL", "name = \"a\x00\"", "1:10: a control character in a string, want an escape such as \\u0000"},
}

func TestStrangeMistakes(t *testing.T) {
	for _, test := range strange {
		_, err := Parse("f", []byte(test.data))
		if err == nil {
			t.Errorf("%s: this is no mistake", test.name)
		} else if text := err.Error(); strings.Contains(text, "\n") || !strings.HasPrefix(text, "f:"+test.want) {
			t.Errorf("%s: got\n%v\nwant\nf:%s", test.name, err, test.want)
		}
	}
}

func TestOnlySoManyMistakesAreTold(t *testing.T) {
	_, err := Parse("f", []byte("[raft]"+strings.Repeat("\n[[fault]]", 15)))
	var wrong *Error
	if !errors.As(err, &wrong) {
		t.Fatalf("got %v", err)
	}
	if len(wrong.Mistakes) != MaxMistakes || wrong.More != 10 {
		t.Errorf("%d mistakes and %d more, want %d and 10",
			len(wrong.Mistakes), wrong.More, MaxMistakes)
	}
	lines := strings.Split(err.Error(), "\n")
	if want := "f:11:3: from here on there are 10 more mistakes"; lines[MaxMistakes] != want {
		t.Errorf("the last line is %q, want %q", lines[MaxMistakes], want)
	}
}
