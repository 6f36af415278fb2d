-- Of a forked thread: which threads its past lies in and up to which step, nearest first. What lies before `kept_from`
-- was pruned from the thread's history.
ALTER TABLE threads ADD COLUMN lineage TEXT;
ALTER TABLE threads ADD COLUMN kept_from INTEGER;
