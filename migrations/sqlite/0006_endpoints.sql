-- Services that answer with models, under terms that a person agreed to; and the names of the keys in the vault.
CREATE TABLE endpoints (
  id          TEXT PRIMARY KEY,
  entry       INTEGER NOT NULL,
  key         TEXT,
  decision    TEXT NOT NULL,
  enabled_at  INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE vault_keys (
  name       TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  address    TEXT NOT NULL,
  vault      TEXT NOT NULL,
  state      TEXT NOT NULL,
  by         TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
