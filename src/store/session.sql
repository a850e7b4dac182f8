-- SPDX-License-Identifier: Apache-2.0
-- What a connection says for itself: settings after opening, and the edges of transactions.

-- script: store_session_writer
-- only: sqlite
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA foreign_keys = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -16384;
PRAGMA mmap_size = 0;
PRAGMA wal_autocheckpoint = 0;
-- only: pg
SET client_min_messages = 'error';
SET synchronous_commit = 'on';
SET default_transaction_read_only = 'off';

-- script: store_session_reader
-- only: sqlite
PRAGMA foreign_keys = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -2048;
PRAGMA mmap_size = 8388608;
PRAGMA wal_autocheckpoint = 0;
PRAGMA query_only = ON;
-- only: pg
SET client_min_messages = 'error';
SET default_transaction_read_only = 'on';

-- name: store_journal_mode
-- only: sqlite
PRAGMA journal_mode;

-- name: store_begin_writer
-- only: sqlite
BEGIN IMMEDIATE;
-- only: pg
BEGIN;

-- name: store_begin_reader
-- only: sqlite
BEGIN;
-- only: pg
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: store_commit
COMMIT;

-- name: store_rollback
ROLLBACK;

-- name: store_forget_statements
-- only: pg
DEALLOCATE ALL;
