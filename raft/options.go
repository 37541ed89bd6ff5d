package raft

import "fmt"

// Options are the parameters of a node that do not change while it runs. The zero value is valid:
// the protocol of Figure 2 and nothing beyond.
type Options struct {
	// BatchMax is the most entries that one AppendEntries carries; 0 means [DefaultBatchMax].
	BatchMax int
	// InflightMax is the most AppendEntries with entries that are on their way to one follower at
	// a time; 0 means [DefaultInflightMax].
	InflightMax int
	// InflightBytes is the most that their commands come to in bytes, but for the last of them,
	// which goes whole; 0 means no limit.
	InflightBytes int
	// ProposalsMax is the most entries that a leader holds beyond commitIndex and still takes
	// another; 0 means [DefaultProposalsMax].
	ProposalsMax int

	// SnapshotChunk is the most bytes of a snapshot that one InstallSnapshot carries; 0 means
	// [DefaultSnapshotChunk].
	SnapshotChunk int
	// TrailingEntries is how many of the entries that a snapshot stands for the log keeps, so that
	// a follower that is not far behind needs no snapshot; 0 for none.
	TrailingEntries int

	// PreVote lets a server ask whether it could win before it stands for election (§9.6).
	PreVote bool
	// CheckQuorum lets a leader step down that hears of no majority (§6.2), and makes voters refuse
	// to depose a leader that they hear of (§4.2.3).
	CheckQuorum bool
	// LeaseReads lets a leader answer reads without a round while its lease lasts (§6.4.1). It
	// relies on CheckQuorum on every server, and on their clocks.
	LeaseReads bool
}

// What options that are 0 stand for.
const (
	DefaultBatchMax     = 64
	DefaultInflightMax  = 16
	DefaultProposalsMax = 10_000

	DefaultSnapshotChunk = 64 << 10
)

// resolved returns the options with every default in its place.
func (o Options) resolved() Options {
	for _, limit := range [...]struct {
		name  string
		value *int
		usual int
	}{
		{"BatchMax", &o.BatchMax, DefaultBatchMax},
		{"InflightMax", &o.InflightMax, DefaultInflightMax},
		{"InflightBytes", &o.InflightBytes, 0},
		{"ProposalsMax", &o.ProposalsMax, DefaultProposalsMax},
		{"SnapshotChunk", &o.SnapshotChunk, DefaultSnapshotChunk},
		{"TrailingEntries", &o.TrailingEntries, 0},
	} {
		if *limit.value < 0 {
			panic(fmt.Sprintf("raft: %s is %d", limit.name, *limit.value))
		}
		if *limit.value == 0 {
			*limit.value = limit.usual
		}
	}
	if o.LeaseReads && !o.CheckQuorum {
		panic("raft: LeaseReads without CheckQuorum: nobody would be loyal for the time of a lease")
	}
	return o
}

// askLoyalty tells whether a server is to be loyal to a leader that it hears of.
func (o *Options) askLoyalty() bool { return o.PreVote || o.CheckQuorum }
