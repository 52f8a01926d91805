package model

import (
	"fmt"
	"slices"
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
