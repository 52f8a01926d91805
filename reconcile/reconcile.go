package reconcile

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// Reconcile makes the graph of what the facts mean under the rules at now. It
// neither changes nor keeps its arguments, but the graph points into the
// records, which are immutable.
func Reconcile(f *model.Facts, r *model.Rules, now time.Time) *model.Graph {
	rec := newReconciler(f, r, now)
	rec.run()
	return rec.g
}

func newReconciler(f *model.Facts, r *model.Rules, now time.Time) *reconciler {
	rec := &reconciler{facts: f, rules: r, now: now, moment: model.At(now), loc: cmp.Or(r.Location, time.UTC), closure: &closure{}, plan: &plan{}}
	rec.g = &model.Graph{AsOf: now, Location: rec.loc, Teams: r.Teams, Levels: r.Escalation}
	for _, p := range r.Priorities {
		rec.g.Ranks = append(rec.g.Ranks, p.Name)
	}
	return rec
}

func (rec *reconciler) run() {
	rec.readTeams()
	rec.readTrackers()
	rec.readMembers()
	rec.read()
	rec.date()
	rec.makeNodes()
	rec.resolveClaims()
	rec.mergeClaims()
	before := &past{}
	together(
		func() { rec.g.Assemble(rec.names.lookup, engine{rec.plan, before}) },
		func() {
			rec.foldMirrors()
			rec.judge()
			rec.close()
			rec.schedule()
		},
	)
	together(
		func() {
			together(rec.listBlocked, rec.findConflicts)
			together(
				rec.fillMatrix,
				rec.escalate,
				func() {
					rec.listPrograms()
					rec.findHygiene()
				},
			)
		},
		func() {
			rec.listPeople()
			rec.findGaps()
		},
		func() {
			rec.rankBlockers()
			rec.listCycles()
			rec.listDangling()
		},
	)
	rec.keepPast(before)
	rec.last = rec.next
}

// reconciler is the state of one run. Its slices about items are parallel to
// g.Items.
type reconciler struct {
	facts  *model.Facts
	rules  *model.Rules
	now    time.Time
	moment model.Time // now
	loc    *time.Location
	g      *model.Graph

	trackers []tracker // sorted by name
	teams    []string  // sorted, the unowned among them
	names    *names

	rows    []row
	turns   []turns
	records []*model.Record
	natives []string // immutable ids
	counts  []int    // by tracker: its items

	stretches []stretch
	standing  []standing  // claims, parallel to g.Claims
	past      []pastClaim // blocks claims that have ended, by item

	mirrored bool // some items are folded into one
	closure  *closure
	plan     *plan
	selected [][]int32 // the items of each program, then those that need each skill
	persons  *persons
	// accounts are those that open items are assigned to, in the order of the
	// items; holders are indices into them, see row
	accounts []sighting
	holders  []int32
	people   []int32 // by account: its person

	last, next *kept // of the run before, and of this one for the next
	keeps      bool
}

// tracker is one tracker as targets are resolved in it.
type tracker struct {
	*model.Tracker
	word    model.Word // its name
	fresh   bool
	github  bool
	gone    map[string]bool // native ids and folded keys of items that are gone
	answers map[string]*model.Answer
	native  func() map[string]int32 // made when a key alone does not lead to an item
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
		rec.trackers = append(rec.trackers, tracker{Tracker: t, word: model.WordOf(t.Name)})
	}
	slices.SortFunc(rec.trackers, func(a, b tracker) int { return cmp.Compare(a.Name, b.Name) })
	rec.names = newNames(rec.trackers)
	for i := range rec.trackers {
		at, t := int32(i), &rec.trackers[i]
		t.github = t.Type == "github"
		t.fresh = !t.LastSync.IsZero() && (rec.rules.StaleAfter <= 0 || rec.now.Sub(t.LastSync) <= rec.rules.StaleAfter)
		t.gone = map[string]bool{}
		t.native = sync.OnceValue(func() map[string]int32 { return rec.indexNatives(at) })
		t.answers = make(map[string]*model.Answer, len(t.Answers))
		for j := range t.Answers {
			t.answers[model.KeyFold(t.Answers[j].Key)] = &t.Answers[j]
		}
		for _, s := range t.Site.Scopes {
			if !s.Readable {
				rec.names.place(at, s.Name).closed = true
			}
		}
		for _, tr := range rec.rules.Trackers {
			if tr.Name == t.Name {
				for _, p := range tr.Projects {
					rec.names.know(at, p, p)
				}
			}
		}
		for _, p := range t.Site.Projects {
			for _, former := range p.Former {
				rec.names.know(at, former, p.Key)
			}
		}
		for _, p := range t.Site.Projects { // a present name beats a former one of another project
			rec.names.know(at, p.Key, p.Key)
		}
	}
}

// readTeams numbers the teams in the order of their names.
func (rec *reconciler) readTeams() {
	rec.teams = append(rec.teams, model.Unowned)
	for i := range rec.rules.Teams {
		rec.teams = append(rec.teams, rec.rules.Teams[i].Name)
	}
	slices.Sort(rec.teams)
	rec.teams = slices.Compact(rec.teams)
}

func (rec *reconciler) teamAt(name string) int32 {
	i, _ := slices.BinarySearch(rec.teams, name)
	return int32(i)
}
