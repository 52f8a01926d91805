package jira_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// More issues than a page holds may share a stamp, and the index may show any
// of them late. When the overlap has passed a poll costs one request again.
func TestLateWithinOneStamp(t *testing.T) {
	for _, test := range []struct {
		ties, late int
		newer      bool // there is a newer change
	}{
		{4, 0, true}, {4, 3, true}, {4, 3, false}, {5, 4, true}, {11, 1, true}, {11, 5, true}, {11, 5, false}, {11, 10, true},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			both(t, func(t *testing.T, f *fake) {
				synctest.Test(t, func(t *testing.T) {
					f.most = 3
					f.fill(12, 1)
					c, r := f.connect(nil), newRecord()
					r.poll(t, c)

					at := f.now.UnixMilli()
					for _, i := range f.issues[:test.ties] {
						i.stamp = at
					}
					late := f.issues[test.late]
					late.stamp, late.late, late.ready = 0, &at, f.now.Add(5*time.Minute)
					if test.newer {
						f.issues[11].stamp = at + 1000 // Head goes past them
					}
					f.now = f.now.Add(time.Second)
					r.poll(t, c)
					f.now = late.ready
					for range 12 { // a turn, at a page of Tail with each poll
						r.poll(t, c)
					}
					if got := r.item(t, late.key).Item.Updated.Time().UnixMilli(); got != at {
						t.Errorf("%s as of %d, want %d", late.key, got, at)
					}
					f.now = f.now.Add(time.Hour)
					for range 12 {
						r.poll(t, c)
					}
					f.requests()
					r.poll(t, c)
					if asked := f.requests(); len(asked) != 1 {
						t.Errorf("the last idle poll asked %v", asked)
					}
				})
			})
		})
	}
}
