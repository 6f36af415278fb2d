-- What was said in runs; what calls of models reserved and cost; the limits on it.
CREATE TABLE messages (
  run     TEXT NOT NULL,
  place   INTEGER NOT NULL,
  project TEXT NOT NULL,
  step    TEXT NOT NULL,
  role    TEXT NOT NULL,
  name    TEXT NOT NULL,
  text    BLOB NOT NULL,
  data    BLOB,
  said_at INTEGER NOT NULL,
  PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_of_project ON messages (project, said_at);

CREATE TABLE spend (
  id          TEXT PRIMARY KEY,
  effect      TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  project     TEXT,
  step        TEXT,
  run         TEXT,
  member      TEXT,
  endpoint    TEXT NOT NULL,
  model       TEXT NOT NULL,
  day         INTEGER NOT NULL,
  reserved    INTEGER NOT NULL,
  charged     INTEGER NOT NULL,
  receipt     BLOB NOT NULL,
  status      TEXT NOT NULL,
  input       INTEGER,
  cached      INTEGER,
  cache_write INTEGER,
  output      INTEGER,
  usage       BLOB,
  reserved_at INTEGER NOT NULL,
  settled_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX spend_of_project ON spend (project, member);
CREATE INDEX spend_of_day ON spend (day);
CREATE INDEX spend_of_run ON spend (run);
CREATE INDEX spend_of_effect ON spend (effect);

CREATE TABLE budgets (
  id       TEXT PRIMARY KEY,
  scope    TEXT NOT NULL,
  subject  TEXT NOT NULL,
  most     INTEGER NOT NULL,
  decision TEXT NOT NULL,
  made_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX budgets_of ON budgets (scope, subject, made_at);
