-- SPDX-License-Identifier: Apache-2.0
-- name: test_world_duty
SELECT state, area, from_at, due_at, done_at, waived_at FROM duty WHERE county = $1 AND kind = $2 AND subject = $3 AND part = $4
-- name: test_world_keys
SELECT count(*) FROM subject_key
