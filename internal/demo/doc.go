// Package demo is a simulated organisation: Harbor, a marketplace of six teams
// that plans in Jira and builds on GitHub, and whose work changes every few
// seconds. It stands behind two trackers that answer on loopback as Jira Cloud
// and GitHub do, so that everything in front of them is the real product.
//
// World is the organisation: pure, deterministic by its seed, and told the time.
// Jira and GitHub serve it as their vendors' APIs would; Demo runs all three
// and knows the configuration that watches them.
package demo
