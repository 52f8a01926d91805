package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// jql is a parsed query: a condition and an order.
type jql struct {
	holds   func(*item) bool
	bounded bool // it restricts something, as Jira Cloud demands
	order   []orderKey
}

type orderKey struct {
	field      string
	descending bool
}

// parseJQL reads the part of Jira's query language that programs use: AND, OR,
// NOT, brackets; = != > >= < <= in, not in, is, is not; ORDER BY. The errors are
// worded like Jira's.
func (w *World) parseJQL(text string) (q jql, err error) {
	p := &jqlParser{w: w, words: jqlWords(text)}
	defer func() {
		switch f := recover().(type) {
		case nil:
		case jqlFault:
			err = f
		default:
			panic(f)
		}
	}()
	q.holds = func(*item) bool { return true }
	if p.peek() != "" && !p.is("order") {
		q.holds, q.bounded = p.either(), true
	}
	if p.take("order") {
		if !p.take("by") {
			p.fail("Error in the JQL Query: Expecting 'by' but got '%s'.", p.peek())
		}
		for {
			key := orderKey{field: p.field(p.next())}
			key.descending = p.take("desc")
			if !key.descending {
				p.take("asc")
			}
			q.order = append(q.order, key)
			if !p.take(",") {
				break
			}
		}
	}
	if p.peek() != "" {
		p.fail("Error in the JQL Query: Expecting either 'OR' or 'AND' but got '%s'.", p.peek())
	}
	return q, nil
}

// jqlFault is what Jira says of a query it cannot read.
type jqlFault string

func (f jqlFault) Error() string { return string(f) }

// jqlWords splits a query; quoted words keep a leading quote as their mark.
func jqlWords(text string) []string {
	var words []string
	runes := []rune(text)
	for i := 0; i < len(runes); {
		r := runes[i]
		start := i
		switch {
		case unicode.IsSpace(r):
			i++
			continue
		case r == '"' || r == '\'':
			var b strings.Builder
			for i++; i < len(runes) && runes[i] != r; i++ {
				if runes[i] == '\\' && i+1 < len(runes) {
					i++
				}
				b.WriteRune(runes[i])
			}
			i++
			words = append(words, `"`+b.String())
			continue
		case strings.ContainsRune("(),", r):
			i++
		case strings.ContainsRune("=!<>~", r):
			for i < len(runes) && strings.ContainsRune("=!<>~", runes[i]) {
				i++
			}
		default:
			for i < len(runes) && !unicode.IsSpace(runes[i]) && !strings.ContainsRune("(),=!<>~\"'", runes[i]) {
				i++
			}
		}
		words = append(words, string(runes[start:i]))
	}
	return words
}

type jqlParser struct {
	w     *World
	words []string
}

func (p *jqlParser) fail(format string, args ...any) {
	panic(jqlFault(fmt.Sprintf(format, args...)))
}

func (p *jqlParser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *jqlParser) next() string {
	word := p.peek()
	if word == "" {
		p.fail("Error in the JQL Query: the query ends too early.")
	}
	p.words = p.words[1:]
	return word
}

func (p *jqlParser) is(word string) bool { return strings.EqualFold(p.peek(), word) }

func (p *jqlParser) take(word string) bool {
	if !p.is(word) {
		return false
	}
	p.words = p.words[1:]
	return true
}

type condition = func(*item) bool

func (p *jqlParser) either() condition {
	left := p.both()
	for p.take("or") || p.take("||") {
		a, b := left, p.both()
		left = func(it *item) bool { return a(it) || b(it) }
	}
	return left
}

func (p *jqlParser) both() condition {
	left := p.single()
	for p.take("and") || p.take("&&") {
		a, b := left, p.single()
		left = func(it *item) bool { return a(it) && b(it) }
	}
	return left
}

func (p *jqlParser) single() condition {
	switch {
	case p.take("not") || p.take("!"):
		inner := p.single()
		return func(it *item) bool { return !inner(it) }
	case p.take("("):
		inner := p.either()
		if !p.take(")") {
			p.fail("Error in the JQL Query: Expecting ')' but got '%s'.", p.peek())
		}
		return inner
	}
	return p.clause()
}

func (p *jqlParser) clause() condition {
	field := p.field(p.next())
	op := strings.ToLower(p.next())
	if op == "not" || op == "is" && p.is("not") {
		op += " " + strings.ToLower(p.next())
	}
	var operands []string
	switch {
	case op != "in" && op != "not in":
		operands = append(operands, p.operand(field))
	case !p.take("("):
		p.fail("Error in the JQL Query: Expecting '(' but got '%s'.", p.peek())
	default:
		for {
			operands = append(operands, p.operand(field))
			if !p.take(",") {
				break
			}
		}
		if !p.take(")") {
			p.fail("Error in the JQL Query: Expecting ')' but got '%s'.", p.peek())
		}
	}
	return p.compare(field, op, operands)
}

// operand is one value, in the form in which values compares it; "" is EMPTY.
func (p *jqlParser) operand(field string) string {
	word, quoted := strings.CutPrefix(p.next(), `"`)
	if !quoted && (strings.EqualFold(word, "empty") || strings.EqualFold(word, "null")) {
		return ""
	}
	switch field {
	case "updated", "created":
		return p.moment(word)
	case "project":
		if pr := p.w.project(word); pr == nil || pr.github {
			p.fail("The value '%s' does not exist for the field 'project'.", word)
		}
	case "key", "parent":
		it := p.w.jiraIssue(word)
		if it == nil {
			p.fail("An issue with key '%s' does not exist for field '%s'.", word, field)
		}
		return fmt.Sprintf("%012d", it.id)
	}
	return strings.ToLower(word)
}

// moment is a time as sortable milliseconds: epoch milliseconds, a date with or
// without a time, or an offset such as -5m.
func (p *jqlParser) moment(word string) string {
	if ms, err := strconv.ParseInt(word, 10, 64); err == nil {
		return fmt.Sprintf("%015d", ms)
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006/01/02 15:04", "2006-01-02", "2006/01/02"} {
		if t, err := time.Parse(layout, word); err == nil {
			return sortable(t)
		}
	}
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day}
	if n := len(word); n > 1 {
		if count, err := strconv.Atoi(word[:n-1]); err == nil && unit[word[n-1:]] != 0 {
			return sortable(p.w.now.Add(time.Duration(count) * unit[word[n-1:]]))
		}
	}
	p.fail("Date value '%s' for field 'updated' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", word)
	return ""
}

func sortable(t time.Time) string { return fmt.Sprintf("%015d", t.UnixMilli()) }

// field is a field's one name.
func (p *jqlParser) field(word string) string {
	word = strings.ToLower(strings.TrimPrefix(word, `"`))
	names := map[string]string{
		"project": "project", "key": "key", "id": "key", "issue": "key", "issuekey": "key", "parent": "parent",
		"updated": "updated", "updateddate": "updated", "created": "created", "createddate": "created",
		"status": "status", "statuscategory": "statusCategory", "resolution": "resolution", "issuetype": "type", "type": "type",
		"priority": "priority", "assignee": "assignee", "labels": "labels",
	}
	name := names[word]
	if name == "" {
		p.fail("Field '%s' does not exist or you do not have permission to view it.", word)
	}
	return name
}

// values are an issue's values of a field, as operands are written.
func values(it *item, field string) []string {
	of := func(v string) []string {
		if v == "" {
			return nil
		}
		return []string{strings.ToLower(v)}
	}
	switch field {
	case "project":
		return of(it.home.key)
	case "key":
		return []string{fmt.Sprintf("%012d", it.id)}
	case "parent":
		if it.parent != nil {
			return []string{fmt.Sprintf("%012d", it.parent.id)}
		}
		return nil
	case "updated":
		return []string{sortable(it.updated)}
	case "created":
		return []string{sortable(it.created)}
	case "status":
		return of(it.stage.String())
	case "statusCategory":
		return append(of(category(it.stage).key), of(category(it.stage).name)...)
	case "resolution":
		if it.open() {
			return nil
		}
		return of(resolution(it.stage))
	case "type":
		return of(it.kind.String())
	case "priority":
		return of(priorities()[it.priority])
	case "assignee":
		if it.assignee == nil {
			return nil
		}
		return append(of(it.assignee.jira), of(it.assignee.name)...)
	}
	return it.labels
}

func (p *jqlParser) compare(field, op string, operands []string) condition {
	has := func(it *item) bool {
		found := values(it, field)
		return slices.ContainsFunc(operands, func(o string) bool {
			return o == "" && len(found) == 0 || slices.Contains(found, o)
		})
	}
	ordered := func(accept func(int) bool) condition {
		return func(it *item) bool {
			found := values(it, field)
			return len(found) > 0 && accept(cmp.Compare(found[0], operands[0]))
		}
	}
	switch op {
	case "=", "in", "is":
		return has
	case "!=", "not in", "is not":
		return func(it *item) bool { return !has(it) }
	case ">":
		return ordered(func(c int) bool { return c > 0 })
	case ">=":
		return ordered(func(c int) bool { return c >= 0 })
	case "<":
		return ordered(func(c int) bool { return c < 0 })
	case "<=":
		return ordered(func(c int) bool { return c <= 0 })
	}
	p.fail("The operator '%s' is not supported by the '%s' field.", op, field)
	return nil
}

// run lists the issues a query selects, in its order.
func (w *World) run(q jql) []*item {
	found := w.all(inJira, q.holds)
	slices.SortStableFunc(found, func(a, b *item) int {
		for _, k := range q.order {
			c := slices.Compare(values(a, k.field), values(b, k.field))
			if k.field == "key" {
				c = cmp.Or(cmp.Compare(a.home.key, b.home.key), cmp.Compare(a.number, b.number))
			}
			if k.descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return found
}

// jiraIssue finds a Jira issue by id, key or former key, nil if there is none.
func (w *World) jiraIssue(name string) *item {
	it := w.byKey[strings.ToUpper(name)]
	if id, err := strconv.Atoi(name); err == nil {
		it = w.byID(id)
	}
	if it == nil || it.home.github {
		return nil
	}
	return it
}
