package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// roster lists the people open items are assigned to, with their accounts.
type roster struct {
	*reconciler
	of       []model.PersonState // by person
	accounts map[account]int32   // by tracker and id
	seen     []model.UnmatchedAccount
	person   []int32 // of each account
}

// listPeople fills the people and the accounts that are nobody's in the config.
// It needs the closure.
func (rec *reconciler) listPeople() {
	r := &roster{reconciler: rec, accounts: map[account]int32{}}
	rec.persons = newPersons(rec.rules)
	items := rec.g.Items
	// Whoever shows an e-mail anywhere is joined by it everywhere.
	for i := range items {
		for j := range items[i].Assignees {
			if a := &items[i].Assignees[j]; a.Email != "" && items[i].State.Open() {
				rec.persons.of(items[i].ID.Tracker, a)
			}
		}
	}
	for i := range items {
		if n := &items[i]; n.State.Open() {
			for j := range n.Assignees {
				r.assign(int32(i), &n.Assignees[j])
			}
		}
	}
	r.list()
}

// assign notes that an account has an item.
func (r *roster) assign(i int32, a *model.Account) {
	n := &r.g.Items[i]
	key := account{n.ID.Tracker, a.ID}
	at, ok := r.accounts[key]
	if !ok {
		at = int32(len(r.seen))
		r.accounts[key] = at
		r.seen = append(r.seen, model.UnmatchedAccount{PersonAccount: model.PersonAccount{Tracker: n.ID.Tracker, Account: *a}})
		r.person = append(r.person, r.persons.of(n.ID.Tracker, a))
	}
	u := &r.seen[at]
	if u.Email == "" {
		u.Email = a.Email
	}
	if !endsWith(u.Items, i) {
		u.Items = append(u.Items, i)
	}
	who := r.person[at]
	for int(who) >= len(r.of) {
		r.of = append(r.of, model.PersonState{})
	}
	p := &r.of[who]
	if endsWith(p.Open, i) {
		return // by another of the person's accounts
	}
	p.Open = append(p.Open, i)
	if n.State == model.Doing {
		p.Doing = append(p.Doing, i)
	}
	if at := r.closure.node[i]; at >= 0 && len(r.closure.down.of(at)) > 0 {
		p.Blocking = append(p.Blocking, i)
	}
}

func endsWith(list []int32, i int32) bool { return len(list) > 0 && list[len(list)-1] == i }

// list puts people and accounts into their order.
func (r *roster) list() {
	for len(r.of) < len(r.persons.names) {
		r.of = append(r.of, model.PersonState{})
	}
	members := 0
	for who := range r.of {
		p := &r.of[who]
		p.Name = r.persons.name(int32(who))
		for _, m := range r.persons.memberships[who] {
			if name := r.rules.Teams[m.team].Name; !slices.Contains(p.Teams, name) {
				p.Teams = append(p.Teams, name)
			}
			members = who + 1 // they are enrolled before anybody is met
		}
	}
	for at := range r.seen {
		u := &r.seen[at]
		p := &r.of[r.person[at]]
		p.Accounts = append(p.Accounts, u.PersonAccount)
		if len(p.Teams) == 0 {
			r.g.Unmatched = append(r.g.Unmatched, *u)
		}
	}
	for who := range r.of {
		p := &r.of[who]
		slices.SortFunc(p.Accounts, func(a, b model.PersonAccount) int {
			return cmp.Or(cmp.Compare(a.Tracker, b.Tracker), cmp.Compare(a.ID, b.ID))
		})
		if who >= members && len(p.Accounts) > 0 { // a name that does not depend on which account was met first
			p.Name = p.Accounts[0].Label()
		}
	}
	others := slices.DeleteFunc(r.of[members:], func(p model.PersonState) bool { return len(p.Open) == 0 })
	slices.SortFunc(others, func(a, b model.PersonState) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Accounts[0].Tracker, b.Accounts[0].Tracker), cmp.Compare(a.Accounts[0].ID, b.Accounts[0].ID))
	})
	r.g.People = r.of[:members+len(others)]
	slices.SortFunc(r.g.Unmatched, func(a, b model.UnmatchedAccount) int {
		return cmp.Or(cmp.Compare(len(b.Items), len(a.Items)), cmp.Compare(a.Tracker, b.Tracker), cmp.Compare(a.ID, b.ID))
	})
}
