-- SPDX-License-Identifier: Apache-2.0

-- name: test_tracing_key
SELECT key FROM entity WHERE county = $1 AND id = $2
-- name: test_tracing_duty
SELECT state, from_at, due_at, done_at FROM duty WHERE county = $1 AND kind = $2 AND subject = $3 AND part = $4
-- name: test_tracing_count
SELECT count(*) FROM duty WHERE county = $1 AND kind = $2 AND subject = $3 AND state = $4
-- name: test_tracing_contact
SELECT state, tier, edition, starts_at, ends_at, secured_at, ended_at, proposed_tier FROM contact WHERE county = $1 AND person = $2
-- name: test_tracing_clock
SELECT start_at, stop_at, limit_ms FROM clock_span WHERE county = $1 AND clock = $2 AND subject = $3
-- name: test_tracing_unmet
SELECT condition, earliest_at FROM contact_unmet WHERE county = $1 AND person = $2 ORDER BY condition
-- name: test_tracing_spoil_case
UPDATE case_file SET told_isolated_at = told_isolated_at + 1 WHERE county = $1
-- name: test_tracing_spoil_contact
DELETE FROM contact_event WHERE county = $1 AND what = 2
