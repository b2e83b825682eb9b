-- The first schema. Every row that matters ends in `checksum`, over the table's name and all columns before it; what is
-- long stands after the checksum, and is covered through its digest. Times are microseconds since 1970,
-- UTC; the time at which a source was changed is nanoseconds, because it is compared.

-- A page of the database is what a transaction costs: tables whose keys are not numbers have no second tree for them.

CREATE TABLE artifact (
    digest BLOB PRIMARY KEY NOT NULL,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    place TEXT NOT NULL CHECK (place IN ('small', 'large')),
    made_at INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    bytes BLOB
) STRICT, WITHOUT ROWID;

-- What an artifact is made of: when an item is damaged, so is what holds it.
CREATE TABLE artifact_item (
    holder BLOB NOT NULL,
    item BLOB NOT NULL,
    checksum BLOB NOT NULL,
    PRIMARY KEY (holder, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_item_by_item ON artifact_item (item);

CREATE TABLE entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL,
    level INTEGER NOT NULL,
    reusable INTEGER NOT NULL,
    stage TEXT NOT NULL,
    call TEXT NOT NULL,
    run BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    body_digest BLOB NOT NULL,
    checksum BLOB NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX entry_by_key ON entry (key);
CREATE INDEX entry_by_call ON entry (stage, call);

CREATE TABLE key_record (
    entry INTEGER PRIMARY KEY NOT NULL,
    body_digest BLOB NOT NULL,
    checksum BLOB NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- What a stage reached in the code, under the digest that its keys name: many entries have the same.
CREATE TABLE code_reach (
    digest TEXT PRIMARY KEY NOT NULL,
    body_digest BLOB NOT NULL,
    checksum BLOB NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE entry_input (
    entry INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest BLOB,
    location TEXT,
    checksum BLOB NOT NULL,
    PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_input_by_digest ON entry_input (digest);

CREATE TABLE entry_output (
    entry INTEGER NOT NULL,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL,
    checksum BLOB NOT NULL,
    PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_output_by_digest ON entry_output (digest);

-- How many edges lead up and down from a digest: an index that has lost one would be silent about it. `proof` is a second
-- statement of the same two numbers.
CREATE TABLE edge_count (
    digest BLOB PRIMARY KEY NOT NULL,
    up INTEGER NOT NULL,
    down INTEGER NOT NULL,
    proof INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE VIEW edges_by_digest AS
    SELECT digest, sum(up) AS up, sum(down) AS down FROM (
        SELECT digest, 1 AS up, 0 AS down FROM entry_output NOT INDEXED
        UNION ALL SELECT digest, 0, 1 FROM entry_input NOT INDEXED WHERE digest IS NOT NULL
        UNION ALL SELECT item, 1, 0 FROM artifact_item NOT INDEXED
        UNION ALL SELECT holder, 0, 1 FROM artifact_item NOT INDEXED
    ) GROUP BY digest;
CREATE TRIGGER input_added AFTER INSERT ON entry_input WHEN NEW.digest IS NOT NULL BEGIN
    INSERT INTO edge_count VALUES (NEW.digest, 0, 1, 1000)
        ON CONFLICT (digest) DO UPDATE SET down = down + 1, proof = proof + 1000;
END;
CREATE TRIGGER input_removed AFTER DELETE ON entry_input WHEN OLD.digest IS NOT NULL BEGIN
    UPDATE edge_count SET down = down - 1, proof = proof - 1000 WHERE digest = OLD.digest;
END;
CREATE TRIGGER output_added AFTER INSERT ON entry_output BEGIN
    INSERT INTO edge_count VALUES (NEW.digest, 1, 0, 1)
        ON CONFLICT (digest) DO UPDATE SET up = up + 1, proof = proof + 1;
END;
CREATE TRIGGER output_removed AFTER DELETE ON entry_output BEGIN
    UPDATE edge_count SET up = up - 1, proof = proof - 1 WHERE digest = OLD.digest;
END;
CREATE TRIGGER item_up_added AFTER INSERT ON artifact_item BEGIN
    INSERT INTO edge_count VALUES (NEW.item, 1, 0, 1)
        ON CONFLICT (digest) DO UPDATE SET up = up + 1, proof = proof + 1;
END;
CREATE TRIGGER item_up_removed AFTER DELETE ON artifact_item BEGIN
    UPDATE edge_count SET up = up - 1, proof = proof - 1 WHERE digest = OLD.item;
END;
CREATE TRIGGER item_down_added AFTER INSERT ON artifact_item BEGIN
    INSERT INTO edge_count VALUES (NEW.holder, 0, 1, 1000)
        ON CONFLICT (digest) DO UPDATE SET down = down + 1, proof = proof + 1000;
END;
CREATE TRIGGER item_down_removed AFTER DELETE ON artifact_item BEGIN
    UPDATE edge_count SET down = down - 1, proof = proof - 1000 WHERE digest = OLD.holder;
END;

CREATE TABLE run (
    id BLOB PRIMARY KEY NOT NULL,
    pipeline TEXT NOT NULL,
    profile TEXT NOT NULL,
    started INTEGER NOT NULL,
    outcome TEXT,
    owner BLOB NOT NULL,
    body_digest BLOB NOT NULL,
    checksum BLOB NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_by_time ON run (started, id);
CREATE INDEX run_by_pipeline ON run (pipeline, started, id);
CREATE INDEX run_open ON run (owner) WHERE outcome IS NULL;

CREATE TABLE stage (
    run BLOB NOT NULL,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    outcome TEXT NOT NULL,
    entry INTEGER,
    body_digest BLOB NOT NULL,
    checksum BLOB NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    key BLOB PRIMARY KEY NOT NULL,
    owner BLOB NOT NULL,
    token BLOB NOT NULL,
    process INTEGER NOT NULL,
    host TEXT NOT NULL,
    since INTEGER NOT NULL,
    checksum BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    key BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    digest BLOB NOT NULL,
    place TEXT NOT NULL CHECK (place IN ('small', 'large')),
    checksum BLOB NOT NULL,
    bytes BLOB,
    PRIMARY KEY (key, sequence)
) STRICT;

CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY NOT NULL,
    run BLOB NOT NULL,
    stage INTEGER,
    -- Not as a list: SQLite would make a table of it, and drop it, for each line that is written.
    kind TEXT NOT NULL CHECK (kind = 'start' OR kind = 'complete' OR kind = 'fail' OR kind = 'abort'),
    at INTEGER NOT NULL,
    checksum BLOB NOT NULL
) STRICT;

CREATE TABLE delivery (
    transport TEXT PRIMARY KEY NOT NULL,
    sequence INTEGER NOT NULL,
    checksum BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE known_source (
    location TEXT PRIMARY KEY NOT NULL,
    fingerprint TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER,
    digest BLOB NOT NULL,
    observed INTEGER NOT NULL,
    checksum BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT,
    evidence TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;

-- Where the log ends, in a second place, so that a cut tail is seen.
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
