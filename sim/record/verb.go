package record

import "fmt"

// Verb is what a fault does.
type Verb uint8

// The verbs. New ones stand at the end: their numbers are in the hashes of traces.
const (
	Crash          Verb = iota + 1 // a server loses what is not durable, and does nothing
	Pause                          // a server does nothing for a while; what arrives waits
	Partition                      // messages between the groups are lost
	Isolate                        // messages from and to a server are lost
	Cut                            // messages on a link are lost
	Restart                        // a crashed server starts again with what its disk held
	Resume                         // a paused server goes on
	Heal                           // all that is wrong with the network ends
	SlowLink                       // messages take longer
	Clog                           // messages wait until it ends
	Loss                           // messages are lost at random
	Duplicate                      // messages arrive twice at random
	SlowDisk                       // syncs take longer
	StallDisk                      // no sync is done until it ends
	SlowCPU                        // each step of a server takes time
	ClockDrift                     // a server's clock runs faster or slower
	ClockJump                      // a server's clock jumps, once
	TransferLeader                 // the leader is asked to hand over to a server, once

	// VerbCount is one more than the highest verb: the length of an array indexed by Verb.
	VerbCount
)

var verbNames = [VerbCount]string{
	Crash: "crash", Pause: "pause", Partition: "partition", Isolate: "isolate", Cut: "cut",
	Restart: "restart", Resume: "resume", Heal: "heal", SlowLink: "slow_link", Clog: "clog",
	Loss: "loss", Duplicate: "duplicate", SlowDisk: "slow_disk", StallDisk: "stall_disk",
	SlowCPU: "slow_cpu", ClockDrift: "clock_drift", ClockJump: "clock_jump",
	TransferLeader: "transfer_leader",
}

// Verbs returns all verbs in a fixed order.
func Verbs() []Verb {
	verbs := make([]Verb, 0, VerbCount-1)
	for v := Verb(1); v < VerbCount; v++ {
		verbs = append(verbs, v)
	}
	return verbs
}

// String returns the verb as scenarios write it.
func (v Verb) String() string {
	if v > 0 && v < VerbCount {
		return verbNames[v]
	}
	return fmt.Sprintf("Verb(%d)", uint8(v))
}

// Lasts tells whether what the verb does is in force for a while, until it ends by itself or by its
// counterpart.
func (v Verb) Lasts() bool {
	return v != Restart && v != Resume && v != Heal && v != ClockJump && v != TransferLeader
}
