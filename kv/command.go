package kv

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Op is what a command asks of the store. Zero is no operation and is never encoded.
type Op uint8

// The operations. The numbers are in every encoded command and never change meaning.
const (
	Put    Op = 1 // create Key with Value; fails if the key exists
	Get    Op = 2 // read Key; fails if it is missing
	Delete Op = 3 // remove Key; fails if it is missing
	Noop   Op = 4 // take a place in the log and do nothing

	// OpenSession opens a session, which is named by the index of its entry (thesis §6.3).
	OpenSession Op = 5
)

// MaxKey is the longest key, in bytes. The empty key is a key like any other.
const MaxKey = 1 << 10

// MaxValue is the longest value, in bytes.
const MaxValue = 1 << 20

// String returns the operation in lower case, or Op(n) for a number that is no operation.
func (op Op) String() string {
	switch op {
	case Put:
		return "put"
	case Get:
		return "get"
	case Delete:
		return "delete"
	case Noop:
		return "noop"
	case OpenSession:
		return "open session"
	}
	return fmt.Sprintf("Op(%d)", uint8(op))
}

func (op Op) known() bool    { return op >= Put && op <= OpenSession }
func (op Op) hasKey() bool   { return op == Put || op == Get || op == Delete }
func (op Op) hasValue() bool { return op == Put }

// Command is one request to the store. It is valid when Op is one of the operations, Key is at
// most MaxKey bytes and empty for Noop and OpenSession, and Value is at most MaxValue bytes and
// empty for all but Put. Key and Value are any bytes, not only UTF-8.
//
// Session and Sequence are both 0, or both not: then the command has a key, and is the request of
// that number in the session that the entry at index Session opened.
type Command struct {
	Op       Op
	Key      string
	Value    string
	Session  uint64
	Sequence uint64
}

// An encoded command is
//
//	format    1 byte   formatPlain, or formatSession for one in a session
//	op        1 byte
//	session   uvarint                 (formatSession)
//	sequence  uvarint                 (formatSession)
//	key       uvarint length, bytes   (put, get, delete)
//	value     uvarint length, bytes   (put)
//
// and nothing more. What an operation does not use has no place at all, so there is no second way
// to write "none". The format byte is where this grows; logs written before still decode.
const (
	formatPlain   = 1
	formatSession = 2
	headerBytes   = 2
)

// Encode returns the one encoding of c: Decode(c.Encode()) is c. It panics if c is invalid, for
// whoever builds commands out of a user's input has to hold them to MaxKey and MaxValue first.
func (c Command) Encode() string {
	if reason := c.invalid(); reason != "" {
		panic("kv: encoding an invalid command: " + reason)
	}
	var b strings.Builder
	b.Grow(headerBytes + 2*binary.MaxVarintLen64 + 2*binary.MaxVarintLen32 +
		len(c.Key) + len(c.Value))
	if c.Session == 0 {
		b.WriteByte(formatPlain)
		b.WriteByte(byte(c.Op))
	} else {
		b.WriteByte(formatSession)
		b.WriteByte(byte(c.Op))
		writeNumber(&b, c.Session)
		writeNumber(&b, c.Sequence)
	}
	if c.Op.hasKey() {
		writeField(&b, c.Key)
	}
	if c.Op.hasValue() {
		writeField(&b, c.Value)
	}
	return b.String()
}

// invalid says which rule of Command c breaks; "" for a valid one.
func (c Command) invalid() string {
	switch {
	case !c.Op.known():
		return c.Op.String() + " is no operation"
	case c.Key != "" && !c.Op.hasKey():
		return c.Op.String() + " with a key"
	case c.Value != "" && !c.Op.hasValue():
		return c.Op.String() + " with a value"
	case c.Session != 0 && !c.Op.hasKey():
		return c.Op.String() + " in a session"
	case c.Session != 0 && c.Sequence == 0:
		return c.Op.String() + " in a session, without a sequence number"
	case c.Session == 0 && c.Sequence != 0:
		return c.Op.String() + " with a sequence number, but in no session"
	case len(c.Key) > MaxKey:
		return fmt.Sprintf("key of %d bytes, want at most %d", len(c.Key), MaxKey)
	case len(c.Value) > MaxValue:
		return fmt.Sprintf("value of %d bytes, want at most %d", len(c.Value), MaxValue)
	}
	return ""
}

func writeField(b *strings.Builder, field string) {
	writeNumber(b, uint64(len(field)))
	b.WriteString(field)
}

func writeNumber(b *strings.Builder, number uint64) {
	var bytes [binary.MaxVarintLen64]byte
	b.Write(bytes[:binary.PutUvarint(bytes[:], number)])
}

// Decode returns the valid command that encoded stands for. Any bytes may be given: what is not
// the encoding of a valid command is an error that wraps ErrMalformed and says what is wrong.
// Exactly one string encodes a command: if Decode(s) succeeds, its Encode is s again.
//
// Key and Value are parts of encoded, not copies, and keep all of it in memory. A success does
// not allocate.
func Decode(encoded string) (Command, error) {
	if len(encoded) < headerBytes {
		return malformed("%d bytes, want a format and an operation", len(encoded))
	}
	format := encoded[0]
	if format != formatPlain && format != formatSession {
		return malformed("format %d, want %d or %d", format, formatPlain, formatSession)
	}
	c := Command{Op: Op(encoded[1])}
	if !c.Op.known() {
		return malformed("%v is no operation", c.Op)
	}
	rest, reason := encoded[headerBytes:], ""
	if format == formatSession {
		if rest, reason = c.cutSession(rest); reason != "" {
			return malformed("%s", reason)
		}
	}
	if c.Op.hasKey() {
		if c.Key, rest, reason = cutField(rest, MaxKey); reason != "" {
			return malformed("key of %v: %s", c.Op, reason)
		}
	}
	if c.Op.hasValue() {
		if c.Value, rest, reason = cutField(rest, MaxValue); reason != "" {
			return malformed("value of %v: %s", c.Op, reason)
		}
	}
	if rest != "" {
		return malformed("%d bytes after the end of %v", len(rest), c.Op)
	}
	return c, nil
}

// IsGet tells whether encoded is the encoding of a get, in a session or not: it can be answered by
// [Store.Read]. It looks no further than the operation.
func IsGet(encoded string) bool { return len(encoded) >= headerBytes && Op(encoded[1]) == Get }

// InSession tells whether encoded is the encoding of a command of a session. It looks no further
// than the format.
func InSession(encoded string) bool { return encoded != "" && encoded[0] == formatSession }

func malformed(format string, args ...any) (Command, error) {
	return Command{}, fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// cutSession sets what s begins with, and returns what follows. The reason is "" or what is wrong.
func (c *Command) cutSession(s string) (rest, reason string) {
	if !c.Op.hasKey() {
		return "", c.Op.String() + " in a session"
	}
	if c.Session, rest, reason = cutUvarint(s); reason != "" {
		return "", "session of " + c.Op.String() + ": number " + reason
	}
	if c.Session == 0 {
		return "", "session of " + c.Op.String() + " is 0"
	}
	if c.Sequence, rest, reason = cutUvarint(rest); reason != "" {
		return "", "sequence of " + c.Op.String() + ": number " + reason
	}
	if c.Sequence == 0 {
		return "", "sequence of " + c.Op.String() + " is 0"
	}
	return rest, ""
}

// cutField splits s after the field it begins with. The reason is "" or what is wrong.
func cutField(s string, limit uint64) (field, rest, reason string) {
	length, rest, reason := cutUvarint(s)
	if reason != "" {
		return "", "", "length " + reason
	}
	// Both comparisons in 64 bits: where int has 32, a conversion first would wrap.
	if length > limit {
		return "", "", fmt.Sprintf("%d bytes, want at most %d", length, limit)
	}
	if length > uint64(len(rest)) {
		return "", "", fmt.Sprintf("%d bytes announced, %d left", length, len(rest))
	}
	return rest[:length], rest[length:], ""
}

// cutUvarint is binary.Uvarint for a string, and stricter: zeros on top, which change the bytes but
// not the number, are refused.
func cutUvarint(s string) (number uint64, rest, reason string) {
	for i := range min(len(s), binary.MaxVarintLen64) {
		b := s[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break // the tenth byte has room for the 64th bit only
		}
		number |= uint64(b&0x7f) << (7 * i)
		if b >= 0x80 {
			continue
		}
		if b == 0 && i > 0 {
			return 0, "", "is not in its shortest form"
		}
		return number, s[i+1:], ""
	}
	if len(s) < binary.MaxVarintLen64 {
		return 0, "", "is cut off"
	}
	return 0, "", "exceeds 64 bits"
}
