package reconcile

import (
	"cmp"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// Reconcile makes the graph of what the facts mean under the rules at now. It
// neither changes nor keeps its arguments, but the graph points into the
// records, which are immutable.
func Reconcile(f *model.Facts, r *model.Rules, now time.Time) *model.Graph {
	rec := &reconciler{facts: f, rules: r, now: now, loc: cmp.Or(r.Location, time.UTC)}
	rec.g = &model.Graph{AsOf: now, Location: rec.loc, Teams: r.Teams, Levels: r.Escalation}
	for _, p := range r.Priorities {
		rec.g.Ranks = append(rec.g.Ranks, p.Name)
	}
	rec.readTrackers()
	rec.readItems()
	rec.resolveClaims()
	rec.mergeClaims()
	rec.foldMirrors()
	rec.judge()
	rec.close()
	rec.schedule()
	rec.listCycles()
	rec.listBlocked()
	rec.fillMatrix()
	rec.rankBlockers()
	rec.listDangling()
	rec.listPeople()
	rec.findGaps()
	rec.findConflicts()
	rec.escalate()
	rec.listPrograms()
	rec.findHygiene()
	rec.g.Assemble(rec.find(), rec.plan)
	return rec.g
}

// reconciler is the state of one run.
type reconciler struct {
	facts *model.Facts
	rules *model.Rules
	now   time.Time
	loc   *time.Location
	g     *model.Graph

	trackers []tracker // sorted by name
	records  []*model.Record
	claims   [][]model.Claim // of each item
	home     []int32         // tracker of each item
	signals  []bool          // whether an item has signals of its own

	resolved []resolved  // standing claims, parallel to g.Claims
	past     []pastClaim // blocks claims that have ended
	outsides map[outsideKey]int32

	mirrored bool // some items are folded into one
	closure  *closure
	plan     *plan
	programs *programs
	persons  *persons
}

// tracker is one tracker as targets are resolved in it.
type tracker struct {
	*model.Tracker
	fresh  bool
	github bool
	// known are the projects whose keys are references, folded; former names lead to the present one
	known   map[string]string
	keys    map[string]int32
	native  map[string]int32 // made when a key alone does not lead to an item
	gone    map[string]bool  // native ids and folded keys of items that are gone
	answers map[string]*model.Answer
	closed  map[string]bool // folded names of configured scopes that cannot be read
}

func (rec *reconciler) readTrackers() {
	byName := map[string]*model.Tracker{}
	for i := range rec.facts.Trackers {
		byName[rec.facts.Trackers[i].Name] = &rec.facts.Trackers[i]
	}
	for _, tr := range rec.rules.Trackers {
		if byName[tr.Name] == nil {
			byName[tr.Name] = &model.Tracker{Name: tr.Name, Type: tr.Type}
		}
	}
	for _, t := range byName {
		rec.trackers = append(rec.trackers, tracker{Tracker: t})
	}
	slices.SortFunc(rec.trackers, func(a, b tracker) int { return cmp.Compare(a.Name, b.Name) })
	for i := range rec.trackers {
		t := &rec.trackers[i]
		t.github = t.Type == "github"
		t.fresh = !t.LastSync.IsZero() && (rec.rules.StaleAfter <= 0 || rec.now.Sub(t.LastSync) <= rec.rules.StaleAfter)
		t.answers = make(map[string]*model.Answer, len(t.Answers))
		for j := range t.Answers {
			t.answers[model.KeyFold(t.Answers[j].Key)] = &t.Answers[j]
		}
		t.closed = map[string]bool{}
		for _, s := range t.Site.Scopes {
			if !s.Readable {
				t.closed[model.KeyFold(s.Name)] = true
			}
		}
		t.known = map[string]string{}
		for _, tr := range rec.rules.Trackers {
			if tr.Name == t.Name {
				for _, p := range tr.Projects {
					t.known[model.KeyFold(p)] = p
				}
			}
		}
		for _, p := range t.Site.Projects {
			for _, former := range p.Former {
				t.known[model.KeyFold(former)] = p.Key
			}
		}
		for _, p := range t.Site.Projects { // a present name beats a former one of another project
			t.known[model.KeyFold(p.Key)] = p.Key
		}
	}
}

// trackerAt finds a tracker by name.
func (rec *reconciler) trackerAt(name string) (int32, bool) {
	i, ok := slices.BinarySearchFunc(rec.trackers, name, func(t tracker, name string) int { return cmp.Compare(t.Name, name) })
	return int32(i), ok
}

// find leads from names to items after the run.
func (rec *reconciler) find() func(tracker, key string) (int32, bool) {
	keys := make(map[string]map[string]int32, len(rec.trackers))
	for i := range rec.trackers {
		keys[rec.trackers[i].Name] = rec.trackers[i].keys
	}
	return func(tracker, key string) (int32, bool) {
		i, ok := keys[tracker][model.KeyFold(key)]
		return i, ok
	}
}
