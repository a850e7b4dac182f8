-- SPDX-License-Identifier: Apache-2.0
-- What test_isolation reads.

-- name: test_isolation_stays
SELECT pe.id, re.id, s.from_at, s.until_at, s.class, s.verdict, s.claim, s.fact FROM isolation_stay s
JOIN entity pe ON pe.county = s.county AND pe.key = s.person JOIN entity re ON re.county = s.county AND re.key = s.room
WHERE s.county = $1 ORDER BY s.from_at, s.fact
-- name: test_isolation_rooms
SELECT re.id, n.in_n, n.dirty_at, n.rest_until, n.closed_at, n.disputed_n FROM isolation_room_now n
JOIN entity re ON re.county = n.county AND re.key = n.room WHERE n.county = $1 ORDER BY re.id
-- name: test_isolation_conflicts
SELECT count(*) FROM duty WHERE county = $1 AND kind = 'isolation.conflict' AND state = 1
-- A planted defect: whoever is in a room that counts is moved to room $2 behind the ledger's back.
-- name: test_isolation_plant
UPDATE isolation_stay SET room = $2 WHERE county = $1 AND verdict = 0 AND until_at = 0
-- For bench_isolation: every room with its state.
-- name: bench_isolation_all
SELECT CAST(sum(1 + CASE WHEN n.room > 0 THEN 1 ELSE 0 END) AS INTEGER) FROM isolation_room r
JOIN isolation_room_now n ON n.county = r.county AND n.room = r.key WHERE r.county = $1
