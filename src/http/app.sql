-- SPDX-License-Identifier: Apache-2.0
-- What the server reads for itself, and the file that keeps sessions over a restart (a SQLite database of its own).

-- script: app_session_schema
CREATE TABLE IF NOT EXISTS session (
	hash BLOB PRIMARY KEY,       -- keyed hash of the token; the token itself is nowhere
	user_id BLOB NOT NULL,
	county INTEGER NOT NULL,     -- where the user is registered
	created_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL     -- last sign of life, to the minute
) WITHOUT ROWID;

-- name: app_session_all
SELECT hash, user_id, county, created_at, seen_at FROM session ORDER BY created_at
-- name: app_session_put
INSERT INTO session (hash, user_id, county, created_at, seen_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (hash) DO UPDATE SET seen_at = excluded.seen_at
-- name: app_session_drop
DELETE FROM session WHERE hash = $1
-- name: app_session_drop_user
DELETE FROM session WHERE user_id = $1

-- The head of each county's chain: hops from county to county instead of reading every fact.
-- name: app_heads
WITH RECURSIVE c(county) AS (
	SELECT min(county) FROM fact
	UNION ALL SELECT (SELECT min(f.county) FROM fact f WHERE f.county > c.county) FROM c WHERE c.county IS NOT NULL)
SELECT county, (SELECT max(f.seq) FROM fact f WHERE f.county = c.county) FROM c WHERE county IS NOT NULL ORDER BY county
-- name: app_duties
SELECT kind, count(*), sum(CASE WHEN due_at < $1 THEN 1 ELSE 0 END) FROM duty WHERE state = 1 AND waived_at = 0 GROUP BY kind ORDER BY kind
-- name: app_person_area
SELECT p.area FROM entity e JOIN person p ON p.county = e.county AND p.key = e.key
WHERE e.county = $1 AND e.id = $2 AND e.kind = 'person' AND p.registered_at > 0
-- name: app_reads_since
SELECT count(*) FROM personal_read WHERE county = $1 AND by_user = $2 AND at >= $3
