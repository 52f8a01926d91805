// Package connectortest is what every connector must hold, whatever its
// tracker: that a read can be resumed after any batch, that nothing is lost,
// invented or read differently the second time, and that what it may offer
// besides agrees with what it reads.
//
// The checks see a connector from outside only. They need a tracker at rest:
// one that does not change while they run, with at least one item. Where the
// harness can spoil its answers or change it, more is checked: that neither
// loses, invents or removes anything.
package connectortest

import (
	"context"
	"fmt"
	"iter"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Harness is a connector to be checked.
type Harness struct {
	// Name is the tracker's name: the Tracker of every ID.
	Name string
	// New makes a connector as a restarted daemon would: what earlier ones
	// remember, it does not.
	New func() (connectors.Connector, error)
	// Boundaries is the most places at which the read is resumed, spread over
	// the whole; 0 is every place.
	Boundaries int

	// Weather, if not nil, is between the connectors and the tracker.
	Weather *Weather
	// Change, if not nil, lets something happen to the tracker's items and tells
	// to which. What the tracker cannot do is an error that wraps
	// errors.ErrUnsupported and says so.
	Change func(ctx context.Context, what Happening, title string) (Changed, error)
	// Empty, if not nil, makes a connector whose scope holds no item.
	Empty func() (connectors.Connector, error)
}

// Result is what one check found.
type Result struct {
	// Name is the check's: a few words with dashes.
	Name string
	// Skipped is why there was nothing to check, "" when there was.
	Skipped string
	// Problems are what is wrong; none means the check holds.
	Problems []string
}

// mostProblems bounds what one check reports.
const mostProblems = 10

// suite is what the checks share: one full read.
type suite struct {
	Harness
	batches []model.Batch
	facts   *facts
	result  *Result
}

func (s *suite) bad(format string, args ...any) {
	switch n := len(s.result.Problems); {
	case n < mostProblems:
		s.result.Problems = append(s.result.Problems, fmt.Sprintf(format, args...))
	case n == mostProblems:
		s.result.Problems = append(s.result.Problems, "and more of the kind")
	}
}

func (s *suite) skip(why string) { s.result.Skipped = why }

type check struct {
	name string
	run  func(*suite, context.Context) error
}

func checks() []check {
	return []check{
		{"full-read", (*suite).fullRead},
		{"items-are-valid", (*suite).itemsAreValid},
		{"batches-are-idempotent", (*suite).batchesAreIdempotent},
		{"order-loses-nothing", (*suite).orderLosesNothing},
		{"second-read-is-equal", (*suite).secondReadIsEqual},
		{"nothing-new-after-the-end", (*suite).nothingNewAfterTheEnd},
		{"resumes-after-every-batch", (*suite).resumesAfterEveryBatch},
		{"abandoned-read-harms-nothing", (*suite).abandonedReadHarmsNothing},
		{"cancelled-read-is-an-error", (*suite).cancelledReadIsAnError},
		{"unusable-cursor-skips-nothing", (*suite).unusableCursorSkipsNothing},
		{"check-agrees", (*suite).checkAgrees},
		{"sweep-agrees", (*suite).sweepAgrees},
		{"ask-agrees", (*suite).askAgrees},
		{"census-agrees", (*suite).censusAgrees},

		{"survives-429-storm", storm(Limited)},
		{"survives-5xx", storm(Broken, Down)},
		{"survives-cut-bodies", storm(Cut, Lost)},
		{"survives-malformed-bodies", storm(Malformed, Login)},
		{"faults-remove-nothing", (*suite).censusInStorm},
		{"clock-skew", (*suite).clockSkew},
		{"empty-scope", (*suite).emptyScope},

		// These change the tracker, and what was read first no longer holds.
		{"changes-while-paging", (*suite).changesWhilePaging},
		{"unicode", (*suite).unicode},
		{"deletion", (*suite).deletion},
		{"move", (*suite).move},
		{"permission-lost-and-back", (*suite).permission},
		{"item-with-10000-links", (*suite).manyLinks},
	}
}

// Run does all checks, one after another, and yields each one's result as it
// ends. When the first read fails there is nothing to check against, and it is
// the only result.
func Run(ctx context.Context, h Harness) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		s := &suite{Harness: h}
		for _, c := range checks() {
			s.result = &Result{Name: c.name}
			err := c.run(s, ctx)
			if err != nil {
				s.bad("%v", err)
			}
			if !yield(*s.result) || s.facts == nil || ctx.Err() != nil {
				return
			}
		}
	}
}

// T is the part of a *testing.T that Test uses.
type T[Self any] interface {
	Run(name string, f func(Self)) bool
	Context() context.Context
	Error(args ...any)
	Skip(args ...any)
}

// Test does all checks as subtests: connectortest.Test(t, harness).
func Test[Self T[Self]](t Self, h Harness) {
	for r := range Run(t.Context(), h) {
		t.Run(r.Name, func(t Self) {
			for _, p := range r.Problems {
				t.Error(p)
			}
			if r.Skipped != "" && len(r.Problems) == 0 {
				t.Skip(r.Skipped)
			}
		})
	}
}
