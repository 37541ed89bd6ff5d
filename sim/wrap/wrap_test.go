package wrap

import "testing"

func TestHanging(t *testing.T) {
	for _, test := range []struct{ label, text, want string }{
		{"", "", "\n"},
		{"a", "", "a\n"},
		{"a", "one", "a     one\n"},
		{"a", "one two three", "a     one two\n      three\n"},
		{"a", " one  two\nthree ", "a     one two\n      three\n"},
		{"a", "unbreakable", "a     unbreakable\n"},
		{"a", "one unbreakable two", "a     one\n      unbreakable\n      two\n"},
		{"label", "one", "label one\n"},
		{"labels", "one", "labels\n      one\n"},
		{"ä§", "öne twö", "ä§    öne twö\n"},
	} {
		if got := Hanging(test.label, 6, 13, test.text); got != test.want {
			t.Errorf("%q, %q: got\n%q, want\n%q", test.label, test.text, got, test.want)
		}
	}
}
