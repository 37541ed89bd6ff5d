package trace

import (
	"encoding/json"
	"fmt"
	"strconv"

	"raftkv/raft"
)

// The names of the formats, and the versions that are written. A version grows with every change
// that an older program would misread; older versions can be read for ever.
const (
	Format         = "raftkv-trace"
	Version        = 1
	HistoryFormat  = "raftkv-history"
	HistoryVersion = 1
)

// Header is the first line of a file: of what run it is. [FormatText] describes the files.
type Header struct {
	Scenario string // by name
	Seed     uint64
	Nodes    int    // n1 to this many
	Clients  uint32 // c1 to this many

	// Digest is of all that the scenario says of the world: runs of one digest and seed are the
	// same run, or another program made them. 0 where nobody says.
	Digest uint64
}

// headerLine is a header as it is written. The seed is a string: JSON numbers lose 64 bits.
type headerLine struct {
	Format   string `json:"format"`
	Version  uint64 `json:"version"`
	Scenario string `json:"scenario"`
	Seed     string `json:"seed"`
	Nodes    int    `json:"nodes"`
	Clients  uint32 `json:"clients"`
	Digest   string `json:"digest,omitempty"`
}

func (h Header) line(format string, version uint64) headerLine {
	line := headerLine{
		Format: format, Version: version, Scenario: h.Scenario,
		Seed: strconv.FormatUint(h.Seed, 10), Nodes: h.Nodes, Clients: h.Clients,
	}
	if h.Digest != 0 {
		line.Digest = fmt.Sprintf("%016x", h.Digest)
	}
	return line
}

// parseHeader reads the first line of a trace, or tells in a sentence what is wrong with it. Format
// and version come first: whatever else is in the header of another version is its own affair.
func parseHeader(text []byte) (h Header, mistake string) {
	var of struct {
		Format  *string `json:"format"`
		Version uint64  `json:"version"`
	}
	if err := json.Unmarshal(text, &of); err != nil {
		return h, "it is not the header of a trace: " + jsonMistake(err, nil)
	}
	switch {
	case of.Format == nil:
		return h, fmt.Sprintf("it is not the header of a trace: no format = %q", Format)
	case *of.Format != Format:
		return h, fmt.Sprintf("format = %s, want %q", quoted(*of.Format), Format)
	case of.Version > Version:
		return h, fmt.Sprintf("version = %d is newer than this program, which reads %d",
			of.Version, Version)
	case of.Version == 0:
		return h, "version is missing"
	}
	var line headerLine
	if err := json.Unmarshal(text, &line); err != nil {
		return h, jsonMistake(err, nil)
	}
	return line.header()
}

func (l *headerLine) header() (h Header, mistake string) {
	seed, err := strconv.ParseUint(l.Seed, 10, 64)
	switch {
	case err != nil:
		return h, fmt.Sprintf("seed = %s, want a decimal number below 2^64", quoted(l.Seed))
	case l.Nodes < 1 || l.Nodes > raft.MaxServers:
		return h, fmt.Sprintf("nodes = %d, want 1 to %d", l.Nodes, raft.MaxServers)
	}
	h = Header{Scenario: l.Scenario, Seed: seed, Nodes: l.Nodes, Clients: l.Clients}
	if l.Digest != "" {
		if h.Digest, err = strconv.ParseUint(l.Digest, 16, 64); err != nil {
			return h, fmt.Sprintf("digest = %s, want hexadecimal digits", quoted(l.Digest))
		}
	}
	return h, ""
}
