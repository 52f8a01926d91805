package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// The keys below order strings byte by byte as the graph orders its lists: refs
// by tracker, project and number (PAY-2 before PAY-10), items that show the same
// ref by their native id, dependencies by kind and ends, items before what is no
// known item.

func (v view) itemKey(i int32) string {
	tracker, key := v.Items[i].ID.Tracker, v.Items[i].Key
	digits := len(key)
	for digits > 0 && key[digits-1] >= '0' && key[digits-1] <= '9' && len(key)-digits < 18 {
		digits--
	}
	project, number := key, ""
	if digits > 0 && digits < len(key) && (key[digits-1] == '-' || key[digits-1] == '#') {
		project, number = key[:digits-1], key[digits:]
	}
	return strings.Join([]string{tracker, project, fmt.Sprintf("%018s", number), v.Items[i].ID.Native}, "\x00")
}

func kindKey(k model.Kind) string {
	order := [...]model.Kind{model.Blocks, model.Parent, model.Implements, model.Duplicates, model.Mirrors, model.Relates}
	return string(rune('a' + slices.Index(order[:], k)))
}

func (v view) endKey(e model.End) string {
	if e.Resolved() {
		return "0" + v.itemKey(e.Item)
	}
	return "1" + model.KeyFold(e.Found)
}
