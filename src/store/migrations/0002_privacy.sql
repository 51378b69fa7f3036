-- When the settings of channels were lost: this store took the place of a broken one, or everything was deleted. At most
-- one row. Until a moderator confirms, nobody knows which channels were private.
-- `restored` is 1 where the running bot still knew them and wrote them down again.
CREATE TABLE channels_lost (
    at       INTEGER NOT NULL,
    restored INTEGER NOT NULL DEFAULT 0
);
-- The guilds whose settings a moderator has confirmed since.
CREATE TABLE channels_confirmed (
    guild INTEGER PRIMARY KEY,
    at    INTEGER NOT NULL
);

-- Who asked to be forgotten during the last day, as a salted digest, so that what was under way then is not written
-- down under their id afterwards.
CREATE TABLE forgotten (
    salt   BLOB    NOT NULL,
    person BLOB    NOT NULL,
    at     INTEGER NOT NULL
);
