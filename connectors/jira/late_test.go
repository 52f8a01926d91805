package jira_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
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

// A poll that was stopped within a stamp goes on without loss, although issues
// have left the stamp since.
func TestStoppedWithinOneStamp(t *testing.T) {
	for stop := 1; stop < 4; stop++ {
		both(t, func(t *testing.T, f *fake) {
			synctest.Test(t, func(t *testing.T) {
				f.most = 2
				f.fill(7, 1)
				r := newRecord()
				r.poll(t, f.connect(nil))

				at := f.now.Add(time.Minute).UnixMilli()
				for _, i := range f.issues {
					i.stamp = at
				}
				f.now = f.now.Add(time.Hour) // the overlap does not reach so far
				if err := r.try(t, f.connect(nil), stop); err != nil {
					t.Fatal(err)
				}
				for _, i := range f.issues[:2] {
					i.stamp = f.now.UnixMilli()
				}
				r.poll(t, f.connect(nil))
				if late := r.behind(f); len(late) > 0 {
					t.Errorf("stopped after %d: %v", stop, late)
				}
			})
		})
	}
}

// An issue that leaves its place while pages are read lets another slip over the
// edge of a page that begins at an offset, whether or not the poll is stopped.
func TestLeavesWhilePaging(t *testing.T) {
	for _, test := range []struct{ ties, stop int }{{1, -1}, {30, -1}, {1, 4}, {30, 4}} {
		both(t, func(t *testing.T, f *fake) {
			synctest.Test(t, func(t *testing.T) {
				f.most = 10
				f.fill(60, 1)
				r := newRecord()
				r.poll(t, f.connect(nil))

				f.now = f.now.Add(time.Hour)
				for n, i := range f.issues {
					i.stamp = start.Add(time.Minute + time.Duration(max(n, test.ties))*time.Second).UnixMilli()
				}
				pages := 0
				f.intercept = func(r *http.Request, _ string) *http.Response {
					if searching(r) {
						if pages++; pages == 3 {
							f.issues[0].stamp = f.now.UnixMilli()
						}
					}
					return nil
				}
				c := f.connect(nil)
				if err := r.try(t, c, test.stop); err != nil {
					t.Fatal(err)
				}
				for range 12 {
					r.poll(t, c)
				}
				if late := r.behind(f); len(late) > 0 {
					t.Errorf("%+v: %v", test, late)
				}
			})
		})
	}
}

// So it is at Tail, where the one that slips is shown late.
func TestLeavesWhilePagingAtTail(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		synctest.Test(t, func(t *testing.T) {
			f.most = 10
			f.fill(60, 1)
			c, r := f.connect(nil), newRecord()
			r.poll(t, c)

			at := f.now.UnixMilli()
			slices.SortFunc(f.issues, func(a, b *fakeIssue) int { return strings.Compare(a.key, b.key) })
			for n, i := range f.issues {
				i.stamp = at + int64(max(0, n-40))*1000 // Head goes far past those of one stamp
			}
			late := f.issues[10] // the first of the second page
			late.stamp, late.late, late.ready = 0, &at, f.now.Add(time.Minute)
			f.now = f.now.Add(20 * time.Second)
			r.poll(t, c)
			f.now = f.now.Add(time.Hour)
			c = f.connect(nil) // it knows the time, so one turn is left that comes by
			pages := 0
			f.intercept = func(r *http.Request, body string) *http.Response {
				if searching(r) && strings.Contains(body, fmt.Sprint(at)) {
					if pages++; pages == 2 {
						f.issues[0].stamp = f.now.UnixMilli()
					}
				}
				return nil
			}
			for range 12 {
				r.poll(t, c)
			}
			if late := r.behind(f); len(late) > 0 {
				t.Error(late)
			}
		})
	})
}
