package config

import "go.yaml.in/yaml/v4"

// The types below are the file as written. Their tags are the keys and their
// descriptions; the JSON schema and the tables of docs/configuration.md are made
// of both. A word in quotes is one of the file; x-unit is what a number counts,
// x-absent what holds without the key where that is no value.

type file struct {
	Timezone   string              `yaml:"timezone" jsonschema_description:"IANA time zone in which dates without a zone end, such as Europe/Madrid."`
	Poll       filePoll            `yaml:"poll" jsonschema_description:"How often trackers are asked." jsonschema_extras:"x-absent=as below"`
	Trackers   []yaml.Node         `yaml:"trackers" jsonschema_description:"The trackers to read; at least one." jsonschema:"required,minItems=1"`
	Teams      []fileTeam          `yaml:"teams" jsonschema_description:"Who owns what. An item belongs to the first team, in the order of the file, one of whose rules selects it."`
	Programs   []fileProgram       `yaml:"programs" jsonschema_description:"Named selections of work across teams."`
	Priorities map[string][]string `yaml:"priorities" jsonschema_description:"Ranks of priority, the most urgent first, and the trackers' words for each, compared without case." jsonschema_extras:"x-absent=built in"`
	Skills     []fileSkill         `yaml:"skills" jsonschema_description:"Which items need which skill."`
	Escalation []fileLevel         `yaml:"escalation" jsonschema_description:"Levels of escalation, the lowest first. A dependency is at the last level whose conditions all hold."`
	Hygiene    fileHygiene         `yaml:"hygiene" jsonschema_description:"Which findings about dependencies are raised, and where; all are unless told." jsonschema_extras:"x-absent=all findings"`
	Gaps       fileGaps            `yaml:"gaps" jsonschema_description:"What resource gaps look at." jsonschema_extras:"x-absent=as below"`
	Metrics    fileMetrics         `yaml:"metrics" jsonschema_description:"Bounds of what is published." jsonschema_extras:"x-absent=as below"`
}

type filePoll struct {
	Interval   Duration `yaml:"interval" jsonschema_description:"Time between two reads of what changed."`
	Frontier   Duration `yaml:"frontier" jsonschema_description:"Time between two reads of what can change unnoticed, such as dependencies of open items."`
	Census     Duration `yaml:"census" jsonschema_description:"Time between two walks over everything, which find deletions and lost permissions."`
	StaleAfter Duration `yaml:"stale_after" jsonschema_description:"After its last complete read a tracker is stale: its series are absent, and its last facts are marked. Not less than \"interval\"."`
}

type fileTracker struct {
	Name string `yaml:"name" jsonschema_description:"The tracker's name in refs (\"jira:PAY-12\"), metrics and matchers: lower case letters, digits and dashes. Renaming a tracker makes it a new one." jsonschema:"required,pattern=^[a-z0-9][a-z0-9-]*$"`
	Type string `yaml:"type" jsonschema_description:"Kind of tracker; decides which other keys there are." jsonschema:"required"`
}

type fileTeam struct {
	Name     string        `yaml:"name" jsonschema_description:"Name of the team, unique without regard to case." jsonschema:"required,minLength=1"`
	Lead     string        `yaml:"lead" jsonschema_description:"Who leads the team."`
	Manager  string        `yaml:"manager" jsonschema_description:"Who manages the team."`
	Channel  string        `yaml:"channel" jsonschema_description:"Where it is reached; quote a leading \"#\"."`
	Owns     []fileMatcher `yaml:"owns" jsonschema_description:"Rules of ownership: an item any of them selects is the team's."`
	Members  []filePerson  `yaml:"members" jsonschema_description:"The people of the team."`
	Capacity fileCapacity  `yaml:"capacity" jsonschema_description:"What the team can take on when everybody is there." jsonschema_extras:"x-absent=not known"`
}

type filePerson struct {
	Name   string   `yaml:"name" jsonschema_description:"The person's name." jsonschema:"required,minLength=1"`
	Email  string   `yaml:"email" jsonschema_description:"Mail address, which joins accounts that show it verified."`
	Jira   string   `yaml:"jira" jsonschema_description:"Account id (Cloud) or user name (Data Center)."`
	GitHub string   `yaml:"github" jsonschema_description:"Login."`
	FTE    *float64 `yaml:"fte" jsonschema_description:"Share of a full working week." jsonschema:"default=1,minimum=0,maximum=1" jsonschema_extras:"x-unit=none"`
	Skills []string `yaml:"skills" jsonschema_description:"What the person can do."`
	Leave  []leave  `yaml:"leave" jsonschema_description:"When the person is away."`
}

type fileCapacity struct {
	PointsPerWeek float64 `yaml:"points_per_week" jsonschema_description:"Points the team completes in seven days." jsonschema:"exclusiveMinimum=0" jsonschema_extras:"x-absent=not known,x-unit=points a week"`
	ItemsPerWeek  float64 `yaml:"items_per_week" jsonschema_description:"Items the team completes in seven days." jsonschema:"exclusiveMinimum=0" jsonschema_extras:"x-absent=not known,x-unit=items a week"`
	WIPPerPerson  int     `yaml:"wip_per_person" jsonschema_description:"Most items one member should have in progress." jsonschema:"minimum=1" jsonschema_extras:"x-absent=no limit,x-unit=items"`
}

type fileProgram struct {
	Name     string        `yaml:"name" jsonschema_description:"Name of the program, unique without regard to case." jsonschema:"required,minLength=1"`
	Select   []fileMatcher `yaml:"select" jsonschema_description:"Which items belong to it: those any matcher selects." jsonschema:"required,minItems=1"`
	Core     string        `yaml:"core" jsonschema_description:"The team that answers for it."`
	Partners []string      `yaml:"partners" jsonschema_description:"Teams that are partners, besides those the program is found to wait on."`
	External []string      `yaml:"external" jsonschema_description:"Parties outside the organisation."`
}

type fileSkill struct {
	Skill string        `yaml:"skill" jsonschema_description:"Name of the skill, as members have it; unique without regard to case." jsonschema:"required,minLength=1"`
	Match []fileMatcher `yaml:"match" jsonschema_description:"Which items need it: those any matcher selects." jsonschema:"required,minItems=1"`
}

type fileLevel struct {
	Level    string   `yaml:"level" jsonschema_description:"Name of the level." jsonschema:"required,minLength=1"`
	After    Duration `yaml:"after" jsonschema_description:"The dependency has been blocking at least so long." jsonschema_extras:"x-absent=any time"`
	Priority string   `yaml:"priority" jsonschema_description:"The blocked item's rank is this one or a more urgent one." jsonschema_extras:"x-absent=any"`
	Conflict []string `yaml:"conflict" jsonschema_description:"Kinds of conflict of which the dependency has one." jsonschema:"enum=due_date,enum=no_date,enum=priority,enum=release,enum=direction,enum=state" jsonschema_extras:"x-absent=any"`
}

type fileHygiene struct {
	Off  []string    `yaml:"off" jsonschema_description:"Findings that are never raised." jsonschema:"enum=one_sided,enum=text_only,enum=unexplained,enum=stale_signal,enum=dangling,enum=unowned,enum=unassigned_blocker,enum=no_estimate,enum=no_due_date,enum=unacknowledged"`
	Only []fileScope `yaml:"only" jsonschema_description:"Findings that are raised only where they were agreed to; a finding is named at most once in all."`
}

type fileScope struct {
	Finding  string   `yaml:"finding" jsonschema_description:"The finding." jsonschema:"required,enum=one_sided,enum=text_only,enum=unexplained,enum=stale_signal,enum=dangling,enum=unowned,enum=unassigned_blocker,enum=no_estimate,enum=no_due_date,enum=unacknowledged"`
	Teams    []string `yaml:"teams" jsonschema_description:"Teams against which it is raised."`
	Programs []string `yaml:"programs" jsonschema_description:"Programs about whose items it is raised, against any team."`
}

type fileGaps struct {
	Horizon Duration `yaml:"horizon" jsonschema_description:"How far ahead capacity, demand and due dates are looked at; at most three years."`
	Window  Duration `yaml:"window" jsonschema_description:"How far back arrivals, completions and reopenings are counted; at most three years."`
	Bugs    []string `yaml:"bugs" jsonschema_description:"Types of items that are bugs." jsonschema_extras:"x-type=glob"`
}

type fileMetrics struct {
	MaxSeries int  `yaml:"max_series" jsonschema_description:"Most series published in all; what is beyond is dropped and counted." jsonschema:"minimum=1" jsonschema_extras:"x-unit=series"`
	Top       int  `yaml:"top" jsonschema_description:"How many root blockers are published by name; 0 for none." jsonschema:"minimum=0" jsonschema_extras:"x-unit=items"`
	PerPerson bool `yaml:"per_person" jsonschema_description:"Publish series about single people."`
}

type fileMatcher struct {
	Tracker      string            `yaml:"tracker" jsonschema_description:"Name of a tracker of this file." jsonschema_extras:"x-absent=any"`
	Project      string            `yaml:"project" jsonschema_description:"Jira project key; former keys count too." jsonschema_extras:"x-absent=any,x-type=glob"`
	Component    string            `yaml:"component" jsonschema_description:"One of the item's components." jsonschema_extras:"x-absent=any,x-type=glob"`
	Label        string            `yaml:"label" jsonschema_description:"One of the item's labels." jsonschema_extras:"x-absent=any,x-type=glob"`
	Repository   string            `yaml:"repository" jsonschema_description:"Repository as owner/name, current or former." jsonschema:"pattern=^[^/]+/[^/]+$" jsonschema_extras:"x-absent=any,x-type=glob"`
	Type         string            `yaml:"type" jsonschema_description:"Type of item: \"Bug\", \"Epic\", \"Pull Request\"." jsonschema_extras:"x-absent=any,x-type=glob"`
	Epic         string            `yaml:"epic" jsonschema_description:"Key of the epic the item belongs to." jsonschema_extras:"x-absent=any,x-type=glob"`
	FixVersion   string            `yaml:"fix_version" jsonschema_description:"One of the item's fix versions. Quote what looks like a number, such as \"1.10\"." jsonschema_extras:"x-absent=any,x-type=glob"`
	Milestone    string            `yaml:"milestone" jsonschema_description:"Title of the item's milestone." jsonschema_extras:"x-absent=any,x-type=glob"`
	Field        map[string]string `yaml:"field" jsonschema_description:"Names of fields the tracker reads, each with a glob for its value." jsonschema_extras:"x-absent=any,x-type=glob"`
	AssigneeTeam string            `yaml:"assignee_team" jsonschema_description:"Name of a team of this file, one of whose members is assigned." jsonschema_extras:"x-absent=any"`
}
