-- Standing rules: recorded decisions that allow the same effect again, for a while.
CREATE TABLE rules (
  id         TEXT PRIMARY KEY,
  decision   TEXT NOT NULL,
  project    TEXT NOT NULL,
  pattern    BLOB NOT NULL,
  made_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT, WITHOUT ROWID;
