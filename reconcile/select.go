package reconcile

import "github.com/waitgraph/waitgraph/model"

// selections find the items that any of a list of matchers selects, while items
// are read: for each program, and then for each skill. Most matchers are about
// containers, so the lists are cut once for each; items come by container.
type selections struct {
	lists  [][]model.Matcher
	items  [][]int32 // by list
	owners *ownerRules
	labels *labels
	at     container
	todo   []selector
	// labelled tells that every matcher in todo is about a label
	labelled bool
}

// selector is a matcher of a list.
type selector struct {
	list  int
	label int32 // the number of its label glob, -1 for none
	asks  asks
	*model.Matcher
}

func newSelections(rec *reconciler, o *ownerRules, l *labels) *selections {
	s := &selections{owners: o, labels: l, at: container{tracker: -1}}
	for i := range rec.rules.Programs {
		s.lists = append(s.lists, rec.rules.Programs[i].Select)
	}
	for i := range rec.rules.Skills {
		s.lists = append(s.lists, rec.rules.Skills[i].Match)
	}
	s.items = make([][]int32, len(s.lists))
	return s
}

// read puts an item into the lists that select it.
func (s *selections) read(i, tracker int32, it *model.Item, has asks) {
	if len(s.lists) == 0 {
		return
	}
	if c := (container{tracker, it.Project}); c != s.at {
		s.at, s.todo, s.labelled = c, s.todo[:0], true
		for n := range s.lists {
			for k := range s.lists[n] {
				if m := &s.lists[n][k]; inContainer(m, it.ID.Tracker.String(), s.owners.former[tracker], it.Project.String()) {
					s.labelled = s.labelled && m.Label != ""
					s.todo = append(s.todo, selector{n, s.owners.globs.number(m), asksOf(m), m})
				}
			}
		}
	}
	if s.labelled && s.labels.none {
		return
	}
	last := -1 // the list it was put into last; selectors come by list
	for k := range s.todo {
		m := &s.todo[k]
		if m.list != last && m.asks&^has == 0 && (m.asks == 0 || s.labels.match(m.label) && matchesBesides(m.Matcher, it, s.owners.persons)) {
			s.items[m.list] = append(s.items[m.list], i)
			last = m.list
		}
	}
}

// needing are the items that need a skill.
func (rec *reconciler) needing(skill int) []int32 { return rec.selected[len(rec.rules.Programs)+skill] }
