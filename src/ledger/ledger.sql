-- SPDX-License-Identifier: Apache-2.0
-- The tables of the ledger itself. `fact` is the truth; all others can be dropped and rebuilt from it.
-- The county stands first in every key (see docs/architecture.md, Scale).

-- script: ledger_schema
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fact (
	county INTEGER NOT NULL,
	seq INTEGER NOT NULL,       -- place in the county's chain, from 1
	id BLOB NOT NULL,           -- UUIDv7 made by the client
	kind TEXT NOT NULL,
	outbreak BLOB,
	area INTEGER NOT NULL,
	at INTEGER NOT NULL,        -- when it happened, UTC ms
	recorded INTEGER NOT NULL,  -- clock of the device
	received INTEGER NOT NULL,  -- clock of the server
	by_user BLOB NOT NULL,
	device TEXT NOT NULL,
	edition TEXT NOT NULL,      -- protocol edition it was judged by
	body TEXT NOT NULL,         -- open part, canonical JSON
	sealed BLOB,                -- personal part, ciphertext
	hash BLOB NOT NULL,         -- over all of the above and the hash before
	PRIMARY KEY (county, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS fact_id ON fact (county, id);

-- script: ledger_guard
-- only: sqlite
CREATE TRIGGER IF NOT EXISTS fact_no_update BEFORE UPDATE ON fact BEGIN SELECT RAISE(ABORT, 'facts are never changed'); END;
CREATE TRIGGER IF NOT EXISTS fact_no_delete BEFORE DELETE ON fact BEGIN SELECT RAISE(ABORT, 'facts are never removed'); END;
CREATE TRIGGER IF NOT EXISTS fact_no_replace BEFORE INSERT ON fact
WHEN EXISTS (SELECT 1 FROM fact WHERE county = NEW.county AND seq = NEW.seq)
	OR EXISTS (SELECT 1 FROM fact WHERE county = NEW.county AND id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'facts are never replaced'); END;
-- only: pg
CREATE OR REPLACE FUNCTION fact_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION 'facts are never changed'; END $body$;
-- Not dropped and made anew: that would lock out the connection from which a rebuild reads the facts.
CREATE OR REPLACE TRIGGER fact_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON fact FOR EACH STATEMENT EXECUTE FUNCTION fact_guard();

-- script: ledger_projections
CREATE TABLE IF NOT EXISTS entity (
	county INTEGER NOT NULL,
	key INTEGER NOT NULL,       -- given in ledger order, from 1
	kind TEXT NOT NULL,
	id BLOB NOT NULL,
	PRIMARY KEY (county, key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS entity_id ON entity (county, id);
CREATE TABLE IF NOT EXISTS duty (
	county INTEGER NOT NULL,
	kind TEXT NOT NULL,
	subject INTEGER NOT NULL,   -- entity it is about
	part INTEGER NOT NULL,
	state INTEGER NOT NULL,     -- 0 only waived so far, 1 open, 2 done, 3 void
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	from_at INTEGER NOT NULL,
	due_at INTEGER NOT NULL,
	done_at INTEGER NOT NULL,
	clause TEXT NOT NULL,
	waived_at INTEGER NOT NULL, -- 0 when not waived
	waived_fact BLOB,
	waived_reason TEXT NOT NULL,
	PRIMARY KEY (county, kind, subject, part)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS duty_open ON duty (county, due_at) WHERE state = 1 AND waived_at = 0;
CREATE INDEX IF NOT EXISTS duty_state ON duty (county, kind, area, state, waived_at, due_at);
CREATE TABLE IF NOT EXISTS clock_span (
	county INTEGER NOT NULL,
	clock TEXT NOT NULL,
	subject INTEGER NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	start_at INTEGER NOT NULL,
	stop_at INTEGER NOT NULL,   -- 0 while it runs
	limit_ms INTEGER NOT NULL,
	PRIMARY KEY (county, clock, subject)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS clock_start ON clock_span (county, start_at, area, clock, stop_at, limit_ms);

-- only: sqlite
-- What a county holds, told beforehand. Without figures SQLite takes ten rows to have the same county and reads the
-- whole county by the primary key where an index would give three rows.
ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl IN ('fact', 'entity', 'duty', 'clock_span');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('fact', 'fact', '1000000 1000000 1'),
	('fact', 'fact_id', '1000000 1000000 1'),
	('entity', 'entity', '400000 400000 1'),
	('entity', 'entity_id', '400000 400000 1'),
	('duty', 'duty', '100000 100000 10000 2 1'),
	('duty', 'duty_open', '2000 2000 2 1 1 1'),
	('duty', 'duty_state', '100000 100000 10000 50 20 20 1'),
	('clock_span', 'clock_span', '100000 100000 15000 1'),
	('clock_span', 'clock_start', '100000 100000 2 1 1 1 1');
ANALYZE sqlite_master;

-- name: ledger_meta_get
SELECT value FROM meta WHERE name = $1
-- name: ledger_meta_put
INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
-- name: ledger_fact_get
SELECT seq, kind, outbreak, area, at, body, sealed FROM fact WHERE county = $1 AND id = $2
-- name: ledger_fact_put
INSERT INTO fact (county, seq, id, kind, outbreak, area, at, recorded, received, by_user, device, edition, body, sealed, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
-- name: ledger_head
SELECT seq, hash FROM fact WHERE county = $1 ORDER BY seq DESC LIMIT 1
-- name: ledger_heads
SELECT county, max(seq) FROM fact GROUP BY county ORDER BY county
-- name: ledger_facts
SELECT county, seq, id, kind, outbreak, area, at, recorded, received, by_user, device, edition, body, sealed, hash
FROM fact WHERE (county = $1 OR $1 = 0) AND seq > $2 ORDER BY county, seq
-- name: ledger_fact_at
SELECT county, seq, id, kind, outbreak, area, at, recorded, received, by_user, device, edition, body, sealed, hash
FROM fact WHERE county = $1 AND seq = $2
-- name: ledger_fact_count
SELECT count(*) FROM fact
-- name: ledger_entity_get
SELECT key, kind FROM entity WHERE county = $1 AND id = $2
-- name: ledger_entity_id
SELECT id FROM entity WHERE county = $1 AND key = $2
-- name: ledger_entity_put
INSERT INTO entity (county, key, kind, id) VALUES ($1, $2, $3, $4)
-- name: ledger_entity_kind
UPDATE entity SET kind = $3 WHERE county = $1 AND key = $2
-- name: ledger_entity_last
SELECT max(key) FROM entity WHERE county = $1
-- name: ledger_entities
SELECT county, key, id FROM entity
