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
	for _, encoded := range log {
		result := one.Apply(encoded)
		other.Apply(encoded)
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
