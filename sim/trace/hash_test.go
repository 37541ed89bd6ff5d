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
