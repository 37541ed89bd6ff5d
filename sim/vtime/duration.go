package vtime

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Duration is a span of virtual time in nanoseconds.
type Duration int64

// The units a Duration is written in.
const (
	Nanosecond  Duration = 1
	Microsecond          = 1000 * Nanosecond
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
)

// String gives the span as the standard library writes it, such as "1.5s" or "300µs".
func (d Duration) String() string { return time.Duration(d).String() }

// A DurationError says why a text is no span.
type DurationError struct {
	Text  string
	Wrong string // what is wrong, after the text: "has no unit"
	Want  string // what is allowed; "" if Meant tells it
	Meant string // a span that was perhaps meant; "" for none that is like it
}

// Error is a sentence for who wrote the text, which it quotes.
func (e *DurationError) Error() string {
	want := e.Want
	if want == "" {
		want = fmt.Sprintf("for example %q", cmp.Or(e.Meant, "50ms"))
	}
	return fmt.Sprintf("%q %s, want %s", e.Text, e.Wrong, want)
}

// ParseDuration reads a span such as "50ms" or "1m30s". A unit is required, for 0 too; a sign
// is refused, and what is more than nothing but less than a nanosecond. The error is a
// [*DurationError].
func ParseDuration(text string) (Duration, error) {
	if strings.HasPrefix(text, "-") {
		return 0, &DurationError{Text: text, Wrong: "is negative", Meant: positive(text)}
	}
	span, err := time.ParseDuration(text)
	// The standard library takes a bare "0", and a plus that adds nothing but a second spelling.
	if err != nil || text == "0" || text[0] == '+' {
		return 0, explainDuration(text)
	}
	if span == 0 && strings.ContainsAny(text, "123456789") {
		return 0, &DurationError{Text: text, Wrong: "is less than 1ns", Want: "0s, or 1ns or more"}
	}
	return Duration(span), nil
}

// positive returns the span that a negative one might be meant to be, "" if it is none.
func positive(text string) string {
	if span, err := ParseDuration(strings.TrimLeft(text, "-")); err == nil {
		return span.String()
	}
	return ""
}

// explainDuration says what is wrong with text, which is known to be no span. The standard
// library's own words do not tell a missing unit from an overflow.
func explainDuration(text string) *DurationError {
	const numeric = "0123456789."
	wrong := DurationError{Text: text, Wrong: "is not a duration"}
	for rest := text; rest != ""; {
		afterNumber := strings.TrimLeft(rest, numeric)
		number := strings.TrimSuffix(rest, afterNumber)
		if strings.Trim(number, ".") == "" || strings.Count(number, ".") > 1 {
			break
		}
		unit := afterNumber
		if end := strings.IndexAny(unit, numeric); end >= 0 {
			unit = unit[:end]
		}
		if unit == "" {
			wrong.Wrong = "has no unit"
			if _, err := ParseDuration(text + "ms"); err == nil {
				wrong.Meant = text + "ms"
			}
			break
		}
		if !isUnit(unit) {
			wrong.Wrong = fmt.Sprintf("has the unknown unit %q", unit)
			wrong.Want = "ns, us, ms, s, m or h"
			break
		}
		if rest = afterNumber[len(unit):]; rest == "" {
			wrong.Wrong, wrong.Want = "is too long", "at most 292 years"
		}
	}
	return &wrong
}

func isUnit(unit string) bool {
	switch unit {
	case "ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h": // micro has two code points
		return true
	}
	return false
}
