package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"raftkv/scenarios"
	"raftkv/sim/wrap"
)

// explain is sim explain.
func explain(sh *shell, args []string) int {
	var s source
	f := flagSet("explain")
	s.define(f)
	operands, err := sh.parse(f, args)
	switch {
	case err != nil:
	case len(operands) > 1:
		err = fmt.Errorf("sim: explain takes one scenario, not %d, see sim help explain",
			len(operands))
	case len(operands) == 1:
		s.scenario = operands[0]
	}
	if err != nil {
		return sh.refuse("explain", err)
	}
	resolved, err := s.load(sh)
	if err != nil {
		return sh.refuse("explain", err)
	}
	_, err = sh.stdout.Write(resolved.Explain())
	return sh.end(exitPass, err)
}

// list is sim list.
func list(sh *shell, args []string) int {
	operands, err := sh.parse(flagSet("list"), args)
	if err == nil && len(operands) > 0 {
		err = fmt.Errorf("sim: list takes no %q, see sim help list", operands[0])
	}
	if err != nil {
		return sh.refuse("list", err)
	}
	return sh.end(exitPass, listBuiltIns(sh.stdout, cmp.Or(sh.width, 100)))
}

// listBuiltIns writes each built-in scenario with the first line of its file, which says what it
// shows.
func listBuiltIns(w io.Writer, width int) error {
	indent := 0
	for _, name := range scenarios.Names() {
		indent = max(indent, len(name)+len("  "))
	}
	var b strings.Builder
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Read(name)
		first, _, _ := strings.Cut(string(data), "\n")
		b.WriteString(wrap.Hanging(name, indent, width, strings.TrimPrefix(first, "# ")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
