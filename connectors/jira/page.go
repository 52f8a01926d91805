package jira

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/waitgraph/waitgraph/model"
)

var errNoIssues = errors.New("no list of issues")

// tolerant is how answers are decoded: what a tracker says twice, or not in UTF-8,
// is no reason to lose a page.
var tolerant = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// readIssue decodes one issue.
func readIssue(body []byte) (wireIssue, error) {
	var is wireIssue
	if err := json.Unmarshal(body, &is, tolerant); err != nil {
		return is, plain(err)
	}
	return is, is.check()
}

// readPage decodes a page. Issues that are not as promised become problems and
// the rest is kept; the error is one of the page as a whole, and a page that is
// no JSON anywhere is of no use anywhere.
func readPage(body []byte) (wirePage, []model.Problem, error) {
	var page struct {
		wireHead
		Issues wireIssues `json:"issues"`
	}
	page.Issues.page = body
	switch err := json.Unmarshal(body, &page, tolerant); {
	case err != nil:
		return wirePage{}, nil, plain(err)
	case !page.Issues.listed:
		return wirePage{}, nil, errNoIssues
	}
	return wirePage{page.wireHead, page.Issues.read, page.Issues.raw}, page.Issues.problems, nil
}

// wireIssues is the list of issues of a page.
type wireIssues struct {
	page     []byte
	listed   bool
	raw      int // unreadable ones included
	read     []wireIssue
	problems []model.Problem
}

// UnmarshalJSONFrom reads each issue for itself.
func (w *wireIssues) UnmarshalJSONFrom(in *jsontext.Decoder) error {
	switch in.PeekKind() {
	case 'n':
		return in.SkipValue()
	case '[':
	default:
		return errors.New("a list of issues is expected")
	}
	w.listed = true
	if _, err := in.ReadToken(); err != nil {
		return err
	}
	for in.PeekKind() != ']' {
		w.raw++
		start, depth := in.InputOffset(), in.StackDepth()
		var is wireIssue
		err := json.UnmarshalDecode(in, &is)
		switch wrong := (*json.SemanticError)(nil); {
		case errors.As(err, &wrong):
			err = plain(err)
		case err != nil:
			return err
		default:
			err = is.check()
		}
		if err == nil {
			w.read = append(w.read, is)
			continue
		}
		if err := leave(in, depth); err != nil {
			return err
		}
		raw := bytes.TrimLeft(w.page[start:in.InputOffset()], ", \t\r\n")
		w.problems = append(w.problems, model.Problem{Where: cmp.Or(nameOf(raw), fmt.Sprintf("issue %d of a page", w.raw)), What: err.Error()})
	}
	_, err := in.ReadToken()
	return err
}

// leave passes over the rest of what is open deeper than a depth.
func leave(in *jsontext.Decoder, depth int) error {
	for in.StackDepth() > depth {
		var err error
		if kind := in.PeekKind(); kind == '}' || kind == ']' {
			_, err = in.ReadToken()
		} else {
			err = in.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// plain tells what is wrong with a text in words of JSON alone.
func plain(err error) error {
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("no JSON: %w", err)
	}
	what := wrong.Err
	switch kind := wrong.JSONKind; {
	case what != nil && kind == '0':
		what = fmt.Errorf("%s: %w", short(wrong.JSONValue.String(), 40), what)
	case what != nil:
	case kind == '{':
		what = errors.New("unexpected object")
	case kind == '[':
		what = errors.New("unexpected list")
	default:
		what = fmt.Errorf("unexpected %s", kind)
	}
	if wrong.JSONPointer == "" {
		return what
	}
	return fmt.Errorf("%s: %w", wrong.JSONPointer, what)
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
