// Package fault is what goes wrong around the servers, on purpose: faults as data ([Fault]), whom
// they strike ([Target]), which of them are in force ([Timeline]), and who draws them up from the
// seed ([Nemesis]).
package fault

import (
	"strings"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Fault is one fault of a scenario: what begins it, what it does and to whom, and when it ends.
type Fault struct {
	Name string // by which others refer to it; "" for none

	// What begins it: the end of another fault, or else a happening, or else a moment.
	After string         // the name of the other; "" for none
	When  mark.Condition // the zero value for none
	At    vtime.Time

	For vtime.Duration // 0: until its counterpart
	Do  record.Verb

	// What it strikes: servers, a link or everything between groups of servers.
	Node   Target
	Groups []raft.ServerSet // Partition: who shares no group is parted; see [Fault.Links]
	From   raft.ServerID    // a link: messages in this direction
	To     raft.ServerID
	Both   bool // a link: and in the other

	// SpareMajority lets it strike nobody where it would leave less than a majority running.
	SpareMajority bool

	// How much.
	By    choice.Distribution // SlowLink, SlowDisk, SlowCPU: how much longer each time, in ns
	Rate  choice.Ratio        // SlowLink, Loss, Duplicate: how likely a message is struck
	Drift int64               // ClockDrift: how much faster the clock runs, in parts per billion
	Jump  vtime.Duration      // ClockJump: how far; below 0, backwards
}

// AtMoment tells whether a moment begins it, and no happening.
func (f *Fault) AtMoment() bool { return f.After == "" && f.When == mark.Condition{} }

// Begins says in words what begins it: at 2s, when leader_elected #2, after fault x.
func (f *Fault) Begins() string {
	switch {
	case f.After != "":
		return "after " + f.After
	case !f.AtMoment():
		return "when " + f.When.String()
	}
	return "at " + f.At.Sub(0).String()
}

// String returns the fault as a person would tell it, without its time.
func (f *Fault) String() string {
	text := f.Do.String() + f.struckText()
	switch f.Do {
	case record.SlowLink:
		text += " by " + spanText(&f.By)
		if f.Rate != choice.One {
			text += " at " + f.Rate.String()
		}
	case record.SlowDisk, record.SlowCPU:
		text += " by " + spanText(&f.By)
	case record.Loss, record.Duplicate:
		text += " at " + f.Rate.String()
	case record.ClockDrift:
		text += " by " + DriftText(f.Drift)
	case record.ClockJump:
		text += " by " + f.Jump.String()
	}
	return text
}

// struckText says what the fault strikes, after a blank; "" if that is everything.
func (f *Fault) struckText() string {
	switch {
	case f.Do == record.Partition:
		return " " + groupsText(f.Groups)
	case f.Do == record.Heal:
		return ""
	case f.From != raft.None && f.Both:
		return " " + f.From.String() + " <-> " + f.To.String()
	case f.From != raft.None:
		return " " + f.From.String() + " -> " + f.To.String()
	}
	return " " + f.Node.String()
}

// spanText says how long something takes: "200ms", or from what to what.
func spanText(d *choice.Distribution) string {
	least, most := d.Bounds()
	if least == most {
		return vtime.Duration(least).String()
	}
	return vtime.Duration(least).String() + " to " + vtime.Duration(most).String()
}

// DriftText returns a drift in parts per billion as the decimal that scenarios write: "0.01".
func DriftText(drift int64) string {
	if drift < 0 {
		return "-" + choice.Ratio(-drift).String()
	}
	return choice.Ratio(drift).String()
}

func groupsText(groups []raft.ServerSet) string {
	parts := make([]string, len(groups))
	var all, bridges raft.ServerSet
	for i, group := range groups {
		parts[i] = group.String()
		bridges |= all & group
		all |= group
	}
	text := strings.Join(parts, " | ")
	if bridges != 0 {
		text += ", bridged by " + bridges.String()
	}
	return text
}
