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
	it := v.Items[i].Item
	project, number := model.SplitKey(it.Key)
	return strings.Join([]string{it.ID.Tracker.String(), project, fmt.Sprintf("%018d", number), it.ID.Native}, "\x00")
}

func kindKey(k model.Kind) string {
	order := model.Kinds()
	return string(rune('a' + slices.Index(order[:], k)))
}

func (v view) endKey(e model.End) string {
	if e.Resolved() {
		return "0" + v.itemKey(e.Item())
	}
	return "1" + model.KeyFold(v.Name(e))
}
