package httpx

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// origin is scheme, host and port in one canonical form, "" for an address without them.
func origin(u *url.URL) string {
	if u == nil || u.Host == "" {
		return ""
	}
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" {
		switch scheme {
		case "http":
			port = "80"
		case "https":
			port = "443"
		}
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// pinned refuses addresses outside the configured host. One with user
// information is refused too: net/http would make credentials of it.
func (t *transport) pinned(u *url.URL) error {
	if got := origin(u); got != t.origin || got == "" {
		return &HostError{Want: t.origin, Got: got}
	}
	if u.User != nil {
		return errors.New("refused an address with user information")
	}
	return nil
}

func (t *transport) redirect(req *http.Request, via []*http.Request) error {
	if err := t.pinned(req.URL); err != nil {
		return err
	}
	// net/http turns a redirected POST into a GET, whose answer is not to what was asked.
	if req.Method != via[0].Method {
		return http.ErrUseLastResponse
	}
	if len(via) > 10 {
		return errors.New("more than 10 redirects")
	}
	return nil
}

// Redact shortens the address in a client's error to its path: the query may
// quote what should not reach a log. Other errors are returned as they are.
func Redact(err error) error {
	var wrapped *url.Error
	if !errors.As(err, &wrapped) {
		return err
	}
	short := "?"
	if u, perr := url.Parse(wrapped.URL); perr == nil {
		short = u.Path
	}
	return &url.Error{Op: wrapped.Op, URL: short, Err: wrapped.Err}
}
