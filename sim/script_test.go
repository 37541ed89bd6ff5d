package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"raftkv/scenarios"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sim": main})
}

// TestCommand runs the scripts of testdata/script, each one behaviour of the command. They find the
// built-in scenarios in the folder scenarios.
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
	return nil
}
