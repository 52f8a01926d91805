package config

import (
	"reflect"
	"slices"
)

// asked are keys of trackers that change how one is asked, not what is read.
var asked = []string{"auth", "http", "concurrency", "timeout"}

// ReadOtherwise lists what of two configurations makes trackers be read
// otherwise, so that facts recorded under the one do not show what the other
// would find: "trackers.jira.status". Everything else, facts can be replayed under.
func ReadOtherwise(was, is *Config) []string {
	before, out := map[string]Tracker{}, []string(nil)
	for _, t := range was.Trackers {
		before[t.Name] = t
	}
	for _, t := range is.Trackers {
		path := "trackers." + t.Name
		old, ok := before[t.Name]
		if !ok || old.Type != t.Type {
			out = append(out, path)
			continue
		}
		a, b := reflect.Indirect(reflect.ValueOf(old.Config)), reflect.Indirect(reflect.ValueOf(t.Config))
		for _, k := range keysOf(b.Type()) {
			if !slices.Contains(asked, k.name) && !reflect.DeepEqual(a.FieldByIndex(k.index).Interface(), b.FieldByIndex(k.index).Interface()) {
				out = append(out, path+"."+k.name)
			}
		}
	}
	return out
}
