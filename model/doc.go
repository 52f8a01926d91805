// Package model is the vocabulary of waitgraph: what connectors observe (items
// and claims), what is recorded (facts), the rules facts are read under, and
// the graph that reconciliation makes of them.
//
// The values are plain and the package imports only the standard library.
// Records and graphs are immutable once handed on: whoever wants a change makes
// a new one, so they may be read from any goroutine without a lock.
package model
