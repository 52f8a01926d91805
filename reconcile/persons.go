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
	p := &persons{github: map[string]bool{}, accounts: map[account]int32{}, emails: map[string]int32{}}
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

// of is the person behind an account.
func (p *persons) of(tracker string, a *model.Account) int32 {
	id, email := strings.ToLower(a.ID), strings.ToLower(a.Email)
	kind := "jira"
	if p.github[tracker] {
		kind = "github"
	}
	if who, ok := p.accounts[account{kind, id}]; ok && id != "" {
		return who
	}
	own := account{"tracker " + tracker, id}
	if who, ok := p.emails[email]; ok && email != "" {
		if _, known := p.accounts[own]; !known {
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
