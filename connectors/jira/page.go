package jira

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waitgraph/waitgraph/model"
)

var errNoIssues = errors.New("no list of issues")

// readPage decodes a page. Issues that are not as promised become problems and
// the rest is kept; the error is one of the page as a whole, and a page that is
// no JSON anywhere is of no use anywhere.
func (l *layout) readPage(body []byte) (wirePage, []model.Problem, error) {
	head, raws, err := splitPage(body)
	if err != nil {
		return wirePage{}, nil, err
	}
	page := wirePage{Raw: len(raws)}
	if err := json.Unmarshal(head, &page.wireHead); err != nil {
		return wirePage{}, nil, err
	}
	issues, errs := make([]wireIssue, len(raws)), make([]error, len(raws))
	inParallel(len(raws), func(i int) { issues[i], errs[i] = l.readIssue(raws[i]) })
	page.Issues = make([]wireIssue, 0, len(raws))
	var problems []model.Problem
	for i, err := range errs {
		if syntax := (*jsontext.SyntacticError)(nil); errors.As(err, &syntax) {
			return wirePage{}, nil, fmt.Errorf("issue %d of the page: %w", i+1, syntax)
		}
		if err != nil {
			problems = append(problems, model.Problem{Where: cmp.Or(nameOf(raws[i]), fmt.Sprintf("issue %d of a page", i+1)), What: err.Error()})
			continue
		}
		page.Issues = append(page.Issues, issues[i])
	}
	return page, problems, nil
}

// splitPage cuts the elements of the list "issues" out of an answer, unread, so
// that they can be decoded side by side. head is the answer with an empty list.
func splitPage(body []byte) (head []byte, issues [][]byte, err error) {
	list, ok := findIssues(body)
	if !ok {
		if err := json.Unmarshal(body, &struct{}{}); err != nil {
			return nil, nil, err
		}
		return nil, nil, errNoIssues
	}
	at, start, depth := list+1, list+1, 0
	for ; at < len(body); at++ {
		switch body[at] {
		case '"':
			at = skipString(body, at)
		case '{', '[':
			depth++
		case '}':
			depth--
		case ',':
			if depth == 0 {
				issues = append(issues, body[start:at])
				start = at + 1
			}
		case ']':
			if depth--; depth < 0 {
				if len(issues) > 0 || len(bytes.TrimSpace(body[start:at])) > 0 {
					issues = append(issues, body[start:at])
				}
				return append(append(bytes.Clone(body[:list+1]), ']'), body[at+1:]...), issues, nil
			}
		}
	}
	return nil, nil, errors.New("the answer ends inside its list of issues")
}

// findIssues returns where the value of the key "issues" of the outermost
// object begins, if it is a list.
func findIssues(body []byte) (int, bool) {
	depth := 0
	for at := 0; at < len(body); at++ {
		switch body[at] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end := skipString(body, at)
			if depth == 1 && end < len(body) && string(body[at:end+1]) == `"issues"` {
				rest := bytes.TrimLeft(body[end+1:], " \t\r\n")
				if value := bytes.TrimLeft(bytes.TrimPrefix(rest, []byte{':'}), " \t\r\n"); len(rest) > 0 && rest[0] == ':' && len(value) > 0 && value[0] == '[' {
					return len(body) - len(value), true
				}
			}
			at = end
		}
	}
	return 0, false
}

// skipString returns where the string that begins at at ends: its closing
// quote, or the end of the body.
func skipString(body []byte, at int) int {
	for at++; at < len(body); at++ {
		next := bytes.IndexByte(body[at:], '"')
		if next < 0 {
			return len(body)
		}
		at += next
		escapes := 0
		for body[at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at
		}
	}
	return at
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
