package demo

import (
	"fmt"
	"slices"
)

// Check reports what is wrong with the world's inner order.
func (w *World) Check() error {
	keys := map[string]bool{}
	last := 0
	for _, it := range w.items {
		switch {
		case it.id <= last:
			return fmt.Errorf("%s: id %d after %d", it.key(), it.id, last)
		case keys[it.key()]:
			return fmt.Errorf("%s: twice", it.key())
		case w.byKey[it.key()] != it || w.byID(it.id) != it:
			return fmt.Errorf("%s: not found by key and id", it.key())
		case it.number > it.home.last:
			return fmt.Errorf("%s: number beyond %d", it.key(), it.home.last)
		case it.open() != it.closed.IsZero():
			return fmt.Errorf("%s: stage %d, closed %v", it.key(), it.stage, it.closed)
		case it.created.After(it.updated) || it.updated.After(w.now):
			return fmt.Errorf("%s: created %v, updated %v, now %v", it.key(), it.created, it.updated, w.now)
		case it.parent != nil && !slices.Contains(w.items, it.parent):
			return fmt.Errorf("%s: its parent %s is gone", it.key(), it.parent.key())
		case len(it.comments) > 60 || len(it.events) > 300:
			return fmt.Errorf("%s: %d comments, %d events", it.key(), len(it.comments), len(it.events))
		}
		last = it.id
		keys[it.key()] = true
		for _, e := range it.events {
			if e.at.Before(it.created) || e.at.After(w.now) {
				return fmt.Errorf("%s: event at %v", it.key(), e.at)
			}
		}
		for _, key := range it.former {
			if w.byKey[key] != it {
				return fmt.Errorf("%s: not found by its former key %s", it.key(), key)
			}
		}
		for _, named := range slices.Concat(it.mentions, it.closes) {
			if w.byID(named.id) != named {
				return fmt.Errorf("%s: names %s, which is gone", it.key(), named.key())
			}
		}
	}
	for key, it := range w.byKey {
		if w.byID(it.id) != it {
			return fmt.Errorf("%s still names an item that is gone", key)
		}
	}
	for _, l := range w.links {
		if w.byID(l.from.id) != l.from || w.byID(l.to.id) != l.to || l.from == l.to {
			return fmt.Errorf("link %d from %s to %s has lost an end", l.id, l.from.key(), l.to.key())
		}
	}
	return w.checkCycles()
}

// checkCycles reports a cycle other than the deliberate one.
func (w *World) checkCycles() error {
	waits, left := map[*item][]*item{}, map[*item]int{}
	for _, l := range w.links {
		if l.typ.orders() && (w.loop == nil || l != w.loop.link) {
			waits[l.from] = append(waits[l.from], l.to)
			left[l.to]++
		}
	}
	var free []*item
	for _, it := range w.items {
		if left[it] == 0 {
			free = append(free, it)
		}
	}
	for i := 0; i < len(free); i++ {
		for _, to := range waits[free[i]] {
			if left[to]--; left[to] == 0 {
				free = append(free, to)
			}
		}
	}
	if len(free) < len(w.items) {
		return fmt.Errorf("%d items wait in cycles outside the deliberate one", len(w.items)-len(free))
	}
	return nil
}

// Waits lists the active dependencies as blocker and blocked key, sorted, each
// pair once; remote are those that only a remote link tells of.
func (w *World) Waits() (told, remote [][2]string) {
	for _, l := range w.active() {
		pair := [2]string{l.from.key(), l.to.key()}
		if l.via == byRemote {
			remote = append(remote, pair)
		} else {
			told = append(told, pair)
		}
	}
	slices.SortFunc(told, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(told), remote
}

// Owners maps each item's key to its team's name, "unowned" for nobody's.
func (w *World) Owners() map[string]string {
	owners := map[string]string{}
	for _, it := range w.items {
		owners[it.key()] = "unowned"
		if t := it.owner(w); t != nil {
			owners[it.key()] = t.name
		}
	}
	return owners
}

// Sizes are the open items and the active dependencies.
func (w *World) Sizes() (open, waits int) { return w.count(isOpen), len(w.active()) }

// World is the organisation of a demonstration.
func (d *Demo) World() *World { return d.world }
