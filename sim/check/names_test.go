package check

import (
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
)

// asksFor: a client asks for something, and n1 makes the entry at index of it.
func (s *story) asksFor(
	client, operation uint32, action record.Action, key, value string, index raft.Index,
) string {
	command := string(rune('a'+index)) + key
	s.invokes(client, operation, command, key, 0, 0)
	r := &s.records[len(s.records)-1]
	r.Action, r.Value = action, value
	s.admits(client, operation, index, command)
	return command
}

// An answer that the log does not make is told with what was asked, and with the entry that left its key
// as it was.
func TestAWrongAnswerIsExplained(t *testing.T) {
	for _, test := range []struct {
		name, want string
		tale       func(*story)
	}{
		{
			"a key that was put", `c2's get a (request 1) is answered key missing, but by the log its ` +
				`entry 4 comes to ok "1": entry 3 (put a=1) had left the key so`,
			func(s *story) {
				s.asksFor(1, 1, record.Put, "b", "0", 2)
				s.asksFor(1, 2, record.Put, "a", "1", 3)
				read := s.asksFor(2, 1, record.Get, "a", "", 4)
				s.answers(2, 1, 4, read, record.KeyMissing, "")
			},
		},
		{
			"a key that was deleted", `c2's delete a (request 1) is answered ok, but by the log its ` +
				`entry 5 comes to key missing: entry 3 (delete a) had left the key so`,
			func(s *story) {
				s.asksFor(1, 1, record.Put, "a", "1", 2)
				s.asksFor(1, 2, record.Delete, "a", "", 3)
				s.asksFor(1, 3, record.Delete, "a", "", 4)
				gone := s.asksFor(2, 1, record.Delete, "a", "", 5)
				s.answers(2, 1, 5, gone, record.OK, "")
			},
		},
		{
			"a key that was never there", `c2's delete a (request 1) is answered ok, but by the log its ` +
				`entry 2 comes to key missing: no entry before had changed the key`,
			func(s *story) {
				gone := s.asksFor(2, 1, record.Delete, "a", "", 2)
				s.answers(2, 1, 2, gone, record.OK, "")
			},
		},
		{
			"a put that was in vain", `c3's put a=3 is answered ok, but by the log its entry 4 comes to ` +
				`key exists: entry 2 (put a=1) had left the key so`,
			func(s *story) {
				s.asksFor(1, 1, record.Put, "a", "1", 2)
				s.asksFor(2, 1, record.Put, "a", "2", 3)
				put := s.asksFor(3, 1, record.Put, "a", "3", 4)
				s.answers(3, 1, 4, put, record.OK, "")
			},
		},
		{
			"an answer that is repeated", `c1's put k=y is answered ok, but by the log its entry 6 comes ` +
				`to key exists as it did at entry 4: entry 3 (put k=z) had left the key so`,
			func(s *story) {
				s.opensSession(1, 1, 2)
				s.invokes(1, 2, "y", "k", 2, 1)
				s.asksFor(2, 1, record.Put, "k", "z", 3)
				s.admits(1, 2, 4, "y")
				s.asksFor(2, 2, record.Delete, "k", "", 5)
				s.admits(1, 2, 6, "y")
				s.answers(1, 2, 6, "y", record.OK, "")
			},
		},
		{
			"what is not printable", `c1's put a\n=` + strings.Repeat("1", valueMax) + ` is answered key ` +
				`exists, but by the log its entry 2 comes to ok: no entry before had changed the key`,
			func(s *story) {
				put := s.asksFor(1, 1, record.Put, "a\n", strings.Repeat("1", valueMax+1), 2)
				s.answers(1, 1, 2, put, record.KeyExists, "")
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := judge(tell(func(s *story) { s.begins(); test.tale(s) }))
			if first := j.First(); first == nil || first.Message != test.want {
				t.Errorf("the message is\n%+v, want\n%s", first, test.want)
			}
		})
	}
}
