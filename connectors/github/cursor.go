package github

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// overlap is how far before the latest change a pass starts: changes become
// visible out of order.
const overlap = 10 * time.Minute

// cursorVersion is that of the format below. A cursor of another is as good as
// none: everything is read anew.
const cursorVersion = 1

// cursor is where the stream of changes stands, by repository (its configured
// name, lower case). All times are the tracker's own stamps.
type cursor struct {
	Version      int                  `json:"v"`
	Repositories map[string]*position `json:"repositories"`
}

// position is where the stream of one repository stands.
type position struct {
	ID   string `json:"id"`   // of the repository
	Name string `json:"name"` // present one
	// Former are names the repository was known by.
	Former []string `json:"former,omitempty"`
	Issues stream   `json:"issues"`
	Pulls  stream   `json:"pulls"`
}

// stream is where reading one kind of item of one repository stands.
//
// Issues are read oldest change first: Seen moves with every page, and After is
// used only within a run of pages that end with the same stamp. Pull requests
// are read newest first: After moves, and Seen jumps to Top when the pass ends.
type stream struct {
	// Seen is the stamp up to which every change is known.
	Seen time.Time `json:"seen,omitzero"`
	// Begun tells that a pass is under way; the fields below are its own.
	Begun bool      `json:"begun,omitempty"`
	From  time.Time `json:"from,omitzero"` // the oldest stamp it is interested in
	Top   time.Time `json:"top,omitzero"`  // the newest stamp it met
	After string    `json:"after,omitempty"`
}

// begin starts a pass unless one is under way. settled tells that the latest
// change is old enough for earlier ones to have become visible.
func (s *stream) begin(settled bool) {
	if s.Begun {
		return
	}
	s.Begun, s.From, s.Top, s.After = true, s.Seen, s.Seen, ""
	if !settled && !s.Seen.IsZero() {
		s.From = s.Seen.Add(-overlap)
	}
}

// ascend moves a stream that is read oldest first behind a page; latest is the
// page's latest stamp. The pass ends after the last page.
func (s *stream) ascend(latest time.Time, next pageInfo) error {
	if latest.After(s.Seen) {
		s.Seen = latest
	}
	switch {
	case !next.HasNextPage:
		s.Begun, s.After = false, ""
	case latest.After(s.From):
		s.From, s.After = latest, ""
	default:
		return s.follow(next)
	}
	return nil
}

// descend moves a stream that is read newest first; oldest is the page's oldest stamp.
func (s *stream) descend(latest, oldest time.Time, next pageInfo) error {
	if latest.After(s.Top) {
		s.Top = latest
	}
	if next.HasNextPage && (oldest.IsZero() || !oldest.Before(s.From)) {
		return s.follow(next)
	}
	s.Begun, s.After, s.Seen = false, "", s.Top
	return nil
}

// follow goes on at a page's end, which must lead somewhere new.
func (s *stream) follow(next pageInfo) error {
	if next.EndCursor == "" || next.EndCursor == s.After {
		return fmt.Errorf("the next page starts at %q again", clip(next.EndCursor))
	}
	s.After = next.EndCursor
	return nil
}

// decodeCursor reads what encode wrote; what it cannot read is no cursor at all.
func decodeCursor(text string) *cursor {
	var c cursor
	if err := json.Unmarshal([]byte(text), &c); err != nil || c.Version != cursorVersion || c.Repositories == nil {
		return &cursor{Version: cursorVersion, Repositories: map[string]*position{}}
	}
	maps.DeleteFunc(c.Repositories, func(_ string, p *position) bool { return p == nil })
	return &c
}

func (c *cursor) encode() string {
	b, err := json.Marshal(c)
	if err != nil {
		panic("encode cursor: " + err.Error()) // plain values: cannot happen
	}
	return string(b)
}

// at is the position of a repository by its configured name.
func (c *cursor) at(name string) *position {
	key := strings.ToLower(name)
	p := c.Repositories[key]
	if p == nil {
		p = &position{}
		c.Repositories[key] = p
	}
	return p
}

// names are those of the repositories met so far: the ones asked for, and the
// present ones.
func (c *cursor) names() []string {
	var names []string
	for _, asked := range slices.Sorted(maps.Keys(c.Repositories)) {
		present := c.Repositories[asked].Name
		if present == "" {
			continue
		}
		if !strings.EqualFold(asked, present) {
			names = append(names, asked)
		}
		names = append(names, present)
	}
	return names
}
