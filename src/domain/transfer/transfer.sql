-- SPDX-License-Identifier: Apache-2.0
-- Tables of the transfer domain. The *_event tables only grow; the others are computed from them. 0 stands for an instant or an entity that is not
-- known, -1 for a word that was not given.

-- script: transfer_schema
CREATE TABLE IF NOT EXISTS transfer_event (
	county INTEGER NOT NULL, transfer INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL, -- 1 requested, 2 reviewed, 3 assigned, 4 boarded, 5 handed over, 6 received, 7 cancelled
	person INTEGER NOT NULL, run INTEGER NOT NULL, class INTEGER NOT NULL, kind INTEGER NOT NULL, site INTEGER NOT NULL, room INTEGER NOT NULL,
	pickup INTEGER NOT NULL, flag INTEGER NOT NULL, -- requested, boarded: emergency; reviewed: accepted
	needs INTEGER NOT NULL, ready_at INTEGER NOT NULL, due_at INTEGER NOT NULL, area INTEGER NOT NULL, outbreak INTEGER NOT NULL,
	edition TEXT NOT NULL, PRIMARY KEY (county, transfer, at, fact)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transfer_event_person ON transfer_event (county, person, at);
CREATE TABLE IF NOT EXISTS transfer_file (
	county INTEGER NOT NULL, key INTEGER NOT NULL, person INTEGER NOT NULL, class INTEGER NOT NULL, kind INTEGER NOT NULL, site INTEGER NOT NULL,
	pickup INTEGER NOT NULL, needs INTEGER NOT NULL, emergency INTEGER NOT NULL, area INTEGER NOT NULL, outbreak INTEGER NOT NULL,
	edition TEXT NOT NULL, requested_at INTEGER NOT NULL, ready_at INTEGER NOT NULL, due_at INTEGER NOT NULL, reviewed_at INTEGER NOT NULL,
	run INTEGER NOT NULL,  -- it rides in, or else was assigned to
	room INTEGER NOT NULL, assigned_at INTEGER NOT NULL, boarded_at INTEGER NOT NULL, departed_at INTEGER NOT NULL,
	handed_over_at INTEGER NOT NULL, received_at INTEGER NOT NULL, cancelled_at INTEGER NOT NULL,
	state INTEGER NOT NULL, -- enum transfer_state
	conflict INTEGER NOT NULL, PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transfer_file_run ON transfer_file (county, run);
CREATE INDEX IF NOT EXISTS transfer_file_person ON transfer_file (county, person);
-- A person's time in vehicles, folded from the person's own reports.
CREATE TABLE IF NOT EXISTS transfer_ride (
	county INTEGER NOT NULL, person INTEGER NOT NULL, boarded_at INTEGER NOT NULL, fact BLOB NOT NULL, transfer INTEGER NOT NULL,
	run INTEGER NOT NULL, class INTEGER NOT NULL, emergency INTEGER NOT NULL, until_at INTEGER NOT NULL,
	claim INTEGER NOT NULL,   -- enum transfer_rule by the person's own reports; not 0: no ride, a report that cannot be
	verdict INTEGER NOT NULL, -- enum transfer_rule: 0 = counts in the run
	broke INTEGER NOT NULL,   -- the rule that an emergency broke; it counts all the same
	area INTEGER NOT NULL, outbreak INTEGER NOT NULL,
	PRIMARY KEY (county, person, boarded_at, fact)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transfer_ride_run ON transfer_ride (county, run, boarded_at);
CREATE INDEX IF NOT EXISTS transfer_ride_transfer ON transfer_ride (county, transfer);
CREATE TABLE IF NOT EXISTS transfer_run_event (
	county INTEGER NOT NULL, run INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL, -- 1 planned, 2 departed, 3 exception signed
	vehicle INTEGER NOT NULL, depart_at INTEGER NOT NULL, arrive_at INTEGER NOT NULL, drive_min INTEGER NOT NULL, kind INTEGER NOT NULL,
	site INTEGER NOT NULL, rule INTEGER NOT NULL, night_from INTEGER NOT NULL, night_to INTEGER NOT NULL, drive_max INTEGER NOT NULL,
	rest_min INTEGER NOT NULL, area INTEGER NOT NULL, outbreak INTEGER NOT NULL, edition TEXT NOT NULL,
	PRIMARY KEY (county, run, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transfer_crew (
	county INTEGER NOT NULL, run INTEGER NOT NULL, fact BLOB NOT NULL, member INTEGER NOT NULL,
	PRIMARY KEY (county, run, fact, member)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transfer_crew_member ON transfer_crew (county, member);
CREATE TABLE IF NOT EXISTS transfer_run (
	county INTEGER NOT NULL, key INTEGER NOT NULL,
	-- raw: from its own reports and those of its riders, no other run looked at
	vehicle INTEGER NOT NULL, plan_fact BLOB NOT NULL, depart_at INTEGER NOT NULL, arrive_at INTEGER NOT NULL, drive_min INTEGER NOT NULL,
	kind INTEGER NOT NULL, site INTEGER NOT NULL, told_departed_at INTEGER NOT NULL, night_from INTEGER NOT NULL, night_to INTEGER NOT NULL,
	drive_max INTEGER NOT NULL, rest_min INTEGER NOT NULL, first_at INTEGER NOT NULL, first_fact BLOB NOT NULL,
	end_at INTEGER NOT NULL, -- the last rider was handed over; 0 while somebody rides or nobody did
	exposed INTEGER NOT NULL, -- a rider was of a class after which the vehicle is disinfected
	area INTEGER NOT NULL, outbreak INTEGER NOT NULL, edition TEXT NOT NULL,
	-- judged: beside the vehicle and the crew
	class INTEGER NOT NULL, boarded_n INTEGER NOT NULL, aboard_n INTEGER NOT NULL, refused_n INTEGER NOT NULL, departed_at INTEGER NOT NULL,
	broken INTEGER NOT NULL, -- bits 1 << enum transfer_rule of what does not count
	PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transfer_run_vehicle ON transfer_run (county, vehicle, first_at);
CREATE TABLE IF NOT EXISTS transfer_vehicle_event (
	county INTEGER NOT NULL, vehicle INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL, -- 1 registered, 2 disinfected
	kind INTEGER NOT NULL, seats INTEGER NOT NULL, usable INTEGER NOT NULL, stretcher INTEGER NOT NULL, label TEXT NOT NULL, lon REAL, lat REAL,
	area INTEGER NOT NULL, PRIMARY KEY (county, vehicle, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transfer_vehicle (
	county INTEGER NOT NULL, key INTEGER NOT NULL, kind INTEGER NOT NULL, seats INTEGER NOT NULL, usable INTEGER NOT NULL, stretcher INTEGER NOT NULL,
	label TEXT NOT NULL, lon REAL, lat REAL, area INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	PRIMARY KEY (county, key)) WITHOUT ROWID;

-- only: sqlite
-- What a county holds (see ledger.sql).
ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl IN ('transfer_event', 'transfer_file', 'transfer_ride', 'transfer_run_event', 'transfer_crew', 'transfer_run',
	'transfer_vehicle_event', 'transfer_vehicle');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('transfer_event', 'transfer_event', '60000 60000 6 1 1'),
	('transfer_event', 'transfer_event_person', '60000 60000 6 1'),
	('transfer_file', 'transfer_file', '10000 10000 1'),
	('transfer_file', 'transfer_file_run', '10000 10000 8'),
	('transfer_file', 'transfer_file_person', '10000 10000 1'),
	('transfer_ride', 'transfer_ride', '10000 10000 1 1 1'),
	('transfer_ride', 'transfer_ride_run', '10000 10000 8 1'),
	('transfer_ride', 'transfer_ride_transfer', '10000 10000 1'),
	('transfer_run_event', 'transfer_run_event', '4000 4000 2 1 1'),
	('transfer_crew', 'transfer_crew', '3000 3000 2 2 1'),
	('transfer_crew', 'transfer_crew_member', '3000 3000 30'),
	('transfer_run', 'transfer_run', '1500 1500 1'),
	('transfer_run', 'transfer_run_vehicle', '1500 1500 30 1'),
	('transfer_vehicle_event', 'transfer_vehicle_event', '2000 2000 40 1 1'),
	('transfer_vehicle', 'transfer_vehicle', '50 50 1');
ANALYZE sqlite_master;

-- ---- reports -------------------------------------------------------------------------------------------------------------
-- name: transfer_event_put
INSERT INTO transfer_event (county, transfer, at, fact, what, person, run, class, kind, site, room, pickup, flag, needs, ready_at, due_at, area,
	outbreak, edition)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING
-- name: transfer_events
SELECT at, fact, what, person, run, class, kind, site, room, pickup, flag, needs, ready_at, due_at, area, outbreak, edition
FROM transfer_event WHERE county = $1 AND transfer = $2 ORDER BY at, fact
-- Of a human being, whichever of its records is named.
-- name: transfer_person_events
WITH w AS (SELECT $2 AS key UNION SELECT a.canon FROM person a WHERE a.county = $1 AND a.key = $2
	UNION SELECT b.key FROM person a JOIN person b ON b.county = a.county AND b.canon = a.canon AND b.canon <> b.key
	WHERE a.county = $1 AND a.key = $2)
SELECT v.at, v.fact, v.what, v.transfer, v.run, v.class, v.flag, v.area, v.outbreak FROM w JOIN transfer_event v ON v.county = $1 AND v.person = w.key
WHERE v.what IN (4, 5, 6) ORDER BY v.at, v.fact
-- name: transfer_run_event_put
INSERT INTO transfer_run_event (county, run, at, fact, what, vehicle, depart_at, arrive_at, drive_min, kind, site, rule, night_from, night_to,
	drive_max, rest_min, area, outbreak, edition)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING
-- name: transfer_run_events
SELECT at, fact, what, vehicle, depart_at, arrive_at, drive_min, kind, site, rule, night_from, night_to, drive_max, rest_min, area, outbreak,
	edition
FROM transfer_run_event WHERE county = $1 AND run = $2 ORDER BY at, fact
-- name: transfer_crew_put
INSERT INTO transfer_crew (county, run, fact, member) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
-- name: transfer_vehicle_event_put
INSERT INTO transfer_vehicle_event (county, vehicle, at, fact, what, kind, seats, usable, stretcher, label, lon, lat, area)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING
-- name: transfer_vehicle_put
INSERT INTO transfer_vehicle (county, key, kind, seats, usable, stretcher, label, lon, lat, area, at, fact)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (county, key) DO UPDATE SET kind = excluded.kind, seats = excluded.seats, usable = excluded.usable, stretcher = excluded.stretcher,
	label = excluded.label, lon = excluded.lon, lat = excluded.lat, area = excluded.area, at = excluded.at, fact = excluded.fact
WHERE transfer_vehicle.at < excluded.at OR (transfer_vehicle.at = excluded.at AND transfer_vehicle.fact < excluded.fact)

-- ---- rides ---------------------------------------------------------------------------------------------------------------
-- name: transfer_rides_of
WITH w AS (SELECT $2 AS key UNION SELECT a.canon FROM person a WHERE a.county = $1 AND a.key = $2
	UNION SELECT b.key FROM person a JOIN person b ON b.county = a.county AND b.canon = a.canon AND b.canon <> b.key
	WHERE a.county = $1 AND a.key = $2)
SELECT d.boarded_at, d.fact, d.transfer, d.run, d.class, d.emergency, d.until_at, d.claim, d.person FROM w
JOIN transfer_ride d ON d.county = $1 AND d.person = w.key ORDER BY d.boarded_at, d.fact
-- name: transfer_rides_drop
DELETE FROM transfer_ride WHERE county = $1 AND person = $2
-- name: transfer_canon
SELECT canon FROM person WHERE county = $1 AND key = $2 AND canon > 0
-- name: transfer_ride_put
INSERT INTO transfer_ride (county, person, boarded_at, fact, transfer, run, class, emergency, until_at, claim, verdict, broke,
	area, outbreak)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, -1, 0, $11, $12)
-- name: transfer_ride_judge
UPDATE transfer_ride SET verdict = $5, broke = $6 WHERE county = $1 AND person = $2 AND boarded_at = $3 AND fact = $4
-- name: transfer_run_rides
SELECT person, boarded_at, fact, transfer, class, emergency, until_at, claim, verdict, broke, area, outbreak FROM transfer_ride WHERE county = $1 AND run = $2
ORDER BY boarded_at, fact
-- name: transfer_ride_of_transfer
SELECT boarded_at, run, until_at, person FROM transfer_ride WHERE county = $1 AND transfer = $2 AND verdict = 0 ORDER BY boarded_at, fact
-- name: transfer_refused_of_transfer
SELECT count(*) FROM transfer_ride WHERE county = $1 AND transfer = $2 AND verdict > 0

-- ---- runs ----------------------------------------------------------------------------------------------------------------
-- name: transfer_run_get
SELECT vehicle, plan_fact, depart_at, arrive_at, drive_min, kind, site, told_departed_at, night_from, night_to, drive_max, rest_min, first_at,
	first_fact, end_at, exposed, area, outbreak, edition, class, boarded_n, aboard_n, refused_n, departed_at, broken
FROM transfer_run WHERE county = $1 AND key = $2
-- name: transfer_run_put
INSERT INTO transfer_run (county, key, vehicle, plan_fact, depart_at, arrive_at, drive_min, kind, site, told_departed_at, night_from, night_to,
	drive_max, rest_min, first_at, first_fact, end_at, exposed, area, outbreak, edition, class, boarded_n, aboard_n, refused_n, departed_at, broken)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
ON CONFLICT (county, key) DO UPDATE SET vehicle = excluded.vehicle, plan_fact = excluded.plan_fact, depart_at = excluded.depart_at,
	arrive_at = excluded.arrive_at, drive_min = excluded.drive_min, kind = excluded.kind, site = excluded.site,
	told_departed_at = excluded.told_departed_at, night_from = excluded.night_from, night_to = excluded.night_to,
	drive_max = excluded.drive_max, rest_min = excluded.rest_min, first_at = excluded.first_at, first_fact = excluded.first_fact,
	end_at = excluded.end_at, exposed = excluded.exposed, area = excluded.area, outbreak = excluded.outbreak, edition = excluded.edition,
	class = excluded.class, boarded_n = excluded.boarded_n, aboard_n = excluded.aboard_n, refused_n = excluded.refused_n,
	departed_at = excluded.departed_at, broken = excluded.broken
-- name: transfer_vehicle_get
SELECT kind, seats, usable, stretcher, area FROM transfer_vehicle WHERE county = $1 AND key = $2
-- Runs of the vehicle with riders from an instant on.
-- name: transfer_runs_after
SELECT key FROM transfer_run WHERE county = $1 AND vehicle = $2 AND first_at >= $3 AND vehicle > 0 ORDER BY first_at, first_fact
-- The exposed run before this one in the vehicle: when it ended, 0 = somebody still rides.
-- name: transfer_run_before
SELECT end_at, first_at, key FROM transfer_run WHERE county = $1 AND vehicle = $2 AND exposed = 1 AND first_at > 0
	AND (first_at < $3 OR (first_at = $3 AND first_fact < $4)) ORDER BY first_at DESC, first_fact DESC LIMIT 1
-- name: transfer_disinfected_between
SELECT count(*) FROM transfer_vehicle_event WHERE county = $1 AND vehicle = $2 AND what = 2 AND at >= $3 AND at <= $4
-- Runs that a disinfection at an instant says something about: those after it, and those that ended before it and had waited for it.
-- name: transfer_runs_cleaned
SELECT r.key FROM transfer_run r WHERE r.county = $1 AND r.vehicle = $2 AND r.first_at > 0 AND (r.first_at >= $3 OR (r.end_at > 0 AND r.end_at <= $3
	AND NOT EXISTS (SELECT 1 FROM transfer_vehicle_event e WHERE e.county = r.county AND e.vehicle = r.vehicle AND e.what = 2
		AND e.at >= r.end_at AND e.at < $3))) ORDER BY r.first_at, r.first_fact
-- name: transfer_disinfected_after
SELECT min(at) FROM transfer_vehicle_event WHERE county = $1 AND vehicle = $2 AND what = 2 AND at >= $3
-- Runs that have a crew member of this run ($2, by the plan $3) and left between two instants.
-- name: transfer_crew_runs
SELECT DISTINCT r.key, r.told_departed_at, r.end_at, r.drive_min, c.member, r.plan_fact
FROM transfer_crew m JOIN transfer_crew c ON c.county = m.county AND c.member = m.member
JOIN transfer_run r ON r.county = c.county AND r.key = c.run AND r.plan_fact = c.fact
WHERE m.county = $1 AND m.run = $2 AND m.fact = $3 AND r.told_departed_at >= $4 AND r.told_departed_at <= $5
ORDER BY c.member, r.told_departed_at, r.plan_fact
-- The same by the users themselves, for a run that is being planned.
-- name: transfer_member_runs
SELECT r.key, CASE WHEN r.told_departed_at > 0 THEN r.told_departed_at ELSE r.depart_at END, r.end_at, r.arrive_at, r.drive_min
FROM transfer_crew c JOIN transfer_run r ON r.county = c.county AND r.key = c.run AND r.plan_fact = c.fact
WHERE c.county = $1 AND c.member = $2 AND r.depart_at >= $3 AND r.depart_at <= $4 AND r.key <> $5 ORDER BY 2, r.key
-- name: transfer_run_transfers
SELECT key FROM transfer_file WHERE county = $1 AND run = $2
UNION SELECT transfer FROM transfer_ride WHERE county = $1 AND run = $2 ORDER BY 1
-- name: transfer_exceptions_of
SELECT rule, min(at) FROM transfer_run_event WHERE county = $1 AND run = $2 AND what = 3 GROUP BY rule

-- ---- transfers --------------------------------------------------------------------------------------------------------------
-- name: transfer_file_put
INSERT INTO transfer_file (county, key, person, class, kind, site, pickup, needs, emergency, area, outbreak, edition, requested_at, ready_at, due_at,
	reviewed_at, run, room, assigned_at, boarded_at, departed_at, handed_over_at, received_at, cancelled_at, state, conflict)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
ON CONFLICT (county, key) DO UPDATE SET person = excluded.person, class = excluded.class, kind = excluded.kind, site = excluded.site,
	pickup = excluded.pickup, needs = excluded.needs, emergency = excluded.emergency, area = excluded.area, outbreak = excluded.outbreak,
	edition = excluded.edition, requested_at = excluded.requested_at, ready_at = excluded.ready_at, due_at = excluded.due_at,
	reviewed_at = excluded.reviewed_at, run = excluded.run, room = excluded.room, assigned_at = excluded.assigned_at,
	boarded_at = excluded.boarded_at, departed_at = excluded.departed_at, handed_over_at = excluded.handed_over_at,
	received_at = excluded.received_at, cancelled_at = excluded.cancelled_at, state = excluded.state, conflict = excluded.conflict
-- name: transfer_file_get
SELECT state, emergency, class, person, needs, run, kind, site FROM transfer_file WHERE county = $1 AND key = $2
-- What is in a run already, but this transfer: how many persons are assigned or aboard, and of which class.
-- name: transfer_run_load
SELECT count(*), COALESCE(min(f.class), -1), COALESCE(max(f.class), -1) FROM transfer_file f
WHERE f.county = $1 AND f.run = $2 AND f.key <> $3 AND f.state BETWEEN 4 AND 6
-- Whether the person rides elsewhere now.
-- name: transfer_riding
SELECT run FROM transfer_ride WHERE county = $1 AND person = COALESCE((SELECT p.canon FROM person p WHERE p.county = $1 AND p.key = $2), $2)
	AND until_at = 0 AND claim = 0 ORDER BY boarded_at DESC, fact DESC LIMIT 1
-- Persons who ride in a vehicle now.
-- name: transfer_vehicle_riders
SELECT count(*) FROM transfer_run r JOIN transfer_ride d ON d.county = r.county AND d.run = r.key
WHERE r.county = $1 AND r.vehicle = $2 AND d.until_at = 0 AND d.claim = 0

-- ---- questions -----------------------------------------------------------------------------------------------------------------
-- name: transfer_q_queue
WITH w AS (
	SELECT f.key, f.person, f.area, f.class, f.kind, f.site, f.needs, f.state, f.emergency, f.requested_at, f.due_at, f.run
	FROM transfer_file f WHERE f.county = $1 AND f.area BETWEEN $2 AND $3 AND f.state BETWEEN 1 AND 7 AND f.state <> 2 AND f.requested_at > 0
	UNION ALL -- owed by tracing, and nobody has asked for a vehicle
	SELECT 0, d.subject, d.area, -1, -1, 0, 0, 0, 0, d.from_at, d.due_at, 0 FROM duty d
	WHERE d.county = $1 AND d.area BETWEEN $2 AND $3 AND d.kind = 'tracing.transfer' AND d.state = 1 AND d.waived_at = 0
		AND NOT EXISTS (SELECT 1 FROM transfer_file x WHERE x.county = d.county AND x.person = d.subject AND x.state BETWEEN 1 AND 7
			AND x.state <> 2)
	UNION ALL
	SELECT 0, c.person, d.area, 5, -1, 0, 0, 0, 0, d.from_at, d.due_at, 0 FROM duty d
	JOIN case_file c ON c.county = d.county AND c.case_key = d.subject
	WHERE d.county = $1 AND d.area BETWEEN $2 AND $3 AND d.kind = 'tracing.isolate_case' AND d.state = 1 AND d.waived_at = 0
		AND NOT EXISTS (SELECT 1 FROM transfer_file x WHERE x.county = d.county AND x.person = c.person AND x.state BETWEEN 1 AND 7
			AND x.state <> 2))
SELECT te.id, pe.id, w.area, w.class, w.kind, se.id, w.needs % 2, (w.needs / 2) % 2, (w.needs / 4) % 2, w.state, w.emergency, w.requested_at, w.due_at,
	CASE WHEN w.due_at > 0 THEN (w.due_at - $4) / 60000 END, re.id
FROM w JOIN entity pe ON pe.county = $1 AND pe.key = w.person LEFT JOIN entity te ON te.county = $1 AND te.key = w.key
LEFT JOIN entity se ON se.county = $1 AND se.key = w.site LEFT JOIN entity re ON re.county = $1 AND re.key = w.run
WHERE ($7 < 0 OR w.state = $7) ORDER BY w.emergency DESC, w.due_at, pe.id LIMIT $5 OFFSET $6
-- name: transfer_q_runs
WITH x AS (
	SELECT r.*, v.label, v.usable, CASE WHEN r.boarded_n > 0 AND r.end_at > 0 THEN 3 WHEN r.departed_at > 0 THEN 2 WHEN r.first_at > 0 THEN 1
		ELSE 0 END AS state
	FROM transfer_run r LEFT JOIN transfer_vehicle v ON v.county = r.county AND v.key = r.vehicle
	WHERE r.county = $1 AND r.area BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 0 OR r.vehicle = $7))
SELECT re.id, ve.id, x.label, x.state, x.depart_at, x.departed_at, x.end_at, x.kind, se.id, x.class, x.usable,
	(SELECT count(*) FROM transfer_file f WHERE f.county = $1 AND f.run = x.key AND f.state = 4), x.boarded_n, x.aboard_n, x.refused_n,
	(SELECT count(DISTINCT m.member) FROM transfer_crew m WHERE m.county = $1 AND m.run = x.key AND m.fact = x.plan_fact),
	CASE WHEN x.broken > 0 THEN 1 ELSE 0 END, x.area
FROM x JOIN entity re ON re.county = $1 AND re.key = x.key LEFT JOIN entity ve ON ve.county = $1 AND ve.key = x.vehicle
LEFT JOIN entity se ON se.county = $1 AND se.key = x.site WHERE ($8 < 0 OR x.state = $8) ORDER BY x.depart_at, re.id LIMIT $5 OFFSET $6
-- name: transfer_q_run
WITH who AS (
	SELECT f.key AS transfer, f.person FROM transfer_file f WHERE f.county = $1 AND f.run = $7 AND f.state >= 4 AND f.state <= 8
		AND NOT EXISTS (SELECT 1 FROM transfer_ride x WHERE x.county = f.county AND x.run = $7 AND x.transfer = f.key)
	UNION SELECT d.transfer, d.person FROM transfer_ride d WHERE d.county = $1 AND d.run = $7)
SELECT te.id, pe.id, COALESCE(d.class, f.class), f.state, f.needs % 2, (f.needs / 2) % 2, (f.needs / 4) % 2, le.id, d.boarded_at, f.handed_over_at,
	f.received_at, d.verdict, CASE WHEN d.emergency = 1 OR f.emergency = 1 THEN 1 ELSE 0 END, oe.id
FROM who JOIN entity te ON te.county = $1 AND te.key = who.transfer JOIN entity pe ON pe.county = $1 AND pe.key = who.person
JOIN transfer_run r ON r.county = $1 AND r.key = $7 AND r.area BETWEEN $2 AND $3
LEFT JOIN transfer_file f ON f.county = $1 AND f.key = who.transfer
LEFT JOIN transfer_ride d ON d.county = $1 AND d.run = $7 AND d.transfer = who.transfer AND d.person = who.person
LEFT JOIN entity le ON le.county = $1 AND le.key = f.pickup LEFT JOIN entity oe ON oe.county = $1 AND oe.key = f.room
WHERE $4 >= 0 ORDER BY d.boarded_at, pe.id, te.id LIMIT $5 OFFSET $6
-- name: transfer_q_vehicles
WITH last AS (
	SELECT r.vehicle, r.key, r.first_at, r.end_at, row_number() OVER (PARTITION BY r.vehicle ORDER BY r.first_at DESC, r.first_fact DESC) AS nth
	FROM transfer_run r WHERE r.county = $1 AND r.first_at > 0),
soiled AS (
	SELECT r.vehicle, max(r.end_at) AS end_at FROM transfer_run r WHERE r.county = $1 AND r.exposed = 1 AND r.end_at > 0 GROUP BY r.vehicle),
clean AS (SELECT e.vehicle, max(e.at) AS at FROM transfer_vehicle_event e WHERE e.county = $1 AND e.what = 2 GROUP BY e.vehicle),
x AS (
	SELECT v.*, l.key AS run, l.first_at, l.end_at, COALESCE(s.end_at, 0) AS soiled_at, COALESCE(c.at, 0) AS cleaned_at
	FROM transfer_vehicle v LEFT JOIN last l ON l.vehicle = v.key AND l.nth = 1 LEFT JOIN soiled s ON s.vehicle = v.key
	LEFT JOIN clean c ON c.vehicle = v.key WHERE v.county = $1 AND v.area BETWEEN $2 AND $3 AND $4 >= 0),
y AS (
	SELECT x.*, CASE WHEN x.first_at > 0 AND x.end_at = 0 THEN 1 WHEN x.soiled_at > x.cleaned_at THEN 2 ELSE 0 END AS state FROM x)
SELECT ve.id, y.label, y.kind, y.seats, y.usable, y.stretcher, y.state,
	CASE WHEN y.state = 1 THEN y.first_at WHEN y.state = 2 THEN y.soiled_at ELSE y.cleaned_at END,
	CASE WHEN y.state = 1 THEN re.id END,
	(SELECT min(r.depart_at) FROM transfer_run r WHERE r.county = $1 AND r.vehicle = y.key AND r.first_at = 0 AND r.told_departed_at = 0
		AND r.depart_at >= $4), y.area
FROM y JOIN entity ve ON ve.county = $1 AND ve.key = y.key LEFT JOIN entity re ON re.county = $1 AND re.key = y.run
WHERE ($7 < 0 OR y.state = $7) ORDER BY y.label, ve.id LIMIT $5 OFFSET $6
-- Every report that breaks a rule, and what was signed or was an emergency.
-- name: transfer_q_exceptions
WITH x AS (
	SELECT d.run, d.person, CASE WHEN d.verdict > 0 THEN d.verdict ELSE d.broke END AS rule, d.boarded_at AS at, d.emergency, 0 AS signed
	FROM transfer_ride d WHERE d.county = $1 AND (d.verdict > 0 OR d.broke > 0 OR d.emergency = 1)
	UNION ALL
	SELECT r.key, 0, 5, r.told_departed_at, 0, 0 FROM transfer_run r WHERE r.county = $1 AND (r.broken / 32) % 2 = 1
	UNION ALL
	SELECT r.key, 0, 6, r.told_departed_at, 0, 0 FROM transfer_run r WHERE r.county = $1 AND (r.broken / 64) % 2 = 1
	UNION ALL
	SELECT e.run, 0, e.rule, e.at, 0, 1 FROM transfer_run_event e WHERE e.county = $1 AND e.what = 3)
SELECT re.id, pe.id, x.rule, x.at, x.emergency, x.signed FROM x JOIN entity re ON re.county = $1 AND re.key = x.run
JOIN transfer_run r ON r.county = $1 AND r.key = x.run AND r.area BETWEEN $2 AND $3 LEFT JOIN entity pe ON pe.county = $1 AND pe.key = x.person
WHERE $4 >= 0 ORDER BY x.at DESC, re.id, x.rule, pe.id LIMIT $5 OFFSET $6

-- ---- what a proposal is made from: $1 county, $2 and $3 area ------------------------------------------------------------------------
-- Who waits for a vehicle: accepted, or an emergency, and in no run.
-- name: transfer_plan_waiting
SELECT te.id, pe.id, f.class, f.kind, se.id, f.needs, f.ready_at, f.due_at, COALESCE(p.household, 0), f.area, l.lon, l.lat,
	oe.id
FROM transfer_file f JOIN entity oe ON oe.county = f.county AND oe.key = f.outbreak JOIN entity te ON te.county = f.county AND te.key = f.key JOIN entity pe ON pe.county = f.county AND pe.key = f.person
LEFT JOIN entity se ON se.county = f.county AND se.key = f.site LEFT JOIN person p ON p.county = f.county AND p.key = f.person
LEFT JOIN place l ON l.county = f.county AND l.key = f.pickup
WHERE f.county = $1 AND f.area BETWEEN $2 AND $3 AND f.state = 3 AND f.run = 0 AND f.person > 0
ORDER BY COALESCE(p.household, 0), f.class, f.kind, f.site, te.id
-- Where an area lies: the middle of its places.
-- name: transfer_plan_areas
SELECT area, avg(lon), avg(lat) FROM place WHERE county = $1 AND lon IS NOT NULL AND lat IS NOT NULL GROUP BY area ORDER BY area
-- Rooms that stand empty and clean and are held for nobody, and from when ($4: now).
-- name: transfer_plan_rooms
SELECT re.id, se.id, s.kind, r.beds, r.barrier_free, CASE WHEN n.rest_until > $4 THEN n.rest_until ELSE 0 END, l.lon, l.lat, r.area
FROM isolation_room r JOIN isolation_room_now n ON n.county = r.county AND n.room = r.key
JOIN isolation_site s ON s.county = r.county AND s.key = r.site JOIN entity re ON re.county = r.county AND re.key = r.key
JOIN entity se ON se.county = r.county AND se.key = r.site LEFT JOIN place l ON l.county = s.county AND l.key = s.place
WHERE r.county = $1 AND r.area BETWEEN $2 AND $3 AND n.in_n = 0 AND n.closed_at = 0 AND n.site_closed = 0 AND n.dirty_at = 0 AND n.disputed_n = 0
	AND NOT EXISTS (SELECT 1 FROM isolation_hold h WHERE h.county = r.county AND h.room = r.key AND h.until_at > $4)
	AND NOT EXISTS (SELECT 1 FROM transfer_file f WHERE f.county = r.county AND f.room = r.key AND f.state BETWEEN 4 AND 7)
ORDER BY se.id, r.beds, re.id
-- Vehicles that nobody rides in, that are clean or will be, and have no run planned.
-- name: transfer_plan_vehicles
SELECT ve.id, v.kind, v.usable, v.stretcher, v.lon, v.lat, v.area FROM transfer_vehicle v JOIN entity ve ON ve.county = v.county AND ve.key = v.key
WHERE v.county = $1 AND v.area BETWEEN $2 AND $3
	AND NOT EXISTS (SELECT 1 FROM transfer_run r WHERE r.county = v.county AND r.vehicle = v.key AND r.first_at > 0 AND r.end_at = 0)
	AND NOT EXISTS (SELECT 1 FROM transfer_run r WHERE r.county = v.county AND r.vehicle = v.key AND r.first_at = 0 AND r.told_departed_at = 0
		AND r.depart_at > $4)
	AND NOT EXISTS (SELECT 1 FROM transfer_run r WHERE r.county = v.county AND r.vehicle = v.key AND r.exposed = 1 AND r.end_at > 0
		AND NOT EXISTS (SELECT 1 FROM transfer_vehicle_event e WHERE e.county = v.county AND e.vehicle = v.key AND e.what = 2
			AND e.at >= r.end_at))
ORDER BY ve.id
-- name: transfer_run_emergency
SELECT count(*) FROM transfer_ride WHERE county = $1 AND run = $2 AND emergency = 1 AND claim = 0
-- name: transfer_crew_of
SELECT member FROM transfer_crew WHERE county = $1 AND run = $2 AND fact = $3 ORDER BY member
