package reconcile

import (
	"cmp"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// roster lists the people open items are assigned to, with their accounts.
type roster struct {
	*reconciler
	of     []model.PersonState      // by person
	shown  []model.UnmatchedAccount // each account once, whatever e-mail it shows
	number []int32                  // by rec.accounts: index into shown
	person []int32                  // by shown
}

// listPeople fills the people and the accounts that are nobody's in the config.
// It needs the closure.
func (rec *reconciler) listPeople() {
	r := &roster{reconciler: rec}
	r.enrol()
	for i := range rec.rows {
		if row := &rec.rows[i]; row.lo < row.hi {
			r.assign(int32(i), row)
		}
	}
	r.list()
}

// enrol finds the person behind each account.
func (r *roster) enrol() {
	of := func(a *sighting) int32 { return r.persons.of(r.trackers[a.tracker].Name, a.Account) }
	// Whoever shows an e-mail anywhere is joined by it everywhere.
	for i := range r.accounts {
		if a := &r.accounts[i]; a.Email != "" {
			of(a)
		}
	}
	numbers := map[accountKey]int32{}
	r.people, r.number = make([]int32, len(r.accounts)), make([]int32, len(r.accounts))
	for i := range r.accounts {
		a := &r.accounts[i]
		r.people[i] = of(a)
		key := accountKey{tracker: a.tracker, id: a.ID}
		at, known := numbers[key]
		if !known {
			at = int32(len(r.shown))
			numbers[key] = at
			r.shown = append(r.shown, model.UnmatchedAccount{PersonAccount: model.PersonAccount{Tracker: r.trackers[a.tracker].Name, Account: *a.Account}})
			r.person = append(r.person, r.people[i])
		}
		r.number[i] = at
		if u := &r.shown[at]; u.Email == "" {
			u.Email = a.Email
		}
	}
	r.of = make([]model.PersonState, len(r.persons.names))
}

// assign notes whose an open item is.
func (r *roster) assign(i int32, row *row) {
	for _, a := range r.holders[row.lo:row.hi] {
		at := r.number[a]
		if u := &r.shown[at]; !endsWith(u.Items, i) {
			u.Items = append(u.Items, i)
		}
		p := &r.of[r.person[at]]
		if endsWith(p.Open, i) {
			continue // by another of the person's accounts
		}
		p.Open = append(p.Open, i)
		if row.state == model.Doing {
			p.Doing = append(p.Doing, i)
		}
		if n := r.closure.node[i]; n >= 0 && len(r.closure.down.of(n)) > 0 {
			p.Blocking = append(p.Blocking, i)
		}
	}
}

func endsWith(list []int32, i int32) bool { return len(list) > 0 && list[len(list)-1] == i }

// list puts people and accounts into their order.
func (r *roster) list() {
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
	for at := range r.shown {
		u := &r.shown[at]
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
