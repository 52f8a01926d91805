package jira

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// What an issue was is read apart from what it is: changelogs are long, and
// only those of open issues tell since when somebody waits. Each is read once
// for each update of its issue; a sweep without such updates asks for none.

const (
	// bulkLogs is how many issues' changelogs Cloud gives at once.
	bulkLogs = 1000
	// searchLogs is how many are asked for in one search of Data Center.
	searchLogs = 100
)

// histories yields open issues again, with what their changelogs tell.
func (c *Connector) histories(ctx context.Context, s *site, open []*model.Record) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		if !c.hasHistory(s) {
			return
		}
		h, chunk := c.newHistorian(s)
		former := formerKeys(open)
		for some := range slices.Chunk(c.unread(open), chunk) {
			b, err := h.read(ctx, some, former)
			if s.silent = denied(err); s.silent {
				b.Problems = append(b.Problems, model.Problem{Where: "changelogs", What: err.Error()})
				err = nil
			}
			if !yield(b, err) || err != nil || s.silent {
				return
			}
		}
	}
}

// unread are the whole issues updated since their history was read, those that
// link to others first.
func (c *Connector) unread(open []*model.Record) []*model.Record {
	var linked, others []*model.Record
	for _, r := range open {
		it := &r.Item
		if it.Stub || it.ID.Tracker.String() != c.opts.Name || !validID(it.ID.Native) {
			continue
		}
		if it.HistoryKnown && it.HistoryAsOf >= it.Updated && !undated(r.Claims) {
			continue
		}
		if at, tried := c.untold[it.ID.Native]; tried && at == it.Updated {
			continue
		}
		if slices.ContainsFunc(r.Claims, func(c model.Claim) bool { return c.Origin == model.IssueLink }) {
			linked = append(linked, r)
		} else {
			others = append(others, r)
		}
	}
	return append(linked, others...)
}

// formerKeys are the keys that items had before, by native id.
func formerKeys(open []*model.Record) map[string][]string {
	former := map[string][]string{}
	for _, r := range open {
		if len(r.Item.Aliases) > 0 {
			former[r.Item.ID.Native] = r.Item.Aliases
		}
	}
	return former
}

// historian reads changelogs for one sweep.
type historian struct {
	c   *Connector
	s   *site
	ask func(ctx context.Context, s *site, ids []string) (changelogs, error)
	// patience is how many refusals are left to be looked into.
	patience int
	// remotes is how many issues' remote links may be read.
	remotes int
}

// newHistorian returns a historian, and how many issues it may be asked for at once.
func (c *Connector) newHistorian(s *site) (h *historian, chunk int) {
	h = &historian{c: c, s: s, ask: c.askSearch, patience: 40, remotes: c.cfg.RemoteLinks}
	if s.cloud {
		h.ask = c.askBulk
		return h, bulkLogs
	}
	return h, searchLogs
}

// hasHistory reports whether changelogs can be read. Without credentials Cloud
// gives them one by one only: too dear.
func (c *Connector) hasHistory(s *site) bool {
	return !s.silent && (!s.cloud || !c.cfg.Auth.anonymous())
}

// read makes observations of recorded issues and their changelogs.
func (h *historian) read(ctx context.Context, records []*model.Record, former map[string][]string) (model.Batch, error) {
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.Item.ID.Native
	}
	var b model.Batch
	logs, err := h.logs(ctx, ids)
	if err != nil {
		return b, err
	}
	statuses, err := h.c.statuses(ctx, h.s)
	if err != nil {
		return b, err
	}
	told := teller{reader: &h.c.reader, site: h.s, statuses: statuses, former: former, comments: h.c.comments()}
	links, err := h.remoteLinks(ctx, records, logs, &b)
	if err != nil {
		return b, err
	}
	for _, r := range records {
		id := r.Item.ID.Native
		log, ok := logs[id]
		if log.err != nil {
			b.Problems = append(b.Problems, model.Problem{Where: r.Item.Key, What: "changelog: " + log.err.Error()})
		}
		if !ok || !log.whole {
			h.c.untold[id] = r.Item.Updated
			continue
		}
		set, read := links[id]
		if !read && h.relinked(r, log.entries) {
			continue // until its links can be read too
		}
		o := told.observation(r, log.entries)
		remote(set.Claims, log.entries)
		if !o.Item.HistoryKnown || o.Item.HistoryAsOf != o.Item.Updated || undated(o.Claims) || undated(set.Claims) {
			h.c.untold[id] = r.Item.Updated
		}
		b.Items = append(b.Items, o)
		if read {
			b.Claims = append(b.Claims, set)
		}
	}
	return b, nil
}

// relinked reports whether remote links were read that have changed since. That
// an issue's changelog was read is recorded with its new links or not at all.
func (h *historian) relinked(r *model.Record, log []entry) bool {
	last, read := r.Reading(model.RemoteLink)
	_, refused := h.c.unlisted[r.Item.ID.Native]
	return h.c.cfg.RemoteLinks > 0 && (read || h.c.watched(r)) && !refused && !h.s.unlinked && relinked(log, last.AsOf)
}

// remoteLinks are the recorded remote links of some issues, read anew where the
// changelog tells that they have changed.
func (h *historian) remoteLinks(ctx context.Context, records []*model.Record, logs changelogs, b *model.Batch) (map[string]model.ClaimSet, error) {
	sets := map[string]model.ClaimSet{}
	var changed []*model.Record
	for _, r := range records {
		log := logs[r.Item.ID.Native]
		switch {
		case log.whole && h.relinked(r, log.entries):
			if h.remotes > 0 {
				h.remotes--
				changed = append(changed, r)
			}
		case log.whole && h.c.cfg.RemoteLinks > 0 && unread(r) && h.c.watched(r) && !relinked(log.entries, 0):
			sets[r.Item.ID.Native] = model.ClaimSet{Item: r.Item.ID, Origin: model.RemoteLink, AsOf: r.Item.Updated} // it never had any
		case slices.ContainsFunc(r.Claims, isRemote):
			sets[r.Item.ID.Native] = model.ClaimSet{Item: r.Item.ID, Origin: model.RemoteLink, Claims: slices.DeleteFunc(slices.Clone(r.Claims), func(c model.Claim) bool { return !isRemote(c) })}
		}
	}
	read, err := h.c.readRemote(ctx, h.s, changed)
	for _, set := range read.Claims {
		sets[set.Item.Native] = set
	}
	b.Problems = append(b.Problems, read.Problems...)
	return sets, err
}

// logs asks for changelogs. Where the site refuses the question, or answers
// with more than can be held, each half is asked for again: one id among many
// may have vanished.
func (h *historian) logs(ctx context.Context, ids []string) (changelogs, error) {
	logs, err := h.ask(ctx, h.s, ids)
	if !refused(err) && !tooLong(err) {
		return logs, err
	}
	if h.patience--; h.patience < 0 {
		return nil, err
	}
	if len(ids) == 1 {
		return nil, nil
	}
	all := changelogs{}
	for half := range slices.Chunk(ids, (len(ids)+1)/2) {
		logs, err := h.logs(ctx, half)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, logs)
	}
	return all, nil
}

// teller adds to recorded issues what their changelogs tell.
type teller struct {
	reader   *reader
	site     *site
	statuses map[string]wireStatus // by id
	former   map[string][]string   // keys by native id
	comments bool                  // are read
}

// observation is a recorded issue with its past. It keeps every claim that
// stands, so it is as whole as the record.
func (t *teller) observation(r *model.Record, log []entry) model.Observation {
	o := model.Observation{Item: r.Item, Keeps: []model.Origin{model.RemoteLink}}
	for _, claim := range r.Claims {
		if claim.Ended.IsZero() && claim.Origin != model.RemoteLink {
			o.Claims = append(o.Claims, claim)
		}
	}
	it := &o.Item
	if past, ok := t.transitions(it, log); ok {
		it.History, it.HistoryKnown, it.HistoryAsOf = past, true, it.Updated
		if t.comments {
			it.Attended = t.attended(it, log)
		}
	}
	it.Signals = slices.Clone(it.Signals)
	for i := range it.Signals {
		if at := t.signalled(it, &it.Signals[i], log); !at.IsZero() {
			it.Signals[i].At = at
		}
	}
	t.linked(o.Claims, log)
	return o
}

// signalled is when a signal that stands was set, zero if the log does not tell.
func (t *teller) signalled(it *model.Item, s *model.Signal, log []entry) model.Time {
	switch s.Kind {
	case model.SignalStatus:
		is := func(id, name string) bool { return fold(t.statusName(id, name)) == fold(s.Value) }
		return since(it.Created, log, func(ch *wireChange) (bool, bool, bool) {
			return is(ch.From, ch.FromString), is(ch.To, ch.ToString), ch.of("status")
		})
	case model.SignalLabel:
		return since(it.Created, log, func(ch *wireChange) (bool, bool, bool) {
			return hasWord(ch.FromString, s.Value), hasWord(ch.ToString, s.Value), ch.of("labels")
		})
	case model.SignalFlag:
		flags := t.site.fields.flagged
		return since(it.Created, log, func(ch *wireChange) (bool, bool, bool) {
			return ch.FromString != "", ch.ToString != "", ch.ofCustom("Flagged", flags)
		})
	}
	return 0
}

// statusName is what a status is called now, or else was then.
func (t *teller) statusName(id, then string) string {
	if st, ok := t.statuses[id]; ok {
		return st.Name
	}
	return then
}
