-- Values lie in rows of the order in which they came, found by indexes. Before, they lay in the index of their commitment,
-- where a value of more than a quarter of a page takes pages of its own, and each new one another place.
CREATE TABLE values_by_row (
  commitment BLOB NOT NULL PRIMARY KEY,
  address    BLOB UNIQUE,
  salt       BLOB,
  bytes      BLOB
) STRICT;
INSERT INTO values_by_row (commitment, address, salt, bytes)
  SELECT commitment, address, salt, bytes FROM stored_values;
DROP TABLE stored_values;
ALTER TABLE values_by_row RENAME TO stored_values;
