package connectortest

import (
	"context"
	"fmt"
	"slices"
)

// fullRead reads everything, which must end, and gives the other checks what to
// compare with.
func (s *suite) fullRead(ctx context.Context) error {
	c, err := s.New()
	if err != nil {
		return fmt.Errorf("make the connector: %w", err)
	}
	f := newFacts()
	if s.batches, err = read(ctx, c, f); err != nil {
		return err
	}
	for _, p := range f.problems {
		s.bad("could not read %q: %s", p.Where, p.What)
	}
	switch {
	case len(f.list(whole)) == 0:
		s.bad("nothing was read: the checks need at least one item")
		return nil
	case f.cursor == "":
		s.bad("no batch has a cursor: every pass would read everything")
	}
	s.facts = f
	return nil
}

// batchesAreIdempotent: a batch recorded twice is a batch recorded once.
func (s *suite) batchesAreIdempotent(context.Context) error {
	twice := newFacts()
	for i := range s.batches {
		twice.add(&s.batches[i])
		twice.add(&s.batches[i])
	}
	s.compare("every batch twice", s.facts, twice)
	return nil
}

// orderLosesNothing: which items there are does not depend on the order of batches.
func (s *suite) orderLosesNothing(context.Context) error {
	backwards := newFacts()
	for _, b := range slices.Backward(s.batches) {
		backwards.add(&b)
	}
	for _, r := range s.facts.list(whole) {
		if got := backwards.records[r.Item.ID.Native]; got == nil || got.Item.Stub {
			s.bad("%s is lost when the batches come in another order", name(r))
		}
	}
	return nil
}

// secondReadIsEqual: another connector reads the same.
func (s *suite) secondReadIsEqual(ctx context.Context) error {
	again := newFacts()
	if err := s.restart(ctx, again); err != nil {
		return err
	}
	s.compare("a second full read", s.facts, again)
	return nil
}

// nothingNewAfterTheEnd: going on from the last cursor changes nothing, twice.
func (s *suite) nothingNewAfterTheEnd(ctx context.Context) error {
	f := s.facts.clone()
	for range 2 {
		if err := s.restart(ctx, f); err != nil {
			return err
		}
		s.compare("reading on from the end", s.facts, f)
	}
	return nil
}

// resumesAfterEveryBatch: a daemon that ends after any batch and goes on later
// knows in the end what one knows that was never stopped.
func (s *suite) resumesAfterEveryBatch(ctx context.Context) error {
	last := len(s.batches) - 1 // resuming there is nothingNewAfterTheEnd
	step := 1
	if s.Boundaries > 0 && last > s.Boundaries {
		step = (last + s.Boundaries - 1) / s.Boundaries
	}
	f := newFacts()
	for i := range last {
		f.add(&s.batches[i])
		if i%step != 0 {
			continue
		}
		resumed := f.clone()
		if err := s.restart(ctx, resumed); err != nil {
			return fmt.Errorf("resume after batch %d of %d: %w", i+1, len(s.batches), err)
		}
		s.compare(fmt.Sprintf("resumed after batch %d of %d", i+1, len(s.batches)), s.facts, resumed)
	}
	if last < 1 {
		s.skip("everything came in one batch")
	}
	return nil
}

// abandonedReadHarmsNothing: a consumer may leave a read; the same connector
// then reads everything.
func (s *suite) abandonedReadHarmsNothing(ctx context.Context) error {
	c, err := s.New()
	if err != nil {
		return fmt.Errorf("make the connector: %w", err)
	}
	for _, err := range c.Changes(ctx, "") {
		if err != nil {
			return fmt.Errorf("begin to read changes: %w", err)
		}
		break
	}
	f := newFacts()
	if _, err := read(ctx, c, f); err != nil {
		return err
	}
	s.compare("a read after an abandoned one", s.facts, f)
	return nil
}

// cancelledReadIsAnError: a read that is stopped must not look like one that
// has read everything.
func (s *suite) cancelledReadIsAnError(ctx context.Context) error {
	c, err := s.New()
	if err != nil {
		return fmt.Errorf("make the connector: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := read(ctx, c, newFacts()); err == nil {
		s.bad("a read whose context had ended ended without an error")
	}
	return nil
}

// unusableCursorSkipsNothing: a cursor nobody can read is an error, or the beginning.
func (s *suite) unusableCursorSkipsNothing(ctx context.Context) error {
	c, err := s.New()
	if err != nil {
		return fmt.Errorf("make the connector: %w", err)
	}
	f := newFacts()
	f.cursor = "\"no cursor of anybody's\""
	if _, err := read(ctx, c, f); err != nil {
		return nil //nolint:nilerr // refusing such a cursor is right
	}
	for _, r := range s.facts.list(whole) {
		if f.records[r.Item.ID.Native] == nil {
			s.bad("%s is skipped when the cursor cannot be read", name(r))
		}
	}
	return nil
}
