package demo

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// jira serves the organisation's Jira Cloud site.
type jira struct {
	wire
	email, token string
}

// NewJira returns the HTTP API of the world's Jira: that of Jira Cloud as its
// description has it, of which it answers what reading issues takes. It accepts
// one account's e-mail and token. jiraURL and githubURL are the addresses of the two
// trackers, without a trailing slash, under which texts name each other.
func NewJira(w *World, jiraURL, githubURL, email, token string) http.Handler {
	j := &jira{wire{w, addresses(jiraURL, githubURL)}, email, token}
	mux := http.NewServeMux()
	for pattern, answer := range map[string]func(*http.Request) reply{
		"GET serverInfo":                j.serverInfo,
		"GET myself":                    func(*http.Request) reply { return ok(j.user(w.people[0])) },
		"GET field":                     func(*http.Request) reply { return ok(fieldList()) },
		"GET status":                    j.statuses,
		"GET priority":                  j.priorityList,
		"GET resolution":                func(*http.Request) reply { return ok([]any{j.resolution(done), j.resolution(dropped)}) },
		"GET issuetype":                 j.types,
		"GET issueLinkType":             j.linkTypes,
		"GET project/search":            j.projects,
		"GET project/{key}":             j.oneProject,
		"GET search":                    removed,
		"POST search":                   removed,
		"GET search/jql":                j.search,
		"POST search/jql":               j.search,
		"POST search/approximate-count": j.approximately,
		"POST issue/bulkfetch":          j.bulk,
		"POST changelog/bulkfetch":      j.changelogs,
		"GET issue/{key}":               j.issueOf(func(it *item, r *http.Request) any { return j.full(it, r) }),
		"GET issue/{key}/comment":       j.issueOf(func(it *item, _ *http.Request) any { return j.comments(it) }),
		"GET issue/{key}/remotelink":    j.issueOf(func(it *item, _ *http.Request) any { return j.remotes(it) }),
		"GET issue/{key}/changelog":     j.issueOf(j.changelog),
	} {
		method, path, _ := strings.Cut(pattern, " ")
		for _, version := range []string{"2", "3"} {
			mux.Handle(method+" /rest/api/"+version+"/"+path, j.handle(answer))
		}
	}
	mux.Handle("/rest/", j.handle(func(*http.Request) reply { return refused(http.StatusNotFound, "null for uri: dead link") }))
	mux.Handle("GET /browse/{key}", pageOf(w, j.address, func(r *http.Request) *item { return w.jiraIssue(r.PathValue("key")) }))
	return mux
}

// reply is a status and what to say with it.
type reply struct {
	status int
	body   any
}

func ok(body any) reply { return reply{http.StatusOK, body} }

// refused is an error in Jira's words.
func refused(status int, messages ...string) reply {
	return reply{status, doc{"errorMessages": messages, "errors": doc{}}}
}

func removed(*http.Request) reply {
	return refused(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.")
}

// handle answers for those who may ask, under the world's lock.
func (j *jira) handle(answer func(*http.Request) reply) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		email, token, basic := r.BasicAuth()
		if !basic || email != j.email || token != j.token {
			rw.Header().Set("WWW-Authenticate", `Basic realm="Jira"`)
			send(rw, refused(http.StatusUnauthorized, "Client must be authenticated to access this resource."))
			return
		}
		r.Body = http.MaxBytesReader(rw, r.Body, maxRequest)
		j.w.mu.RLock()
		out := answer(r)
		body, err := json.Marshal(out.body)
		j.w.mu.RUnlock()
		if err != nil {
			send(rw, refused(http.StatusInternalServerError, err.Error()))
			return
		}
		send(rw, reply{out.status, json.RawMessage(body)})
	})
}

// maxRequest is the most bytes of one request.
const maxRequest = 1 << 20

// send writes a reply. A client that has gone is no concern of the server's.
func send(rw http.ResponseWriter, out reply) {
	rw.Header().Set("Content-Type", "application/json;charset=UTF-8")
	rw.WriteHeader(out.status)
	_ = json.NewEncoder(rw).Encode(out.body)
}

// addresses replaces the placeholders of texts by the trackers' real addresses.
func addresses(jiraURL, githubURL string) *strings.Replacer {
	return strings.NewReplacer("{jira}", jiraURL, "{github}", githubURL)
}

func (j *jira) serverInfo(*http.Request) reply {
	return ok(doc{
		"baseUrl": j.address.Replace("{jira}"), "version": "1001.0.0-SNAPSHOT", "versionNumbers": []int{1001, 0, 0}, "deploymentType": "Cloud",
		"buildNumber": 100285, "serverTime": jiraTime(j.w.now), "serverTimeZone": "Etc/UTC", "serverTitle": "Harbor",
	})
}

func fieldList() []any {
	var list []any
	for _, f := range [][3]string{
		{"summary", "Summary", "string"},
		{"description", "Description", "string"},
		{"status", "Status", "status"},
		{"resolution", "Resolution", "resolution"},
		{"resolutiondate", "Resolved", "datetime"},
		{"created", "Created", "datetime"},
		{"updated", "Updated", "datetime"},
		{"duedate", "Due date", "date"},
		{"issuetype", "Issue Type", "issuetype"},
		{"project", "Project", "project"},
		{"priority", "Priority", "priority"},
		{"labels", "Labels", "array"},
		{"components", "Components", "array"},
		{"fixVersions", "Fix versions", "array"},
		{"assignee", "Assignee", "user"},
		{"reporter", "Reporter", "user"},
		{"creator", "Creator", "user"},
		{"issuelinks", "Linked Issues", "array"},
		{"subtasks", "Sub-tasks", "array"},
		{"parent", "Parent", "issuelink"},
		{"comment", "Comment", "comments-page"},
	} {
		list = append(list, doc{"id": f[0], "key": f[0], "name": f[1], "custom": false, "orderable": true, "navigable": true, "searchable": true, "clauseNames": []string{f[0]}, "schema": doc{"type": f[2], "system": f[0]}})
	}
	for _, f := range [][4]string{
		{fieldPoints, "Story point estimate", "number", "com.pyxis.greenhopper.jira:jsw-story-points"},
		{fieldSprint, "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"},
		{fieldFlag, "Flagged", "array", "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"},
	} {
		id, _ := strconv.Atoi(strings.TrimPrefix(f[0], "customfield_"))
		list = append(list, doc{"id": f[0], "key": f[0], "name": f[1], "custom": true, "orderable": true, "navigable": true, "searchable": true, "clauseNames": []string{fmt.Sprintf("cf[%d]", id), f[1]}, "schema": doc{"type": f[2], "custom": f[3], "customId": id}})
	}
	return list
}

func (j *jira) statuses(*http.Request) reply {
	var list []any
	for s := todo; s <= done; s++ {
		list = append(list, j.status(s))
	}
	return ok(list)
}

func (j *jira) priorityList(*http.Request) reply {
	var list []any
	for i := range priorities() {
		list = append(list, j.priority(i))
	}
	return ok(list)
}

func (j *jira) types(*http.Request) reply {
	var list []any
	for k := story; k <= epic; k++ {
		list = append(list, j.issueType(k))
	}
	return ok(list)
}

func (j *jira) linkTypes(*http.Request) reply {
	var list []any
	for t := blocks; t <= duplicates; t++ {
		list = append(list, j.linkType(t))
	}
	return ok(doc{"issueLinkTypes": list})
}

func (j *jira) projects(r *http.Request) reply {
	all := []any{}
	for _, p := range j.w.projects {
		if !p.github && (!r.URL.Query().Has("keys") || slices.Contains(r.URL.Query()["keys"], p.key)) {
			all = append(all, j.project(p))
		}
	}
	page, start, size := cut(r, all, 50)
	return ok(doc{"self": j.self("project/search"), "startAt": start, "maxResults": size, "total": len(all), "isLast": start+len(page) >= len(all), "values": page})
}

// cut is one page of a list that is paged by startAt and maxResults.
func cut(r *http.Request, all []any, usual int) (page []any, start, size int) {
	start, _ = strconv.Atoi(r.FormValue("startAt"))
	size, err := strconv.Atoi(r.FormValue("maxResults"))
	if err != nil || size < 1 || size > 100 {
		size = usual
	}
	start = min(max(start, 0), len(all))
	return all[start:min(start+size, len(all))], start, size
}

func (j *jira) oneProject(r *http.Request) reply {
	p := j.w.project(r.PathValue("key"))
	if p == nil || p.github {
		return refused(http.StatusNotFound, fmt.Sprintf("No project could be found with key '%s'.", r.PathValue("key")))
	}
	return ok(j.project(p))
}

// issueOf answers about one issue, which may be named by a former key.
func (j *jira) issueOf(about func(*item, *http.Request) any) func(*http.Request) reply {
	return func(r *http.Request) reply {
		it := j.w.jiraIssue(r.PathValue("key"))
		if it == nil {
			return refused(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
		}
		return ok(about(it, r))
	}
}

func (j *jira) full(it *item, r *http.Request) any {
	return j.expanded(it, listOf(r.FormValue("fields")), r.FormValue("expand"))
}

func listOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// expanded is an issue with its newest changes when they are asked for.
func (j *jira) expanded(it *item, fields []string, expand string) doc {
	out := j.issue(it, fields)
	if strings.Contains(expand, "changelog") {
		all := j.history(it, nil)
		slices.Reverse(all)
		newest := all[:min(len(all), 100)]
		out["changelog"] = doc{"startAt": 0, "maxResults": len(newest), "total": len(all), "histories": newest}
	}
	return out
}

func (j *jira) changelog(it *item, r *http.Request) any {
	all := j.history(it, nil)
	page, start, size := cut(r, all, 100)
	return doc{"self": j.self("issue/%d/changelog", it.id), "startAt": start, "maxResults": size, "total": len(all), "isLast": start+len(page) >= len(all), "values": page}
}

// asked is the body of the requests that name many issues.
type asked struct {
	JQL        string          `json:"jql"`
	Fields     []string        `json:"fields"`
	Expand     json.RawMessage `json:"expand"` // a string in one, a list in the other
	MaxResults int             `json:"maxResults"`
	Token      string          `json:"nextPageToken"`
	Issues     []string        `json:"issueIdsOrKeys"`
	FieldIDs   []string        `json:"fieldIds"`
}

func readAsked(r *http.Request) (a asked, err error) {
	if r.Method == http.MethodGet {
		a = asked{JQL: r.FormValue("jql"), Fields: listOf(strings.Join(r.URL.Query()["fields"], ",")), Expand: json.RawMessage(r.FormValue("expand")), Token: r.FormValue("nextPageToken")}
		a.MaxResults, _ = strconv.Atoi(r.FormValue("maxResults"))
		return a, nil
	}
	err = json.NewDecoder(r.Body).Decode(&a)
	return a, err
}

// search answers a page of a query. A page token carries the issues still to come,
// so that a walk meets each once, whatever moves meanwhile.
func (j *jira) search(r *http.Request) reply {
	a, err := readAsked(r)
	if err != nil {
		return refused(http.StatusBadRequest, "Invalid request payload.")
	}
	q, err := j.w.parseJQL(a.JQL)
	switch {
	case err != nil:
		return refused(http.StatusBadRequest, err.Error())
	case !q.bounded:
		return refused(http.StatusBadRequest, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	fields := a.Fields
	if len(fields) == 0 {
		fields = []string{"id"}
	}
	most := 100
	if !slices.ContainsFunc(fields, func(f string) bool { return f != "id" && f != "key" && f != "updated" }) {
		most = 5000
	}
	size := 50
	if a.MaxResults > 0 {
		size = min(a.MaxResults, most)
	}
	found := j.w.run(q)
	if a.Token != "" {
		if found, err = j.remaining(a.Token); err != nil {
			return refused(http.StatusBadRequest, "The provided next page token is invalid or expired.")
		}
	}
	page := found[:min(size, len(found))]
	issues := []any{}
	for _, it := range page {
		issue := j.expanded(it, fields, string(a.Expand))
		if len(issue["fields"].(doc)) == 0 {
			delete(issue, "fields")
		}
		issues = append(issues, issue)
	}
	out := doc{"issues": issues, "isLast": len(page) == len(found)}
	if len(page) < len(found) {
		out["nextPageToken"] = token(found[len(page):])
	}
	return ok(out)
}

func token(rest []*item) string {
	ids := make([]string, len(rest))
	for i, it := range rest {
		ids[i] = strconv.Itoa(it.id)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(ids, ",")))
}

func (j *jira) remaining(token string) ([]*item, error) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, fmt.Errorf("decode page token: %w", err)
	}
	var found []*item
	for _, id := range strings.Split(string(text), ",") {
		if it := j.w.jiraIssue(id); it != nil {
			found = append(found, it)
		}
	}
	return found, nil
}

func (j *jira) approximately(r *http.Request) reply {
	a, err := readAsked(r)
	if err != nil {
		return refused(http.StatusBadRequest, "Invalid request payload.")
	}
	q, err := j.w.parseJQL(a.JQL)
	if err != nil {
		return refused(http.StatusBadRequest, err.Error())
	}
	return ok(doc{"count": len(j.w.run(q))})
}

func (j *jira) bulk(r *http.Request) reply {
	a, err := readAsked(r)
	if err != nil || len(a.Issues) == 0 || len(a.Issues) > 100 {
		return refused(http.StatusBadRequest, "The number of issues must be between 1 and 100.")
	}
	issues, errs := []any{}, []any{}
	var seen []*item
	for _, name := range a.Issues {
		switch it := j.w.jiraIssue(name); {
		case it == nil:
			errs = append(errs, doc{"id": name, "errorMessage": "Issue does not exist or you do not have permission to see it."})
		case !slices.Contains(seen, it):
			seen = append(seen, it)
			issues = append(issues, j.expanded(it, a.Fields, string(a.Expand)))
		}
	}
	return ok(doc{"issues": issues, "issueErrors": errs})
}

func (j *jira) changelogs(r *http.Request) reply {
	a, err := readAsked(r)
	if err != nil || len(a.Issues) == 0 || len(a.Issues) > 1000 {
		return refused(http.StatusBadRequest, "The number of issues must be between 1 and 1000.")
	}
	list := []any{}
	for _, name := range a.Issues {
		it := j.w.jiraIssue(name)
		if it == nil {
			continue
		}
		if history := j.history(it, a.FieldIDs); len(history) > 0 {
			list = append(list, doc{"issueId": fmt.Sprint(it.id), "changeHistories": history})
		}
	}
	return ok(doc{"issueChangeLogs": list})
}
