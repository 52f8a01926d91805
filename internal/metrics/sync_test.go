package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/waitgraph/waitgraph/internal/metrics"
)

// exercise calls every method once.
func exercise(s *metrics.Sync) {
	s.Track("jira", "auth", "timeout")
	s.Request("jira", "GET /search", 200, 300*time.Millisecond, 1000)
	s.Request("jira", "GET /search", 0, time.Second, -1)
	s.Pass("jira", "changes", 2*time.Second)
	s.Failed("jira", "timeout")
	s.Reconciled(50 * time.Millisecond)
}

func TestSync(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	s := metrics.NewSync(reg)
	exercise(s)
	const want = `
# HELP waitgraph_reconcile_duration_seconds How long the last reconciliation took.
# TYPE waitgraph_reconcile_duration_seconds gauge
waitgraph_reconcile_duration_seconds 0.05
# HELP waitgraph_sync_duration_seconds How long the last pass of a tracker's loop took.
# TYPE waitgraph_sync_duration_seconds gauge
waitgraph_sync_duration_seconds{loop="changes",tracker="jira"} 2
# HELP waitgraph_sync_errors_total Passes over a tracker that failed.
# TYPE waitgraph_sync_errors_total counter
waitgraph_sync_errors_total{reason="auth",tracker="jira"} 0
waitgraph_sync_errors_total{reason="timeout",tracker="jira"} 1
# HELP waitgraph_tracker_requests_total Requests sent to a tracker, by HTTP status; none when there was no answer.
# TYPE waitgraph_tracker_requests_total counter
waitgraph_tracker_requests_total{code="200",tracker="jira"} 1
waitgraph_tracker_requests_total{code="none",tracker="jira"} 1
# HELP waitgraph_tracker_response_bytes_total Bytes of the answers of a tracker, as transferred.
# TYPE waitgraph_tracker_response_bytes_total counter
waitgraph_tracker_response_bytes_total{tracker="jira"} 1000
`
	err := testutil.GatherAndCompare(reg, strings.NewReader(want), "waitgraph_reconcile_duration_seconds", "waitgraph_sync_duration_seconds",
		"waitgraph_sync_errors_total", "waitgraph_tracker_requests_total", "waitgraph_tracker_response_bytes_total")
	if err != nil {
		t.Error(err)
	}

	h := gather(t, reg)["waitgraph_tracker_request_duration_seconds"].Metric[0].Histogram
	if h.GetSampleCount() != 2 || h.GetSampleSum() != 1.3 || len(h.Bucket) == 0 || len(h.PositiveDelta) == 0 {
		t.Errorf("want two observations in classic and native buckets, got %v", h)
	}
}

func TestSyncForget(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	s := metrics.NewSync(reg)
	exercise(s)
	s.Request("gh", "POST /graphql", 200, time.Second, 5)
	s.Forget("jira")
	for name, f := range gather(t, reg) {
		for l := range series(f) {
			if strings.Contains(l, "tracker=jira") {
				t.Errorf("%s{%s} is still there", name, l)
			}
		}
	}
	if n, _ := testutil.GatherAndCount(reg, "waitgraph_tracker_requests_total"); n != 1 {
		t.Errorf("%d series of requests, want the other tracker's", n)
	}
}
