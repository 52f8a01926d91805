package jira

import (
	"context"
	"fmt"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// watched reports whether an issue was created when everything else was read
// already: its changelog tells of every remote link it was ever given.
func (c *Connector) watched(r *model.Record) bool {
	return c.began > 0 && milli(r.Item.Created.Time()) >= c.began
}

// unread reports whether the remote links of an issue were never read.
func unread(r *model.Record) bool {
	_, read := r.Reading(model.RemoteLink)
	return !read
}

// fewLogs is how many issues are asked for their links rather than for their changelogs.
const fewLogs = 3

// settle looks through the changelogs of closed issues that changed, or are new,
// which sweeps do not read: those without a new remote link need not be asked
// for theirs one by one.
func (c *Connector) settle(ctx context.Context, s *site, known []*model.Record) ([]model.ClaimSet, error) {
	var some []*model.Record
	for _, r := range known {
		if r.Item.State.Open() || r.Item.Stub || !validID(r.Item.ID.Native) || !c.historied(s, r) {
			continue
		}
		if last, read := r.Reading(model.RemoteLink); read && r.Item.Updated > last.AsOf || !read && c.watched(r) {
			some = append(some, r)
		}
	}
	h, chunk := c.newHistorian(s)
	if len(some) <= fewLogs {
		return nil, nil
	}
	var settled []model.ClaimSet
	for some := range slices.Chunk(some, chunk) {
		ids := make([]string, len(some))
		for i, r := range some {
			ids[i] = r.Item.ID.Native
		}
		logs, err := h.logs(ctx, ids)
		if s.silent = denied(err); s.silent {
			return settled, nil
		}
		if err != nil {
			return settled, err
		}
		for _, r := range some {
			log := logs[r.Item.ID.Native]
			if !log.whole || h.relinked(r, log.entries) {
				c.untold[r.Item.ID.Native] = r.Item.Updated // its links tell
				continue
			}
			set := model.ClaimSet{Item: r.Item.ID, Origin: model.RemoteLink, AsOf: r.Item.Updated}
			set.Claims = slices.DeleteFunc(slices.Clone(r.Claims), func(c model.Claim) bool { return !isRemote(c) })
			settled = append(settled, set)
		}
	}
	return settled, nil
}

// coverage is how many issues' remote links are known.
type coverage struct {
	all, done, open, openDone int
	known                     func(*model.Record) bool
}

func (v *coverage) add(r *model.Record) {
	v.all++
	if r.Item.State.Open() {
		v.open++
	}
	if v.known(r) {
		v.count(r)
	}
}

func (v *coverage) count(r *model.Record) {
	v.done++
	if r.Item.State.Open() {
		v.openDone++
	}
}

// read counts those of some issues that were read for the first time.
func (v *coverage) read(some []*model.Record, sets []model.ClaimSet) {
	for _, r := range some {
		if !v.known(r) && slices.ContainsFunc(sets, func(s model.ClaimSet) bool { return s.Item == r.Item.ID }) {
			v.count(r)
		}
	}
}

func (v *coverage) String() string {
	if v.done >= v.all {
		return ""
	}
	return fmt.Sprintf("remote links are read of %d of %d issues, of %d of %d open ones", v.done, v.all, v.openDone, v.open)
}

// noteRemote tells how far remote links are read; "" when there is nothing to tell.
func (c *Connector) noteRemote(s *site, note string) {
	if note == c.remoteNote {
		return
	}
	told := *s.told
	told.Notes = slices.DeleteFunc(slices.Clone(told.Notes), func(n string) bool { return n == c.remoteNote })
	if note != "" {
		told.Notes = append(told.Notes, note)
	}
	s.told, c.remoteNote = &told, note
}
