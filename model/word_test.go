package model

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
)

// Whoever meets a word first, it is one and the same.
func TestWord(t *testing.T) {
	const met, texts = 8, 500
	words := make([][]Word, met)
	var all sync.WaitGroup
	for by := range met {
		all.Go(func() {
			for n := range texts {
				text := fmt.Sprint("word ", n)
				w := WordOf(text)
				if by%2 == 0 {
					w = Word{}
					if err := w.UnmarshalText([]byte(text)); err != nil {
						t.Error(err)
					}
				}
				if w.String() != text {
					t.Errorf("%q is %q", text, w)
				}
				words[by] = append(words[by], w)
			}
		})
	}
	all.Wait()
	for by := range words {
		for n, w := range words[by] {
			if w != words[0][n] || !w.Equal(words[0][n]) {
				t.Errorf("%q is two words", w)
			}
		}
	}
	if a, b := WordOf("zebra"), WordOf("ant"); a.Compare(b) <= 0 || b.Compare(a) >= 0 || a.Compare(a) != 0 {
		t.Error("words are not in the order of strings")
	}
	if none := (Word{}); none != WordOf("") || !none.IsZero() || none.String() != "" || WordOf("a").IsZero() {
		t.Error("the zero word is not the empty one alone")
	}
}

// Items are written with the words themselves, and those that are none left out.
func TestWordIsWritten(t *testing.T) {
	it := Item{ID: ID{Tracker: WordOf("jira"), Native: "1"}, Key: "PAY-1", Project: WordOf("PAY"), Type: WordOf("Bug"), State: Todo}
	const want = `{"id":{"tracker":"jira","native":"1"},"key":"PAY-1","title":"","type":"Bug","project":"PAY","state":"todo"}`
	text, err := json.Marshal(it)
	if err != nil || string(text) != want {
		t.Fatalf("%s, %v", text, err)
	}
	var back Item
	if err := json.Unmarshal(text, &back); err != nil || back.ID != it.ID || back.Type != it.Type || back.Project != it.Project {
		t.Errorf("%+v, %v", back, err)
	}
}
