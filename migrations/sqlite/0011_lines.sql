-- Where a person went back: the thread that a project goes on with, and the one that it left.
CREATE TABLE lines (
  thread     TEXT PRIMARY KEY,
  project    TEXT NOT NULL,
  leaves     TEXT NOT NULL,
  checkpoint TEXT NOT NULL,
  decision   TEXT NOT NULL,
  began_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX lines_of_project ON lines (project, began_at);
CREATE INDEX lines_left ON lines (leaves);
