package connectortest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

const noWeather = "the harness cannot spoil the tracker's answers"

// mostPasses is how many passes a read may take until its tracker is well again.
const mostPasses = 12

// persist reads until a pass succeeds, as the daemon does: what was read stands,
// each pass goes on from there, and no pass begins before a limit ends.
func persist(ctx context.Context, c connectors.Connector, f *facts) (failed []error, err error) {
	for range mostPasses {
		if _, err = read(ctx, c, f); err == nil || ctx.Err() != nil {
			return failed, err
		}
		failed = append(failed, err)
		if limit := (*connectors.LimitError)(nil); errors.As(err, &limit) {
			if err := pause(ctx, time.Until(limit.Until)); err != nil {
				return failed, err
			}
		}
	}
	return failed, fmt.Errorf("%d passes failed: %w", mostPasses, err)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// storm is a check that a read which meets faults ends with the same facts: it
// gets through, or fails, and going on completes it.
func storm(faults ...Fault) func(*suite, context.Context) error {
	return func(s *suite, ctx context.Context) error {
		if s.Weather == nil {
			s.skip(noWeather)
			return nil
		}
		for _, fault := range faults {
			c, err := s.New()
			if err != nil {
				return fmt.Errorf("make the connector: %w", err)
			}
			f := newFacts()
			s.Weather.foul(fault, 2, 3)
			failed, err := persist(ctx, c, f)
			s.Weather.fair()
			if err != nil {
				return fmt.Errorf("%s: %w", fault, err)
			}
			f.problems = nil
			s.compare(fmt.Sprintf("a read that met %q, %d passes of it failing", fault, len(failed)), s.facts, f)
			for _, err := range failed {
				if why := connectors.Reason(err); why == "auth" || why == "scope" {
					s.bad("%q is taken for a refusal: %v", fault, err)
				}
			}
			s.earlyRequests(string(fault))
		}
		return nil
	}
}

func (s *suite) earlyRequests(when string) {
	for _, e := range s.Weather.early() {
		s.bad("%s: a request was sent before the time asked for had passed: %s", when, e)
	}
}

// censusInStorm: a census that meets faults calls nothing gone.
func (s *suite) censusInStorm(ctx context.Context) error {
	if s.Weather == nil {
		s.skip(noWeather)
		return nil
	}
	censor, ok, err := offering[connectors.Censor](ctx, s)
	if !ok || err != nil {
		return err
	}
	known := s.facts.list(whole)
	for _, fault := range []Fault{Malformed, Login, Broken, Cut} {
		for _, every := range []int{1, 2} {
			s.Weather.foul(fault, every, 4)
			census, err := censor.Census(ctx, known)
			s.Weather.fair()
			if err != nil {
				continue // nothing is judged
			}
			for _, a := range append(census.Gone, census.Batch.Gone...) {
				s.bad("%q: item %q is called %s", fault, a.ID.Native, a.Reason)
			}
		}
	}
	return nil
}

// clockSkew: what a tracker's clock says of now is not what ours says.
func (s *suite) clockSkew(ctx context.Context) error {
	if s.Weather == nil {
		s.skip(noWeather)
		return nil
	}
	for _, skew := range []time.Duration{-26 * time.Hour, 26 * time.Hour} {
		s.Weather.set(skew)
		f := newFacts()
		if err := s.restart(ctx, f); err != nil {
			return fmt.Errorf("a clock %s off: %w", skew, err)
		}
		s.compare(fmt.Sprintf("a clock %s off", skew), s.facts, f)
		s.Weather.foul(Limited, 2, 1)
		c, err := s.New()
		if err != nil {
			return fmt.Errorf("make the connector: %w", err)
		}
		if _, err := persist(ctx, c, f); err != nil {
			return fmt.Errorf("a clock %s off: %w", skew, err)
		}
		s.Weather.fair()
		s.earlyRequests(fmt.Sprintf("a clock %s off", skew))
	}
	s.Weather.set(0)
	return nil
}

// emptyScope: a scope without items is read, and nothing is wrong with it.
func (s *suite) emptyScope(ctx context.Context) error {
	if s.Empty == nil {
		s.skip("the harness has no scope without items")
		return nil
	}
	f := newFacts()
	for range 2 {
		c, err := s.Empty()
		if err != nil {
			return fmt.Errorf("make the connector: %w", err)
		}
		if _, err := read(ctx, c, f); err != nil {
			return err
		}
		if censor, ok := c.(connectors.Censor); ok {
			census, err := censor.Census(ctx, nil)
			if err != nil {
				return fmt.Errorf("census: %w", err)
			}
			for _, scope := range census.Scopes {
				if !scope.Readable {
					s.bad("scope %q is empty, and said to be unreadable: %s", scope.Name, scope.Error)
				}
			}
			f.add(&census.Batch)
		}
		if sweeper, ok := c.(connectors.Sweeper); ok {
			for _, err := range sweeper.Sweep(ctx, nil) {
				if err != nil {
					return fmt.Errorf("sweep: %w", err)
				}
			}
		}
	}
	for _, r := range f.list(func(*model.Record) bool { return true }) {
		s.bad("%s was read from a scope without items", name(r))
	}
	return nil
}
