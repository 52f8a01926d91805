-- +goose Up
CREATE TABLE keepsakes (
    tracker TEXT NOT NULL PRIMARY KEY, -- it may be kept before the tracker has any facts
    data    BLOB NOT NULL              -- the connector's own, such as a rotated token
) STRICT;
