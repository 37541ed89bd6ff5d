package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"raftkv/scenarios"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sim": main})
}

// TestCommand runs the scripts of testdata/script, each one behaviour of the command. They find the
// built-in scenarios in the folder scenarios, and files that no script can hold beside it.
func TestCommand(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "../testdata/script",
		Setup: layOutScenarios,
	})
}

func layOutScenarios(env *testscript.Env) error {
	dir := filepath.Join(env.WorkDir, "scenarios")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Read(name)
		if err := os.WriteFile(filepath.Join(dir, name+".toml"), data, 0o644); err != nil {
			return err
		}
	}
	schema, err := os.ReadFile("../scenarios/schema.json")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "schema.json"), schema, 0o644); err != nil {
		return err
	}
	for name, data := range map[string]string{
		"windows.toml": "\ufeffnum_nodes = 5\r\nnum_clients = 3\r\n",
		"utf16.toml":   "\xff\xfen\x00u\x00m\x00",
		"thesis.txt":   "years of work", // without the end of a line, as no script can hold it
		"latin1.toml":  "name = \"caf\xe9\"\n",
		"long.toml":    strings.Repeat("# a long story\n", 20<<20/15),
	} {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(data), 0o644); err != nil {
			return err
		}
	}
	return nil
}
