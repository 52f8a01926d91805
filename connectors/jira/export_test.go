package jira

import "github.com/waitgraph/waitgraph/model"

// Reading decodes and converts pages without a site behind it, for benchmarks.
type Reading struct {
	reader reader
	view   view
}

// NewReading reads as a site without custom fields would be.
func NewReading(c *Config) *Reading {
	return &Reading{
		reader: newReader("jira", c),
		view:   view{base: "https://jira.example", fields: &fieldMap{}},
	}
}

// Page returns the issues and claims of a page.
func (r *Reading) Page(body []byte) (observations []model.Observation, problems []model.Problem, err error) {
	page, problems, err := readPage(body)
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

// ParseTime reads a time.
var ParseTime = parseTime
