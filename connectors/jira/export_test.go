package jira

import "github.com/waitgraph/waitgraph/model"

// Reading decodes and converts pages without a site behind it, for benchmarks.
type Reading struct {
	reader reader
	layout *layout
	view   view
}

// NewReading reads as a site without custom fields would be.
func NewReading(c *Config) *Reading {
	return &Reading{
		reader: newReader("jira", c),
		layout: newLayout(nil),
		view:   view{base: "https://jira.example", fields: &fieldMap{}},
	}
}

// Page returns the issues and claims of a page.
func (r *Reading) Page(body []byte) (observations []model.Observation, problems []model.Problem, err error) {
	page, problems, err := r.layout.readPage(body)
	if err != nil {
		return nil, nil, err
	}
	for i := range page.Issues {
		one, err := r.reader.read(&page.Issues[i], r.view)
		if err != nil {
			return nil, nil, err
		}
		observations = append(append(observations, one.Observation), one.stubs...)
	}
	return observations, problems, nil
}

// Skip passes over a JSON text; the error tells that it is none.
func Skip(text []byte) error {
	s := newScanner(text)
	s.skip()
	return s.end()
}

// String takes a JSON string.
func String(text []byte) (string, error) {
	s := newScanner(text)
	return s.string(), s.end()
}

// Word takes a JSON string twice.
func Word(text []byte) (string, string, error) {
	s := newScanner(text)
	first := s.word()
	if err := s.end(); err != nil {
		return "", "", err
	}
	again := newScanner(text)
	again.words = s.words
	return first, again.word(), again.end()
}

// Int takes a whole number.
func Int(text []byte) (int, error) {
	s := newScanner(text)
	return s.int(), s.end()
}

// ParseTime reads a time.
var ParseTime = parseTime
