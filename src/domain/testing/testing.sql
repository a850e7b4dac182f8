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
	value INTEGER NOT NULL, value_at INTEGER NOT NULL, code TEXT NOT NULL, ct_n REAL, ct_orf REAL, outbreak INTEGER NOT NULL,
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
	outbreak INTEGER NOT NULL, -- of the fact that opened it; before that the first one declared of those that named it
	PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tube_round ON tube (county, campaign, round);
CREATE INDEX IF NOT EXISTS tube_waiting ON tube (county, laboratory) WHERE sent_at > 0 AND reported_at = 0 AND lost_at = 0;
CREATE TABLE IF NOT EXISTS box_event (
	county INTEGER NOT NULL, box INTEGER NOT NULL, what INTEGER NOT NULL, at INTEGER NOT NULL, fact BLOB NOT NULL,
	laboratory INTEGER NOT NULL, tubes_n INTEGER NOT NULL, code TEXT NOT NULL, area INTEGER NOT NULL, outbreak INTEGER NOT NULL,
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
	outbreak INTEGER NOT NULL, PRIMARY KEY (county, person, tube)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS retest_order_tube ON retest_order (county, tube);

-- only: sqlite
-- What a county holds (see ledger.sql).
ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl IN ('campaign', 'campaign_scope', 'campaign_tag', 'campaign_round', 'excuse', 'site', 'swab', 'tube_event',
	'tube', 'box_event', 'box', 'box_tube', 'laboratory', 'retest_order');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('campaign', 'campaign', '5 5 1'),
	('campaign_scope', 'campaign_scope', '20 20 5 5 1'),
	('campaign_tag', 'campaign_tag', '5 5 2 2 1'),
	('campaign_round', 'campaign_round', '20 20 5 1'),
	('excuse', 'excuse', '10000 10000 4000 1000 1'),
	('site', 'site', '100 100 1'),
	('swab', 'swab', '1000000 1000000 500000 200000 1 1'),
	('swab', 'swab_tube', '1000000 1000000 8'),
	('tube_event', 'tube_event', '500000 500000 5 1 1 1'),
	('tube', 'tube_waiting', '5000 5000 1000'),
	('tube', 'tube', '100000 100000 1'),
	('tube', 'tube_round', '100000 100000 50000 20000'),
	('box_event', 'box_event', '4000 4000 2 1 1 1'),
	('box', 'box', '2000 2000 1'),
	('box_tube', 'box_tube', '100000 100000 50 1'),
	('laboratory', 'laboratory', '5 5 1'),
	('retest_order', 'retest_order', '1000 1000 1 1');
ANALYZE sqlite_master;

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
INSERT INTO retest_order (county, person, tube, at, fact, outbreak) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (county, person, tube) DO UPDATE SET at = excluded.at, fact = excluded.fact, outbreak = excluded.outbreak
WHERE retest_order.at > excluded.at OR (retest_order.at = excluded.at AND retest_order.fact > excluded.fact)
-- name: testing_retest_get
SELECT at, outbreak FROM retest_order WHERE county = $1 AND person = $2 AND tube = $3

-- name: testing_ordered
SELECT DISTINCT county, tube FROM retest_order

-- name: testing_swab_get
SELECT at FROM swab WHERE county = $1 AND campaign = $2 AND round = $3 AND person = $4 AND tube = $5
-- name: testing_swab_put
INSERT INTO swab (county, campaign, round, person, tube, at) VALUES ($1, $2, $3, $4, $5, $6)
-- name: testing_swab_earlier
UPDATE swab SET at = $6 WHERE county = $1 AND campaign = $2 AND round = $3 AND person = $4 AND tube = $5
-- name: testing_tube_swab
INSERT INTO tube (county, key, code, campaign, round, site, area, pool_size, population, swabs_n, first_swab_at, last_swab_at, opened_at,
	closed_at, counted_n, box, sent_at, received_at, laboratory, plate, plated_at, result, tested_at, reported_at, lost_at, lost_reason, conflict,
	outbreak)
VALUES ($1, $2, '', 0, 0, 0, $3, 0, 0, $5, $4, $4, 0, 0, -1, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0, $6)
ON CONFLICT (county, key) DO UPDATE SET swabs_n = tube.swabs_n + excluded.swabs_n,
	first_swab_at = CASE WHEN tube.first_swab_at = 0 OR excluded.first_swab_at < tube.first_swab_at THEN excluded.first_swab_at
		ELSE tube.first_swab_at END,
	last_swab_at = CASE WHEN excluded.last_swab_at > tube.last_swab_at THEN excluded.last_swab_at ELSE tube.last_swab_at END,
	area = CASE WHEN tube.opened_at = 0 AND (tube.swabs_n = 0 OR excluded.area < tube.area) THEN excluded.area ELSE tube.area END,
	outbreak = CASE WHEN tube.opened_at = 0 AND (tube.outbreak = 0 OR excluded.outbreak < tube.outbreak) THEN excluded.outbreak
		ELSE tube.outbreak END
RETURNING swabs_n, pool_size, first_swab_at, opened_at, closed_at, result, lost_at, conflict
-- name: testing_event_put
INSERT INTO tube_event (county, tube, what, at, fact, campaign, site, box, plate, laboratory, area, round, pool_size, population, value,
	value_at, code, ct_n, ct_orf, outbreak)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) ON CONFLICT DO NOTHING
-- name: testing_tube_events
SELECT v.what, v.at, v.campaign, v.site, v.box, v.plate, v.laboratory, v.area, v.round, v.pool_size, v.population, v.value, v.value_at,
	v.code, b.sent_at, b.received_at, b.laboratory, v.outbreak
FROM tube_event v LEFT JOIN box b ON b.county = v.county AND b.key = v.box
WHERE v.county = $1 AND v.tube = $2 ORDER BY v.what, v.at, v.fact
-- name: testing_tube_get
SELECT swabs_n, first_swab_at, last_swab_at, area, outbreak, pool_size FROM tube WHERE county = $1 AND key = $2
-- name: testing_tube_put
INSERT INTO tube (county, key, code, campaign, round, site, area, pool_size, population, swabs_n, first_swab_at, last_swab_at, opened_at,
	closed_at, counted_n, box, sent_at, received_at, laboratory, plate, plated_at, result, tested_at, reported_at, lost_at, lost_reason, conflict,
	outbreak)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
ON CONFLICT (county, key) DO UPDATE SET code = excluded.code, campaign = excluded.campaign, round = excluded.round, site = excluded.site,
	area = excluded.area, pool_size = excluded.pool_size, population = excluded.population, opened_at = excluded.opened_at,
	closed_at = excluded.closed_at, counted_n = excluded.counted_n, box = excluded.box, sent_at = excluded.sent_at,
	received_at = excluded.received_at, laboratory = excluded.laboratory, plate = excluded.plate, plated_at = excluded.plated_at,
	result = excluded.result, tested_at = excluded.tested_at, reported_at = excluded.reported_at, lost_at = excluded.lost_at,
	lost_reason = excluded.lost_reason, conflict = excluded.conflict, outbreak = excluded.outbreak
-- name: testing_tube_members
SELECT person FROM swab WHERE county = $1 AND tube = $2 UNION SELECT person FROM retest_order WHERE county = $1 AND tube = $2 ORDER BY person
-- name: testing_box_event_put
INSERT INTO box_event (county, box, what, at, fact, laboratory, tubes_n, code, area, outbreak)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
-- name: testing_box_events
SELECT what, at, laboratory, tubes_n, code, area, outbreak FROM box_event WHERE county = $1 AND box = $2 ORDER BY what, at, fact
-- name: testing_box_put
INSERT INTO box (county, key, code, area, sent_at, sent_n, received_at, received_n, laboratory) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (county, key) DO UPDATE SET code = excluded.code, area = excluded.area, sent_at = excluded.sent_at, sent_n = excluded.sent_n,
	received_at = excluded.received_at, received_n = excluded.received_n, laboratory = excluded.laboratory
-- name: testing_box_tube_put
INSERT INTO box_tube (county, box, tube) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
-- name: testing_box_tubes
SELECT tube FROM box_tube WHERE county = $1 AND box = $2 ORDER BY tube
-- name: testing_watched
SELECT DISTINCT county, subject FROM duty WHERE kind IN ('testing.retest', 'testing.isolate', 'testing.resample') AND state > 0
-- name: testing_person_tubes
SELECT DISTINCT part FROM duty WHERE county = $1 AND kind IN ('testing.retest', 'testing.isolate', 'testing.resample') AND subject = $2
	AND state > 0 ORDER BY part

-- For other domains: every swab of a person, oldest first; result -1 while pending, pool_size 0 while the tube is unknown.
-- name: testing_person_swabs
SELECT s.at, t.pool_size, t.result, t.reported_at, s.tube
FROM campaign_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
WHERE r.county = $1 AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round AND s.person = $2
ORDER BY s.at, s.tube

-- ---- queries. $1 county, $2-$3 areas, $4 now, $5 limit, $6 offset, then $7 campaign, $8 round -------------------------

-- name: testing_q_campaigns
SELECT e.id, c.name, c.pool_size, c.rounds_per_day, c.at,
	(SELECT count(*) FROM campaign_round r WHERE r.county = c.county AND r.campaign = c.key),
	(SELECT max(r.round) FROM campaign_round r WHERE r.county = c.county AND r.campaign = c.key)
FROM campaign c JOIN entity e ON e.county = c.county AND e.key = c.key WHERE c.county = $1 AND $2 <= $3 AND $4 >= 0 ORDER BY c.at DESC, e.id LIMIT $5 OFFSET $6
-- name: testing_q_rounds
SELECT e.id, c.name, r.round, r.opens_at, r.due_at,
	(SELECT count(*) FROM tube t WHERE t.county = r.county AND t.campaign = r.campaign AND t.round = r.round),
	(SELECT count(*) FROM (SELECT s.person FROM swab s WHERE s.county = r.county AND s.campaign = r.campaign AND s.round = r.round GROUP BY s.person) x)
FROM campaign_round r JOIN campaign c ON c.county = r.county AND c.key = r.campaign JOIN entity e ON e.county = c.county AND e.key = c.key
WHERE r.county = $1 AND $2 <= $3 AND $4 >= 0 AND ($7 = 0 OR r.campaign = $7) ORDER BY r.opens_at DESC, e.id, r.round LIMIT $5 OFFSET $6
-- Members of a round, and what was done with them (testing_round.c).
-- name: testing_round_head
SELECT r.opens_at, r.due_at, c.fact, (SELECT count(*) FROM campaign_tag g WHERE g.county = $1 AND g.campaign = c.key AND g.fact = c.fact)
FROM campaign_round r JOIN campaign c ON c.county = r.county AND c.key = r.campaign WHERE r.county = $1 AND r.campaign = $2 AND r.round = $3
-- name: testing_round_members
SELECT p.key, p.area, p.household FROM campaign_scope s JOIN person p ON p.county = $1
	AND p.area BETWEEN CASE WHEN s.area_lo > $2 THEN s.area_lo ELSE $2 END AND CASE WHEN s.area_hi < $3 THEN s.area_hi ELSE $3 END
WHERE s.county = $1 AND s.campaign = $4 AND s.fact = $5
	AND p.canon = p.key AND p.from_at <= $6 AND p.stay_from <= $6 AND (p.until_at = 0 OR p.until_at > $6)
UNION ALL
SELECT p.key, y.area, y.household FROM campaign_scope s JOIN person_stay y ON y.county = $1
	AND y.area BETWEEN CASE WHEN s.area_lo > $2 THEN s.area_lo ELSE $2 END AND CASE WHEN s.area_hi < $3 THEN s.area_hi ELSE $3 END
JOIN person p ON p.county = y.county AND p.key = y.person
WHERE s.county = $1 AND s.campaign = $4 AND s.fact = $5 AND p.canon = p.key AND y.from_at <= $6 AND y.until_at > $6
-- name: testing_round_sampled
SELECT person FROM swab WHERE county = $1 AND campaign = $2 AND round = $3
-- name: testing_round_excused
SELECT person FROM excuse WHERE county = $1 AND campaign = $2 AND round IN (0, $3)
-- name: testing_round_aliases
SELECT canon, key FROM person WHERE county = $1 AND canon <> key
-- name: testing_round_tagged
SELECT t.person FROM campaign_tag g JOIN person_tag t ON t.county = g.county AND t.tag = g.tag
WHERE g.county = $1 AND g.campaign = $2 AND g.fact = $3 AND t.from_at > 0 AND t.from_at <= $4 AND (t.until_at = 0 OR t.until_at > $4)
-- name: testing_round_area_name
SELECT name FROM area WHERE county = $1 AND code = $2 ORDER BY valid_from DESC LIMIT 1
-- The reason is that of the person's own record, else of a record that was merged into it.
-- name: testing_round_person
SELECT e.id, h.id, COALESCE(hh.building, ''), COALESCE(hh.unit, ''), p.birth_year,
	COALESCE((SELECT x.reason FROM excuse x WHERE x.county = $1 AND x.campaign = $4 AND x.round IN (0, $5) AND x.person = p.key
		ORDER BY x.round DESC LIMIT 1),
		CASE WHEN p.aliases_n > 0 THEN (SELECT x.reason FROM person a JOIN excuse x ON x.county = a.county AND x.person = a.key
			WHERE a.county = $1 AND a.canon = p.key AND a.canon <> a.key AND x.campaign = $4 AND x.round IN (0, $5)
			ORDER BY x.round DESC, x.at DESC, x.fact DESC LIMIT 1) END)
FROM person p JOIN entity e ON e.county = $1 AND e.key = p.key
LEFT JOIN household hh ON hh.county = $1 AND hh.key = $3
LEFT JOIN entity h ON h.county = $1 AND h.key = $3
WHERE p.county = $1 AND p.key = $2
-- name: testing_q_tubes
SELECT e.id, t.code, t.area, CASE WHEN t.lost_at > 0 THEN 7 WHEN t.reported_at > 0 THEN 6 WHEN t.plated_at > 0 THEN 5 WHEN t.received_at > 0 THEN 4
	WHEN t.sent_at > 0 THEN 3 WHEN t.closed_at > 0 THEN 2 WHEN t.opened_at > 0 THEN 1 ELSE 0 END,
	t.swabs_n, t.pool_size, t.first_swab_at, t.closed_at, t.sent_at, t.received_at, t.tested_at, t.reported_at,
	CASE WHEN t.reported_at = 0 AND t.lost_at = 0 AND t.first_swab_at > 0 THEN $4 - t.first_swab_at ELSE 0 END,
	CASE WHEN t.result < 0 THEN NULL ELSE t.result END
FROM tube t JOIN entity e ON e.county = t.county AND e.key = t.key
WHERE t.county = $1 AND t.area BETWEEN $2 AND $3 AND ($7 = 0 OR t.campaign = $7) AND ($8 = 0 OR t.round = $8)
	AND ($9 < 0 OR $9 = CASE WHEN t.lost_at > 0 THEN 7 WHEN t.reported_at > 0 THEN 6 WHEN t.plated_at > 0 THEN 5 WHEN t.received_at > 0 THEN 4
	WHEN t.sent_at > 0 THEN 3 WHEN t.closed_at > 0 THEN 2 WHEN t.opened_at > 0 THEN 1 ELSE 0 END) AND ($10 < 0 OR t.result = $10)
ORDER BY t.reported_at > 0, t.first_swab_at, e.id LIMIT $5 OFFSET $6
-- name: testing_q_tube
SELECT p.id, s.at, t.code, t.swabs_n, t.pool_size, CASE WHEN t.result < 0 THEN NULL ELSE t.result END, t.reported_at
FROM swab s JOIN tube t ON t.county = s.county AND t.key = s.tube JOIN entity p ON p.county = s.county AND p.key = s.person
WHERE s.county = $1 AND t.area BETWEEN $2 AND $3 AND s.tube = $7 AND $4 >= 0 ORDER BY s.at, p.id LIMIT $5 OFFSET $6
-- name: testing_q_person
SELECT c.id, s.round, s.at, e.id, t.code, t.pool_size, t.swabs_n, CASE WHEN t.result < 0 THEN NULL ELSE t.result END, t.reported_at
FROM campaign_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
JOIN entity e ON e.county = t.county AND e.key = t.key JOIN entity c ON c.county = s.county AND c.key = s.campaign
WHERE r.county = $1 AND t.area BETWEEN $2 AND $3 AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round AND s.person = $7
	AND $4 >= 0 ORDER BY s.at, e.id LIMIT $5 OFFSET $6
-- name: testing_q_boxes
SELECT e.id, b.code, b.area, l.id, b.sent_at, b.sent_n, b.received_at, b.received_n,
	(SELECT count(*) FROM box_tube x WHERE x.county = b.county AND x.box = b.key),
	(SELECT count(*) FROM box_tube x JOIN tube t ON t.county = x.county AND t.key = x.tube
	 WHERE x.county = b.county AND x.box = b.key AND t.reported_at > 0),
	CASE WHEN b.received_at = 0 AND b.sent_at > 0 THEN $4 - b.sent_at ELSE 0 END
FROM box b JOIN entity e ON e.county = b.county AND e.key = b.key LEFT JOIN entity l ON l.county = b.county AND l.key = b.laboratory
WHERE b.county = $1 AND b.area BETWEEN $2 AND $3 AND ($7 = 0 OR b.laboratory = $7)
ORDER BY b.received_at > 0, b.sent_at, e.id LIMIT $5 OFFSET $6
-- What stands on the benches: a tube that was sent and has no result, with its box and its plate.
-- name: testing_q_bench
SELECT e.id, t.code, t.area, x.id, b.code, l.id, p.id, CASE WHEN t.plated_at > 0 THEN 2 WHEN t.received_at > 0 THEN 1 ELSE 0 END,
	t.swabs_n, t.pool_size, t.sent_at, t.received_at, t.plated_at,
	CASE WHEN t.received_at > 0 THEN $4 - t.received_at ELSE $4 - t.sent_at END
FROM tube t JOIN entity e ON e.county = t.county AND e.key = t.key
LEFT JOIN box b ON b.county = t.county AND b.key = t.box LEFT JOIN entity x ON x.county = t.county AND x.key = t.box
LEFT JOIN entity l ON l.county = t.county AND l.key = t.laboratory LEFT JOIN entity p ON p.county = t.county AND p.key = t.plate
WHERE t.county = $1 AND t.area BETWEEN $2 AND $3 AND t.sent_at > 0 AND t.reported_at = 0 AND t.lost_at = 0
	AND ($7 = 0 OR t.laboratory = $7) AND ($8 = 0 OR t.box = $8) AND ($9 = 0 OR t.plate = $9)
ORDER BY t.received_at = 0, t.received_at, t.sent_at, t.code, e.id LIMIT $5 OFFSET $6
-- The count identities of every hand-over: what one side gave, the other must have.
-- name: testing_q_reconciliation
SELECT c.id, t.round, count(*), sum(CASE WHEN t.opened_at > 0 THEN 1 ELSE 0 END), sum(CASE WHEN t.closed_at > 0 THEN 1 ELSE 0 END),
	sum(CASE WHEN t.sent_at > 0 THEN 1 ELSE 0 END), sum(CASE WHEN t.received_at > 0 THEN 1 ELSE 0 END),
	sum(CASE WHEN t.plated_at > 0 THEN 1 ELSE 0 END), sum(CASE WHEN t.reported_at > 0 THEN 1 ELSE 0 END),
	sum(CASE WHEN t.lost_at > 0 THEN 1 ELSE 0 END), CAST(sum(t.swabs_n) AS INTEGER),
	CAST(sum(CASE WHEN t.counted_n >= 0 THEN t.counted_n ELSE 0 END) AS INTEGER),
	CAST(sum(CASE WHEN t.reported_at > 0 THEN t.swabs_n ELSE 0 END) AS INTEGER),
	sum(CASE WHEN t.conflict > 0 THEN 1 ELSE 0 END)
FROM tube t LEFT JOIN entity c ON c.county = t.county AND c.key = t.campaign
WHERE t.county = $1 AND t.area BETWEEN $2 AND $3 AND ($7 = 0 OR t.campaign = $7) AND ($8 = 0 OR t.round = $8) AND $4 >= 0
GROUP BY c.id, t.round ORDER BY t.round DESC, c.id LIMIT $5 OFFSET $6
-- Tube by tube what does not add up.
-- name: testing_q_gaps
SELECT e.id, t.code, t.area, g.gap, t.swabs_n, t.counted_n, t.pool_size, b.code, t.first_swab_at
FROM tube t JOIN entity e ON e.county = t.county AND e.key = t.key LEFT JOIN box b ON b.county = t.county AND b.key = t.box
CROSS JOIN (SELECT 0 AS gap UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6
	UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) g
WHERE t.county = $1 AND t.area BETWEEN $2 AND $3 AND ($7 = 0 OR t.campaign = $7) AND ($8 = 0 OR t.round = $8) AND $4 >= 0
	AND ((g.gap = 0 AND t.opened_at = 0) OR (g.gap = 1 AND t.swabs_n > 0 AND t.closed_at = 0 AND t.sent_at > 0)
	OR (g.gap = 2 AND t.counted_n >= 0 AND t.counted_n <> t.swabs_n) OR (g.gap = 3 AND t.pool_size > 0 AND t.swabs_n > t.pool_size)
	OR (g.gap = 4 AND t.closed_at > 0 AND t.sent_at = 0 AND t.reported_at = 0 AND t.lost_at = 0)
	OR (g.gap = 5 AND t.sent_at > 0 AND t.received_at = 0 AND t.lost_at = 0)
	OR (g.gap = 6 AND t.received_at > 0 AND t.plated_at = 0 AND t.reported_at = 0 AND t.lost_at = 0)
	OR (g.gap = 7 AND t.plated_at > 0 AND t.reported_at = 0 AND t.lost_at = 0)
	OR (g.gap = 8 AND t.reported_at > 0 AND t.swabs_n = 0) OR (g.gap = 9 AND t.conflict > 0))
ORDER BY t.first_swab_at, e.id, g.gap LIMIT $5 OFFSET $6
-- name: testing_q_twice
WITH once AS (
	SELECT person, count(*) AS n FROM swab WHERE county = $1 AND campaign = $7 AND round = $8 GROUP BY person),
again AS ( -- whoever has two swabs, and whoever has several records
	SELECT p.canon AS key FROM once o JOIN person p ON p.county = $1 AND p.key = o.person WHERE o.n > 1
	UNION SELECT canon FROM person WHERE county = $1 AND canon <> key),
records AS (
	SELECT key, key AS record FROM again
	UNION ALL SELECT canon, key FROM person WHERE county = $1 AND canon <> key)
SELECT e.id, count(*), min(s.at), max(s.at) FROM records r
CROSS JOIN person p CROSS JOIN swab s CROSS JOIN entity e -- in this order: there are few records and many swabs
WHERE p.county = $1 AND p.key = r.record AND s.county = $1 AND s.campaign = $7 AND s.round = $8 AND s.person = r.record
	AND e.county = $1 AND e.key = r.key AND p.area BETWEEN $2 AND $3 AND $4 >= 0
GROUP BY e.id HAVING count(*) > 1 ORDER BY e.id LIMIT $5 OFFSET $6
-- Forecast: what waits, divided by what the laboratory stated it can do in an hour, plus one run.
-- name: testing_q_laboratories
SELECT e.id, l.name, l.tubes_per_hour, l.run_min, COALESCE(t.received_n, 0), COALESCE(t.under_way_n, 0), COALESCE(t.oldest, 0),
	$4 + l.run_min * 60000 + (COALESCE(t.received_n, 0) + COALESCE(t.under_way_n, 0)) * 3600000 / l.tubes_per_hour
FROM laboratory l JOIN entity e ON e.county = l.county AND e.key = l.key
LEFT JOIN (SELECT laboratory, CAST(sum(CASE WHEN received_at > 0 THEN 1 ELSE 0 END) AS INTEGER) AS received_n,
		CAST(sum(CASE WHEN received_at = 0 THEN 1 ELSE 0 END) AS INTEGER) AS under_way_n,
		min(CASE WHEN received_at > 0 THEN received_at END) AS oldest
	FROM tube WHERE county = $1 AND sent_at > 0 AND reported_at = 0 AND lost_at = 0 GROUP BY laboratory) t ON t.laboratory = l.key
WHERE l.county = $1 AND l.area BETWEEN $2 AND $3 ORDER BY l.name, e.id LIMIT $5 OFFSET $6
-- name: testing_q_positives
SELECT e.id, t.code, t.area, t.swabs_n, t.pool_size, t.reported_at, c.id, t.round,
	(SELECT count(*) FROM duty d WHERE d.county = t.county AND d.kind = 'testing.retest' AND d.part = t.key AND d.state = 1 AND d.waived_at = 0)
FROM tube t JOIN entity e ON e.county = t.county AND e.key = t.key LEFT JOIN entity c ON c.county = t.county AND c.key = t.campaign
WHERE t.county = $1 AND t.area BETWEEN $2 AND $3 AND t.result = 1 AND ($7 = 0 OR t.campaign = $7) AND ($8 = 0 OR t.round = $8) AND $4 >= 0
ORDER BY t.reported_at DESC, e.id LIMIT $5 OFFSET $6
-- name: testing_q_sites
SELECT e.id, s.name, s.area, s.tables_n, s.samplers_n, s.lon, s.lat, COALESCE(t.tubes_n, 0), COALESCE(t.swabs_n, 0)
FROM site s JOIN entity e ON e.county = s.county AND e.key = s.key
LEFT JOIN (SELECT site, count(*) AS tubes_n, CAST(sum(swabs_n) AS INTEGER) AS swabs_n FROM tube WHERE county = $1 AND site > 0 GROUP BY site) t
	ON t.site = s.key
WHERE s.county = $1 AND s.area BETWEEN $2 AND $3 AND $4 >= 0 ORDER BY s.name, e.id LIMIT $5 OFFSET $6

-- for the audit
-- name: testing_audit_tubes
SELECT e.id, t.swabs_n, t.first_swab_at, t.last_swab_at, t.opened_at, t.pool_size, t.closed_at, t.counted_n, t.sent_at, t.received_at,
	t.plated_at, t.result, t.tested_at, t.reported_at, t.lost_at, t.conflict
FROM tube t JOIN entity e ON e.county = t.county AND e.key = t.key WHERE t.county = $1
-- name: testing_audit_rounds
SELECT e.id, s.round, count(DISTINCT s.person) FROM swab s JOIN entity e ON e.county = s.county AND e.key = s.campaign
WHERE s.county = $1 GROUP BY e.id, s.round
-- name: testing_audit_duties
SELECT count(*) FROM duty WHERE county = $1 AND kind = $2 AND state = 1
