// Package sweep runs scenarios with many seeds, on all cores, and tells what they show: failures by
// what they have in common, the marks that occurred, and what may be expected of the seeds that
// were not run.
//
// Everything follows from the [Plan] and from the lines, one a run, that enter a [Report] in the
// order of the plan. A file of lines gives the same report again, so that a sweep can be
// interrupted and resumed, or shared out among machines and merged, and nobody can tell. Start
// reading at [Report.Run]:
//
//	plan.go, seeds.go    which runs, in which order
//	run.go               workers run ahead, lines enter in order
//	line.go, file.go     a run in a line, the lines in a file
//	merge.go             several files as one
//	report.go, group.go  what the lines come to; failures by their signature, each run again
//	report_text.go       for people; report_json.go for programs
//	estimate.go          what that says of other seeds
package sweep
