package web_test

import (
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func ago(d time.Duration) time.Time { return now.Add(-d) }

// builder makes graphs by hand; items are to be added in the order of the graph.
type builder struct {
	model.Graph
	index map[string]map[string]int32
}

func newBuilder(trackers ...string) *builder {
	b := &builder{index: map[string]map[string]int32{}}
	b.AsOf = ago(10 * time.Second)
	for _, t := range trackers {
		b.Trackers = append(b.Trackers, model.TrackerState{Name: t, LastSync: ago(time.Minute), Fresh: true})
		b.index[t] = map[string]int32{}
	}
	return b
}

func (b *builder) item(tracker, key, team string, state model.State, change ...func(*model.Item)) int32 {
	i := int32(len(b.Items))
	r := &model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf(tracker), Native: "id-" + key}, Key: key, Title: "Title of " + key, State: state}}
	it := &r.Item
	for _, f := range change {
		f(it)
	}
	b.Records = append(b.Records, r)
	b.Items = append(b.Items, model.Node{
		Item: it, State: state, Team: model.WordOf(team), Blocked: -1, Twin: i,
		ClaimLo: int32(len(b.Claims)), ClaimHi: int32(len(b.Claims)),
	})
	b.index[tracker][model.KeyFold(key)] = i
	for _, alias := range it.Aliases {
		b.index[tracker][model.KeyFold(alias)] = i
	}
	return i
}

// depend adds a dependency with one claim by its latest item.
func (b *builder) depend(kind model.Kind, from, to model.End, state model.DependencyState, c model.Claim) int32 {
	by := int32(len(b.Items) - 1)
	c.Kind = kind
	d := model.Dependency{
		Kind: kind, From: from, To: to, State: state, Since: c.At, SinceKnown: model.FromHistory, EvidenceLo: int32(len(b.Evidence)), EvidenceHi: int32(len(b.Evidence)) + 1,
		BothSides: c.Origin.TwoSided(), TextOnly: c.Origin == model.Text,
	}
	if from.Resolved() && to.Resolved() {
		d.CrossTeam = b.Items[from.Item()].Team != b.Items[to.Item()].Team
	}
	n := int32(len(b.Dependencies))
	b.Evidence = append(b.Evidence, int32(len(b.Claims)))
	b.Claims = append(b.Claims, model.ClaimRef{ClaimedBy: by, Number: int32(len(b.Records[by].Claims)), Dependency: n})
	b.Records[by].Claims = append(b.Records[by].Claims, c)
	b.Items[by].ClaimHi++
	b.Dependencies = append(b.Dependencies, d)
	return n
}

func (b *builder) block(item int32, since time.Time, known model.Known, causes ...model.Cause) {
	bl := model.Blocked{Item: item, Since: model.At(since), SinceKnown: known, Causes: causes}
	for _, c := range causes {
		if c.Dependency >= 0 {
			bl.Blockers = append(bl.Blockers, b.Dependencies[c.Dependency].From.Item())
		}
	}
	b.Items[item].Blocked = int32(len(b.Blocked))
	b.Blocked = append(b.Blocked, bl)
}

// graph completes the graph with an engine that walks the active dependencies.
func (b *builder) graph() *model.Graph {
	g := &b.Graph
	g.Assemble(func(tracker, key string) (int32, bool) {
		i, ok := b.index[tracker][model.KeyFold(key)]
		return i, ok
	}, walker{g})
	return g
}

type walker struct{ g *model.Graph }

func (w walker) next(item int32, up bool) (out []int32) {
	for i := range w.g.Dependencies {
		d := &w.g.Dependencies[i]
		if d.Kind != model.Blocks || d.State != model.Active {
			continue
		}
		if up && d.To.Item() == item {
			out = append(out, d.From.Item())
		} else if !up && d.From.Item() == item {
			out = append(out, d.To.Item())
		}
	}
	return out
}

func (w walker) reach(item int32, up bool) (found []int32) {
	queue := []int32{item}
	for len(queue) > 0 {
		for _, i := range w.next(queue[0], up) {
			if i != item && !slices.Contains(found, i) {
				found, queue = append(found, i), append(queue, i)
			}
		}
		queue = queue[1:]
	}
	slices.Sort(found)
	return found
}

func (w walker) Waited(int32) bool { return false }

func (w walker) Past(int32) []model.Interval { return nil }

func (w walker) Radius(item int32) model.Radius {
	r := model.Radius{Waiting: w.reach(item, false)}
	for _, i := range r.Waiting {
		r.Items++
		if t := w.g.Items[i].Team; !slices.Contains(r.Teams, t.String()) {
			r.Teams = append(r.Teams, t.String())
		}
	}
	return r
}

func (w walker) Roots(item int32) (roots []int32, depth int) {
	for _, i := range w.reach(item, true) {
		if len(w.next(i, true)) == 0 {
			roots = append(roots, i)
		}
	}
	return roots, len(w.Chain(item)) - 1
}

func (w walker) Chain(item int32) []int32 {
	chain := []int32{item}
	for up := w.next(item, true); len(up) > 0; up = w.next(up[0], true) {
		chain = append(chain, up[0])
	}
	return chain
}

func (w walker) Critical(item int32) []int32 { return w.Chain(item) }

func (w walker) WantedBy(item int32) int32 {
	wanted := int32(-1)
	for _, i := range w.reach(item, false) {
		d := w.g.Items[i].Due
		if !d.IsZero() && (wanted < 0 || d.Time < w.g.Items[wanted].Due.Time) {
			wanted = i
		}
	}
	return wanted
}

func end(item int32) model.End { return model.End(item) }

func (b *builder) outside(found string, reason model.Reason) model.End {
	b.Outside = append(b.Outside, model.Outside{Found: found, Reason: reason})
	return ^model.End(len(b.Outside) - 1)
}

func points(p float64) func(*model.Item) { return func(it *model.Item) { it.Points = &p } }

// organisation is three teams over two trackers: PAY-10 waits on PLAT-2 which
// waits on acme/api#45; PAY-9 is flagged; PAY-10 also names an item nobody has.
func organisation() *builder {
	b := newBuilder("github", "jira")
	b.Teams = []model.Team{
		{Name: "pay", Lead: "Ana", Manager: "Joe", Channel: "#pay"},
		{Name: "plat", Lead: "Kim"},
	}
	root := b.item("github", "acme/api#45", model.Unowned, model.Doing, func(it *model.Item) {
		it.Title, it.URL, it.Aliases = "=Payments <script>alert(1)</script>", "https://user:pw@github.example/acme/api/pull/45", []string{"acme/old#7"}
		it.Type, it.Status = model.WordOf("Pull Request"), model.WordOf("open")
	})
	b.item("github", "acme/api#112", "pay", model.Done)
	self := b.item("jira", "LOOP-1", "plat", model.Todo)
	flagged := b.item("jira", "PAY-9", "pay", model.Todo, func(it *model.Item) { it.Stub = true })
	ten := b.item("jira", "PAY-10", "pay", model.Doing, points(3.5), func(it *model.Item) {
		it.URL, it.Type, it.Status, it.Priority = "https://jira.example/browse/PAY-10", model.WordOf("Story"), model.WordOf("In Progress"), model.WordOf("High")
		it.Assignees = []model.Account{{ID: "a1", Name: "Ana Silva", Email: "ana@example.org"}, {ID: "joe"}}
		it.Due = model.Date{Time: model.At(time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)), Day: true}
		it.Created = model.At(time.Date(2026, 1, 2, 4, 4, 5, 0, time.FixedZone("", 3600)))
	})
	// What PAY-10 says is claimed by it; the claims of an item stand together.
	b.depend(model.Relates, end(ten), b.outside("acme/gone#30", model.Gone), 0, model.Claim{Origin: model.Text, Where: "body"})
	b.depend(model.Blocks, b.outside("EXT-1", model.Unseen), end(ten), model.Unknown, model.Claim{Origin: model.RemoteLink})
	plat := b.item("jira", "PLAT-2", "plat", model.Todo)
	toPlat := b.depend(model.Blocks, end(root), end(plat), model.Active, model.Claim{Origin: model.Text, Where: "comment 4711", Author: "Kim", At: model.At(ago(3 * day))})
	toTen := b.depend(model.Blocks, end(plat), end(ten), model.Active, model.Claim{Origin: model.IssueLink, Where: "1 blocks", At: model.At(ago(40 * day))})
	b.order([]int32{toPlat, toTen, 1, 0})
	b.block(flagged, ago(2*time.Hour), model.Observed, model.Cause{
		Dependency: -1, Signal: &model.Signal{Kind: model.SignalFlag, Value: "Impediment"}, Finding: model.FindingUnexplained, Since: model.At(ago(2 * time.Hour)), SinceKnown: model.Observed,
	})
	b.block(ten, ago(40*day), model.FromHistory, model.Cause{Dependency: 1, Since: model.At(ago(40 * day)), SinceKnown: model.FromHistory})
	b.block(plat, ago(3*day), model.FromHistory, model.Cause{Dependency: 0, Since: model.At(ago(3 * day)), SinceKnown: model.FromHistory})
	b.Blocked[1].Depth, b.Blocked[2].Depth = 2, 1
	b.Matrix = []model.Cell{
		{Team: "pay", OnTeam: "plat", Items: 1, Oldest: model.At(ago(40 * day)), OldestKnown: model.FromHistory, Points: 3.5},
		{Team: "plat", OnTeam: model.Unowned, Items: 1, Oldest: model.At(ago(3 * day)), OldestKnown: model.Observed},
	}
	b.Blockers = []model.Root{{Item: root, Radius: model.Radius{Items: 2, Teams: []string{"pay", "plat"}, Points: 3.5, EarliestDue: b.Items[ten].Due}}}
	b.Cycles = []model.Cycle{{Members: []int32{self}, Cut: -1, Why: "depends on itself"}, {Members: []int32{ten, plat}, Cut: 1, Why: "the newest"}}
	b.Dangling = []model.Dangling{
		{From: ten, Kind: model.Blocks, Target: "EXT-1", Reason: model.Unseen},
		{From: ten, Kind: model.Relates, Target: "acme/gone#30", Reason: model.Gone},
	}
	b.Unmapped = []model.Unmapped{{Tracker: "jira", Phrase: "is gated by", Claims: 2}}
	return b
}

// process is the organisation with what disagrees in it and what is left undone.
func process() *builder {
	b := organisation()
	const root, ten, plat = 0, 4, 5
	b.Levels = []model.EscalationLevel{{Name: "leads", After: 3 * day}, {Name: "managers", After: 7 * day, Priority: "high"}}
	b.Escalations = []model.Escalation{{Dependency: 1, Level: 0, Reached: []model.Time{model.At(ago(37 * day)), 0}}}
	b.Conflicts = []model.Conflict{
		{Kind: model.ConflictNoDate, Dependency: 0, Blocker: root, Blocked: plat, NeededByFrom: ten},
		{Kind: model.ConflictDueDate, Dependency: 1, Blocker: plat, Blocked: ten, NeededByFrom: ten, SlackDays: -12},
	}
	b.Findings = []model.Finding{
		{Kind: model.FindingTextOnly, Item: plat, Dependency: 0, Since: model.At(ago(3 * day))},
		{Kind: model.FindingUnassignedBlocker, Item: plat, Dependency: -1, Since: model.At(ago(40 * day))},
	}
	b.Adoption = []model.Adoption{{Team: "pay", Dependencies: 1, Clean: 1}, {Team: "plat", Dependencies: 2}, {Team: model.Unowned, Dependencies: 1, Clean: 1}}
	b.People = []model.PersonState{
		{Name: "Ana", Teams: []string{"pay"}, Accounts: []model.PersonAccount{{Tracker: "jira", Account: model.Account{ID: "a1"}}}, Open: []int32{ten}, Doing: []int32{ten}},
		{Name: "joe", Accounts: []model.PersonAccount{{Tracker: "jira", Account: model.Account{ID: "joe"}}}, Open: []int32{ten}, Doing: []int32{ten}},
	}
	b.Unmatched = []model.UnmatchedAccount{{PersonAccount: model.PersonAccount{Tracker: "jira", Account: model.Account{ID: "joe"}}, Items: []int32{ten}}}
	b.Programs = []model.ProgramState{{
		Name: "checkout", Core: "pay", WaitsOn: []string{"plat", model.Unowned}, External: []string{"bank"}, Items: []int32{1, ten}, Open: []int32{ten},
		Blocked: []int32{ten}, Waits: []int32{root, plat}, Critical: []int32{ten, plat, root}, EndFrom: ten,
	}}
	return b
}

// order puts the dependencies into the graph's order.
func (b *builder) order(by []int32) {
	old := b.Dependencies
	b.Dependencies = nil
	for n, i := range by {
		b.Dependencies = append(b.Dependencies, old[i])
		for _, c := range b.EvidenceOf(&old[i]) {
			b.Claims[c].Dependency = int32(n)
		}
	}
}

func status() model.Status {
	return model.Status{
		Version: "1.2.3", Started: ago(day), Loaded: ago(day), ConfigOK: true,
		Trackers: []model.TrackerStatus{
			{
				Name: "github", Type: "github", Fresh: true, LastSync: ago(time.Minute), Items: 2, Complete: true,
				Budget: []model.Budget{{Resource: "core", Limit: 5000, Remaining: 4990, Reset: now.Add(time.Hour)}},
				Loops:  []model.LoopStatus{{Name: "changes", LastRun: ago(time.Minute), Took: 1500 * time.Millisecond}},
			},
			{
				Name: "jira", Type: "jira", Fresh: true, LastSync: ago(2 * time.Minute), Items: 4, Pages: 3, Done: 4, Total: 9, Complete: true,
				Scopes:   []model.Scope{{Name: "PAY", Readable: true}, {Name: "SEC", Error: "not found"}},
				Problems: []model.Problem{{Where: "PAY-3", What: "no key"}}, Skipped: 1,
			},
		},
	}
}
