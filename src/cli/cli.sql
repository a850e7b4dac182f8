-- SPDX-License-Identifier: Apache-2.0
-- The copy of a backup is written through the connection that reads, which query_only would forbid.
-- script: cli_backup_allow
-- only: sqlite
PRAGMA query_only = OFF;
-- name: cli_backup
-- only: sqlite
VACUUM INTO $1
-- The writer's connection of an import holds the indexes that random ids touch.
-- script: cli_import_cache
-- only: sqlite
PRAGMA cache_size = -131072;
