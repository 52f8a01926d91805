package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// TestScrapesCoalesce holds that fifty scrapes at once are answered from one gathering.
func TestScrapesCoalesce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "waitgraph_test"}, func() float64 { return 1 }))
		var mu sync.Mutex
		gathered, gate := 0, make(chan struct{})
		slow := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			mu.Lock()
			gathered++
			mu.Unlock()
			<-gate
			return reg.Gather()
		})
		handler := metricsHandler(slow, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
		var running sync.WaitGroup
		for range 50 {
			running.Go(func() {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "waitgraph_test 1") {
					t.Errorf("a scrape is answered by %d: %s", w.Code, w.Body)
				}
			})
		}
		synctest.Wait() // all of them wait for the gathering
		close(gate)
		running.Wait()
		if gathered != 1 {
			t.Errorf("50 scrapes at once took %d gatherings", gathered)
		}
	})
}
