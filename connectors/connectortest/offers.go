package connectortest

import (
	"context"
	"fmt"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// offering makes a connector and reads with it, as the daemon does before it
// uses what a connector may offer besides.
func offering[I any](ctx context.Context, s *suite) (offer I, ok bool, err error) {
	c, err := s.New()
	if err != nil {
		return offer, false, fmt.Errorf("make the connector: %w", err)
	}
	if offer, ok = c.(I); !ok {
		s.skip("not offered")
		return offer, false, nil
	}
	_, err = read(ctx, c, s.facts.clone())
	return offer, true, err
}

// checkAgrees: trying the configuration works where reading does.
func (s *suite) checkAgrees(ctx context.Context) error {
	c, err := s.New() // which has read nothing yet
	if err != nil {
		return fmt.Errorf("make the connector: %w", err)
	}
	checker, ok := c.(connectors.Checker)
	if !ok {
		s.skip("not offered")
		return nil
	}
	site, _, err := checker.Check(ctx)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	for _, scope := range site.Scopes {
		if !scope.Readable {
			s.bad("scope %q cannot be read: %s", scope.Name, scope.Error)
		}
	}
	return nil
}

// sweepAgrees: reading open items again finds them as they are. It may add what
// the stream of changes has no time for.
func (s *suite) sweepAgrees(ctx context.Context) error {
	sweeper, ok, err := offering[connectors.Sweeper](ctx, s)
	if !ok || err != nil {
		return err
	}
	f := s.facts.clone()
	n, apart := 0, map[model.Origin]bool{}
	for b, err := range sweeper.Sweep(ctx, s.facts.list(func(r *model.Record) bool { return r.Item.State.Open() })) {
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		if b.Cursor != "" {
			s.bad("a batch of a sweep has a cursor")
		}
		n++
		for _, set := range b.Claims {
			apart[set.Origin] = true
		}
		f.add(&b)
	}
	if n == 0 {
		s.skip("the sweep had nothing to say")
	}
	s.compare("a sweep", s.facts.quick(apart), f.quick(apart))
	return nil
}

// askAgrees: known keys are found as the items that have them, and a key
// nobody has is not found.
func (s *suite) askAgrees(ctx context.Context) error {
	asker, ok, err := offering[connectors.Asker](ctx, s)
	if !ok || err != nil {
		return err
	}
	const some = 5
	ids := map[string]string{}
	var keys []string
	for _, r := range s.facts.list(whole) {
		if len(keys) < some {
			keys = append(keys, r.Item.Key)
			ids[r.Item.Key] = r.Item.ID.Native
		}
	}
	nobody := keys[0] + "99999999"
	b, err := asker.Ask(ctx, append(keys, nobody))
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	if len(b.Answers) == 0 {
		s.skip("no key can be asked for")
		return nil
	}
	for _, a := range b.Answers {
		native, known := ids[a.Key]
		switch {
		case known && a.Found != (model.ID{Tracker: model.WordOf(s.Name), Native: native}):
			s.bad("%q is item %q, and asking for it finds %q (%s)", a.Key, native, a.Found.Native, a.Reason)
		case !known && a.Key != nobody:
			s.bad("an answer is for %q, which was not asked", a.Key)
		case !known && (a.Found != model.ID{} || a.Reason != model.Gone && a.Reason != model.Forbidden):
			s.bad("%q exists nowhere, and asking for it finds %q (%s)", a.Key, a.Found.Native, a.Reason)
		}
		delete(ids, a.Key)
	}
	for key := range ids {
		s.bad("%q was asked for and has no answer", key)
	}
	f := s.facts.clone()
	f.add(&b)
	s.compare("asking", s.facts.quick(nil), f.quick(nil))
	return nil
}

// censusAgrees: a census finds what was read, all of it and nothing else, and
// calls nothing gone.
func (s *suite) censusAgrees(ctx context.Context) error {
	censor, ok, err := offering[connectors.Censor](ctx, s)
	if !ok || err != nil {
		return err
	}
	census, err := censor.Census(ctx, s.facts.list(whole))
	if err != nil {
		return fmt.Errorf("census: %w", err)
	}
	if len(census.Native) == 0 && len(census.Gone) == 0 {
		s.skip("the census judges nothing")
		return nil
	}
	exists := map[string]bool{}
	for scope, ids := range census.Native {
		for _, native := range ids {
			exists[native] = true
			if s.facts.records[native] == nil {
				s.bad("%q is in scope %q, and was not read", native, scope)
			}
		}
	}
	for _, r := range s.facts.list(whole) {
		if !exists[r.Item.ID.Native] {
			s.bad("%s was read, and the census does not find it", name(r))
		}
	}
	for _, a := range census.Gone {
		s.bad("%q is called %s while it can be read", a.ID.Native, a.Reason)
	}
	for _, scope := range census.Scopes {
		if !scope.Readable {
			s.bad("scope %q cannot be read: %s", scope.Name, scope.Error)
		}
	}
	f := s.facts.clone()
	f.add(&census.Batch)
	s.compare("a census", s.facts.quick(nil), f.quick(nil))
	return nil
}
