package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"raftkv/sim/lab"
	"raftkv/sim/results"
	"raftkv/sim/sweep"
)

// mergeFlags are the flags of sim merge.
type mergeFlags struct {
	reporting
	out string // the file for all lines, "" for none
}

// runMerge is sim merge.
func runMerge(sh *shell, args []string) int {
	var m mergeFlags
	f := flagSet("merge")
	m.reporting.define(f)
	f.StringVar(&m.out, "o", "", "")
	operands, err := sh.parse(f, args)
	if err == nil && len(operands) == 0 {
		err = errors.New("sim: merge wants the files that sweeps have written with -jsonl, " +
			"see sim help merge")
	}
	var files []sweep.MergeFile
	if err == nil {
		files, err = openAll(operands)
	}
	if err != nil {
		return m.refuse(sh, "merge", err)
	}
	if err := m.spare(operands); err != nil {
		return m.refuse(sh, "merge", err)
	}
	program, err := build()
	if err != nil {
		return m.refuse(sh, "merge", err)
	}
	merge, err := sweep.OpenMerge(program, files)
	if err != nil {
		return m.refuse(sh, "merge", fmt.Errorf("sim: %w", err))
	}
	for _, name := range merge.Torn() {
		fmt.Fprintf(sh.stderr, "sim: %s ends in the middle of a line, which does not count\n",
			quoted(name))
	}
	damaged := merge.Damaged()
	for i := range damaged {
		tellDamage(sh, damaged[i].File, &damaged[i], "what it was of does not count")
	}
	report, err := m.write(merge)
	if err != nil {
		return m.fail(sh, err)
	}
	return m.conclude(sh, report)
}

// spare refuses to write over a file whose lines are not merged: they may be the work of days.
func (m *mergeFlags) spare(merged []string) error {
	info, err := os.Stat(m.out)
	if m.out == "" || err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil
	}
	if slices.ContainsFunc(merged, func(name string) bool { return results.Same(name, m.out) }) {
		return nil
	}
	return fmt.Errorf("sim: -o: there is a file %s, want another name, "+
		"or it among the files to merge", quoted(m.out))
}

// openAll opens files, which stay open as long as the program runs.
func openAll(names []string) (files []sweep.MergeFile, err error) {
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("sim: %w", err)
		}
		files = append(files, sweep.MergeFile{Name: name, ReaderAt: file})
	}
	return files, nil
}

// write makes the report, and the file if one is wanted.
func (m *mergeFlags) write(merge *sweep.Merge) (report *sweep.Report, err error) {
	if m.out == "" {
		return merge.Report(nil)
	}
	replaced, err := m.claimReplaced()
	if err != nil {
		return nil, err
	}
	if replaced != nil {
		defer replaced.Close()
	}
	err = results.Create(m.out, func(w io.Writer) (err error) {
		report, err = merge.Report(func(line []byte) error {
			_, err := w.Write(line)
			return err
		})
		return err
	})
	return report, err
}

// claimReplaced locks the file that the merge is to replace, if there is one: a sweep that writes
// it would lose its lines.
func (m *mergeFlags) claimReplaced() (*os.File, error) {
	if info, err := os.Stat(m.out); err != nil || !info.Mode().IsRegular() {
		return nil, nil
	}
	file, err := os.Open(m.out)
	if err != nil {
		return nil, fmt.Errorf("-o: %w", err)
	}
	if err := claim(file, m.out); err != nil {
		file.Close()
		return nil, fmt.Errorf("-o: %w", err)
	}
	return file, nil
}

// fail tells why there is nothing merged.
func (m *mergeFlags) fail(sh *shell, err error) int {
	fmt.Fprintf(sh.stderr, "sim: %v\n", err)
	code, status := exitOutput, lab.Internal
	if conflict := (*sweep.Conflict)(nil); errors.As(err, &conflict) {
		code, status = exitNondeterministic, lab.Nondeterministic
	}
	if m.json {
		fmt.Fprintf(sh.stdout, "%s\n", sweep.Failed(status, err))
	}
	return code
}
