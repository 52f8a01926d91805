package metrics

import "time"

// Prefix starts the name of every metric.
const Prefix = "waitgraph_"

// Metric describes one metric for people: the documentation is made of these.
type Metric struct {
	Name   string // with prefix
	Type   string // gauge, counter or histogram
	Labels []string
	Help   string
	// Note tells when series are absent or folded, "" when always there.
	Note string
}

const (
	notesWork    = "Absent while any tracker is stale."
	notesTop     = "Only the first `metrics.top`; absent while any tracker is stale."
	notesItems   = "Only of fresh trackers."
	notesOnWait  = "Only while something waits; absent while any tracker is stale."
	notesPerson  = "Only with `metrics.per_person`; absent while any tracker is stale."
	notesUnknown = "Absent until known."
)

// Catalogue lists every metric of the package: first what the Collector says of
// the work, then of the trackers and of the daemon, then what Sync counts.
func Catalogue() []Metric {
	gauge := func(name, help, note string, labels ...string) Metric {
		return Metric{Prefix + name, "gauge", labels, help, note}
	}
	counter := func(name, help string, labels ...string) Metric {
		return Metric{Prefix + name, "counter", labels, help, "Absent until something was recorded; absent while any tracker is stale."}
	}
	return []Metric{
		gauge(items, "Items known, stubs included; mirrored items count once, under the one whose ref sorts first.", notesItems, "tracker", "team", "state"),
		gauge(blockedItems, "Open items that are blocked, each under one cause: dependency if it has an active one, else signal.", notesWork, "team", "cause"),
		{
			Prefix + blockedAge, "histogram",
			[]string{"team"},
			"How long the items blocked now have been blocked. The counts fall when items are freed: read it without rate.", notesWork,
		},
		gauge(waitingItems, "Blocked items of a team that wait directly on an item of another team; zero for pairs with dependencies none of which is active.", notesWork, "team", "on_team"),
		gauge(waitingOldest, "Start of the oldest wait of a team on another.", notesOnWait, "team", "on_team"),
		gauge(blockingItems, "Open items of a team that block at least one other item.", notesWork, "team"),
		gauge(rootWaiting, "Open items that transitively wait on a root blocker.", notesTop, "ref", "team"),
		gauge(dependencies, "Dependencies of kind blocks, each under its strongest origin: dependency, issue_link, sub_issue, parent_field, remote_link, closing_reference, rule, text, in this order.", notesWork, "state", "origin"),
		gauge(cycles, "Sets of items that wait on each other, and native dependencies of an item on itself.", notesWork),

		gauge(conflicts, "Conflicts between the ends of active dependencies, and of mirrored items that differ in state; zero for pairs of teams that wait.", notesWork, "kind", "team", "on_team"),
		gauge(escalations, "Active dependencies that have reached an escalation level, each at its highest; zero for pairs of teams that wait.", notesWork, "level", "team", "on_team"),
		gauge(findings, "Findings about how a team keeps its dependencies.", notesWork, "team", "finding"),
		gauge(adoption, "Share of a team's active cross-team dependencies that are free of findings.", "Only for teams with such dependencies; absent while any tracker is stale.", "team"),

		gauge(programItems, "Items a program selects.", notesWork, "program", "state"),
		gauge(programBlocked, "Open items of a program that are blocked.", notesWork, "program"),
		gauge(programWaiting, "Open items outside a program that its own transitively wait on, by the team that owns them.", notesOnWait, "program", "on_team"),
		gauge(programEnd, "The latest date on the critical chain of a program.", "Absent without a date; absent while any tracker is stale.", "program"),

		gauge(unassigned, "Open items nobody is assigned to that block another (blocking), are in progress (doing) or are due within the horizon (due).", notesWork, "team", "scope"),
		gauge(overloaded, "Members with more items in progress than the team's limit.", "Only for teams with capacity.wip_per_person; absent while any tracker is stale.", "team"),
		gauge(capacityPoints, "Points a team can complete within the horizon, leave considered.", "Only for teams with capacity.points_per_week; absent while any tracker is stale.", "team"),
		gauge(demandPoints, "Estimates of a team's open items that are due within the horizon; items without an estimate are not in it.", notesWork, "team"),
		gauge(capacityItems, "Items a team can complete within the horizon, leave considered.", "Only for teams with capacity.items_per_week; absent while any tracker is stale.", "team"),
		gauge(demandItems, "Open items of a team that are due within the horizon.", notesWork, "team"),
		gauge(coverage, "Share of a team's open items that have an estimate.", "Only for teams with open items; absent while any tracker is stale.", "team"),
		gauge(concentration, "Share of a team's items that block others that the person with the most of them holds.", "Only for teams that block; absent while any tracker is stale.", "team"),
		gauge(skillGaps, "Open items that need a skill no available member of the team has.", "Only while there are any; absent while any tracker is stale.", "team", "skill"),
		gauge(openBugs, "Open items that are bugs, by normalised priority or none.", notesWork, "team", "priority"),
		gauge(bottleneck, "Open items of other teams that transitively wait on a team.", notesWork, "team"),
		counter(blockedSeconds, "Time the blocked items of a team have waited, since recording began; goes on over restarts.", "team"),
		counter(arrived, "Items of a team that were created, since recording began; goes on over restarts.", "team"),
		counter(completed, "Items of a team that became done, since recording began; goes on over restarts.", "team"),
		counter(reopened, "Items of a team that became open again, since recording began; goes on over restarts.", "team"),
		gauge(memberDoing, "Items in progress of a member, of any team.", notesPerson, "team", "member"),
		gauge(memberBlocking, "Open items of a member that block others, of any team.", notesPerson, "team", "member"),

		gauge(trackerFresh, "Whether a tracker was read whole recently enough to be believed.", "", "tracker"),
		gauge(trackerLastSync, "When a tracker was last read whole.", "Absent until the first sync is whole.", "tracker"),
		gauge(trackerRate, "Requests a tracker still allows in its current window, as it said last.", notesUnknown, "tracker", "resource"),
		gauge(trackerLimit, "Requests a tracker allows in a whole window, as it said last.", notesUnknown, "tracker", "resource"),
		gauge(trackerScope, "Share of the configured projects, repositories and queries that can be read.", notesUnknown, "tracker"),
		gauge(trackerItems, "Items recorded of a tracker, stubs included.", "", "tracker"),
		gauge(trackerSkipped, "Items or parts of items the last pass over a tracker could not read.", "", "tracker"),
		gauge(unmapped, "Links of a tracker whose phrase neither the configuration nor the defaults know; they are read as relates.", "Absent until the first graph.", "tracker"),
		gauge(credentialExpiry, "When the credentials in use end, as the tracker said last.", "Absent where a tracker does not say.", "tracker"),
		gauge(dropped, "Series left out, or folded into the value other, to stay within metrics.max_series.", "", "metric"),
		gauge(reloadOK, "Whether the last attempt to load the configuration succeeded.", ""),
		gauge(reloadTime, "When the running configuration was loaded.", notesUnknown),
		gauge(webInfo, "Always 1; the label is the address of waitgraph's pages, as given by --web.external-url.", "", "external_url"),
		gauge(buildInfo, "Always 1; the labels name the running build.", "", "version", "goversion"),

		{Prefix + requests, "counter", []string{"tracker", "code"}, "Requests sent to a tracker, by HTTP status; none when there was no answer.", ""},
		{
			Prefix + requestDuration, "histogram",
			[]string{"tracker", "route"},
			"How long requests to a tracker took, by route template; native and classic buckets.", "",
		},
		{Prefix + responseBytes, "counter", []string{"tracker"}, "Bytes of the answers of a tracker, as transferred.", ""},
		gauge(syncDuration, "How long the last pass of a tracker's loop took.", "Absent until the first pass ended.", "tracker", "loop"),
		{Prefix + syncErrors, "counter", []string{"tracker", "reason"}, "Passes over a tracker that failed.", ""},
		gauge(reconcileDuration, "How long the last reconciliation took.", "Absent until the first one."),
	}
}

// The names, without prefix.
const (
	items             = "items"
	blockedItems      = "blocked_items"
	blockedAge        = "blocked_age_seconds"
	waitingItems      = "waiting_items"
	waitingOldest     = "waiting_oldest_timestamp_seconds"
	blockingItems     = "blocking_items"
	rootWaiting       = "root_blocker_waiting_items"
	dependencies      = "dependencies"
	cycles            = "dependency_cycles"
	conflicts         = "conflicts"
	escalations       = "escalations"
	findings          = "hygiene_findings"
	adoption          = "adoption_ratio"
	programItems      = "program_items"
	programBlocked    = "program_blocked_items"
	programWaiting    = "program_waiting_on_items"
	programEnd        = "program_critical_end_timestamp_seconds"
	unassigned        = "unassigned_items"
	overloaded        = "overloaded_members"
	capacityPoints    = "capacity_points"
	demandPoints      = "demand_points"
	capacityItems     = "capacity_items"
	demandItems       = "demand_items"
	coverage          = "estimate_coverage_ratio"
	concentration     = "blocker_concentration_ratio"
	skillGaps         = "skill_gap_items"
	openBugs          = "open_bugs"
	bottleneck        = "bottleneck_waiting_items"
	blockedSeconds    = "blocked_item_seconds_total"
	arrived           = "arrived_items_total"
	completed         = "completed_items_total"
	reopened          = "reopened_items_total"
	memberDoing       = "member_doing_items"
	memberBlocking    = "member_blocking_items"
	trackerFresh      = "tracker_fresh"
	trackerLastSync   = "tracker_last_sync_timestamp_seconds"
	trackerRate       = "tracker_rate_limit_remaining"
	trackerLimit      = "tracker_rate_limit"
	trackerItems      = "tracker_items"
	trackerSkipped    = "tracker_skipped_items"
	unmapped          = "unmapped_links"
	credentialExpiry  = "tracker_credential_expiry_timestamp_seconds"
	webInfo           = "web_info"
	trackerScope      = "tracker_scope_readable_ratio"
	dropped           = "series_dropped"
	reloadOK          = "config_last_reload_successful"
	reloadTime        = "config_last_reload_success_timestamp_seconds"
	buildInfo         = "build_info"
	requests          = "tracker_requests_total"
	requestDuration   = "tracker_request_duration_seconds"
	responseBytes     = "tracker_response_bytes_total"
	syncDuration      = "sync_duration_seconds"
	syncErrors        = "sync_errors_total"
	reconcileDuration = "reconcile_duration_seconds"
)

// ageBuckets are the upper bounds of waitgraph_blocked_age_seconds.
func ageBuckets() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{
		time.Hour, 4 * time.Hour, day, 3 * day, 7 * day, 14 * day, 30 * day, 60 * day, 90 * day, 180 * day,
	}
}
