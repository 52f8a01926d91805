-- +goose Up
CREATE TABLE trackers (
    name TEXT NOT NULL PRIMARY KEY,
    data TEXT NOT NULL -- JSON: type, site, cursor, times of the last complete loops, answers
) STRICT;

CREATE TABLE records (
    tracker TEXT NOT NULL REFERENCES trackers (name) ON DELETE CASCADE,
    native  TEXT NOT NULL, -- the tracker's immutable id
    key     TEXT NOT NULL, -- the item's current name, for people
    gone    TEXT NOT NULL, -- why the item is no longer to be had, '' while it exists
    data    TEXT NOT NULL, -- JSON: the item with all its claims
    PRIMARY KEY (tracker, native)
) STRICT;
