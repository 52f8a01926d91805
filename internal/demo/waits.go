package demo

import (
	"fmt"
	"slices"
)

// pair chooses two open items that can come to wait for each other: usually of
// different teams, never closing a cycle, never joined before.
func (w *World) pair(blocked, blocker func(*item) bool) (to, from *item) {
	owned := func(it *item) bool { return it.home.team != nil }
	waiting, awaited := w.all(isOpen, blocked, owned), w.all(isOpen, blocker, owned)
	for range 12 {
		to, from = one(w, waiting), one(w, awaited)
		switch {
		case to == nil || from == nil:
			return nil, nil
		case to == from, len(to.comments) > 30, to.owner(w) == from.owner(w) && w.chance(75), w.linked(to, from), w.waitsFor(from, to):
			continue
		}
		return to, from
	}
	return nil, nil
}

// join records a statement between two items and its traces in their histories.
func (w *World) join(l *link) {
	l.id, l.at = w.next(), w.now
	if l.by == nil {
		l.by = w.actor(l.to)
	}
	w.links = append(w.links, l)
	w.trace(l, onLink)
}

// part ends a statement.
func (w *World) part(l *link) {
	w.links = slices.DeleteFunc(w.links, func(o *link) bool { return o == l })
	w.trace(l, onUnlink)
}

// trace writes the coming or going of a native link into both histories.
func (w *World) trace(l *link, what what) {
	if l.via != native {
		return
	}
	github := l.from.home.github
	w.note(l.from, event{what: what, by: l.by, to: w.reading(l, l.from), other: l.to.id, key: l.to.key()}, github)
	w.note(l.to, event{what: what, by: l.by, to: w.reading(l, l.to), other: l.from.id, key: l.from.key(), blocker: true}, github)
}

// reading is a link as Jira words it on one of its ends.
func (w *World) reading(l *link, on *item) string {
	p := l.typ.phrase()
	if on == l.source() {
		return fmt.Sprintf("This issue %s %s", p.outward, l.destination().key())
	}
	return fmt.Sprintf("This issue %s %s", p.inward, l.source().key())
}

// addLink links two Jira issues, most of the time as blocker and blocked.
func (w *World) addLink() string {
	to, from := w.pair(inJira, inJira)
	if to == nil {
		return ""
	}
	if extra := w.rng.IntN(100); extra < 10 {
		if other := w.some(inJira, func(it *item) bool { return it != to && it != from && !w.linked(it, to) }); other != nil {
			w.join(&link{typ: []linkType{relates, duplicates}[extra%2], from: to, to: other})
		}
	}
	l := &link{typ: []linkType{blocks, blocks, blocks, depends, gates}[w.rng.IntN(5)], from: from, to: to}
	w.join(l)
	p := l.typ.phrase()
	return said(l.source(), "now %s %s", p.outward, l.destination().key())
}

func (w *World) removeLink() string {
	l := w.someLink(func(l *link) bool { return l.via == native && !l.from.home.github })
	if l == nil {
		return ""
	}
	w.part(l)
	return said(l.to, "is unlinked from %s", l.from.key())
}

// someLink picks a statement that can end: one that no longer matters if there is any.
func (w *World) someLink(holds func(*link) bool) *link {
	var past, standing []*link
	for _, l := range w.links {
		switch {
		case !holds(l) || !l.typ.orders() || w.inLoop(l.from) && w.inLoop(l.to):
		case !l.active() && l.to.open():
			past = append(past, l)
		case l.active():
			standing = append(standing, l)
		}
	}
	if len(past) > 0 && w.chance(60) {
		return one(w, past)
	}
	return one(w, standing)
}

// addDependency makes one GitHub issue wait for another. Neither counts as updated.
func (w *World) addDependency() string {
	to, from := w.pair(isIssue, isIssue)
	if to == nil {
		return ""
	}
	w.join(&link{from: from, to: to})
	return said(to, "is now blocked by %s", from.key())
}

func (w *World) removeDependency() string {
	l := w.someLink(func(l *link) bool { return l.via == native && l.from.home.github })
	if l == nil {
		return ""
	}
	w.part(l)
	return said(l.to, "is no longer blocked by %s", l.from.key())
}

// addRemote links a Jira issue to what it waits for on GitHub.
func (w *World) addRemote() string {
	to, from := w.pair(inJira, isIssue)
	if to == nil {
		return ""
	}
	w.attach(to, from, "is blocked by")
	w.join(&link{via: byRemote, from: from, to: to})
	return said(to, "has a remote link: is blocked by %s", from.key())
}

func (w *World) attach(it, to *item, relationship string) {
	it.remotes = append(it.remotes, remote{w.next(), to, relationship})
	it.updated = w.now
}

// comment adds a text that names another item.
func (w *World) comment(it *item, text string, about *item) {
	it.comments = append(it.comments, comment{w.next(), w.actor(it), w.now, text, about})
	it.updated = w.now
}

// writeDependency says in a comment what an item waits for, most of the time across the trackers.
func (w *World) writeDependency() string {
	blocked, blocker := inJira, isIssue
	switch roll := w.rng.IntN(10); {
	case roll < 5:
		blocked, blocker = isIssue, inJira
	case roll < 7:
		blocked, blocker = isIssue, isIssue
	}
	to, from := w.pair(blocked, blocker)
	if to == nil {
		return ""
	}
	w.write(to, from)
	return said(to, "says in a comment that it waits for %s", from.key())
}

func (w *World) write(to, from *item) *link {
	sentence := one(w, []string{
		"Blocked by %s.", "This is blocked by %s.", "Depends on %s.", "Waiting for %s.", "Currently waiting on %s.",
		"Talked to the team, no way around it.\n\nBlocked by %s", "Status of today:\n\n- design agreed\n- depends on %s",
	})
	w.comment(to, fmt.Sprintf(sentence, to.mention(from, w.chance(30))), from)
	l := &link{via: byText, from: from, to: to}
	w.join(l)
	return l
}

// withdrawText takes a sentence back by a later one.
func (w *World) withdrawText() string {
	l := w.someLink(func(l *link) bool { return l.via == byText && !isPull(l.to) })
	if l == nil {
		return ""
	}
	w.withdraw(l)
	return said(l.to, "says that it no longer waits for %s", l.from.key())
}

func (w *World) withdraw(l *link) {
	w.comment(l.to, fmt.Sprintf("No longer blocked by %s.", l.to.mention(l.from, false)), l.from)
	w.part(l)
}

// formCycle makes a blocker wait, by a comment, for something that waits for it.
func (w *World) formCycle() string {
	if w.loop != nil && w.loop.link.active() {
		return ""
	}
	w.loop = nil
	var short, long [][]*item // the members, each waiting for the next
	active := w.active()
	for _, l := range active {
		if l.via != native || !isOpen(l.from) || !isOpen(l.to) || w.twin(l.from) != nil || w.twin(l.to) != nil {
			continue
		}
		short = append(short, []*item{l.to, l.from})
		for _, k := range active {
			if k.to == l.from && k.via == native && isOpen(k.from) && w.twin(k.from) == nil {
				long = append(long, []*item{l.to, l.from, k.from})
			}
		}
	}
	members := one(w, long)
	if members == nil {
		members = one(w, short)
	}
	if members == nil {
		return ""
	}
	last := members[len(members)-1]
	w.loop = &loop{step: w.steps, link: w.write(last, members[0]), members: members}
	return said(last, "says that it waits for %s, which waits for it", members[0].key())
}

// patience is the number of steps a cycle stands before it is resolved.
const patience = 10

func (w *World) resolveCycle() string {
	if w.loop == nil || w.steps-w.loop.step < patience {
		return ""
	}
	l := w.loop.link
	w.loop = nil
	w.withdraw(l)
	return said(l.to, "no longer waits for %s: the cycle is resolved", l.from.key())
}

func (w *World) inLoop(it *item) bool { return w.loop != nil && slices.Contains(w.loop.members, it) }

// twin is the same work in the other tracker, nil without.
func (w *World) twin(it *item) *item {
	for _, p := range w.twins {
		switch it {
		case p[0]:
			return p[1]
		case p[1]:
			return p[0]
		}
	}
	return nil
}

// changeMirror keeps work in two trackers: a third of the time it begins to be
// kept twice, then one side finishes before the other.
func (w *World) changeMirror() string {
	for _, p := range w.twins {
		if p[0].open() == p[1].open() {
			continue
		}
		late := p[0]
		if p[1].open() {
			late = p[1]
		}
		w.advance(late, done)
		return said(late, "catches up with %s", w.twin(late).key())
	}
	open := 0
	for _, p := range w.twins {
		if p[0].open() {
			open++
		}
	}
	if open >= 3 {
		for _, p := range w.twins {
			if !p[0].open() || w.inLoop(p[0]) || w.inLoop(p[1]) {
				continue
			}
			w.advance(p[1], done)
			return said(p[1], "is done, but %s, the same work, is not", p[0].key())
		}
	}
	it := w.some(isOpen, inJira, func(it *item) bool { return w.twin(it) == nil && !w.inLoop(it) })
	if it == nil {
		return ""
	}
	other := w.create(w.repository(it.owner(w)), it.kind, it.owner(w))
	other.title, other.goal, other.points = it.title, it.goal, it.points
	w.attach(it, other, "mirrors")
	w.twins = append(w.twins, [2]*item{it, other})
	return said(other, "is opened to mirror %s", it.key())
}
