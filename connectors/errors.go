package connectors

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// AuthError is a credential the tracker refuses. Asking again with the same one is useless.
type AuthError struct{ Err error }

func (e *AuthError) Error() string { return "credentials refused: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *AuthError) Unwrap() error { return e.Err }

// ScopeError is a configured project, repository or query that cannot be read.
type ScopeError struct {
	Scope string
	Err   error
}

func (e *ScopeError) Error() string { return fmt.Sprintf("scope %q: %v", e.Scope, e.Err) }

// Unwrap gives the cause.
func (e *ScopeError) Unwrap() error { return e.Err }

// LimitError is a tracker asking for patience.
type LimitError struct {
	Until time.Time // no request before
	Err   error
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("rate limited until %s: %v", e.Until.UTC().Format(time.RFC3339), e.Err)
}

// Unwrap gives the cause.
func (e *LimitError) Unwrap() error { return e.Err }

// AnswerError is an answer that is not what the API promises: HTML with status
// 200, a cut or endless body, a missing field of a page.
type AnswerError struct {
	Page string // which page
	Err  error
}

func (e *AnswerError) Error() string { return fmt.Sprintf("unusable answer for %s: %v", e.Page, e.Err) }

// Unwrap gives the cause.
func (e *AnswerError) Unwrap() error { return e.Err }

// StatusError is an HTTP status that no other type explains.
type StatusError struct {
	Code int
	Page string
	Err  error
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("status %d for %s: %v", e.Code, e.Page, e.Err)
}

// Unwrap gives the cause.
func (e *StatusError) Unwrap() error { return e.Err }

// Reasons are all values of Reason.
func Reasons() []string {
	return []string{"auth", "scope", "rate_limit", "answer", "status", "timeout", "network", "other"}
}

// Reason is the short, bounded name of an error's kind, for the reason label of
// waitgraph_sync_errors_total: one of Reasons.
func Reason(err error) string {
	var (
		auth   *AuthError
		scope  *ScopeError
		limit  *LimitError
		answer *AnswerError
		status *StatusError
		netErr net.Error
		op     *net.OpError
	)
	switch {
	case errors.As(err, &auth):
		return "auth"
	case errors.As(err, &scope):
		return "scope"
	case errors.As(err, &limit):
		return "rate_limit"
	case errors.As(err, &answer):
		return "answer"
	case errors.As(err, &status):
		return "status"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return "timeout"
	case errors.As(err, &op):
		return "network"
	}
	return "other"
}
