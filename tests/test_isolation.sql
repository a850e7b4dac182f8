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
