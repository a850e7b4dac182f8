-- SPDX-License-Identifier: Apache-2.0
-- Isolation sites. The *_event tables, isolation_void, _settled, _task, _environment, _inquiry, _risk, _medicine, _guardian and _rule only grow;
-- isolation_site, _room_now, _stay, _hold, _staff, _inside and whereabouts are computed from them. Stays stand under the record that merges keep (person.canon); events
-- under the one named. 0 stands for an instant or an entity that is not known, -1 for a word that was not given.

-- script: isolation_schema
CREATE TABLE IF NOT EXISTS isolation_site_event (
	county INTEGER NOT NULL, site INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, what INTEGER NOT NULL, -- 1 opened, 2 closed
	kind INTEGER NOT NULL, area INTEGER NOT NULL, name TEXT NOT NULL, zones_ok INTEGER NOT NULL, place INTEGER NOT NULL,
	PRIMARY KEY (county, site, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_site (
	county INTEGER NOT NULL, key INTEGER NOT NULL, kind INTEGER NOT NULL, area INTEGER NOT NULL, name TEXT NOT NULL, zones_ok INTEGER NOT NULL,
	place INTEGER NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER NOT NULL, -- closed_at: of the last closing, 0 while it is open
	PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_room (
	county INTEGER NOT NULL, key INTEGER NOT NULL, site INTEGER NOT NULL, wing TEXT NOT NULL, floor INTEGER NOT NULL, number TEXT NOT NULL,
	position INTEGER NOT NULL, side INTEGER NOT NULL, beds INTEGER NOT NULL, ventilation TEXT NOT NULL, barrier_free INTEGER NOT NULL,
	family INTEGER NOT NULL, window_ok INTEGER NOT NULL, own_toilet INTEGER NOT NULL, area INTEGER NOT NULL, at INTEGER NOT NULL,
	fact BLOB NOT NULL, PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS isolation_room_site ON isolation_room (county, site, wing, floor);
CREATE TABLE IF NOT EXISTS isolation_room_event (
	county INTEGER NOT NULL, room INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL, -- 1 disinfected (value: rests until), 2 rested until, 3 closed, 4 opened
	value INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (county, room, at, fact)) WITHOUT ROWID;
-- The fold. Free, occupied, to be disinfected, resting, closed follow from the columns and the time of day (see isolation_q_rooms).
CREATE TABLE IF NOT EXISTS isolation_room_now (
	county INTEGER NOT NULL, room INTEGER NOT NULL, since_at INTEGER NOT NULL, in_n INTEGER NOT NULL, class INTEGER NOT NULL,
	household INTEGER NOT NULL, dirty_at INTEGER NOT NULL, cleaned_at INTEGER NOT NULL, rest_until INTEGER NOT NULL, closed_at INTEGER NOT NULL,
	site_closed INTEGER NOT NULL, disputed_n INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (county, room)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_event (
	county INTEGER NOT NULL, person INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	what INTEGER NOT NULL, -- 1 assigned, 2 admitted, 3 moved, 4 released, 5 left
	room INTEGER NOT NULL, class INTEGER NOT NULL, guards INTEGER NOT NULL, reason INTEGER NOT NULL, early INTEGER NOT NULL,
	until_at INTEGER NOT NULL, area INTEGER NOT NULL, outbreak INTEGER NOT NULL, child_max INTEGER NOT NULL, rounds INTEGER NOT NULL,
	edition TEXT NOT NULL, PRIMARY KEY (county, person, at, fact)) WITHOUT ROWID;
-- Facts that were said to be a mistake.
CREATE TABLE IF NOT EXISTS isolation_void (
	county INTEGER NOT NULL, person INTEGER NOT NULL, fact BLOB NOT NULL, PRIMARY KEY (county, person, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_stay (
	county INTEGER NOT NULL, person INTEGER NOT NULL, from_at INTEGER NOT NULL, fact BLOB NOT NULL, room INTEGER NOT NULL, class INTEGER NOT NULL,
	guards INTEGER NOT NULL, until_at INTEGER NOT NULL, until_fact BLOB NOT NULL, ended_by INTEGER NOT NULL, area INTEGER NOT NULL,
	outbreak INTEGER NOT NULL, child_max INTEGER NOT NULL, rounds INTEGER NOT NULL, edition TEXT NOT NULL,
	claim INTEGER NOT NULL,   -- enum isolation_fit by the person's own facts; not 0: no stay, a report that cannot be
	verdict INTEGER NOT NULL, -- enum isolation_fit: 0 = counts in the room
	PRIMARY KEY (county, person, from_at, fact)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS isolation_stay_room ON isolation_stay (county, room, from_at);
CREATE INDEX IF NOT EXISTS isolation_stay_guards ON isolation_stay (county, guards) WHERE guards > 0;
CREATE TABLE IF NOT EXISTS isolation_hold (
	county INTEGER NOT NULL, person INTEGER NOT NULL, room INTEGER NOT NULL, class INTEGER NOT NULL, at INTEGER NOT NULL, until_at INTEGER NOT NULL,
	area INTEGER NOT NULL, PRIMARY KEY (county, person)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS isolation_hold_room ON isolation_hold (county, room);
CREATE TABLE IF NOT EXISTS isolation_settled (
	county INTEGER NOT NULL, person INTEGER NOT NULL, room INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, finding TEXT NOT NULL,
	PRIMARY KEY (county, room, person, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_medicine (
	county INTEGER NOT NULL, person INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, medicine TEXT NOT NULL,
	PRIMARY KEY (county, person, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_guardian (
	county INTEGER NOT NULL, person INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, relation TEXT NOT NULL,
	PRIMARY KEY (county, person, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_task (
	county INTEGER NOT NULL, site INTEGER NOT NULL, what INTEGER NOT NULL, -- 1 round, 2 meal, 3 psychological round, 4 waste
	part INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (county, site, what, part, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_environment (
	county INTEGER NOT NULL, site INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, room INTEGER NOT NULL, person INTEGER NOT NULL,
	negative INTEGER NOT NULL, points TEXT NOT NULL, PRIMARY KEY (county, site, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_staff_event (
	county INTEGER NOT NULL, person INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, what INTEGER NOT NULL, -- 1 entered, 2 left, 3 cleared
	site INTEGER NOT NULL, role INTEGER NOT NULL, area INTEGER NOT NULL, outbreak INTEGER NOT NULL, edition TEXT NOT NULL,
	PRIMARY KEY (county, person, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_staff (
	county INTEGER NOT NULL, person INTEGER NOT NULL, site INTEGER NOT NULL, role INTEGER NOT NULL, entered_at INTEGER NOT NULL,
	left_at INTEGER NOT NULL, monitored_until INTEGER NOT NULL, cleared_at INTEGER NOT NULL, area INTEGER NOT NULL,
	PRIMARY KEY (county, person)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS isolation_staff_site ON isolation_staff (county, site);
CREATE TABLE IF NOT EXISTS isolation_inquiry (
	county INTEGER NOT NULL, case_key INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, room INTEGER NOT NULL, left_at INTEGER NOT NULL,
	at_risk_n INTEGER NOT NULL, finding TEXT NOT NULL, PRIMARY KEY (county, case_key, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS isolation_risk (
	county INTEGER NOT NULL, person INTEGER NOT NULL, case_key INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, left_at INTEGER NOT NULL,
	area INTEGER NOT NULL, outbreak INTEGER NOT NULL, edition TEXT NOT NULL, PRIMARY KEY (county, person, case_key, at, fact)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS isolation_risk_case ON isolation_risk (county, case_key);
-- Cases found inside: the room in which the person was.
CREATE TABLE IF NOT EXISTS isolation_inside (
	county INTEGER NOT NULL, case_key INTEGER NOT NULL, room INTEGER NOT NULL, opened_at INTEGER NOT NULL,
	PRIMARY KEY (county, case_key)) WITHOUT ROWID;
-- What the editions in force set, for questions.
CREATE TABLE IF NOT EXISTS isolation_rule (
	county INTEGER NOT NULL, outbreak INTEGER NOT NULL, from_at INTEGER NOT NULL, fact BLOB NOT NULL, rooms_per_10k INTEGER NOT NULL,
	medics_n INTEGER NOT NULL, medics_per INTEGER NOT NULL, restart_days INTEGER NOT NULL, edition TEXT NOT NULL,
	sample_room INTEGER NOT NULL, -- 1: room and belongings are sampled before release from the site
	PRIMARY KEY (county, outbreak, from_at, fact)) WITHOUT ROWID;
-- Where everybody was and is. person: a person, or a case whose person is found through case_file.
CREATE TABLE IF NOT EXISTS whereabouts_event (
	county INTEGER NOT NULL, person INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, kind INTEGER NOT NULL, ref INTEGER NOT NULL,
	PRIMARY KEY (county, person, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS whereabouts (
	county INTEGER NOT NULL, person INTEGER NOT NULL, kind INTEGER NOT NULL, ref INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	PRIMARY KEY (county, person)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS whereabouts_kind ON whereabouts (county, kind);

-- only: sqlite
-- What a county holds (see ledger.sql).
ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl IN ('isolation_site_event', 'isolation_site', 'isolation_room', 'isolation_room_event', 'isolation_room_now',
	'isolation_event', 'isolation_void', 'isolation_stay', 'isolation_hold', 'isolation_settled',
	'isolation_medicine', 'isolation_guardian', 'isolation_task',
	'isolation_environment', 'isolation_staff_event', 'isolation_staff', 'isolation_inquiry', 'isolation_risk', 'isolation_inside',
	'isolation_rule', 'whereabouts_event', 'whereabouts');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('isolation_site_event', 'isolation_site_event', '20 20 2 1 1'),
	('isolation_site', 'isolation_site', '10 10 1'),
	('isolation_room', 'isolation_room', '1000 1000 1'),
	('isolation_room', 'isolation_room_site', '1000 1000 100 50 20'),
	('isolation_room_event', 'isolation_room_event', '5000 5000 5 1 1'),
	('isolation_room_now', 'isolation_room_now', '1000 1000 1'),
	('isolation_event', 'isolation_event', '10000 10000 3 1 1'),
	('isolation_void', 'isolation_void', '50 50 1 1'),
	('isolation_stay', 'isolation_stay', '5000 5000 2 1 1'),
	('isolation_stay', 'isolation_stay_room', '5000 5000 5 1'),
	('isolation_stay', 'isolation_stay_guards', '100 100 1'),
	('isolation_hold', 'isolation_hold', '100 100 1'),
	('isolation_hold', 'isolation_hold_room', '100 100 1'),
	('isolation_settled', 'isolation_settled', '50 50 1 1 1 1'),
	('isolation_medicine', 'isolation_medicine', '1000 1000 3 1 1'),
	('isolation_guardian', 'isolation_guardian', '50 50 1 1 1'),
	('isolation_task', 'isolation_task', '2000 2000 200 60 1 1 1'),
	('isolation_environment', 'isolation_environment', '500 500 50 1 1'),
	('isolation_staff_event', 'isolation_staff_event', '500 500 2 1 1'),
	('isolation_staff', 'isolation_staff', '300 300 1'),
	('isolation_staff', 'isolation_staff_site', '300 300 30'),
	('isolation_inquiry', 'isolation_inquiry', '20 20 1 1 1'),
	('isolation_risk', 'isolation_risk', '100 100 1 1 1 1'),
	('isolation_risk', 'isolation_risk_case', '100 100 5'),
	('isolation_inside', 'isolation_inside', '20 20 1'),
	('isolation_rule', 'isolation_rule', '5 5 3 1 1'),
	('whereabouts_event', 'whereabouts_event', '20000 20000 3 1 1'),
	('whereabouts', 'whereabouts', '10000 10000 1'),
	('whereabouts', 'whereabouts_kind', '10000 10000 2000');
ANALYZE sqlite_master;

-- ---- persons ----------------------------------------------------------------------------------------------------------
-- name: isolation_canon
SELECT canon FROM person WHERE county = $1 AND key = $2
-- name: isolation_aliases
SELECT key FROM person WHERE county = $1 AND canon = $2 AND canon <> key ORDER BY key
-- name: isolation_watched_keys
SELECT county, person FROM isolation_event
UNION SELECT county, guards FROM isolation_event WHERE guards > 0
UNION SELECT county, person FROM isolation_staff_event
UNION SELECT county, person FROM isolation_risk
UNION SELECT county, key FROM person WHERE canon <> key
UNION SELECT county, canon FROM person WHERE canon <> key
-- name: isolation_event_put
INSERT INTO isolation_event (county, person, at, fact, what, room, class, guards, reason, early, until_at, area, outbreak, child_max, rounds, edition)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING
-- name: isolation_void_put
INSERT INTO isolation_void (county, person, fact) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
-- name: isolation_entries
SELECT v.at, v.fact, v.what, v.room, v.class, v.guards, v.area, v.outbreak, v.child_max, v.rounds, v.until_at, v.edition
FROM isolation_event v WHERE v.county = $1 AND v.person = $2
	AND NOT EXISTS (SELECT 1 FROM isolation_void x WHERE x.county = v.county AND x.person = v.person AND x.fact = v.fact)
ORDER BY v.at, v.fact
-- name: isolation_stays_of
SELECT from_at, fact, room, class, guards, until_at, until_fact, ended_by, claim FROM isolation_stay WHERE county = $1 AND person = $2
ORDER BY from_at, fact
-- name: isolation_stay_put
INSERT INTO isolation_stay (county, person, from_at, fact, room, class, guards, until_at, until_fact, ended_by, area, outbreak, child_max, rounds,
	edition, claim, verdict)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, -1)
-- name: isolation_stay_drop
DELETE FROM isolation_stay WHERE county = $1 AND person = $2 AND from_at = $3 AND fact = $4
-- name: isolation_verdict_set
UPDATE isolation_stay SET verdict = $5 WHERE county = $1 AND person = $2 AND from_at = $3 AND fact = $4
-- name: isolation_hold_drop
DELETE FROM isolation_hold WHERE county = $1 AND person = $2
-- name: isolation_hold_put
INSERT INTO isolation_hold (county, person, room, class, at, until_at, area) VALUES ($1, $2, $3, $4, $5, $6, $7)
-- name: isolation_rooms_guarding
SELECT DISTINCT room FROM isolation_stay WHERE county = $1 AND guards = $2 AND guards > 0 ORDER BY room
-- name: isolation_settled_put
INSERT INTO isolation_settled (county, person, room, at, fact, finding) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
-- name: isolation_medicine_put
INSERT INTO isolation_medicine (county, person, at, fact, medicine) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
-- name: isolation_guardian_put
INSERT INTO isolation_guardian (county, person, at, fact, relation) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
-- First naming of a guardian for any record of a person ($2: the one that is kept).
-- name: isolation_guardian_at
SELECT min(g.at) FROM isolation_guardian g WHERE g.county = $1 AND (g.person = $2 OR g.person IN (SELECT a.key FROM person a
	WHERE a.county = $1 AND a.canon = $2 AND a.canon <> a.key))
-- The room in which a person was at an instant, unless taken in as a case.
-- name: isolation_room_at
SELECT room FROM isolation_stay WHERE county = $1 AND person = $2 AND claim = 0 AND class <> 5 AND from_at <= $3 AND (until_at = 0 OR until_at > $3)
-- name: isolation_now_room
SELECT room FROM isolation_stay WHERE county = $1 AND person = $2 AND claim = 0 AND until_at = 0
-- name: isolation_now_class
SELECT class FROM isolation_stay WHERE county = $1 AND person = $2 AND claim = 0 AND until_at = 0
-- name: isolation_now_guards
SELECT guards FROM isolation_stay WHERE county = $1 AND person = $2 AND claim = 0 AND until_at = 0
-- The register on a person ($2), whom he accompanies ($3), at an instant ($4): the columns of struct isolation_occupant.
-- name: isolation_register_of
SELECT c.key, c.household, c.birth_year, CASE WHEN EXISTS (SELECT 1 FROM person_tag t WHERE t.county = c.county AND t.person = c.key
		AND t.tag = 'semi_dependent' AND t.from_at > 0 AND t.from_at <= $4 AND (t.until_at = 0 OR t.until_at > $4)) THEN 1 ELSE 0 END,
	COALESCE((SELECT g.canon FROM person g WHERE g.county = p.county AND g.key = $3), $3),
	COALESCE((SELECT k.household FROM person g JOIN person k ON k.county = g.county AND k.key = g.canon WHERE g.county = p.county AND g.key = $3), 0)
FROM person p JOIN person c ON c.county = p.county AND c.key = p.canon WHERE p.county = $1 AND p.key = $2
-- name: isolation_under_order
SELECT count(*) FROM contact WHERE county = $1 AND person = $2 AND state = 1
-- name: isolation_birth_year
SELECT birth_year FROM person WHERE county = $1 AND key = $2

-- ---- rooms and sites -----------------------------------------------------------------------------------------------------
-- name: isolation_site_event_put
INSERT INTO isolation_site_event (county, site, at, fact, what, kind, area, name, zones_ok, place)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
-- name: isolation_site_events
SELECT at, fact, what, kind FROM isolation_site_event WHERE county = $1 AND site = $2 ORDER BY at, fact
-- The newest opening describes the site; it is closed when a closing is newer still. A site of which only a closing is known has no row.
-- name: isolation_site_derive
INSERT INTO isolation_site (county, key, kind, area, name, zones_ok, place, opened_at, closed_at)
SELECT o.county, o.site, o.kind, o.area, o.name, o.zones_ok, o.place,
	(SELECT min(f.at) FROM isolation_site_event f WHERE f.county = o.county AND f.site = o.site AND f.what = 1),
	COALESCE((SELECT max(c.at) FROM isolation_site_event c WHERE c.county = o.county AND c.site = o.site AND c.what = 2
		AND (c.at > o.at OR (c.at = o.at AND c.fact > o.fact))), 0)
FROM isolation_site_event o WHERE o.county = $1 AND o.site = $2 AND o.what = 1
	AND NOT EXISTS (SELECT 1 FROM isolation_site_event n WHERE n.county = o.county AND n.site = o.site AND n.what = 1
		AND (n.at > o.at OR (n.at = o.at AND n.fact > o.fact)))
ON CONFLICT (county, key) DO UPDATE SET kind = excluded.kind, area = excluded.area, name = excluded.name, zones_ok = excluded.zones_ok,
	place = excluded.place, opened_at = excluded.opened_at, closed_at = excluded.closed_at
-- name: isolation_room_put
INSERT INTO isolation_room (county, key, site, wing, floor, number, position, side, beds, ventilation, barrier_free, family, window_ok, own_toilet,
	area, at, fact)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (county, key) DO UPDATE SET site = excluded.site, wing = excluded.wing, floor = excluded.floor, number = excluded.number,
	position = excluded.position, side = excluded.side, beds = excluded.beds, ventilation = excluded.ventilation,
	barrier_free = excluded.barrier_free, family = excluded.family, window_ok = excluded.window_ok, own_toilet = excluded.own_toilet,
	area = excluded.area, at = excluded.at, fact = excluded.fact
WHERE isolation_room.at < excluded.at OR (isolation_room.at = excluded.at AND isolation_room.fact < excluded.fact)
-- name: isolation_room_get
SELECT site, beds, area FROM isolation_room WHERE county = $1 AND key = $2
-- name: isolation_site_of_room
SELECT site FROM isolation_room WHERE county = $1 AND key = $2
-- name: isolation_rooms_of_site
SELECT key FROM isolation_room WHERE county = $1 AND site = $2 ORDER BY key
-- name: isolation_site_area
SELECT area FROM isolation_site WHERE county = $1 AND key = $2
-- First coming to the rooms of a site, to a room.
-- name: isolation_site_since
SELECT COALESCE(min(s.from_at), 0) FROM isolation_room r JOIN isolation_stay s ON s.county = r.county AND s.room = r.key
WHERE r.county = $1 AND r.site = $2
-- name: isolation_room_since
SELECT COALESCE(min(from_at), 0) FROM isolation_stay WHERE county = $1 AND room = $2
-- name: isolation_person_since
SELECT COALESCE(min(from_at), 0) FROM isolation_stay WHERE county = $1 AND person = $2
-- name: isolation_room_event_put
INSERT INTO isolation_room_event (county, room, at, fact, what, value, text) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
-- name: isolation_room_events
SELECT at, fact, what, value FROM isolation_room_event WHERE county = $1 AND room = $2 ORDER BY at, fact
-- name: isolation_settled_in
SELECT s.at, s.fact, COALESCE(p.canon, s.person) FROM isolation_settled s LEFT JOIN person p ON p.county = s.county AND p.key = s.person
WHERE s.county = $1 AND s.room = $2 ORDER BY s.at, s.fact
-- The stays in a room, with what the register says of each person.
-- name: isolation_stays_in
SELECT s.person, s.from_at, s.fact, s.class, COALESCE(g.canon, s.guards), s.until_at, s.until_fact, s.claim, s.verdict, s.child_max,
	COALESCE(p.household, 0), COALESCE(p.birth_year, 0),
	CASE WHEN EXISTS (SELECT 1 FROM person_tag t WHERE t.county = s.county AND t.person = s.person AND t.tag = 'semi_dependent' AND t.from_at > 0
		AND t.from_at <= s.from_at AND (t.until_at = 0 OR t.until_at > s.from_at)) THEN 1 ELSE 0 END,
	COALESCE(k.household, 0), s.outbreak, s.area, s.edition
FROM isolation_stay s LEFT JOIN person p ON p.county = s.county AND p.key = s.person
LEFT JOIN person g ON g.county = s.county AND g.key = s.guards LEFT JOIN person k ON k.county = g.county AND k.key = g.canon
WHERE s.county = $1 AND s.room = $2 ORDER BY s.from_at, s.fact
-- name: isolation_room_now_put
INSERT INTO isolation_room_now (county, room, since_at, in_n, class, household, dirty_at, cleaned_at, rest_until, closed_at, site_closed,
	disputed_n, kind)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (county, room) DO UPDATE SET since_at = excluded.since_at, in_n = excluded.in_n, class = excluded.class, household = excluded.household,
	dirty_at = excluded.dirty_at, cleaned_at = excluded.cleaned_at, rest_until = excluded.rest_until, closed_at = excluded.closed_at,
	site_closed = excluded.site_closed, disputed_n = excluded.disputed_n, kind = excluded.kind
-- name: isolation_room_now_drop
DELETE FROM isolation_room_now WHERE county = $1 AND room = $2
-- The room as the rule sees it at $4, beds held for others than person $3.
-- name: isolation_room_state
SELECT COALESCE(r.key, 0), COALESCE(r.beds, 0), n.kind, n.site_closed, n.closed_at, n.dirty_at, n.rest_until, n.disputed_n,
	(SELECT count(*) FROM isolation_hold h WHERE h.county = n.county AND h.room = n.room AND h.person <> $3 AND h.until_at > $4)
FROM isolation_room_now n LEFT JOIN isolation_room r ON r.county = n.county AND r.key = n.room WHERE n.county = $1 AND n.room = $2
-- Who counts in a room now: the columns of struct isolation_occupant.
-- name: isolation_occupants
SELECT s.person, COALESCE(p.household, 0), s.class, COALESCE(g.canon, s.guards), COALESCE(k.household, 0), COALESCE(p.birth_year, 0),
	CASE WHEN EXISTS (SELECT 1 FROM person_tag t WHERE t.county = s.county AND t.person = s.person AND t.tag = 'semi_dependent' AND t.from_at > 0
		AND t.from_at <= s.from_at AND (t.until_at = 0 OR t.until_at > s.from_at)) THEN 1 ELSE 0 END, s.from_at, s.child_max
FROM isolation_stay s LEFT JOIN person p ON p.county = s.county AND p.key = s.person
LEFT JOIN person g ON g.county = s.county AND g.key = s.guards LEFT JOIN person k ON k.county = g.county AND k.key = g.canon
WHERE s.county = $1 AND s.room = $2 AND s.verdict = 0 AND s.until_at = 0 ORDER BY s.from_at, s.fact
-- name: isolation_room_heads
SELECT in_n + disputed_n FROM isolation_room_now WHERE county = $1 AND room = $2
-- name: isolation_site_heads
SELECT CAST(COALESCE(sum(n.in_n + n.disputed_n), 0) AS INTEGER) FROM isolation_room r
JOIN isolation_room_now n ON n.county = r.county AND n.room = r.key WHERE r.county = $1 AND r.site = $2

-- ---- what a site owes -----------------------------------------------------------------------------------------------------
-- name: isolation_task_put
INSERT INTO isolation_task (county, site, what, part, at, fact, n) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
-- name: isolation_tasks
SELECT what, part, min(at) FROM isolation_task WHERE county = $1 AND site = $2 AND at >= $3 GROUP BY what, part ORDER BY what, part
-- name: isolation_environment_put
INSERT INTO isolation_environment (county, site, at, fact, room, person, negative, points) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING
-- Who was in the site at or after an instant. A claim of being elsewhere is not a stay.
-- name: isolation_present
SELECT s.person, s.from_at, s.until_at, s.rounds FROM isolation_room r JOIN isolation_stay s ON s.county = r.county AND s.room = r.key
WHERE r.county = $1 AND r.site = $2 AND s.claim = 0 AND (s.until_at = 0 OR s.until_at >= $3)
ORDER BY r.key, s.person, s.from_at
-- Health checks of those, whichever of their records was named.
-- name: isolation_checks
SELECT DISTINCT s.person, e.at, e.half FROM isolation_room r JOIN isolation_stay s ON s.county = r.county AND s.room = r.key
JOIN contact_event e ON e.county = s.county AND e.person = s.person AND e.at >= $3 AND e.what = 3
WHERE r.county = $1 AND r.site = $2 AND s.claim = 0 AND (s.until_at = 0 OR s.until_at >= $3)
UNION
SELECT s.person, e.at, e.half FROM person a CROSS JOIN isolation_stay s JOIN isolation_room r ON r.county = s.county AND r.key = s.room
JOIN contact_event e ON e.county = s.county AND e.person = a.key AND e.at >= $3 AND e.what = 3
WHERE a.county = $1 AND a.canon <> a.key AND s.county = a.county AND s.person = a.canon AND r.site = $2 AND s.claim = 0
	AND (s.until_at = 0 OR s.until_at >= $3)
-- name: isolation_sites_of_person
SELECT DISTINCT r.site FROM isolation_stay s JOIN isolation_room r ON r.county = s.county AND r.key = s.room
WHERE s.county = $1 AND s.person = $2 AND s.claim = 0
-- name: isolation_duties_of
SELECT part, state, outbreak, area, from_at, due_at, done_at, clause FROM duty
WHERE county = $1 AND kind = $2 AND subject = $3 AND part >= $4 AND state > 0 ORDER BY part

-- ---- the closed loop ---------------------------------------------------------------------------------------------------------
-- name: isolation_staff_event_put
INSERT INTO isolation_staff_event (county, person, at, fact, what, site, role, area, outbreak, edition)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
-- name: isolation_staff_events
SELECT at, fact, what, site, role, area, outbreak, edition FROM isolation_staff_event WHERE county = $1 AND person = $2 ORDER BY at, fact
-- name: isolation_is_staff
SELECT count(*) FROM isolation_staff_event v WHERE v.county = $1 AND v.person IN (SELECT $2 UNION SELECT q.canon FROM person q
	WHERE q.county = $1 AND q.key = $2 UNION SELECT b.key FROM person q JOIN person b ON b.county = q.county AND b.canon = q.canon
	AND b.canon <> b.key WHERE q.county = $1 AND q.key = $2)
-- name: isolation_staff_drop
DELETE FROM isolation_staff WHERE county = $1 AND person = $2
-- name: isolation_staff_put
INSERT INTO isolation_staff (county, person, site, role, entered_at, left_at, monitored_until, cleared_at, area)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- ---- a positive inside -----------------------------------------------------------------------------------------------------
-- name: isolation_case
SELECT person, opened_at, sampled_at, withdrawn_at, outbreak, area, edition FROM case_file WHERE county = $1 AND case_key = $2
-- name: isolation_case_person
SELECT person FROM case_file WHERE county = $1 AND case_key = $2
-- Whom the openings of a case name.
-- name: isolation_case_persons
SELECT DISTINCT person FROM case_event WHERE county = $1 AND case_key = $2 AND what = 1 AND person > 0 ORDER BY person
-- name: isolation_cases_of
SELECT case_key FROM case_file WHERE county = $1 AND person = $2 ORDER BY case_key
-- name: isolation_inside_room
SELECT room FROM isolation_inside WHERE county = $1 AND case_key = $2
-- name: isolation_inside_put
INSERT INTO isolation_inside (county, case_key, room, opened_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (county, case_key) DO UPDATE SET room = excluded.room, opened_at = excluded.opened_at
-- name: isolation_inside_drop
DELETE FROM isolation_inside WHERE county = $1 AND case_key = $2
-- name: isolation_inquired_at
SELECT min(at) FROM isolation_inquiry WHERE county = $1 AND case_key = $2
-- name: isolation_inquiry_put
INSERT INTO isolation_inquiry (county, case_key, at, fact, room, left_at, at_risk_n, finding) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING
-- name: isolation_risk_put
INSERT INTO isolation_risk (county, person, case_key, at, fact, left_at, area, outbreak, edition) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
-- name: isolation_risks
SELECT r.case_key, r.at, r.area, r.outbreak, COALESCE(c.withdrawn_at, 0), r.left_at, r.edition
FROM isolation_risk r LEFT JOIN case_file c ON c.county = r.county AND c.case_key = r.case_key
WHERE r.county = $1 AND r.person = $2 ORDER BY r.case_key, r.at, r.fact
-- name: isolation_risk_persons
SELECT DISTINCT person FROM isolation_risk WHERE county = $1 AND case_key = $2 ORDER BY person
-- Signed since: judged (1) or begun again (6).
-- name: isolation_signed_since
SELECT min(at) FROM contact_event WHERE county = $1 AND person = $2 AND at >= $3 AND what IN (1, 6)

-- ---- rules of the editions, for questions ------------------------------------------------------------------------------------
-- name: isolation_rule_put
INSERT INTO isolation_rule (county, outbreak, from_at, fact, rooms_per_10k, medics_n, medics_per, restart_days, edition, sample_room)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING

-- ---- whereabouts --------------------------------------------------------------------------------------------------------
-- name: whereabouts_put
INSERT INTO whereabouts_event (county, person, at, fact, kind, ref) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
-- name: whereabouts_drop
DELETE FROM whereabouts WHERE county = $1 AND (person = $2 OR person = $3 OR person IN (SELECT a.key FROM person a
	WHERE a.county = $1 AND a.canon = $3 AND a.canon <> a.key))
-- The latest report of a human being ($2: the record that is kept). That somebody is in a site says less than the room that was
-- named before: who changes the site rides in between, or leaves.
-- name: whereabouts_derive
INSERT INTO whereabouts (county, person, kind, ref, at, fact)
WITH who AS (
	SELECT $2 AS key
	UNION SELECT a.key FROM person a WHERE a.county = $1 AND a.canon = $2 AND a.canon <> a.key),
everything AS (
	SELECT v.at, v.fact, v.kind, v.ref, v.person FROM who JOIN whereabouts_event v ON v.county = $1 AND v.person = who.key
	UNION
	SELECT v.at, v.fact, v.kind, v.ref, v.person FROM who JOIN case_file c ON c.county = $1 AND c.person = who.key
	JOIN whereabouts_event v ON v.county = $1 AND v.person = c.case_key),
said AS (
	SELECT s.at, s.fact, s.kind, s.ref FROM everything s
	WHERE NOT EXISTS (SELECT 1 FROM isolation_void x WHERE x.county = $1 AND x.person = s.person AND x.fact = s.fact))
SELECT $1, $2, s.kind, s.ref, s.at, s.fact FROM said s
WHERE NOT (s.kind = 5 AND 2 = COALESCE((SELECT p.kind FROM said p WHERE p.kind <> 5
	AND (p.at < s.at OR (p.at = s.at AND p.fact < s.fact)) ORDER BY p.at DESC, p.fact DESC LIMIT 1), 0))
ORDER BY s.at DESC, s.fact DESC LIMIT 1

-- ---- leaving the site ---------------------------------------------------------------------------------------------------
-- What keeps a person ($2, at $3) in the site, by the words of isolation_conditions.
-- name: isolation_unmet_of
SELECT 0 FROM contact x WHERE x.county = $1 AND x.person = $2 AND x.state = 1 AND x.central_until > $3
UNION
SELECT 1 FROM contact x JOIN duty d ON d.county = x.county AND d.kind = 'tracing.test' AND d.subject = x.person AND d.state = 1 AND d.waived_at = 0
	AND d.due_at <= x.central_until WHERE x.county = $1 AND x.person = $2 AND x.state = 1
UNION
SELECT CASE u.condition WHEN 1 THEN 2 WHEN 3 THEN 3 WHEN 4 THEN 4 ELSE 5 END FROM contact_unmet u
	WHERE u.county = $1 AND u.person = $2 AND u.condition IN (1, 3, 4, 5)
UNION
SELECT 5 FROM contact x WHERE x.county = $1 AND x.person = $2 AND x.state = 1 AND EXISTS (SELECT 1 FROM isolation_rule g WHERE g.county = x.county
		AND g.outbreak = x.outbreak AND g.edition = x.edition AND g.sample_room = 1)
	AND COALESCE((SELECT y.flag FROM (SELECT v.at, v.fact, v.flag FROM contact_event v WHERE v.county = $1 AND v.person = $2 AND v.what = 5
			UNION ALL SELECT w.at, w.fact, w.flag FROM placement w WHERE w.county = $1 AND w.person = $2 AND w.what = 5) y
		WHERE y.at >= x.identified_at ORDER BY y.at DESC, y.fact DESC LIMIT 1), 0) <> 1
UNION
SELECT 6 FROM isolation_stay s JOIN duty d ON d.county = s.county AND d.kind = 'isolation.inquiry' AND d.subject = s.room AND d.state = 1
	AND d.waived_at = 0 WHERE s.county = $1 AND s.person = $2 AND s.claim = 0 AND s.until_at = 0
UNION
SELECT 7 FROM duty d WHERE d.county = $1 AND d.kind = 'isolation.reset' AND d.subject = $2 AND d.state = 1 AND d.waived_at = 0
ORDER BY 1

-- ---- questions. $1 county, $2-$3 areas, $4 now, $5 limit, $6 offset ---------------------------------------------------------
-- name: isolation_q_whereabouts
SELECT pe.id, w.kind, re.id, se.id, r.number, w.at, COALESCE(p.area, 0)
FROM whereabouts w JOIN entity pe ON pe.county = w.county AND pe.key = w.person
LEFT JOIN person p ON p.county = w.county AND p.key = w.person
LEFT JOIN entity re ON re.county = w.county AND re.key = w.ref
LEFT JOIN isolation_room r ON r.county = w.county AND r.key = w.ref
LEFT JOIN entity se ON se.county = r.county AND se.key = r.site
WHERE w.county = $1 AND COALESCE(NULLIF(p.area, 0), $1 * 1000000) BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 0 OR w.person = $7) AND ($8 < 0 OR w.kind = $8)
ORDER BY w.at DESC, pe.id LIMIT $5 OFFSET $6
-- name: isolation_q_sites
WITH rule AS (SELECT medics_n, medics_per FROM isolation_rule WHERE county = $1 AND from_at <= $4 ORDER BY from_at DESC, fact DESC LIMIT 1),
t AS (
	SELECT r.site, count(*) AS rooms_n, sum(r.beds) AS beds_n, sum(n.in_n) AS in_n, sum(n.disputed_n) AS disputed_n,
		sum(CASE WHEN n.in_n > 0 THEN 1 ELSE 0 END) AS occupied,
		sum(CASE WHEN n.in_n = 0 AND (n.closed_at > 0 OR n.site_closed = 1) THEN 1 ELSE 0 END) AS closed,
		sum(CASE WHEN n.in_n = 0 AND n.closed_at = 0 AND n.site_closed = 0 AND n.dirty_at > 0 THEN 1 ELSE 0 END) AS dirty,
		sum(CASE WHEN n.in_n = 0 AND n.closed_at = 0 AND n.site_closed = 0 AND n.dirty_at = 0 AND n.rest_until > $4 THEN 1 ELSE 0 END) AS resting,
		sum(CASE WHEN n.in_n = 0 AND n.closed_at = 0 AND n.site_closed = 0 AND n.dirty_at = 0 AND n.rest_until <= $4 THEN 1 ELSE 0 END) AS free,
		sum(CASE WHEN h.until_at > $4 THEN 1 ELSE 0 END) AS held
	FROM isolation_room r JOIN isolation_room_now n ON n.county = r.county AND n.room = r.key
	LEFT JOIN (SELECT county, room, max(until_at) AS until_at FROM isolation_hold WHERE county = $1 GROUP BY county, room) h
		ON h.county = r.county AND h.room = r.key
	WHERE r.county = $1 GROUP BY r.site),
m AS (
	SELECT f.site, sum(CASE WHEN f.role IN (0, 1) THEN 1 ELSE 0 END) AS medics, count(*) AS staff FROM isolation_staff f
	WHERE f.county = $1 AND f.left_at = 0 GROUP BY f.site)
SELECT e.id, s.name, s.area, s.kind, s.zones_ok, s.opened_at, s.closed_at, CAST(COALESCE(t.rooms_n, 0) AS INTEGER),
	CAST(COALESCE(t.beds_n, 0) AS INTEGER), CAST(COALESCE(t.in_n, 0) AS INTEGER), CAST(COALESCE(t.occupied, 0) AS INTEGER),
	CAST(COALESCE(t.free, 0) AS INTEGER), CAST(COALESCE(t.dirty, 0) AS INTEGER), CAST(COALESCE(t.resting, 0) AS INTEGER),
	CAST(COALESCE(t.closed, 0) AS INTEGER), CAST(COALESCE(t.held, 0) AS INTEGER), CAST(COALESCE(t.disputed_n, 0) AS INTEGER),
	CAST(COALESCE(m.staff, 0) AS INTEGER), CAST(COALESCE(m.medics, 0) AS INTEGER),
	CAST((CAST(COALESCE(t.in_n, 0) AS INTEGER) * COALESCE((SELECT medics_n FROM rule), 2) + COALESCE((SELECT medics_per FROM rule), 50) - 1)
		/ COALESCE((SELECT medics_per FROM rule), 50) AS INTEGER)
FROM isolation_site s JOIN entity e ON e.county = s.county AND e.key = s.key LEFT JOIN t ON t.site = s.key LEFT JOIN m ON m.site = s.key
WHERE s.county = $1 AND s.area BETWEEN $2 AND $3 ORDER BY s.closed_at > 0, s.name, e.id LIMIT $5 OFFSET $6
-- The plan of a site: every room with its place and state.
-- name: isolation_q_rooms
WITH x AS (
	SELECT r.key, r.site, r.wing, r.floor, r.number, r.side, r.position, r.beds, n.in_n, n.class, n.since_at, n.rest_until, n.disputed_n, r.area,
		r.barrier_free, r.family, r.window_ok, r.own_toilet, r.ventilation,
		CASE WHEN n.in_n > 0 THEN 2 WHEN n.closed_at > 0 OR n.site_closed = 1 THEN 5 WHEN n.dirty_at > 0 THEN 3
			WHEN n.rest_until > $4 THEN 4 ELSE 1 END AS state
	FROM isolation_room r JOIN isolation_room_now n ON n.county = r.county AND n.room = r.key
	WHERE r.county = $1 AND r.area BETWEEN $2 AND $3 AND ($7 = 0 OR r.site = $7) AND ($8 < -900 OR r.floor = $8))
SELECT re.id, se.id, x.wing, x.floor, x.number, x.side, x.position, x.beds, x.in_n, x.class, x.state, x.since_at,
	CASE WHEN x.state = 4 THEN x.rest_until ELSE 0 END, x.disputed_n,
	(SELECT count(*) FROM isolation_hold h WHERE h.county = $1 AND h.room = x.key AND h.until_at > $4),
	x.barrier_free, x.family, x.window_ok, x.own_toilet, x.ventilation
FROM x JOIN entity re ON re.county = $1 AND re.key = x.key JOIN entity se ON se.county = $1 AND se.key = x.site
WHERE ($9 < 0 OR x.state = $9) ORDER BY se.id, x.wing, x.floor, x.side, x.position, re.id LIMIT $5 OFFSET $6
-- name: isolation_q_residents
SELECT pe.id, se.id, re.id, r.number, s.class, s.from_at, ge.id, x.tier, COALESCE(x.central_until, 0), COALESCE(x.ends_at, 0),
	COALESCE((SELECT max(v.at) FROM contact_event v WHERE v.county = s.county AND v.person = s.person AND v.what = 3), 0), s.verdict
FROM isolation_stay s LEFT JOIN isolation_room r ON r.county = s.county AND r.key = s.room
JOIN entity pe ON pe.county = s.county AND pe.key = s.person JOIN entity re ON re.county = s.county AND re.key = s.room
LEFT JOIN entity se ON se.county = s.county AND se.key = r.site LEFT JOIN entity ge ON ge.county = s.county AND ge.key = s.guards
LEFT JOIN contact x ON x.county = s.county AND x.person = s.person AND x.state = 1
WHERE s.county = $1 AND COALESCE(r.area, s.area) BETWEEN $2 AND $3 AND $4 >= 0 AND s.until_at = 0 AND s.claim = 0
	AND ($7 = 0 OR r.site = $7) AND ($8 = 0 OR s.person = $8)
ORDER BY se.id, r.number, pe.id LIMIT $5 OFFSET $6
-- Rooms around a room, and who is or ($8) was in them since.
-- name: isolation_q_neighbours
WITH b AS (SELECT * FROM isolation_room WHERE county = $1 AND key = $7 AND area BETWEEN $2 AND $3),
near AS (
	SELECT r.key, r.number, r.floor, CASE
		WHEN r.wing = b.wing AND r.floor = b.floor AND r.side = b.side AND r.position = b.position - 1 THEN 0
		WHEN r.wing = b.wing AND r.floor = b.floor AND r.side = b.side AND r.position = b.position + 1 THEN 1
		WHEN r.wing = b.wing AND r.floor = b.floor AND r.side <> b.side AND r.position BETWEEN b.position - 1 AND b.position + 1 THEN 2
		WHEN r.wing = b.wing AND r.floor = b.floor + 1 AND r.side = b.side AND r.position = b.position THEN 3
		WHEN r.wing = b.wing AND r.floor = b.floor - 1 AND r.side = b.side AND r.position = b.position THEN 4
		WHEN r.ventilation = b.ventilation AND r.ventilation <> '' THEN 5 ELSE 6 END AS relation
	FROM b JOIN isolation_room r ON r.county = b.county AND r.site = b.site AND r.key <> b.key)
SELECT n.relation, re.id, n.floor, n.number, pe.id, s.class, COALESCE(s.from_at, 0), COALESCE(s.until_at, 0)
FROM near n JOIN entity re ON re.county = $1 AND re.key = n.key
LEFT JOIN isolation_stay s ON s.county = $1 AND s.room = n.key AND s.claim = 0 AND (s.until_at = 0 OR ($8 > 0 AND s.until_at > $8))
LEFT JOIN entity pe ON pe.county = $1 AND pe.key = s.person
WHERE n.relation < 6 AND $4 >= 0 ORDER BY n.relation, n.number, re.id, s.from_at, pe.id LIMIT $5 OFFSET $6
-- Positives found inside, and how far the inquiry is.
-- name: isolation_q_inquiries
SELECT ce.id, pe.id, se.id, re.id, r.number, i.opened_at, d.due_at, d.state, d.done_at,
	(SELECT count(DISTINCT k.person) FROM isolation_risk k WHERE k.county = i.county AND k.case_key = i.case_key)
FROM isolation_inside i JOIN case_file c ON c.county = i.county AND c.case_key = i.case_key
JOIN duty d ON d.county = i.county AND d.kind = 'isolation.inquiry' AND d.subject = i.room AND d.part = i.case_key
LEFT JOIN isolation_room r ON r.county = i.county AND r.key = i.room
JOIN entity ce ON ce.county = i.county AND ce.key = i.case_key JOIN entity pe ON pe.county = i.county AND pe.key = c.person
JOIN entity re ON re.county = i.county AND re.key = i.room LEFT JOIN entity se ON se.county = i.county AND se.key = r.site
WHERE i.county = $1 AND COALESCE(r.area, c.area) BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 1 OR d.state = 1)
ORDER BY i.opened_at DESC, ce.id LIMIT $5 OFFSET $6
-- What an officer is asked to sign after an inquiry: the days of this person count again from leaving that environment.
-- name: isolation_q_resets
SELECT pe.id, oe.id, ce.id, COALESCE(max(k.left_at), 0), max(d.state), COALESCE(max(u.restart_days), 0)
FROM duty d JOIN isolation_risk k ON k.county = d.county AND k.case_key = d.part
LEFT JOIN person a ON a.county = k.county AND a.key = k.person
LEFT JOIN contact x ON x.county = d.county AND x.person = d.subject AND x.state = 1
LEFT JOIN isolation_rule u ON u.county = k.county AND u.edition = k.edition AND u.outbreak = k.outbreak
JOIN entity pe ON pe.county = d.county AND pe.key = d.subject JOIN entity oe ON oe.county = d.county AND oe.key = d.part
LEFT JOIN entity ce ON ce.county = d.county AND ce.key = x.case_key
WHERE d.county = $1 AND d.kind = 'isolation.reset' AND d.state > 0 AND d.area BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 1 OR d.state = 1)
	AND COALESCE(a.canon, k.person) = d.subject
GROUP BY pe.id, oe.id, ce.id ORDER BY pe.id, oe.id LIMIT $5 OFFSET $6
-- name: isolation_q_conflicts
SELECT pe.id, re.id, se.id, r.number, s.verdict, s.class, s.from_at, s.until_at, s.fact, d.state, d.done_at
FROM isolation_stay s JOIN duty d ON d.county = s.county AND d.kind = 'isolation.conflict' AND d.subject = s.person AND d.part = s.room
LEFT JOIN isolation_room r ON r.county = s.county AND r.key = s.room
JOIN entity pe ON pe.county = s.county AND pe.key = s.person JOIN entity re ON re.county = s.county AND re.key = s.room
LEFT JOIN entity se ON se.county = s.county AND se.key = r.site
WHERE s.county = $1 AND s.verdict > 0 AND d.area BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 1 OR d.state = 1)
ORDER BY s.from_at, pe.id, s.fact LIMIT $5 OFFSET $6
-- Residents whose central days end within $7 hours (also those past them), and each condition that is still unmet; one row without a
-- condition for whoever may go.
-- name: isolation_q_release_due
WITH r AS (
	SELECT s.person, s.room, s.class, m.site, m.number, x.central_until AS leave_at, x.identified_at, x.outbreak, x.edition
	FROM isolation_stay s LEFT JOIN isolation_room m ON m.county = s.county AND m.key = s.room
	JOIN contact x ON x.county = s.county AND x.person = s.person AND x.state = 1
	WHERE s.county = $1 AND COALESCE(m.area, s.area) BETWEEN $2 AND $3 AND s.until_at = 0 AND s.claim = 0
		AND x.central_until <= $4 + $7 * 3600000 AND ($8 = 0 OR m.site = $8)),
u AS (
	SELECT r.person, 0 AS condition FROM r WHERE r.leave_at > $4
	UNION
	SELECT r.person, 1 FROM r JOIN duty d ON d.county = $1 AND d.kind = 'tracing.test' AND d.subject = r.person AND d.state = 1 AND d.waived_at = 0
		AND d.due_at <= r.leave_at
	UNION
	SELECT r.person, CASE c.condition WHEN 1 THEN 2 WHEN 3 THEN 3 WHEN 4 THEN 4 ELSE 5 END FROM r
	JOIN contact_unmet c ON c.county = $1 AND c.person = r.person WHERE c.condition IN (1, 3, 4, 5)
	UNION
	SELECT r.person, 5 FROM r WHERE EXISTS (SELECT 1 FROM isolation_rule g WHERE g.county = $1 AND g.outbreak = r.outbreak AND g.edition = r.edition
			AND g.sample_room = 1)
		AND COALESCE((SELECT y.flag FROM (SELECT v.at, v.fact, v.flag, v.person FROM contact_event v WHERE v.county = $1 AND v.what = 5
				UNION ALL SELECT w.at, w.fact, w.flag, w.person FROM placement w WHERE w.county = $1 AND w.what = 5) y
			WHERE y.person = r.person AND y.at >= r.identified_at ORDER BY y.at DESC, y.fact DESC LIMIT 1), 0) <> 1
	UNION
	SELECT r.person, 6 FROM r JOIN duty d ON d.county = $1 AND d.kind = 'isolation.inquiry' AND d.subject = r.room AND d.state = 1
		AND d.waived_at = 0
	UNION
	SELECT r.person, 7 FROM r JOIN duty d ON d.county = $1 AND d.kind = 'isolation.reset' AND d.subject = r.person AND d.state = 1
		AND d.waived_at = 0)
SELECT pe.id, se.id, re.id, r.number, r.class, r.leave_at, COALESCE(u.condition, -1)
FROM r LEFT JOIN u ON u.person = r.person JOIN entity pe ON pe.county = $1 AND pe.key = r.person
JOIN entity re ON re.county = $1 AND re.key = r.room LEFT JOIN entity se ON se.county = $1 AND se.key = r.site
ORDER BY r.leave_at, pe.id, u.condition LIMIT $5 OFFSET $6
-- The closed loop: who is inside or followed after it, and what tests are owed.
-- name: isolation_q_staff
SELECT pe.id, se.id, f.role, f.entered_at, f.left_at, f.monitored_until, f.cleared_at,
	CAST(COALESCE(sum(CASE WHEN d.state = 2 THEN 1 ELSE 0 END), 0) AS INTEGER),
	CAST(COALESCE(sum(CASE WHEN d.state = 1 AND d.waived_at = 0 AND d.due_at < $4 THEN 1 ELSE 0 END), 0) AS INTEGER), COALESCE(max(d.done_at), 0)
FROM isolation_staff f JOIN entity pe ON pe.county = f.county AND pe.key = f.person
LEFT JOIN entity se ON se.county = f.county AND se.key = f.site
LEFT JOIN duty d ON d.county = f.county AND d.kind = 'isolation.staff_test' AND d.subject = f.person
WHERE f.county = $1 AND f.area BETWEEN $2 AND $3 AND ($7 = 0 OR f.site = $7) AND ($8 = 1 OR f.cleared_at = 0)
GROUP BY pe.id, se.id, f.role, f.entered_at, f.left_at, f.monitored_until, f.cleared_at
ORDER BY se.id, f.left_at, pe.id LIMIT $5 OFFSET $6
-- Rounds of a site, half-day by half-day: asked, done, what the staff said.
-- name: isolation_q_rounds
SELECT e.id, d.part / 2, d.part % 2, d.from_at, d.due_at, d.state, d.done_at,
	COALESCE((SELECT min(t.at) FROM isolation_task t WHERE t.county = d.county AND t.site = d.subject AND t.what = 1 AND t.part = d.part), 0)
FROM duty d JOIN entity e ON e.county = d.county AND e.key = d.subject
WHERE d.county = $1 AND d.kind = 'isolation.round' AND d.state > 0 AND d.area BETWEEN $2 AND $3 AND ($7 = 0 OR d.subject = $7)
	AND d.from_at <= $4 AND d.from_at >= $8
ORDER BY d.part DESC, e.id LIMIT $5 OFFSET $6
-- Rooms for the county: what is there against what the editions in force ask for.
-- name: isolation_q_reserve
WITH rule AS (
	SELECT COALESCE(max(u.rooms_per_10k), 0) AS per_10k FROM isolation_rule u WHERE u.county = $1 AND u.from_at <= $4
		AND NOT EXISTS (SELECT 1 FROM isolation_rule n WHERE n.county = u.county AND n.outbreak = u.outbreak AND n.from_at <= $4
			AND (n.from_at > u.from_at OR (n.from_at = u.from_at AND n.fact > u.fact)))),
people AS ( -- from the index by area alone; whoever has departed still counts, records merged into others do not
	SELECT (SELECT count(*) FROM person p WHERE p.county = $1 AND p.area BETWEEN $2 AND $3 AND p.area > 0)
		- (SELECT count(*) FROM person a WHERE a.county = $1 AND a.canon <> a.key AND +a.area BETWEEN $2 AND $3 AND +a.area > 0) AS n),
rooms AS (
	SELECT count(*) AS n, COALESCE(sum(CASE WHEN w.in_n > 0 THEN 1 ELSE 0 END), 0) AS occupied,
		COALESCE(sum(CASE WHEN w.closed_at > 0 OR w.site_closed = 1 THEN 1 ELSE 0 END), 0) AS closed,
		COALESCE(sum(CASE WHEN w.in_n = 0 AND w.closed_at = 0 AND w.site_closed = 0 AND w.dirty_at = 0 AND w.rest_until <= $4 THEN 1 ELSE 0 END), 0) AS free
	FROM isolation_room r JOIN isolation_room_now w ON w.county = r.county AND w.room = r.key WHERE r.county = $1 AND r.area BETWEEN $2 AND $3)
SELECT people.n, rule.per_10k, CAST((people.n * rule.per_10k + 9999) / 10000 AS INTEGER), CAST(rooms.n - rooms.closed AS INTEGER),
	CAST(rooms.occupied AS INTEGER), CAST(rooms.free AS INTEGER),
	CAST(CASE WHEN (people.n * rule.per_10k + 9999) / 10000 > rooms.n - rooms.closed
		THEN (people.n * rule.per_10k + 9999) / 10000 - (rooms.n - rooms.closed) ELSE 0 END AS INTEGER)
FROM people CROSS JOIN rule CROSS JOIN rooms LIMIT $5 OFFSET $6
-- name: isolation_q_medicines
SELECT pe.id, m.at, m.medicine FROM isolation_medicine m JOIN entity pe ON pe.county = m.county AND pe.key = m.person
LEFT JOIN person p ON p.county = m.county AND p.key = m.person
WHERE m.county = $1 AND COALESCE(NULLIF(p.area, 0), $1 * 1000000) BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 0 OR m.person = $7)
ORDER BY m.at DESC, pe.id, m.fact LIMIT $5 OFFSET $6
-- name: isolation_q_environment
SELECT se.id, re.id, pe.id, v.at, v.negative, v.points FROM isolation_environment v JOIN entity se ON se.county = v.county AND se.key = v.site
LEFT JOIN entity re ON re.county = v.county AND re.key = v.room LEFT JOIN entity pe ON pe.county = v.county AND pe.key = v.person
LEFT JOIN isolation_site s ON s.county = v.county AND s.key = v.site
WHERE v.county = $1 AND COALESCE(s.area, $1 * 1000000) BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 0 OR v.site = $7)
ORDER BY v.at DESC, se.id, v.fact LIMIT $5 OFFSET $6

-- ---- what the computed questions read -----------------------------------------------------------------------------------
-- name: isolation_ask_sites
SELECT s.key, e.id FROM isolation_site s JOIN entity e ON e.county = s.county AND e.key = s.key
WHERE s.county = $1 AND s.area BETWEEN $2 AND $3 AND ($4 = 0 OR s.key = $4) ORDER BY e.id
-- The newest room of a person in a site.
-- name: isolation_ask_room
SELECT pe.id, re.id, r.number FROM isolation_stay s JOIN isolation_room r ON r.county = s.county AND r.key = s.room
JOIN entity pe ON pe.county = s.county AND pe.key = s.person JOIN entity re ON re.county = s.county AND re.key = s.room
WHERE s.county = $1 AND s.person = $2 AND r.site = $3 AND s.claim = 0 ORDER BY s.from_at DESC, s.fact DESC LIMIT 1
-- Rooms that anybody could be put in ($4 now, $5 site or 0, $6 the person for whom).
-- name: isolation_ask_rooms
SELECT r.key, re.id, se.id, r.site, r.wing, r.floor, r.number, r.beds, r.barrier_free, r.family, r.window_ok, r.own_toilet,
	n.kind, n.site_closed, n.closed_at, n.dirty_at, n.rest_until, n.disputed_n, n.in_n, COALESCE(h.n, 0)
FROM isolation_room r JOIN isolation_room_now n ON n.county = r.county AND n.room = r.key
JOIN entity re ON re.county = r.county AND re.key = r.key JOIN entity se ON se.county = r.county AND se.key = r.site
LEFT JOIN (SELECT room, count(*) AS n FROM isolation_hold WHERE county = $1 AND until_at > $4 AND person <> $6 GROUP BY room) h ON h.room = r.key
WHERE r.county = $1 AND r.area BETWEEN $2 AND $3 AND ($5 = 0 OR r.site = $5) ORDER BY re.id
-- Tier and standing case of a person (the record that is kept).
-- name: isolation_ask_class
SELECT COALESCE((SELECT x.tier FROM contact x WHERE x.county = $1 AND x.person = $2 AND x.state = 1), ''),
	(SELECT count(*) FROM case_file c WHERE c.county = $1 AND c.person = $2 AND c.withdrawn_at = 0)
-- Rooms in which people of a household are now.
-- name: isolation_ask_household
SELECT DISTINCT s.room FROM person p JOIN isolation_stay s ON s.county = p.county AND s.person = p.key
WHERE p.county = $1 AND p.household = $2 AND p.household > 0 AND s.verdict = 0 AND s.until_at = 0 ORDER BY s.room
-- Spans in central isolation by the regimens signed and running.
-- name: isolation_ask_spans
SELECT x.person, x.central_from, x.central_until, COALESCE(p.household, 0) FROM contact x
LEFT JOIN person p ON p.county = x.county AND p.key = x.person
WHERE x.county = $1 AND x.area BETWEEN $2 AND $3 AND x.state = 1 AND x.central_until > $4 ORDER BY x.central_from, x.person
-- Residents whose end no regimen says: cases, carers, arrivals without an order.
-- name: isolation_ask_open
SELECT count(*) FROM isolation_stay s LEFT JOIN isolation_room r ON r.county = s.county AND r.key = s.room
WHERE s.county = $1 AND COALESCE(r.area, s.area) BETWEEN $2 AND $3 AND s.claim = 0 AND s.until_at = 0
	AND NOT EXISTS (SELECT 1 FROM contact x WHERE x.county = s.county AND x.person = s.person AND x.state = 1 AND x.central_until > $4)
-- name: isolation_ask_usable
SELECT count(*) FROM isolation_room r JOIN isolation_room_now n ON n.county = r.county AND n.room = r.key
WHERE r.county = $1 AND r.area BETWEEN $2 AND $3 AND n.closed_at = 0 AND n.site_closed = 0
-- Whoever needs help in daily life, or a room without steps.
-- name: isolation_needs_barrier_free
SELECT count(*) FROM person_tag t WHERE t.county = $1 AND t.person = $2 AND t.tag IN ('semi_dependent', 'wheelchair', 'barrier_free')
	AND t.from_at > 0 AND t.from_at <= $3 AND (t.until_at = 0 OR t.until_at > $3)

-- ---- the second path -----------------------------------------------------------------------------------------------------
-- Rows that facts of one kind left ($2: which table, $3: which kind of row).
-- name: isolation_audit_rows
SELECT (SELECT count(*) FROM isolation_event v WHERE v.county = $1 AND v.what = $3 AND $2 = 1)
	+ (SELECT count(*) FROM isolation_room_event v WHERE v.county = $1 AND v.what = $3 AND $2 = 2)
	+ (SELECT count(*) FROM isolation_site_event v WHERE v.county = $1 AND v.what = $3 AND $2 = 3)
	+ (SELECT count(*) FROM isolation_task v WHERE v.county = $1 AND v.what = $3 AND $2 = 4)
	+ (SELECT count(*) FROM isolation_settled v WHERE v.county = $1 AND $2 = 5)
	+ (SELECT count(*) FROM isolation_environment v WHERE v.county = $1 AND $2 = 6)
	+ (SELECT count(*) FROM isolation_inquiry v WHERE v.county = $1 AND $2 = 7)
	+ (SELECT count(*) FROM isolation_medicine v WHERE v.county = $1 AND $2 = 8)
	+ (SELECT count(*) FROM isolation_guardian v WHERE v.county = $1 AND $2 = 9)
	+ (SELECT count(*) FROM isolation_staff_event v WHERE v.county = $1 AND v.what = $3 AND $2 = 10)
-- name: isolation_audit_beds
SELECT e.id FROM isolation_stay s JOIN isolation_room r ON r.county = s.county AND r.key = s.room
JOIN entity e ON e.county = r.county AND e.key = r.key
WHERE s.county = $1 AND s.verdict = 0 AND s.until_at = 0 GROUP BY e.id, r.beds HAVING count(*) > r.beds ORDER BY e.id
-- name: isolation_audit_classes
SELECT e.id FROM isolation_stay s JOIN entity e ON e.county = s.county AND e.key = s.room
WHERE s.county = $1 AND s.verdict = 0 AND s.until_at = 0 GROUP BY e.id HAVING min(s.class) <> max(s.class) ORDER BY e.id
-- name: isolation_audit_places
SELECT e.id FROM isolation_stay s JOIN isolation_stay o ON o.county = s.county AND o.person = s.person AND o.verdict = 0
	AND (o.from_at > s.from_at OR (o.from_at = s.from_at AND o.fact > s.fact)) AND (s.until_at = 0 OR o.from_at < s.until_at)
JOIN entity e ON e.county = s.county AND e.key = s.person
WHERE s.county = $1 AND s.verdict = 0 GROUP BY e.id ORDER BY e.id
-- name: isolation_audit_heads
SELECT e.id FROM isolation_room_now n JOIN entity e ON e.county = n.county AND e.key = n.room
WHERE n.county = $1 AND n.in_n <> (SELECT count(*) FROM isolation_stay s WHERE s.county = n.county AND s.room = n.room AND s.verdict = 0
	AND s.until_at = 0) ORDER BY e.id
