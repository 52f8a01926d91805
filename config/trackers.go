package config

import (
	"errors"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/connectors"
)

// trackers reads each tracker: name and type by our own rules, the rest by the
// type's.
func (d *decoder) trackers(root *yaml.Node, list []yaml.Node, registry connectors.Registry) []Tracker {
	const none = "trackers: at least one tracker is needed"
	if n := at(root, "trackers"); n == nil {
		d.lack(root, none)
	} else if len(list) == 0 {
		d.problem(n, none)
	}
	trackers := make([]Tracker, 0, len(list))
	names := unique{d: d, what: "tracker"}
	for i := range list {
		n := at(root, "trackers", i)
		if n.Kind != yaml.MappingNode {
			d.problem(n, "an element of trackers: want a mapping, found %s", found(n))
			continue
		}
		own, rest := d.split(n, "name", "type")
		var t fileTracker
		d.decode(own, &t, "tracker")
		d.trackerName(own, &names, t.Name)
		trackers = append(trackers, Tracker{t.Name, t.Type, d.trackerConfig(own, rest, t, registry)})
	}
	return trackers
}

func (d *decoder) trackerName(own *yaml.Node, names *unique, name string) {
	switch n := at(own, "name"); {
	case n == nil:
		d.lack(own, "tracker has no name")
	case !regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`).MatchString(name):
		d.problem(n, "tracker name %s: use lower case letters, digits and dashes, a dash not first", quote(name))
	default:
		names.add(n, name)
	}
}

// trackerConfig reads the part of a tracker that its connector knows.
func (d *decoder) trackerConfig(own, rest *yaml.Node, t fileTracker, registry connectors.Registry) connectors.Config {
	known := slices.Collect(maps.Keys(registry))
	n := at(own, "type")
	if n == nil {
		d.lack(own, "tracker has no type %s", listed(known))
		return nil
	}
	construct, ok := registry[t.Type]
	if !ok {
		msg := unknown("tracker type", t.Type, known)
		if all := listed(known); !strings.HasSuffix(msg, all) {
			msg += " " + all
		}
		d.problem(n, "%s", msg)
		return nil
	}
	c := construct()
	d.value(rest, reflect.ValueOf(&c).Elem().Elem(), "tracker")
	d.credentials(rest)
	for _, err := range flatten(c.Validate()) {
		if n := named(rest, err.Error()); n.Kind == yaml.MappingNode {
			d.lack(n, "tracker %s: %v", quote(t.Name), err)
		} else {
			d.problem(n, "tracker %s: %v", quote(t.Name), err)
		}
	}
	return c
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// named finds the node of the key path a message begins with, as deep as the
// file has it: "auth.token_file: ...", "projects[2].org: ...",
// "links.is gated by: ...", `links["is gated by"]: ...`.
func named(n *yaml.Node, message string) *yaml.Node {
	for {
		n = resolve(n)
		message = strings.TrimPrefix(message, ".")
		var next *yaml.Node
		if inner, rest, ok := bracketed(message); ok {
			if i, err := strconv.Atoi(inner); err == nil && n.Kind == yaml.SequenceNode {
				next = at(n, i)
			} else {
				next = at(n, inner)
			}
			message = rest
		} else if n.Kind == yaml.MappingNode {
			key := ""
			for i := 0; i+1 < len(n.Content); i += 2 {
				k := resolve(n.Content[i]).Value
				if rest, ok := strings.CutPrefix(message, k); ok && len(k) > len(key) && (rest == "" || strings.ContainsRune(".[: ", rune(rest[0]))) {
					key = k
				}
			}
			if key != "" {
				next, message = at(n, key), message[len(key):]
			}
		}
		if next == nil {
			return n
		}
		n = next
		if !strings.HasPrefix(message, ".") && !strings.HasPrefix(message, "[") {
			return n
		}
	}
}

// bracketed takes a leading [2] or ["quoted"] off a message.
func bracketed(message string) (inner, rest string, ok bool) {
	message, ok = strings.CutPrefix(message, "[")
	if !ok {
		return "", "", false
	}
	if q, err := strconv.QuotedPrefix(message); err == nil {
		if inner, err = strconv.Unquote(q); err == nil && strings.HasPrefix(message[len(q):], "]") {
			return inner, message[len(q)+1:], true
		}
	}
	return strings.Cut(message, "]")
}

// credentials refuses addresses that hold a user or password, wherever they stand.
func (d *decoder) credentials(n *yaml.Node) {
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			d.credentials(c)
			continue
		}
		if u, err := url.Parse(c.Value); err == nil && u.User != nil && u.Host != "" {
			d.problem(c, "an address must not hold credentials: they belong under auth, in a file of their own")
		}
	}
}

// namedFile is a file the configuration names: one that holds a secret, or certificates.
type namedFile struct {
	node *yaml.Node
	key  string
	name string
}

// certificates is the key of a file that holds no secret.
const certificates = "ca_file"

// fileValue tells the file a key names, if it is one that names a file.
func fileValue(key string, v reflect.Value) (string, bool) {
	if !strings.HasSuffix(key, "_file") || v.Kind() != reflect.String {
		return "", false
	}
	return v.String(), v.String() != ""
}

// checkFiles looks whether the named files are there, and secrets kept from others.
func (d *decoder) checkFiles(dir string) {
	for _, s := range d.files {
		if isSecret(s.name) {
			d.problem(s.node, "%s: this looks like a secret itself: write it to a file and name the file here", s.key)
			continue
		}
		name := s.name
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		info, err := os.Stat(name)
		switch {
		case os.IsNotExist(err):
			d.problem(s.node, "%s: there is no file %s", s.key, quote(name))
		case err != nil:
			d.problem(s.node, "%s: %v", s.key, err)
		case info.IsDir():
			d.problem(s.node, "%s: %s is a folder, not a file", s.key, quote(name))
		case info.Size() == 0 && info.Mode().IsRegular():
			d.problem(s.node, "%s: file %s is empty", s.key, quote(name))
		case s.key == certificates:
			d.checkCertificates(s, name)
		case info.Mode().Perm()&0o004 != 0:
			d.warn(s.node, "%s: file %s can be read by every user of this machine (mode %04o): chmod o-r it", s.key, quote(name), info.Mode().Perm())
		}
	}
}

func (d *decoder) checkCertificates(f namedFile, name string) {
	text, err := os.ReadFile(name)
	if err == nil {
		_, err = connectors.Authorities(text)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		d.problem(f.node, "%s: file %s cannot be read by this user", f.key, quote(name))
	case err != nil:
		d.problem(f.node, "%s: file %s: %v", f.key, quote(name), err)
	}
}

// isSecret reports whether a file name looks like a secret put in its place, so
// that it is not shown: the beginnings of GitHub's and Atlassian's tokens, of
// private keys, and long words without a dot or slash.
func isSecret(name string) bool {
	for _, prefix := range []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "ATATT", "ATCTT", "-----BEGIN"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return len(name) >= 24 && !strings.ContainsAny(name, `./\`)
}
