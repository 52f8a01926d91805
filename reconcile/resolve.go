package reconcile

import (
	"math"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// resolved is a standing claim whose far end is known or known to be unknown,
// with what merging asks of it: claims lie scattered in memory and are visited once.
type resolved struct {
	from  int32 // the claiming item
	other int32 // an item, or ^i for g.Outside[i]
	at    int64 // established, Unix nanoseconds; never when not known at all
	kind  kind
	// reverse: other is the canonical from end; known: at is from history
	reverse, known, text, twoSided bool
}

const never = math.MinInt64

// pastClaim is a blocks claim that stood once.
type pastClaim struct {
	claim            *model.Claim
	blocker, blocked int32 // the blocker is negative when it is no known item
}

// outsideKey makes two targets one: the same key, wanted from the same tracker.
type outsideKey struct {
	tracker int32 // -1 when no single tracker owns it
	key     string
}

// dropped is the verdict on a target that is no reference at all.
const dropped = int32(-1 << 31)

// resolveClaims resolves every standing claim, in the order of the items, and
// drops what is no reference: text about projects or hosts nobody has, an
// item's text about itself, and what a later sentence withdrew.
func (rec *reconciler) resolveClaims() {
	rec.outsides = map[outsideKey]int32{}
	total := 0
	for _, claims := range rec.claims {
		total += len(claims)
	}
	rec.resolved = make([]resolved, 0, total)
	rec.g.Claims = make([]model.Evidence, 0, total)
	unmapped := map[model.Unmapped]int{}
	var ends []int32
	for i, claims := range rec.claims {
		n := &rec.g.Items[i]
		n.ClaimLo = int32(len(rec.resolved))
		ends = ends[:0]
		withdrawn := false
		for j := range claims {
			c := &claims[j]
			ends = append(ends, rec.resolve(int32(i), c))
			withdrawn = withdrawn || c.Withdraws
		}
		for j := range claims {
			c, end := &claims[j], ends[j]
			switch {
			case end == dropped || c.Withdraws:
				continue
			case end == int32(i) && (c.Origin == model.Text || c.Kind != model.Blocks):
				continue
			case !c.Ended.IsZero():
				p := pastClaim{c, int32(i), end}
				if c.Reverse {
					p.blocker, p.blocked = p.blocked, p.blocker
				}
				if c.Kind == model.Blocks && p.blocked >= 0 {
					rec.past = append(rec.past, p)
				}
				continue
			case withdrawn && isWithdrawn(claims, ends, j):
				continue
			}
			if c.Unmapped != "" {
				unmapped[model.Unmapped{Tracker: n.ID.Tracker, Phrase: c.Unmapped}]++
			}
			rec.resolved = append(rec.resolved, newResolved(int32(i), end, c))
			rec.g.Claims = append(rec.g.Claims, model.Evidence{Claim: c, ClaimedBy: int32(i)})
		}
		n.ClaimHi = int32(len(rec.resolved))
	}
	rec.listUnmapped(unmapped)
}

func newResolved(from, other int32, c *model.Claim) resolved {
	r := resolved{from: from, other: other, at: never, kind: kindOf(c.Kind), reverse: c.Reverse, text: c.Origin == model.Text, twoSided: c.Origin.TwoSided()}
	at, known := established(c)
	if !at.IsZero() {
		r.at, r.known = at.UnixNano(), known == model.FromHistory
	}
	return r
}

// isWithdrawn tells whether a later sentence of the same item takes text claim j back.
func isWithdrawn(claims []model.Claim, ends []int32, j int) bool {
	if claims[j].Origin != model.Text {
		return false
	}
	for k := range claims {
		if claims[k].Withdraws && claims[k].Ended.IsZero() && ends[k] == ends[j] && claims[k].Seq > claims[j].Seq {
			return true
		}
	}
	return false
}

// resolve finds the far end of a claim: an item, ^i for an outside end, or dropped.
func (rec *reconciler) resolve(from int32, c *model.Claim) int32 {
	own := rec.home[from]
	t := &c.Target
	switch {
	case t.Native != "":
		if t.Tracker != "" && t.Tracker != rec.trackers[own].Name {
			var ok bool
			if own, ok = rec.trackerAt(t.Tracker); !ok {
				return rec.outsideOf(-1, t.Key, model.Unseen)
			}
		}
		if i, ok := rec.byNative(own, t.Native, t.Key); ok {
			return i
		}
		if rec.trackers[own].gone[t.Native] {
			return rec.outsideOf(own, t.Key, model.Gone)
		}
		return rec.lookup(own, t.Key)
	case t.Host != "":
		return rec.choose(own, t, func(tr *tracker) bool { return slices.Contains(tr.Site.Hosts, t.Host) }, true)
	case t.Tracker != "":
		i, ok := rec.trackerAt(t.Tracker)
		if !ok {
			return rec.outsideOf(-1, t.Key, model.Unseen)
		}
		return rec.lookup(i, t.Key)
	}
	// "#12" was completed by the connector, so a key with a number sign names a repository.
	repository := strings.Contains(t.Key, "#")
	return rec.choose(own, t, func(tr *tracker) bool { return tr.github == repository }, false)
}

// choose finds the one tracker among those that may own the target. The
// claiming tracker comes first if it knows the project; else the only tracker
// that does; two are ambiguous, and stay so even if only one has that number.
func (rec *reconciler) choose(own int32, t *model.Target, may func(*tracker) bool, byHost bool) int32 {
	project, _ := model.SplitKey(t.Key)
	project = model.KeyFold(project)
	candidate, candidates, knowing, knowers := int32(-1), 0, int32(-1), 0
	for i := range rec.trackers {
		tr := &rec.trackers[i]
		if !may(tr) {
			continue
		}
		candidate, candidates = int32(i), candidates+1
		if _, ok := tr.known[project]; ok {
			if int32(i) == own {
				return rec.lookup(own, t.Key)
			}
			knowing, knowers = int32(i), knowers+1
		}
	}
	switch {
	case knowers == 1:
		return rec.lookup(knowing, t.Key)
	case knowers > 1:
		return rec.outsideOf(-1, t.Key, model.Ambiguous)
	case candidates == 0:
		return dropped
	case !byHost && !strings.Contains(t.Key, "#"):
		return dropped // UTF-8 and its like: a project nobody has
	case may(&rec.trackers[own]):
		return rec.lookup(own, t.Key)
	case candidates == 1:
		return rec.lookup(candidate, t.Key)
	}
	return rec.outsideOf(-1, t.Key, model.Ambiguous)
}

// lookup finds a key in one tracker, by its present name, a former one, a
// former name of its project, or what the tracker answered when asked.
func (rec *reconciler) lookup(at int32, key string) int32 {
	t := &rec.trackers[at]
	folded := model.KeyFold(key)
	if i, ok := t.keys[folded]; ok {
		return i
	}
	project, _ := model.SplitKey(folded)
	if now, ok := t.known[project]; ok && model.KeyFold(now) != project {
		if i, ok := t.keys[model.KeyFold(now)+folded[len(project):]]; ok {
			return i
		}
	}
	if t.gone[folded] {
		return rec.outsideOf(at, key, model.Gone)
	}
	if a := t.answers[folded]; a != nil {
		if a.Found.Native != "" {
			if i, ok := rec.byNative(at, a.Found.Native, key); ok {
				return i
			}
		}
		if a.Reason != "" {
			return rec.outsideOf(at, key, a.Reason)
		}
	}
	if t.closed[project] {
		return rec.outsideOf(at, key, model.Forbidden)
	}
	return rec.outsideOf(at, key, model.Unseen)
}

func (rec *reconciler) outsideOf(at int32, key string, reason model.Reason) int32 {
	k := outsideKey{at, model.KeyFold(key)}
	i, ok := rec.outsides[k]
	if !ok {
		i = int32(len(rec.g.Outside))
		rec.g.Outside = append(rec.g.Outside, model.Outside{Found: key, Reason: reason})
		rec.outsides[k] = i
	}
	return ^i
}
