package metrics_test

import (
	"time"

	"github.com/waitgraph/waitgraph/model"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

const day = 24 * time.Hour

// builder makes graphs by hand. Items are added in the order of their refs.
type builder struct{ model.Graph }

func (b *builder) item(tracker, key, team string, state model.State) int32 {
	i := int32(len(b.Items))
	r := &model.Record{Item: model.Item{ID: model.ID{Tracker: model.WordOf(tracker), Native: key}, Key: key, State: state}}
	b.Records = append(b.Records, r)
	b.Items = append(b.Items, model.Node{
		Item: &r.Item, State: state, Team: model.WordOf(team), Blocked: -1, Twin: i,
	})
	return i
}

// blocks adds a dependency with one claim of each origin.
func (b *builder) blocks(blocker, blocked int32, state model.DependencyState, origins ...model.Origin) int32 {
	d := model.Dependency{Kind: model.Blocks, From: model.End(blocker), To: model.End(blocked), State: state}
	if blocker < 0 {
		d.From = ^model.End(len(b.Outside))
		b.Outside = append(b.Outside, model.Outside{Found: "XX-1", Reason: model.Unseen})
	} else {
		d.CrossTeam = b.Items[blocker].Team != b.Items[blocked].Team
	}
	d.EvidenceLo = int32(len(b.Evidence))
	for _, o := range origins {
		b.Evidence = append(b.Evidence, int32(len(b.Claims)))
		r := b.Records[blocked]
		b.Claims = append(b.Claims, model.ClaimRef{ClaimedBy: blocked, Number: int32(len(r.Claims)), Dependency: int32(len(b.Dependencies))})
		r.Claims = append(r.Claims, model.Claim{Kind: model.Blocks, Origin: o})
	}
	d.EvidenceHi = int32(len(b.Evidence))
	b.Dependencies = append(b.Dependencies, d)
	return int32(len(b.Dependencies) - 1)
}

// block makes an item blocked since a time by dependencies, or by a flag when there are none.
func (b *builder) block(item int32, since time.Time, deps ...int32) {
	bl := model.Blocked{Item: item, Since: model.At(since)}
	for _, d := range deps {
		bl.Causes = append(bl.Causes, model.Cause{Dependency: d, Since: model.At(since)})
	}
	if len(deps) == 0 {
		bl.Causes = []model.Cause{{Dependency: -1, Signal: &model.Signal{Kind: model.SignalFlag}, Since: model.At(since)}}
	}
	b.Items[item].Blocked = int32(len(b.Blocked))
	b.Blocked = append(b.Blocked, bl)
}

func trackers(fresh ...bool) (states []model.TrackerState, status []model.TrackerStatus) {
	for i, f := range fresh {
		name := []string{"gh", "jira"}[i]
		states = append(states, model.TrackerState{Name: name, Fresh: f, LastSync: ago(time.Minute)})
		status = append(status, model.TrackerStatus{Name: name, Fresh: f, LastSync: ago(time.Minute)})
	}
	return states, status
}

// organisation is two teams over two trackers: pay waits on plat by an active
// dependency known from a link and from text, on a mirrored pair, and by a flag.
func organisation() (*model.Graph, model.Status) {
	b := &builder{}
	states, status := trackers(true, true)
	b.AsOf, b.Trackers = now, states
	b.Teams = []model.Team{{Name: "pay"}, {Name: "plat"}, {Name: "idle"}}
	copyOf := b.item("gh", "acme/pay#1", "pay", model.Todo) // mirrored by jira:PAY-1
	own := b.item("jira", "PAY-1", "pay", model.Doing)
	flagged := b.item("jira", "PAY-2", "pay", model.Todo)
	b.item("jira", "PAY-3", "pay", model.Done)
	root := b.item("jira", "PLAT-1", "plat", model.Doing)
	done := b.item("jira", "PLAT-2", model.Unowned, model.Done)
	b.Items[own].Twin = copyOf

	d1 := b.blocks(root, copyOf, model.Active, model.Text, model.IssueLink)
	d2 := b.blocks(root, own, model.Active, model.Text)
	b.blocks(done, own, model.Satisfied, model.NativeDependency, model.IssueLink)
	b.blocks(-1, own, model.Unknown, model.RemoteLink)
	b.Dependencies = append(b.Dependencies, model.Dependency{Kind: model.Relates, From: model.End(root), To: model.End(own), EvidenceHi: 1})
	b.block(copyOf, ago(2*day), d1)
	b.block(own, ago(5*day), d2)
	b.block(flagged, ago(30*time.Minute))
	b.Matrix = []model.Cell{{Team: "pay", OnTeam: "plat", Items: 1, Oldest: model.At(ago(5 * day))}}
	b.Blockers = []model.Root{{Item: root, Radius: model.Radius{Items: 1}}}
	limit, points, count := 2, 30.0, 12.0
	b.Teams[0].Capacity.WIPPerPerson = limit
	b.Ranks, b.Levels = []string{"urgent", "normal"}, []model.EscalationLevel{{Name: "leads"}, {Name: "managers"}}
	b.Location = time.UTC
	b.Items[root].Rank = 1
	b.Items[root].Due = model.Date{Time: model.At(now.Add(4 * day))}
	b.Gaps = []model.TeamGaps{
		{
			Team: "pay", Open: []int32{copyOf, flagged}, Blocking: []int32{copyOf, flagged},
			Unassigned:    model.Unassigned{Blocking: []int32{copyOf}, Due: []int32{copyOf, flagged}},
			Overloaded:    []model.Load{{Person: "Ana", Doing: []int32{own}, Limit: limit}},
			Capacity:      model.Forecast{Points: &points, Items: &count, Due: []int32{copyOf, flagged}, DemandPoints: 33, OpenEstimated: []int32{copyOf}},
			Concentration: model.Concentration{Holders: []model.Holder{{Person: "Ana", Items: []int32{copyOf}}}},
			Skills:        []model.SkillGap{{Skill: "ios", Items: []int32{copyOf}}},
			Bottleneck:    model.Bottleneck{Items: 3},
		},
		{Team: "plat", Flow: model.Flow{OpenBugs: []int32{root}}},
		{Team: "idle"},
		{Team: model.Unowned},
	}
	b.History = &model.History{Began: ago(90 * day), At: now, Totals: []model.Totals{{Team: "pay", BlockedSeconds: 86400, Arrived: 5, Completed: 4, Reopened: 1}}}
	b.Conflicts = []model.Conflict{{Kind: model.ConflictDueDate, Dependency: d1, Blocker: root, Blocked: copyOf}, {Kind: model.ConflictPriority, Dependency: d1, Blocker: root, Blocked: copyOf}}
	b.Escalations = []model.Escalation{{Dependency: d1, Level: 1}, {Dependency: d2}}
	b.Findings = []model.Finding{{Kind: model.FindingNoEstimate, Item: root, Dependency: -1}}
	b.Adoption = []model.Adoption{{Team: "pay", Dependencies: 4, Clean: 3}, {Team: "idle"}}
	b.People = []model.PersonState{{Name: "Ana", Teams: []string{"pay"}, Doing: []int32{own}, Blocking: []int32{copyOf, root}}, {Name: "Guest"}}
	b.Programs = []model.ProgramState{{Name: "launch", Items: []int32{copyOf, done}, Blocked: []int32{copyOf}, Waits: []int32{root}, EndFrom: root}, {Name: "later", EndFrom: -1}}
	b.Cycles = []model.Cycle{{Members: []int32{done}, Cut: -1}}

	status[1].Budget = []model.Budget{{Resource: "requests", Limit: 100, Remaining: 40}}
	status[1].CredentialExpiry = now.Add(30 * day)
	status[1].Scopes = []model.Scope{{Name: "PAY", Readable: true}, {Name: "PLAT", Readable: true}, {Name: "SEC"}, {Name: "OPS", Readable: true}}
	return &b.Graph, model.Status{Version: "1.2.3", Loaded: ago(time.Hour), ConfigOK: true, Trackers: status}
}
