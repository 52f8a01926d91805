package refs

import (
	"bytes"

	"github.com/waitgraph/waitgraph/model"
)

// maxBranchKey is the length of the longest key looked for in a branch name.
const maxBranchKey = 64

// readBranch finds the Jira keys of a branch name, in either case, that stand
// between slashes, underscores, hyphens or the ends. As an underscore may also be
// part of a key, fix_pay-12 names both FIX_PAY-12 and PAY-12: which of them
// exists is for others to tell.
func readBranch(name []byte, pull bool) []Finding {
	kind := model.Relates
	if pull {
		kind = model.Implements
	}
	var found []Finding
	for i := range name {
		if name[i] != '-' {
			continue
		}
		end := i + 1 + numberLength(name[i+1:])
		if end == i+1 || end < len(name) && !boundsKey(name[end]) {
			continue
		}
		start := i
		for start > 0 && (isAlnum(name[start-1]) || name[start-1] == '_') && end-start < maxBranchKey {
			start--
		}
		for ; start < i; start++ {
			if start > 0 && !boundsKey(name[start-1]) {
				continue
			}
			if key := bytes.ToUpper(name[start:end]); isKey(key) {
				found = append(found, Finding{Kind: kind, Target: model.Target{Key: string(key)}, Offset: start})
			}
		}
	}
	return found
}

// boundsKey tells whether a key may stand next to c in a branch name.
func boundsKey(c byte) bool { return c == '/' || c == '_' || c == '-' }
