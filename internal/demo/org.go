package demo

import (
	"fmt"
	"strings"
	"time"
)

// person is an employee with an account in each tracker.
type person struct {
	id    int
	name  string
	first string // as colleagues address them
	jira  string // Jira account id
	login string // GitHub login
	email string
	team  *team
}

// team owns a Jira project or a repository, and whatever bears its label.
type team struct {
	name    string
	label   string // by which it owns work in others' repositories
	manager string
	channel string
	members []*person // the first one leads
	home    *project
	// objects are what the team's work is about, goal the programme it leads.
	objects []string
	goal    string
}

// span is a sprint, fix version or milestone.
type span struct {
	id    int
	name  string
	start time.Time
	end   time.Time
}

// project is a Jira project or a repository.
type project struct {
	id     int
	key    string // PAY or harbor/mobile
	name   string
	github bool
	team   *team // nil: nobody's
	last   int   // the highest number given out
	since  time.Time
	// releases are fix versions in Jira and milestones on GitHub.
	releases []*span
	sprints  []*span
}

// short is the repository's name without its owner.
func (p *project) short() string {
	_, name, _ := strings.Cut(p.key, "/")
	return name
}

const owner = "harbor"

// found sets up teams, people and projects as they were when the history begins.
func (w *World) found(start time.Time) {
	plan := []struct {
		team, manager, goal, project, title string
		members, objects                    []string
	}{
		{
			"payments", "Joana Prado", "instant-payouts", "PAY", "Payments",
			[]string{"Ana Silva", "Tomasz Nowak", "Mei Lin", "Oluwaseun Ade", "Greta Holm"},
			[]string{
				"instant payout requests", "the payout ledger", "the bank cut-off calendar", "seller balances", "payout fees", "the chargeback reserve",
				"IBAN validation", "the settlement file import", "payout webhooks", "fraud holds", "currency quotes", "payout receipts",
			},
		},
		{
			"identity", "Joana Prado", "login-rewrite", "IDN", "Identity",
			[]string{"Rafael Costa", "Hannah Weiss", "Yusuf Demir", "Priya Nair", "Luca Ferri"},
			[]string{
				"passkey sign-in", "the session service", "login tokens", "account recovery", "two-factor enrolment", "the consent screen",
				"single sign-on for agencies", "device trust", "the sign-up form", "password migration", "login rate limits", "seller verification",
			},
		},
		{
			"data", "Erik Lund", "data-retention", owner + "/data", "data",
			[]string{"Sofia Marin", "Daniel Okafor", "Ines Roth", "Kenji Mori", "Clara Petit"},
			[]string{
				"the events pipeline", "the orders snapshot", "retention windows", "the erasure job", "the payouts report", "the churn model",
				"the warehouse schema", "consent records", "the seller dashboard feed", "late-arriving events", "the audit export", "the search index feed",
			},
		},
		{
			"platform", "Erik Lund", "data-retention", "PLAT", "Platform",
			[]string{"Victor Haas", "Amara Diallo", "Petra Novak", "Sam Whitfield", "Noor Rahman"},
			[]string{
				"the message broker", "the deploy pipeline", "service certificates", "the object store", "the secrets vault", "regional failover",
				"the API gateway", "tracing", "the job scheduler", "database backups", "the feature flag service", "the staging cluster",
			},
		},
		{
			"mobile", "Kate Byrne", "instant-payouts", owner + "/mobile", "mobile",
			[]string{"Marco Bianchi", "Elif Kaya", "Jonas Berg", "Lucia Vega", "Theo Laurent"},
			[]string{
				"the payout screen", "push notifications", "biometric login", "the order list", "offline drafts", "the listing camera",
				"deep links", "the onboarding flow", "the balance widget", "crash reporting", "the settings screen", "the chat view",
			},
		},
		{
			"web", "Kate Byrne", "login-rewrite", owner + "/web", "web",
			[]string{"Nadia Haddad", "Felix Braun", "Aoife Kelly", "Ivan Petrov", "Zoe Martens"},
			[]string{
				"the seller dashboard", "the login page", "the checkout", "the payout settings", "the help centre", "listing search",
				"the cookie banner", "the order timeline", "the design tokens", "the invoice view", "the account menu", "server rendering",
			},
		},
	}
	for _, p := range plan {
		t := &team{name: p.team, label: "team/" + p.team, manager: p.manager, channel: "#" + p.team, objects: p.objects, goal: p.goal}
		for _, name := range p.members {
			t.members = append(t.members, w.hire(name, t))
		}
		t.home = w.establish(p.project, p.title, t, start)
		w.teams = append(w.teams, t)
	}
	// A repository nobody has claimed yet.
	w.docs = w.establish(owner+"/docs", "docs", nil, start)
}

func (w *World) hire(name string, t *team) *person {
	first, last, _ := strings.Cut(name, " ")
	id := len(w.people) + 1
	p := &person{
		id: id, name: name, first: first, team: t,
		jira:  fmt.Sprintf("5f3c%04x9b1e%04x7700a1%02x", id*2654%65536, id*40503%65536, id),
		login: strings.ToLower(first[:1] + last),
		email: strings.ToLower(first+"."+last) + "@harbor.example",
	}
	w.people = append(w.people, p)
	return p
}

func (w *World) establish(key, name string, t *team, start time.Time) *project {
	p := &project{id: 10001 + len(w.projects), key: key, name: name, team: t, github: strings.Contains(key, "/"), since: start}
	day := start.Truncate(24 * time.Hour)
	for i := range 3 {
		release := &span{id: p.id*100 + i, name: fmt.Sprintf("%s %d.0", strings.ToUpper(name[:1])+name[1:], i+4)}
		release.start = day.AddDate(0, 0, 40*i)
		release.end = day.AddDate(0, 0, 60+45*i)
		p.releases = append(p.releases, release)
	}
	for i := range 10 {
		s := &span{id: p.id*100 + 50 + i, name: fmt.Sprintf("%s sprint %d", strings.ToUpper(name[:1])+name[1:], 31+i)}
		s.start = day.AddDate(0, 0, 14*i).Add(9 * time.Hour)
		s.end = s.start.AddDate(0, 0, 14)
		p.sprints = append(p.sprints, s)
	}
	w.projects = append(w.projects, p)
	return p
}

// phrases are the ways a title speaks of an object, by type.
func phrases(t kind) []string {
	switch t {
	case bug:
		return []string{
			"%s: wrong after the clocks change", "%s: times out for large sellers", "%s: shows stale values", "%s: fails on retry",
			"%s: breaks with an empty name", "%s: memory grows over a day", "%s: duplicate entries under load", "%s: wrong rounding in yen",
		}
	case pull:
		return []string{"Add %s", "Rework %s", "Fix %s", "Speed up %s", "Clean up %s", "Test %s", "Guard %s behind a flag"}
	}
	return []string{
		"Version %s", "Move %s to the new cluster", "Make %s idempotent", "Document %s", "Add limits to %s", "Audit %s", "Alert on %s",
		"Roll out %s to Spain", "Measure %s", "Simplify %s", "Load-test %s", "Let support inspect %s", "Retire the old code of %s", "Translate %s",
	}
}

// sentences open a description.
func sentences() []string {
	return []string{
		"Sellers have asked for this since spring.", "Found while preparing the launch review.", "The current behaviour surprises everybody who meets it.",
		"Small, but it unlocks the rest of the plan.", "Agreed in the architecture meeting.", "Support gets about ten tickets a week on this.",
		"Keep the old behaviour behind a flag until the roll-out is complete.", "Checksums stay SHA-256 and texts UTF-8, as before.",
	}
}
