package trace

import (
	"reflect"
	"testing"

	"raftkv/sim/record"
)

// TestHashCoversEveryField: a field that the hash leaves out is one in which runs may differ unseen.
func TestHashCoversEveryField(t *testing.T) {
	plain := Hash(0).Add(&record.Record{})
	fields := reflect.TypeFor[record.Record]()
	for i := range fields.NumField() {
		var changed record.Record
		switch f := reflect.ValueOf(&changed).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int64:
			f.SetInt(1)
		default:
			f.SetUint(1)
		}
		if Hash(0).Add(&changed) == plain {
			t.Errorf("the hash does not cover %s", fields.Field(i).Name)
		}
	}
}

// TestHashGolden: recorded hashes are worth nothing if the function changes.
func TestHashGolden(t *testing.T) {
	h := Hash(0).Add(&record.Record{Event: 1, Kind: record.Started, Server: 1})
	h = h.Add(&record.Record{Event: 2, At: 5, Kind: record.Invoked, Key: "a", Value: "c1-1"})
	if got, want := h.String(), "5b7252b0ffcf6dd7"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHashTellsNeighbouringTextsApart(t *testing.T) {
	a := Hash(0).Add(&record.Record{Key: "ab", Value: "c"})
	b := Hash(0).Add(&record.Record{Key: "a", Value: "bc"})
	if a == b {
		t.Error("two requests have one hash")
	}
}

func TestComparison(t *testing.T) {
	first := []record.Record{
		{Event: 1, Kind: record.Started, Server: 1},
		{Event: 2, Kind: record.BecameCandidate, Server: 1, Term: 1},
		{Event: 3, Kind: record.BecameLeader, Server: 1, Term: 1},
	}
	other := record.Record{Event: 2, Kind: record.BecameCandidate, Server: 1, Term: 2}
	tests := []struct {
		name   string
		second []record.Record
		want   *Difference
	}{
		{"the same", first, nil},
		{"another record", []record.Record{first[0], other, first[2]},
			&Difference{Position: 2, Record: other}},
		{"shorter", first[:2], &Difference{Position: 3}},
		{"longer", append(first[:3:3], other), &Difference{Position: 4, Record: other}},
		{"empty", nil, &Difference{Position: 1}},
	}
	for _, test := range tests {
		var c Comparison
		for i := range first {
			c.Observe(&first[i])
		}
		c.Again()
		for i := range test.second {
			c.Observe(&test.second[i])
		}
		if got := c.Difference(); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}
