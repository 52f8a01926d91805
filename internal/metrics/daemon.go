package metrics

import (
	"runtime"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// daemon is what is always there: the trackers and the daemon itself.
func (e *Exporter) daemon(st *model.Status, fresh map[string]bool) []*family {
	var all []*family
	start := func(name string) *family {
		f := newFamily(e.about, name)
		all = append(all, f)
		return f
	}
	tracker, sync := start(trackerFresh), start(trackerLastSync)
	limit, remaining, scope := start(trackerLimit), start(trackerRate), start(trackerScope)
	recorded, skipped, expiry := start(trackerItems), start(trackerSkipped), start(credentialExpiry)
	for name, ok := range fresh {
		tracker.set(truth(ok), name)
	}
	for i := range st.Trackers {
		t := &st.Trackers[i]
		recorded.set(float64(t.Items), t.Name)
		skipped.set(float64(t.Skipped), t.Name)
		if !t.LastSync.IsZero() {
			sync.set(seconds(t.LastSync), t.Name)
		}
		if !t.CredentialExpiry.IsZero() {
			expiry.set(seconds(t.CredentialExpiry), t.Name)
		}
		for _, b := range t.Budget {
			remaining.set(float64(b.Remaining), t.Name, b.Resource)
			if b.Limit > 0 {
				limit.set(float64(b.Limit), t.Name, b.Resource)
			}
		}
		if len(t.Scopes) > 0 {
			readable := 0
			for _, s := range t.Scopes {
				if s.Readable {
					readable++
				}
			}
			scope.set(float64(readable)/float64(len(t.Scopes)), t.Name)
		}
	}
	start(buildInfo).set(1, st.Version, runtime.Version())
	if web := start(webInfo); e.ExternalURL != "" {
		web.set(1, e.ExternalURL)
	}
	start(reloadOK).set(truth(st.ConfigOK))
	if loaded := start(reloadTime); !st.Loaded.IsZero() {
		loaded.set(seconds(st.Loaded))
	}
	return all
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
