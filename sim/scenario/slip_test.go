package scenario

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// remedied is a mistake that says what to write instead of a word.
var remedied = regexp.MustCompile(
	`^f:1:(\d+): (?:.* is no value|.* has no quotes|a number begins .*|no digit .*), want (\S.*)$`)

// Who follows a remedy to the letter has no mistake there.
func TestRemediesDo(t *testing.T) {
	followed := 0
	for _, key := range []string{
		"num_nodes", "name", "description", "seed", "duration", "raft.heartbeat", "raft.first_leader",
		"raft.pre_vote", "raft.reads",
		"network.loss", "network.latency", "storage.lose_unsynced", "workload.keys", "expect.result",
	} {
		for _, word := range []string{
			"five", "5ms", "5 ms", "0 s", "5d", "n1", "n9", "none", "off", "True", "FALSE", "yes", "null", "10k",
			"05", "099", ".5", "1.", "-.5", "1e400", "99999999999999999999", "0x", "1__0", "2026-13-01", "pass",
			"5 five", "my test", "a/b", "[a, b]", "[a, a]",
		} {
			data := key + " = " + word
			_, err := Parse("f", []byte(data))
			m := remedied.FindStringSubmatch(fmt.Sprint(err))
			if m == nil || word[0] == '[' {
				continue
			}
			followed++
			if _, err := Parse("f", []byte(key+" = "+m[2])); err != nil {
				t.Errorf("%s: %v; done so, %v", data, strings.TrimSpace(m[0]), err)
			}
		}
	}
	if followed < 30 {
		t.Errorf("%d remedies were followed, want more", followed)
	}
}
