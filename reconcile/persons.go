package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// persons numbers the people that items are assigned to: members of teams by
// any of their accounts, everybody else by e-mail or account.
type persons struct {
	rules    *model.Rules
	github   map[string]bool // trackers of type github
	accounts map[account]int32
	emails   map[string]int32
	names    []string
	// memberships of people, by number
	memberships [][]membership
}

type account struct {
	kind string // the kind of tracker an account in the config is of, or the tracker's name
	id   string // lower case
}

type membership struct {
	team   int
	member *model.Person
}

func newPersons(r *model.Rules) *persons {
	p := &persons{rules: r, github: map[string]bool{}, accounts: map[account]int32{}, emails: map[string]int32{}}
	for _, t := range r.Trackers {
		p.github[t.Name] = t.Type == "github"
	}
	for ti := range r.Teams {
		for mi := range r.Teams[ti].Members {
			p.enrol(ti, &r.Teams[ti].Members[mi])
		}
	}
	return p
}

// enrol adds a member. Whoever shares an account with somebody known is that person.
func (p *persons) enrol(team int, m *model.Person) {
	keys := []account{{"jira", strings.ToLower(m.Jira)}, {"github", strings.ToLower(m.GitHub)}}
	who, email := int32(-1), strings.ToLower(m.Email)
	for _, k := range keys {
		if known, ok := p.accounts[k]; ok && k.id != "" {
			who = known
		}
	}
	if known, ok := p.emails[email]; ok && email != "" {
		who = known
	}
	if who < 0 {
		who = p.add(m.Name)
	}
	for _, k := range keys {
		if _, taken := p.accounts[k]; !taken && k.id != "" {
			p.accounts[k] = who
		}
	}
	if _, taken := p.emails[email]; !taken && email != "" {
		p.emails[email] = who
	}
	p.memberships[who] = append(p.memberships[who], membership{team, m})
}

func (p *persons) add(name string) int32 {
	p.names, p.memberships = append(p.names, name), append(p.memberships, nil)
	return int32(len(p.names) - 1)
}

func (p *persons) name(who int32) string { return p.names[who] }

// readMembers enrols the members. Where a rule asks for the team of an assignee,
// that must not depend on which items show the e-mail that joins an account to a
// member, so all are looked at beforehand.
func (rec *reconciler) readMembers() {
	p := newPersons(rec.rules)
	rec.persons = p
	if len(p.emails) == 0 || !asksAssignee(rec.rules) {
		return
	}
	for _, r := range rec.facts.Records {
		if !r.Item.State.Open() || r.Gone == model.Gone {
			continue
		}
		for i := range r.Item.Assignees {
			a := &r.Item.Assignees[i]
			if a.Email == "" || a.ID == "" {
				continue
			}
			if who, ok := p.emails[strings.ToLower(a.Email)]; ok {
				_, own := p.accountsOf(r.Item.ID.Tracker.String(), a)
				if other, taken := p.accounts[own]; !taken || who < other {
					p.accounts[own] = who
				}
			}
		}
	}
}

// asksAssignee tells whether any matcher asks for the team of an assignee.
func asksAssignee(r *model.Rules) bool {
	asks := func(m model.Matcher) bool { return m.AssigneeTeam != "" }
	return slices.ContainsFunc(r.Teams, func(t model.Team) bool { return slices.ContainsFunc(t.Owns, asks) }) ||
		slices.ContainsFunc(r.Programs, func(p model.Program) bool { return slices.ContainsFunc(p.Select, asks) }) ||
		slices.ContainsFunc(r.Skills, func(s model.Skill) bool { return slices.ContainsFunc(s.Match, asks) })
}

// accountsOf are what an account is known by: as the config names accounts, and
// in its own tracker.
func (p *persons) accountsOf(tracker string, a *model.Account) (named, own account) {
	id, kind := strings.ToLower(a.ID), "jira"
	if p.github[tracker] {
		kind = "github"
	}
	return account{kind, id}, account{"tracker " + tracker, id}
}

// inTeam tells whether the person behind an account is a member of a team. It
// changes nothing, so parts of the items may ask at once.
func (p *persons) inTeam(tracker string, a *model.Account, team string) bool {
	named, own := p.accountsOf(tracker, a)
	who, ok := p.accounts[named]
	if !ok || named.id == "" {
		who, ok = p.emails[strings.ToLower(a.Email)]
		if !ok || a.Email == "" {
			who, ok = p.accounts[own]
		}
	}
	return ok && slices.ContainsFunc(p.memberships[who], func(m membership) bool { return p.rules.Teams[m.team].Name == team })
}

// of is the person behind an account.
func (p *persons) of(tracker string, a *model.Account) int32 {
	named, own := p.accountsOf(tracker, a)
	email := strings.ToLower(a.Email)
	if who, ok := p.accounts[named]; ok && named.id != "" {
		return who
	}
	if who, ok := p.emails[email]; ok && email != "" {
		if _, known := p.accounts[own]; !known && own.id != "" {
			p.accounts[own] = who // where it shows no e-mail it is the same person
		}
		return who
	}
	who, ok := p.accounts[own]
	if !ok {
		who = p.add(cmp.Or(a.Name, a.ID, a.Email))
		p.accounts[own] = who
	}
	if email != "" {
		p.emails[email] = who
	}
	return who
}

// assigned appends the people an open item is assigned to, each once.
func (rec *reconciler) assigned(who []int32, item int32) []int32 {
	row := &rec.rows[item]
	first := len(who)
	for _, a := range rec.holders[row.lo:row.hi] {
		if p := rec.people[a]; !slices.Contains(who[first:], p) {
			who = append(who, p)
		}
	}
	return who
}
