package model

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// vocabulary are the words of a type that is stored as a small number, by their
// number; the one of zero is empty. Such types are no bytes, so that vet finds
// where one is made a string without its word.
type vocabulary []string

// read finds the number of a word. What the words are of goes into the error.
func (v vocabulary) read(text []byte, what string) (int, error) {
	i := slices.Index(v, string(text))
	if i < 0 {
		return 0, fmt.Errorf("%q is no %s", text, what)
	}
	return i, nil
}

// Word is a word of which there are few, each said of many items: a type, a
// status, a project, a team. Facts hold its number among the words this process has met,
// which takes a quarter of a string's memory, nothing of the garbage collector's
// time, and compares at once. A word once met is remembered for ever, so that only
// what those who set a tracker or waitgraph up decide on may be one. The zero value is "".
type Word struct{ number uint32 }

// dictionary are the words met so far. The list only grows: what is read of it
// needs no lock.
var dictionary = newDictionary()

type words struct {
	sync.RWMutex
	numbers map[string]uint32
	list    atomic.Pointer[[]string]
}

func newDictionary() *words {
	d := &words{numbers: map[string]uint32{"": 0}}
	d.list.Store(&[]string{""})
	return d
}

// WordOf is the Word for a text.
func WordOf(text string) Word {
	d := dictionary
	d.RLock()
	n, met := d.numbers[text]
	d.RUnlock()
	if !met {
		n = learn(strings.Clone(text)) // what it was cut from may be forgotten
	}
	return Word{n}
}

func learn(text string) uint32 {
	d := dictionary
	d.Lock()
	defer d.Unlock()
	if n, met := d.numbers[text]; met { // meanwhile
		return n
	}
	list := append(*d.list.Load(), text)
	n := uint32(len(list) - 1)
	d.list.Store(&list)
	d.numbers[text] = n
	return n
}

// String is the word itself.
func (w Word) String() string { return (*dictionary.list.Load())[w.number] }

// IsZero reports whether it is no word at all.
func (w Word) IsZero() bool { return w.number == 0 }

// Equal is ==, for what compares values by their methods.
func (w Word) Equal(other Word) bool { return w == other }

// Compare orders words as strings.
func (w Word) Compare(other Word) int {
	if w == other {
		return 0
	}
	return strings.Compare(w.String(), other.String())
}

// MarshalText gives the word.
func (w Word) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText takes the word.
func (w *Word) UnmarshalText(text []byte) error {
	*w = WordOf(string(text))
	return nil
}
