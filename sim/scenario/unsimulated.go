package scenario

import (
	"raftkv/raft"
)

// What follows are tables that the world does not simulate yet. What they say below their headers
// is looked at: a file that will be right one day is told apart from one that is wrong.

// messages is [[message]].
var messages = arrayOf("message", []field[struct{}]{
	needed(unused[struct{}]("link", "from whom to whom", linkKind)),
	unused[struct{}]("type", "of what type", word(messageTypes()...)),
	needed(unused[struct{}]("nth", "which of them, from 1", integer[uint64](1, maxCount))),
	needed(unused[struct{}]("do", "what becomes of it", word("drop", "delay", "copy"))),
	unused[struct{}]("by", "how long it is delayed", positive),
}, nil)

func messageTypes() []string {
	var names []string
	for t := raft.RequestVote; t < raft.MessageTypeCount; t++ {
		names = append(names, t.String())
	}
	return names
}
