package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What docs/connector-protocol.md says, as far as this plugin speaks it.

const protocol = 1

type request struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type message struct {
	ID     int      `json:"id"`
	Result any      `json:"result,omitempty"`
	Batch  *batch   `json:"batch,omitempty"`
	End    bool     `json:"end,omitempty"`
	Error  *failure `json:"error,omitempty"`
}

type batch struct {
	Cursor   string     `json:"cursor,omitempty"`
	Items    []item     `json:"items,omitempty"`
	Claims   []claimSet `json:"claims,omitempty"`
	Answers  []answer   `json:"answers,omitempty"`
	Site     *site      `json:"site,omitempty"`
	Problems []problem  `json:"problems,omitempty"`
	Done     int        `json:"done,omitempty"`
}

type claimSet struct {
	ID     string  `json:"id"`
	Origin string  `json:"origin"`
	Claims []claim `json:"claims"`
}

type answer struct {
	Key    string `json:"key"`
	ID     string `json:"id,omitempty"`
	Reason string `json:"reason,omitempty"`
}

type problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

type site struct {
	Hosts    []string  `json:"hosts,omitempty"`
	Projects []project `json:"projects,omitempty"`
	Scopes   []scope   `json:"scopes,omitempty"`
	Notes    []string  `json:"notes,omitempty"`
}

type project struct {
	Key    string   `json:"key"`
	Former []string `json:"former,omitempty"`
}

type scope struct {
	Scope    string `json:"scope"`
	Readable bool   `json:"readable"`
	Error    string `json:"error,omitempty"`
}

type absence struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

type census struct {
	Scopes []scope             `json:"scopes"`
	Exists map[string][]string `json:"exists"`
	Gone   []absence           `json:"gone,omitempty"`
	Items  []item              `json:"items,omitempty"`
}

type known struct {
	ID   string `json:"id"`
	Key  string `json:"key"`
	Stub bool   `json:"stub"`
}

type item struct {
	ID         string            `json:"id"`
	Key        string            `json:"key"`
	URL        string            `json:"url,omitempty"`
	Title      string            `json:"title,omitempty"`
	Type       string            `json:"type,omitempty"`
	Stub       bool              `json:"stub,omitempty"`
	Project    string            `json:"project"`
	State      string            `json:"state"`
	Status     string            `json:"status,omitempty"`
	Resolution string            `json:"resolution,omitempty"`
	Priority   string            `json:"priority,omitempty"`
	Labels     []string          `json:"labels,omitempty"`
	Milestone  *span             `json:"milestone,omitempty"`
	Sprint     *span             `json:"sprint,omitempty"`
	Epic       string            `json:"epic,omitempty"`
	Fields     map[string]string `json:"fields,omitempty"`
	Author     *account          `json:"author,omitempty"`
	Assignees  []account         `json:"assignees,omitempty"`
	Points     *float64          `json:"points,omitempty"`
	Due        string            `json:"due,omitempty"`
	Created    string            `json:"created,omitempty"`
	Updated    string            `json:"updated,omitempty"`
	Closed     string            `json:"closed,omitempty"`
	Signals    []sign            `json:"signals,omitempty"`
	Claims     []claim           `json:"claims,omitempty"`
	Keeps      []string          `json:"keeps,omitempty"`
}

type span struct {
	Name string `json:"name"`
	End  string `json:"end,omitempty"`
}

type account struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

type sign struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type claim struct {
	Says     string `json:"says"`
	Target   target `json:"target"`
	Where    string `json:"where,omitempty"`
	Unmapped string `json:"unmapped,omitempty"`
	At       string `json:"at,omitempty"`
}

type target struct {
	ID  string `json:"id,omitempty"`
	Key string `json:"key"`
}

// failure is an error as the protocol writes it.
type failure struct {
	Kind       string  `json:"kind"`
	Message    string  `json:"message"`
	Scope      string  `json:"scope,omitempty"`
	RetryAfter float64 `json:"retry_after_seconds,omitempty"`
}

func (f *failure) Error() string { return f.Message }

func fail(kind, format string, args ...any) error {
	return &failure{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// serve answers the requests of one run, one after another, until the input ends.
func serve(ctx context.Context, in io.Reader, out io.Writer, getenv func(string) string) error {
	p := &plugin{getenv: getenv}
	requests := json.NewDecoder(bufio.NewReader(in))
	answers := bufio.NewWriter(out)
	send := func(m *message) error {
		if err := json.NewEncoder(answers).Encode(m); err != nil {
			return err
		}
		return answers.Flush()
	}
	for {
		var r request
		if err := requests.Decode(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
		var unsent error
		result, err := p.answer(ctx, r, func(b *batch) bool {
			unsent = send(&message{ID: r.ID, Batch: b})
			return unsent == nil
		})
		m := &message{ID: r.ID, Result: result, End: result == nil}
		if err != nil {
			m = &message{ID: r.ID, Error: failureOf(err)}
		}
		if unsent == nil {
			unsent = send(m)
		}
		if unsent != nil {
			return fmt.Errorf("send an answer: %w", unsent)
		}
	}
}

func failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	return &failure{Kind: "other", Message: text[:min(len(text), 900)]}
}
