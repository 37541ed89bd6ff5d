package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"raftkv/sim/results"
	"raftkv/sim/sweep"
)

// lines is the file of a sweep. Each line is written at once: whoever kills the program loses no
// line but of the seeds under way.
type lines struct {
	file   *os.File // nil for none; it is locked
	broken error    // why no more can be written
}

func (l *lines) write(line []byte) error {
	if l.file == nil {
		return nil
	}
	_, err := l.file.Write(line)
	l.broken = err
	return err
}

func (l *lines) close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.broken = errors.Join(l.broken, err)
	return err
}

// claim locks a file, so that no other sweep writes it as long as this one does.
func claim(file *os.File, name string) error {
	mine, err := file.Stat()
	if err != nil || !mine.Mode().IsRegular() {
		return err
	}
	if !lock(file) {
		return fmt.Errorf("%s is in use by another sweep, want to wait for its end, or another "+
			"name", quoted(name))
	}
	if there, err := os.Stat(name); err != nil || !os.SameFile(mine, there) {
		return fmt.Errorf("%s was replaced just now, want the same once more", quoted(name))
	}
	return nil
}

// file is the name of the file of lines, "" for none.
func (w *sweepFlags) file() string {
	if w.jsonl == "" {
		return w.resume
	}
	return w.jsonl
}

// open opens the file for the lines, takes in what is done already, and makes the file hold just
// that.
func (w *sweepFlags) open(sh *shell, report *sweep.Report) (err error) {
	name := w.file()
	switch {
	case name == "":
		return nil
	case name == w.resume || results.Same(name, w.resume):
		return w.goOnIn(sh, report)
	}
	if w.lines.file, err = createNew(name); err != nil {
		return err
	}
	err = w.lines.write(report.Plan().Header())
	if err == nil && w.resume != "" {
		err = w.copyDone(sh, report)
	}
	if err == nil {
		return nil
	}
	if info, known := w.lines.file.Stat(); known == nil && info.Mode().IsRegular() {
		os.Remove(name) // nothing is in it but what is elsewhere: the next attempt wants it new
	}
	w.lines.file.Close()
	return err
}

// copyDone takes in what the file of -resume has, and copies it. A file that is not there has
// nothing.
func (w *sweepFlags) copyDone(sh *shell, report *sweep.Report) error {
	done, err := os.Open(w.resume)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sim: -resume: %w", err)
	}
	defer done.Close()
	resumed, err := report.Resume(done, w.lines.write)
	if err != nil {
		return fmt.Errorf("sim: -resume %s: %w", quoted(w.resume), err)
	}
	tellDamage(sh, w.resume, &resumed.Damaged, "what it was of is run again")
	return nil
}

// goOnIn takes in what the file has, and leaves it open to add to its whole lines.
func (w *sweepFlags) goOnIn(sh *shell, report *sweep.Report) error {
	file, err := os.OpenFile(w.resume, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("sim: -resume: %w", err)
	}
	if err := claim(file, w.resume); err != nil {
		file.Close()
		return fmt.Errorf("sim: -resume: %w", err)
	}
	resumed, err := report.Resume(file, nil)
	if err != nil {
		file.Close()
		return fmt.Errorf("sim: -resume %s: %w", quoted(w.resume), err)
	}
	tellDamage(sh, w.resume, &resumed.Damaged, "what it was of is run again")
	w.lines = lines{file: file, broken: w.tear(sh, resumed.Whole)}
	if w.lines.broken == nil && resumed.Whole == 0 {
		w.lines.broken = w.lines.write(report.Plan().Header())
	}
	if w.lines.broken != nil {
		file.Close()
	}
	return w.lines.broken
}

// tear takes from the file what follows its whole lines.
func (w *sweepFlags) tear(sh *shell, whole int64) error {
	info, err := os.Stat(w.resume)
	if err != nil || !info.Mode().IsRegular() || info.Size() <= whole {
		return err
	}
	fmt.Fprintf(sh.stderr, "sim: %s ends in the middle of a line, which is run again\n",
		quoted(w.resume))
	return os.Truncate(w.resume, whole)
}

// tellDamage warns of lines of a file that do not count.
func tellDamage(sh *shell, name string, d *sweep.Damage, so string) {
	if d.Count > 0 {
		fmt.Fprintf(sh.stderr, "sim: %s is damaged, %v; %s\n", quoted(name), d, so)
	}
}

// createNew creates a file. Lines that another sweep has written may be the work of days, and it
// may be writing them now.
func createNew(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("sim: -jsonl: %w", err)
	}
	if err := claim(file, name); err != nil {
		file.Close()
		return nil, fmt.Errorf("sim: -jsonl: %w", err)
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		file.Close()
		return nil, fmt.Errorf("sim: -jsonl: there is a file %s, want -resume %[1]s to go on "+
			"with it, or another name", quoted(name))
	}
	return file, nil
}
