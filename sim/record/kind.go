package record

import "fmt"

var kindNames = [KindCount]string{
	Started:         "started",
	Crashed:         "crashed",
	Restarted:       "restarted",
	Recovered:       "recovered",
	Paused:          "paused",
	Resumed:         "resumed",
	TimerFired:      "timer_fired",
	BecameFollower:  "became_follower",
	BecameCandidate: "became_candidate",
	BecameLeader:    "became_leader",
	LearnedLeader:   "learned_leader",
	Truncated:       "truncated",
	Appended:        "appended",
	Committed:       "committed",
	Applied:         "applied",
	Written:         "written",
	Persisted:       "persisted",
	Held:            "held",
	Sent:            "sent",
	Lost:            "lost",
	Delivered:       "delivered",
	Invoked:         "invoked",
	Proposed:        "proposed",
	Refused:         "refused",
	Answered:        "answered",
	Missed:          "missed",
	Returned:        "returned",
	Panicked:        "panicked",
	FaultBegan:      "fault_began",
	FaultEnded:      "fault_ended",
	Finished:        "finished",
	Retried:         "retried",
	TakenToRead:     "taken_to_read",

	BecamePreCandidate: "became_pre_candidate",
	TransferAsked:      "transfer_asked",
	Healed:             "healed",
}

// String returns the kind's name as files write it: lower case, words joined by underscores.
func (k Kind) String() string {
	if k > 0 && k < KindCount {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}
