package demo

import (
	"fmt"
	"slices"
	"strings"
)

// openPull opens a pull request for an issue of its repository, or for a Jira
// issue, which its title and branch name.
func (w *World) openPull() string {
	if w.count(func(it *item) bool { return isPull(it) && it.open() }) > 32 {
		return ""
	}
	taken := map[*item]bool{}
	for _, p := range w.all(isPull, (*item).open) {
		for _, it := range p.closes {
			taken[it] = true
		}
	}
	target := w.some(isOpen, func(it *item) bool {
		return !isPull(it) && it.home.team != nil && it.stage != stuck && !taken[it]
	})
	if target == nil {
		return ""
	}
	home, t := target.home, target.owner(w)
	if !home.github {
		home = w.repository(t)
	}
	it := w.create(home, pull, t)
	it.assignee, it.stage = it.author, doing
	it.draft = w.chance(35) || !slices.ContainsFunc(w.items, isDraft)
	it.goal, it.points = target.goal, 0
	it.branch = strings.ToLower(it.author.first) + "/" + slug(it.title)
	it.closes, it.mentions = []*item{target}, []*item{target}
	if target.home.github {
		it.body = fmt.Sprintf("%s\n\nCloses %s.", it.body, it.mention(target, false))
	} else {
		it.title = target.key() + ": " + it.title
		it.branch = "feature/" + target.key() + "-" + slug(target.title)
	}
	before := w.some(isPull, func(o *item) bool { return o != it && o.open() }) // nothing can wait for it yet
	if before != nil && w.chance(30) {
		it.body += "\n\nDepends-On: " + it.mention(before, true)
		it.mentions = append(it.mentions, before)
		w.join(&link{via: byText, from: before, to: it})
	}
	if target.stage == todo && target.home.github {
		w.assign(target)
	}
	return said(it, "is opened for %s: %s", target.key(), it.title)
}

// mergePull merges a pull request and finishes what it was for, where nothing else holds that up.
func (w *World) mergePull() string {
	it := w.some(isPull, w.free, func(it *item) bool { return !it.draft })
	if it == nil {
		return ""
	}
	w.advance(it, done)
	for _, target := range it.closes {
		if target.home.github && isOpen(target) && !w.inLoop(target) || w.free(target) {
			w.advance(target, done)
		}
	}
	return said(it, "is merged")
}

func (w *World) closePull() string {
	it := w.some(isPull, w.free)
	if it == nil {
		return ""
	}
	w.advance(it, dropped)
	return said(it, "is closed unmerged")
}

func isDraft(it *item) bool { return it.draft && it.open() }

func (w *World) readyPull() string { return w.ready(isDraft) }

// ready takes a draft that satisfies the condition to its review.
func (w *World) ready(which func(*item) bool) string {
	it := w.some(isDraft, which)
	if it == nil {
		return ""
	}
	it.draft = false
	w.note(it, event{what: onDraft}, false)
	for _, target := range it.closes {
		if !target.home.github && (target.stage == todo || target.stage == doing) {
			w.assign(target)
			w.advance(target, review)
		}
	}
	return said(it, "is ready for review")
}
