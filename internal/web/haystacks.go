package web

import (
	"slices"
	"strings"
	"sync"

	"github.com/waitgraph/waitgraph/model"
)

// haystacks are the texts that a search looks through: ref and title of each
// item, in lower case. Most items of a graph are those of the graph before, and
// so are their texts: an item is never changed, but replaced.
type haystacks struct {
	mu    sync.Mutex
	items []*model.Item // of the latest graph searched
	texts []string
}

// near is how far items may have moved up since the graph before.
const near = 100

// of gives the texts by item of a graph.
func (h *haystacks) of(v view) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	items, texts := make([]*model.Item, len(v.Items)), make([]string, len(v.Items))
	at := 0 // in the graph before; items keep their order
	for i := range v.Items {
		it := v.Items[i].Item
		items[i] = it
		if ahead := slices.Index(h.items[at:min(at+near, len(h.items))], it); ahead >= 0 {
			texts[i] = h.texts[at+ahead]
			at += ahead + 1
			continue
		}
		texts[i] = strings.ToLower(it.Ref() + "\n" + it.Title)
	}
	h.items, h.texts = items, texts
	return texts
}
