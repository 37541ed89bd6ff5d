package vtime

import (
	"math"
	"testing"
	"time"
)

func TestTimeAddSaturates(t *testing.T) {
	for _, c := range []struct {
		at   Time
		d    Duration
		want Time
	}{
		{0, 0, 0},
		{5, 7, 12},
		{5, -5, 0},
		{Never - 1, 0, Never - 1},
		{Never - 1, 1, Never},
		{Never - 1, 2, Never},
		{Never - 1, math.MaxInt64, Never},
		{1, math.MaxInt64, Never},
		{Never, -1, Never},
		{Never, 1, Never},
	} {
		if got := c.at.Add(c.d); got != c.want {
			t.Errorf("%d + %d = %d, want %d", int64(c.at), int64(c.d), int64(got), int64(c.want))
		}
	}
}

func TestTimeSub(t *testing.T) {
	if got := Time(5).Sub(7); got != -2 {
		t.Errorf("5 - 7 = %d, want -2", int64(got))
	}
}

func TestTimeReadsAsSecondsWithMicroseconds(t *testing.T) {
	for at, want := range map[Time]string{
		0:                  "0.000000s",
		999:                "0.000000s",
		1_000:              "0.000001s",
		153_042_000:        "0.153042s",
		153_042_999:        "0.153042s",
		999_999_999:        "0.999999s",
		1_000_000_000:      "1.000000s",
		3_600_000_100_000:  "3600.000100s",
		-5_000:             "-0.000005s",
		Never - 1:          "9223372036.854775s",
		Never:              "never",
		math.MinInt64:      "-9223372036.854775s",
		60_000_000_000 + 1: "60.000000s",
	} {
		if got := at.String(); got != want {
			t.Errorf("Time(%d) reads %q, want %q", int64(at), got, want)
		}
		if got := string(at.AppendTo([]byte("at "))); got != "at "+want {
			t.Errorf("Time(%d) appends as %q, want %q", int64(at), got, "at "+want)
		}
	}
}

func TestDurationReadsLikeTheStandardLibrarys(t *testing.T) {
	for _, d := range []Duration{0, 1, 1500, 300 * Microsecond, 50 * Millisecond, 90 * Second,
		2*Minute + 1, -Second, math.MaxInt64} {
		if got, want := d.String(), time.Duration(d).String(); got != want {
			t.Errorf("Duration(%d) reads %q, want %q", int64(d), got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]Duration{
		"0s":       0,
		"50ms":     50 * Millisecond,
		"1.5s":     1500 * Millisecond,
		".5s":      500 * Millisecond,
		"1m30s":    90 * Second,
		"2h":       120 * Minute,
		"7us":      7 * Microsecond,
		"7µs":      7 * Microsecond,
		"7μs":      7 * Microsecond,
		"9ns":      9,
		"0.0ns":    0,
		"1.9ns":    1,
		"300µs":    300 * Microsecond,
		"2562047h": 2562047 * 60 * Minute,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseDurationSaysWhatIsWrong(t *testing.T) {
	const units = "want ns, us, ms, s, m or h"
	for text, want := range map[string]string{
		"":                    `"" is not a duration, want for example "50ms"`,
		"5":                   `"5" has no unit, want for example "5ms"`,
		"0":                   `"0" has no unit, want for example "0ms"`,
		"1.5":                 `"1.5" has no unit, want for example "1.5ms"`,
		"1s5":                 `"1s5" has no unit, want for example "1s5ms"`,
		"-5ms":                `"-5ms" is negative, want for example "5ms"`,
		"-0s":                 `"-0s" is negative, want for example "0s"`,
		"+5ms":                `"+5ms" is not a duration, want for example "50ms"`,
		"soon":                `"soon" is not a duration, want for example "50ms"`,
		".s":                  `".s" is not a duration, want for example "50ms"`,
		"1.2.3s":              `"1.2.3s" is not a duration, want for example "50ms"`,
		"9999999999999999999": `"9999999999999999999" has no unit, want for example "50ms"`,
		"0.1ns":               `"0.1ns" is less than 1ns, want 0s, or 1ns or more`,
		"0.00000000001s":      `"0.00000000001s" is less than 1ns, want 0s, or 1ns or more`,
		"5d":                  `"5d" has the unknown unit "d", ` + units,
		"5 ms":                `"5 ms" has the unknown unit " ms", ` + units,
		"1s2MS":               `"1s2MS" has the unknown unit "MS", ` + units,
		"2562048h":            `"2562048h" is too long, want at most 292 years`,
		"99999999999999999ms": `"99999999999999999ms" is too long, want at most 292 years`,
	} {
		got, err := ParseDuration(text)
		if err == nil {
			t.Errorf("ParseDuration(%q) = %v, want the error %s", text, got, want)
		} else if err.Error() != want {
			t.Errorf("ParseDuration(%q) says\n\t%s\nwant\n\t%s", text, err, want)
		}
	}
}

func FuzzParseDurationReadsWhatStringWrites(f *testing.F) {
	for _, d := range []int64{0, 1, 1500, 90e9, math.MaxInt64} {
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, d int64) {
		d &= math.MaxInt64
		text := Duration(d).String()
		got, err := ParseDuration(text)
		// Beyond 2^53 ns the standard library's fractions of a unit are rounded.
		if off := int64(got) - d; err != nil || off > d>>50 || -off > d>>50 {
			t.Errorf("ParseDuration(%q) = %d, %v, want %d", text, int64(got), err, d)
		}
	})
}
