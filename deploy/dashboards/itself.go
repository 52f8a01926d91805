package main

func itself() board {
	status := []link{pageOf("Status", "status")}
	return board{
		uid: "waitgraph-itself", title: "waitgraph / waitgraph itself",
		description: "Whether waitgraph sees its trackers, what that costs them, and how it is doing.",
		panels: []panel{
			{
				kind: number, title: "Trackers", description: "Whether each tracker was read whole recently enough to be believed.", unit: "short", width: 8, height: 5,
				queries: []query{{expr: `min by (tracker) (waitgraph_tracker_fresh{job="$job"})`, legend: "{{tracker}}"}}, steps: []step{{0, "red"}, {1, "green"}}, words: map[string]string{"0": "stale", "1": "fresh"}, links: status,
			},
			{
				kind: number, title: "Since the last whole read", description: "How long ago each tracker was last read whole.", unit: "s", width: 8, height: 5,
				queries: []query{{expr: `time() - max by (tracker) (waitgraph_tracker_last_sync_timestamp_seconds{job="$job"})`, legend: "{{tracker}}"}}, links: status,
			},
			{
				kind: number, title: "Configuration", description: "Whether the last reload succeeded.", unit: "short", width: 4, height: 5,
				queries: []query{{expr: `min(waitgraph_config_last_reload_successful{job="$job"})`}}, steps: []step{{0, "red"}, {1, "green"}}, words: map[string]string{"0": "failed", "1": "loaded"}, links: status,
			},
			{
				kind: number, title: "Loaded", description: "How long ago the running configuration was loaded.", unit: "s", width: 4, height: 5,
				queries: []query{{expr: `time() - max(waitgraph_config_last_reload_success_timestamp_seconds{job="$job"})`}}, links: status,
			},
			{
				kind: lines, title: "Fresh", description: "1 while a tracker is to be believed. Where it is 0, series of work are absent.", unit: "short", width: 12, height: 8, from: zero(), to: one(),
				queries: []query{{expr: `min by (tracker) (waitgraph_tracker_fresh{job="$job"})`, legend: "{{tracker}}"}}, links: status,
			},
			{
				kind: lines, title: "Failed passes", description: "Passes over a tracker that failed, by reason.", unit: "short", width: 12, height: 8, from: zero(),
				queries: []query{{expr: `sum by (tracker, reason) (increase(waitgraph_sync_errors_total{job="$job"}[$__rate_interval])) > 0`, legend: "{{tracker}}: {{reason}}"}}, links: status,
			},
			{
				kind: lines, title: "Length of passes", description: "How long the last pass of each loop of a tracker took.", unit: "s", width: 12, height: 8, from: zero(),
				queries: []query{{expr: `max by (tracker, loop) (waitgraph_sync_duration_seconds{job="$job"})`, legend: "{{tracker}}: {{loop}}"}}, links: status,
			},
			{
				kind: lines, title: "Requests", description: "Requests a second to each tracker, by HTTP status; none is no answer at all.", unit: "reqps", width: 12, height: 8, from: zero(),
				queries: []query{{expr: `sum by (tracker, code) (rate(waitgraph_tracker_requests_total{job="$job"}[$__rate_interval]))`, legend: "{{tracker}}: {{code}}"}}, links: status,
			},
			{
				kind: lines, title: "Budget left", description: "Requests the tracker still allows in its window, as a share of all it allows.", unit: "percentunit", width: 12, height: 8, from: zero(), to: one(),
				queries: []query{{expr: `min by (tracker, resource) (waitgraph_tracker_rate_limit_remaining{job="$job"} / on (job, instance, tracker, resource) (waitgraph_tracker_rate_limit{job="$job"} > 0))`, legend: "{{tracker}}: {{resource}}"}}, links: status,
			},
			{
				kind: lines, title: "Answer times", description: "95 of 100 requests were answered within this time, by tracker.", unit: "s", width: 12, height: 8, from: zero(),
				queries: []query{{expr: `histogram_quantile(0.95, sum by (tracker, le) (rate(waitgraph_tracker_request_duration_seconds_bucket{job="$job"}[$__rate_interval])))`, legend: "{{tracker}}"}}, links: status,
			},
			{
				kind: lines, title: "Bytes read", description: "Bytes of answers a second.", unit: "Bps", width: 12, height: 8, from: zero(),
				queries: []query{{expr: `sum by (tracker) (rate(waitgraph_tracker_response_bytes_total{job="$job"}[$__rate_interval]))`, legend: "{{tracker}}"}}, links: status,
			},
			{
				kind: lines, title: "Reconciliation", description: "How long making the graph from the facts took.", unit: "s", width: 12, height: 8, from: zero(),
				queries: []query{{expr: `max(waitgraph_reconcile_duration_seconds{job="$job"})`, legend: "last"}}, links: status,
			},
			{
				kind: bars, title: "Readable scopes", description: "Share of the configured projects, repositories and queries that can be read.", unit: "percentunit", width: 6, height: 8, from: zero(), to: one(),
				queries: []query{{expr: `min by (tracker) (waitgraph_tracker_scope_readable_ratio{job="$job"})`, legend: "{{tracker}}"}}, steps: []step{{0, "red"}, {1, "green"}}, links: status,
			},
			{
				kind: bars, title: "Items recorded", description: "Items recorded of each tracker, stubs included.", unit: "short", width: 6, height: 8,
				queries: []query{{expr: `max by (tracker) (waitgraph_tracker_items{job="$job"})`, legend: "{{tracker}}"}}, links: status,
			},
			{
				kind: bars, title: "Items skipped", description: "Items or parts of items the last pass could not read.", unit: "short", width: 6, height: 8,
				queries: []query{{expr: `max by (tracker) (waitgraph_tracker_skipped_items{job="$job"})`, legend: "{{tracker}}"}}, steps: []step{{0, "green"}, {1, "orange"}}, links: status,
			},
			{
				kind: bars, title: "Unmapped links", description: "Links whose phrase neither the configuration nor the defaults know; they block nothing.", unit: "short", width: 6, height: 8,
				queries: []query{{expr: `max by (tracker) (waitgraph_unmapped_links{job="$job"})`, legend: "{{tracker}}"}}, steps: []step{{0, "green"}, {1, "orange"}}, links: status,
			},
			{
				kind: number, title: "Credentials end in", description: "For trackers that tell when the token in use ends.", unit: "s", width: 6, height: 5,
				queries: []query{{expr: `min by (tracker) (waitgraph_tracker_credential_expiry_timestamp_seconds{job="$job"}) - time()`, legend: "{{tracker}}"}}, steps: []step{{0, "red"}, {14 * 86400, "green"}}, links: status,
			},
			{
				kind: number, title: "Series left out", description: "Series beyond metrics.max_series: summed up under the team other, or left out.", unit: "short", width: 6, height: 5,
				queries: []query{{expr: `sum(max by (metric) (waitgraph_series_dropped{job="$job"}))`}}, steps: []step{{0, "green"}, {1, "red"}}, links: status,
			},
			{
				kind: number, title: "Memory", description: "Resident memory of the process.", unit: "bytes", width: 6, height: 5,
				queries: []query{{expr: `max(process_resident_memory_bytes{job="$job"})`}}, links: status,
			},
			{
				kind: list, title: "Version", description: "The running build.", unit: "short", width: 6, height: 5,
				queries: []query{{expr: `max by (version, goversion) (waitgraph_build_info{job="$job"})`}}, hidden: []string{"Value"}, names: map[string]string{"version": "Version", "goversion": "Go"},
				columns: map[string]link{"Version": pageOf("Status", "status")},
			},
		},
	}
}
