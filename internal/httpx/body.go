package httpx

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// Buffers are the memory of bodies that were looked through, to be used again:
// pages of megabytes come one after the other. The zero value is ready.
type Buffers struct{ pool sync.Pool }

// Return takes back a body that [Content] gave. Nothing may look into it any more.
func (b *Buffers) Return(body []byte) { b.pool.Put(&body) }

// lend gives memory for so many bytes.
func (b *Buffers) lend(need int) []byte {
	if b != nil {
		if body, ok := b.pool.Get().(*[]byte); ok && cap(*body) >= need {
			return (*body)[:0]
		}
	}
	return make([]byte, 0, need+need/4) // so that the next, a little longer, fits too
}

// readBody reads and closes the body and puts what was read in its place. At
// most limit bytes, counted after decompression, are held.
func readBody(resp *http.Response, limit, usual int64, buffers *Buffers) ([]byte, error) {
	defer func(body io.Closer) { _ = body.Close() }(resp.Body)
	// The announced length of the answer to HEAD is of a body that does not come.
	head := resp.Request.Method == http.MethodHead
	if resp.ContentLength > limit && !head {
		return nil, &finalError{&BodyError{Max: limit}}
	}
	// Memory that a false length announces is never touched. Without one, this
	// answer may be as long as those before.
	expect := resp.ContentLength
	if expect < 0 || head {
		expect = usual
	}
	content := bytes.NewBuffer(buffers.lend(int(max(expect, 512)) + bytes.MinRead))
	n, err := content.ReadFrom(io.LimitReader(resp.Body, limit+1))
	switch {
	case n > limit:
		return content.Bytes(), &finalError{&BodyError{Max: limit}}
	case err != nil:
		return content.Bytes(), fmt.Errorf("read body after %d bytes: %w", n, err)
	}
	resp.Body = held{bytes.NewReader(content.Bytes()), content.Bytes()}
	if !head {
		resp.ContentLength = n
	}
	return content.Bytes(), nil
}

// checkType refuses an answer that claims success in another language than
// JSON: login pages and proxies' notices come with status 200.
func checkType(resp *http.Response) error {
	if resp.StatusCode < 200 || resp.StatusCode > 299 || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	found := resp.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(found)
	if err == nil && (media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")) {
		return nil
	}
	if len(found) > 100 {
		found = found[:100]
	}
	return &finalError{&TypeError{Code: resp.StatusCode, Type: found}}
}

// held is a body that is in memory already.
type held struct {
	*bytes.Reader
	content []byte
}

func (held) Close() error { return nil }

// Content is the whole body of an answer, without a copy if the answer is of a
// client of this package. The caller only reads it.
func Content(resp *http.Response) ([]byte, error) {
	if h, ok := resp.Body.(held); ok {
		return h.content, nil
	}
	return io.ReadAll(resp.Body)
}
