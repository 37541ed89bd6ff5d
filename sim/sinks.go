package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

// sinks is who wants the records of a run: a story, a file, both or nobody.
type sinks struct {
	story   *trace.Story
	out     io.Writer // of the story
	records *trace.Writer
	file    *os.File
	buffer  *bufio.Writer
}

// tell adds a story, unless nothing is to be told.
func (k *sinks) tell(sh *shell, s *scenario.Scenario, t telling, out io.Writer) {
	if t.quiet {
		return
	}
	width := sh.width
	if !t.verbose {
		width = min(width, 100)
	}
	k.out = out
	k.story = trace.NewStory(out, trace.StoryOptions{
		Servers: s.Cluster.Servers, Clients: s.Cluster.Clients, Verbose: t.verbose,
		Width: width, Colour: sh.colour,
	})
}

// write adds a file of records.
func (k *sinks) write(file *os.File, h trace.Header) {
	k.file, k.buffer = file, bufio.NewWriter(file)
	k.records = trace.NewWriter(k.buffer, h)
}

// observe returns the sink for the run, nil if nobody wants its records.
func (k *sinks) observe() record.Sink {
	switch {
	case k.story != nil && k.records != nil:
		return func(r *record.Record) {
			k.story.Observe(r)
			k.records.Observe(r)
		}
	case k.story != nil:
		return k.story.Observe
	case k.records != nil:
		return k.records.Observe
	}
	return nil
}

// close ends the story and the file, and returns the first error.
func (k *sinks) close() (err error) {
	if k.story != nil {
		err = k.story.Close()
		fmt.Fprintln(k.out)
	}
	if k.records != nil {
		err = errors.Join(err, k.records.Close())
	}
	if k.file != nil {
		err = errors.Join(err, k.buffer.Flush(), k.file.Close())
	}
	return err
}
