-- Limits on money that hold for one day only; and the entry that set each, for clocks can be set back and the ledger
-- cannot.
CREATE TABLE budgets_by_entry (
  id       TEXT PRIMARY KEY,
  scope    TEXT NOT NULL,
  subject  TEXT NOT NULL,
  day      INTEGER,
  most     INTEGER NOT NULL,
  decision TEXT NOT NULL,
  entry    INTEGER NOT NULL,
  made_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO budgets_by_entry (id, scope, subject, day, most, decision, entry, made_at)
SELECT b.id, b.scope, b.subject, NULL, b.most, b.decision, l.seq, b.made_at
FROM ledger l CROSS JOIN budgets b ON b.id = json_extract(CAST(l.body AS TEXT), '$.data.budget')
WHERE json_extract(CAST(l.body AS TEXT), '$.kind') = 'budget.set';
DROP TABLE budgets;
ALTER TABLE budgets_by_entry RENAME TO budgets;
CREATE INDEX budgets_of ON budgets (scope, subject, entry);
-- Calls that were under way when the host ended: looked up at each start.
CREATE INDEX spend_open ON spend (status) WHERE status = 'reserved';
