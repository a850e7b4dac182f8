-- SPDX-License-Identifier: Apache-2.0
-- The keyring is a database of its own, apart from the facts; secure_delete is on.

-- script: keyring_schema
CREATE TABLE IF NOT EXISTS subject_key (subject BLOB PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blind (class TEXT NOT NULL, value BLOB NOT NULL, n INTEGER NOT NULL, subject BLOB NOT NULL,
	PRIMARY KEY (class, value, n)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS blind_subject ON blind (subject);
CREATE TABLE IF NOT EXISTS destroyed (subject BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS password (user_id BLOB PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secret (purpose TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;

-- name: keyring_key_get
SELECT wrapped, (SELECT count(*) FROM destroyed d WHERE d.subject = $1) FROM subject_key WHERE subject = $1
UNION ALL SELECT NULL, 1 FROM destroyed WHERE subject = $1 LIMIT 1
-- name: keyring_alive
SELECT (SELECT count(*) FROM subject_key WHERE subject = $1) + (SELECT count(*) FROM blind WHERE subject = $1)
-- name: keyring_key_put
INSERT INTO subject_key (subject, wrapped) VALUES ($1, $2)
-- name: keyring_key_drop
DELETE FROM subject_key WHERE subject = $1
-- name: keyring_blind_drop
DELETE FROM blind WHERE subject = $1
-- name: keyring_destroyed_put
INSERT INTO destroyed (subject) VALUES ($1) ON CONFLICT DO NOTHING
-- name: keyring_destroyed_alive
SELECT d.subject FROM destroyed d WHERE EXISTS (SELECT 1 FROM subject_key k WHERE k.subject = d.subject)
	OR EXISTS (SELECT 1 FROM blind b WHERE b.subject = d.subject)
-- name: keyring_blind_find
SELECT subject FROM blind WHERE class = $1 AND value = $2 ORDER BY n LIMIT $3
-- name: keyring_blind_put
INSERT INTO blind (class, value, n, subject)
SELECT $1, $2, COALESCE((SELECT max(n) FROM blind WHERE class = $1 AND value = $2), 0) + 1, $3
WHERE NOT EXISTS (SELECT 1 FROM blind WHERE class = $1 AND value = $2 AND subject = $3)
-- name: keyring_password_put
INSERT INTO password (user_id, hash) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash
-- name: keyring_password_get
SELECT hash FROM password WHERE user_id = $1
-- name: keyring_secret_get
SELECT wrapped FROM secret WHERE purpose = $1
-- name: keyring_secret_put
INSERT INTO secret (purpose, wrapped) VALUES ($1, $2)
