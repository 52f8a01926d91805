package config

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// pair is one key of a mapping with its value.
type pair struct{ key, value *yaml.Node }

// resolve follows aliases to the node that is meant.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// pairs lists a mapping's keys in order, its own first, then those merged into
// it with << that it does not set itself.
func (d *decoder) pairs(n *yaml.Node) []pair { return d.merged(n, 0) }

func (d *decoder) merged(n *yaml.Node, depth int) []pair {
	const deepest = 8 // a mapping merged into itself ends here
	var own, more []pair
	for i := 0; i+1 < len(n.Content) && d.budget > 0; i += 2 {
		key, value := resolve(n.Content[i]), n.Content[i+1]
		switch {
		case key.ShortTag() == "!!merge":
			from := []*yaml.Node{resolve(value)}
			if from[0].Kind == yaml.SequenceNode {
				from = from[0].Content
			}
			for _, f := range from {
				if d.budget <= 0 {
					break
				}
				f = resolve(f)
				switch {
				case f.Kind != yaml.MappingNode:
					d.problem(key, "<< wants a mapping, or a list of mappings, to merge")
					continue
				case depth == deepest:
					d.problem(key, "<< merges a mapping into itself, or too many into each other")
					continue
				}
				merged := d.merged(f, depth+1)
				d.budget -= len(merged) + 1
				more = append(more, merged...)
			}
		case key.Kind != yaml.ScalarNode:
			d.problem(key, "a key is text, found %s", found(key))
		default:
			own = append(own, pair{key, value})
		}
	}
	for _, p := range more {
		if !slices.ContainsFunc(own, func(o pair) bool { return o.key.Value == p.key.Value }) {
			own = append(own, p)
		}
	}
	return own
}

// split parts a mapping in two: the keys named, and all others. Both keep its place.
func (d *decoder) split(n *yaml.Node, names ...string) (with, without *yaml.Node) {
	part := func() *yaml.Node {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
	}
	with, without = part(), part()
	for _, p := range d.pairs(n) {
		to := without
		if slices.Contains(names, p.key.Value) {
			to = with
		}
		to.Content = append(to.Content, p.key, p.value)
	}
	return with, without
}

// at finds the node a path of keys and indices leads to; nil if there is none.
func at(n *yaml.Node, path ...any) *yaml.Node {
	for _, step := range path {
		if n == nil {
			return nil
		}
		n = resolve(n)
		var next *yaml.Node
		switch step := step.(type) {
		case string:
			next = valueOf(n, step)
		case int:
			if n.Kind == yaml.SequenceNode && step < len(n.Content) {
				next = n.Content[step]
			}
		}
		if next != nil {
			next = resolve(next)
		}
		n = next
	}
	return n
}

// valueOf finds a key's value in a mapping, or in those merged into it.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	merges := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		if k.Kind == yaml.ScalarNode && k.Value == key && k.ShortTag() != "!!merge" {
			return n.Content[i+1]
		}
		merges = merges || k.ShortTag() == "!!merge"
	}
	if !merges {
		return nil
	}
	quiet := newDecoder("", nil) // what is wrong with the merge was noted when it was decoded
	quiet.budget = 20_000
	for _, p := range quiet.pairs(n) {
		if p.key.Value == key {
			return p.value
		}
	}
	return nil
}

// field is one key of a struct.
type field struct {
	name  string
	index []int
	typ   reflect.Type
}

// keysOf lists the keys of a struct by the yaml library's rules: the tag's
// name, else the field's in lower case; inlined structs lend theirs.
func keysOf(t reflect.Type) []field {
	var keys []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || name == "-" && options == "":
		case slices.Contains(strings.Split(options, ","), "inline") && f.Type.Kind() == reflect.Struct:
			for _, k := range keysOf(f.Type) {
				keys = append(keys, field{k.name, append([]int{i}, k.index...), k.typ})
			}
		default:
			if name == "" {
				name = strings.ToLower(f.Name)
			}
			keys = append(keys, field{name, []int{i}, f.Type})
		}
	}
	return keys
}

// unknownKey says what to write instead of a key a type does not have.
func unknownKey(key string, t reflect.Type) string {
	var names []string
	for _, k := range keysOf(t) {
		names = append(names, k.name)
	}
	if twins := secretTwins(key, t); len(twins) > 0 {
		return "a secret does not belong in this file: instead of " + quote(key) + " use " + strings.Join(twins, " or ")
	}
	return unknown("key", key, names)
}

// secretTwins lists the keys that name where a secret is, if the key looks like
// one that would hold it: those of its own name, else all within reach.
func secretTwins(key string, t reflect.Type) []string {
	secrets := []string{
		"token", "password", "passwd", "secret", "api_token", "api_key", "apikey", "access_token",
		"bearer_token", "client_secret", "private_key", "pat", "credentials",
	}
	var own, all []string
	var walk func(prefix string, t reflect.Type, depth int)
	walk = func(prefix string, t reflect.Type, depth int) {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || depth == 3 {
			return
		}
		for _, k := range keysOf(t) {
			stem, isFile := strings.CutSuffix(k.name, "_file")
			if !isFile {
				stem, isFile = strings.CutSuffix(k.name, "_env")
			}
			if isFile && k.name != certificates {
				all = append(all, prefix+k.name)
				if stem == key {
					own = append(own, prefix+k.name)
				}
			}
			walk(prefix+k.name+".", k.typ, depth+1)
		}
	}
	walk("", t, 0)
	switch {
	case len(own) > 0:
		return own
	case slices.Contains(secrets, strings.ReplaceAll(strings.ToLower(key), "-", "_")):
		return all
	}
	return nil
}
