-- Where a person went back: the thread that a project goes on with, and the one that it left.
CREATE TABLE lines (
  thread     TEXT COLLATE "C" PRIMARY KEY,
  project    TEXT COLLATE "C" NOT NULL,
  leaves     TEXT COLLATE "C" NOT NULL,
  checkpoint TEXT COLLATE "C" NOT NULL,
  decision   TEXT COLLATE "C" NOT NULL,
  began_at   BIGINT NOT NULL
);
CREATE INDEX lines_of_project ON lines (project, began_at);
CREATE INDEX lines_left ON lines (leaves);
