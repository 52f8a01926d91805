package jira

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/waitgraph/waitgraph/model"
)

var errNoIssues = errors.New("no list of issues")

// readPage decodes a page. Issues that are not as promised become problems and
// the rest is kept; the error is one of the page as a whole, and a page that is
// no JSON anywhere is of no use anywhere.
func (l *layout) readPage(body []byte) (wirePage, []model.Problem, error) {
	var page wirePage
	var problems []model.Problem
	listed := false
	s := newScanner(body)
	s.object(func(name []byte) {
		switch string(name) {
		case "total":
			page.Total = s.int()
		case "isLast":
			page.IsLast = s.bool()
		case "nextPageToken":
			page.Token = s.string()
		case "issues":
			listed = s.kind('[', "a list of issues")
			s.list(func() {
				page.Raw++
				start, depth := s.json.InputOffset(), s.json.StackDepth()
				is, err := l.issue(s)
				switch {
				case err == nil:
					page.Issues = append(page.Issues, is)
					return
				case errors.Is(s.err, errNoJSON):
					return
				}
				s.leave(depth)
				raw := bytes.TrimLeft(body[start:s.json.InputOffset()], ", \t\r\n")
				problems = append(problems, model.Problem{Where: cmp.Or(nameOf(raw), fmt.Sprintf("issue %d of a page", page.Raw)), What: err.Error()})
			})
		default:
			s.skip()
		}
	})
	switch err := s.end(); {
	case err != nil:
		return wirePage{}, nil, err
	case !listed:
		return wirePage{}, nil, errNoIssues
	}
	return page, problems, nil
}

// inParallel calls do for 0 to n-1 from as many goroutines as there are
// processors, and returns when all are done.
func inParallel(n int, do func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	running.Wait()
}
