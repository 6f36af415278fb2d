-- Every status that a step has had, so that a project can be seen as it was.
CREATE TABLE step_changes (
  seq        INTEGER NOT NULL,
  project    TEXT NOT NULL,
  step       TEXT NOT NULL,
  status     TEXT NOT NULL,
  runs       INTEGER NOT NULL,
  summary    BLOB,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (seq, step)
) STRICT, WITHOUT ROWID;
INSERT INTO step_changes (seq, project, step, status, runs, summary, changed_at)
SELECT seq, json_extract(body, '$.data.project'), json_extract(body, '$.data.step'),
       json_extract(body, '$.data.status'), json_extract(body, '$.data.runs'),
       unhex(json_extract(body, '$.data.summary."$value"')), CAST(json_extract(body, '$.at') AS INTEGER)
FROM (SELECT seq, CAST(body AS TEXT) AS body FROM ledger)
WHERE json_extract(body, '$.kind') = 'step.changed';
CREATE INDEX step_changes_of ON step_changes (project, seq);
