package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// TestBuild: two programs of one revision have two names, and this one has that of its file.
func TestBuild(t *testing.T) {
	names := map[string]bool{}
	for _, program := range []string{"", "one", "another"} {
		name, err := buildOf("0123456789ab", strings.NewReader(program))
		if err != nil || !strings.HasPrefix(name, "0123456789ab, program ") || names[name] {
			t.Errorf("program %q: build is %q, %v", program, name, err)
		}
		names[name] = true
	}
	if name, err := buildOf("", iotest.ErrReader(errors.New("torn"))); err == nil {
		t.Errorf("a program that cannot be read is called %q", name)
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(program)
	want := fmt.Sprintf("%s, program %.6x", revision(), hash[:])
	if name, err := build(); err != nil || name != want {
		t.Errorf("build is %q, want %q: %v", name, want, err)
	}
}
