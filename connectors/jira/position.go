package jira

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// overlap is how far back the stream is read again: Cloud's search index shows
// a change seconds to minutes after its stamp.
const overlap = 10 * time.Minute

// conversion is raised when issues are read differently, so that all are read again.
const conversion = 2

// position is where the stream of changes stands; as JSON it is the cursor.
// Stamps are in milliseconds of the tracker's clock.
//
// The stream is read at two places. Head is the newest stamp seen; from there
// on everything is new. Tail trails behind and reads again what the index may
// have shown late. As long as the overlap fits one page, one request at Tail
// serves both. Otherwise each poll reads one page at Tail and then goes on at
// Head, and Tail takes several polls to come through: a turn. When a turn
// began at a time T of the tracker's clock, every change with a stamp up to
// T - overlap was in the index when the turn came by, so the next turn starts
// there, and never later.
type position struct {
	Version int `json:"v"`
	// Reads is a digest of everything that shapes how issues are read. When it
	// changes the stream starts again.
	Reads string `json:"reads"`
	// Projects are those that were read. A project that joins makes the stream
	// start again, as its issues may be older than Head.
	Projects []string `json:"projects,omitempty"`

	// Whole tells that everything was read once. Until then there are only Turn,
	// the time when that began, Lanes, and Page, the most issues of their pages on
	// Data Center, 0 before it is known how many there are.
	Whole bool    `json:"whole,omitempty"`
	Lanes []*lane `json:"lanes,omitempty"`
	Page  int     `json:"page,omitempty"`
	// Began is the time of the tracker's clock when everything was begun to be
	// read: of what was created since, nothing was missed.
	Began int64 `json:"began,omitempty"`

	Tail int64 `json:"tail"`
	Head int64 `json:"head"`
	// Turn is a time that had passed when the present turn began, 0 between turns.
	Turn int64 `json:"turn,omitempty"`
}

// walk is one way through the issues updated since From.
type walk struct {
	From int64 `json:"from"`
	// Token continues on Cloud; End is the newest stamp the walk has seen, in
	// case the token expires.
	Token string `json:"token,omitempty"`
	End   int64  `json:"end,omitempty"`
	// Skip leaves out issues with the stamp From, on Data Center.
	Skip int `json:"skip,omitempty"`
}

func (p *position) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return string(b)
}

// resume reads a cursor for what is read now. An unusable one is the beginning.
func resume(cursor, reads string, projects []string) position {
	fresh := position{Version: 1, Reads: reads, Projects: projects}
	var p position
	if json.Unmarshal([]byte(cursor), &p) != nil || p.Version != fresh.Version || p.Reads != reads {
		return fresh
	}
	for _, project := range projects {
		if !slices.Contains(p.Projects, project) {
			return fresh
		}
	}
	if !slices.Equal(p.Projects, projects) {
		p.Lanes = nil // a token belongs to its query
	}
	p.Projects = projects
	return p
}

// reads digests what shapes how issues are read.
func (c *Connector) reads(s *site) string {
	b, err := json.Marshal([]any{
		conversion, c.cfg.JQL, c.cfg.Fields, c.cfg.Links, c.cfg.Status, c.cfg.Resolutions, c.cfg.Text, c.cfg.RemoteLinks > 0,
		s.fields.custom, s.base,
	})
	if err != nil {
		panic(fmt.Sprintf("encode config: %v", err)) // strings, numbers and maps of them always encode
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
