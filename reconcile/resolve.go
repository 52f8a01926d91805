package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// standing is a claim that stands, as a statement about the ordered pair from,
// to, with what merging asks of it: claims lie scattered in memory and are
// visited once.
type standing struct {
	at       model.Time // established; 0 when not known at all
	from, to model.End
	by       int32 // the claiming item
	kind     model.Kind
	known    bool // at is from history
	text     bool
	twoSided bool
}

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

// noReference is the verdict on a target that is no reference at all.
const noReference = model.End(-1 << 31)

// resolver resolves the claims of one part of the items.
type resolver struct {
	*reconciler
	keys     reader
	read     []key   // of the claims of the items that come next
	leads    []int32 // the buckets of their numbers
	standing []standing
	claims   []model.ClaimRef
	past     []pastClaim
	unmapped map[model.Unmapped]int
	outside  []outsideEnd // in order of first sight; ends of this part count from here
	seen     map[outsideKey]int32
}

type outsideEnd struct {
	outsideKey
	model.Outside
}

// resolveClaims resolves every standing claim, in the order of the items, and
// drops what is no reference: text about projects or hosts nobody has, an
// item's text about itself, and what a later sentence withdrew.
func (rec *reconciler) resolveClaims() {
	if rec.last != nil {
		rec.countClaims()
	}
	total := 0
	for _, s := range rec.stretches {
		total += s.claims
	}
	rec.standing, rec.g.Claims = make([]standing, 0, total), make([]model.ClaimRef, 0, total)
	resolvers := make([]resolver, parts)
	for part, at := 0, 0; part < parts; part++ { // each has room for as many as may stand
		r, to := &resolvers[part], at+rec.stretches[part].claims
		*r = resolver{reconciler: rec, keys: newReader(rec.names), unmapped: map[model.Unmapped]int{}, seen: map[outsideKey]int32{}}
		r.standing, r.claims = rec.standing[at:at:to], rec.g.Claims[at:at:to]
		at = to
	}
	inParts(len(rec.records), func(part, _, _ int) { resolvers[part].all(rec.stretches[part].lo, rec.stretches[part].hi) })
	rec.joinOutside(resolvers)
	unmapped := map[model.Unmapped]int{}
	for i := range resolvers { // closing the gaps that claims which do not stand left
		r := &resolvers[i]
		rec.standing, rec.g.Claims = append(rec.standing, r.standing...), append(rec.g.Claims, r.claims...)
		rec.past = append(rec.past, r.past...)
		for u, n := range r.unmapped {
			unmapped[u] += n
		}
	}
	rec.listUnmapped(unmapped)
	total = len(rec.standing)
	for lo, hi := 0, 0; lo < total; lo = hi {
		by := rec.g.Claims[lo].ClaimedBy
		for hi < total && rec.g.Claims[hi].ClaimedBy == by {
			hi++
		}
		rec.g.Items[by].ClaimLo, rec.g.Items[by].ClaimHi = int32(lo), int32(hi)
	}
	if rec.next != nil {
		rec.keepClaims()
	}
}

// stretch is one part of the items, with how many claims they make.
type stretch struct{ lo, hi, claims int }

// countClaims cuts the items into stretches where only some records were read.
func (rec *reconciler) countClaims() {
	rec.stretches = make([]stretch, parts)
	inParts(len(rec.records), func(part, lo, hi int) {
		n := 0
		for i := lo; i < hi; i++ {
			if rec.last.plain[i] {
				n += int(rec.last.first[i+1] - rec.last.first[i])
			} else {
				n += len(rec.records[i].Claims)
			}
		}
		rec.stretches[part] = stretch{lo, hi, n}
	})
}

// all resolves the claims of a part of the items. Those of items that did not
// change were resolved in the run before.
func (r *resolver) all(lo, hi int) {
	known := func(i int) bool { return r.last != nil && r.last.plain[i] }
	touched, keys := lo, []key(nil)
	for i := lo; i < hi; i++ {
		if from := i; known(i) {
			for i+1 < hi && known(i+1) {
				i++
			}
			r.take(from, i+1)
			continue
		}
		if i >= touched {
			touched = i + 1
			if r.last == nil {
				touched = min(i+ahead, hi)
			}
			keys = r.readAhead(r.records[i:touched])
		}
		plain := true
		if claims := r.records[i].Claims; len(claims) > 0 {
			plain = r.item(int32(i), claims, keys[:len(claims)])
			keys = keys[len(claims):]
		}
		if r.next != nil {
			r.next.plain[i] = plain
		}
	}
}

// readAhead reads the keys of the targets of all claims of some records.
func (r *resolver) readAhead(records []*model.Record) []key {
	touchClaims(records)
	r.read, r.leads = r.read[:0], r.leads[:0]
	for _, record := range records {
		for i := range record.Claims {
			k := r.keys.read(record.Claims[i].Target.Key)
			r.read = append(r.read, k)
			if k.project == nil || k.number == 0 {
				continue
			}
			for at := range k.project.in {
				if bucket, ok := k.project.in[at].bucket(k.number); ok {
					r.leads = append(r.leads, bucket)
				}
			}
		}
	}
	r.touchLeads(r.leads)
	return r.read
}

// item resolves the claims of one item. It tells whether all there is to tell of
// them is that they stand between known items.
func (r *resolver) item(i int32, claims []model.Claim, keys []key) (plain bool) {
	plain = true
	withdraws := false
	for j := range claims {
		withdraws = withdraws || claims[j].Withdraws
	}
	var ends []model.End // of all claims, where some take others back
	if withdraws {
		for j := range claims {
			ends = append(ends, r.resolve(i, &claims[j], keys[j]))
		}
	}
	for j := range claims {
		c := &claims[j]
		kind := cmp.Or(c.Kind, model.Relates)
		var end model.End
		if withdraws {
			end = ends[j]
		} else {
			end = r.resolve(i, c, keys[j])
		}
		plain = plain && (end.Resolved() || end == noReference)
		if end == noReference || c.Withdraws || end.Item() == i && (c.Origin == model.Text || kind != model.Blocks) {
			continue
		}
		from, to := model.End(i), end
		if symmetric := kind.Symmetric(); c.Reverse && !symmetric || symmetric && to.Resolved() && from > to {
			from, to = to, from // a kind without direction has its ends in the order of the items
		}
		switch {
		case !c.Ended.IsZero():
			if kind == model.Blocks && to.Resolved() {
				r.past = append(r.past, pastClaim{c, from.Item(), to.Item()})
				plain = false
			}
			continue
		case withdraws && isWithdrawn(claims, ends, j):
			continue
		}
		if !c.Unmapped.IsZero() {
			plain = false
			r.unmapped[model.Unmapped{Tracker: r.trackers[r.rows[i].home].Name, Phrase: c.Unmapped.String()}]++
		}
		m := established(c)
		r.standing = append(r.standing, standing{
			at: m.at, known: m.known && m.at != 0, from: from, to: to, by: i, kind: kind,
			text: c.Origin == model.Text, twoSided: c.Origin.TwoSided(),
		})
		r.claims = append(r.claims, model.ClaimRef{ClaimedBy: i, Number: int32(j)})
	}
	return plain
}

// isWithdrawn tells whether a later sentence of the same item takes text claim j back.
func isWithdrawn(claims []model.Claim, ends []model.End, j int) bool {
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

// resolve finds the far end of a claim: an item, an outside end of this part,
// or no reference.
func (r *resolver) resolve(from int32, c *model.Claim, k key) model.End {
	own := r.rows[from].home
	t := &c.Target
	if !t.Tracker.IsZero() && t.Tracker != r.trackers[own].word && (t.Native != "" || t.Host == "") {
		var ok bool
		if own, ok = r.names.homes[t.Tracker]; !ok {
			return r.outsideOf(-1, k, model.Unseen)
		}
	}
	switch {
	case t.Native != "":
		if i, ok := r.byNative(own, t.Native, k); ok {
			return model.End(i)
		}
		if r.trackers[own].gone[t.Native] {
			return r.outsideOf(own, k, model.Gone)
		}
		return r.lookup(own, k)
	case t.Host != "":
		return r.choose(own, k, func(tr *tracker) bool { return slices.Contains(tr.Site.Hosts, t.Host) }, true)
	case !t.Tracker.IsZero():
		return r.lookup(own, k)
	}
	// "#12" was completed by the connector, so a key with a number sign names a repository.
	repository := strings.Contains(t.Key, "#")
	return r.choose(own, k, func(tr *tracker) bool { return tr.github == repository }, false)
}

// choose finds the one tracker among those that may own the target. The
// claiming tracker comes first if it knows the project; else the only tracker
// that does; two are ambiguous, and stay so even if only one has that number.
func (r *resolver) choose(own int32, k key, may func(*tracker) bool, byHost bool) model.End {
	candidate, candidates, knowing, knowers := int32(-1), 0, int32(-1), 0
	for i := range r.trackers {
		if !may(&r.trackers[i]) {
			continue
		}
		at := int32(i)
		candidate, candidates = at, candidates+1
		if p := k.in(at); p != nil && p.known {
			if at == own {
				return r.lookup(own, k)
			}
			knowing, knowers = at, knowers+1
		}
	}
	switch {
	case knowers == 1:
		return r.lookup(knowing, k)
	case knowers > 1:
		return r.outsideOf(-1, k, model.Ambiguous)
	case candidates == 0:
		return noReference
	case !byHost && !strings.Contains(k.text, "#"):
		return noReference // UTF-8 and its like: a project nobody has
	case may(&r.trackers[own]):
		return r.lookup(own, k)
	case candidates == 1:
		return r.lookup(candidate, k)
	}
	return r.outsideOf(-1, k, model.Ambiguous)
}

// lookup finds a key in one tracker, by its present name, a former one, a
// former name of its project, or what the tracker answered when asked.
func (r *resolver) lookup(at int32, k key) model.End {
	if i, ok := r.names.find(at, k); ok {
		return model.End(i)
	}
	t, p := &r.trackers[at], k.in(at)
	folded := model.KeyFold(k.text)
	if p != nil && p.now != "" {
		project, _ := model.SplitKey(folded)
		if i, ok := r.names.find(at, r.keys.read(p.now+folded[len(project):])); ok {
			return model.End(i)
		}
	}
	if t.gone[folded] {
		return r.outsideOf(at, k, model.Gone)
	}
	if a := t.answers[folded]; a != nil {
		if a.Found.Native != "" {
			if i, ok := r.byNative(at, a.Found.Native, k); ok {
				return model.End(i)
			}
		}
		if a.Reason != 0 {
			return r.outsideOf(at, k, a.Reason)
		}
	}
	if p != nil && p.closed {
		return r.outsideOf(at, k, model.Forbidden)
	}
	return r.outsideOf(at, k, model.Unseen)
}

func (r *resolver) outsideOf(at int32, k key, reason model.Reason) model.End {
	o := outsideKey{at, model.KeyFold(k.text)}
	i, ok := r.seen[o]
	found := model.Outside{Found: k.text, Reason: reason}
	if !ok {
		i = int32(len(r.outside))
		r.outside = append(r.outside, outsideEnd{o, found})
		r.seen[o] = i
	}
	r.outside[i].join(found)
	return ^model.End(i)
}

// join keeps, of several spellings and reasons of one target, the first
// spelling as strings go and the reason that says most.
func (o *outsideEnd) join(other model.Outside) {
	o.Found = min(o.Found, other.Found)
	o.Reason = max(o.Reason, other.Reason)
}

// joinOutside makes one sorted list of the outside ends of all parts.
func (rec *reconciler) joinOutside(resolvers []resolver) {
	type met struct{ part, i int32 }
	var all []met
	for part := range resolvers {
		for i := range resolvers[part].outside {
			all = append(all, met{int32(part), int32(i)})
		}
	}
	at := func(m met) *outsideEnd { return &resolvers[m.part].outside[m.i] }
	slices.SortFunc(all, func(a, b met) int {
		x, y := at(a), at(b)
		return cmp.Or(strings.Compare(x.key, y.key), cmp.Compare(x.tracker, y.tracker), cmp.Compare(a.part, b.part))
	})
	numbers := make([][]model.End, len(resolvers))
	for part := range resolvers {
		numbers[part] = make([]model.End, len(resolvers[part].outside))
	}
	for i, m := range all {
		if i > 0 && at(m).outsideKey == at(all[i-1]).outsideKey {
			at(m).join(at(all[i-1]).Outside)
			rec.g.Outside = rec.g.Outside[:len(rec.g.Outside)-1]
		}
		rec.g.Outside = append(rec.g.Outside, at(m).Outside)
		numbers[m.part][m.i] = ^model.End(len(rec.g.Outside) - 1)
	}
	for part := range resolvers {
		if len(numbers[part]) == 0 {
			continue
		}
		for i := range resolvers[part].standing {
			s := &resolvers[part].standing[i]
			if !s.from.Resolved() {
				s.from = numbers[part][^s.from]
			}
			if !s.to.Resolved() {
				s.to = numbers[part][^s.to]
			}
		}
	}
}
