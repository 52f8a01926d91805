// Package config reads waitgraph's configuration file.
//
// The file is YAML and read strictly: a key nobody knows is an error, not a
// silence. One reading reports everything that is wrong, each with its place in
// the file and, where a near key or value exists, with what was probably meant.
//
//	Load / Parse
//	  text    -> yaml nodes       syntax, one document           (parse.go)
//	  nodes   -> the file's types known keys, types, secrets     (decode.go, file.go)
//	  trackers -> connectors      each part by its own type      (trackers.go)
//	  values  -> model            names, globs, ranges, order    (teams.go, matchers.go)
//	  Config  -> model.Rules      what reconciliation reads      (config.go)
//
// Nothing is expanded in it: ${NAME} stays ${NAME}, and secrets are named by
// files or environment variables, never written down. The package reads no
// environment; it reads the file, and looks whether secret files are there.
package config
