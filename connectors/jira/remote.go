package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/internal/refs"
	"github.com/waitgraph/waitgraph/model"
)

// Links to what is outside the site are told issue by issue only. They are read
// some at a time, those most worth knowing first, and read again when something
// says that they changed: the changelog where there is one (see historian), or
// else an update of the issue. Whether every change shows in either is not
// documented, so those of open issues are read again after a week in any case.
const refreshRemote = 7 * 24 * time.Hour

// remoteChunk is how many issues' remote links are handed over at once.
const remoteChunk = 25

type wireRemote struct {
	ID           json.RawMessage `json:"id"` // a number
	Relationship string          `json:"relationship"`
	Object       struct {
		URL string `json:"url"`
	} `json:"object"`
}

// Complete reads the remote links of some issues, see [connectors.Completer].
// It asks once for each issue and at most as often as the config allows.
func (c *Connector) Complete(ctx context.Context, known []*model.Record) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		if c.cfg.RemoteLinks == 0 {
			return
		}
		s, err := c.open(ctx)
		if err != nil {
			yield(model.Batch{}, err)
			return
		}
		reworded := c.reword(known)
		if len(reworded) > 0 && !yield(model.Batch{Claims: reworded}, nil) {
			return
		}
		settled, err := c.settle(ctx, s, known)
		if len(settled) > 0 && !yield(model.Batch{Claims: settled}, nil) {
			return
		}
		if err != nil {
			yield(model.Batch{}, err)
			return
		}
		queue, cover := c.lacking(s, known, time.Now())
		done := map[model.ID]bool{}
		for _, set := range settled {
			done[set.Item] = true
		}
		queue = slices.DeleteFunc(queue, func(r *model.Record) bool { return done[r.Item.ID] })
		for some := range slices.Chunk(queue[:min(len(queue), c.cfg.RemoteLinks)], remoteChunk) {
			if s.unlinked {
				return
			}
			b, err := c.readRemote(ctx, s, some)
			cover.read(some, b.Claims)
			if !s.unlinked {
				c.noteRemote(s, cover.String())
			}
			b.Site = c.news(s)
			if (len(b.Claims) > 0 || len(b.Problems) > 0 || b.Site != nil) && !yield(b, nil) {
				return
			}
			if err != nil {
				c.site = nil
				yield(model.Batch{}, err)
				return
			}
		}
	}
}

// lack is how much an issue lacks of its remote links; less is more urgent.
type lack int

const (
	lackChange lack = iota // open and changed since they were read
	lackLinked             // open, never read, and it has to do with other issues
	lackOpen               // open and never read
	lackFresh              // open, read long ago
	lackClosed             // closed and never read
	lackUpdate             // closed and changed since
	lackNothing
)

// lacking are the issues whose remote links are to be read, the most urgent and
// the newest first.
func (c *Connector) lacking(s *site, known []*model.Record, now time.Time) ([]*model.Record, *coverage) {
	var queue []*model.Record
	urgency := map[*model.Record]lack{}
	cover := &coverage{known: func(r *model.Record) bool { return !unread(r) || c.watched(r) && c.historied(s, r) }}
	for _, r := range known {
		it := &r.Item
		if it.Stub || it.ID.Tracker.String() != c.opts.Name || !validID(it.ID.Native) {
			continue
		}
		cover.add(r)
		l := c.lackOf(s, r, now)
		if at, refused := c.unlisted[it.ID.Native]; refused && at == it.Updated {
			l = lackNothing
		}
		if l != lackNothing {
			urgency[r] = l
			queue = append(queue, r)
		}
	}
	slices.SortFunc(queue, func(a, b *model.Record) int {
		return cmp.Or(cmp.Compare(urgency[a], urgency[b]), cmp.Compare(b.Item.Created, a.Item.Created), a.Item.ID.Compare(b.Item.ID))
	})
	return queue, cover
}

func (c *Connector) lackOf(s *site, r *model.Record, now time.Time) lack {
	last, read := r.Reading(model.RemoteLink)
	open := r.Item.State.Open()
	changed := read && r.Item.Updated > last.AsOf
	switch {
	case open && changed && !c.historied(s, r):
		return lackChange
	case open && !read && c.watched(r) && c.historied(s, r) && r.Item.HistoryAsOf < r.Item.Updated:
		return lackNothing // until a sweep has read its changelog
	case open && !read && slices.ContainsFunc(r.Claims, func(c model.Claim) bool { return c.Origin != model.ParentField }):
		return lackLinked
	case open && !read:
		return lackOpen
	case open && now.Sub(last.At.Time()) > refreshRemote:
		return lackFresh
	case !open && !read && !c.watched(r):
		return lackClosed
	case !open && (changed || !read):
		return lackUpdate
	}
	return lackNothing
}

// historied reports whether an open issue's changelog tells, or will with the
// next sweep, when its remote links change.
func (c *Connector) historied(s *site, r *model.Record) bool {
	if !c.hasHistory(s) {
		return false
	}
	at, tried := c.untold[r.Item.ID.Native]
	return !tried || at != r.Item.Updated
}

// readRemote asks for the remote links of some issues. What was read before an
// error counts. Only errors that concern more than one issue are errors.
func (c *Connector) readRemote(ctx context.Context, s *site, some []*model.Record) (model.Batch, error) {
	sets := make([]*model.ClaimSet, len(some))
	refusals, problems := make([]error, len(some)), make([]error, len(some))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(c.cfg.Concurrency)
	for i, r := range some {
		group.Go(func() error {
			links, problem, err := c.remoteLinks(gctx, r.Item.ID.Native)
			problems[i] = problem
			if c.itsOwn(err) {
				refusals[i] = err
				return nil
			}
			if err == nil {
				sets[i] = &model.ClaimSet{Item: r.Item.ID, Origin: model.RemoteLink, Claims: c.reader.remotes(links), AsOf: r.Item.Updated}
			}
			return err
		})
	}
	err := group.Wait()
	var b model.Batch
	forbidden := 0
	for i, r := range some {
		switch {
		case sets[i] != nil:
			b.Claims = append(b.Claims, *sets[i])
			if problems[i] != nil {
				b.Problems = append(b.Problems, model.Problem{Where: r.Item.Key, What: "a remote link: " + problems[i].Error()})
			}
		case refusals[i] != nil:
			c.unlisted[r.Item.ID.Native] = r.Item.Updated
			code := statusOf(refusals[i])
			if code == http.StatusForbidden {
				forbidden++
			}
			if code != http.StatusNotFound { // whether it is gone the census tells
				b.Problems = append(b.Problems, model.Problem{Where: r.Item.Key, What: "remote links: " + refusals[i].Error()})
			}
		}
	}
	// Where an administrator turned linking off, every issue says so.
	if s.unlinked = forbidden == len(some) && forbidden > 2; s.unlinked {
		c.noteRemote(s, "the site gives this account no remote links: "+refusals[0].Error())
		b.Problems = b.Problems[:1]
	}
	return b, err
}

// itsOwn reports an error that says nothing about other issues.
func (c *Connector) itsOwn(err error) bool {
	var auth *connectors.AuthError
	switch statusOf(err) {
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusRequestEntityTooLarge:
		return true
	}
	return errors.As(err, &auth) && c.cfg.Auth.anonymous()
}

// remoteLinks are those of one issue; a problem is one of a single link.
func (c *Connector) remoteLinks(ctx context.Context, id string) (links []wireRemote, problem, err error) {
	const route = "rest/api/2/issue/{issueIdOrKey}/remotelink"
	body, err := c.do(ctx, http.MethodGet, route, "rest/api/2/issue/"+id+"/remotelink", nil)
	if err != nil {
		return nil, nil, err
	}
	var raw []json.RawMessage
	if err := decode("GET /"+route, body, &raw); err != nil {
		return nil, nil, err
	}
	for _, one := range raw {
		var link wireRemote
		if err := json.Unmarshal(one, &link); err != nil {
			problem = err
			continue
		}
		links = append(links, link)
	}
	return links, problem, nil
}

// plainRelationships say no more than that there is a link.
var plainRelationships = []string{"", "links to", "linked to", "mentioned in", "mentioned on", "wiki page", "related"}

// remotes reads the remote links that name an item of some tracker. The
// relationship is free text, read like the phrase of a link.
func (rd *reader) remotes(links []wireRemote) []model.Claim {
	var claims []model.Claim
	for _, l := range links {
		target, ok := refs.Address(l.Object.URL)
		if !ok {
			continue
		}
		phrase := short(strings.TrimSpace(l.Relationship), 100)
		claim := model.Claim{
			Target: target, Origin: model.RemoteLink, Where: fmt.Sprintf("remote link %s %q", short(strings.Trim(string(l.ID), `"`), 40), phrase),
		}
		rd.relate(&claim, phrase)
		claims = append(claims, claim)
	}
	return claims
}

// relate reads a remote link's phrase into its claim.
func (rd *reader) relate(claim *model.Claim, phrase string) {
	rel, known := rd.phrases.read(phrase)
	claim.Kind, claim.Reverse, claim.Unmapped = rel.kind, rel.reverse, model.Word{}
	if !known && !slices.Contains(plainRelationships, fold(phrase)) {
		claim.Unmapped = model.WordOf(phrase)
	}
}

// reword reads the phrases of recorded remote links as the config has them now.
func (c *Connector) reword(known []*model.Record) []model.ClaimSet {
	var sets []model.ClaimSet
	for _, r := range known {
		changed := false
		var claims []model.Claim
		for _, claim := range r.Claims {
			if !isRemote(claim) {
				continue
			}
			was := claim
			c.reader.relate(&claim, phraseOf(&claim))
			changed = changed || claim != was
			claims = append(claims, claim)
		}
		if changed {
			sets = append(sets, model.ClaimSet{Item: r.Item.ID, Origin: model.RemoteLink, Claims: claims})
		}
	}
	return sets
}

func isRemote(c model.Claim) bool { return c.Origin == model.RemoteLink && c.Ended.IsZero() }

// remoteID is the id of the remote link a claim is from.
func remoteID(claim *model.Claim) string {
	if claim.Origin != model.RemoteLink {
		return ""
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(claim.Where, "remote link "), " ")
	return id
}

// relinks reports a change of remote links, whatever the product calls them.
func (ch *wireChange) relinks() bool { return ch.of("RemoteIssueLink") || ch.of("RemoteWorkItemLink") }

// relinked reports whether a log tells of remote links that changed after a time.
func relinked(log []entry, after model.Time) bool {
	return slices.ContainsFunc(log, func(e entry) bool {
		return e.at > after && slices.ContainsFunc(e.items, func(ch wireChange) bool { return ch.relinks() })
	})
}

// remote tells of claims from remote links when and by whom the links were
// made.
func remote(claims []model.Claim, log []entry) {
	for i := range claims {
		claim := &claims[i]
		id := remoteID(claim)
		if id == "" || !claim.At.IsZero() {
			continue
		}
		for _, e := range log {
			for j := range e.items {
				if e.items[j].relinks() && e.items[j].To == id {
					claim.At, claim.Author = e.at, account(e.author).Name
				}
			}
		}
	}
}

// undated reports whether an issue is, or makes another, blocked by a link
// without a time: its changelog was read when the link was not, or not shown
// because its far end could not be read.
func undated(claims []model.Claim) bool {
	return slices.ContainsFunc(claims, func(c model.Claim) bool {
		return c.Kind == model.Blocks && c.At.IsZero() && c.Ended.IsZero() && (c.Origin == model.IssueLink || isRemote(c))
	})
}
