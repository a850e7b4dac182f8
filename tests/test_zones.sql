-- SPDX-License-Identifier: Apache-2.0

-- Slots that hold more than their point may serve.
-- name: test_zones_overfull
SELECT count(*) FROM (SELECT s.point, s.day, s.slot FROM pickup_slot s JOIN pickup_point p ON p.county = s.county AND p.key = s.point
	WHERE s.county = $1 AND s.counts = 1 GROUP BY s.point, s.day, s.slot, p.capacity HAVING count(*) > p.capacity) over
-- Households whose slot does not count and that nobody is told of, or the other way round.
-- name: test_zones_unplaced
SELECT count(*) FROM pickup_slot s LEFT JOIN duty d ON d.county = s.county AND d.kind = 'zones.assign_slot' AND d.subject = s.household AND d.part = s.day
	AND d.state = 1
WHERE s.county = $1 AND ((s.counts = 0 AND d.kind IS NULL) OR (s.counts = 1 AND d.kind IS NOT NULL))
-- Sealed exits without their keeper, or blocked ways, that need not go at once.
-- name: test_zones_unguarded
SELECT count(*) FROM zone_barrier b LEFT JOIN duty d ON d.county = b.county AND d.kind = 'zones.remove_barrier' AND d.subject = b.barrier AND d.state = 1
WHERE b.county = $1 AND b.removed_at = 0 AND ((b.sealed = 1 AND b.present <> 1) OR b.fire = 0) AND (d.due_at IS NULL OR d.due_at > $2)
-- Sealed exits that were set without their keeper.
-- name: test_zones_sealed
SELECT count(*) FROM zone_barrier_event WHERE county = $1 AND what = 1 AND sealed = 1 AND (present <> 1 OR fire <> 1)

-- A county for bench_zones.c: $2 persons, three to a household, areas of $3 persons each. Keys: persons from 1000, households from 1000000.
-- name: bench_zones_entities
-- only: sqlite
WITH RECURSIVE n (i) AS (SELECT CAST(0 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
INSERT INTO entity (county, key, kind, id) SELECT $1, 1000 + i, 'person', CAST(substr('PPPP' || (100000000000 + i), 1, 16) AS BLOB) FROM n
-- only: pg
WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
INSERT INTO entity (county, key, kind, id) SELECT $1, 1000 + i, 'person', convert_to(substr('PPPP' || (100000000000 + i), 1, 16), 'UTF8') FROM n
-- name: bench_zones_homes
WITH RECURSIVE n (i) AS (SELECT CAST(0 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
INSERT INTO household (county, key, area, building, unit, at, fact)
SELECT $1, 1000000 + i, 140826100001 + i * 3 / $3, 'B' || (i % 200), '' || (i % 4), 1, CAST('f' AS BLOB) FROM n
-- name: bench_zones_persons
WITH RECURSIVE n (i) AS (SELECT CAST(0 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
INSERT INTO person (county, key, household, area, from_at, until_at, birth_year, sex, resident, registered_at, canon, aliases_n, stay_from)
SELECT $1, 1000 + i, 1000000 + i / 3, 140826100001 + i / 3 * 3 / $3, 1, 0, 1950 + i % 70, 0, 1, 1, 1000 + i, 0, 1 FROM n
-- One round: everybody but every $7th sampled from instant $5 on, ten to a tube, all negative. $3 campaign, $4 round, $6 first tube key.
-- name: bench_zones_swabs
WITH RECURSIVE n (i) AS (SELECT CAST(0 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
INSERT INTO swab (county, campaign, round, person, tube, at) SELECT $1, $3, $4, 1000 + i, $6 + i / 10, $5 + i FROM n WHERE i % $7 <> 3
-- name: bench_zones_tubes
WITH RECURSIVE n (i) AS (SELECT CAST(0 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
INSERT INTO tube (county, key, code, campaign, round, site, area, pool_size, population, swabs_n, first_swab_at, last_swab_at, opened_at,
	closed_at, counted_n, box, sent_at, received_at, laboratory, plate, plated_at, result, tested_at, reported_at, lost_at, lost_reason, conflict, outbreak)
SELECT $1, $6 + i, 'T', $3, $4, 0, 140826100001, 10, 0, 10, $5, $5, $5, $5, 10, 0, 0, 0, 0, 0, 0, 0, $5, $5, 0, -1, 0, 1 FROM n
-- name: bench_zones_round
INSERT INTO campaign_round (county, campaign, round, opens_at, due_at, at, fact) VALUES ($1, $2, $3, $4, $4, $4, NULL)
-- The plain definition of the condition: of everyone in the area, whoever has no negative sample since then.
-- name: bench_zones_plain
SELECT count(*) FROM person p WHERE p.county = $1 AND p.area BETWEEN $2 AND $3 AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	AND NOT EXISTS (SELECT 1 FROM campaign_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
		WHERE r.county = $1 AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round AND s.person = p.key AND t.result = 0
		AND s.at >= $5 AND s.at <= $4)
