// Package scenarios holds the scenario files that every binary knows by name.
package scenarios

import "embed"

//go:embed *.toml
var files embed.FS

const extension = ".toml"

// Names returns the names of the built-in scenarios, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("scenarios: " + err.Error()) // the folder is part of the binary
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		name := entry.Name()
		names[i] = name[:len(name)-len(extension)]
	}
	return names
}

// Read returns what the file of the built-in scenario of that name holds, false if there is none.
// The bytes are the caller's.
func Read(name string) ([]byte, bool) {
	data, err := files.ReadFile(name + extension)
	return data, err == nil
}
