package reconcile_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

var sizes = []struct {
	name string
	organisation
}{
	{"items=1000", organisation{items: 1_000, claims: 1_500, teams: 10}},
	{"items=100000", organisation{items: 100_000, claims: 150_000, teams: 50}},
	{"items=1000000", organisation{items: 1_000_000, claims: 1_500_000, teams: 200}},
	{"dense", organisation{items: 100_000, claims: 300_000, teams: 50, dense: true}},
}

// BenchmarkReconcile makes whole graphs, each on a heap that was just collected:
// how often the collector runs meanwhile depends on what else the process does, so
// what one collection of the facts and the graph takes of the processors is
// reported beside it. So are the time on all processors, which tells more where
// others use them too, the facts' own memory, the graph's, and how large the
// process is while one is made.
func BenchmarkReconcile(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			const mb = 1 << 20
			before := inUse()
			f, rules := size.facts()
			facts := inUse()
			b.ReportAllocs()
			reconciling, n := 0.0, 0
			for b.Loop() {
				b.StopTimer()
				runtime.GC()
				cpu := cpuTime()
				b.StartTimer()
				reconcile.Reconcile(f, rules, noon)
				reconciling += cpuTime() - cpu
				n++
			}
			b.ReportMetric(reconciling/float64(n), "cpu-ms/op")
			debug.FreeOSMemory()
			resetPeak()
			g := reconcile.Reconcile(f, rules, noon)
			b.ReportMetric(peakMemory()/mb, "peak-MB")
			graph := inUse()
			cpu := cpuTime()
			runtime.GC()
			b.ReportMetric(cpuTime()-cpu, "collect-cpu-ms")
			b.ReportMetric((facts-before)/mb, "facts-MB")
			b.ReportMetric((graph-facts)/mb, "graph-MB")
			b.ReportMetric(float64(len(g.Blocked)), "blocked")
			b.ReportMetric(float64(len(g.Blockers)), "roots")
			b.ReportMetric(float64(len(g.Findings)), "findings")
			runtime.KeepAlive(f)
		})
	}
}

// BenchmarkChange changes 100 items of 100,000, and makes the graph anew, as is
// done when a tracker tells of them; in the second case one of them is new.
func BenchmarkChange(b *testing.B) {
	for _, more := range []bool{false, true} {
		b.Run(map[bool]string{false: "items=100", true: "items=100+new"}[more], func(b *testing.B) {
			f, rules := organisation{items: 100_000, claims: 150_000, teams: 50}.facts()
			var r reconcile.Reconciler
			r.Reconcile(f, rules, noon)
			b.ReportAllocs()
			cpu, n := cpuTime(), 0
			for ; b.Loop(); n++ {
				f = changed(f, n, more)
				r.Reconcile(f, rules, noon.Add(time.Duration(n)*time.Second))
			}
			kept := inUse()
			runtime.KeepAlive(&r)
			b.ReportMetric((kept-inUse())/(1<<20), "kept-MB")
			runtime.KeepAlive(f)
			b.ReportMetric((cpuTime()-cpu)/float64(n), "cpu-ms/op")
		})
	}
}

// changed is the facts with other records for 100 items, and with one more.
func changed(f *model.Facts, n int, more bool) *model.Facts {
	changed := &model.Facts{Trackers: f.Trackers, Records: slices.Clone(f.Records)}
	for i := range 100 {
		at := (n*7919 + i*997) % len(changed.Records)
		c := *changed.Records[at]
		c.Item.State = []model.State{model.Todo, model.Doing, model.Done}[n%3]
		changed.Records[at] = &c
	}
	if more { // the last one, so that all stay in their order
		last := *changed.Records[len(changed.Records)-1]
		project, number := model.SplitKey(last.Item.Key)
		last.Item.ID.Native = fmt.Sprintf("more-%d", n)
		last.Item.Key = fmt.Sprintf("%s-%d", project, number+1)
		changed.Records = append(changed.Records, &last)
	}
	return changed
}

// BenchmarkRadius finds the blast radius of every item that others wait on in
// the dense organisation, one after the other, with the items waiting.
func BenchmarkRadius(b *testing.B) {
	for _, some := range []int{1, 64} {
		b.Run(fmt.Sprintf("items=%d", some), func(b *testing.B) {
			f, rules := organisation{items: 100_000, claims: 300_000, teams: 50, dense: true}.facts()
			g := reconcile.Reconcile(f, rules, noon)
			b.ReportAllocs()
			pairs, asked := 0, 0
			for b.Loop() {
				for i := range some {
					pairs += len(g.Radius(int32(i * (len(g.Items) / some))).Waiting)
					asked++
				}
			}
			b.ReportMetric(float64(pairs)/float64(asked), "waiting/item")
		})
	}
}

// inUse is the memory of what is reachable, in bytes.
func inUse() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// cpuTime is what the process has used of all processors, the collector's work
// included, in milliseconds; 0 where the system does not tell.
func cpuTime() float64 {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // from the third on: the second may hold spaces
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) * 10 // ticks of 10 ms, on every Linux
}

// resetPeak begins a new measurement of peakMemory where the system can.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMemory is the most the process had resident, facts included, in bytes; 0
// where the system does not tell.
func peakMemory() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	if m == nil {
		return 0
	}
	kb, _ := strconv.ParseFloat(string(m[1]), 64)
	return kb * 1024
}
