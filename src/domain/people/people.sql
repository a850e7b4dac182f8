-- SPDX-License-Identifier: Apache-2.0
-- The register. Every row that several facts may state keeps (at, fact) of the statement that won: the latest, by id when equal.

-- script: people_schema
CREATE TABLE IF NOT EXISTS area (
	county INTEGER NOT NULL,
	code INTEGER NOT NULL,
	name TEXT NOT NULL,
	parent INTEGER NOT NULL,
	valid_from INTEGER NOT NULL, -- day
	valid_to INTEGER NOT NULL,   -- first day on which it no longer holds, 0 = still holds
	from_at INTEGER NOT NULL,    -- the same as instants
	until_at INTEGER NOT NULL,
	lon REAL,
	lat REAL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	PRIMARY KEY (county, code, valid_from)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS area_name ON area (county, name);
CREATE TABLE IF NOT EXISTS area_alias (
	county INTEGER NOT NULL,
	code INTEGER NOT NULL,
	alias TEXT NOT NULL,
	valid_from INTEGER NOT NULL, -- day, 0 = always
	valid_to INTEGER NOT NULL,
	from_at INTEGER NOT NULL,    -- the same as instants
	until_at INTEGER NOT NULL,
	successor INTEGER NOT NULL,  -- code of the area it became part of, 0 = none
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	PRIMARY KEY (county, code, alias)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS area_alias_name ON area_alias (county, alias);
CREATE TABLE IF NOT EXISTS household (
	county INTEGER NOT NULL,
	key INTEGER NOT NULL,
	area INTEGER NOT NULL,
	building TEXT NOT NULL,
	unit TEXT NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	PRIMARY KEY (county, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS household_area ON household (county, area);
CREATE TABLE IF NOT EXISTS place (
	county INTEGER NOT NULL,
	key INTEGER NOT NULL,
	area INTEGER NOT NULL,
	name TEXT NOT NULL,
	type INTEGER NOT NULL,
	parent INTEGER NOT NULL,     -- place it is part of, 0 = none
	lon REAL,
	lat REAL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	PRIMARY KEY (county, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS place_parent ON place (county, parent) WHERE parent > 0;
CREATE TABLE IF NOT EXISTS person_event (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	kind INTEGER NOT NULL,       -- 1 registered, 2 corrected, 3 moved, 4 departed
	household INTEGER NOT NULL,  -- 0 = not said
	area INTEGER NOT NULL,       -- of the fact
	from_at INTEGER NOT NULL,
	birth_year INTEGER NOT NULL, -- 0 = not said
	sex INTEGER NOT NULL,        -- -1 = not said
	resident INTEGER NOT NULL,   -- -1 = not said
	reason INTEGER NOT NULL,     -- of a departure, else -1
	PRIMARY KEY (county, person, at, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (
	county INTEGER NOT NULL,
	key INTEGER NOT NULL,
	household INTEGER NOT NULL,  -- 0 = not yet known
	area INTEGER NOT NULL,       -- of the household; 0 = not yet known
	from_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL,   -- 0 = still here
	birth_year INTEGER NOT NULL, -- 0 = not known
	sex INTEGER NOT NULL,        -- -1 = not known
	resident INTEGER NOT NULL,   -- 1 resident, 0 floating, -1 not known
	registered_at INTEGER NOT NULL, -- first registration, 0 = only named by other facts so far
	canon INTEGER NOT NULL,      -- the record that stands for this human being; key when it is this one
	aliases_n INTEGER NOT NULL,  -- other records merged into this one
	stay_from INTEGER NOT NULL,  -- in this household since
	PRIMARY KEY (county, key)
) WITHOUT ROWID;
-- Stays that are over, of persons who moved or came back: with the row of the person, where everybody was at any instant.
CREATE TABLE IF NOT EXISTS person_stay (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	from_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL,
	household INTEGER NOT NULL,
	area INTEGER NOT NULL,
	PRIMARY KEY (county, person, from_at)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_stay_area ON person_stay (county, area);
CREATE INDEX IF NOT EXISTS person_stay_household ON person_stay (county, household);
CREATE INDEX IF NOT EXISTS person_area ON person (county, area, birth_year, key, canon, aliases_n, from_at, stay_from, until_at, household);
CREATE INDEX IF NOT EXISTS person_household ON person (county, household);
CREATE INDEX IF NOT EXISTS person_canon ON person (county, canon) WHERE canon <> key;
CREATE TABLE IF NOT EXISTS person_tag (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	tag TEXT NOT NULL,
	from_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL,   -- 0 = without end
	on_at INTEGER NOT NULL,      -- latest fact that set it, 0 = none yet
	on_fact BLOB NOT NULL,
	on_from INTEGER NOT NULL,
	on_until INTEGER NOT NULL,
	off_at INTEGER NOT NULL,     -- latest fact that took it away, 0 = none
	off_fact BLOB NOT NULL,
	PRIMARY KEY (county, person, tag)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_tag_tag ON person_tag (county, tag);
CREATE TABLE IF NOT EXISTS person_link (
	county INTEGER NOT NULL,
	low INTEGER NOT NULL,        -- the one with the smaller id
	high INTEGER NOT NULL,
	kept INTEGER NOT NULL,       -- the one a merge keeps
	joined INTEGER NOT NULL,     -- 1 one human being, 0 two
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	PRIMARY KEY (county, low, high)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_link_high ON person_link (county, high);
CREATE TABLE IF NOT EXISTS person_duplicate (
	county INTEGER NOT NULL,
	low INTEGER NOT NULL,        -- the one with the smaller id
	high INTEGER NOT NULL,
	PRIMARY KEY (county, low, high)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_duplicate_high ON person_duplicate (county, high);
CREATE TABLE IF NOT EXISTS unit (
	county INTEGER NOT NULL,
	key INTEGER NOT NULL,
	area INTEGER NOT NULL,
	name TEXT NOT NULL,
	type INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	PRIMARY KEY (county, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS user_account (
	county INTEGER NOT NULL,
	key INTEGER NOT NULL,
	area INTEGER NOT NULL,
	login TEXT NOT NULL,         -- empty = only named by a suspension so far
	display_name TEXT NOT NULL,
	roles TEXT NOT NULL,         -- names, in the order of roles.def, with a blank between
	unit INTEGER NOT NULL,       -- 0 = none
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	suspended_at INTEGER NOT NULL, -- latest suspension, 0 = none
	suspended_fact BLOB NOT NULL,
	PRIMARY KEY (county, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS user_account_login ON user_account (county, login);

-- only: sqlite
-- What a county holds, told beforehand. Without figures SQLite takes ten rows to have the same county and reads the
-- whole county by the primary key where an index would give three rows.
ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl IN ('area', 'area_alias', 'household', 'place', 'person_event', 'person', 'person_tag', 'person_link', 'person_duplicate', 'unit', 'user_account');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('area', 'area', '600 600 2 1'),
	('area', 'area_name', '600 600 2 2 1'),
	('area_alias', 'area_alias', '600 600 2 1'),
	('area_alias', 'area_alias_name', '600 600 1 1'),
	('household', 'household', '80000 80000 1'),
	('household', 'household_area', '80000 80000 400 1'),
	('place', 'place', '10000 10000 1'),
	('place', 'place_parent', '5000 5000 20'),
	('person_event', 'person_event', '300000 300000 1 1 1'),
	('person', 'person', '240000 240000 1'),
	('person', 'person_area', '240000 240000 1200 15 1 1 1 1 1 1 1'),
	('person', 'person_household', '240000 240000 3 1'),
	('person_tag', 'person_tag', '50000 50000 2 1'),
	('person_tag', 'person_tag_tag', '50000 50000 3000 1'),
	('person_link', 'person_link', '5000 5000 2 1'),
	('person_link', 'person_link_high', '5000 5000 2 1'),
	('person_duplicate', 'person_duplicate', '5000 5000 2 1'),
	('person_duplicate', 'person_duplicate_high', '5000 5000 2 1'),
	('unit', 'unit', '300 300 1'),
	('user_account', 'user_account', '5000 5000 1'),
	('user_account', 'user_account_login', '5000 5000 1 1');
ANALYZE sqlite_master;

-- name: people_area_put
INSERT INTO area (county, code, name, parent, valid_from, valid_to, from_at, until_at, lon, lat, at, fact)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (county, code, valid_from) DO UPDATE SET name = excluded.name, parent = excluded.parent, valid_to = excluded.valid_to,
	from_at = excluded.from_at, until_at = excluded.until_at, lon = excluded.lon, lat = excluded.lat, at = excluded.at, fact = excluded.fact
WHERE area.at < excluded.at OR (area.at = excluded.at AND area.fact < excluded.fact)
-- name: people_area_alias_put
INSERT INTO area_alias (county, code, alias, valid_from, valid_to, from_at, until_at, successor, at, fact)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (county, code, alias) DO UPDATE SET valid_from = excluded.valid_from, valid_to = excluded.valid_to,
	from_at = excluded.from_at, until_at = excluded.until_at, successor = excluded.successor, at = excluded.at, fact = excluded.fact
WHERE area_alias.at < excluded.at OR (area_alias.at = excluded.at AND area_alias.fact < excluded.fact)
-- name: people_household_put
INSERT INTO household (county, key, area, building, unit, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, key) DO UPDATE SET area = excluded.area, building = excluded.building, unit = excluded.unit,
	at = excluded.at, fact = excluded.fact
WHERE household.at < excluded.at OR (household.at = excluded.at AND household.fact < excluded.fact)
-- name: people_place_put
INSERT INTO place (county, key, area, name, type, parent, lon, lat, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (county, key) DO UPDATE SET area = excluded.area, name = excluded.name, type = excluded.type, parent = excluded.parent,
	lon = excluded.lon, lat = excluded.lat, at = excluded.at, fact = excluded.fact
WHERE place.at < excluded.at OR (place.at = excluded.at AND place.fact < excluded.fact)
-- name: people_unit_put
INSERT INTO unit (county, key, area, name, type, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, key) DO UPDATE SET area = excluded.area, name = excluded.name, type = excluded.type,
	at = excluded.at, fact = excluded.fact
WHERE unit.at < excluded.at OR (unit.at = excluded.at AND unit.fact < excluded.fact)

-- name: people_event_put
INSERT INTO person_event (county, person, at, fact, kind, household, area, from_at, birth_year, sex, resident, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
-- name: people_events
SELECT e.kind, e.at, e.household, COALESCE(h.area, e.area), e.from_at, e.birth_year, e.sex, e.resident,
	CAST(CASE WHEN EXISTS (SELECT 1 FROM person_duplicate d WHERE d.county = e.county AND d.low = e.person)
		OR EXISTS (SELECT 1 FROM person_duplicate d WHERE d.county = e.county AND d.high = e.person) THEN 1 ELSE 0 END AS INTEGER)
FROM person_event e LEFT JOIN household h ON h.county = e.county AND h.key = e.household
WHERE e.county = $1 AND e.person = $2 ORDER BY e.at, e.fact
-- name: people_person_put
INSERT INTO person (county, key, household, area, from_at, until_at, birth_year, sex, resident, registered_at, canon, aliases_n, stay_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $2, 0, $11)
ON CONFLICT (county, key) DO UPDATE SET household = excluded.household, area = excluded.area, from_at = excluded.from_at,
	until_at = excluded.until_at, birth_year = excluded.birth_year, sex = excluded.sex, resident = excluded.resident,
	registered_at = excluded.registered_at, stay_from = excluded.stay_from
-- name: people_stays_drop
DELETE FROM person_stay WHERE county = $1 AND person = $2
-- name: people_stay_put
INSERT INTO person_stay (county, person, from_at, until_at, household, area) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (county, person, from_at) DO UPDATE SET until_at = excluded.until_at, household = excluded.household, area = excluded.area
-- name: people_household_area_to_stays
UPDATE person_stay SET area = $3 WHERE county = $1 AND household = $2 AND area <> $3
-- name: people_household_area_to_persons
UPDATE person SET area = $3 WHERE county = $1 AND household = $2 AND area <> $3
-- name: people_household_area
SELECT area FROM household WHERE county = $1 AND key = $2
-- name: people_household_suspected
SELECT p.key FROM person p WHERE p.county = $1 AND p.household = $2 AND (
	EXISTS (SELECT 1 FROM person_duplicate d WHERE d.county = p.county AND d.low = p.key)
	OR EXISTS (SELECT 1 FROM person_duplicate d WHERE d.county = p.county AND d.high = p.key))
ORDER BY p.key

-- name: people_tag_get
SELECT on_at, on_fact, on_from, on_until, off_at, off_fact FROM person_tag WHERE county = $1 AND person = $2 AND tag = $3
-- name: people_tag_put
INSERT INTO person_tag (county, person, tag, from_at, until_at, on_at, on_fact, on_from, on_until, off_at, off_fact)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (county, person, tag) DO UPDATE SET from_at = excluded.from_at, until_at = excluded.until_at, on_at = excluded.on_at,
	on_fact = excluded.on_fact, on_from = excluded.on_from, on_until = excluded.on_until, off_at = excluded.off_at,
	off_fact = excluded.off_fact

-- name: people_stub_put
INSERT INTO person (county, key, household, area, from_at, until_at, birth_year, sex, resident, registered_at, canon, aliases_n, stay_from)
VALUES ($1, $2, 0, 0, 0, 0, 0, -1, -1, 0, $2, 0, 0) ON CONFLICT (county, key) DO NOTHING
-- name: people_link_put
INSERT INTO person_link (county, low, high, kept, joined, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, low, high) DO UPDATE SET kept = excluded.kept, joined = excluded.joined, at = excluded.at, fact = excluded.fact
WHERE person_link.at < excluded.at OR (person_link.at = excluded.at AND person_link.fact < excluded.fact)
-- name: people_links_of
SELECT low, high, kept FROM person_link WHERE county = $1 AND low = $2 AND joined = 1
UNION ALL SELECT low, high, kept FROM person_link WHERE county = $1 AND high = $2 AND joined = 1
-- name: people_canon_put
UPDATE person SET canon = $3, aliases_n = $4 WHERE county = $1 AND key = $2
-- name: people_duplicate_put
INSERT INTO person_duplicate (county, low, high) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
-- name: people_duplicates_of
SELECT d.low, d.high, COALESCE(NULLIF(a.area, 0), b.area, 0), COALESCE(a.registered_at, 0), COALESCE(b.registered_at, 0), COALESCE(a.canon, d.low),
	COALESCE(b.canon, d.high), COALESCE(l.at, 0)
FROM (SELECT low, high FROM person_duplicate WHERE county = $1 AND low = $2
	UNION ALL SELECT low, high FROM person_duplicate WHERE county = $1 AND high = $2) d
LEFT JOIN person a ON a.county = $1 AND a.key = d.low
LEFT JOIN person b ON b.county = $1 AND b.key = d.high
LEFT JOIN person_link l ON l.county = $1 AND l.low = d.low AND l.high = d.high

-- name: people_user_put
INSERT INTO user_account (county, key, area, login, display_name, roles, unit, at, fact, suspended_at, suspended_fact)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)
ON CONFLICT (county, key) DO UPDATE SET area = excluded.area, login = excluded.login, display_name = excluded.display_name,
	roles = excluded.roles, unit = excluded.unit, at = excluded.at, fact = excluded.fact
WHERE user_account.at < excluded.at OR (user_account.at = excluded.at AND user_account.fact < excluded.fact)
-- name: people_user_suspend
INSERT INTO user_account (county, key, area, login, display_name, roles, unit, at, fact, suspended_at, suspended_fact)
VALUES ($1, $2, 0, '', '', '', 0, 0, $5, $3, $4)
ON CONFLICT (county, key) DO UPDATE SET suspended_at = excluded.suspended_at, suspended_fact = excluded.suspended_fact
WHERE user_account.suspended_at < excluded.suspended_at
	OR (user_account.suspended_at = excluded.suspended_at AND user_account.suspended_fact < excluded.suspended_fact)
-- name: people_login_taken
SELECT count(*) FROM user_account WHERE county = $1 AND login = $2 AND key <> $3
-- name: people_user_by_login
SELECT e.id, u.area, u.roles, n.id, u.at, u.fact, u.suspended_at, u.suspended_fact
FROM user_account u JOIN entity e ON e.county = u.county AND e.key = u.key
LEFT JOIN entity n ON n.county = u.county AND n.key = u.unit AND u.unit > 0
WHERE u.county = $1 AND u.login = $2
-- name: people_user_by_login_anywhere
SELECT e.id, u.area, u.roles, n.id, u.at, u.fact, u.suspended_at, u.suspended_fact
FROM user_account u JOIN entity e ON e.county = u.county AND e.key = u.key
LEFT JOIN entity n ON n.county = u.county AND n.key = u.unit AND u.unit > 0
WHERE u.login = $1
-- name: people_user_by_id
SELECT e.id, u.area, u.roles, n.id, u.at, u.fact, u.suspended_at, u.suspended_fact
FROM entity e JOIN user_account u ON u.county = e.county AND u.key = e.key
LEFT JOIN entity n ON n.county = u.county AND n.key = u.unit AND u.unit > 0
WHERE e.county = $1 AND e.id = $2 AND u.login <> ''
-- name: people_area_find
SELECT x.code, x.name, x.successor, x.valid FROM (
	SELECT a.code AS code, a.name AS name,
		COALESCE((SELECT max(s.successor) FROM area_alias s WHERE s.county = a.county AND s.code = a.code), 0) AS successor,
		CAST(CASE WHEN a.valid_from <= $4 AND (a.valid_to = 0 OR a.valid_to > $4) AND NOT EXISTS (
			SELECT 1 FROM area b WHERE b.county = a.county AND b.code = a.code AND b.valid_from > a.valid_from AND b.valid_from <= $4)
			THEN 1 ELSE 0 END AS INTEGER) AS valid, a.valid_from AS since
	FROM area a WHERE a.county = $1 AND (a.name = $2 OR a.code = $3)
	UNION ALL
	SELECT l.code, l.alias, l.successor,
		CAST(CASE WHEN l.valid_from <= $4 AND (l.valid_to = 0 OR l.valid_to > $4) THEN 1 ELSE 0 END AS INTEGER), l.valid_from
	FROM area_alias l WHERE l.county = $1 AND l.alias = $2) x
ORDER BY x.valid DESC, x.since DESC, x.code, x.name LIMIT $5

-- name: people_sealed_parts
SELECT f.seq FROM person_event e JOIN fact f ON f.county = e.county AND f.id = e.fact
WHERE e.county = $1 AND e.person = $2 AND e.kind <= 2 AND f.sealed IS NOT NULL ORDER BY e.at DESC, e.fact DESC
-- name: people_household_sealed
SELECT f.seq, e.id FROM person p JOIN household h ON h.county = p.county AND h.key = p.household
JOIN fact f ON f.county = h.county AND f.id = h.fact JOIN entity e ON e.county = h.county AND e.key = h.key
WHERE p.county = $1 AND p.key = $2 AND f.sealed IS NOT NULL
-- name: people_key_of
SELECT key FROM entity WHERE county = $1 AND id = $2 AND kind = $3
-- name: people_household_of
SELECT e.id FROM person p JOIN entity e ON e.county = p.county AND e.key = p.household WHERE p.county = $1 AND p.key = $2

-- name: people_candidates_household
SELECT p.key, e.id, p.household, p.area, p.birth_year, p.sex FROM person p JOIN entity e ON e.county = p.county AND e.key = p.key
WHERE p.county = $1 AND p.household = $2 AND p.canon = p.key LIMIT $3
-- name: people_candidates_area
SELECT p.key, e.id, p.household, p.area, p.birth_year, p.sex FROM person p JOIN entity e ON e.county = p.county AND e.key = p.key
WHERE p.county = $1 AND p.area = $2 AND p.birth_year BETWEEN $3 AND $4 AND p.canon = p.key LIMIT $5
-- name: people_candidate_by_id
SELECT p.key, e.id, p.household, p.area, p.birth_year, p.sex FROM entity e JOIN person q ON q.county = e.county AND q.key = e.key
JOIN person p ON p.county = q.county AND p.key = q.canon WHERE e.county = $1 AND e.id = $2

-- name: people_q_areas
SELECT a.code, a.name, NULLIF(a.parent, 0), a.from_at, NULLIF(a.until_at, 0), a.lon, a.lat,
	(SELECT count(*) FROM person p WHERE p.county = a.county AND p.canon = p.key AND p.area BETWEEN a.code
		AND a.code + CASE WHEN a.code % 1000000 = 0 THEN 999999 WHEN a.code % 1000 = 0 THEN 999 ELSE 0 END
		AND p.from_at <= COALESCE(NULLIF($7, 0), $4) AND p.stay_from <= COALESCE(NULLIF($7, 0), $4)
		AND (p.until_at = 0 OR p.until_at > COALESCE(NULLIF($7, 0), $4)))
	+ (SELECT count(*) FROM person_stay y JOIN person p ON p.county = y.county AND p.key = y.person AND p.canon = p.key
		WHERE y.county = a.county AND y.area BETWEEN a.code
		AND a.code + CASE WHEN a.code % 1000000 = 0 THEN 999999 WHEN a.code % 1000 = 0 THEN 999 ELSE 0 END
		AND y.from_at <= COALESCE(NULLIF($7, 0), $4) AND y.until_at > COALESCE(NULLIF($7, 0), $4))
FROM area a
WHERE a.county = $1 AND a.code BETWEEN $2 AND $3 AND a.from_at <= COALESCE(NULLIF($7, 0), $4)
	AND (a.until_at = 0 OR a.until_at > COALESCE(NULLIF($7, 0), $4))
	AND NOT EXISTS (SELECT 1 FROM area b WHERE b.county = a.county AND b.code = a.code AND b.valid_from > a.valid_from
		AND b.from_at <= COALESCE(NULLIF($7, 0), $4))
ORDER BY a.code LIMIT $5 OFFSET $6
-- name: people_q_area
SELECT x.code, x.name, x.how, x.valid, NULLIF(x.since, 0), NULLIF(x.until, 0), NULLIF(x.successor, 0) FROM (
	SELECT a.code AS code, a.name AS name, CAST(CASE WHEN a.name = $7 THEN 1 ELSE 0 END AS INTEGER) AS how,
		CAST(CASE WHEN a.from_at <= COALESCE(NULLIF($8, 0), $4) AND (a.until_at = 0 OR a.until_at > COALESCE(NULLIF($8, 0), $4))
			AND NOT EXISTS (SELECT 1 FROM area b WHERE b.county = a.county AND b.code = a.code AND b.valid_from > a.valid_from
				AND b.from_at <= COALESCE(NULLIF($8, 0), $4))
			THEN 1 ELSE 0 END AS INTEGER) AS valid, a.valid_from AS since, a.valid_to AS until,
		COALESCE((SELECT max(s.successor) FROM area_alias s WHERE s.county = a.county AND s.code = a.code), 0) AS successor
	FROM area a WHERE a.county = $1 AND a.code BETWEEN $2 AND $3 AND (a.name = $7 OR CAST(a.code AS TEXT) = $7)
	UNION ALL
	SELECT l.code, l.alias, CAST(2 AS INTEGER),
		CAST(CASE WHEN l.from_at <= COALESCE(NULLIF($8, 0), $4) AND (l.until_at = 0 OR l.until_at > COALESCE(NULLIF($8, 0), $4))
			THEN 1 ELSE 0 END AS INTEGER), l.valid_from, l.valid_to, l.successor
	FROM area_alias l WHERE l.county = $1 AND l.code BETWEEN $2 AND $3 AND l.alias = $7) x
ORDER BY x.valid DESC, x.since DESC, x.code, x.name LIMIT $5 OFFSET $6
-- name: people_q_households
SELECT e.id, h.area, h.building, h.unit,
	(SELECT count(*) FROM person p WHERE p.county = h.county AND p.household = h.key AND p.canon = p.key
		AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4))
FROM household h JOIN entity e ON e.county = h.county AND e.key = h.key
WHERE h.county = $1 AND h.area BETWEEN $2 AND $3 AND ($7 = '' OR h.building = $7)
ORDER BY h.area, h.building, h.unit, e.id LIMIT $5 OFFSET $6
-- name: people_q_persons
SELECT e.id, p.area, h.id, b.building, b.unit, p.from_at, NULLIF(p.until_at, 0), NULLIF(p.birth_year, 0), NULLIF(p.sex, -1),
	NULLIF(p.resident, -1), p.aliases_n
FROM person p JOIN entity e ON e.county = p.county AND e.key = p.key
LEFT JOIN entity h ON h.county = p.county AND h.key = p.household
LEFT JOIN household b ON b.county = p.county AND b.key = p.household
WHERE p.county = $1 AND p.area BETWEEN $2 AND $3 AND p.canon = p.key AND ($7 = 0 OR p.household = $7)
	AND ($8 = '' OR EXISTS (SELECT 1 FROM person_tag t WHERE t.county = p.county AND t.person = p.key AND t.tag = $8
		AND t.from_at <= COALESCE(NULLIF($9, 0), $4) AND (t.until_at = 0 OR t.until_at > COALESCE(NULLIF($9, 0), $4))))
	AND p.from_at <= COALESCE(NULLIF($9, 0), $4) AND (p.until_at = 0 OR p.until_at > COALESCE(NULLIF($9, 0), $4))
ORDER BY p.area, e.id LIMIT $5 OFFSET $6
-- name: people_q_person
SELECT e.id, c.id, p.area, h.id, b.building, b.unit, p.from_at, NULLIF(p.until_at, 0), NULLIF(p.birth_year, 0), NULLIF(p.sex, -1),
	NULLIF(p.resident, -1), NULLIF(p.registered_at, 0), p.aliases_n
FROM person p JOIN entity e ON e.county = p.county AND e.key = p.key JOIN entity c ON c.county = p.county AND c.key = p.canon
LEFT JOIN entity h ON h.county = p.county AND h.key = p.household
LEFT JOIN household b ON b.county = p.county AND b.key = p.household
WHERE p.county = $1 AND p.area BETWEEN $2 AND $3 AND p.key = $7 AND $4 > 0 LIMIT $5 OFFSET $6
-- name: people_q_tags
SELECT t.tag, t.from_at, NULLIF(t.until_at, 0) FROM person_tag t JOIN person p ON p.county = t.county AND p.key = t.person
WHERE t.county = $1 AND p.area BETWEEN $2 AND $3 AND t.person = $7 AND (t.until_at = 0 OR t.until_at > $4)
ORDER BY t.tag LIMIT $5 OFFSET $6
-- name: people_q_duplicates
SELECT a.id, b.id, d.area, d.from_at, d.due_at, $4 - d.due_at
FROM duty d JOIN entity a ON a.county = d.county AND a.key = d.subject JOIN entity b ON b.county = d.county AND b.key = d.part
WHERE d.county = $1 AND d.kind = 'people.merge' AND d.area BETWEEN $2 AND $3 AND d.state = 1 AND d.waived_at = 0
ORDER BY d.due_at, a.id, b.id LIMIT $5 OFFSET $6
-- name: people_q_places
SELECT e.id, p.area, p.name, p.type, q.id, p.lon, p.lat
FROM place p JOIN entity e ON e.county = p.county AND e.key = p.key LEFT JOIN entity q ON q.county = p.county AND q.key = p.parent
WHERE p.county = $1 AND p.area BETWEEN $2 AND $3 AND ($7 < 0 OR p.type = $7) AND $4 > 0 ORDER BY p.area, p.name, e.id LIMIT $5 OFFSET $6
-- name: people_q_units
SELECT e.id, u.area, u.name, u.type FROM unit u JOIN entity e ON e.county = u.county AND e.key = u.key
WHERE u.county = $1 AND u.area BETWEEN $2 AND $3 AND $4 > 0 ORDER BY u.area, u.name, e.id LIMIT $5 OFFSET $6
-- name: people_q_users
SELECT e.id, u.login, u.display_name, u.area, n.id,
	CAST(CASE WHEN u.suspended_at > u.at OR (u.suspended_at = u.at AND u.suspended_fact > u.fact) THEN 1 ELSE 0 END AS INTEGER), u.at, u.roles
FROM user_account u JOIN entity e ON e.county = u.county AND e.key = u.key
LEFT JOIN entity n ON n.county = u.county AND n.key = u.unit
WHERE u.county = $1 AND u.area BETWEEN $2 AND $3 AND u.login <> '' AND $4 > 0 ORDER BY u.login, e.id LIMIT $5 OFFSET $6
-- name: people_q_register_count
WITH here AS (
	SELECT p.area, p.household, p.resident FROM person p
	WHERE p.county = $1 AND p.area BETWEEN $2 AND $3 AND p.canon = p.key AND p.from_at <= COALESCE(NULLIF($7, 0), $4)
		AND p.stay_from <= COALESCE(NULLIF($7, 0), $4) AND (p.until_at = 0 OR p.until_at > COALESCE(NULLIF($7, 0), $4))
	UNION ALL
	SELECT y.area, y.household, p.resident FROM person_stay y JOIN person p ON p.county = y.county AND p.key = y.person AND p.canon = p.key
	WHERE y.county = $1 AND y.area BETWEEN $2 AND $3 AND y.from_at <= COALESCE(NULLIF($7, 0), $4)
		AND y.until_at > COALESCE(NULLIF($7, 0), $4))
SELECT p.area, (SELECT a.name FROM area a WHERE a.county = $1 AND a.code = p.area AND a.from_at <= COALESCE(NULLIF($7, 0), $4)
		ORDER BY a.valid_from DESC LIMIT 1),
	count(*), count(DISTINCT p.household), CAST(sum(CASE WHEN p.resident = 1 THEN 1 ELSE 0 END) AS INTEGER),
	CAST(sum(CASE WHEN p.resident = 0 THEN 1 ELSE 0 END) AS INTEGER)
FROM here p GROUP BY p.area ORDER BY p.area LIMIT $5 OFFSET $6

-- for the audit
-- name: people_audit_persons
SELECT e.id, h.id, p.area, p.from_at, p.until_at, c.id FROM person p JOIN entity e ON e.county = p.county AND e.key = p.key
JOIN entity c ON c.county = p.county AND c.key = p.canon LEFT JOIN entity h ON h.county = p.county AND h.key = p.household
WHERE p.county = $1
-- name: people_audit_overlaps
SELECT e.id FROM person_stay x JOIN person_stay y ON y.county = x.county AND y.person = x.person AND y.from_at > x.from_at AND y.from_at < x.until_at
JOIN entity e ON e.county = x.county AND e.key = x.person WHERE x.county = $1
UNION SELECT e.id FROM person_stay x JOIN person p ON p.county = x.county AND p.key = x.person
	AND x.until_at > CASE WHEN p.stay_from > p.from_at THEN p.stay_from ELSE p.from_at END
JOIN entity e ON e.county = x.county AND e.key = x.person WHERE x.county = $1
