package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
	systemd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/common/promslog"
)

// operations are the flags by which a daemon is operated.
type operations struct {
	lifecycle *bool          // POST /-/reload and /-/log-level are allowed
	profiles  *bool          // /debug/pprof is served
	watch     *time.Duration // between two looks at the configuration file; 0 for none
	level     *promslog.Level
}

// operateFlags declares them. What is looked at again is for the command to say.
func operateFlags(c *kingpin.CmdClause, level *promslog.Level) *operations {
	return &operations{
		lifecycle: c.Flag("web.enable-lifecycle", "Allow POST /-/reload and POST /-/log-level.").Bool(),
		profiles:  c.Flag("web.enable-pprof", "Serve /debug/pprof/ for profiling.").Bool(),
		watch:     new(time.Duration),
		level:     level,
	}
}

// handler serves what belongs to the process beside what belongs to the work.
func (o *operations) handler(next http.Handler, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", next)
	mux.HandleFunc("GET /-/log-level", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, o.level) })
	mux.Handle("POST /-/log-level", http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		level := r.FormValue("level")
		if !*o.lifecycle {
			http.Error(w, "changing the log level over HTTP is not enabled: start waitgraph with --web.enable-lifecycle", http.StatusForbidden)
			return
		}
		if err := o.level.Set(level); err != nil {
			http.Error(w, fmt.Sprintf("no log level %.20q: give level=debug, info, warn or error", level), http.StatusBadRequest)
			return
		}
		log.Warn("log level changed", "level", level)
		fmt.Fprintln(w, o.level)
	})))
	if *o.profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// reloads returns what reloads on SIGHUP, and when the configuration file has
// other content than before, until the context ends. The signal is heard from
// here on: it may come as soon as the service manager is told that the daemon is
// ready. The path is looked at, not the file: a mounted ConfigMap is replaced by
// a link to another folder.
func (o *operations) reloads(file string, reload func(context.Context) error) func(context.Context) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	known := checksum(file)
	return func(ctx context.Context) {
		defer signal.Stop(hangup)
		var look <-chan time.Time
		if *o.watch > 0 {
			ticker := time.NewTicker(*o.watch)
			defer ticker.Stop()
			look = ticker.C
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangup:
			case <-look:
				if now := checksum(file); now == known || now == "" { // it may just be being replaced
					continue
				}
			}
			known = checksum(file)
			notify(systemd.SdNotifyReloading)
			_ = reload(ctx) // logged and shown there
			notify(systemd.SdNotifyReady)
		}
	}
}

// checksum is a digest of a file's content, "" when it cannot be read.
func checksum(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(b))
}

// notify tells the service manager, if there is one.
func notify(state string) { _, _ = systemd.SdNotify(false, state) }

// watchdog tells the service manager that the daemon lives, as often as it wants
// to hear that, as long as alive returns; until the context ends.
func watchdog(ctx context.Context, alive func()) {
	every, err := systemd.SdWatchdogEnabled(false)
	if err != nil || every <= 0 {
		return
	}
	ticker := time.NewTicker(every / 2)
	defer ticker.Stop()
	for {
		alive()
		notify(systemd.SdNotifyWatchdog)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// limitMemory lets the garbage collector work harder before the process reaches
// what its control group allows, unless GOMEMLIMIT says something else.
func limitMemory(e env, log *slog.Logger) {
	if e.getenv("GOMEMLIMIT") != "" {
		return
	}
	if most := memoryLimit(os.DirFS("/")); most > 0 {
		limit := most / 10 * 9
		debug.SetMemoryLimit(limit)
		log.Info("memory limit", "bytes", limit, "control_group_bytes", most)
	}
}

// memoryLimit is the least memory.max of the process's control group (version 2)
// and those it is in, 0 when there is none.
func memoryLimit(root fs.FS) int64 {
	membership, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	group := ""
	for line := range strings.Lines(string(membership)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "0::/"); ok {
			group = name
		}
	}
	least := int64(math.MaxInt64)
	for dir := path.Join("sys/fs/cgroup", group); strings.HasPrefix(dir, "sys/fs/cgroup"); dir = path.Dir(dir) {
		text, err := fs.ReadFile(root, path.Join(dir, "memory.max"))
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 { // else it is the word max
			least = min(least, n)
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}
