package demo

import (
	"fmt"
	"slices"
	"time"
)

const day = 24 * time.Hour

func isOpen(it *item) bool { return it.open() && !it.pinned && it.kind != epic }
func inJira(it *item) bool { return !it.home.github }
func isIssue(it *item) bool {
	return it.home.github && it.kind != pull
}
func isPull(it *item) bool    { return it.kind == pull }
func isStarted(it *item) bool { return (it.stage == doing || it.stage == review) && it.kind != pull }
func isStuck(it *item) bool   { return it.stage == stuck }
func isFlagged(it *item) bool { return it.flagged }

func said(it *item, format string, args ...any) string {
	return it.key() + " " + fmt.Sprintf(format, args...)
}

// create adds an item of a team's vocabulary to a project.
func (w *World) create(home *project, k kind, t *team) *item {
	home.last++
	it := &item{
		id: w.next(), home: home, number: home.last, kind: k, priority: 1 + w.rng.IntN(3),
		created: w.now, updated: w.now, title: w.title(t, k), body: one(w, sentences()),
	}
	if w.chance(6) {
		it.priority = 0
	}
	if t != nil {
		it.author = one(w, t.members)
		if w.chance(25) {
			it.goal = t.goal
			it.labels = append(it.labels, t.goal)
		}
		if home.team != t {
			it.labels = append(it.labels, t.label)
		}
	} else {
		it.author = one(w, w.people)
	}
	if k == bug && home.github {
		it.labels = append(it.labels, "bug")
	}
	if k != pull && k != epic {
		if w.chance(75) {
			it.points = float64([]int{1, 2, 3, 5, 8, 13}[w.rng.IntN(6)])
		}
		if w.chance(35) {
			it.release = one(w, home.releases)
		}
		if !home.github && w.chance(45) {
			it.due = w.now.Add(time.Duration(6+w.rng.IntN(40)) * day).Truncate(day)
		}
		if w.chance(40) {
			it.sprint = w.sprint(home, w.rng.IntN(2))
		}
	}
	w.items = append(w.items, it)
	w.byKey[it.key()] = it
	return it
}

// sprint is the project's current sprint, or one of the later ones.
func (w *World) sprint(p *project, later int) *span {
	for i, s := range p.sprints {
		if s.end.After(w.now) {
			return p.sprints[min(i+later, len(p.sprints)-1)]
		}
	}
	return nil
}

// begin puts up the programmes and the two fixed oddities: a reference to an
// issue that was deleted long ago, and work in a repository nobody owns.
func (w *World) begin() {
	for _, goal := range []struct{ project, title, label string }{
		{"PAY", "Instant payouts", "instant-payouts"},
		{"IDN", "Login rewrite", "login-rewrite"},
		{"PLAT", "Data retention", "data-retention"},
	} {
		p := w.project(goal.project)
		it := w.create(p, epic, p.team)
		it.title, it.goal, it.labels, it.pinned = goal.title, goal.label, []string{goal.label}, true
		it.body = "The programme's plan of record."
	}
	deleted, web := w.project("PLAT"), w.project(owner+"/web")
	deleted.last++
	it := w.create(web, story, web.team)
	it.title, it.pinned = "Serve the maintenance page from the edge", true
	it.body = fmt.Sprintf("Agreed with operations.\n\nBlocked by %s-%d.", deleted.key, deleted.last)
	for range 3 {
		it := w.create(w.docs, story, nil)
		it.pinned, it.title = true, "Write down "+one(w, one(w, w.teams).objects)
	}
	for range 24 {
		w.planIssue()
		w.openIssue()
	}
}

// planIssue adds an issue to one of the Jira projects.
func (w *World) planIssue() string {
	var homes []*project
	for _, p := range w.projects {
		if !p.github {
			homes = append(homes, p)
		}
	}
	home := one(w, homes)
	it := w.create(home, []kind{story, story, task, bug}[w.rng.IntN(4)], home.team)
	if it.goal != "" {
		it.parent = w.some(inJira, func(e *item) bool { return e.kind == epic && e.goal == it.goal })
	}
	return said(it, "is planned: %s", it.title)
}

// openIssue adds an issue to one of the repositories, now and then for another team.
func (w *World) openIssue() string {
	t := one(w, []*team{w.project(owner + "/data").team, w.project(owner + "/mobile").team, w.project(owner + "/web").team})
	home := t.home
	if w.chance(12) {
		t = one(w, w.teams)
		home = w.repository(t)
	}
	it := w.create(home, []kind{story, task, bug}[w.rng.IntN(3)], t)
	return said(it, "is opened: %s", it.title)
}

// finishWork completes an item nothing holds up, the work longest under way first.
func (w *World) finishWork() string {
	var best *item
	for _, it := range w.all(w.free, isStarted) {
		if best == nil || it.created.Before(best.created) && w.chance(70) {
			best = it
		}
	}
	if best == nil {
		return ""
	}
	w.advance(best, done)
	return said(best, "is done")
}

// free reports whether an item can be finished: open, not held up, and in no
// cycle that still has to be resolved in sight of everybody.
func (w *World) free(it *item) bool {
	if !isOpen(it) || w.inLoop(it) || w.twin(it) != nil {
		return false
	}
	return !slices.ContainsFunc(w.links, func(l *link) bool { return l.to == it && l.active() })
}

// advance takes an item to another stage.
func (w *World) advance(it *item, s stage) {
	e := event{what: onStage, from: it.stage.String(), to: s.String(), stage: s}
	wasOpen := it.open()
	e.reopened = !wasOpen && s.open()
	it.stage = s
	w.note(it, e, false)
	switch {
	case s.open():
		it.closed = time.Time{}
	case wasOpen:
		it.closed = w.now
	}
}

// assign gives an item to a member of its owner; the first members get the most.
func (w *World) assign(it *item) {
	t := it.owner(w)
	if t == nil || it.assignee != nil {
		return
	}
	it.assignee = t.members[min(w.rng.IntN(len(t.members)), w.rng.IntN(len(t.members)))]
	w.note(it, event{what: onAssignee, to: it.assignee.name}, false)
}

func (w *World) startWork() string { return w.start(isOpen) }

// start takes up an item that satisfies the condition.
func (w *World) start(which func(*item) bool) string {
	it := w.some(isOpen, which, func(it *item) bool { return it.stage == todo && it.home != w.docs })
	if it == nil {
		return ""
	}
	if w.chance(85) {
		w.assign(it)
	}
	w.advance(it, doing)
	return said(it, "is started")
}

// finishBlocker completes what others wait for.
func (w *World) finishBlocker() string {
	it := w.some(w.free, w.blocker)
	if it == nil {
		return ""
	}
	w.advance(it, done)
	return said(it, "is done, which others waited for")
}

// dropBlocker gives up what others wait for.
func (w *World) dropBlocker() string {
	it := w.some(w.free, w.blocker)
	if it == nil {
		return ""
	}
	w.advance(it, dropped)
	return said(it, "will not be done, though others wait for it")
}

// blocker reports whether open work waits for an item.
func (w *World) blocker(it *item) bool {
	return slices.ContainsFunc(w.links, func(l *link) bool { return l.from == it && l.active() })
}

func (w *World) reopen() string {
	it := w.some(func(it *item) bool { return !it.open() && !isPull(it) && it.stage == done && w.twin(it) == nil },
		func(it *item) bool { return w.now.Sub(it.closed) < 20*day })
	if it == nil {
		return ""
	}
	w.advance(it, doing)
	return said(it, "is open again")
}

// moveIssue gives a Jira issue to another project, and so a new key.
func (w *World) moveIssue() string {
	it := w.some(isOpen, inJira, func(it *item) bool { return it.stage == todo && w.twin(it) == nil })
	if it == nil {
		return ""
	}
	var others []*project
	for _, p := range w.projects {
		if !p.github && p != it.home {
			others = append(others, p)
		}
	}
	old := it.key()
	it.former = append(it.former, old)
	it.home = one(w, others)
	it.home.last++
	it.number = it.home.last
	it.sprint, it.release = nil, nil
	w.byKey[it.key()] = it
	w.note(it, event{what: onKey, from: old, to: it.key()}, false)
	return fmt.Sprintf("%s is moved and now called %s", old, it.key())
}

// deleteIssue takes away an issue that nothing refers to.
func (w *World) deleteIssue() string {
	it := w.some(isOpen, func(it *item) bool { return it.stage == todo && !isPull(it) && w.twin(it) == nil }, func(it *item) bool {
		return !slices.ContainsFunc(w.links, func(l *link) bool { return l.from == it || l.to == it }) &&
			!slices.ContainsFunc(w.items, func(o *item) bool {
				return o.parent == it || o.names(it)
			})
	})
	if it == nil {
		return ""
	}
	w.remove(it)
	return said(it, "is deleted")
}

// addSubIssue makes an issue part of another.
func (w *World) addSubIssue() string {
	child := w.some(isOpen, isIssue, func(it *item) bool { return it.parent == nil })
	parent := w.some(isOpen, isIssue, func(it *item) bool { return it.parent == nil && it != child })
	if child == nil || parent == nil || slices.ContainsFunc(w.items, func(it *item) bool { return it.parent == child }) {
		return ""
	}
	child.parent = parent
	w.note(child, event{what: onParent, to: parent.key(), key: parent.key(), other: parent.id}, true)
	return said(child, "is now a part of %s", parent.key())
}
