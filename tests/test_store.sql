-- SPDX-License-Identifier: Apache-2.0
-- Tables and statements of test_store.c and test_powercut.c.

-- script: test_store_schema
CREATE TABLE test_thing (
	k INTEGER PRIMARY KEY,
	id BLOB NOT NULL,
	i INTEGER,
	r REAL,
	t TEXT,
	b BLOB
);
CREATE UNIQUE INDEX test_thing_id ON test_thing (id);

-- script: test_store_bad_script
CREATE TABLE test_half (k INTEGER PRIMARY KEY);
CREATE TABLE test_thing (k INTEGER PRIMARY KEY);

-- script: test_store_column
ALTER TABLE test_thing ADD COLUMN more INTEGER;

-- name: test_store_all_columns
SELECT * FROM test_thing WHERE k = $1;

-- name: test_broken_half
SELECT count(*) FROM test_half;

-- name: test_store_insert
INSERT INTO test_thing (k, id, i, r, t, b) VALUES ($1, $2, $3, $4, $5, $6);

-- name: test_store_insert_back
INSERT INTO test_thing (k, id, i) VALUES ($1, $2, $3) RETURNING k, i;

-- name: test_store_update
UPDATE test_thing SET i = $2 WHERE k = $1;

-- name: test_store_delete
DELETE FROM test_thing WHERE k = $1;

-- name: test_store_get
SELECT id, i, r, t, b, k FROM test_thing WHERE k = $1;

-- name: test_store_count
SELECT count(*) FROM test_thing;

-- name: test_store_sum
SELECT CAST(sum(i) AS INTEGER) FROM test_thing WHERE k > $1;

-- name: test_broken_uncast
SELECT sum(i) + 0.5 AS half FROM test_thing;

-- name: test_store_list
SELECT k, t FROM test_thing ORDER BY k LIMIT $1;

-- name: test_store_abs
SELECT k, abs(i) AS a FROM (SELECT k, i FROM test_thing ORDER BY k LIMIT 100) AS first_ones;

-- name: test_store_plus
SELECT CAST($1 AS INTEGER) + 1 AS next_one;

-- name: test_store_is
SELECT count(*) FROM test_thing WHERE i = $1 OR ($1 IS NULL AND i IS NULL);

-- name: test_store_real_of
SELECT r FROM test_thing WHERE r > $1;

-- name: test_broken_missing_table
SELECT k FROM test_nowhere;

-- name: test_store_backend
-- only: pg
SELECT pg_backend_pid() AS pid;

-- name: test_store_kill
-- only: pg
SELECT count(*) FROM (SELECT pid FROM pg_stat_activity WHERE pid = $1 OFFSET 0) AS it WHERE pg_terminate_backend(pid);

-- name: test_store_synchronous
-- only: sqlite
PRAGMA synchronous;
-- only: pg
SELECT current_setting('synchronous_commit') AS s;

-- name: test_store_integrity
-- only: sqlite
SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok';

-- name: test_store_max
SELECT max(k) FROM test_thing;

-- name: test_store_wrong
SELECT count(*) FROM test_thing WHERE t IS NULL OR i IS NULL OR i <> k * 7;

-- script: test_store_old_schema
DROP TABLE zone_cover;
DROP TABLE person;
UPDATE meta SET value = '1' WHERE name = 'schema';

-- script: test_store_new_schema
UPDATE meta SET value = '9999' WHERE name = 'schema';
