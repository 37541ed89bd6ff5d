package vtime

import (
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

// ParseDuration reads a span such as "50ms" or "1m30s". A unit is required, for 0 too; a sign
// is refused. The error is a sentence for who wrote the text, which it quotes.
func ParseDuration(text string) (Duration, error) {
	if strings.HasPrefix(text, "-") {
		return 0, fmt.Errorf("%q is negative, want for example %q", text, positive(text))
	}
	span, err := time.ParseDuration(text)
	// The standard library takes a bare "0", and a plus that adds nothing but a second spelling.
	if err != nil || text == "0" || text[0] == '+' {
		return 0, explainDuration(text)
	}
	return Duration(span), nil
}

// positive returns the duration that a negative one might be meant to be.
func positive(text string) string {
	if span, err := ParseDuration(strings.TrimLeft(text, "-")); err == nil {
		return span.String()
	}
	return "50ms"
}

// explainDuration says what is wrong with text, which is known to be no duration. The standard
// library's own words do not tell a missing unit from an overflow.
func explainDuration(text string) error {
	const numeric = "0123456789."
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
			return fmt.Errorf("%q has no unit, want for example %q", text, text+"ms")
		}
		if !isUnit(unit) {
			return fmt.Errorf("%q has the unknown unit %q, want ns, us, ms, s, m or h", text, unit)
		}
		if rest = afterNumber[len(unit):]; rest == "" {
			return fmt.Errorf("%q is too long, want at most 292 years", text)
		}
	}
	return fmt.Errorf("%q is not a duration, want for example \"50ms\"", text)
}

func isUnit(unit string) bool {
	switch unit {
	case "ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h": // micro has two code points
		return true
	}
	return false
}
