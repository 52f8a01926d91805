package connectortest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault is what becomes of a tracker's answers.
type Fault string

// The faults of a Weather.
const (
	Limited   Fault = "status 429"      // asks for a second of patience
	Broken    Fault = "status 500"      //
	Down      Fault = "status 503"      //
	Cut       Fault = "cut body"        // half of the body, with the length of the whole
	Malformed Fault = "malformed body"  // half of the body, as if it were the whole
	Login     Fault = "login page"      // HTML with status 200
	Lost      Fault = "lost connection" // no answer
)

// Weather stands between a connector and its tracker, and spoils answers. It is
// the transport of a connector that speaks HTTP in this process, or the handler
// in front of a fake that another process speaks to. It is fair until a check
// makes it foul, and safe for use by many at once.
type Weather struct {
	// Next carries the requests; nil means http.DefaultTransport.
	Next http.RoundTripper

	mu     sync.Mutex
	fault  Fault
	every  int // the how manieth request is spoilt
	left   int
	asked  int
	skew   time.Duration
	until  time.Time
	earlys []string
}

// patience is what Limited asks for.
const patience = time.Second

// foul spoils each of so many answers, every so manieth.
func (w *Weather) foul(f Fault, every, times int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.every, w.left, w.asked = f, every, times, 0
}

func (w *Weather) fair() { w.foul("", 0, 0) }

// set turns the clock of the Date header.
func (w *Weather) set(skew time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skew = skew
}

// early lists requests that were sent before the time asked for had passed, and forgets them.
func (w *Weather) early() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.earlys
	w.earlys = nil
	return list
}

// turn says what becomes of the next answer.
func (w *Weather) turn(req *http.Request) (Fault, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	// One that was under way when the answer came could not know.
	if left := time.Until(w.until); left > 0 && patience-left > patience/5 {
		w.earlys = append(w.earlys, fmt.Sprintf("%s %s %s before", req.Method, req.URL.Path, left.Round(time.Millisecond)))
	}
	if w.asked++; w.left == 0 || w.asked%w.every != 0 {
		return "", w.skew
	}
	w.left--
	if w.fault == Limited {
		w.until = time.Now().Add(patience)
	}
	return w.fault, w.skew
}

// RoundTrip passes a request on, and spoils its answer when its turn comes.
func (w *Weather) RoundTrip(req *http.Request) (*http.Response, error) {
	fault, skew := w.turn(req)
	next := w.Next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	if skew != 0 {
		resp.Header.Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
	}
	if fault == "" {
		return resp, nil
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	half := body[:len(body)/2]
	replace := func(code int, kind string, body []byte) {
		resp.StatusCode, resp.Status = code, http.StatusText(code)
		resp.Header.Set("Content-Type", kind)
		resp.Header.Del("Content-Length")
		resp.Header.Del("Content-Encoding")
		resp.ContentLength, resp.Body = int64(len(body)), io.NopCloser(bytes.NewReader(body))
	}
	const plain = "application/json"
	switch fault {
	case Limited:
		replace(http.StatusTooManyRequests, plain, []byte(`{}`))
		resp.Header.Set("Retry-After", strconv.Itoa(int(patience.Seconds())))
	case Broken:
		replace(http.StatusInternalServerError, plain, []byte(`{}`))
	case Down:
		replace(http.StatusServiceUnavailable, "text/html", []byte("<h1>Down</h1>"))
	case Malformed:
		replace(resp.StatusCode, resp.Header.Get("Content-Type"), half)
	case Login:
		replace(http.StatusOK, "text/html", []byte("<!DOCTYPE html><form>Log in</form>"))
	case Cut:
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(half), broken{}))
	case Lost:
		return nil, errors.New("connection reset")
	}
	return resp, nil
}

// broken is the end of a body that was cut.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Handler spoils what a handler answers.
func (w *Weather) Handler(h http.Handler) http.Handler {
	w.Next = direct{h}
	return http.HandlerFunc(func(out http.ResponseWriter, req *http.Request) {
		resp, err := w.RoundTrip(req)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer func() { _ = resp.Body.Close() }()
		for name, values := range resp.Header {
			out.Header()[name] = values
		}
		if resp.ContentLength > 0 {
			out.Header().Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
		}
		out.WriteHeader(resp.StatusCode)
		if _, err := io.Copy(out, resp.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
}

// direct lets a handler answer without a connection.
type direct struct{ http.Handler }

func (d direct) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := &recorder{header: http.Header{}, code: http.StatusOK}
	d.ServeHTTP(rec, req)
	return &http.Response{
		StatusCode: rec.code, Header: rec.header, Request: req,
		ContentLength: int64(rec.body.Len()), Body: io.NopCloser(&rec.body),
	}, nil
}

type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.code = code }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
