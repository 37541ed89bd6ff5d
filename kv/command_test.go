package kv_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/kv"
)

// goldenEncodings may not change: logs and recordings hold these bytes.
var goldenEncodings = []struct {
	command kv.Command
	encoded string
}{
	{kv.Command{Op: kv.Put, Key: "a", Value: "1"}, "\x01\x01\x01a\x011"},
	{kv.Command{Op: kv.Put}, "\x01\x01\x00\x00"},
	{kv.Command{Op: kv.Get, Key: "a"}, "\x01\x02\x01a"},
	{kv.Command{Op: kv.Get}, "\x01\x02\x00"},
	{kv.Command{Op: kv.Delete, Key: "a\x00\xff"}, "\x01\x03\x03a\x00\xff"},
	{kv.Command{Op: kv.Noop}, "\x01\x04"},
	{kv.Command{Op: kv.OpenSession}, "\x01\x05"},
	{
		kv.Command{Op: kv.Put, Key: "a", Value: "1", Session: 7, Sequence: 1},
		"\x02\x01\x07\x01\x01a\x011",
	},
	{kv.Command{Op: kv.Get, Key: "a", Session: 300, Sequence: 128}, "\x02\x02\xac\x02\x80\x01\x01a"},
	{
		kv.Command{Op: kv.Delete, Session: 1<<64 - 1, Sequence: 1 << 63},
		"\x02\x03" + strings.Repeat("\xff", 9) + "\x01" + strings.Repeat("\x80", 9) + "\x01\x00",
	},
	{
		kv.Command{Op: kv.Put, Key: strings.Repeat("k", 128), Value: strings.Repeat("v", 300)},
		"\x01\x01\x80\x01" + strings.Repeat("k", 128) + "\xac\x02" + strings.Repeat("v", 300),
	},
}

func TestGoldenEncodings(t *testing.T) {
	for _, g := range goldenEncodings {
		if got := g.command.Encode(); got != g.encoded {
			t.Errorf("%v: encoded %q, want %q", g.command, got, g.encoded)
		}
		if got, err := kv.Decode(g.encoded); err != nil || got != g.command {
			t.Errorf("%q: decoded %v, %v, want %v", g.encoded, got, err, g.command)
		}
	}
}

// malformed is one string for each way not to be a command.
var malformed = []struct{ encoded, reason string }{
	{"", "0 bytes, want a format and an operation"},
	{"\x01", "1 bytes, want a format and an operation"},
	{"\x00\x04", "format 0, want 1 or 2"},
	{"\x03\x04", "format 3, want 1 or 2"},
	{"\x01\x00", "Op(0) is no operation"},
	{"\x01\x06", "Op(6) is no operation"},
	{"\x02\x06", "Op(6) is no operation"},
	{"\x02\x04", "noop in a session"},
	{"\x02\x05\x01\x01", "open session in a session"},
	{"\x02\x02", "session of get: number is cut off"},
	{"\x02\x02\x00\x01\x00", "session of get is 0"},
	{"\x02\x02\x81\x00\x01\x00", "session of get: number is not in its shortest form"},
	{"\x02\x02\x01", "sequence of get: number is cut off"},
	{"\x02\x02\x01\x00\x00", "sequence of get is 0"},
	{"\x02\x02\x01" + strings.Repeat("\xff", 9) + "\x02", "sequence of get: number exceeds 64 bits"},
	{"\x02\x02\x01\x01", "key of get: length is cut off"},
	{"\x02\x02\x01\x01\x00\x00", "1 bytes after the end of get"},
	{"\x01\x05\x01", "1 bytes after the end of open session"},
	{"\x01\xff", "Op(255) is no operation"},
	{"\x01\x04\x00", "1 bytes after the end of noop"},
	{"\x01\x04\x01a", "2 bytes after the end of noop"},
	{"\x01\x02\x01a\x011", "2 bytes after the end of get"},
	{"\x01\x03\x01a\x00", "1 bytes after the end of delete"},
	{"\x01\x01\x01a\x011!", "1 bytes after the end of put"},
	{"\x01\x02", "key of get: length is cut off"},
	{"\x01\x02\x80", "key of get: length is cut off"},
	{"\x01\x01\x01a", "value of put: length is cut off"},
	{"\x01\x02\x02a", "key of get: 2 bytes announced, 1 left"},
	{"\x01\x01\x01a\x05tiny", "value of put: 5 bytes announced, 4 left"},
	{"\x01\x02\x81\x00a", "key of get: length is not in its shortest form"},
	{"\x01\x02\x80\x00", "key of get: length is not in its shortest form"},
	{"\x01\x02\x80\x80\x80\x80\x00", "key of get: length is not in its shortest form"},
	{"\x01\x02\x81\x08", "key of get: 1025 bytes, want at most 1024"},
	{"\x01\x01\x00\x81\x80\x40", "value of put: 1048577 bytes, want at most 1048576"},
	// 2^32 + 1 is 1 in an int of 32 bits, 2^63 is negative in one of 64.
	{"\x01\x02\x81\x80\x80\x80\x10a", "key of get: 4294967297 bytes, want at most 1024"},
	{
		"\x01\x02" + strings.Repeat("\x80", 9) + "\x01",
		"key of get: 9223372036854775808 bytes, want at most 1024",
	},
	{"\x01\x02" + strings.Repeat("\xff", 9) + "\x02", "key of get: length exceeds 64 bits"},
	{"\x01\x02" + strings.Repeat("\x80", 10) + "\x01", "key of get: length exceeds 64 bits"},
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	for _, m := range malformed {
		c, err := kv.Decode(m.encoded)
		if want := "kv: malformed command: " + m.reason; err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", m.encoded, err, want)
		}
		if !errors.Is(err, kv.ErrMalformed) {
			t.Errorf("%q: %v does not wrap ErrMalformed", m.encoded, err)
		}
		if c != (kv.Command{}) {
			t.Errorf("%q: an error, yet a command %v", m.encoded, c)
		}
	}
}

func TestLimitsAreInclusive(t *testing.T) {
	largest := kv.Command{
		Op:    kv.Put,
		Key:   strings.Repeat("k", kv.MaxKey),
		Value: strings.Repeat("v", kv.MaxValue),
	}
	if got, err := kv.Decode(largest.Encode()); err != nil || got != largest {
		t.Errorf("the largest command does not survive: %v", err)
	}
}

func TestEncodePanicsOnInvalidCommands(t *testing.T) {
	for want, c := range map[string]kv.Command{
		"Op(0) is no operation":                         {},
		"Op(6) is no operation":                         {Op: kv.OpenSession + 1},
		"noop in a session":                             {Op: kv.Noop, Session: 1, Sequence: 1},
		"open session in a session":                     {Op: kv.OpenSession, Session: 1, Sequence: 1},
		"get in a session, without a sequence number":   {Op: kv.Get, Session: 1},
		"get with a sequence number, but in no session": {Op: kv.Get, Sequence: 1},
		"get with a value":                              {Op: kv.Get, Key: "a", Value: "1"},
		"delete with a value":                           {Op: kv.Delete, Key: "a", Value: "1"},
		"noop with a value":                             {Op: kv.Noop, Value: "1"},
		"noop with a key":                               {Op: kv.Noop, Key: "a"},
		"key of 1025 bytes, want at most 1024":          {Op: kv.Get, Key: strings.Repeat("k", kv.MaxKey+1)},
		"value of 1048577 bytes, want at most 1048576": {
			Op: kv.Put, Value: strings.Repeat("v", kv.MaxValue+1),
		},
	} {
		want = "kv: encoding an invalid command: " + want
		if got := panicOf(func() { c.Encode() }); got != want {
			t.Errorf("panic %v, want %s", got, want)
		}
	}
}

func panicOf(f func()) (recovered any) {
	defer func() { recovered = recover() }()
	f()
	return nil
}

// validCommands leans to short fields, and has lengths on both sides of the one-byte uvarint.
func validCommands() *rapid.Generator[kv.Command] {
	return rapid.Custom(func(t *rapid.T) kv.Command {
		ops := []kv.Op{kv.Put, kv.Get, kv.Delete, kv.Noop, kv.OpenSession}
		c := kv.Command{Op: rapid.SampledFrom(ops).Draw(t, "op")}
		if c.Op == kv.Noop || c.Op == kv.OpenSession {
			return c
		}
		c.Key = field(kv.MaxKey).Draw(t, "key")
		if rapid.Bool().Draw(t, "in a session") {
			c.Session = rapid.Uint64Min(1).Draw(t, "session")
			c.Sequence = rapid.Uint64Min(1).Draw(t, "sequence")
		}
		if c.Op == kv.Put {
			c.Value = field(20_000).Draw(t, "value")
		}
		return c
	})
}

func field(limit int) *rapid.Generator[string] {
	long := rapid.Map(rapid.IntRange(100, limit), func(n int) string { return strings.Repeat("x", n) })
	return rapid.OneOf(rapid.Map(rapid.SliceOf(rapid.Byte()), asString), rapid.String(), long)
}

func asString(b []byte) string { return string(b) }

func TestEveryValidCommandSurvivesTheCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := validCommands().Draw(t, "command")
		got, err := kv.Decode(c.Encode())
		if err != nil || got != c {
			t.Fatalf("decoded %v, %v", got, err)
		}
	})
}

func TestEveryAcceptedStringIsCanonical(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		s := damaged(t)
		if c, err := kv.Decode(s); err == nil {
			accepted++
			if again := c.Encode(); again != s {
				t.Fatalf("%q decodes to %v, which encodes to %q", s, c, again)
			}
		}
	})
	if accepted == 0 {
		t.Error("nothing was accepted: the property was never tried")
	}
}

// damaged is an encoding with one byte changed, put in or taken out: close enough to a command that
// Decode comes far, and often another command.
func damaged(t *rapid.T) string {
	return spoil(t, validCommands().Draw(t, "command").Encode(), 8)
}

// spoil changes one byte of encoded, at limit at the latest, or puts one in or takes one out.
func spoil(t *rapid.T, encoded string, limit int) string {
	b := []byte(encoded)
	at := rapid.IntRange(0, min(len(b)-1, limit)).Draw(t, "at")
	switch rapid.SampledFrom([]string{"change", "insert", "remove"}).Draw(t, "damage") {
	case "change":
		b[at] = rapid.Byte().Draw(t, "byte")
	case "insert":
		b = slices.Insert(b, at, rapid.Byte().Draw(t, "byte"))
	case "remove":
		b = slices.Delete(b, at, at+1)
	}
	return string(b)
}

func TestAPrefixOfAnEncodingIsMalformed(t *testing.T) {
	for _, g := range goldenEncodings {
		for n := range len(g.encoded) {
			if c, err := kv.Decode(g.encoded[:n]); err == nil {
				t.Errorf("%d bytes of %q decode to %v", n, g.encoded, c)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, g := range goldenEncodings {
		f.Add(g.encoded)
	}
	for _, m := range malformed {
		f.Add(m.encoded)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := kv.Decode(s)
		if err != nil {
			if !errors.Is(err, kv.ErrMalformed) || c != (kv.Command{}) {
				t.Fatalf("refused with %v and %v", c, err)
			}
			return
		}
		if again := c.Encode(); again != s {
			t.Fatalf("%q decodes to %v, which encodes to %q", s, c, again)
		}
	})
}

func TestOpNames(t *testing.T) {
	names := map[kv.Op]string{
		0: "Op(0)", kv.Put: "put", kv.Get: "get", kv.Delete: "delete", kv.Noop: "noop",
		kv.OpenSession: "open session", 6: "Op(6)",
	}
	for op, want := range names {
		if op.String() != want {
			t.Errorf("%d is named %q, want %q", uint8(op), op, want)
		}
	}
}
