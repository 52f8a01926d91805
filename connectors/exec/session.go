package exec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/waitgraph/waitgraph/connectors"
)

const (
	// protocol is the version of the protocol spoken here.
	protocol = 1
	// helloTimeout is the longest a program may take to start.
	helloTimeout = 20 * time.Second
	// longestPatience bounds what a program may ask for in retry_after_seconds.
	longestPatience = 24 * time.Hour
	// longestText bounds messages and notes, in bytes.
	longestText = 1000
)

// The methods. hello is always spoken, changes always offered.
const (
	methodHello   = "hello"
	methodChanges = "changes"
	methodSweep   = "sweep"
	methodAsk     = "ask"
	methodCensus  = "census"
	methodCheck   = "check"
)

type request struct {
	ID     int    `json:"id"`
	Method string `json:"method"`
	Params any    `json:"params"`
}

// message is one line of the program: one of the last four fields is set.
type message struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Batch  json.RawMessage `json:"batch"`
	End    bool            `json:"end"`
	Error  *wireError      `json:"error"`
}

type wireError struct {
	Kind       string  `json:"kind"`
	Message    string  `json:"message"`
	Scope      string  `json:"scope"`
	RetryAfter float64 `json:"retry_after_seconds"`
}

// present tells a value from none: a field left out, or null.
func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// session is a conversation with one run of the program.
type session struct {
	process *process
	timeout time.Duration
	conceal func(string) string
	id      int
	method  string
	failed  bool
	starved bool // the program says so; known once it is closed
}

// ask sends a request; what comes back is read by next.
func (s *session) ask(method string, params any) error {
	s.id++
	s.method = method
	line, err := json.Marshal(request{s.id, method, params})
	if err != nil {
		return s.fail(fmt.Errorf("encode the request: %w", err))
	}
	if err := s.process.send(line, s.timeout); err != nil {
		return s.fail(err)
	}
	return nil
}

// next reads one message of the answer to the last request. Once it has failed
// the conversation is over.
func (s *session) next(timeout time.Duration) (*message, error) {
	line, err := s.process.receive(timeout)
	if err != nil {
		return nil, s.fail(err)
	}
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		return nil, s.fail(s.lie("sent a line that is no message: %s", describe(err)))
	}
	parts := 0
	for _, set := range []bool{present(m.Result), present(m.Batch), m.End, m.Error != nil} {
		if set {
			parts++
		}
	}
	switch {
	case m.ID != s.id:
		return nil, s.fail(s.lie("answered request %d instead of %d", m.ID, s.id))
	case parts != 1:
		return nil, s.fail(s.lie("sent a message with %d of result, batch, end and error", parts))
	case m.Error != nil:
		return nil, s.fail(s.reported(m.Error))
	}
	return &m, nil
}

// result reads the answer to a request that has a single one.
func (s *session) result(timeout time.Duration, into any) error {
	m, err := s.next(timeout)
	if err != nil {
		return err
	}
	if !present(m.Result) {
		return s.fail(s.lie("sent no result"))
	}
	return s.decode(m.Result, into)
}

func (s *session) decode(raw json.RawMessage, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return s.fail(s.lie("sent what cannot be read: %s", describe(err)))
	}
	return nil
}

// lie is an answer that breaks the protocol.
func (s *session) lie(format string, args ...any) error {
	return &connectors.AnswerError{Page: s.method, Err: fmt.Errorf("the plugin "+format, args...)}
}

// fail marks the conversation as over and says what was going on.
func (s *session) fail(err error) error {
	s.failed = true
	var answer *connectors.AnswerError
	switch {
	case errors.As(err, &answer):
		return err
	case errors.Is(err, errTooLarge):
		return s.lie("sent too much: %w", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("plugin: %s: nothing was sent or read in time: %w", s.method, err)
	}
	return fmt.Errorf("plugin: %s: %w", s.method, err)
}

// ended adds how the program ended to an error that says that it did.
func (s *session) ended(err error, how string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || brokenPipe(err) {
		return s.lie("ended before its answer did: %s%s", how, s.memoryHint())
	}
	return err
}

// reported is the error a plugin reports, in our terms.
func (s *session) reported(e *wireError) error {
	text := s.text(e.Message)
	if text == "" {
		text = "the plugin gives no reason"
	}
	err := errors.New(text)
	switch e.Kind {
	case "auth":
		return &connectors.AuthError{Err: err}
	case "scope":
		return &connectors.ScopeError{Scope: s.text(e.Scope), Err: err}
	case "rate_limit":
		seconds := min(max(e.RetryAfter, 0), longestPatience.Seconds())
		wait := time.Duration(seconds * float64(time.Second))
		return &connectors.LimitError{Until: time.Now().Add(wait), Err: err}
	case "answer":
		return &connectors.AnswerError{Page: s.method, Err: err}
	}
	return err
}

// text makes a plugin's text fit for logs, errors and pages: bounded, on one
// line, without the secrets it was given.
func (s *session) text(text string) string { return printable(cut(s.conceal(text), longestText)) }

// cut shortens a text to so many bytes, between characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// printable replaces what does not show.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// describe says what is wrong with JSON without showing the values in it.
func describe(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("broken JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s is a %s, want %s", kind.Field, kind.Value, kind.Type)
	}
	return "not the JSON it should be"
}

// open starts the program and greets it. The caller closes it.
func (c *Connector) open(ctx context.Context) (*session, error) {
	env, secrets, err := c.config.environment(c.options.Secret)
	if err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	s := &session{timeout: time.Duration(c.config.Timeout), conceal: concealer(secrets)}
	s.process, err = start(ctx, &c.config, env, forward(c.log, s.conceal, func(line string) {
		s.starved = s.starved || outOfMemory(line)
	}))
	if err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	if err := s.process.unlimited; err != nil {
		c.log.WarnContext(ctx, "plugin runs without a memory limit", "err", err)
	}
	if err := c.greet(s); err != nil {
		return nil, c.close(s, err)
	}
	return s, nil
}

// close ends the program after err, or well, and completes err.
func (c *Connector) close(s *session, err error) error {
	how := s.process.close(err == nil && !s.failed)
	if err != nil {
		c.lastTold = "" // who knows what of this pass was recorded
		return s.ended(err, how)
	}
	return nil
}

// greet exchanges hellos.
func (c *Connector) greet(s *session) error {
	err := s.ask(methodHello, wireHello{
		Protocol: protocol, Tracker: c.options.Name, UserAgent: c.options.UserAgent, Projects: nonNil(c.config.Projects), Options: c.config.Options,
	})
	if err != nil {
		return err
	}
	var hello wireWelcome
	if err := s.result(min(helloTimeout, s.timeout), &hello); err != nil {
		return err
	}
	if hello.Protocol != protocol {
		return s.fail(s.lie("speaks protocol %d, not %d", hello.Protocol, protocol))
	}
	if strings.TrimSpace(hello.Name) == "" {
		return s.fail(s.lie("does not say its name"))
	}
	c.met, c.capabilities = true, hello.Capabilities
	c.product = strings.TrimSpace(s.text(hello.Name) + " " + s.text(hello.Version))
	if hello.Site != nil {
		c.site = hello.Site
	}
	return nil
}

// concealer replaces secrets. Very short ones would garble everything, and are
// found by trying anyway.
func concealer(secrets []string) func(string) string {
	var pairs []string
	for _, secret := range secrets {
		if len(secret) >= 4 {
			pairs = append(pairs, secret, "<secret>")
		}
	}
	return strings.NewReplacer(pairs...).Replace
}
