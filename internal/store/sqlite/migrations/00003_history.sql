-- +goose Up
CREATE TABLE moments (
    name TEXT NOT NULL PRIMARY KEY, -- began, seen, at
    at   TEXT NOT NULL -- times are RFC 3339 in UTC with nanoseconds, '' for none
) STRICT;

-- Times in which a cause held an item up. They refer to no record, so that they outlive it.
CREATE TABLE intervals (
    seq         INTEGER NOT NULL PRIMARY KEY,
    tracker     TEXT NOT NULL,
    native      TEXT NOT NULL,
    ref         TEXT NOT NULL,
    team        TEXT NOT NULL,
    on_tracker  TEXT NOT NULL, -- of the blocker; '' for a signal of the item's own
    on_native   TEXT NOT NULL,
    on_ref      TEXT NOT NULL,
    on_team     TEXT NOT NULL,
    signal      TEXT NOT NULL, -- kind:value
    since       TEXT NOT NULL,
    since_known INTEGER NOT NULL, -- 1 from the tracker's history, 2 only observed
    until       TEXT NOT NULL, -- '' while it lasts
    until_known INTEGER NOT NULL,
    first_seen  TEXT NOT NULL
) STRICT;

CREATE TABLE totals (
    team            TEXT NOT NULL PRIMARY KEY,
    blocked_seconds REAL NOT NULL,
    arrived         INTEGER NOT NULL,
    completed       INTEGER NOT NULL,
    reopened        INTEGER NOT NULL
) STRICT;

-- What came and went and was not counted yet.
CREATE TABLE flow (
    tracker TEXT NOT NULL,
    native  TEXT NOT NULL,
    key     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    at      TEXT NOT NULL,
    PRIMARY KEY (tracker, native, kind, at)
) STRICT;
