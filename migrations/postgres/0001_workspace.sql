-- The same tables as SQLite's migrations come to. Texts sort by their bytes, as they do there.

CREATE TABLE ledger (
  seq  BIGINT PRIMARY KEY,
  body BYTEA NOT NULL,
  leaf BYTEA NOT NULL
);

CREATE TABLE secrets (
  name  TEXT COLLATE "C" PRIMARY KEY,
  bytes BYTEA NOT NULL
);

CREATE TABLE leases (
  thread TEXT COLLATE "C" PRIMARY KEY,
  epoch  BIGINT NOT NULL
);

CREATE TABLE workspace (
  id             TEXT COLLATE "C" PRIMARY KEY,
  name           TEXT COLLATE "C" NOT NULL,
  value_key_hash BYTEA NOT NULL,
  created_at     BIGINT NOT NULL
);

CREATE TABLE threads (
  id              TEXT COLLATE "C" PRIMARY KEY,
  graph           TEXT COLLATE "C" NOT NULL,
  graph_version   BIGINT NOT NULL,
  head            BYTEA NOT NULL,
  step            BIGINT NOT NULL,
  open_tasks      BIGINT NOT NULL,
  parent_thread   TEXT COLLATE "C",
  parent_task     TEXT COLLATE "C",
  parent_position BIGINT,
  start_seq       BIGINT NOT NULL
, lineage TEXT COLLATE "C", kept_from BIGINT);

CREATE INDEX threads_parent ON threads (parent_thread);

CREATE TABLE checkpoints (
  seq    BIGINT PRIMARY KEY,
  hash   BYTEA NOT NULL UNIQUE,
  thread TEXT COLLATE "C" NOT NULL,
  step   BIGINT NOT NULL,
  parent BYTEA
);

CREATE INDEX checkpoints_thread ON checkpoints (thread, step);

CREATE TABLE task_writes (
  thread TEXT COLLATE "C" NOT NULL,
  task   TEXT COLLATE "C" NOT NULL,
  seq    BIGINT NOT NULL,
  PRIMARY KEY (thread, task)
);

CREATE TABLE journal (
  thread   TEXT COLLATE "C" NOT NULL,
  task     TEXT COLLATE "C" NOT NULL,
  position BIGINT NOT NULL,
  seq      BIGINT NOT NULL,
  PRIMARY KEY (thread, task, position)
);

CREATE TABLE parked (
  thread      TEXT COLLATE "C" NOT NULL,
  task        TEXT COLLATE "C" NOT NULL,
  position    BIGINT NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL,
  due_at      BIGINT,
  seq         BIGINT NOT NULL,
  answer_seq  BIGINT,
  answer_hash BYTEA,
  PRIMARY KEY (thread, task, position)
);

CREATE INDEX parked_due ON parked (due_at) WHERE answer_seq IS NULL AND due_at IS NOT NULL;

CREATE TABLE members (
  name       TEXT COLLATE "C" PRIMARY KEY,
  kind       TEXT COLLATE "C" NOT NULL,
  role       TEXT COLLATE "C" NOT NULL,
  department TEXT COLLATE "C" NOT NULL,
  reports_to TEXT COLLATE "C",
  lifecycle  TEXT COLLATE "C" NOT NULL,
  version    TEXT COLLATE "C" NOT NULL,
  definition BYTEA NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE INDEX members_reports_to ON members (reports_to);

CREATE TABLE requests (
  id      TEXT COLLATE "C" PRIMARY KEY,
  content BYTEA NOT NULL,
  by      TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  filed_at BIGINT NOT NULL,
  intent  TEXT COLLATE "C",
  reading BYTEA,
  project TEXT COLLATE "C"
);

CREATE TABLE projects (
  id           TEXT COLLATE "C" PRIMARY KEY,
  request      TEXT COLLATE "C" NOT NULL,
  title        BYTEA NOT NULL,
  department   TEXT COLLATE "C" NOT NULL,
  status       TEXT COLLATE "C" NOT NULL,
  held         BIGINT NOT NULL,
  thread       TEXT COLLATE "C",
  plan_version BIGINT NOT NULL,
  approved_version BIGINT,
  folder       TEXT COLLATE "C" NOT NULL,
  source       TEXT COLLATE "C",
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL
);

CREATE INDEX projects_thread ON projects (thread);

CREATE TABLE plans (
  project  TEXT COLLATE "C" NOT NULL,
  version  BIGINT NOT NULL,
  hash     TEXT COLLATE "C" NOT NULL,
  document BYTEA NOT NULL,
  status   TEXT COLLATE "C" NOT NULL,
  by       TEXT COLLATE "C" NOT NULL,
  made_at  BIGINT NOT NULL,
  PRIMARY KEY (project, version)
);

CREATE TABLE steps (
  project     TEXT COLLATE "C" NOT NULL,
  id          TEXT COLLATE "C" NOT NULL,
  position    BIGINT NOT NULL,
  status      TEXT COLLATE "C" NOT NULL,
  assignee    TEXT COLLATE "C",
  runs        BIGINT NOT NULL,
  summary     BYTEA,
  started_at  BIGINT,
  finished_at BIGINT,
  PRIMARY KEY (project, id)
);

CREATE TABLE runs (
  id          TEXT COLLATE "C" PRIMARY KEY,
  project     TEXT COLLATE "C" NOT NULL,
  step        TEXT COLLATE "C" NOT NULL,
  attempt     BIGINT NOT NULL,
  member      TEXT COLLATE "C" NOT NULL,
  thread      TEXT COLLATE "C" NOT NULL,
  status      TEXT COLLATE "C" NOT NULL,
  outcome     BYTEA,
  category    TEXT COLLATE "C",
  started_at  BIGINT NOT NULL,
  finished_at BIGINT
);

CREATE INDEX runs_step ON runs (project, step);

CREATE TABLE decisions (
  id          TEXT COLLATE "C" PRIMARY KEY,
  subject     TEXT COLLATE "C" NOT NULL,
  project     TEXT COLLATE "C",
  thread      TEXT COLLATE "C",
  task        TEXT COLLATE "C",
  position    BIGINT,
  decision    TEXT COLLATE "C" NOT NULL,
  reason      BYTEA,
  action_hash TEXT COLLATE "C",
  by          TEXT COLLATE "C" NOT NULL,
  channel     TEXT COLLATE "C" NOT NULL,
  decided_at  BIGINT NOT NULL
);

CREATE INDEX decisions_project ON decisions (project);

CREATE TABLE permits (
  id          TEXT COLLATE "C" PRIMARY KEY,
  action_hash TEXT COLLATE "C" NOT NULL,
  granted_by  TEXT COLLATE "C" NOT NULL,
  granted_at  BIGINT NOT NULL,
  effect      TEXT COLLATE "C"
);

CREATE TABLE effects (
  id          TEXT COLLATE "C" PRIMARY KEY,
  project     TEXT COLLATE "C",
  run         TEXT COLLATE "C",
  class       TEXT COLLATE "C" NOT NULL,
  title       BYTEA NOT NULL,
  action      BYTEA NOT NULL,
  action_hash TEXT COLLATE "C" NOT NULL,
  recovery    TEXT COLLATE "C" NOT NULL,
  permit      TEXT COLLATE "C" NOT NULL,
  status      TEXT COLLATE "C" NOT NULL,
  outcome     BYTEA,
  intended_at BIGINT NOT NULL,
  settled_at  BIGINT
);

CREATE INDEX effects_project ON effects (project);

CREATE INDEX effects_open ON effects (status) WHERE status IN ('intended', 'unknown');

CREATE TABLE rules (
  id         TEXT COLLATE "C" PRIMARY KEY,
  decision   TEXT COLLATE "C" NOT NULL,
  project    TEXT COLLATE "C" NOT NULL,
  pattern    BYTEA NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at   BIGINT
);

CREATE TABLE messages (
  run     TEXT COLLATE "C" NOT NULL,
  place   BIGINT NOT NULL,
  project TEXT COLLATE "C" NOT NULL,
  step    TEXT COLLATE "C" NOT NULL,
  role    TEXT COLLATE "C" NOT NULL,
  name    TEXT COLLATE "C" NOT NULL,
  text    BYTEA NOT NULL,
  data    BYTEA,
  said_at BIGINT NOT NULL,
  PRIMARY KEY (run, place)
);

CREATE INDEX messages_of_project ON messages (project, said_at);

CREATE TABLE spend (
  id          TEXT COLLATE "C" PRIMARY KEY,
  effect      TEXT COLLATE "C" NOT NULL,
  purpose     TEXT COLLATE "C" NOT NULL,
  project     TEXT COLLATE "C",
  step        TEXT COLLATE "C",
  run         TEXT COLLATE "C",
  member      TEXT COLLATE "C",
  endpoint    TEXT COLLATE "C" NOT NULL,
  model       TEXT COLLATE "C" NOT NULL,
  day         BIGINT NOT NULL,
  reserved    BIGINT NOT NULL,
  charged     BIGINT NOT NULL,
  receipt     BYTEA NOT NULL,
  status      TEXT COLLATE "C" NOT NULL,
  input       BIGINT,
  cached      BIGINT,
  cache_write BIGINT,
  output      BIGINT,
  usage       BYTEA,
  reserved_at BIGINT NOT NULL,
  settled_at  BIGINT
);

CREATE INDEX spend_of_project ON spend (project, member);

CREATE INDEX spend_of_day ON spend (day);

CREATE INDEX spend_of_run ON spend (run);

CREATE INDEX spend_of_effect ON spend (effect);

CREATE INDEX effects_undoing ON effects (status) WHERE status = 'undoing';

CREATE TABLE endpoints (
  id          TEXT COLLATE "C" PRIMARY KEY,
  entry       BIGINT NOT NULL,
  key         TEXT COLLATE "C",
  decision    TEXT COLLATE "C" NOT NULL,
  enabled_at  BIGINT NOT NULL,
  disabled_at BIGINT
);

CREATE TABLE vault_keys (
  name       TEXT COLLATE "C" PRIMARY KEY,
  kind       TEXT COLLATE "C" NOT NULL,
  address    TEXT COLLATE "C" NOT NULL,
  vault      TEXT COLLATE "C" NOT NULL,
  state      TEXT COLLATE "C" NOT NULL,
  by         TEXT COLLATE "C" NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE budgets (
  id       TEXT COLLATE "C" PRIMARY KEY,
  scope    TEXT COLLATE "C" NOT NULL,
  subject  TEXT COLLATE "C" NOT NULL,
  day      BIGINT,
  most     BIGINT NOT NULL,
  decision TEXT COLLATE "C" NOT NULL,
  entry    BIGINT NOT NULL,
  made_at  BIGINT NOT NULL
);

CREATE INDEX budgets_of ON budgets (scope, subject, entry);

CREATE INDEX spend_open ON spend (status) WHERE status = 'reserved';

CREATE TABLE stored_values (
  commitment BYTEA NOT NULL PRIMARY KEY,
  address    BYTEA UNIQUE,
  salt       BYTEA,
  bytes      BYTEA
);

CREATE TABLE step_changes (
  seq        BIGINT NOT NULL,
  project    TEXT COLLATE "C" NOT NULL,
  step       TEXT COLLATE "C" NOT NULL,
  status     TEXT COLLATE "C" NOT NULL,
  runs       BIGINT NOT NULL,
  summary    BYTEA,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (seq, step)
);

CREATE INDEX step_changes_of ON step_changes (project, seq);
