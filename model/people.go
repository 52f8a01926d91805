package model

import (
	"cmp"
	"slices"
)

// PersonState is one human with their accounts and what they have to do:
// members of teams as configured, then everybody else open items are assigned
// to. Accounts are joined by the config or an equal verified e-mail.
type PersonState struct {
	Name string
	// Teams are those the person is a member of, in the order of the config; none
	// for somebody the config does not know.
	Teams []string
	// Accounts are those met as assignees of open items, sorted.
	Accounts []PersonAccount
	// Open are the open items assigned to the person, mirrored ones each by
	// itself, Doing those of them in state doing, Blocking those that hold up
	// another; ascending.
	Open, Doing, Blocking []int32
}

// PersonAccount is an account in one tracker.
type PersonAccount struct {
	Tracker string
	Account
}

// UnmatchedAccount is an account with open items that belongs to no member of a team.
type UnmatchedAccount struct {
	PersonAccount
	Items []int32 // the open items assigned to it, ascending
}

// Role is why somebody has a stake in a dependency.
type Role string

// The roles of stakeholders, in the order they are listed.
const (
	Lead     Role = "lead"
	Manager  Role = "manager"
	Channel  Role = "channel"
	Assignee Role = "assignee"
)

// Stakeholder is somebody, or a channel, to talk to about an item.
type Stakeholder struct {
	Team string
	Role Role
	Name string
}

// Stakeholders of items are the leads, managers and channels of their teams and
// their assignees, each once: by team, the roles in their order, then by name.
func (g *Graph) Stakeholders(items ...int32) []Stakeholder {
	var out []Stakeholder
	add := func(team string, role Role, name string) {
		if name != "" {
			out = append(out, Stakeholder{team, role, name})
		}
	}
	for _, i := range items {
		n := &g.Items[i]
		for t := range g.Teams {
			if team := &g.Teams[t]; team.Name == n.Team.String() {
				add(n.Team.String(), Lead, team.Lead)
				add(n.Team.String(), Manager, team.Manager)
				add(n.Team.String(), Channel, team.Channel)
			}
		}
		for _, a := range n.Assignees {
			add(n.Team.String(), Assignee, a.Label())
		}
	}
	rank := func(r Role) int { return slices.Index([]Role{Lead, Manager, Channel, Assignee}, r) }
	slices.SortFunc(out, func(a, b Stakeholder) int {
		return cmp.Or(cmp.Compare(a.Team, b.Team), cmp.Compare(rank(a.Role), rank(b.Role)), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(out)
}

// StakeholdersOf a dependency are those of its ends.
func (g *Graph) StakeholdersOf(dependency int32) []Stakeholder {
	var items []int32
	for _, end := range []End{g.Dependencies[dependency].From, g.Dependencies[dependency].To} {
		if end.Resolved() {
			items = append(items, end.Item())
		}
	}
	return g.Stakeholders(items...)
}

// StakeholdersAround an item are its own and those of what it directly waits on
// or holds up.
func (g *Graph) StakeholdersAround(item int32) []Stakeholder {
	items := []int32{item}
	for _, i := range g.DependenciesOf(item) {
		if d := &g.Dependencies[i]; d.State == Active {
			items = append(items, d.From.Item(), d.To.Item())
		}
	}
	slices.Sort(items)
	return g.Stakeholders(slices.Compact(items)...)
}

// Label is what people know an account by: its name, else its id, else its e-mail.
func (a Account) Label() string { return cmp.Or(a.Name, a.ID, a.Email) }
