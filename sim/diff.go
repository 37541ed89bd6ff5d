package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"raftkv/sim/lab"
	"raftkv/sim/record"
	"raftkv/sim/results"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

// operand is a run that an argument names: a file of records, a folder of results, or a scenario
// with a seed, which runs anew.
type operand struct {
	name   string
	header trace.Header
	play   trace.Play
	file   *os.File // nil for a scenario
}

// open finds out what an argument names.
func open(argument string) (operand, error) {
	path := argument
	if results.Is(path) {
		path = filepath.Join(path, results.TraceFile)
	}
	if strings.HasSuffix(path, ".jsonl") {
		return openTrace(argument, path)
	}
	// What the environment sets is no part of it: the argument alone says which run it is.
	var set []scenario.Assignment
	name, seed, ok := strings.Cut(argument, "@")
	if ok {
		set = append(set, seedAssignment(seed, argument, argument))
	}
	resolved, err := load(name, set)
	if err != nil {
		return operand{}, err
	}
	if resolved.Seed == nil {
		return operand{}, fmt.Errorf("sim: %s has no seed, want for example %s@42", name, name)
	}
	return operand{
		name: argument, header: results.HeaderOf(resolved.Scenario, *resolved.Seed),
		play: playOf(resolved.Scenario),
	}, nil
}

func openTrace(argument, path string) (operand, error) {
	file, err := os.Open(path)
	if err != nil {
		return operand{}, fmt.Errorf("sim: %w", err)
	}
	reader, err := trace.NewReader(file)
	if err != nil {
		return operand{}, fmt.Errorf("sim: %s: %w", path, err)
	}
	play := trace.FromFile(file)
	return operand{
		name: argument, header: reader.Header(), file: file,
		play: func(sink record.Sink, gap func(trace.Gap)) error {
			if err := play(sink, gap); err != nil {
				return fmt.Errorf("sim: %s: %w", path, err)
			}
			return nil
		},
	}, nil
}

// playOf plays a scenario that has a seed.
func playOf(s *scenario.Scenario) trace.Play {
	return trace.FromRun(func(sink record.Sink) { new(lab.Lab).Run(s, *s.Seed, sink) })
}

func (o *operand) close() {
	if o.file != nil {
		o.file.Close()
	}
}

// diff is sim diff.
func diff(sh *shell, args []string) int {
	operands, err := sh.parse(flagSet("diff"), args)
	if err == nil && len(operands) != 2 {
		err = fmt.Errorf("sim: diff compares two runs, not %d, see sim help diff", len(operands))
	}
	if err != nil {
		return sh.refuse("diff", err)
	}
	first, err := open(operands[0])
	if err != nil {
		return sh.refuse("diff", err)
	}
	defer first.close()
	second, err := open(operands[1])
	if err != nil {
		return sh.refuse("diff", err)
	}
	defer second.close()
	difference, err := trace.Diff(first.play, second.play)
	if err != nil {
		return sh.refuse("diff", err)
	}
	if difference == nil {
		_, err = fmt.Fprintf(sh.stdout, "no difference: %s and %s are the same run\n",
			first.name, second.name)
		return sh.end(exitPass, err)
	}
	err = difference.Write(sh.stdout, first.name, second.name, sh.width)
	if first.header.Seed == second.header.Seed && first.header.Digest == second.header.Digest {
		return sh.end(exitNondeterministic, err)
	}
	return sh.end(exitViolation, err)
}

// export is sim export.
func export(sh *shell, args []string) int {
	var out string
	f := flagSet("export")
	f.StringVar(&out, "o", "-", "")
	operands, err := sh.parse(f, args)
	switch {
	case err != nil:
	case len(operands) != 2:
		err = errors.New("sim: export wants a format and a run, " +
			"for example sim export jsonl default@42")
	case operands[0] != "jsonl":
		err = fmt.Errorf("sim: %q is no format, want jsonl", operands[0])
	}
	if err != nil {
		return sh.refuse("export", err)
	}
	from, err := open(operands[1])
	if err != nil {
		return sh.refuse("export", err)
	}
	defer from.close()
	if out == "-" {
		return sh.end(exitPass, from.write(sh.stdout))
	}
	if err := results.Create(out, from.write); err != nil {
		return sh.refuse("export", fmt.Errorf("sim: -o: %w", err))
	}
	return exitPass
}

// write writes the records. A trace is a trace already.
func (o *operand) write(to io.Writer) (err error) {
	buffer := bufio.NewWriter(to)
	if o.file != nil {
		_, err = o.file.Seek(0, io.SeekStart)
		_, copied := io.Copy(buffer, o.file)
		return errors.Join(err, copied, buffer.Flush())
	}
	w := trace.NewWriter(buffer, o.header)
	err = o.play(w.Observe, nil)
	return errors.Join(err, w.Close(), buffer.Flush())
}
