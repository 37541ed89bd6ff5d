package check

import (
	"raftkv/sim/history"
	"raftkv/sim/record"
)

// cell is the model of the store that the judges believe in: what one key holds. It is written from
// what the requests promise, not from the store that is judged.
type cell struct {
	present bool
	value   string // "" unless present
}

// do returns what a request for the cell's key makes of the cell, and what it answers. A put
// creates, and nothing else does; a delete and a get need something to be there.
func (c cell) do(o *history.Operation) (after cell, outcome record.Outcome, read string) {
	switch {
	case o.Action == record.Put && c.present:
		return c, record.KeyExists, ""
	case o.Action == record.Put:
		return cell{present: true, value: o.Value}, record.OK, ""
	case !c.present:
		return c, record.KeyMissing, ""
	case o.Action == record.Delete:
		return cell{}, record.OK, ""
	}
	return c, record.OK, c.value
}

// answers tells whether a request that met the cell would have been answered as o was.
func (c cell) answers(o *history.Operation) (after cell, as bool) {
	after, outcome, read := c.do(o)
	return after, outcome == o.Outcome && (o.Action != record.Get || read == o.Read)
}
