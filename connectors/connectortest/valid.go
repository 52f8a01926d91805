package connectortest

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/waitgraph/waitgraph/model"
)

// longestName bounds ids and keys, which are labels and parts of addresses.
const longestName = 1000

// itemsAreValid: every item can be recorded, found and judged.
func (s *suite) itemsAreValid(context.Context) error {
	keys := map[string]string{}
	for i := range s.batches {
		for j := range s.batches[i].Items {
			for _, wrong := range s.wrong(&s.batches[i].Items[j]) {
				o := &s.batches[i].Items[j].Item
				s.bad("batch %d: item %q (%q): %s", i+1, o.Key, o.ID.Native, wrong)
			}
		}
		for _, set := range s.batches[i].Claims {
			for k := range set.Claims {
				if set.Claims[k].Origin != set.Origin {
					s.bad("batch %d: a set of %s claims holds one of %s", i+1, set.Origin, set.Claims[k].Origin)
				}
			}
		}
	}
	for _, r := range s.facts.list(whole) {
		key := model.KeyFold(r.Item.Key)
		if other, taken := keys[key]; taken {
			s.bad("items %q and %q have the same key %q", other, r.Item.ID.Native, r.Item.Key)
		}
		keys[key] = r.Item.ID.Native
	}
	return nil
}

// wrong lists what is wrong with one item.
func (s *suite) wrong(o *model.Observation) []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	it := &o.Item
	if it.ID.Tracker.String() != s.Name {
		bad("is of tracker %q, not %q", it.ID.Tracker, s.Name)
	}
	for what, name := range map[string]string{"id": it.ID.Native, "key": it.Key, "project": it.Project.String()} {
		optional := it.Stub && what == "project"
		if name == "" && !optional || len(name) > longestName || !utf8.ValidString(name) {
			bad("has no usable %s: %q", what, name)
		}
	}
	states := []model.State{model.Todo, model.Doing, model.Done, model.Dropped}
	if !slices.Contains(states, it.State) {
		bad("has the state %q", it.State)
	}
	if it.State.Open() && !it.Closed.IsZero() {
		bad("is open and has a time of closing")
	}
	if it.Stub && len(o.Claims) > 0 {
		bad("is a stub and makes claims")
	}
	for what, t := range map[string]model.Time{"created": it.Created, "updated": it.Updated, "closed": it.Closed, "due": it.Due.Time, "attended": it.Attended.At, "commented": it.Commented} {
		if year := t.Time().Year(); t != 0 && (year < 1900 || year > 9999) {
			bad("has %s in the year %d", what, year)
		}
	}
	if !it.HistoryKnown && len(it.History) > 0 {
		bad("has a history that is not known")
	}
	for i, h := range it.History {
		if !slices.Contains(states, h.State) || h.At.IsZero() || i > 0 && h.At < it.History[i-1].At {
			bad("has an unusable history at change %d", i+1)
		}
	}
	for _, signal := range it.Signals {
		if !slices.Contains([]model.SignalKind{model.SignalFlag, model.SignalStatus, model.SignalLabel, model.SignalField}, signal.Kind) {
			bad("has a signal of kind %q", signal.Kind)
		}
	}
	return append(out, s.wrongClaims(o.Claims)...)
}

func (s *suite) wrongClaims(claims []model.Claim) []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	// A claim without its times and author, as model.Claim.Same compares them. One
	// that ended may have stood before or since: those differ in when it did.
	seen := map[model.Claim]bool{}
	for _, c := range claims {
		if kinds := model.Kinds(); !slices.Contains(kinds[:], c.Kind) {
			bad("makes a claim of kind %q", c.Kind)
		}
		if !slices.Contains([]model.Origin{
			model.IssueLink, model.NativeDependency, model.SubIssue, model.ParentField, model.RemoteLink, model.ClosingReference, model.Text,
		}, c.Origin) {
			bad("makes a claim of origin %q", c.Origin)
		}
		switch t := c.Target; {
		case t.Key == "":
			bad("makes a claim on nothing")
		case t.Native != "" && t.Tracker.String() != s.Name:
			bad("makes a claim on an id of tracker %q", t.Tracker)
		}
		same := model.Claim{Kind: c.Kind, Reverse: c.Reverse, Target: c.Target, Origin: c.Origin, Where: c.Where, Withdraws: c.Withdraws}
		if !c.Ended.IsZero() {
			same.At, same.Ended = c.At, c.Ended
		}
		if seen[same] {
			bad("makes the same claim on %q twice", c.Target.Key)
		}
		seen[same] = true
	}
	return out
}
