-- SPDX-License-Identifier: Apache-2.0
-- Tables of the zones domain. Instants are UTC ms, 0 = has not happened or is not known. *_event tables and their lists only grow; all
-- other rows are computed from them, from the register and from the cases.

-- script: zones_schema
CREATE TABLE IF NOT EXISTS zone_event (
	county INTEGER NOT NULL, zone INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- enum zone_what
	class TEXT NOT NULL, name TEXT NOT NULL,
	level INTEGER NOT NULL,     -- enum protocol_level, -1 = not said
	start_at INTEGER NOT NULL,  -- effective; reset: the instant from which it counts
	until_at INTEGER NOT NULL,  -- fixed end; prolonged until
	flag INTEGER NOT NULL,      -- early; scope of a judgement; roll that was closed
	case_key INTEGER NOT NULL, day INTEGER NOT NULL,
	basis TEXT NOT NULL, notice TEXT NOT NULL, shape TEXT NOT NULL,
	outbreak INTEGER NOT NULL, area INTEGER NOT NULL, edition TEXT NOT NULL,
	PRIMARY KEY (county, zone, at, fact, what)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zone_event_unit (
	county INTEGER NOT NULL, zone INTEGER NOT NULL, fact BLOB NOT NULL, sign INTEGER NOT NULL,
	kind INTEGER NOT NULL,      -- 1 area (lo, hi), 2 household, 3 place (unit_key)
	lo INTEGER NOT NULL, hi INTEGER NOT NULL, unit_key INTEGER NOT NULL,
	PRIMARY KEY (county, zone, fact, sign, kind, lo, unit_key)) WITHOUT ROWID;
-- Cases that an order or a proposal names as its ground.
CREATE TABLE IF NOT EXISTS zone_ground (
	county INTEGER NOT NULL, zone INTEGER NOT NULL, case_key INTEGER NOT NULL, PRIMARY KEY (county, zone, case_key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS zone_ground_case ON zone_ground (county, case_key);
CREATE TABLE IF NOT EXISTS zone (
	county INTEGER NOT NULL, key INTEGER NOT NULL, outbreak INTEGER NOT NULL, area INTEGER NOT NULL, name TEXT NOT NULL,
	class TEXT NOT NULL, to_class TEXT NOT NULL, rank INTEGER NOT NULL, -- 0 = the highest class of the edition
	edition TEXT NOT NULL, state INTEGER NOT NULL, programme INTEGER NOT NULL, supply INTEGER NOT NULL, level INTEGER NOT NULL,
	proposed_at INTEGER NOT NULL, declared_at INTEGER NOT NULL, start_at INTEGER NOT NULL, published_at INTEGER NOT NULL,
	stepped_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, early INTEGER NOT NULL, by_downgrade INTEGER NOT NULL,
	clock_at INTEGER NOT NULL,  -- quiet since
	days_at INTEGER NOT NULL,   -- the days are over then
	prolonged_at INTEGER NOT NULL,
	earliest_at INTEGER NOT NULL, -- may step down from then on, if nothing else is unmet; 0 = waiting alone does not do it
	coverage_at INTEGER NOT NULL, -- everyone negative by a sample taken since then
	within_ms INTEGER NOT NULL, final_ms INTEGER NOT NULL, -- everyone negative by a sample not older than that
	contact_days INTEGER NOT NULL, with_higher INTEGER NOT NULL, keep_n INTEGER NOT NULL, exits_free INTEGER NOT NULL,
	levels INTEGER NOT NULL,    -- bits of enum protocol_level that may decide; 0 = any
	conflict INTEGER NOT NULL, clause TEXT NOT NULL, notice TEXT NOT NULL,
	PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS zone_of_outbreak ON zone (county, outbreak, state);
CREATE TABLE IF NOT EXISTS zone_unit (
	county INTEGER NOT NULL, zone INTEGER NOT NULL, kind INTEGER NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL,
	unit_key INTEGER NOT NULL, since INTEGER NOT NULL, clock_at INTEGER NOT NULL, until_at INTEGER NOT NULL,
	PRIMARY KEY (county, zone, kind, lo, unit_key)) WITHOUT ROWID;
-- What the units of a zone cover: an area, a household, a place with the building by which households name it. unit_*: through which
-- unit (kind 4: inside the shape on the map). Of a zone that ended the last extent.
CREATE TABLE IF NOT EXISTS zone_cover (
	county INTEGER NOT NULL, zone INTEGER NOT NULL, unit_kind INTEGER NOT NULL, unit_lo INTEGER NOT NULL, unit_key INTEGER NOT NULL,
	kind INTEGER NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL, household INTEGER NOT NULL, place INTEGER NOT NULL,
	building TEXT NOT NULL, unit TEXT NOT NULL,
	nested INTEGER NOT NULL,    -- 1: an area within another area of the zone
	PRIMARY KEY (county, zone, unit_kind, unit_lo, unit_key, kind, lo, household, place, building, unit)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS zone_cover_area ON zone_cover (county, kind, lo);
CREATE INDEX IF NOT EXISTS zone_cover_household ON zone_cover (county, household) WHERE kind = 2;
-- New infections that count for the clock of a zone.
CREATE TABLE IF NOT EXISTS zone_hit (
	county INTEGER NOT NULL, zone INTEGER NOT NULL, case_key INTEGER NOT NULL, at INTEGER NOT NULL, home INTEGER NOT NULL,
	scope INTEGER NOT NULL,     -- enum zones_scope
	judged INTEGER NOT NULL, unit_kind INTEGER NOT NULL, unit_lo INTEGER NOT NULL, unit_key INTEGER NOT NULL,
	PRIMARY KEY (county, zone, case_key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS zone_hit_case ON zone_hit (county, case_key);
CREATE TABLE IF NOT EXISTS zone_text (
	county INTEGER NOT NULL, zone INTEGER NOT NULL, part INTEGER NOT NULL, en TEXT NOT NULL, zh TEXT NOT NULL,
	PRIMARY KEY (county, zone, part)) WITHOUT ROWID;
-- Where a case lived when it was found (home 1) and where it was while infectious (home 0).
CREATE TABLE IF NOT EXISTS zone_trace (
	county INTEGER NOT NULL, case_key INTEGER NOT NULL, home INTEGER NOT NULL, household INTEGER NOT NULL, place INTEGER NOT NULL,
	from_at INTEGER NOT NULL, until_at INTEGER NOT NULL, area INTEGER NOT NULL, building TEXT NOT NULL, unit TEXT NOT NULL,
	PRIMARY KEY (county, case_key, home, household, place, from_at, area)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS zone_trace_household ON zone_trace (county, household) WHERE home = 1;
CREATE INDEX IF NOT EXISTS zone_trace_place ON zone_trace (county, place) WHERE home = 0;
CREATE TABLE IF NOT EXISTS zone_none_needed (
	county INTEGER NOT NULL, case_key INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, PRIMARY KEY (county, case_key)) WITHOUT ROWID;
-- Until when a round was sampled (the end of the local day of its last swab): tells which rounds can hold a sample taken since some instant.
CREATE TABLE IF NOT EXISTS zone_round (
	county INTEGER NOT NULL, campaign INTEGER NOT NULL, round INTEGER NOT NULL, until_at INTEGER NOT NULL,
	PRIMARY KEY (county, campaign, round)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zone_service (
	county INTEGER NOT NULL, zone INTEGER NOT NULL, day INTEGER NOT NULL, household INTEGER NOT NULL, at INTEGER NOT NULL,
	fact BLOB NOT NULL, kinds TEXT NOT NULL, PRIMARY KEY (county, zone, day, household)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zone_exit_event (
	county INTEGER NOT NULL, exit_key INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- 1 granted, 2 returned
	person INTEGER NOT NULL, zone INTEGER NOT NULL, reason INTEGER NOT NULL, until_at INTEGER NOT NULL, destination TEXT NOT NULL,
	vehicle TEXT NOT NULL, outbreak INTEGER NOT NULL, area INTEGER NOT NULL, PRIMARY KEY (county, exit_key, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zone_exit (
	county INTEGER NOT NULL, exit_key INTEGER NOT NULL, person INTEGER NOT NULL, zone INTEGER NOT NULL, reason INTEGER NOT NULL,
	granted_at INTEGER NOT NULL, until_at INTEGER NOT NULL, returned_at INTEGER NOT NULL, destination TEXT NOT NULL, vehicle TEXT NOT NULL,
	area INTEGER NOT NULL, PRIMARY KEY (county, exit_key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS zone_exit_person ON zone_exit (county, person);
CREATE TABLE IF NOT EXISTS zone_moved_out (
	county INTEGER NOT NULL, household INTEGER NOT NULL, zone INTEGER NOT NULL, -- 0: moved back
	at INTEGER NOT NULL, fact BLOB NOT NULL, PRIMARY KEY (county, household)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zone_stayed (
	county INTEGER NOT NULL, household INTEGER NOT NULL, fact BLOB NOT NULL, person INTEGER NOT NULL,
	PRIMARY KEY (county, household, fact, person)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zone_post_event (
	county INTEGER NOT NULL, post INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- 1 set, 2 manned, 3 left, 4 given up
	zone INTEGER NOT NULL, name TEXT NOT NULL, until_at INTEGER NOT NULL, lon REAL, lat REAL, outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL, PRIMARY KEY (county, post, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zone_post (
	county INTEGER NOT NULL, post INTEGER NOT NULL, zone INTEGER NOT NULL, name TEXT NOT NULL, area INTEGER NOT NULL,
	set_at INTEGER NOT NULL, manned_at INTEGER NOT NULL, manned_until INTEGER NOT NULL, ended_at INTEGER NOT NULL, lon REAL, lat REAL,
	PRIMARY KEY (county, post)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS zone_post_zone ON zone_post (county, zone);
CREATE TABLE IF NOT EXISTS zone_barrier_event (
	county INTEGER NOT NULL, barrier INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- 1 set, 2 checked, 3 removed
	zone INTEGER NOT NULL, keeper INTEGER NOT NULL, kind INTEGER NOT NULL, place TEXT NOT NULL, sealed INTEGER NOT NULL,
	present INTEGER NOT NULL, fire INTEGER NOT NULL, expires_at INTEGER NOT NULL, outbreak INTEGER NOT NULL, area INTEGER NOT NULL,
	PRIMARY KEY (county, barrier, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS zone_barrier (
	county INTEGER NOT NULL, barrier INTEGER NOT NULL, zone INTEGER NOT NULL, keeper INTEGER NOT NULL, kind INTEGER NOT NULL,
	place TEXT NOT NULL, sealed INTEGER NOT NULL, present INTEGER NOT NULL, fire INTEGER NOT NULL, area INTEGER NOT NULL,
	set_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, checked_at INTEGER NOT NULL, removed_at INTEGER NOT NULL,
	must_go_at INTEGER NOT NULL, PRIMARY KEY (county, barrier)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS zone_barrier_zone ON zone_barrier (county, zone);
CREATE TABLE IF NOT EXISTS pickup_point (
	county INTEGER NOT NULL, key INTEGER NOT NULL, zone INTEGER NOT NULL, name TEXT NOT NULL, capacity INTEGER NOT NULL,
	slot_minutes INTEGER NOT NULL, from_minute INTEGER NOT NULL, slots_n INTEGER NOT NULL, area INTEGER NOT NULL, at INTEGER NOT NULL,
	fact BLOB NOT NULL, PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pickup_point_zone ON pickup_point (county, zone);
CREATE TABLE IF NOT EXISTS pickup_event (
	county INTEGER NOT NULL, household INTEGER NOT NULL, day INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	point INTEGER NOT NULL, slot INTEGER NOT NULL, outbreak INTEGER NOT NULL, area INTEGER NOT NULL,
	PRIMARY KEY (county, household, day, at, fact)) WITHOUT ROWID;
-- The newest assignment of a household for a day; counts 0: the slot was full already.
CREATE TABLE IF NOT EXISTS pickup_slot (
	county INTEGER NOT NULL, household INTEGER NOT NULL, day INTEGER NOT NULL, point INTEGER NOT NULL, slot INTEGER NOT NULL,
	at INTEGER NOT NULL, fact BLOB NOT NULL, counts INTEGER NOT NULL, outbreak INTEGER NOT NULL, area INTEGER NOT NULL,
	PRIMARY KEY (county, household, day)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS pickup_slot_point ON pickup_slot (county, point, day, slot);

-- only: sqlite
-- What a county holds (see ledger.sql).
ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl IN ('zone_event', 'zone_event_unit', 'zone_ground', 'zone', 'zone_unit', 'zone_cover', 'zone_hit', 'zone_text',
	'zone_trace', 'zone_none_needed', 'zone_round', 'zone_service', 'zone_exit_event', 'zone_exit', 'zone_moved_out', 'zone_stayed',
	'zone_post_event', 'zone_post', 'zone_barrier_event', 'zone_barrier', 'pickup_point', 'pickup_event', 'pickup_slot');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('zone_event', 'zone_event', '2000 2000 10 1 1 1'),
	('zone_event_unit', 'zone_event_unit', '2000 2000 10 3 2 1 1 1'),
	('zone_ground', 'zone_ground', '300 300 2 1'),
	('zone_ground', 'zone_ground_case', '300 300 1 1'),
	('zone', 'zone', '100 100 1'),
	('zone', 'zone_of_outbreak', '100 100 100 50 1'),
	('zone_unit', 'zone_unit', '300 300 3 2 1 1'),
	('zone_cover', 'zone_cover', '500 500 5 3 2 2 2 1 1 1 1 1'),
	('zone_cover', 'zone_cover_area', '500 500 200 2'),
	('zone_cover', 'zone_cover_household', '200 200 1'),
	('zone_hit', 'zone_hit', '300 300 3 1'),
	('zone_hit', 'zone_hit_case', '300 300 1'),
	('zone_text', 'zone_text', '1000 1000 10 1'),
	('zone_trace', 'zone_trace', '2000 2000 5 3 2 1 1 1'),
	('zone_trace', 'zone_trace_household', '500 500 2'),
	('zone_trace', 'zone_trace_place', '1500 1500 3'),
	('zone_none_needed', 'zone_none_needed', '100 100 1'),
	('zone_round', 'zone_round', '20 20 4 1'),
	('zone_service', 'zone_service', '100000 100000 20000 5000 1'),
	('zone_exit_event', 'zone_exit_event', '1000 1000 2 1 1'),
	('zone_exit', 'zone_exit', '500 500 1'),
	('zone_exit', 'zone_exit_person', '500 500 1'),
	('zone_moved_out', 'zone_moved_out', '500 500 1'),
	('zone_stayed', 'zone_stayed', '500 500 1 1 1'),
	('zone_post_event', 'zone_post_event', '1000 1000 20 1 1'),
	('zone_post', 'zone_post', '50 50 1'),
	('zone_post', 'zone_post_zone', '50 50 3'),
	('zone_barrier_event', 'zone_barrier_event', '1000 1000 5 1 1'),
	('zone_barrier', 'zone_barrier', '200 200 1'),
	('zone_barrier', 'zone_barrier_zone', '200 200 4'),
	('pickup_point', 'pickup_point', '50 50 1'),
	('pickup_point', 'pickup_point_zone', '50 50 3'),
	('pickup_event', 'pickup_event', '100000 100000 5 1 1 1'),
	('pickup_slot', 'pickup_slot', '100000 100000 5 1'),
	('pickup_slot', 'pickup_slot_point', '100000 100000 2000 400 20');
ANALYZE sqlite_master;

-- name: zones_event_put
INSERT INTO zone_event (county, zone, at, fact, what, class, name, level, start_at, until_at, flag, case_key, day, basis, notice, shape,
	outbreak, area, edition)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING
-- name: zones_event_unit_put
INSERT INTO zone_event_unit (county, zone, fact, sign, kind, lo, hi, unit_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
-- name: zones_ground_put
INSERT INTO zone_ground (county, zone, case_key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
-- name: zones_events
SELECT at, fact, what, class, name, level, start_at, until_at, flag, case_key, day, basis, notice, shape, outbreak, area, edition
FROM zone_event WHERE county = $1 AND zone = $2 ORDER BY at, fact, what
-- name: zones_event_units
SELECT fact, sign, kind, lo, hi, unit_key FROM zone_event_unit WHERE county = $1 AND zone = $2 ORDER BY fact, sign, kind, lo, unit_key
-- name: zones_units_drop
DELETE FROM zone_unit WHERE county = $1 AND zone = $2
-- name: zones_unit_put
INSERT INTO zone_unit (county, zone, kind, lo, hi, unit_key, since, clock_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
-- name: zones_cover_drop
DELETE FROM zone_cover WHERE county = $1 AND zone = $2
-- name: zones_cover_put
INSERT INTO zone_cover (county, zone, unit_kind, unit_lo, unit_key, kind, lo, hi, household, place, building, unit, nested)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING
-- A place, everything that is part of it, and the building (and unit) by which households name each.
-- name: zones_place_parts
WITH RECURSIVE part (key) AS (
	SELECT p.key FROM place p WHERE p.county = $1 AND p.key = $2
	UNION SELECT p.key FROM part d JOIN place p ON p.county = $1 AND p.parent = d.key AND p.parent > 0)
SELECT p.key, p.area, p.name, p.parent, COALESCE(q.name, '') FROM part d JOIN place p ON p.county = $1 AND p.key = d.key
LEFT JOIN place q ON q.county = $1 AND q.key = p.parent AND p.parent > 0 ORDER BY p.key
-- name: zones_places_mapped
SELECT key, lon, lat FROM place WHERE county = $1 AND lon BETWEEN $2 AND $3 AND lat BETWEEN $4 AND $5 ORDER BY key
-- name: zones_put
INSERT INTO zone (county, key, outbreak, area, name, class, to_class, rank, edition, state, programme, supply, level, proposed_at, declared_at,
	start_at, published_at, stepped_at, ended_at, early, by_downgrade, clock_at, days_at, prolonged_at, earliest_at, coverage_at,
	within_ms, final_ms, contact_days, with_higher, keep_n, exits_free, levels, conflict, clause, notice)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30,
	$31, $32, $33, $34, $35, $36)
-- name: zones_drop
DELETE FROM zone WHERE county = $1 AND key = $2
-- name: zones_get
SELECT state, outbreak, class, to_class, programme, levels, start_at, ended_at, keep_n, area, edition, rank FROM zone WHERE county = $1 AND key = $2
-- Zones of an outbreak that were ever in force.
-- name: zones_of_outbreak
SELECT key FROM zone WHERE county = $1 AND outbreak = $2 AND state >= 2 ORDER BY key
-- name: zones_before
SELECT with_higher, outbreak FROM zone WHERE county = $1 AND key = $2
-- name: zones_with_higher
SELECT key FROM zone WHERE county = $1 AND outbreak = $2 AND with_higher = 1 ORDER BY key
-- Zones in which somebody is higher: how many are in force, and when the last one ended or stepped down.
-- name: zones_higher
SELECT COALESCE(sum(CASE WHEN state = 2 AND rank < $4 THEN 1 ELSE 0 END), 0),
	COALESCE(max(CASE WHEN state = 3 AND rank < $4 THEN ended_at ELSE stepped_at END), 0)
FROM zone WHERE county = $1 AND outbreak = $2 AND key <> $3 AND state >= 2
-- name: zones_by_places
SELECT zone FROM zone_unit WHERE county = $1 AND kind = 3 UNION SELECT zone FROM zone_event WHERE county = $1 AND shape <> '' AND $2 >= 0 ORDER BY 1
-- name: zones_hits_drop
DELETE FROM zone_hit WHERE county = $1 AND zone = $2
-- name: zones_hit_put
INSERT INTO zone_hit (county, zone, case_key, at, home, scope, judged, unit_kind, unit_lo, unit_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
-- Cases that lived in the zone or were at a place of it, by the rows of zone_cover.
-- name: zones_hits
SELECT t.case_key, t.home, f.opened_at, f.found_by, t.until_at, c.unit_kind, c.unit_lo, c.unit_key
FROM zone_cover c JOIN zone_trace t ON t.county = c.county
JOIN case_file f ON f.county = t.county AND f.case_key = t.case_key JOIN entity e ON e.county = t.county AND e.key = t.case_key
LEFT JOIN entity u ON u.county = c.county AND u.key = c.unit_key
WHERE c.county = $1 AND c.zone = $2 AND f.outbreak = $3 AND f.opened_at > 0 AND f.withdrawn_at = 0
	AND ((c.kind = 1 AND t.area BETWEEN c.lo AND c.hi)
	OR (c.kind = 2 AND t.home = 1 AND t.household = c.household)
	OR (c.kind = 3 AND t.home = 0 AND t.place = c.place)
	OR (c.kind = 3 AND t.home = 1 AND t.area = c.lo AND c.building <> '' AND t.building = c.building AND (c.unit = '' OR t.unit = c.unit)))
ORDER BY f.opened_at, e.id, t.home DESC, c.unit_kind, c.unit_lo, u.id, t.until_at DESC
-- Cases that a zone concerns, and the zones that concern a case: for the notice to the public.
-- name: zones_cases_of
SELECT DISTINCT t.case_key FROM zone_cover c JOIN zone_trace t ON t.county = c.county
WHERE c.county = $1 AND c.zone = $2
	AND ((c.kind = 1 AND t.area BETWEEN c.lo AND c.hi)
	OR (c.kind = 2 AND t.home = 1 AND t.household = c.household)
	OR (c.kind = 3 AND t.home = 0 AND t.place = c.place)
	OR (c.kind = 3 AND t.home = 1 AND t.area = c.lo AND c.building <> '' AND t.building = c.building AND (c.unit = '' OR t.unit = c.unit)))
UNION SELECT case_key FROM zone_ground WHERE county = $1 AND zone = $2 ORDER BY 1
-- name: zones_of_case
SELECT DISTINCT c.zone FROM zone_trace t JOIN zone_cover c ON c.county = t.county
WHERE t.county = $1 AND t.case_key = $2
	AND ((c.kind = 1 AND t.area BETWEEN c.lo AND c.hi)
	OR (c.kind = 2 AND t.home = 1 AND t.household = c.household)
	OR (c.kind = 3 AND t.home = 0 AND t.place = c.place)
	OR (c.kind = 3 AND t.home = 1 AND t.area = c.lo AND c.building <> '' AND t.building = c.building AND (c.unit = '' OR t.unit = c.unit)))
UNION SELECT zone FROM zone_ground WHERE county = $1 AND case_key = $2
UNION SELECT zone FROM zone_hit WHERE county = $1 AND case_key = $2 ORDER BY 1
-- First time the public could read of a zone that concerns the case: a zone of restrictions, not "the rest of the county".
-- name: zones_case_published
SELECT min(CASE WHEN z.published_at > $3 THEN z.published_at ELSE $3 END) FROM zone z
WHERE z.county = $1 AND z.published_at > 0 AND (z.with_higher = 0 OR z.stepped_at > 0) AND z.state >= 2 AND (z.ended_at = 0 OR z.ended_at > $3)
	AND (z.key IN (SELECT g.zone FROM zone_ground g WHERE g.county = $1 AND g.case_key = $2)
	OR z.key IN (SELECT c.zone FROM zone_trace t JOIN zone_cover c ON c.county = t.county
		WHERE t.county = $1 AND t.case_key = $2
		AND ((c.kind = 1 AND t.area BETWEEN c.lo AND c.hi)
		OR (c.kind = 2 AND t.home = 1 AND t.household = c.household)
		OR (c.kind = 3 AND t.home = 0 AND t.place = c.place)
		OR (c.kind = 3 AND t.home = 1 AND t.area = c.lo AND c.building <> '' AND t.building = c.building AND (c.unit = '' OR t.unit = c.unit)))))
-- name: zones_none_needed_put
INSERT INTO zone_none_needed (county, case_key, at, fact) VALUES ($1, $2, $3, $4)
ON CONFLICT (county, case_key) DO UPDATE SET at = excluded.at, fact = excluded.fact
WHERE zone_none_needed.at > excluded.at OR (zone_none_needed.at = excluded.at AND zone_none_needed.fact > excluded.fact)
-- name: zones_case
SELECT f.outbreak, f.area, f.person, f.opened_at, f.withdrawn_at, f.window_from, f.window_to, f.edition,
	COALESCE((SELECT n.at FROM zone_none_needed n WHERE n.county = f.county AND n.case_key = f.case_key), 0)
FROM case_file f WHERE f.county = $1 AND f.case_key = $2
-- name: zones_trace_drop
DELETE FROM zone_trace WHERE county = $1 AND case_key = $2
-- name: zones_trace_put
INSERT INTO zone_trace (county, case_key, home, household, place, from_at, until_at, area, building, unit)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (county, case_key, home, household, place, from_at, area) DO UPDATE SET
	until_at = CASE WHEN excluded.until_at > zone_trace.until_at THEN excluded.until_at ELSE zone_trace.until_at END
-- The records of one human being.
-- name: zones_records
SELECT $2 AS key WHERE $1 >= 0 UNION SELECT r.key FROM person p JOIN person r ON r.county = p.county AND r.canon = p.canon AND r.canon <> r.key
WHERE p.county = $1 AND p.key = $2 UNION SELECT p.canon FROM person p WHERE p.county = $1 AND p.key = $2 ORDER BY 1
-- Where the record lived at an instant.
-- name: zones_homes
SELECT p.household, p.area, COALESCE(h.building, ''), COALESCE(h.unit, '')
FROM person p LEFT JOIN household h ON h.county = p.county AND h.key = p.household
WHERE p.county = $1 AND p.key = $2 AND p.registered_at > 0 AND (p.stay_from <= $3
	OR NOT EXISTS (SELECT 1 FROM person_stay y WHERE y.county = p.county AND y.person = p.key AND y.from_at <= $3 AND y.until_at > $3))
UNION SELECT y.household, y.area, COALESCE(h.building, ''), COALESCE(h.unit, '')
FROM person_stay y LEFT JOIN household h ON h.county = y.county AND h.key = y.household
WHERE y.county = $1 AND y.person = $2 AND y.from_at <= $3 AND y.until_at > $3 ORDER BY 1, 2
-- name: zones_visits
SELECT v.visit, v.place, COALESCE(p.area, v.area), v.from_at, v.until_at FROM visit v LEFT JOIN place p ON p.county = v.county AND p.key = v.place
WHERE v.county = $1 AND v.person = $2 AND v.withdrawn = 0 AND v.until_at >= $3 AND ($4 = 0 OR v.from_at < $4)
ORDER BY v.place, v.from_at
-- name: zones_visit_keys
SELECT visit FROM visit_event WHERE county = $1 AND person = $2 UNION SELECT visit FROM visit WHERE county = $1 AND person = $2 ORDER BY 1
-- name: zones_visit_persons
SELECT DISTINCT person FROM visit_event WHERE county = $1 AND visit = $2 AND person > 0 ORDER BY person
-- name: zones_cases_of_person
SELECT case_key FROM case_file WHERE county = $1 AND person = $2 AND opened_at > 0 ORDER BY case_key
-- name: zones_cases_of_household
SELECT DISTINCT case_key FROM zone_trace WHERE county = $1 AND home = 1 AND household = $2 ORDER BY case_key
-- name: zones_cases_of_place
SELECT DISTINCT case_key FROM zone_trace WHERE county = $1 AND home = 0 AND place = $2 ORDER BY case_key
-- name: zones_watched
SELECT county, person FROM case_file WHERE person > 0
UNION SELECT c.county, r.key FROM case_file c JOIN person p ON p.county = c.county AND p.key = c.person JOIN person r ON r.county = p.county AND r.canon = p.canon
UNION SELECT county, household FROM zone_trace WHERE household > 0
UNION SELECT county, place FROM zone_trace WHERE place > 0
UNION SELECT v.county, v.visit FROM case_file c JOIN visit v ON v.county = c.county AND v.person = c.person
UNION SELECT v.county, v.visit FROM case_file c JOIN visit_event v ON v.county = c.county AND v.person = c.person
UNION SELECT county, unit_key FROM zone_event_unit WHERE kind = 3
UNION SELECT county, place FROM zone_cover WHERE place > 0
UNION SELECT c.county, p.parent FROM zone_cover c JOIN place p ON p.county = c.county AND p.key = c.place WHERE c.place > 0 AND p.parent > 0
-- name: zones_shaped
SELECT DISTINCT county FROM zone_event WHERE shape <> ''
-- name: zones_round_put
INSERT INTO zone_round (county, campaign, round, until_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (county, campaign, round) DO UPDATE SET until_at = excluded.until_at WHERE zone_round.until_at < excluded.until_at
-- name: zones_duties
SELECT kind, part FROM duty WHERE county = $1 AND subject = $2 AND state > 0 AND kind IN ('zones.decide', 'zones.judge', 'zones.test',
	'zones.final_round', 'zones.serve', 'zones.step_down', 'zones.conflict', 'zones.man_post', 'zones.check_barrier', 'zones.remove_barrier',
	'zones.publish', 'zones.first_round') ORDER BY kind, part
-- name: zones_texts_drop
DELETE FROM zone_text WHERE county = $1 AND zone = $2
-- name: zones_text_put
INSERT INTO zone_text (county, zone, part, en, zh) VALUES ($1, $2, $3, $4, $5)

-- name: zones_service_put
INSERT INTO zone_service (county, zone, day, household, at, fact, kinds) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, zone, day, household) DO UPDATE SET at = excluded.at, fact = excluded.fact, kinds = excluded.kinds
WHERE zone_service.at < excluded.at OR (zone_service.at = excluded.at AND zone_service.fact < excluded.fact)
-- name: zones_exit_event_put
INSERT INTO zone_exit_event (county, exit_key, at, fact, what, person, zone, reason, until_at, destination, vehicle, outbreak, area)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING
-- name: zones_exit_events
SELECT at, what, person, zone, reason, until_at, destination, vehicle, outbreak, area FROM zone_exit_event
WHERE county = $1 AND exit_key = $2 ORDER BY at, fact
-- name: zones_exit_put
INSERT INTO zone_exit (county, exit_key, person, zone, reason, granted_at, until_at, returned_at, destination, vehicle, area)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (county, exit_key) DO UPDATE SET person = excluded.person, zone = excluded.zone, reason = excluded.reason,
	granted_at = excluded.granted_at, until_at = excluded.until_at, returned_at = excluded.returned_at,
	destination = excluded.destination, vehicle = excluded.vehicle, area = excluded.area
-- name: zones_exit_duty_subjects
SELECT subject FROM duty WHERE county = $1 AND kind = 'zones.return' AND part = $2 ORDER BY subject
-- name: zones_moved_out_put
INSERT INTO zone_moved_out (county, household, zone, at, fact) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (county, household) DO UPDATE SET zone = excluded.zone, at = excluded.at, fact = excluded.fact
WHERE zone_moved_out.at < excluded.at OR (zone_moved_out.at = excluded.at AND zone_moved_out.fact < excluded.fact)
-- name: zones_stayed_put
INSERT INTO zone_stayed (county, household, fact, person) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
-- name: zones_post_event_put
INSERT INTO zone_post_event (county, post, at, fact, what, zone, name, until_at, lon, lat, outbreak, area)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING
-- name: zones_post_events
SELECT at, what, zone, name, until_at, lon, lat, outbreak, area FROM zone_post_event WHERE county = $1 AND post = $2 ORDER BY at, fact
-- name: zones_post_put
INSERT INTO zone_post (county, post, zone, name, area, set_at, manned_at, manned_until, ended_at, lon, lat)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (county, post) DO UPDATE SET zone = excluded.zone, name = excluded.name, area = excluded.area, set_at = excluded.set_at,
	manned_at = excluded.manned_at, manned_until = excluded.manned_until, ended_at = excluded.ended_at, lon = excluded.lon, lat = excluded.lat
-- name: zones_posts_of
SELECT DISTINCT post FROM zone_post_event WHERE county = $1 AND zone = $2 ORDER BY post
-- name: zones_barrier_event_put
INSERT INTO zone_barrier_event (county, barrier, at, fact, what, zone, keeper, kind, place, sealed, present, fire, expires_at, outbreak, area)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING
-- name: zones_barrier_events
SELECT at, what, zone, keeper, kind, place, sealed, present, fire, expires_at, outbreak, area FROM zone_barrier_event
WHERE county = $1 AND barrier = $2 ORDER BY at, fact
-- name: zones_barrier_put
INSERT INTO zone_barrier (county, barrier, zone, keeper, kind, place, sealed, present, fire, area, set_at, expires_at, checked_at,
	removed_at, must_go_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (county, barrier) DO UPDATE SET zone = excluded.zone, keeper = excluded.keeper, kind = excluded.kind, place = excluded.place,
	sealed = excluded.sealed, present = excluded.present, fire = excluded.fire, area = excluded.area, set_at = excluded.set_at,
	expires_at = excluded.expires_at, checked_at = excluded.checked_at, removed_at = excluded.removed_at, must_go_at = excluded.must_go_at
-- name: zones_barriers_of
SELECT DISTINCT barrier FROM zone_barrier_event WHERE county = $1 AND zone = $2 ORDER BY barrier
-- name: zones_point_put
INSERT INTO pickup_point (county, key, zone, name, capacity, slot_minutes, from_minute, slots_n, area, at, fact)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (county, key) DO UPDATE SET zone = excluded.zone, name = excluded.name, capacity = excluded.capacity,
	slot_minutes = excluded.slot_minutes, from_minute = excluded.from_minute, slots_n = excluded.slots_n, area = excluded.area,
	at = excluded.at, fact = excluded.fact
WHERE pickup_point.at < excluded.at OR (pickup_point.at = excluded.at AND pickup_point.fact < excluded.fact)
-- name: zones_point_get
SELECT capacity, slots_n FROM pickup_point WHERE county = $1 AND key = $2
-- name: zones_pickup_event_put
INSERT INTO pickup_event (county, household, day, at, fact, point, slot, outbreak, area) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
-- name: zones_pickup_newest
SELECT at, fact, point, slot, outbreak, area FROM pickup_event WHERE county = $1 AND household = $2 AND day = $3 ORDER BY at DESC, fact DESC LIMIT 1
-- name: zones_slot_get
SELECT point, slot FROM pickup_slot WHERE county = $1 AND household = $2 AND day = $3
-- name: zones_slot_put
INSERT INTO pickup_slot (county, household, day, point, slot, at, fact, counts, outbreak, area) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (county, household, day) DO UPDATE SET point = excluded.point, slot = excluded.slot, at = excluded.at, fact = excluded.fact,
	counts = excluded.counts, outbreak = excluded.outbreak, area = excluded.area
-- name: zones_slot_counts
UPDATE pickup_slot SET counts = $4 WHERE county = $1 AND household = $2 AND day = $3
-- name: zones_slot_members
SELECT household, counts, at, outbreak, area, fact FROM pickup_slot WHERE county = $1 AND point = $2 AND day = $3 AND slot = $4 ORDER BY at, fact
-- name: zones_slots_of_point
SELECT DISTINCT day, slot FROM pickup_slot WHERE county = $1 AND point = $2 ORDER BY day, slot
-- name: zones_slot_taken
SELECT count(*) FROM pickup_slot WHERE county = $1 AND point = $2 AND day = $3 AND slot = $4 AND counts = 1 AND household <> $5
-- name: zones_slot_assigned
SELECT count(*) FROM pickup_slot WHERE county = $1 AND household = $2 AND day = $3 AND counts = 1
