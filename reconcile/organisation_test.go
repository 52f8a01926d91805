package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// organisation is the size and the shape of generated facts.
type organisation struct {
	items, claims, teams int
	// dense makes every item open, in groups in which a third is blocked by
	// nothing and every claim is one of waiting, so that most of a group waits on
	// most of what came before in it.
	dense bool
}

const (
	window = 400   // how far apart, in items, those that claim something of each other are at most
	group  = 8_600 // items of a dense organisation that may wait on each other
)

// facts generates them: half the items in Jira, half on GitHub, 40% open, most
// claims between neighbours in time, a third of them read from text, teams by
// project and repository; with everything any finding is about.
func (o organisation) facts() (*model.Facts, *model.Rules) {
	r := rand.New(rand.NewPCG(7, uint64(o.items)))
	f := &model.Facts{Trackers: []model.Tracker{
		{Name: "github", Type: "github", LastSync: noon, Site: model.Site{Hosts: []string{"github.com"}}},
		{Name: "jira", Type: "jira", LastSync: noon, Site: model.Site{Hosts: []string{"jira.example"}}},
	}}
	f.Records = make([]*model.Record, o.items)
	for i := range f.Records {
		f.Records[i] = o.record(r, i)
	}
	for range o.claims {
		o.claim(r, f.Records)
	}
	model.SortRecords(f.Records)
	for i, r := range f.Records { // laid out as records read from a store are
		c := *r
		c.Claims = slices.Clone(r.Claims)
		f.Records[i] = &c
	}
	return f, o.rules()
}

func (o organisation) rules() *model.Rules {
	rules := &model.Rules{
		StaleAfter: time.Hour,
		Trackers:   []model.TrackerRules{{Name: "github", Type: "github"}, {Name: "jira", Type: "jira"}},
		Priorities: []model.PriorityRank{{Name: "urgent", Words: []string{"Highest"}}, {Name: "high"}, {Name: "medium"}, {Name: "low"}},
		Escalation: []model.EscalationLevel{
			{Name: "team", After: 3 * day}, {Name: "lead", After: 14 * day, Priority: "medium"}, {Name: "director", After: 30 * day, Conflicts: []string{"due_date", "direction"}},
		},
		Skills: []model.Skill{{Name: "terraform", Match: []model.Matcher{{Label: "infra*"}}}},
		Gaps:   model.GapRules{Horizon: 28 * day, Window: 28 * day, Bugs: []string{"*bug*", "Defect"}},
	}
	for i := range o.teams {
		project, repository := fmt.Sprintf("P%03d", i), fmt.Sprintf("acme/r%03d", i)
		rules.Trackers[0].Projects = append(rules.Trackers[0].Projects, repository)
		rules.Trackers[1].Projects = append(rules.Trackers[1].Projects, project)
		team := model.Team{Name: fmt.Sprintf("team-%03d", i), Capacity: model.Capacity{PointsPerWeek: 20, ItemsPerWeek: 5, WIPPerPerson: 4}, Owns: []model.Matcher{
			{Tracker: "jira", Project: project}, {Label: fmt.Sprintf("team/%03d", i)}, {Repository: repository},
		}}
		if i == o.teams-1 {
			team.Owns = team.Owns[:2] // nobody owns its repository
		}
		for m := range 6 {
			p := model.Person{Name: fmt.Sprintf("Person %d of %d", m, i), Jira: fmt.Sprintf("j-%d-%d", i, m), GitHub: fmt.Sprintf("g-%d-%d", i, m), FTE: 0.8}
			if m == 0 {
				p.Leave = []model.Leave{{First: model.Date{Time: model.At(noon), Day: true}, Last: model.Date{Time: model.At(noon.AddDate(0, 0, 20)), Day: true}}}
			}
			if m == i%12 {
				p.Skills = []string{"terraform"}
			}
			team.Members = append(team.Members, p)
		}
		rules.Teams = append(rules.Teams, team)
	}
	for i := range 20 {
		rules.Programs = append(rules.Programs, model.Program{Name: fmt.Sprintf("program-%02d", i), Core: rules.Teams[0].Name, Select: []model.Matcher{{Label: fmt.Sprintf("program/%02d", i)}}})
	}
	return rules
}

const day = 24 * time.Hour

func (o organisation) record(r *rand.Rand, i int) *model.Record {
	it := model.Item{State: model.Done, Title: fmt.Sprintf("Item %d", i), Created: model.At(noon.AddDate(0, 0, -r.IntN(300))), Type: model.WordOf([...]string{"Story", "Bug", "Task"}[r.IntN(3)])}
	team := r.IntN(o.teams)
	account := model.Account{ID: fmt.Sprintf("j-%d-%d", team, r.IntN(8)), Name: "Somebody"}
	if i%2 == 0 {
		it.ID, it.Project = model.ID{Tracker: model.WordOf("jira"), Native: fmt.Sprint(100000 + i)}, model.WordOf(fmt.Sprintf("P%03d", team))
		it.Key = fmt.Sprintf("%s-%d", it.Project, i+1)
		it.Priority = model.WordOf([...]string{"", "Highest", "High", "Medium", "Low"}[r.IntN(5)])
	} else {
		it.ID, it.Project = model.ID{Tracker: model.WordOf("github"), Native: fmt.Sprintf("I_%08d", i)}, model.WordOf(fmt.Sprintf("acme/r%03d", team))
		it.Key = fmt.Sprintf("%s#%d", it.Project, i+1)
		account.ID = "g" + account.ID[1:]
		it.Pull = r.IntN(10) == 0
	}
	switch n := r.IntN(10); {
	case n < 2 || o.dense && n < 5:
		it.State = model.Doing
	case n < 4 || o.dense:
		it.State = model.Todo
	case n == 4:
		it.State = model.Dropped
	}
	it.Updated = it.Created.Add(time.Duration(r.Int64N(int64(noon.Sub(it.Created.Time())) + 1)))
	if !it.State.Open() {
		it.Closed = it.Created.Add(10 * 24 * time.Hour)
	}
	if r.IntN(10) < 6 {
		it.Assignees = []model.Account{account}
	}
	if r.IntN(2) == 0 {
		p := float64(1 + r.IntN(8))
		it.Points = &p
	}
	date := model.Date{Time: model.At(noon.AddDate(0, 0, r.IntN(160)-40).Truncate(day)), Day: true}
	switch r.IntN(10) {
	case 0, 1, 2:
		it.Due = date
	case 3:
		it.Sprint = &model.Span{Name: "Sprint 42", End: date}
	case 4:
		it.FixVersions = []model.Span{{Name: fmt.Sprintf("2.%d", r.IntN(12)), End: date}}
	}
	if r.IntN(4) == 0 {
		it.Labels = []string{fmt.Sprintf("program/%02d", r.IntN(20)), [...]string{"infra", "ui"}[r.IntN(2)]}
	}
	if it.State.Open() && r.IntN(40) == 0 {
		it.Signals = []model.Signal{{Kind: model.SignalFlag, Value: "Impediment", FirstSeen: it.Updated}}
	}
	if r.IntN(3) == 0 {
		it.HistoryKnown, it.History = true, []model.Transition{{At: it.Created, State: model.Todo}}
		if it.State != model.Todo {
			it.History = append(it.History, model.Transition{At: it.Created.Add(8 * day), State: it.State})
		}
	}
	return &model.Record{Item: it, FirstSeen: it.Created, Confirmed: model.At(noon)}
}

// claim adds one between two items of all.
func (o organisation) claim(r *rand.Rand, all []*model.Record) {
	from := r.IntN(len(all))
	to := max(0, min(len(all)-1, from-1-r.IntN(window)))
	if o.dense {
		for from%3 == 0 || to/group != from/group || to == from {
			from = r.IntN(len(all))
			to = max(0, from-1-r.IntN(window))
		}
	}
	a, b := all[from], all[to]
	c := model.Claim{Kind: model.Blocks, Reverse: true, FirstSeen: model.At(noon.AddDate(0, 0, -r.IntN(60))), Target: model.Target{Key: b.Item.Key}, Origin: model.Text, Where: "body", Seq: 1}
	if r.IntN(3) > 0 && a.Item.ID.Tracker == b.Item.ID.Tracker {
		c.Origin, c.Target.Tracker, c.Target.Native = model.IssueLink, b.Item.ID.Tracker, b.Item.ID.Native
	}
	switch n := r.IntN(300); {
	case o.dense:
	case n == 0:
		c.Kind = model.Mirrors
	case n == 1:
		c.Target = model.Target{Key: b.Item.Key + "0"} // of no known item
	case n == 2: // each says it blocks the other
		b.Claims = append(b.Claims, model.Claim{Kind: model.Blocks, Reverse: true, FirstSeen: model.At(noon), Target: model.Target{Key: a.Item.Key}, Origin: model.Text, Where: "body", Seq: 1})
	case n == 3:
		c.Ended = model.At(noon)
	case n < 100:
		c.Kind = model.Relates
	}
	a.Claims = append(a.Claims, c)
}
