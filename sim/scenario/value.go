package scenario

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"raftkv/sim/choice"
	"raftkv/sim/spelling"
	"raftkv/sim/vtime"
)

// maxCount bounds numbers that nothing else bounds.
const maxCount = 1_000_000

// integer is a whole number from low to high; math.MaxInt64 counts as no bound.
func integer[T int | uint32 | uint64](low, high int64) kind[T] {
	k := kind[T]{write: func(v T) string { return strconv.FormatUint(uint64(v), 10) }}
	k.schema = jsonSchema{"type": "integer", "minimum": low, "maximum": high}
	k.want, k.example = fmt.Sprintf("%d to %d", low, high), strconv.FormatInt(max(low, 1), 10)
	if high == math.MaxInt64 {
		k.want = fmt.Sprintf("%d or more", low)
	}
	k.read = func(r *reader, n *node) (T, bool) {
		v, whole := n.value.(int64)
		switch {
		case !whole:
			return 0, r.refuse(n, "a whole number, %s", k.want)
		case low <= v && v <= high:
			return T(v), true
		}
		return 0, r.refuse(n, "%s", k.want)
	}
	return k
}

// optional is a kind whose zero value is one that a file would not say.
func optional[V comparable](k kind[V]) kind[V] {
	write := k.write
	k.write = func(v V) string {
		var unsaid V
		if v == unsaid {
			return ""
		}
		return write(v)
	}
	return k
}

// ratio is a probability.
var ratio = kind[choice.Ratio]{
	form: form{want: "0 to 1", example: "0.05",
		schema: jsonSchema{"type": "number", "minimum": 0, "maximum": 1}},
	read: func(r *reader, n *node) (choice.Ratio, bool) {
		f, number := n.number()
		v, err := choice.RatioOf(f)
		if !number || err != nil {
			return 0, r.refuse(n, "0 to 1")
		}
		return v, true
	},
	write: choice.Ratio.String,
}

// number returns the value of a whole number or a float.
func (n *node) number() (float64, bool) {
	if whole, ok := n.value.(int64); ok {
		return float64(whole), true
	}
	f, ok := n.value.(float64)
	return f, ok
}

// decimal is a number from low to high.
func decimal(low, high float64) kind[float64] {
	k := kind[float64]{}
	k.want, k.example = decimalText(low)+" to "+decimalText(high), "1.0"
	k.schema = jsonSchema{"type": "number", "minimum": low, "maximum": high}
	k.read = func(r *reader, n *node) (float64, bool) {
		f, ok := n.number()
		if !ok || !(low <= f && f <= high) { // said so, nan is refused too
			return 0, r.refuse(n, "%s", k.want)
		}
		return f, true
	}
	return k
}

// thousandths is a number from low to high thousandths, kept as a number of them.
func thousandths[T uint32 | uint64](low, high T) kind[T] {
	const one = 1000
	k := kind[T]{form: decimal(float64(low)/one, float64(high)/one).form}
	k.read = func(r *reader, n *node) (T, bool) {
		f, ok := decimal(float64(low)/one, float64(high)/one).read(r, n)
		return T(math.Round(f * one)), ok
	}
	k.write = func(v T) string { return decimalText(float64(v) / one) }
	return k
}

func decimalText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

var boolean = kind[bool]{
	form: form{want: "true or false", example: "true", schema: jsonSchema{"type": "boolean"}},
	read: func(r *reader, n *node) (bool, bool) {
		v, ok := n.value.(bool)
		return v, ok || r.refuse(n, "true or false")
	},
	write: strconv.FormatBool,
}

// text is any string.
var text = optional(kind[string]{
	form: form{want: "a string", example: `"..."`, schema: jsonSchema{"type": "string"}},
	read: func(r *reader, n *node) (string, bool) {
		v, ok := n.value.(string)
		return v, ok || r.refuse(n, "a string")
	},
	write: quote,
})

// quote returns a string as a file writes it.
func quote(s string) string {
	b := []byte{'"'}
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\t':
			b = append(b, `\t`...)
		case !unicode.IsPrint(c):
			b = fmt.Appendf(b, `\U%08x`, c)
		default:
			b = append(b, string(c)...)
		}
	}
	return string(append(b, '"'))
}

const (
	longestTitle = 100
	titleWant    = "a string of 1 to 100 bytes, printable and without / and \\"
)

// title is a text that can be part of a folder's name.
var title = kind[string]{
	form: form{
		want: titleWant, example: `"my-test"`,
		schema: jsonSchema{
			"type": "string", "minLength": 1, "maxLength": longestTitle,
			"pattern": `^[^/\\\x00-\x1f\x7f-\x9f]*$`},
	},
	read: func(r *reader, n *node) (string, bool) {
		v, ok := n.value.(string)
		if !ok || v == "" || len(v) > longestTitle || strings.ContainsFunc(v, noTitle) {
			return "", r.refuse(n, titleWant)
		}
		return v, true
	},
	write: quote,
}

func noTitle(c rune) bool { return !unicode.IsPrint(c) || c == '/' || c == '\\' }

// titleOf is the title that is most like a file's name.
func titleOf(file string) string {
	name := strings.Map(func(c rune) rune {
		if noTitle(c) || c == utf8.RuneError {
			return '-'
		}
		return c
	}, strings.TrimSuffix(filepath.Base(file), ".toml"))
	if len(name) > longestTitle {
		name = strings.ToValidUTF8(name[:longestTitle], "")
	}
	if name == "" || name == "." {
		return "scenario"
	}
	return name
}

// label is the name that a scenario gives to something of its own.
var label = kind[string]{
	form: form{want: "a name of 1 to 100 bytes", example: `"first"`,
		schema: jsonSchema{"type": "string", "minLength": 1, "maxLength": 100}},
	read: func(r *reader, n *node) (string, bool) {
		const longest = 100
		v, ok := n.value.(string)
		ok = ok && v != "" && len(v) <= longest
		return v, ok || r.refuse(n, "a name of 1 to %d bytes", longest)
	},
	write: quote,
}

// word is one of a few strings.
func word(allowed ...string) kind[string] {
	k := kind[string]{write: optional(kind[string]{write: quote}).write}
	k.want, k.example = either(quoted(allowed)), quote(allowed[0])
	k.schema = jsonSchema{"enum": allowed}
	k.read = func(r *reader, n *node) (string, bool) {
		v, ok := n.value.(string)
		if ok && slices.Contains(allowed, v) {
			return v, true
		}
		return "", r.refuse(n, "%s%s", k.want, didYouMean(v, allowed))
	}
	return k
}

// seed is a number of 64 bits. It may be a string, because a TOML integer has a sign.
var seed = kind[*uint64]{
	form: form{
		want: `a number of 64 bits, such as 42, "42" or "0x2a", or a whole git commit hash`,
		schema: jsonSchema{"anyOf": []jsonSchema{
			{"type": "integer", "minimum": 0},
			{"type": "string",
				"pattern": `^([0-9]+|0x[0-9a-fA-F]+|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$`},
		}},
	},
	read: func(r *reader, n *node) (*uint64, bool) {
		if v, ok := n.value.(int64); ok && v >= 0 {
			seed := uint64(v)
			return &seed, true
		}
		if s, ok := n.value.(string); ok {
			if v, ok := ParseSeed(s); ok {
				return &v, true
			}
		}
		return nil, r.refuse(n,
			`a number of 64 bits, such as 42, "42" or "0x2a", or a whole git commit hash`)
	},
	write: func(v *uint64) string {
		if v == nil {
			return ""
		}
		return `"` + strconv.FormatUint(*v, 10) + `"`
	},
}

// ParseSeed reads a seed, as scenarios and the command's flags write it: a number of 64 bits,
// decimal or, after 0x, hexadecimal; or a git commit hash of 40 or 64 digits, which stands for its
// first 64 bits. It returns false for anything else.
func ParseSeed(text string) (uint64, bool) {
	const hashDigits, longHashDigits, seedDigits = 40, 64, 16
	digits, base := text, 10
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		digits, base = hex, 16
	} else if len(text) == hashDigits || len(text) == longHashDigits {
		if strings.Trim(text, "0123456789abcdefABCDEF") != "" {
			return 0, false
		}
		digits, base = text[:seedDigits], 16
	}
	v, err := strconv.ParseUint(digits, base, 64)
	return v, err == nil
}

// span is a duration of at least low, which is said in words.
func span(low vtime.Duration, least string) kind[vtime.Duration] {
	k := kind[vtime.Duration]{write: func(d vtime.Duration) string { return quote(d.String()) }}
	k.want, k.example = `a duration such as "50ms"`, `"50ms"`
	k.schema = jsonSchema{"type": "string", "pattern": durationPattern}
	if low > 0 {
		k.schema["not"] = jsonSchema{"pattern": "^[^1-9]*$"}
	}
	if low > vtime.Nanosecond {
		k.want += ", " + least
	}
	k.read = func(r *reader, n *node) (vtime.Duration, bool) {
		s, ok := n.value.(string)
		if !ok {
			return 0, r.refuse(n, "%s", k.want)
		}
		v, wrong := parseSpan(s, low)
		if wrong != nil {
			r.note(n.valueAt, "%s: %s", n.label(), wrong)
			return 0, false
		}
		if v < low {
			return 0, r.refuse(n, "%s", least)
		}
		return v, true
	}
	return k
}

// longestSpan leaves room for a sum of two.
const longestSpan = vtime.Duration(choice.MaxNumber)

// parseSpan reads a duration that a file can have; a measurement's line can have the same. What the
// mistake, if any, says instead is such a duration, and at least low.
func parseSpan(text string, low vtime.Duration) (vtime.Duration, *vtime.DurationError) {
	v, err := vtime.ParseDuration(text)
	wrong, _ := err.(*vtime.DurationError)
	if wrong == nil && v <= longestSpan {
		return v, nil
	}
	if wrong == nil || wrong.Wrong == "is too long" {
		return 0, &vtime.DurationError{Text: text, Wrong: "is too long", Want: "at most 146 years"}
	}
	fits := func(text string) bool {
		v, err := vtime.ParseDuration(text)
		return err == nil && low <= v && v <= longestSpan
	}
	if wrong.Meant != "" && !fits(wrong.Meant) {
		wrong.Meant = ""
	}
	if joined := strings.ReplaceAll(text, " ", ""); joined != text && fits(joined) {
		wrong.Wrong, wrong.Want = "has a blank in it", strconv.Quote(joined)
	}
	if low > 0 && strings.HasPrefix(wrong.Want, "0s") {
		wrong.Want = low.String() + " or more"
	}
	return 0, wrong
}

const durationPattern = `^(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`

// shortestTimer keeps a run from drowning in timers before anything else happens.
const shortestTimer = 100 * vtime.Microsecond

var (
	anySpan  = span(0, "")
	positive = span(vtime.Nanosecond, "more than 0s")
	timer    = span(shortestTimer, `at least "100us"`)
)

// instant is a time of the run, written as the span since its start.
var instant = kind[vtime.Time]{
	form: anySpan.form,
	read: func(r *reader, n *node) (vtime.Time, bool) {
		v, ok := anySpan.read(r, n)
		return vtime.Time(v), ok
	},
	write: func(t vtime.Time) string { return anySpan.write(t.Sub(0)) },
}

// orOff is what k reads, or "off" for the zero value.
func orOff[V any](k kind[V], off V, isOff func(V) bool) kind[V] {
	either := k
	either.want = k.want + `, or "off"`
	either.schema = jsonSchema{"anyOf": []jsonSchema{{"const": "off"}, k.jsonSchema()}}
	either.members = nil
	either.read = func(r *reader, n *node) (V, bool) {
		switch {
		case n.value == "off":
			return off, true
		case n.meansOff():
			return off, r.refuse(n, "%s, did you mean \"off\"?", either.want)
		case k.members != nil && n.shape != table, k.schema["type"] == "string" && n.isNoText():
			return off, r.refuse(n, "%s", either.want)
		}
		return k.read(r, n)
	}
	either.write = func(v V) string {
		if isOff(v) {
			return `"off"`
		}
		return k.write(v)
	}
	return either
}

// isNoText tells whether a value is something else than a string.
func (n *node) isNoText() bool {
	_, text := n.value.(string)
	return !text
}

// meansOff tells whether a value that is not "off" is what others call so.
func (n *node) meansOff() bool {
	switch v := n.value.(type) {
	case bool:
		return !v
	case int64:
		return v == 0
	case string:
		span, err := vtime.ParseDuration(v)
		words := []string{"none", "never", "no", "false", "disabled", "0"}
		return err == nil && span == 0 || slices.Contains(words, strings.ToLower(v)) ||
			spelling.Nearest(v, []string{"off"}) != ""
	}
	return false
}

// byteCount is a number of bytes, with or without a unit.
var byteCount = kind[uint64]{
	form: form{
		want: `a number of bytes such as 4096, "64KB" or "1MB"`, example: `"1MB"`,
		schema: jsonSchema{"anyOf": []jsonSchema{
			{"type": "integer", "minimum": 1},
			{"type": "string", "pattern": `^[0-9]+(B|KB|MB|GB)$`},
		}},
	},
	read: func(r *reader, n *node) (uint64, bool) {
		bytes, ok := n.bytes()
		return bytes, ok || r.refuse(n, `a number of bytes such as 4096, "64KB" or "1MB"`)
	},
	write: func(bytes uint64) string { return strconv.FormatUint(bytes, 10) },
}

// bytes returns the value of a number of bytes, which is at least one.
func (n *node) bytes() (uint64, bool) {
	v, ok := n.value.(int64)
	if s, isString := n.value.(string); isString {
		v, ok = parseBytes(s)
	}
	return uint64(v), ok && v >= 1
}

func parseBytes(s string) (int64, bool) {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"KB", 1000}, {"MB", 1000_000}, {"GB", 1000_000_000}, {"B", 1}} {
		if digits, ok := strings.CutSuffix(s, unit.name); ok {
			v, err := strconv.ParseInt(digits, 10, 64)
			return v * unit.bytes, err == nil && v <= math.MaxInt64/unit.bytes
		}
	}
	return 0, false
}
