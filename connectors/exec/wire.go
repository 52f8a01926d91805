package exec

import "encoding/json"

// The wire format, which docs/connector-protocol.md describes. It is apart from
// the model so that neither binds the other.

type wireHello struct {
	Protocol  int            `json:"protocol"`
	Tracker   string         `json:"tracker"`
	UserAgent string         `json:"user_agent"`
	Projects  []string       `json:"projects"`
	Options   map[string]any `json:"options"`
}

type wireWelcome struct {
	Protocol     int       `json:"protocol"`
	Name         string    `json:"name"`
	Version      string    `json:"version"`
	Capabilities []string  `json:"capabilities"`
	Site         *wireSite `json:"site"`
}

type wireCursor struct {
	Cursor string `json:"cursor"`
}

type wireOpen struct {
	Open []wireKnown `json:"open"`
}

type wireAllKnown struct {
	Known []wireKnown `json:"known"`
}

// wireKnown is a recorded item as the program is told of it.
type wireKnown struct {
	ID   string `json:"id"`
	Key  string `json:"key"`
	Stub bool   `json:"stub,omitempty"`
}

type wireKeys struct {
	Keys []string `json:"keys"`
}

type wireBatch struct {
	Cursor   string            `json:"cursor"`
	Items    []json.RawMessage `json:"items"`
	Claims   []wireClaimSet    `json:"claims"`
	Gone     []wireAbsence     `json:"gone"`
	Answers  []wireAnswer      `json:"answers"`
	Site     *wireSite         `json:"site"`
	Problems []wireProblem     `json:"problems"`
	Done     int               `json:"done"`
	Total    int               `json:"total"`
}

type wireCensus struct {
	Scopes []wireScope         `json:"scopes"`
	Exists map[string][]string `json:"exists"`
	Gone   []wireAbsence       `json:"gone"`
	Items  []json.RawMessage   `json:"items"`
}

type wireChecked struct {
	Site     *wireSite `json:"site"`
	Unmapped []string  `json:"unmapped"`
}

type wireSite struct {
	Hosts    []string      `json:"hosts"`
	Projects []wireProject `json:"projects"`
	Scopes   []wireScope   `json:"scopes"`
	Notes    []string      `json:"notes"`
}

type wireProject struct {
	Key    string   `json:"key"`
	Former []string `json:"former"`
}

type wireScope struct {
	Scope    string `json:"scope"`
	Readable bool   `json:"readable"`
	Error    string `json:"error"`
}

type wireClaimSet struct {
	ID     string      `json:"id"`
	Origin string      `json:"origin"`
	Claims []wireClaim `json:"claims"`
}

type wireAbsence struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

type wireAnswer struct {
	Key    string `json:"key"`
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

type wireProblem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

type wireItem struct {
	Tracker     string            `json:"tracker"`
	ID          string            `json:"id"`
	Key         string            `json:"key"`
	Aliases     []string          `json:"aliases"`
	URL         string            `json:"url"`
	Title       string            `json:"title"`
	Type        string            `json:"type"`
	Pull        bool              `json:"pull"`
	Stub        bool              `json:"stub"`
	Project     string            `json:"project"`
	State       string            `json:"state"`
	Status      string            `json:"status"`
	Resolution  string            `json:"resolution"`
	Priority    string            `json:"priority"`
	Components  []string          `json:"components"`
	Labels      []string          `json:"labels"`
	FixVersions []wireSpan        `json:"fix_versions"`
	Milestone   *wireSpan         `json:"milestone"`
	Sprint      *wireSpan         `json:"sprint"`
	Epic        string            `json:"epic"`
	Fields      map[string]string `json:"fields"`
	Author      *wireAccount      `json:"author"`
	Assignees   []wireAccount     `json:"assignees"`
	Points      *float64          `json:"points"`
	Due         string            `json:"due"`
	Created     string            `json:"created"`
	Updated     string            `json:"updated"`
	Closed      string            `json:"closed"`
	Signals     []wireSignal      `json:"signals"`
	// History is null where the tracker has none.
	History *[]wireTransition `json:"history"`
	Claims  []wireClaim       `json:"claims"`
	Keeps   []string          `json:"keeps"`
}

type wireSpan struct {
	Name string `json:"name"`
	End  string `json:"end"`
}

type wireAccount struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

type wireSignal struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	At    string `json:"at"`
}

type wireTransition struct {
	At    string `json:"at"`
	State string `json:"state"`
}

type wireClaim struct {
	Says      string     `json:"says"`
	Target    wireTarget `json:"target"`
	Origin    string     `json:"origin"`
	Where     string     `json:"where"`
	Unmapped  string     `json:"unmapped"`
	Withdraws bool       `json:"withdraws"`
	Seq       int32      `json:"seq"`
	Author    string     `json:"author"`
	At        string     `json:"at"`
}

// wireTarget is an item of the same tracker (id), an address (host), or a bare key.
type wireTarget struct {
	ID   string `json:"id"`
	Host string `json:"host"`
	Key  string `json:"key"`
}
