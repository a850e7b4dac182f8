-- SPDX-License-Identifier: Apache-2.0
-- home_event, door_watch_end and door_call only grow; home_team holds the newest statement; home_stay is computed from all of it.
-- What came from a watch is deleted when the watch ends, whatever the order of arrival: a row of door_watch_end keeps the rest out.
-- 0 stands for an instant or an entity that is not known, -1 for a word that was not given.

-- script: homecare_schema
CREATE TABLE IF NOT EXISTS home_event (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- enum home_what
	other INTEGER NOT NULL,     -- visit, exit or co-resident
	flag INTEGER NOT NULL,      -- assessed: fit
	value INTEGER NOT NULL,     -- purpose, finding, goods, need, arrangement, reason
	from_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	PRIMARY KEY (county, person, at, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS home_team (
	county INTEGER NOT NULL,
	subject INTEGER NOT NULL,   -- person or household
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	team INTEGER NOT NULL,
	complete INTEGER NOT NULL,  -- every role of the edition is there
	area INTEGER NOT NULL,
	PRIMARY KEY (county, subject)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS home_team_team ON home_team (county, team);
CREATE TABLE IF NOT EXISTS home_member (
	county INTEGER NOT NULL,
	subject INTEGER NOT NULL,
	member INTEGER NOT NULL,    -- user
	role TEXT NOT NULL,         -- of the edition's home_team, or a word of its own
	PRIMARY KEY (county, subject, member, role)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS home_stay (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,    -- the record that merges keep
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	household INTEGER NOT NULL,
	source INTEGER NOT NULL,    -- enum homecare_source
	home INTEGER NOT NULL,      -- 0: followed where the person lives, not kept at home
	isolation INTEGER NOT NULL, -- 0: monitoring
	exit_rule INTEGER NOT NULL, -- enum protocol_exit
	observer INTEGER NOT NULL,  -- enum protocol_observer
	checks INTEGER NOT NULL,    -- a day
	tier TEXT NOT NULL,
	edition TEXT NOT NULL,
	from_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL,  -- 0: not ended so far
	ends_at INTEGER NOT NULL,   -- when its days are over; 0 where it has none
	entered_at INTEGER NOT NULL,
	fit INTEGER NOT NULL,       -- newest assessment, -1 = none
	assessed_at INTEGER NOT NULL,
	team INTEGER NOT NULL,      -- the person's or the household's
	team_complete INTEGER NOT NULL,
	visits INTEGER NOT NULL,    -- done in this stay
	visited_at INTEGER NOT NULL,
	delivered_at INTEGER NOT NULL,
	waste_at INTEGER NOT NULL,
	out_until INTEGER NOT NULL, -- an approved exit from which the person is not back: until when, 0 = none
	PRIMARY KEY (county, person)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS home_stay_area ON home_stay (county, area);
CREATE INDEX IF NOT EXISTS home_stay_household ON home_stay (county, household);
CREATE TABLE IF NOT EXISTS door_watch (
	county INTEGER NOT NULL,
	watch INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	person_id BLOB NOT NULL,    -- an id and no key: keys are given in ledger order, and this link must not take part in that
	sensor TEXT NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	edition TEXT NOT NULL,
	until_at INTEGER NOT NULL,  -- of the person's stay; 0 = it runs; -1 = there is none
	PRIMARY KEY (county, watch)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS door_watch_person ON door_watch (county, person_id);
CREATE INDEX IF NOT EXISTS door_watch_sensor ON door_watch (county, sensor);
CREATE TABLE IF NOT EXISTS door_watch_end (
	county INTEGER NOT NULL,
	watch INTEGER NOT NULL,
	at INTEGER NOT NULL,        -- of the first fact that ended it
	PRIMARY KEY (county, watch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS door_event (
	county INTEGER NOT NULL,
	watch INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- enum door_what; of heartbeats and silences only the newest
	opening INTEGER NOT NULL,
	value INTEGER NOT NULL,     -- battery, since when silent
	excused INTEGER NOT NULL,   -- opened: 1 = announced, approved or explained by what was recorded at the door
	PRIMARY KEY (county, watch, at, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS door_call (
	county INTEGER NOT NULL,
	watch INTEGER NOT NULL,
	opening INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	result INTEGER NOT NULL,
	PRIMARY KEY (county, watch, at, fact)
) WITHOUT ROWID;

-- only: sqlite
-- What a county holds (see ledger.sql).
ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl IN ('home_event', 'home_team', 'home_member', 'home_stay', 'door_watch', 'door_watch_end', 'door_event', 'door_call');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('home_event', 'home_event', '60000 60000 20 1 1'),
	('home_team', 'home_team', '3000 3000 1'),
	('home_team', 'home_team_team', '3000 3000 10'),
	('home_member', 'home_member', '15000 15000 5 1 1'),
	('home_stay', 'home_stay', '4000 4000 1'),
	('home_stay', 'home_stay_area', '4000 4000 20'),
	('home_stay', 'home_stay_household', '4000 4000 2'),
	('door_watch', 'door_watch', '2000 2000 1'),
	('door_watch', 'door_watch_person', '2000 2000 1'),
	('door_watch', 'door_watch_sensor', '2000 2000 1'),
	('door_watch_end', 'door_watch_end', '4000 4000 1'),
	('door_event', 'door_event', '80000 80000 40 1 1'),
	('door_call', 'door_call', '8000 8000 4 1 1');
ANALYZE sqlite_master;

-- ---- what was reported ------------------------------------------------------------------------------------------------

-- name: homecare_event_put
INSERT INTO home_event (county, person, at, fact, what, other, flag, value, from_at, until_at, outbreak, area)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING
-- name: homecare_events
SELECT at, fact, what, other, flag, value, from_at, until_at FROM home_event WHERE county = $1 AND person = $2 ORDER BY at, fact
-- name: homecare_team_put
INSERT INTO home_team (county, subject, at, fact, team, complete, area) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, subject) DO UPDATE SET at = excluded.at, fact = excluded.fact, team = excluded.team, complete = excluded.complete,
	area = excluded.area
WHERE home_team.at < excluded.at OR (home_team.at = excluded.at AND home_team.fact < excluded.fact)
-- name: homecare_team_get
SELECT at, complete, team, fact FROM home_team WHERE county = $1 AND subject = $2
-- name: homecare_members_clear
DELETE FROM home_member WHERE county = $1 AND subject = $2
-- name: homecare_member_put
INSERT INTO home_member (county, subject, member, role) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- ---- a person ------------------------------------------------------------------------------------------------------------

-- name: homecare_place_of
SELECT c.household, c.area FROM person p JOIN person c ON c.county = p.county AND c.key = p.canon WHERE p.county = $1 AND p.key = $2
-- Who lives in a household by the register, by the records that are kept.
-- name: homecare_household_members
SELECT key FROM person WHERE county = $1 AND household = $2 AND canon = key AND registered_at > 0 AND until_at = 0 ORDER BY key
-- Whose stay is in a household, and whoever else is registered there.
-- name: homecare_household_persons
SELECT person FROM home_stay WHERE county = $1 AND household = $2 UNION SELECT key FROM person WHERE county = $1 AND household = $2 AND canon = key
-- Who has a duty about this member of a household.
-- name: homecare_index_of
SELECT DISTINCT subject FROM duty WHERE county = $1 AND kind = 'homecare.household_test' AND part = $2 AND state > 0 ORDER BY subject
-- name: homecare_tracing_events
SELECT e.at, e.what, e.place, e.flag, e.half, e.fact FROM contact_event e WHERE e.county = $1 AND e.person = $2 AND e.what IN (2, 3)
UNION ALL
SELECT p.at, p.what, p.place, p.flag, -1, p.fact FROM placement p WHERE p.county = $1 AND p.person = $2 AND p.what = 2
	AND NOT EXISTS (SELECT 1 FROM placement_void v WHERE v.county = p.county AND v.person = p.person AND v.fact = p.fact)
ORDER BY 1, 6
-- name: homecare_orders
SELECT r.class, r.start_at, r.end_at, r.signed_at, r.lifted_at, r.outbreak, r.area, r.edition
FROM restriction r JOIN entity n ON n.county = r.county AND n.key = r.order_key
WHERE r.county = $1 AND r.person = $2 AND r.class IN (1, 2) ORDER BY r.start_at, n.id
-- Whom an order was ever said to be about.
-- name: homecare_order_persons
SELECT DISTINCT person FROM order_event WHERE county = $1 AND order_key = $2 AND person > 0 ORDER BY person
-- name: homecare_own_cases
SELECT c.case_key, c.outbreak, c.area, c.opened_at, c.isolated_at, c.place, c.withdrawn_at, c.edition
FROM case_file c JOIN entity n ON n.county = c.county AND n.key = c.case_key
WHERE c.county = $1 AND c.person = $2 ORDER BY c.opened_at, n.id
-- Where a case was isolated, and where its person was taken in as a case.
-- name: homecare_case_moves
SELECT e.at, e.place, e.fact FROM case_event e WHERE e.county = $1 AND e.case_key = $2 AND e.what = 3
UNION ALL
SELECT p.at, p.place, p.fact FROM placement p JOIN case_file c ON c.county = p.county AND c.person = p.person AND c.case_key = $2
WHERE p.county = $1 AND p.as_case = 1 AND p.at >= c.opened_at
	AND NOT EXISTS (SELECT 1 FROM placement_void v WHERE v.county = p.county AND v.person = p.person AND v.fact = p.fact)
ORDER BY 1, 3
-- name: homecare_stay_put
INSERT INTO home_stay (county, person, outbreak, area, household, source, home, isolation, exit_rule, observer, checks, tier, edition,
	from_at, until_at, ends_at, entered_at, fit, assessed_at, team, team_complete, visits, visited_at, delivered_at, waste_at, out_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
ON CONFLICT (county, person) DO UPDATE SET outbreak = excluded.outbreak, area = excluded.area, household = excluded.household,
	source = excluded.source, home = excluded.home, isolation = excluded.isolation, exit_rule = excluded.exit_rule,
	observer = excluded.observer, checks = excluded.checks, tier = excluded.tier, edition = excluded.edition,
	from_at = excluded.from_at, until_at = excluded.until_at, ends_at = excluded.ends_at, entered_at = excluded.entered_at,
	fit = excluded.fit, assessed_at = excluded.assessed_at, team = excluded.team, team_complete = excluded.team_complete,
	visits = excluded.visits, visited_at = excluded.visited_at, delivered_at = excluded.delivered_at, waste_at = excluded.waste_at,
	out_until = excluded.out_until
-- name: homecare_stay_drop
DELETE FROM home_stay WHERE county = $1 AND person = $2
-- name: homecare_duties
SELECT kind, part, state, outbreak, area, from_at, due_at, done_at, clause FROM duty
WHERE county = $1 AND subject = $2 AND kind IN ('homecare.assess', 'homecare.rehouse', 'homecare.team', 'homecare.visit',
	'homecare.daily_visit', 'homecare.deliver', 'homecare.waste', 'homecare.back_home', 'homecare.move', 'homecare.household_test',
	'homecare.check', 'homecare.conflict', 'homecare.call_back', 'homecare.sensor_silent', 'homecare.unbind') AND state > 0
-- name: homecare_watched_keys
SELECT county, person FROM home_stay UNION SELECT county, person FROM home_event
UNION SELECT county, person FROM contact_event WHERE what = 1 UNION SELECT county, person FROM case_event WHERE person > 0
UNION SELECT county, person FROM restriction
UNION SELECT county, part FROM duty WHERE kind = 'homecare.household_test'
UNION SELECT county, household FROM home_stay UNION SELECT county, tube FROM positive_tube
-- name: homecare_case_persons
SELECT DISTINCT person FROM case_event WHERE county = $1 AND case_key = $2 AND person > 0 ORDER BY person

-- ---- doors ---------------------------------------------------------------------------------------------------------------

-- name: homecare_watch_put
INSERT INTO door_watch (county, watch, at, fact, person_id, sensor, outbreak, area, edition, until_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, -1)
ON CONFLICT (county, watch) DO UPDATE SET at = excluded.at, fact = excluded.fact, person_id = excluded.person_id, sensor = excluded.sensor,
	outbreak = excluded.outbreak, area = excluded.area, edition = excluded.edition
WHERE door_watch.at < excluded.at OR (door_watch.at = excluded.at AND door_watch.fact < excluded.fact)
-- name: homecare_watch_get
SELECT person_id, at, sensor, outbreak, area, edition FROM door_watch WHERE county = $1 AND watch = $2
-- name: homecare_watches_of
SELECT watch FROM door_watch WHERE county = $1 AND person_id = $2 ORDER BY watch
-- name: homecare_watches_of_sensor
SELECT watch FROM door_watch WHERE county = $1 AND sensor = $2 ORDER BY watch
-- name: homecare_watch_until
UPDATE door_watch SET until_at = $3 WHERE county = $1 AND watch = $2
-- name: homecare_watch_drop
DELETE FROM door_watch WHERE county = $1 AND watch = $2
-- name: homecare_watch_end_put
INSERT INTO door_watch_end (county, watch, at) VALUES ($1, $2, $3)
ON CONFLICT (county, watch) DO UPDATE SET at = excluded.at WHERE door_watch_end.at > excluded.at
-- name: homecare_is_watch
SELECT count(*) FROM entity WHERE county = $1 AND key = $2 AND kind = 'watch'
-- name: homecare_watch_ended
SELECT count(*) FROM door_watch_end WHERE county = $1 AND watch = $2
-- name: homecare_door_put
INSERT INTO door_event (county, watch, at, fact, what, opening, value, excused) VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT DO NOTHING
-- Of heartbeats and of silences the newest is enough.
-- name: homecare_door_newest
DELETE FROM door_event WHERE county = $1 AND watch = $2 AND what = $3 AND EXISTS (
	SELECT 1 FROM door_event n WHERE n.county = door_event.county AND n.watch = door_event.watch AND n.what = door_event.what
		AND (n.at > door_event.at OR (n.at = door_event.at AND n.fact > door_event.fact)))
-- name: homecare_door_events
SELECT at, fact, what, opening, value, excused FROM door_event WHERE county = $1 AND watch = $2 ORDER BY at, fact
-- name: homecare_door_excuse
UPDATE door_event SET excused = $5 WHERE county = $1 AND watch = $2 AND at = $3 AND fact = $4
-- name: homecare_door_openings
SELECT DISTINCT opening FROM door_event WHERE county = $1 AND watch = $2 AND opening > 0
-- name: homecare_doors_drop
DELETE FROM door_event WHERE county = $1 AND watch = $2
-- name: homecare_call_put
INSERT INTO door_call (county, watch, opening, at, fact, result) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
-- name: homecare_calls
SELECT at, opening FROM door_call WHERE county = $1 AND watch = $2 ORDER BY at, fact
-- name: homecare_calls_drop
DELETE FROM door_call WHERE county = $1 AND watch = $2
-- What the gateway works with.
-- name: homecare_live_watches
SELECT we.id, oe.id, w.county, w.area, w.sensor, w.edition, w.at, w.until_at,
	COALESCE((SELECT max(d.at) FROM door_event d WHERE d.county = w.county AND d.watch = w.watch AND d.what <> 4), 0),
	COALESCE((SELECT max(d.at) FROM door_event d WHERE d.county = w.county AND d.watch = w.watch AND d.what = 4), 0),
	COALESCE((SELECT max(d.value) FROM door_event d WHERE d.county = w.county AND d.watch = w.watch AND d.what = 3), -1)
FROM door_watch w JOIN entity we ON we.county = w.county AND we.key = w.watch
JOIN entity oe ON oe.county = w.county AND oe.key = w.outbreak
WHERE ($1 = 0 OR w.county = $1) ORDER BY w.county, w.at, we.id

-- ---- queries. $1 county, $2-$3 areas, $4 now, $5 limit, $6 offset ----------------------------------------------------------

-- name: homecare_q_households
SELECT pe.id, he.id, s.area, s.source, s.home, s.isolation, s.exit_rule, s.tier, s.from_at, s.until_at, s.ends_at,
	s.entered_at, s.fit, te.id, s.team_complete,
	(SELECT count(*) FROM duty d WHERE d.county = s.county AND d.subject = s.person AND d.kind IN ('tracing.check', 'homecare.check')
	 AND d.state IN (1, 2) AND d.from_at <= $4 AND d.due_at > $4 - 86400000),
	(SELECT count(*) FROM duty d WHERE d.county = s.county AND d.subject = s.person AND d.kind IN ('tracing.check', 'homecare.check')
	 AND d.state = 2 AND d.from_at <= $4 AND d.due_at > $4 - 86400000),
	s.visits, s.visited_at, s.delivered_at, s.waste_at, s.out_until,
	(SELECT count(*) FROM duty d WHERE d.county = s.county AND d.subject = s.person AND d.state = 1 AND d.waived_at = 0 AND d.from_at <= $4
	 AND d.kind IN ('homecare.assess', 'homecare.rehouse', 'homecare.team', 'homecare.visit', 'homecare.daily_visit', 'homecare.deliver',
		'homecare.waste', 'homecare.back_home', 'homecare.move', 'homecare.household_test', 'homecare.check', 'homecare.conflict'))
FROM home_stay s JOIN entity pe ON pe.county = s.county AND pe.key = s.person
LEFT JOIN entity he ON he.county = s.county AND he.key = s.household
LEFT JOIN entity te ON te.county = s.county AND te.key = s.team
WHERE s.county = $1 AND s.area BETWEEN $2 AND $3 AND s.from_at <= $4 AND (s.until_at = 0 OR s.until_at > $4) AND ($7 = 0 OR s.team = $7)
ORDER BY s.area, he.id, pe.id LIMIT $5 OFFSET $6
-- The roll of health checks: windows that have begun and hold none yet (the windows are those of the duties, so the two never differ).
-- name: homecare_q_missing_checks
SELECT te.id, pe.id, he.id, s.area, d.from_at, d.due_at, $4 - d.due_at
FROM home_stay s JOIN duty d ON d.county = s.county AND d.subject = s.person AND d.kind IN ('tracing.check', 'homecare.check')
JOIN entity pe ON pe.county = s.county AND pe.key = s.person
LEFT JOIN entity he ON he.county = s.county AND he.key = s.household
LEFT JOIN entity te ON te.county = s.county AND te.key = s.team
WHERE s.county = $1 AND s.area BETWEEN $2 AND $3 AND d.state = 1 AND d.waived_at = 0 AND d.from_at <= $4 AND d.from_at >= s.from_at
	AND d.from_at >= $7 AND ($8 = 0 OR s.team = $8) AND (s.until_at = 0 OR d.from_at < s.until_at)
ORDER BY CASE WHEN te.id IS NULL THEN 0 ELSE 1 END, te.id, d.due_at, pe.id LIMIT $5 OFFSET $6
-- name: homecare_q_sensors
SELECT we.id, w.person_id, w.sensor, w.area, w.at,
	CASE WHEN w.until_at < 0 THEN 3 WHEN w.until_at > 0 AND w.until_at <= $4 THEN 4
	     WHEN COALESCE((SELECT max(d.at) FROM door_event d WHERE d.county = w.county AND d.watch = w.watch AND d.what = 4), 0) >
		  COALESCE((SELECT max(d.at) FROM door_event d WHERE d.county = w.county AND d.watch = w.watch AND d.what <> 4), 0) THEN 2
	     WHEN (SELECT d.what FROM door_event d WHERE d.county = w.county AND d.watch = w.watch AND d.what IN (1, 2)
		   ORDER BY d.at DESC, d.fact DESC LIMIT 1) = 1 THEN 1 ELSE 0 END,
	(SELECT max(d.at) FROM door_event d WHERE d.county = w.county AND d.watch = w.watch AND d.what <> 4),
	(SELECT d.value FROM door_event d WHERE d.county = w.county AND d.watch = w.watch AND d.what = 3 ORDER BY d.at DESC, d.fact DESC LIMIT 1)
FROM door_watch w JOIN entity we ON we.county = w.county AND we.key = w.watch
WHERE w.county = $1 AND w.area BETWEEN $2 AND $3 AND $4 >= 0 ORDER BY w.area, we.id LIMIT $5 OFFSET $6
-- Only while the order runs: from the instant of its end on nothing comes out, also before the watch is unbound.
-- name: homecare_q_door_events
SELECT we.id, w.person_id, d.at, d.what - 1, d.excused, oe.id,
	(SELECT min(c.at) FROM door_call c WHERE c.county = d.county AND c.watch = d.watch AND c.opening = d.opening AND d.opening > 0),
	(SELECT c.result FROM door_call c WHERE c.county = d.county AND c.watch = d.watch AND c.opening = d.opening AND d.opening > 0
	 ORDER BY c.at, c.fact LIMIT 1)
FROM door_event d JOIN door_watch w ON w.county = d.county AND w.watch = d.watch
JOIN entity we ON we.county = w.county AND we.key = w.watch
LEFT JOIN entity oe ON oe.county = d.county AND oe.key = d.opening
WHERE w.county = $1 AND w.area BETWEEN $2 AND $3 AND (w.until_at = 0 OR w.until_at > $4) AND ($7 = 0 OR w.watch = $7) AND d.at >= w.at
ORDER BY d.at DESC, we.id LIMIT $5 OFFSET $6
-- name: homecare_q_deliveries
SELECT d.kind, pe.id, he.id, d.area, te.id, d.from_at, d.due_at, $4 - d.due_at, s.delivered_at
FROM duty d JOIN home_stay s ON s.county = d.county AND s.person = d.subject
JOIN entity pe ON pe.county = s.county AND pe.key = s.person
LEFT JOIN entity he ON he.county = s.county AND he.key = s.household
LEFT JOIN entity te ON te.county = s.county AND te.key = s.team
WHERE d.county = $1 AND d.area BETWEEN $2 AND $3 AND d.kind IN ('homecare.deliver', 'homecare.waste') AND d.state = 1 AND d.waived_at = 0
	AND d.from_at <= $4 ORDER BY d.due_at, d.kind, pe.id LIMIT $5 OFFSET $6
-- name: homecare_q_teams
SELECT te.id, ue.id, m.role, min(t.area), count(DISTINCT s.person)
FROM home_team t JOIN home_member m ON m.county = t.county AND m.subject = t.subject
JOIN entity te ON te.county = t.county AND te.key = t.team
JOIN entity ue ON ue.county = m.county AND ue.key = m.member
LEFT JOIN home_stay s ON s.county = t.county AND s.team = t.team AND s.home = 1 AND s.from_at <= $4 AND (s.until_at = 0 OR s.until_at > $4)
WHERE t.county = $1 AND t.area BETWEEN $2 AND $3 GROUP BY te.id, ue.id, m.role ORDER BY te.id, m.role, ue.id LIMIT $5 OFFSET $6
-- name: homecare_q_residents
SELECT pe.id, re.id, v.value, v.at FROM home_event v JOIN home_stay s ON s.county = v.county AND s.person = v.person
JOIN entity pe ON pe.county = v.county AND pe.key = v.person
JOIN entity re ON re.county = v.county AND re.key = v.other
WHERE v.county = $1 AND s.area BETWEEN $2 AND $3 AND $4 >= 0 AND v.what = 9 AND ($7 = 0 OR v.person = $7)
	AND NOT EXISTS (SELECT 1 FROM home_event n WHERE n.county = v.county AND n.person = v.person AND n.what = 9 AND n.other = v.other
		AND (n.at > v.at OR (n.at = v.at AND n.fact > v.fact)))
ORDER BY pe.id, re.id LIMIT $5 OFFSET $6
