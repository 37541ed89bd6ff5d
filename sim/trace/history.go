package trace

import (
	"fmt"
	"io"
	"unicode/utf8"

	"raftkv/sim/history"
)

// historyHeaderLine is the first line of a history file. A history is written when it is complete,
// so that the header can tell how much follows.
type historyHeaderLine struct {
	headerLine
	Operations int `json:"operations"`
	Omitted    int `json:"omitted,omitempty"`
}

// operationLine is a request as a history file has it: FormatText says what the fields mean.
type operationLine struct {
	Client         uint32 `json:"client"`
	Number         uint32 `json:"number"`
	Action         string `json:"action"`
	Key            string `json:"key"`
	Value          string `json:"value,omitempty"`
	InvokedNS      int64  `json:"invoked_ns"`
	InvokedRecord  uint64 `json:"invoked_record"`
	Outcome        string `json:"outcome"`
	ReturnedNS     int64  `json:"returned_ns,omitempty"`
	ReturnedRecord uint64 `json:"returned_record,omitempty"`
	Event          uint64 `json:"event,omitempty"`
	Read           string `json:"read,omitempty"`
	EntryIndex     uint64 `json:"entry_index,omitempty"`
	EntryTerm      uint64 `json:"entry_term,omitempty"`
}

// WriteHistory writes what the clients of a run saw as a history file, which [FormatText]
// describes; of more than limit requests, the last.
func WriteHistory(w io.Writer, h Header, operations []history.Operation, limit int) error {
	out := lines{w: w}
	omitted := max(0, len(operations)-limit)
	operations = operations[omitted:]
	out.write(historyHeaderLine{h.line(HistoryFormat, HistoryVersion), len(operations), omitted})
	for _, o := range operations {
		if !utf8.ValidString(o.Key) || !utf8.ValidString(o.Value) || !utf8.ValidString(o.Read) {
			out.fail(fmt.Errorf("trace: request %d of %s cannot be written: it is not UTF-8",
				o.Number, clientName(o.Client)))
		}
		out.write(operationLine{
			Client: o.Client, Number: o.Number, Action: o.Action.String(),
			Key: o.Key, Value: o.Value,
			InvokedNS: int64(o.InvokedAt), InvokedRecord: o.Invoked, Outcome: o.Outcome.String(),
			ReturnedNS: int64(o.ReturnedAt), ReturnedRecord: o.Returned,
			Event: o.Event, Read: o.Read,
			EntryIndex: uint64(o.Position.Index), EntryTerm: uint64(o.Position.Term),
		})
	}
	return out.flush()
}
