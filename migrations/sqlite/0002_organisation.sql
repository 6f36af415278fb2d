-- Projections of what the organisation does. Long or private content lies in stored_values, by commitment.
CREATE TABLE members (
  name       TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  role       TEXT NOT NULL,
  department TEXT NOT NULL,
  reports_to TEXT,
  lifecycle  TEXT NOT NULL,
  version    TEXT NOT NULL,
  definition BLOB NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX members_reports_to ON members (reports_to);

CREATE TABLE requests (
  id      TEXT PRIMARY KEY,
  content BLOB NOT NULL,
  by      TEXT NOT NULL,
  channel TEXT NOT NULL,
  filed_at INTEGER NOT NULL,
  intent  TEXT,
  reading BLOB,
  project TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE projects (
  id           TEXT PRIMARY KEY,
  request      TEXT NOT NULL,
  title        BLOB NOT NULL,
  department   TEXT NOT NULL,
  status       TEXT NOT NULL,
  held         INTEGER NOT NULL,
  thread       TEXT,
  plan_version INTEGER NOT NULL,
  approved_version INTEGER,
  folder       TEXT NOT NULL,
  source       TEXT,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX projects_thread ON projects (thread);

CREATE TABLE plans (
  project  TEXT NOT NULL,
  version  INTEGER NOT NULL,
  hash     TEXT NOT NULL,
  document BLOB NOT NULL,
  status   TEXT NOT NULL,
  by       TEXT NOT NULL,
  made_at  INTEGER NOT NULL,
  PRIMARY KEY (project, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
  project     TEXT NOT NULL,
  id          TEXT NOT NULL,
  position    INTEGER NOT NULL,
  status      TEXT NOT NULL,
  assignee    TEXT,
  runs        INTEGER NOT NULL,
  summary     BLOB,
  started_at  INTEGER,
  finished_at INTEGER,
  PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id          TEXT PRIMARY KEY,
  project     TEXT NOT NULL,
  step        TEXT NOT NULL,
  attempt     INTEGER NOT NULL,
  member      TEXT NOT NULL,
  thread      TEXT NOT NULL,
  status      TEXT NOT NULL,
  outcome     BLOB,
  category    TEXT,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_step ON runs (project, step);

CREATE TABLE decisions (
  id          TEXT PRIMARY KEY,
  subject     TEXT NOT NULL,
  project     TEXT,
  thread      TEXT,
  task        TEXT,
  position    INTEGER,
  decision    TEXT NOT NULL,
  reason      BLOB,
  action_hash TEXT,
  by          TEXT NOT NULL,
  channel     TEXT NOT NULL,
  decided_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_project ON decisions (project);

CREATE TABLE permits (
  id          TEXT PRIMARY KEY,
  action_hash TEXT NOT NULL,
  granted_by  TEXT NOT NULL,
  granted_at  INTEGER NOT NULL,
  effect      TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE effects (
  id          TEXT PRIMARY KEY,
  project     TEXT,
  run         TEXT,
  class       TEXT NOT NULL,
  title       BLOB NOT NULL,
  action      BLOB NOT NULL,
  action_hash TEXT NOT NULL,
  recovery    TEXT NOT NULL,
  permit      TEXT NOT NULL,
  status      TEXT NOT NULL,
  outcome     BLOB,
  intended_at INTEGER NOT NULL,
  settled_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX effects_project ON effects (project);
CREATE INDEX effects_open ON effects (status) WHERE status IN ('intended', 'unknown');
