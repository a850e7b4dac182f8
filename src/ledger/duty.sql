-- SPDX-License-Identifier: Apache-2.0

-- name: duty_put
INSERT INTO duty (county, kind, subject, part, state, outbreak, area, from_at, due_at, done_at, clause, waived_at, waived_fact, waived_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, NULL, '')
ON CONFLICT (county, kind, subject, part) DO UPDATE SET state = excluded.state, outbreak = excluded.outbreak, area = excluded.area,
	from_at = excluded.from_at, due_at = excluded.due_at, done_at = excluded.done_at, clause = excluded.clause
-- name: duty_drop
DELETE FROM duty WHERE county = $1 AND kind = $2 AND subject = $3 AND part = $4 AND waived_at = 0
-- name: duty_blank
UPDATE duty SET state = 0, outbreak = 0, area = 0, from_at = 0, due_at = 0, done_at = 0, clause = ''
WHERE county = $1 AND kind = $2 AND subject = $3 AND part = $4 AND waived_at > 0 AND state > 0
-- name: duty_waive
INSERT INTO duty (county, kind, subject, part, state, outbreak, area, from_at, due_at, done_at, clause, waived_at, waived_fact, waived_reason)
VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0, '', $5, $6, $7)
ON CONFLICT (county, kind, subject, part) DO UPDATE
SET waived_at = excluded.waived_at, waived_fact = excluded.waived_fact, waived_reason = excluded.waived_reason
WHERE duty.waived_at < excluded.waived_at OR (duty.waived_at = excluded.waived_at AND duty.waived_fact < excluded.waived_fact)
-- name: clock_put
INSERT INTO clock_span (county, clock, subject, outbreak, area, start_at, stop_at, limit_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (county, clock, subject) DO UPDATE SET outbreak = excluded.outbreak, area = excluded.area,
	start_at = excluded.start_at, stop_at = excluded.stop_at, limit_ms = excluded.limit_ms
-- name: clock_drop
DELETE FROM clock_span WHERE county = $1 AND clock = $2 AND subject = $3
