// Package connectors is the contract between waitgraph and a tracker: what a
// connector must offer, what it may offer, and the errors it speaks.
//
// A connector observes. It reports items and the claims they make, as found; it
// never resolves a target, merges claims or judges a state. Stale beats
// partial: when a read fails half-way it ends with an error, and what it did
// not read stays as it was.
package connectors

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// Connector reads the changes of one tracker.
//
// One goroutine at a time calls the methods of a connector and of its optional
// interfaces below.
type Connector interface {
	// Changes yields batches of items changed since cursor ("" means all), the
	// oldest change first. Each batch is whole and carries the cursor to resume
	// after it; an error ends the sequence and leaves what was yielded valid.
	// A sequence that ends without an error has read everything up to now.
	Changes(ctx context.Context, cursor string) iter.Seq2[model.Batch, error]
}

// Sweeper re-reads what can change without its item being reported as changed
// (GitHub dependencies and sub-issues, the state of Jira issues outside the
// scope that are known only from links to them), and reads what pages do not
// tell (Jira's histories).
type Sweeper interface {
	// Sweep is given the tracker's open items, stubs included, and yields
	// batches as Changes does, without cursors.
	Sweep(ctx context.Context, open []*model.Record) iter.Seq2[model.Batch, error]
}

// Completer reads what only a request for each single item tells (Jira's remote links).
type Completer interface {
	// Complete is given the tracker's whole recorded items and reads some of
	// those that lack most, a bounded number each time it is called. It yields
	// batches of claim sets as Changes does, without cursors: the readings
	// recorded with the items tell where to go on.
	Complete(ctx context.Context, known []*model.Record) iter.Seq2[model.Batch, error]
}

// Asker finds items by name: moved, transferred and renamed ones are found this way.
type Asker interface {
	// Ask looks up keys no known item has. The batch has an answer for each key
	// that could be asked, and the items found.
	Ask(ctx context.Context, keys []string) (model.Batch, error)
}

// Censor tells which items exist and which scopes are readable.
type Censor interface {
	// Census walks the whole scope. known are the tracker's recorded items that
	// are not gone; those missing from a scope read to its end are asked for one by one.
	Census(ctx context.Context, known []*model.Record) (model.Census, error)
}

// Checker tries the configuration against the tracker, for check-config --live.
type Checker interface {
	// Check returns what the tracker says of itself, each scope with its own
	// error, and what it found that the config leaves unmapped, as sentences.
	// The error is one that concerns the whole tracker: address, credentials.
	Check(ctx context.Context) (site model.Site, unmapped []string, err error)
}

// Config is a connector's part of the configuration file, decoded strictly into
// its own type by yaml tags. No method asks the network; New may read the
// certificates the config names.
type Config interface {
	// Validate reports every problem, each as an error that names the key.
	Validate() error
	// Names lists the projects the config names as this tracker's, in its own keys.
	Names() []string
	New(Options) (Connector, error)
}

// Includer is a Config whose scope is told by patterns. Includes reports whether
// a project of that name, in the tracker's own form, would be in it: also of a
// name that nothing listed has, such as the former one of a repository.
type Includer interface {
	Includes(project string) bool
}

// Registry maps a tracker type to a constructor of its config, filled with
// defaults. It is a value; nothing registers itself.
type Registry map[string]func() Config

// Options is what the daemon gives a connector.
type Options struct {
	// Name is the tracker's config name: the Tracker of every ID.
	Name   string
	Logger *slog.Logger
	// UserAgent is sent with every request.
	UserAgent string
	// Secret reads a secret from a file or an environment variable, anew on each call.
	Secret func(SecretRef) (Secret, error)
	// Keep stores a few bytes that must outlive the process, durably when it
	// returns; Kept gives them back, nil if there are none. They are secrets: in
	// no fact, log or answer. Both are nil where nothing can be kept.
	Keep func(ctx context.Context, data []byte) error
	Kept func(ctx context.Context) ([]byte, error)
	// Transport carries requests in the end; nil means http.DefaultTransport's behaviour.
	Transport http.RoundTripper
	// Observe is told of every request when it has ended, from several goroutines
	// at once where requests are parallel; may be nil. So is Budget.
	Observe func(Request)
	// Budget is told what a tracker says it still allows; may be nil.
	Budget func(model.Budget)
	// Expires is told when the credentials in use end, as the tracker or the
	// config says; zero where neither does. It may be nil.
	Expires func(time.Time)
}

// Request is one finished HTTP exchange.
type Request struct {
	Route string // method and path template, never a key or an id
	Code  int    // 0: no answer
	Took  time.Duration
	Bytes int64
}
