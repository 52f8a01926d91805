package model

import "time"

// Status is how the daemon itself is doing, for /api/v1/status and the UI.
type Status struct {
	Version string
	Started time.Time
	// Loaded is when the running config was loaded, ConfigOK whether the last attempt to load one succeeded.
	Loaded   time.Time
	ConfigOK bool
	Trackers []TrackerStatus // in the order of the config
}

// TrackerStatus is the work of one tracker's loops.
type TrackerStatus struct {
	Name     string
	Type     string
	Product  string
	Fresh    bool
	LastSync time.Time
	// Items is how many are recorded; Done, Total (0: unknown) and Pages the progress of the current or last pass.
	Items    int
	Done     int
	Total    int
	Pages    int
	Complete bool // the first sync is whole
	Scopes   []Scope
	Notes    []string
	Unmapped []string
	Problems []Problem // of the last pass, bounded
	Skipped  int       // problems of the last pass in all
	Budget   []Budget
	// CredentialExpiry is when the credentials in use end, zero where neither the tracker nor the config tells.
	CredentialExpiry time.Time
	// Error is why the last pass failed, "" when it did not; Since is when it began to fail.
	Error string
	Since time.Time
	Loops []LoopStatus
}

// LoopStatus is one loop of one tracker.
type LoopStatus struct {
	Name    string // changes, sweep, details, census
	LastRun time.Time
	NextRun time.Time
	Took    time.Duration
	Error   string
}

// Budget is how many requests a tracker still allows in a window.
type Budget struct {
	Resource  string
	Limit     int
	Remaining int
	Reset     time.Time
}
