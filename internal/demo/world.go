package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// The sizes the organisation keeps to.
const (
	population  = 300 // items when the demo begins
	ceiling     = 330 // items ever; the oldest finished ones are deleted
	openTarget  = 175
	waitTarget  = 75 // active dependencies
	doingTarget = 70
	past        = 90 * 24 * time.Hour
)

// World is the organisation. Its methods may be called from any goroutine.
type World struct {
	mu       sync.RWMutex
	rng      *rand.Rand
	now      time.Time
	serial   int
	steps    int
	teams    []*team
	people   []*person
	projects []*project
	docs     *project
	items    []*item // by creation
	links    []*link
	byKey    map[string]*item // by current and former keys
	twins    [][2]*item       // the same work in Jira and on GitHub
	loop     *loop            // the cycle that stands, if one does
	bag      []move           // what still has to happen in this round
	titles   map[string]int
}

// loop is a deliberate cycle and the statement that closes it.
type loop struct {
	step    int
	link    *link
	members []*item
}

// Change is one thing that happened.
type Change struct {
	Kind string // one of Kinds
	Text string // one line for people
}

// NewWorld makes the organisation as it is at now, with a history of some 90
// days. The same seed and times give the same organisation.
func NewWorld(seed uint64, now time.Time) *World {
	w := &World{
		rng:    rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)),
		byKey:  map[string]*item{},
		titles: map[string]int{},
	}
	now = now.UTC().Truncate(time.Millisecond)
	w.now = now.Add(-past)
	w.found(w.now)
	w.begin()
	w.live(now)
	w.now = now
	w.bag = moves()
	return w
}

// Len is the number of items.
func (w *World) Len() int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return len(w.items)
}

func (w *World) next() int {
	w.serial++
	return w.serial
}

func (w *World) chance(percent int) bool { return w.rng.IntN(100) < percent }

// one picks an element, nil (the zero value) from none.
func one[T any](w *World, from []T) T {
	if len(from) == 0 {
		var none T
		return none
	}
	return from[w.rng.IntN(len(from))]
}

// all lists the items that satisfy every condition.
func (w *World) all(conditions ...func(*item) bool) []*item {
	var found []*item
next:
	for _, it := range w.items {
		for _, holds := range conditions {
			if !holds(it) {
				continue next
			}
		}
		found = append(found, it)
	}
	return found
}

// some picks an item that satisfies every condition, nil if none does.
func (w *World) some(conditions ...func(*item) bool) *item { return one(w, w.all(conditions...)) }

func (w *World) count(conditions ...func(*item) bool) int { return len(w.all(conditions...)) }

// active lists the dependencies whose ends are both open.
func (w *World) active() []*link {
	var found []*link
	for _, l := range w.links {
		if l.active() {
			found = append(found, l)
		}
	}
	return found
}

// note records an event; quiet ones leave the item's last change as it was, as
// GitHub does for dependencies and sub-issues.
func (w *World) note(it *item, e event, quiet bool) {
	e.id, e.at = w.next(), w.now
	if e.by == nil {
		e.by = w.actor(it)
	}
	it.events = append(it.events, e)
	if !quiet {
		it.updated = w.now
	}
}

// actor is who changes an item: its assignee, else somebody of its team.
func (w *World) actor(it *item) *person {
	if it.assignee != nil {
		return it.assignee
	}
	if t := it.owner(w); t != nil {
		return one(w, t.members)
	}
	return one(w, w.people)
}

// waitsFor reports whether from waits, through any chain, for target.
func (w *World) waitsFor(from, target *item) bool {
	waits := map[*item][]*item{}
	for _, l := range w.links {
		if l.typ.orders() {
			waits[l.to] = append(waits[l.to], l.from)
		}
	}
	seen := map[*item]bool{}
	var walk func(*item) bool
	walk = func(it *item) bool {
		if it == target {
			return true
		}
		if seen[it] {
			return false
		}
		seen[it] = true
		return slices.ContainsFunc(waits[it], walk)
	}
	return walk(from)
}

// linked reports whether any statement joins the two.
func (w *World) linked(a, b *item) bool {
	return slices.ContainsFunc(w.links, func(l *link) bool {
		return l.from == a && l.to == b || l.from == b && l.to == a
	}) || a.names(b) || b.names(a)
}

// prune deletes the oldest finished items above the ceiling, together with the
// finished ones that name them. Where open work names them, it is tidied first.
func (w *World) prune() {
	for len(w.items) > ceiling {
		i := slices.IndexFunc(w.items, func(it *item) bool { return w.tail(it) != nil })
		if i >= 0 {
			for _, it := range w.tail(w.items[i]) {
				w.remove(it)
			}
			continue
		}
		i = slices.IndexFunc(w.items, func(it *item) bool { return !it.open() && w.tidy(it) })
		if i < 0 {
			return
		}
	}
}

// tail is the item with everything that names it, directly or not; nil if any of it is
// still needed.
func (w *World) tail(it *item) []*item {
	group := []*item{it}
	for i := 0; i < len(group); i++ {
		if group[i].open() || group[i].pinned {
			return nil
		}
		for _, other := range w.items {
			if other.names(group[i]) && !slices.Contains(group, other) {
				group = append(group, other)
			}
		}
	}
	return group
}

// tidy takes away the comments and remote links by which open items name a
// finished one, and reports whether there were any.
func (w *World) tidy(past *item) bool {
	tidied := false
	for _, it := range w.items {
		n := len(it.comments) + len(it.remotes)
		if !it.open() || !it.names(past) {
			continue
		}
		it.comments = slices.DeleteFunc(it.comments, func(c comment) bool { return c.about == past })
		it.remotes = slices.DeleteFunc(it.remotes, func(r remote) bool { return r.to == past })
		if len(it.comments)+len(it.remotes) == n {
			continue
		}
		tidied, it.updated = true, w.now
		w.links = slices.DeleteFunc(w.links, func(l *link) bool { return l.via != native && l.from == past && l.to == it })
	}
	return tidied
}

// repository picks a repository in which the team can own work: its own, or one
// of a team that comes after it.
func (w *World) repository(t *team) *project {
	var found []*project
	for _, p := range w.projects {
		if p.github && p.team != nil && slices.Index(w.teams, p.team) >= slices.Index(w.teams, t) {
			found = append(found, p)
		}
	}
	return one(w, found)
}

// byID finds an item, nil if there is none.
func (w *World) byID(id int) *item {
	i, found := slices.BinarySearchFunc(w.items, id, func(it *item, id int) int { return it.id - id })
	if !found {
		return nil
	}
	return w.items[i]
}

// person finds somebody by name, nil if there is nobody.
func (w *World) person(name string) *person {
	for _, p := range w.people {
		if p.name == name {
			return p
		}
	}
	return nil
}

// project finds a project by its key, nil if there is none.
func (w *World) project(key string) *project {
	for _, p := range w.projects {
		if strings.EqualFold(p.key, key) {
			return p
		}
	}
	return nil
}

// remove deletes one item with its links. What it was linked to counts as
// updated: the finished items among that are not looked at again otherwise.
func (w *World) remove(it *item) {
	for _, l := range w.links {
		if l.from == it || l.to == it {
			l.from.updated, l.to.updated = w.now, w.now
		}
	}
	w.items = slices.DeleteFunc(w.items, func(o *item) bool { return o == it })
	w.links = slices.DeleteFunc(w.links, func(l *link) bool { return l.from == it || l.to == it })
	w.twins = slices.DeleteFunc(w.twins, func(p [2]*item) bool { return p[0] == it || p[1] == it })
	delete(w.byKey, it.key())
	for _, key := range it.former {
		delete(w.byKey, key)
	}
	for _, other := range w.items {
		if other.parent == it {
			other.parent, other.updated = nil, w.now
		}
	}
	if w.inLoop(it) {
		w.loop = nil
	}
}

// title makes a title of the team's vocabulary that was not used lately.
func (w *World) title(t *team, k kind) string {
	if t == nil {
		t = one(w, w.teams)
	}
	best := ""
	for range 6 {
		object, phrase := one(w, t.objects), one(w, phrases(k))
		text := fmt.Sprintf(phrase, object)
		text = strings.ToUpper(text[:1]) + text[1:]
		if best == "" || w.titles[text] < w.titles[best] {
			best = text
		}
	}
	w.titles[best]++
	return best
}
