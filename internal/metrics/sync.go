package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sync counts the work of the loops: requests to trackers, passes over them and
// reconciliations. It outlives reloads; its methods may be called from any goroutine.
type Sync struct {
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	bytes     *prometheus.CounterVec
	passes    *prometheus.GaugeVec
	errors    *prometheus.CounterVec
	reconcile *prometheus.GaugeVec // of one series, absent until the first reconciliation
}

// NewSync registers the metrics with reg and panics if they are registered already.
func NewSync(reg prometheus.Registerer) *Sync {
	about := map[string]Metric{}
	for _, m := range Catalogue() {
		about[m.Name] = m
	}
	counter := func(name string) *prometheus.CounterVec {
		m := about[Prefix+name]
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
	}
	gauge := func(name string) *prometheus.GaugeVec {
		m := about[Prefix+name]
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.Labels)
	}
	duration := about[Prefix+requestDuration]

	s := &Sync{
		requests: counter(requests),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: duration.Name, Help: duration.Help,
			Buckets:                         []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, duration.Labels),
		bytes:     counter(responseBytes),
		passes:    gauge(syncDuration),
		errors:    counter(syncErrors),
		reconcile: gauge(reconcileDuration),
	}
	reg.MustRegister(s.requests, s.durations, s.bytes, s.passes, s.errors, s.reconcile)
	return s
}

// Track starts the counters of a configured tracker at zero, so that their first
// increase is seen. reasons are those Failed may be given.
func (s *Sync) Track(tracker string, reasons ...string) {
	s.bytes.WithLabelValues(tracker)
	s.requests.WithLabelValues(tracker, "200")
	for _, r := range reasons {
		s.errors.WithLabelValues(tracker, r)
	}
}

// Forget drops every series of a tracker that left the configuration.
func (s *Sync) Forget(tracker string) {
	of := prometheus.Labels{"tracker": tracker}
	for _, v := range []interface {
		DeletePartialMatch(prometheus.Labels) int
	}{s.requests, s.durations, s.bytes, s.passes, s.errors} {
		v.DeletePartialMatch(of)
	}
}

// Request counts one finished exchange. route is the method and path template,
// never a key or an id; code is 0 when there was no answer.
func (s *Sync) Request(tracker, route string, code int, took time.Duration, bytes int64) {
	status := "none"
	if code > 0 {
		status = strconv.Itoa(code)
	}
	s.requests.WithLabelValues(tracker, status).Inc()
	s.durations.WithLabelValues(tracker, route).Observe(took.Seconds())
	s.bytes.WithLabelValues(tracker).Add(float64(max(bytes, 0)))
}

// Pass records that a pass of a tracker's loop ended, well or not.
func (s *Sync) Pass(tracker, loop string, took time.Duration) {
	s.passes.WithLabelValues(tracker, loop).Set(took.Seconds())
}

// Failed counts a pass that failed, by the bounded name of its reason.
func (s *Sync) Failed(tracker, reason string) { s.errors.WithLabelValues(tracker, reason).Inc() }

// Reconciled records how long a reconciliation took.
func (s *Sync) Reconciled(took time.Duration) { s.reconcile.WithLabelValues().Set(took.Seconds()) }
