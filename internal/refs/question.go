package refs

// findQuestions finds, from the end of the line, which clauses end with a
// question mark. What is in brackets does not end the clause around it.
func (r *reader) findQuestions() {
	r.asks = r.asks[:0]
	found := false
	for i := range r.tokens {
		found = found || r.tokens[i].sign == '?'
	}
	if !found {
		return
	}
	n := len(r.tokens)
	if cap(r.asks) <= n {
		r.asks = make([]bool, n+1)
	}
	r.asks = r.asks[:n+1]
	r.asks[n] = false
	var closed []int // brackets whose opening is to come
	for i := n - 1; i >= 0; i-- {
		asks := r.asks[i+1]
		switch r.tokens[i].sign {
		case '?':
			asks = asks || r.stops(i)
		case '.', '!':
			asks = asks && (!r.stops(i) || r.abbreviated(i) || i+1 < n && r.tokens[i+1].sign == '?')
		case ';', '|', newClause:
			asks = false
		case dashSign:
			if i+1 < n && r.tokens[i+1].kind == space && r.dashed(i+1) {
				asks = false
			}
		case ')', ']', '}':
			closed = append(closed, i)
			asks = false
		case '(', '[', '{':
			asks = false
			if len(closed) > 0 {
				asks = r.asks[closed[len(closed)-1]+1]
				closed = closed[:len(closed)-1]
			}
		}
		r.asks[i] = asks
	}
}

// asksAt tells whether the clause that goes on at i ends as a question.
func (r *reader) asksAt(i int) bool { return len(r.asks) > 0 && r.asks[i] }

// stops tells whether the sign at i ends a sentence: nothing, a space, a closing
// bracket or another such sign follows.
func (r *reader) stops(i int) bool {
	if i+1 == len(r.tokens) || r.tokens[i+1].kind == space {
		return true
	}
	switch r.tokens[i+1].sign {
	case ')', ']', '}', '"', '\'', '?', '!', '.':
		return true
	}
	return false
}
