package kv_test

import (
	"fmt"

	"raftkv/kv"
)

// Two servers that apply the same log hold the same store, and say so by one number.
func Example() {
	log := []string{
		kv.Command{Op: kv.Put, Key: "fruit", Value: "apple"}.Encode(),
		kv.Command{Op: kv.Put, Key: "fruit", Value: "pear"}.Encode(),
		kv.Command{Op: kv.Get, Key: "fruit"}.Encode(),
		kv.Command{Op: kv.Delete, Key: "bread"}.Encode(),
	}
	var one, other kv.Store
	for i, encoded := range log {
		index := uint64(i + 1)
		result := one.Apply(index, encoded)
		other.Apply(index, encoded)
		command, _ := kv.Decode(encoded)
		fmt.Printf("%v %s: %v %q\n", command.Op, command.Key, result.Status, result.Value)
	}
	fmt.Println("equal:", one.Digest() == other.Digest())

	// Output:
	// put fruit: ok ""
	// put fruit: key exists ""
	// get fruit: ok "apple"
	// delete bread: key missing ""
	// equal: true
}

// A client that heard no answer asks again, in its session: the store remembers what it answered.
func Example_sessions() {
	request := kv.Command{Op: kv.Put, Key: "fruit", Value: "apple", Session: 1, Sequence: 1}
	log := []string{
		kv.Command{Op: kv.OpenSession}.Encode(), // by entry 1, which names it
		request.Encode(),
		kv.Command{Op: kv.Delete, Key: "fruit"}.Encode(),
		request.Encode(),
	}
	var s kv.Store
	for i, encoded := range log {
		result := s.Apply(uint64(i+1), encoded)
		fmt.Println(result.Status, result.Repeated, s.Keys())
	}

	// Output:
	// ok false []
	// ok false [fruit]
	// ok false []
	// ok true []
}

// A server that comes late is given the store instead of the log, and knows what was answered too.
func ExampleStore_Restore() {
	request := kv.Command{Op: kv.Put, Key: "fruit", Value: "apple", Session: 1, Sequence: 1}.Encode()
	var early, late kv.Store
	early.Apply(1, kv.Command{Op: kv.OpenSession}.Encode())
	early.Apply(2, request)
	snapshot := string(early.AppendSnapshot(nil))

	fmt.Println(late.Restore(snapshot[:len(snapshot)-1]))
	fmt.Println(late.Restore(snapshot), late.Keys())
	result := late.Apply(3, request)
	fmt.Println(result.Status, result.Repeated)

	// Output:
	// kv: malformed snapshot: byte 21: answer: length is cut off
	// <nil> [fruit]
	// ok true
}
