-- Undos that were begun and not ended: looked up at each start.
CREATE INDEX effects_undoing ON effects (status) WHERE status = 'undoing';
