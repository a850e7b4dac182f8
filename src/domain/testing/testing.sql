-- SPDX-License-Identifier: Apache-2.0
-- Tables of the testing domain. Instants are UTC ms, 0 = has not happened. Columns that hold entity keys carry the entity's name.

-- script: testing_schema
CREATE TABLE IF NOT EXISTS campaign (
	county INTEGER NOT NULL, key INTEGER NOT NULL, name TEXT NOT NULL, outbreak INTEGER NOT NULL, pool_size INTEGER NOT NULL,
	rounds_per_day INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, PRIMARY KEY (county, key)) WITHOUT ROWID;
-- Scope of each declaration; the one in force is that of campaign.fact.
CREATE TABLE IF NOT EXISTS campaign_scope (
	county INTEGER NOT NULL, campaign INTEGER NOT NULL, fact BLOB NOT NULL, area_lo INTEGER NOT NULL, area_hi INTEGER NOT NULL,
	PRIMARY KEY (county, campaign, fact, area_lo)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_tag (
	county INTEGER NOT NULL, campaign INTEGER NOT NULL, fact BLOB NOT NULL, tag TEXT NOT NULL,
	PRIMARY KEY (county, campaign, fact, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS campaign_round (
	county INTEGER NOT NULL, campaign INTEGER NOT NULL, round INTEGER NOT NULL, opens_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
	at INTEGER NOT NULL, fact BLOB, PRIMARY KEY (county, campaign, round)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS excuse (
	county INTEGER NOT NULL, campaign INTEGER NOT NULL, round INTEGER NOT NULL, person INTEGER NOT NULL, reason INTEGER NOT NULL,
	at INTEGER NOT NULL, fact BLOB NOT NULL, PRIMARY KEY (county, campaign, round, person)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS site (
	county INTEGER NOT NULL, key INTEGER NOT NULL, name TEXT NOT NULL, area INTEGER NOT NULL, tables_n INTEGER NOT NULL,
	samplers_n INTEGER NOT NULL, lon REAL, lat REAL, at INTEGER NOT NULL, fact BLOB NOT NULL, PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS swab (
	county INTEGER NOT NULL, campaign INTEGER NOT NULL, round INTEGER NOT NULL, person INTEGER NOT NULL, tube INTEGER NOT NULL,
	at INTEGER NOT NULL, PRIMARY KEY (county, campaign, round, person, tube)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS swab_tube ON swab (county, tube);
-- What was reported of a tube, as it came: opened 1, closed 2, boxed 3, plated 4, result 5, lost 6.
CREATE TABLE IF NOT EXISTS tube_event (
	county INTEGER NOT NULL, tube INTEGER NOT NULL, what INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	campaign INTEGER NOT NULL, site INTEGER NOT NULL, box INTEGER NOT NULL, plate INTEGER NOT NULL, laboratory INTEGER NOT NULL,
	area INTEGER NOT NULL, round INTEGER NOT NULL, pool_size INTEGER NOT NULL, population INTEGER NOT NULL,
	value INTEGER NOT NULL, value_at INTEGER NOT NULL, code TEXT NOT NULL, ct_n REAL, ct_orf REAL,
	PRIMARY KEY (county, tube, what, at, fact)) WITHOUT ROWID;
-- The fold of its events and swabs.
CREATE TABLE IF NOT EXISTS tube (
	county INTEGER NOT NULL, key INTEGER NOT NULL, code TEXT NOT NULL, campaign INTEGER NOT NULL, round INTEGER NOT NULL,
	site INTEGER NOT NULL, area INTEGER NOT NULL, pool_size INTEGER NOT NULL, population INTEGER NOT NULL,
	swabs_n INTEGER NOT NULL, first_swab_at INTEGER NOT NULL, last_swab_at INTEGER NOT NULL,
	opened_at INTEGER NOT NULL, closed_at INTEGER NOT NULL, counted_n INTEGER NOT NULL,
	box INTEGER NOT NULL, sent_at INTEGER NOT NULL, received_at INTEGER NOT NULL, laboratory INTEGER NOT NULL,
	plate INTEGER NOT NULL, plated_at INTEGER NOT NULL, result INTEGER NOT NULL, tested_at INTEGER NOT NULL,
	reported_at INTEGER NOT NULL, lost_at INTEGER NOT NULL, lost_reason INTEGER NOT NULL, conflict INTEGER NOT NULL,
	PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tube_round ON tube (county, campaign, round);
CREATE TABLE IF NOT EXISTS box_event (
	county INTEGER NOT NULL, box INTEGER NOT NULL, what INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	laboratory INTEGER NOT NULL, tubes_n INTEGER NOT NULL, code TEXT NOT NULL, area INTEGER NOT NULL,
	PRIMARY KEY (county, box, what, at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS box (
	county INTEGER NOT NULL, key INTEGER NOT NULL, code TEXT NOT NULL, area INTEGER NOT NULL, sent_at INTEGER NOT NULL,
	sent_n INTEGER NOT NULL, received_at INTEGER NOT NULL, received_n INTEGER NOT NULL, laboratory INTEGER NOT NULL,
	PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS box_tube (
	county INTEGER NOT NULL, box INTEGER NOT NULL, tube INTEGER NOT NULL, PRIMARY KEY (county, box, tube)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS laboratory (
	county INTEGER NOT NULL, key INTEGER NOT NULL, name TEXT NOT NULL, area INTEGER NOT NULL, tubes_per_hour INTEGER NOT NULL,
	run_min INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL, PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retest_order (
	county INTEGER NOT NULL, person INTEGER NOT NULL, tube INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	PRIMARY KEY (county, person, tube)) WITHOUT ROWID;

-- name: testing_campaign_put
INSERT INTO campaign (county, key, name, outbreak, pool_size, rounds_per_day, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (county, key) DO UPDATE SET name = excluded.name, outbreak = excluded.outbreak, pool_size = excluded.pool_size,
	rounds_per_day = excluded.rounds_per_day, at = excluded.at, fact = excluded.fact
WHERE campaign.at < excluded.at OR (campaign.at = excluded.at AND campaign.fact < excluded.fact)
-- name: testing_scope_put
INSERT INTO campaign_scope (county, campaign, fact, area_lo, area_hi) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
-- name: testing_tag_put
INSERT INTO campaign_tag (county, campaign, fact, tag) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
-- name: testing_round_put
INSERT INTO campaign_round (county, campaign, round, opens_at, due_at, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, campaign, round) DO UPDATE SET opens_at = excluded.opens_at, due_at = excluded.due_at, at = excluded.at,
	fact = excluded.fact
WHERE campaign_round.fact IS NULL OR campaign_round.at < excluded.at
	OR (campaign_round.at = excluded.at AND campaign_round.fact < excluded.fact)
-- name: testing_round_mention
INSERT INTO campaign_round (county, campaign, round, opens_at, due_at, at, fact) VALUES ($1, $2, $3, 0, 0, 0, NULL) ON CONFLICT DO NOTHING
-- name: testing_excuse_put
INSERT INTO excuse (county, campaign, round, person, reason, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, campaign, round, person) DO UPDATE SET reason = excluded.reason, at = excluded.at, fact = excluded.fact
WHERE excuse.at < excluded.at OR (excuse.at = excluded.at AND excuse.fact < excluded.fact)
-- name: testing_site_put
INSERT INTO site (county, key, name, area, tables_n, samplers_n, lon, lat, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (county, key) DO UPDATE SET name = excluded.name, area = excluded.area, tables_n = excluded.tables_n,
	samplers_n = excluded.samplers_n, lon = excluded.lon, lat = excluded.lat, at = excluded.at, fact = excluded.fact
WHERE site.at < excluded.at OR (site.at = excluded.at AND site.fact < excluded.fact)
-- name: testing_laboratory_put
INSERT INTO laboratory (county, key, name, area, tubes_per_hour, run_min, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (county, key) DO UPDATE SET name = excluded.name, area = excluded.area, tubes_per_hour = excluded.tubes_per_hour,
	run_min = excluded.run_min, at = excluded.at, fact = excluded.fact
WHERE laboratory.at < excluded.at OR (laboratory.at = excluded.at AND laboratory.fact < excluded.fact)
-- name: testing_retest_put
INSERT INTO retest_order (county, person, tube, at, fact) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (county, person, tube) DO UPDATE SET at = excluded.at, fact = excluded.fact
WHERE retest_order.at > excluded.at OR (retest_order.at = excluded.at AND retest_order.fact > excluded.fact)
-- name: testing_retest_get
SELECT at FROM retest_order WHERE county = $1 AND person = $2 AND tube = $3

-- name: testing_swab_get
SELECT at FROM swab WHERE county = $1 AND campaign = $2 AND round = $3 AND person = $4 AND tube = $5
-- name: testing_swab_put
INSERT INTO swab (county, campaign, round, person, tube, at) VALUES ($1, $2, $3, $4, $5, $6)
-- name: testing_swab_earlier
UPDATE swab SET at = $6 WHERE county = $1 AND campaign = $2 AND round = $3 AND person = $4 AND tube = $5
-- name: testing_tube_swab
INSERT INTO tube (county, key, code, campaign, round, site, area, pool_size, population, swabs_n, first_swab_at, last_swab_at, opened_at,
	closed_at, counted_n, box, sent_at, received_at, laboratory, plate, plated_at, result, tested_at, reported_at, lost_at, lost_reason, conflict)
VALUES ($1, $2, '', 0, 0, 0, $3, 0, 0, $5, $4, $4, 0, 0, -1, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0)
ON CONFLICT (county, key) DO UPDATE SET swabs_n = tube.swabs_n + excluded.swabs_n,
	first_swab_at = CASE WHEN tube.first_swab_at = 0 OR excluded.first_swab_at < tube.first_swab_at THEN excluded.first_swab_at
		ELSE tube.first_swab_at END,
	last_swab_at = CASE WHEN excluded.last_swab_at > tube.last_swab_at THEN excluded.last_swab_at ELSE tube.last_swab_at END,
	area = CASE WHEN tube.opened_at = 0 AND (tube.area = 0 OR excluded.area < tube.area) THEN excluded.area ELSE tube.area END
RETURNING swabs_n, pool_size, first_swab_at, opened_at, closed_at, result, lost_at
-- name: testing_event_put
INSERT INTO tube_event (county, tube, what, at, fact, campaign, site, box, plate, laboratory, area, round, pool_size, population, value,
	value_at, code, ct_n, ct_orf)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING
-- name: testing_tube_events
SELECT v.what, v.at, v.campaign, v.site, v.box, v.plate, v.laboratory, v.area, v.round, v.pool_size, v.population, v.value, v.value_at,
	v.code, b.sent_at, b.received_at, b.laboratory
FROM tube_event v LEFT JOIN box b ON b.county = v.county AND b.key = v.box
WHERE v.county = $1 AND v.tube = $2 ORDER BY v.what, v.at, v.fact
-- name: testing_tube_get
SELECT swabs_n, first_swab_at, last_swab_at, area FROM tube WHERE county = $1 AND key = $2
-- name: testing_tube_put
INSERT INTO tube (county, key, code, campaign, round, site, area, pool_size, population, swabs_n, first_swab_at, last_swab_at, opened_at,
	closed_at, counted_n, box, sent_at, received_at, laboratory, plate, plated_at, result, tested_at, reported_at, lost_at, lost_reason, conflict)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
ON CONFLICT (county, key) DO UPDATE SET code = excluded.code, campaign = excluded.campaign, round = excluded.round, site = excluded.site,
	area = excluded.area, pool_size = excluded.pool_size, population = excluded.population, opened_at = excluded.opened_at,
	closed_at = excluded.closed_at, counted_n = excluded.counted_n, box = excluded.box, sent_at = excluded.sent_at,
	received_at = excluded.received_at, laboratory = excluded.laboratory, plate = excluded.plate, plated_at = excluded.plated_at,
	result = excluded.result, tested_at = excluded.tested_at, reported_at = excluded.reported_at, lost_at = excluded.lost_at,
	lost_reason = excluded.lost_reason, conflict = excluded.conflict
-- name: testing_tube_members
SELECT DISTINCT person FROM swab WHERE county = $1 AND tube = $2 ORDER BY person
-- name: testing_box_event_put
INSERT INTO box_event (county, box, what, at, fact, laboratory, tubes_n, code, area) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
-- name: testing_box_events
SELECT what, at, laboratory, tubes_n, code, area FROM box_event WHERE county = $1 AND box = $2 ORDER BY what, at, fact
-- name: testing_box_put
INSERT INTO box (county, key, code, area, sent_at, sent_n, received_at, received_n, laboratory) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (county, key) DO UPDATE SET code = excluded.code, area = excluded.area, sent_at = excluded.sent_at, sent_n = excluded.sent_n,
	received_at = excluded.received_at, received_n = excluded.received_n, laboratory = excluded.laboratory
-- name: testing_box_tube_put
INSERT INTO box_tube (county, box, tube) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
-- name: testing_box_tubes
SELECT tube FROM box_tube WHERE county = $1 AND box = $2 ORDER BY tube
-- name: testing_watched
SELECT DISTINCT county, subject FROM duty WHERE kind IN ('testing.retest', 'testing.isolate', 'testing.resample') AND state = 1
-- name: testing_person_tubes
SELECT DISTINCT part FROM duty WHERE county = $1 AND kind IN ('testing.retest', 'testing.isolate', 'testing.resample') AND subject = $2
ORDER BY part
-- name: testing_tube_state
SELECT pool_size, swabs_n, result, reported_at, lost_at, last_swab_at, area, opened_at, first_swab_at FROM tube WHERE county = $1 AND key = $2

-- For other domains: every swab of a person, oldest first; result -1 while pending, pool_size 0 while the tube is unknown.
-- name: testing_person_swabs
SELECT s.at, t.pool_size, t.result, t.reported_at, s.tube
FROM campaign_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
WHERE r.county = $1 AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round AND s.person = $2
ORDER BY s.at, s.tube
