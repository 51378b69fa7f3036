-- Ids of Discord's are 63-bit numbers. Times are seconds since 1970, UTC. No word of a question is kept.

-- A voter is known by a keyed digest only. The key belongs to a period of message time and is destroyed with it.
CREATE TABLE vote_key (
    period INTEGER PRIMARY KEY,
    secret BLOB NOT NULL
);
CREATE TABLE vote (
    message    INTEGER NOT NULL,
    voter      BLOB    NOT NULL,
    base       TEXT    NOT NULL,
    generation TEXT    NOT NULL,
    helpful    INTEGER NOT NULL,
    week       TEXT    NOT NULL,
    PRIMARY KEY (message, voter)
) WITHOUT ROWID;

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    guild   INTEGER,
    user    INTEGER NOT NULL,
    base    TEXT    NOT NULL,
    act     TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    outcome TEXT    NOT NULL
);
CREATE INDEX audit_by_base ON audit (base, id);

-- Concepts of the vocabulary that were asked for and are not covered, by ISO week such as 2026-W48.
CREATE TABLE gap (
    base    TEXT    NOT NULL,
    concept TEXT    NOT NULL,
    week    TEXT    NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (base, concept, week)
) WITHOUT ROWID;

-- What the bot has posted, so that it can be taken back. `withdrawn` is 1 while that is still to be done.
CREATE TABLE post (
    message    INTEGER PRIMARY KEY,
    channel    INTEGER NOT NULL,
    guild      INTEGER,
    base       TEXT    NOT NULL,
    generation TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    withdrawn  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX post_to_withdraw ON post (withdrawn) WHERE withdrawn = 1;
CREATE TABLE quoted (
    message INTEGER NOT NULL REFERENCES post (message) ON DELETE CASCADE,
    passage TEXT    NOT NULL,
    PRIMARY KEY (passage, message)
) WITHOUT ROWID;
CREATE INDEX quoted_by_message ON quoted (message);

CREATE TABLE channel (
    channel INTEGER PRIMARY KEY,
    guild   INTEGER NOT NULL,
    base    TEXT    NOT NULL,
    mode    TEXT    NOT NULL,
    user    INTEGER NOT NULL,
    at      INTEGER NOT NULL
);
