package connectortest

import (
	"context"
	"errors"
	"fmt"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Happening is what a check lets happen to a tracker's items.
type Happening string

// What can happen.
const (
	Create Happening = "create" // a new item with the title
	Update Happening = "update" // an open item gets the title
	Delete Happening = "delete"
	Move   Happening = "move"   // to another container: a new key, perhaps a new id
	Hide   Happening = "hide"   // the account loses the permission to read some items, but not all
	Touch  Happening = "touch"  // one of the hidden items gets the title
	Show   Happening = "show"   // the permission is back
	Tangle Happening = "tangle" // an item gets links to 10,000 others, or as many as the tracker lets it have
)

// Changed is what a happening did.
type Changed struct {
	// Native is the id the item had.
	Native string
	// Links is how many links Tangle made.
	Links int
}

const unchangeable = "the harness cannot change the tracker"

// happen lets something happen; not ok means that the tracker has no such thing.
func (s *suite) happen(ctx context.Context, what Happening, title string) (Changed, bool, error) {
	if s.Change == nil {
		s.skip(unchangeable)
		return Changed{}, false, nil
	}
	changed, err := s.Change(ctx, what, title)
	if errors.Is(err, errors.ErrUnsupported) {
		s.skip(err.Error())
		return Changed{}, false, nil
	}
	if err != nil {
		return Changed{}, false, fmt.Errorf("%s an item: %w", what, err)
	}
	return changed, true, nil
}

// cycle does what the daemon does between two looks at everything: a census, the
// changes, and a sweep of what is open.
func (s *suite) cycle(ctx context.Context, c connectors.Connector, f *facts) error {
	if censor, ok := c.(connectors.Censor); ok {
		census, err := censor.Census(ctx, f.list(whole))
		if err != nil {
			return fmt.Errorf("census: %w", err)
		}
		census.Batch.Cursor = ""
		census.Batch.Gone = append(census.Batch.Gone, census.Gone...)
		f.add(&census.Batch)
	}
	var scope *connectors.ScopeError
	if _, err := read(ctx, c, f); err != nil && !errors.As(err, &scope) {
		return err
	}
	if sweeper, ok := c.(connectors.Sweeper); ok {
		open := f.list(func(r *model.Record) bool { return r.Gone == 0 && r.Item.State.Open() })
		for b, err := range sweeper.Sweep(ctx, open) {
			if err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
			b.Cursor = ""
			f.add(&b)
		}
	}
	return nil
}

// lived is a connector that has read everything, with what it knows.
func (s *suite) lived(ctx context.Context) (connectors.Connector, *facts, error) {
	c, err := s.New()
	if err != nil {
		return nil, nil, fmt.Errorf("make the connector: %w", err)
	}
	f := newFacts()
	if _, err := read(ctx, c, f); err != nil {
		return nil, nil, err
	}
	return c, f, nil
}

// asFresh compares what has been followed with what one reads who comes anew.
// Both go through a cycle. Left out are items that are gone, stubs, and keys in
// links: whoever is far need not hear of a change.
func (s *suite) asFresh(ctx context.Context, what string, c connectors.Connector, f *facts) error {
	if err := s.cycle(ctx, c, f); err != nil {
		return err
	}
	other, fresh, err := s.lived(ctx)
	if err != nil {
		return err
	}
	if err := s.cycle(ctx, other, fresh); err != nil {
		return err
	}
	s.compare(what, fresh.present(f), f.present(f))
	return nil
}

// present is what stands in facts, seen by somebody who knows what is gone.
func (f *facts) present(gone *facts) *facts {
	out := newFacts()
	for native, r := range f.quick(nil).records {
		if r.Gone == model.Gone || r.Item.Stub {
			continue
		}
		r.Item.Aliases = nil
		var claims []model.Claim
		for _, c := range r.Claims {
			if far := gone.records[c.Target.Native]; far != nil && far.Gone == model.Gone {
				continue
			}
			if c.Target.Native != "" {
				c.Target.Key = ""
			}
			claims = append(claims, c)
		}
		r.Claims = claims
		out.records[native] = r
	}
	return out
}

// changesWhilePaging: an item that changes, and one that comes, while a read is
// under way are neither lost nor seen in two shapes.
func (s *suite) changesWhilePaging(ctx context.Context) error {
	if s.Change == nil {
		s.skip(unchangeable)
		return nil
	}
	c, err := s.New()
	if err != nil {
		return fmt.Errorf("make the connector: %w", err)
	}
	f, batches := newFacts(), 0
	var made [2]Changed
	for b, err := range c.Changes(ctx, "") {
		if err != nil {
			return fmt.Errorf("read changes: %w", err)
		}
		f.add(&b)
		if batches++; batches != 1 {
			continue
		}
		for n, what := range []Happening{Update, Create} {
			var ok bool
			if made[n], ok, err = s.happen(ctx, what, string(what)+"d while paging"); err != nil || !ok {
				return err
			}
		}
	}
	if _, err := read(ctx, c, f); err != nil {
		return err
	}
	_, fresh, err := s.lived(ctx)
	if err != nil {
		return err
	}
	s.compare("after changes in the middle of a read", fresh.present(f), f.present(f))
	for n, title := range []string{string(Update) + "d while paging", string(Create) + "d while paging"} {
		if r := f.records[made[n].Native]; r == nil || r.Item.Title != title {
			s.bad("item %q should be called %q, and is %+v", made[n].Native, title, r)
		}
	}
	return nil
}

// deletion: what was deleted is gone after a census, and nothing else is.
func (s *suite) deletion(ctx context.Context) error {
	c, f, err := s.lived(ctx)
	if err != nil {
		return err
	}
	gone, ok, err := s.happen(ctx, Delete, "")
	if err != nil || !ok {
		return err
	}
	if err := s.asFresh(ctx, "after a deletion", c, f); err != nil {
		return err
	}
	if _, ok := c.(connectors.Censor); !ok {
		s.skip("not offered: items stay until they are asked for")
		return nil
	}
	for native, r := range f.records {
		switch {
		case native == gone.Native && r.Gone != model.Gone:
			s.bad("%s was deleted and is not called gone", name(r))
		case native != gone.Native && r.Gone == model.Gone:
			s.bad("%s is called gone, and another was deleted", name(r))
		}
	}
	return nil
}

// move: a moved item is one item, under its new key.
func (s *suite) move(ctx context.Context) error {
	c, f, err := s.lived(ctx)
	if err != nil {
		return err
	}
	before := f.clone()
	moved, ok, err := s.happen(ctx, Move, "")
	if err != nil || !ok {
		return err
	}
	if err := s.asFresh(ctx, "after a move", c, f); err != nil {
		return err
	}
	was, is := before.records[moved.Native], f.records[moved.Native]
	if was == nil || is == nil {
		s.bad("the moved item %q was not known, or is not any more", moved.Native)
		return nil
	}
	if is.Gone != model.Gone && is.Item.State.Open() && is.Item.Key == was.Item.Key {
		s.bad("%s was moved and has its key still", name(is))
	}
	for native, r := range f.records {
		if native != moved.Native && r.Gone == model.Gone {
			s.bad("%s is called gone, and another was moved", name(r))
		}
	}
	return nil
}

// permission: what may not be read for a while is not gone, and what changed
// meanwhile is noticed.
func (s *suite) permission(ctx context.Context) error {
	c, f, err := s.lived(ctx)
	if err != nil {
		return err
	}
	if _, ok, err := s.happen(ctx, Hide, ""); err != nil || !ok {
		return err
	}
	if err := s.cycle(ctx, c, f); err != nil {
		return fmt.Errorf("without permission: %w", err)
	}
	for _, r := range f.records {
		if r.Gone == model.Gone {
			s.bad("%s is called gone, and is only hidden", name(r))
		}
	}
	touched, touchable, err := s.happen(ctx, Touch, "changed while hidden")
	if err != nil {
		return err
	}
	if _, _, err := s.happen(ctx, Show, ""); err != nil {
		return err
	}
	if err := s.cycle(ctx, c, f); err != nil {
		return fmt.Errorf("with the permission back: %w", err)
	}
	if err := s.asFresh(ctx, "after the permission came back", c, f); err != nil {
		return err
	}
	for _, r := range f.records {
		if r.Gone != 0 {
			s.bad("%s is called %s, and can be read again", name(r), r.Gone)
		}
	}
	if r := f.records[touched.Native]; touchable && (r == nil || r.Item.Title != "changed while hidden") {
		s.bad("what changed while it was hidden is not noticed: %+v", r)
	}
	return nil
}

// Hostile is a title that texts of the world and of attackers are made of, in
// letters that a tracker keeps.
const Hostile = "Überweisung 対応 🚚 e\u0301 \u202eright\u202c zero\u200bwidth <script>alert(1)</script> \"quoted\" & 'so' \\n %s ${x} {{y}}"

// unicode: such a title is read as it is.
func (s *suite) unicode(ctx context.Context) error {
	made, ok, err := s.happen(ctx, Create, Hostile)
	if err != nil || !ok {
		return err
	}
	_, f, err := s.lived(ctx)
	if err != nil {
		return err
	}
	r := f.records[made.Native]
	if r == nil {
		s.bad("the new item %q is not read", made.Native)
		return nil
	}
	if r.Item.Title != Hostile {
		s.bad("the title is read as %q, want %q", r.Item.Title, Hostile)
	}
	return nil
}

// manyLinks: an item with thousands of links is read with all of them.
func (s *suite) manyLinks(ctx context.Context) error {
	made, ok, err := s.happen(ctx, Tangle, "")
	if err != nil || !ok {
		return err
	}
	c, f, err := s.lived(ctx)
	if err != nil {
		return err
	}
	if err := s.cycle(ctx, c, f); err != nil {
		return err
	}
	r := f.records[made.Native]
	if r == nil {
		s.bad("the item with %d links is not read", made.Links)
		return nil
	}
	if len(r.Claims) < made.Links {
		s.bad("%s has %d links, and %d are read", name(r), made.Links, len(r.Claims))
	}
	return nil
}
