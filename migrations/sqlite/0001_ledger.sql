-- The record itself, and what it refers to. Bodies are stored and hashed as they lie.
CREATE TABLE ledger (
  seq  INTEGER PRIMARY KEY,
  body BLOB NOT NULL,
  leaf BLOB NOT NULL
) STRICT;

-- Content that entries refer to by commitment. A redaction takes address, salt and bytes; the commitment stays.
CREATE TABLE stored_values (
  commitment BLOB PRIMARY KEY,
  address    BLOB UNIQUE,
  salt       BLOB,
  bytes      BLOB
) STRICT, WITHOUT ROWID;

-- Keys that never enter the ledger; their hashes do.
CREATE TABLE secrets (
  name  TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Who may write a thread. Not history: a lease is worth nothing once its holder is gone.
CREATE TABLE leases (
  thread TEXT PRIMARY KEY,
  epoch  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Everything below is a projection of the ledger: verify computes it anew and compares.
CREATE TABLE workspace (
  id             TEXT PRIMARY KEY,
  name           TEXT NOT NULL,
  value_key_hash BLOB NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE threads (
  id              TEXT PRIMARY KEY,
  graph           TEXT NOT NULL,
  graph_version   INTEGER NOT NULL,
  head            BLOB NOT NULL,
  step            INTEGER NOT NULL,
  open_tasks      INTEGER NOT NULL,
  parent_thread   TEXT,
  parent_task     TEXT,
  parent_position INTEGER,
  start_seq       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX threads_parent ON threads (parent_thread);

CREATE TABLE checkpoints (
  seq    INTEGER PRIMARY KEY,
  hash   BLOB NOT NULL UNIQUE,
  thread TEXT NOT NULL,
  step   INTEGER NOT NULL,
  parent BLOB
) STRICT;
CREATE INDEX checkpoints_thread ON checkpoints (thread, step);

-- Finished tasks of a superstep that is still open.
CREATE TABLE task_writes (
  thread TEXT NOT NULL,
  task   TEXT NOT NULL,
  seq    INTEGER NOT NULL,
  PRIMARY KEY (thread, task)
) STRICT, WITHOUT ROWID;

-- Recorded calls of open tasks.
CREATE TABLE journal (
  thread   TEXT NOT NULL,
  task     TEXT NOT NULL,
  position INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (thread, task, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
  thread      TEXT NOT NULL,
  task        TEXT NOT NULL,
  position    INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  due_at      INTEGER,
  seq         INTEGER NOT NULL,
  answer_seq  INTEGER,
  answer_hash BLOB,
  PRIMARY KEY (thread, task, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_due ON parked (due_at) WHERE answer_seq IS NULL AND due_at IS NOT NULL;
