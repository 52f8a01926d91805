package storetest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/model"
)

// deltas draws sequences of steps that often meet: few trackers and ids, any text.
func deltas() *rapid.Generator[[]model.Delta] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) model.Delta {
		name := rapid.SampledFrom([]string{"acme-jira", "github", "Ω'; DROP TABLE records; --"}).Draw(t, "tracker")
		d := model.Delta{Tracker: tracker(t, name), Drop: rapid.IntRange(0, 5).Draw(t, "drop") == 0}
		for range rapid.IntRange(0, 4).Draw(t, "records") {
			d.Records = append(d.Records, drawRecord(t, name))
		}
		return d
	}), 0, 8)
}

func tracker(t *rapid.T, name string) model.Tracker {
	tr := model.Tracker{
		Name: name, Type: rapid.SampledFrom([]string{"jira", "github"}).Draw(t, "type"),
		Cursor: text(t), FirstSync: instant(t), LastSync: instant(t), LastSweep: instant(t), LastCensus: instant(t),
		Site: model.Site{
			Hosts: texts(t), Product: text(t), Notes: texts(t),
			Projects: []model.Project{{Key: text(t), Former: texts(t)}},
			Scopes:   []model.Scope{{Name: text(t), Readable: rapid.Bool().Draw(t, "readable"), Error: text(t)}},
		},
	}
	for range rapid.IntRange(0, 2).Draw(t, "answers") {
		tr.Answers = append(tr.Answers, model.Answer{Key: text(t), Found: model.ID{Tracker: model.WordOf(name), Native: text(t)}, Reason: reason(t), At: instant(t)})
	}
	return tr
}

func drawRecord(t *rapid.T, tracker string) *model.Record {
	native := rapid.SampledFrom([]string{"1", "2", "10", "I_kwDO", "nul\x00", "é", " "}).Draw(t, "native")
	r := &model.Record{
		Item: model.Item{
			ID: model.ID{Tracker: model.WordOf(tracker), Native: native}, Key: text(t), Aliases: texts(t), URL: text(t), Title: text(t), Type: model.WordOf(text(t)),
			Pull: rapid.Bool().Draw(t, "pull"), Stub: rapid.Bool().Draw(t, "stub"), Project: model.WordOf(text(t)),
			State:  rapid.SampledFrom([]model.State{model.Todo, model.Doing, model.Done, model.Dropped}).Draw(t, "state"),
			Status: model.WordOf(text(t)), Resolution: model.WordOf(text(t)), Priority: model.WordOf(text(t)), Components: texts(t), Labels: texts(t),
			FixVersions: []model.Span{{Name: text(t), End: date(t)}}, Milestone: &model.Span{Name: text(t), End: date(t)}, Sprint: &model.Span{Name: text(t), End: date(t)},
			Epic: text(t), Author: &model.Account{ID: text(t), Name: text(t), Email: text(t)}, Assignees: []model.Account{{ID: text(t)}},
			Due: date(t), Created: moment(t), Updated: moment(t), Closed: moment(t),
			Signals:      []model.Signal{{Kind: model.SignalFlag, Value: text(t), At: moment(t), FirstSeen: moment(t)}},
			History:      []model.Transition{{At: moment(t), State: model.Doing}},
			HistoryKnown: rapid.Bool().Draw(t, "history known"), HistoryAsOf: moment(t),
			Attended: model.Attention{At: moment(t), What: rapid.SampledFrom([]model.Aspect{0, model.AttendedCreation, model.AttendedOther}).Draw(t, "what")}, Commented: moment(t),
		},
		FirstSeen: moment(t), Confirmed: moment(t), Gone: reason(t), GoneAt: moment(t),
	}
	if rapid.Bool().Draw(t, "fields") {
		r.Item.Fields = map[string]string{text(t): text(t), "points": text(t)}
	}
	if rapid.Bool().Draw(t, "estimated") {
		points := rapid.Float64().Draw(t, "points")
		r.Item.Points = &points
	}
	for range rapid.IntRange(0, 3).Draw(t, "claims") {
		r.Claims = append(r.Claims, model.Claim{
			Kind:    rapid.SampledFrom([]model.Kind{model.Blocks, model.Parent, model.Relates}).Draw(t, "kind"),
			Reverse: rapid.Bool().Draw(t, "reverse"), Target: model.Target{Tracker: model.WordOf(text(t)), Native: text(t), Host: text(t), Key: text(t)},
			Origin: model.Text, Where: text(t), Unmapped: model.WordOf(text(t)), Withdraws: rapid.Bool().Draw(t, "withdraws"), Seq: rapid.Int32().Draw(t, "seq"),
			Author: text(t), At: moment(t), FirstSeen: moment(t), Ended: moment(t),
		})
	}
	return r
}

func text(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "<a href='x'>&amp;", "\x00", "\u2028\u202e", `"\`, "null"}),
		rapid.StringN(0, 8, -1),
	).Draw(t, "text")
}

func texts(t *rapid.T) []string {
	var out []string
	for range rapid.IntRange(0, 2).Draw(t, "texts") {
		out = append(out, text(t))
	}
	return out
}

func reason(t *rapid.T) model.Reason {
	return rapid.SampledFrom([]model.Reason{0, model.Gone, model.Forbidden}).Draw(t, "reason")
}

// moment is no time, or one as facts hold it.
func moment(t *rapid.T) model.Time { return model.At(instant(t)) }

// instant is no time, or one to the nanosecond in any zone of whole minutes.
func instant(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "no time") {
		return time.Time{}
	}
	at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
	return at.In(time.FixedZone("", rapid.IntRange(-12*60, 14*60).Draw(t, "zone")*60))
}

func date(t *rapid.T) model.Date {
	at := instant(t)
	return model.Date{Time: model.At(at), Day: !at.IsZero() && rapid.Bool().Draw(t, "day")}
}
