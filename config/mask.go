package config

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

const mask = "<masked>"

// masked is a configuration fit to be shown: without comments, and without what
// is a secret or may hold one. Secrets stand in files and variables of their
// own; what a plugin takes may hold one all the same, and so may an address.
func masked(data []byte) string {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return ""
	}
	m := masker{}
	m.collect(&root, false)
	m.hide(&root, false)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(&root), enc.Close()); err != nil {
		return ""
	}
	return b.String()
}

// masker knows every value that is a secret in one place, to hide it in all.
type masker map[string]bool

// secretKey tells whether the value of a key is a secret, and not the name of
// the file or variable that has it.
func secretKey(name string) bool {
	name = strings.ToLower(name)
	for _, where := range []string{"_env", "_file"} {
		if strings.HasSuffix(name, where) {
			return false
		}
	}
	return name == "key" || slices.ContainsFunc([]string{
		"token", "password", "passwd", "secret", "private", "credential", "bearer", "cookie", "header", "authorization", "api_key", "apikey", "options", "command",
	}, func(word string) bool { return strings.Contains(name, word) })
}

func (m masker) collect(n *yaml.Node, secret bool) {
	if n.Kind == yaml.AliasNode {
		if secret && n.Alias != nil && n.Alias.Kind == yaml.ScalarNode {
			m[n.Alias.Value] = true
		}
		return
	}
	if n.Kind == yaml.ScalarNode && secret && len(n.Value) > 5 { // shorter is a word that stands in many places
		m[n.Value] = true
	}
	for i, child := range n.Content {
		isValue := n.Kind == yaml.MappingNode && i%2 == 1
		m.collect(child, n.Kind != yaml.MappingNode && secret || isValue && (secret || secretKey(n.Content[i-1].Value)))
	}
}

func (m masker) hide(n *yaml.Node, secret bool) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	switch {
	case n.Kind == yaml.ScalarNode && (secret || m[n.Value]):
		n.Value, n.Tag, n.Style = mask, "!!str", 0
	case n.Kind == yaml.ScalarNode:
		n.Value = maskAddress(n.Value)
	case n.Kind == yaml.AliasNode && secret:
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: mask}
	}
	for i, child := range n.Content {
		isValue := n.Kind == yaml.MappingNode && i%2 == 1
		m.hide(child, n.Kind != yaml.MappingNode && secret || isValue && (secret || secretKey(n.Content[i-1].Value)))
	}
}

// maskAddress hides who asks, and with what, in an address.
func maskAddress(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	host, path, slash := strings.Cut(rest, "/")
	if at := strings.LastIndex(host, "@"); at >= 0 {
		host = mask + host[at:]
	}
	if slash {
		host += "/" + path
	}
	if before, _, query := strings.Cut(host, "?"); query {
		host = before + "?" + mask
	}
	return scheme + "://" + host
}
