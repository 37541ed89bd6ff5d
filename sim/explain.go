package main

import (
	"fmt"
	"io"
	"strings"

	"raftkv/scenarios"
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
	return sh.end(exitPass, listBuiltIns(sh.stdout))
}

// listBuiltIns writes each built-in scenario with the first line of its file, which says what it
// shows.
func listBuiltIns(w io.Writer) error {
	width := 0
	for _, name := range scenarios.Names() {
		width = max(width, len(name))
	}
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Read(name)
		first, _, _ := strings.Cut(string(data), "\n")
		shows := strings.TrimPrefix(first, "# ")
		if _, err := fmt.Fprintf(w, "%-*s  %s\n", width, name, shows); err != nil {
			return err
		}
	}
	return nil
}
