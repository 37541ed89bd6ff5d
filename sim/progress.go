package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"raftkv/sim/sweep"
)

// progress tells, on stderr, how far a sweep is: on a terminal by a bar, elsewhere by a line now
// and then. It has no colours.
type progress struct {
	sh     *shell
	report *sweep.Report
	planned,
	before uint64 // what was done when this program began
	budget time.Duration // 0 for no limit
	begin  time.Time

	done, failures atomic.Uint64 // for the bar, which another goroutine paints
	lastLine       time.Time

	bars *mpb.Progress // nil for lines
	bar  *mpb.Bar
}

// betweenLines is how long nothing is told where there is no terminal.
const betweenLines = 10 * time.Second

func newProgress(sh *shell, report *sweep.Report, budget time.Duration) *progress {
	p := &progress{sh: sh, report: report, budget: budget, begin: time.Now()}
	p.before, p.planned = report.Done()
	p.done.Store(p.before)
	p.lastLine = p.begin
	if !sh.paints || p.planned == p.before {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(sh.stderr), mpb.WithWidth(40))
	p.bar = p.bars.AddBar(int64(p.planned), mpb.BarRemoveOnComplete(), mpb.AppendDecorators(
		decor.Any(func(decor.Statistics) string { return " " + p.words(time.Since(p.begin)) }),
	))
	return p
}

// tell notes that so many seeds are done.
func (p *progress) tell(done uint64) {
	p.done.Store(done)
	p.failures.Store(p.report.Failures())
	if p.bar != nil {
		p.bar.SetCurrent(int64(done))
		return
	}
	if now := time.Now(); now.Sub(p.lastLine) >= betweenLines {
		p.lastLine = now
		fmt.Fprintln(p.sh.stderr, p.words(now.Sub(p.begin)))
	}
}

// words says how far the sweep is after that time: done, a second, failures, time left.
func (p *progress) words(after time.Duration) string {
	done, failures := p.done.Load(), p.failures.Load()
	text := fmt.Sprintf("%d of %d", done, p.planned)
	if done > p.before {
		each := after / time.Duration(done-p.before)
		left := time.Duration(p.planned-done) * each
		if p.budget > 0 {
			left = min(left, max(p.budget-after, 0))
		}
		text += fmt.Sprintf(", %s a second, %v left", rate(done-p.before, after),
			left.Round(time.Second))
	}
	return fmt.Sprintf("%s, failures: %d", text, failures)
}

// close takes the bar away, and says how long it took.
func (p *progress) close() {
	after := time.Since(p.begin)
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
	if ran := p.done.Load() - p.before; ran > 0 {
		fmt.Fprintf(p.sh.stderr, "took %v, %s seeds a second\n", after.Round(time.Millisecond),
			rate(ran, after))
	}
}

// rate returns how many a second, in digits that say something of slow runs too.
func rate(count uint64, after time.Duration) string {
	a := float64(count) / after.Seconds()
	if a < 10 {
		return fmt.Sprintf("%.2f", a)
	}
	return fmt.Sprintf("%.0f", a)
}
