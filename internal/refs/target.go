package refs

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/waitgraph/waitgraph/model"
)

// Longer references than these are none: no tracker has such keys, and hostile
// text must not become long names.
const (
	maxNumber  = 18   // digits
	maxKey     = 256  // bytes, of a key and of a host with its path
	maxAddress = 1024 // bytes, of a link's address, and of a URL without query and anchor
)

// keyLength is the length of the Jira key that s begins with, or 0: a capital, at
// least one more capital, digit or underscore, a hyphen and a number.
func keyLength(s []byte) int {
	if len(s) == 0 || s[0] < 'A' || s[0] > 'Z' {
		return 0
	}
	n := 1
	for n < len(s) && (s[n] >= 'A' && s[n] <= 'Z' || isDigit(s[n]) || s[n] == '_') {
		n++
	}
	if n < 2 || n == len(s) || s[n] != '-' {
		return 0
	}
	number := numberLength(s[n+1:])
	if n += 1 + number; number == 0 || n > maxKey {
		return 0
	}
	return n
}

// numberLength is the length of the positive number s begins with, or 0.
func numberLength(s []byte) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n == 0 || n > maxNumber || s[0] == '0' {
		return 0
	}
	return n
}

// isKey tells whether all of s is a Jira key.
func isKey(s []byte) bool { n := keyLength(s); return n > 0 && n == len(s) }

// bareTarget is the target a whole word names: PAY-12, #12, GH-12, acme/api#12.
func bareTarget(s []byte, repository string) (model.Target, bool) {
	hash := bytes.IndexByte(s, '#')
	switch {
	case hash == 0 && isKey(s[1:]):
		return model.Target{Key: string(s[1:])}, true
	case hash == 0:
		return shortTarget(s[1:], repository)
	case hash > 0:
		if repositoryLength(s) != hash || numberLength(s[hash+1:]) != len(s)-hash-1 || len(s) > maxKey || hash+1 == len(s) {
			return model.Target{}, false
		}
		return model.Target{Key: string(s)}, true
	case repository != "" && len(s) > 3 && s[0]|0x20 == 'g' && s[1]|0x20 == 'h' && s[2] == '-':
		return shortTarget(s[3:], repository)
	case isKey(s):
		return model.Target{Key: string(s)}, true
	}
	return model.Target{}, false
}

// shortTarget completes a number with the text's own repository.
func shortTarget(number []byte, repository string) (model.Target, bool) {
	if repository == "" || len(number) == 0 || numberLength(number) != len(number) {
		return model.Target{}, false
	}
	return model.Target{Key: repository + "#" + string(number)}, true
}

// repositoryLength is the length of the owner/name s begins with, or 0.
func repositoryLength(s []byte) int {
	n := 0
	for n < len(s) && (isAlnum(s[n]) || n > 0 && (s[n] == '-' || s[n] == '_')) {
		n++
	}
	if n == 0 || n == len(s) || s[n] != '/' {
		return 0
	}
	n++
	start := n
	for n < len(s) && (isAlnum(s[n]) || s[n] == '-' || s[n] == '_' || s[n] == '.') {
		n++
	}
	if n == start || n > maxKey {
		return 0
	}
	return n
}

// schemeLength is the length of "http://" or "https://" at the start of s, or 0.
func schemeLength(s []byte) int {
	if len(s) == 0 || s[0]|0x20 != 'h' {
		return 0
	}
	for _, scheme := range [...]string{"https://", "http://"} {
		if len(s) > len(scheme) && strings.EqualFold(string(s[:len(scheme)]), scheme) {
			return len(scheme)
		}
	}
	return 0
}

// addressLength is the length of the URL s begins with, without the punctuation
// that ends the sentence around it.
func addressLength(s []byte) int {
	n, open := schemeLength(s), 0
scan:
	for ; n < len(s); n++ {
		switch c := s[n]; {
		case c <= ' ', strings.IndexByte("<>\"|[]{}`\\^", c) >= 0:
			break scan
		case (c == ',' || c == ';') && schemeLength(s[n+1:]) > 0:
			break scan
		case c == '(':
			open++
		case c == ')':
			open--
		}
	}
	for n > 0 {
		switch c := s[n-1]; {
		case c == ')' && open < 0:
			open++
		case strings.IndexByte("?!.,:;*_~'+&-", c) < 0:
			return n
		}
		n--
	}
	return n
}

// urlTarget is the target a URL names and how much of s belongs to it: not all
// when something stands behind the number that ends a URL ("…/issues/3,#4").
func urlTarget(s []byte) (target model.Target, length int, ok bool) {
	start := schemeLength(s)
	if start == 0 {
		return target, 0, false
	}
	path := start
	for path < len(s) && s[path] != '/' && s[path] != '?' && s[path] != '#' {
		path++
	}
	end := path
	for end < len(s) && s[end] != '?' && s[end] != '#' {
		end++
	}
	if !isHost(s[start:path]) || end > maxAddress {
		return target, 0, false
	}
	host := s[start:path]
	if n, pull := issuePath(s[path:end]); n > 0 {
		key := s[path+1 : path+n]
		repository := key[:repositoryLength(key)]
		number := key[bytes.LastIndexByte(key, '/')+1:]
		target.Key = string(repository) + "#" + string(number)
		length, ok = pathEnd(s, path+n, pull)
	} else if n := bytes.LastIndex(s[path:end], []byte("/browse/")); n >= 0 {
		host = s[start : path+n]
		from := path + n + len("/browse/")
		key := bytes.ToUpper(s[from:end])
		if n := keyLength(key); n > 0 {
			target.Key = string(key[:n])
			length, ok = pathEnd(s, from+n, false)
		}
	}
	if !ok || len(host) > maxKey || len(target.Key) > maxKey {
		return model.Target{}, 0, false
	}
	target.Host = strings.ToLower(string(host))
	return target, length, true
}

// Address is the target that a whole URL names: an issue or a pull request. It is
// not ok for any other URL.
func Address(url string) (target model.Target, ok bool) {
	s := []byte(strings.TrimSpace(url))
	target, length, ok := urlTarget(s)
	if !ok || length != len(s) {
		return model.Target{}, false
	}
	return target, true
}

// issuePath is the length of /owner/name/issues/12 or /owner/name/pull/12 at the
// start of a path, or 0.
func issuePath(path []byte) (length int, pull bool) {
	if len(path) == 0 {
		return 0, false
	}
	n := repositoryLength(path[1:])
	if n == 0 {
		return 0, false
	}
	n++
	rest := path[n:]
	for _, kind := range [...]string{"/issues/", "/pull/"} {
		if bytes.HasPrefix(rest, []byte(kind)) {
			if number := numberLength(rest[len(kind):]); number > 0 {
				return n + len(kind) + number, kind == "/pull/"
			}
		}
	}
	return 0, false
}

// pathEnd tells whether an address may end, or go on with a query, an anchor or
// a page of a pull request, at i, and where it ends then.
func pathEnd(s []byte, i int, pull bool) (end int, ok bool) {
	if i == len(s) || s[i] == '?' || s[i] == '#' {
		return len(s), true
	}
	if s[i] == '/' {
		rest := s[i+1:]
		if n := bytes.IndexAny(rest, "?#"); n >= 0 {
			rest = rest[:n]
		}
		page, more, _ := bytes.Cut(rest, []byte("/"))
		switch string(page) {
		case "":
			return len(s), len(more) == 0
		case "files", "changes":
			return len(s), pull
		case "commits", "checks":
			return len(s), pull && len(more) == 0
		}
		return 0, false
	}
	r, _ := utf8.DecodeRune(s[i:])
	return i, !isWordRune(r) && (r >= utf8.RuneSelf || strings.IndexByte("-.=@%~:", s[i]) < 0)
}

// isHost tells whether s is a host name or address with an optional port.
func isHost(s []byte) bool {
	if len(s) == 0 || !isAlnum(s[0]) {
		return false
	}
	for _, c := range s {
		if !isAlnum(c) && c != '.' && c != '-' && c != ':' {
			return false
		}
	}
	return true
}
