-- SPDX-License-Identifier: Apache-2.0
-- order_event and order_evidence only grow; restriction is computed from order_event. Of the other tables each row keeps the report that
-- counts: the first of what happens once, the newest of what may be corrected. 0 stands for an instant or an entity that is not known.

-- script: orders_schema
CREATE TABLE IF NOT EXISTS order_event (
	county INTEGER NOT NULL,
	order_key INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	what INTEGER NOT NULL,       -- enum order_what
	person INTEGER NOT NULL,
	class INTEGER NOT NULL,
	start_at INTEGER NOT NULL,
	end_at INTEGER NOT NULL,
	conditions INTEGER NOT NULL, -- bits 1 << enum protocol_condition: signed: of release; extended: not met
	basis TEXT NOT NULL,
	clause TEXT NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	edition TEXT NOT NULL,
	by_user BLOB NOT NULL,
	PRIMARY KEY (county, order_key, at, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS restriction (
	county INTEGER NOT NULL,
	order_key INTEGER NOT NULL,
	person INTEGER NOT NULL,
	class INTEGER NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	start_at INTEGER NOT NULL,
	end_at INTEGER NOT NULL,     -- after the extensions that count
	signed_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL, -- of the last signature that counts
	extended_n INTEGER NOT NULL,
	lifted_at INTEGER NOT NULL,
	conditions INTEGER NOT NULL,
	basis TEXT NOT NULL,         -- of the last signature that counts
	clause TEXT NOT NULL,
	edition TEXT NOT NULL,
	by_user BLOB NOT NULL,
	PRIMARY KEY (county, order_key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS restriction_person ON restriction (county, person);
CREATE INDEX IF NOT EXISTS restriction_end ON restriction (county, end_at);
CREATE TABLE IF NOT EXISTS order_evidence (
	county INTEGER NOT NULL,
	order_key INTEGER NOT NULL,
	evidence BLOB NOT NULL,      -- id of a fact
	PRIMARY KEY (county, order_key, evidence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS exit_leave (
	county INTEGER NOT NULL,
	exit_key INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	person INTEGER NOT NULL,
	order_key INTEGER NOT NULL,  -- 0 = whatever restricts the person
	purpose INTEGER NOT NULL,
	means INTEGER NOT NULL,
	from_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL,
	area INTEGER NOT NULL,
	basis TEXT NOT NULL,
	by_user BLOB NOT NULL,
	PRIMARY KEY (county, exit_key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS exit_leave_person ON exit_leave (county, person);
CREATE TABLE IF NOT EXISTS appeal (
	county INTEGER NOT NULL,
	appeal INTEGER NOT NULL,
	person INTEGER NOT NULL,
	order_key INTEGER NOT NULL,  -- 0 = whatever restricts the person
	channel INTEGER NOT NULL,
	area INTEGER NOT NULL,
	edition TEXT NOT NULL,       -- by which its limit is set; '' = none was in force
	made_at INTEGER NOT NULL,    -- 0: only its answer is known so far
	made_fact BLOB,
	answered_at INTEGER NOT NULL, -- first answer
	newest_at INTEGER NOT NULL,  -- the answer that counts
	newest_fact BLOB,
	granted INTEGER NOT NULL,
	PRIMARY KEY (county, appeal)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS appeal_person ON appeal (county, person);
CREATE INDEX IF NOT EXISTS appeal_order ON appeal (county, order_key) WHERE order_key > 0;
CREATE TABLE IF NOT EXISTS help_request (
	county INTEGER NOT NULL,
	help INTEGER NOT NULL,
	person INTEGER NOT NULL,
	kind INTEGER NOT NULL,       -- enum orders_help
	channel INTEGER NOT NULL,
	area INTEGER NOT NULL,
	edition TEXT NOT NULL,
	asked_at INTEGER NOT NULL,   -- 0: only its answer is known so far
	asked_fact BLOB,
	answered_at INTEGER NOT NULL,
	newest_at INTEGER NOT NULL,
	newest_fact BLOB,
	outcome INTEGER NOT NULL,
	PRIMARY KEY (county, help)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS help_request_person ON help_request (county, person);
CREATE INDEX IF NOT EXISTS help_request_open ON help_request (county, kind, asked_at) WHERE answered_at = 0;
CREATE TABLE IF NOT EXISTS person_page (
	county INTEGER NOT NULL,
	page INTEGER NOT NULL,
	person INTEGER NOT NULL,
	digest TEXT NOT NULL,        -- '' = only named so far
	issued_at INTEGER NOT NULL,
	issued_fact BLOB,
	expires_at INTEGER NOT NULL,
	area INTEGER NOT NULL,
	by_user BLOB,
	revoked_at INTEGER NOT NULL,
	opened_at INTEGER NOT NULL,  -- first and last time the person read it
	opened_last INTEGER NOT NULL,
	PRIMARY KEY (county, page)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_page_digest ON person_page (county, digest);
CREATE INDEX IF NOT EXISTS person_page_person ON person_page (county, person);
CREATE TABLE IF NOT EXISTS certificate (
	county INTEGER NOT NULL,
	certificate INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	person INTEGER NOT NULL,
	kind INTEGER NOT NULL,       -- enum orders_certificate
	order_key INTEGER NOT NULL,
	tube INTEGER NOT NULL,
	expires_at INTEGER NOT NULL, -- 0 = by the defaults
	area INTEGER NOT NULL,
	by_user BLOB NOT NULL,
	PRIMARY KEY (county, certificate)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS certificate_person ON certificate (county, person);

-- only: sqlite
-- What a county holds (see ledger.sql).
ANALYZE sqlite_master;
DELETE FROM sqlite_stat1 WHERE tbl IN ('order_event', 'restriction', 'order_evidence', 'exit_leave', 'appeal', 'help_request', 'person_page',
	'certificate');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('order_event', 'order_event', '60000 60000 3 1 1'),
	('restriction', 'restriction', '20000 20000 1'),
	('restriction', 'restriction_person', '20000 20000 2 1'),
	('restriction', 'restriction_end', '20000 20000 50 1'),
	('order_evidence', 'order_evidence', '40000 40000 2 1'),
	('exit_leave', 'exit_leave', '5000 5000 1'),
	('exit_leave', 'exit_leave_person', '5000 5000 2 1'),
	('appeal', 'appeal', '2000 2000 1'),
	('appeal', 'appeal_person', '2000 2000 1 1'),
	('appeal', 'appeal_order', '2000 2000 1 1'),
	('help_request', 'help_request', '20000 20000 1'),
	('help_request', 'help_request_person', '20000 20000 2 1'),
	('help_request', 'help_request_open', '500 500 100 1 1'),
	('person_page', 'person_page', '20000 20000 1'),
	('person_page', 'person_page_digest', '20000 20000 1 1'),
	('person_page', 'person_page_person', '20000 20000 2 1'),
	('certificate', 'certificate', '20000 20000 1'),
	('certificate', 'certificate_person', '20000 20000 2 1');
ANALYZE sqlite_master;

-- name: orders_event_put
INSERT INTO order_event (county, order_key, at, fact, what, person, class, start_at, end_at, conditions, basis, clause, outbreak, area,
	edition, by_user)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING
-- name: orders_events
SELECT at, fact, what, person, class, start_at, end_at, conditions, basis, clause, outbreak, area, edition, by_user
FROM order_event WHERE county = $1 AND order_key = $2 ORDER BY at, fact
-- name: orders_evidence_put
INSERT INTO order_evidence (county, order_key, evidence) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
-- name: orders_restriction_put
INSERT INTO restriction (county, order_key, person, class, outbreak, area, start_at, end_at, signed_at, changed_at, extended_n, lifted_at,
	conditions, basis, clause, edition, by_user)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (county, order_key) DO UPDATE SET person = excluded.person, class = excluded.class, outbreak = excluded.outbreak,
	area = excluded.area, start_at = excluded.start_at, end_at = excluded.end_at, signed_at = excluded.signed_at,
	changed_at = excluded.changed_at, extended_n = excluded.extended_n, lifted_at = excluded.lifted_at, conditions = excluded.conditions,
	basis = excluded.basis, clause = excluded.clause, edition = excluded.edition, by_user = excluded.by_user
-- For other domains too: one order as it stands. In force: start_at <= now < end_at and (lifted_at = 0 or now < lifted_at).
-- name: orders_restriction_get
SELECT person, class, start_at, end_at, signed_at, lifted_at, area, outbreak, conditions, edition FROM restriction
WHERE county = $1 AND order_key = $2
-- For other domains too: the orders about a person (all records of that human being) in force at an instant.
-- name: orders_person_in_force
SELECT r.order_key, r.class, r.start_at, r.end_at, r.edition FROM restriction r
WHERE r.county = $1 AND (r.person = $2 OR r.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
	WHERE p.county = $1 AND p.key = $2))
	AND r.start_at <= $3 AND $3 < r.end_at AND (r.lifted_at = 0 OR $3 < r.lifted_at)
ORDER BY r.end_at, r.order_key
-- name: orders_granted_at
SELECT min(newest_at) FROM appeal WHERE county = $1 AND order_key = $2 AND granted = 1 AND made_at > 0
-- name: orders_person_area
SELECT c.area FROM person p JOIN person c ON c.county = p.county AND c.key = p.canon
WHERE p.county = $1 AND p.key = $2 AND c.registered_at > 0
-- Orders and regimens of somebody registered nowhere that lie outside of an area.
-- name: orders_person_elsewhere
SELECT (SELECT count(*) FROM restriction r WHERE r.county = $1 AND r.person = $2 AND r.area NOT BETWEEN $3 AND $4)
	+ (SELECT count(*) FROM contact x WHERE x.county = $1 AND x.person = $2 AND x.area NOT BETWEEN $3 AND $4)
-- name: orders_is_erased
SELECT count(*) FROM erasure WHERE county = $1 AND subject = $2
-- The edition that the county's newest adoption before an instant names, whatever the outbreak.
-- name: orders_edition_at
SELECT edition FROM edition WHERE county = $1 AND from_at <= $2 ORDER BY from_at DESC, fact DESC LIMIT 1

-- name: orders_exit_put
INSERT INTO exit_leave (county, exit_key, at, fact, person, order_key, purpose, means, from_at, until_at, area, basis, by_user)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (county, exit_key) DO UPDATE SET at = excluded.at, fact = excluded.fact, person = excluded.person, order_key = excluded.order_key,
	purpose = excluded.purpose, means = excluded.means, from_at = excluded.from_at, until_at = excluded.until_at, area = excluded.area,
	basis = excluded.basis, by_user = excluded.by_user
WHERE excluded.at < exit_leave.at OR (excluded.at = exit_leave.at AND excluded.fact < exit_leave.fact)
-- Whether anything restricts the person at an instant: orders and contacts.
-- name: orders_restricted
SELECT (SELECT count(*) FROM restriction r WHERE r.county = $1 AND r.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county
		AND o.canon = p.canon WHERE p.county = $1 AND p.key = $2)
		AND r.start_at <= $3 AND $3 < r.end_at AND (r.lifted_at = 0 OR $3 < r.lifted_at))
	+ (SELECT count(*) FROM restriction r WHERE r.county = $1 AND r.person = $2
		AND r.start_at <= $3 AND $3 < r.end_at AND (r.lifted_at = 0 OR $3 < r.lifted_at))
	+ (SELECT count(*) FROM contact x WHERE x.county = $1 AND x.state = 1 AND x.signed_at <= $3 AND $3 < x.ends_at
		AND (x.person = $2 OR x.person IN (SELECT p.canon FROM person p WHERE p.county = $1 AND p.key = $2)))

-- A contact whose days may be over, but whose release nobody has signed.
-- name: orders_unreleased
SELECT count(*) FROM contact x WHERE x.county = $1 AND x.state = 1
	AND (x.person = $2 OR x.person IN (SELECT p.canon FROM person p WHERE p.county = $1 AND p.key = $2))
-- name: orders_appeal_make
INSERT INTO appeal (county, appeal, person, order_key, channel, area, edition, made_at, made_fact, answered_at, newest_at, newest_fact, granted)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, NULL, 0)
ON CONFLICT (county, appeal) DO UPDATE SET person = excluded.person, order_key = excluded.order_key, channel = excluded.channel,
	area = excluded.area, edition = excluded.edition, made_at = excluded.made_at, made_fact = excluded.made_fact
WHERE appeal.made_at = 0 OR excluded.made_at < appeal.made_at OR (excluded.made_at = appeal.made_at AND excluded.made_fact < appeal.made_fact)
-- name: orders_appeal_answer
INSERT INTO appeal (county, appeal, person, order_key, channel, area, edition, made_at, made_fact, answered_at, newest_at, newest_fact, granted)
VALUES ($1, $2, 0, 0, -1, 0, '', 0, NULL, $3, $3, $4, $5)
ON CONFLICT (county, appeal) DO UPDATE SET
	answered_at = CASE WHEN appeal.answered_at = 0 OR excluded.answered_at < appeal.answered_at THEN excluded.answered_at
		ELSE appeal.answered_at END,
	granted = CASE WHEN appeal.newest_at = 0 OR excluded.newest_at > appeal.newest_at
		OR (excluded.newest_at = appeal.newest_at AND excluded.newest_fact > appeal.newest_fact) THEN excluded.granted ELSE appeal.granted END,
	newest_fact = CASE WHEN appeal.newest_at = 0 OR excluded.newest_at > appeal.newest_at
		OR (excluded.newest_at = appeal.newest_at AND excluded.newest_fact > appeal.newest_fact) THEN excluded.newest_fact
		ELSE appeal.newest_fact END,
	newest_at = CASE WHEN excluded.newest_at > appeal.newest_at THEN excluded.newest_at ELSE appeal.newest_at END
-- name: orders_appeal_get
SELECT person, order_key, area, edition, made_at, answered_at, newest_at, granted FROM appeal WHERE county = $1 AND appeal = $2

-- name: orders_help_ask
INSERT INTO help_request (county, help, person, kind, channel, area, edition, asked_at, asked_fact, answered_at, newest_at, newest_fact, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, NULL, -1)
ON CONFLICT (county, help) DO UPDATE SET person = excluded.person, kind = excluded.kind, channel = excluded.channel, area = excluded.area,
	edition = excluded.edition, asked_at = excluded.asked_at, asked_fact = excluded.asked_fact
WHERE help_request.asked_at = 0 OR excluded.asked_at < help_request.asked_at
	OR (excluded.asked_at = help_request.asked_at AND excluded.asked_fact < help_request.asked_fact)
-- name: orders_help_answer
INSERT INTO help_request (county, help, person, kind, channel, area, edition, asked_at, asked_fact, answered_at, newest_at, newest_fact, outcome)
VALUES ($1, $2, 0, -1, -1, 0, '', 0, NULL, $3, $3, $4, $5)
ON CONFLICT (county, help) DO UPDATE SET
	answered_at = CASE WHEN help_request.answered_at = 0 OR excluded.answered_at < help_request.answered_at THEN excluded.answered_at
		ELSE help_request.answered_at END,
	outcome = CASE WHEN help_request.newest_at = 0 OR excluded.newest_at > help_request.newest_at
		OR (excluded.newest_at = help_request.newest_at AND excluded.newest_fact > help_request.newest_fact) THEN excluded.outcome
		ELSE help_request.outcome END,
	newest_fact = CASE WHEN help_request.newest_at = 0 OR excluded.newest_at > help_request.newest_at
		OR (excluded.newest_at = help_request.newest_at AND excluded.newest_fact > help_request.newest_fact) THEN excluded.newest_fact
		ELSE help_request.newest_fact END,
	newest_at = CASE WHEN excluded.newest_at > help_request.newest_at THEN excluded.newest_at ELSE help_request.newest_at END
-- name: orders_help_get
SELECT person, kind, area, edition, asked_at, answered_at FROM help_request WHERE county = $1 AND help = $2

-- name: orders_page_put
INSERT INTO person_page (county, page, person, digest, issued_at, issued_fact, expires_at, area, by_user, revoked_at, opened_at, opened_last)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0)
ON CONFLICT (county, page) DO UPDATE SET person = excluded.person, digest = excluded.digest, issued_at = excluded.issued_at,
	issued_fact = excluded.issued_fact, expires_at = excluded.expires_at, area = excluded.area, by_user = excluded.by_user
WHERE person_page.issued_at = 0 OR excluded.issued_at < person_page.issued_at
	OR (excluded.issued_at = person_page.issued_at AND excluded.issued_fact < person_page.issued_fact)
-- name: orders_page_revoke
INSERT INTO person_page (county, page, person, digest, issued_at, issued_fact, expires_at, area, by_user, revoked_at, opened_at, opened_last)
VALUES ($1, $2, 0, '', 0, NULL, 0, 0, NULL, $3, 0, 0)
ON CONFLICT (county, page) DO UPDATE SET revoked_at = excluded.revoked_at
WHERE person_page.revoked_at = 0 OR excluded.revoked_at < person_page.revoked_at
-- name: orders_page_open
INSERT INTO person_page (county, page, person, digest, issued_at, issued_fact, expires_at, area, by_user, revoked_at, opened_at, opened_last)
VALUES ($1, $2, 0, '', 0, NULL, 0, 0, NULL, 0, $3, $3)
ON CONFLICT (county, page) DO UPDATE SET
	opened_at = CASE WHEN person_page.opened_at = 0 OR excluded.opened_at < person_page.opened_at THEN excluded.opened_at
		ELSE person_page.opened_at END,
	opened_last = CASE WHEN excluded.opened_last > person_page.opened_last THEN excluded.opened_last ELSE person_page.opened_last END
-- name: orders_page_known
SELECT issued_at, revoked_at FROM person_page WHERE county = $1 AND page = $2
-- Whose page it is; no row when it is not open at the instant.
-- name: orders_page_of
SELECT g.person, pe.id, ge.id, g.opened_last, g.area FROM person_page g
JOIN entity pe ON pe.county = g.county AND pe.key = g.person JOIN entity ge ON ge.county = g.county AND ge.key = g.page
WHERE g.county = $1 AND g.digest = $2 AND g.revoked_at = 0 AND g.issued_at <= $3 AND $3 < g.expires_at
	AND NOT EXISTS (SELECT 1 FROM erasure x WHERE x.county = g.county AND x.subject = g.person)

-- name: orders_certificate_put
INSERT INTO certificate (county, certificate, at, fact, person, kind, order_key, tube, expires_at, area, by_user)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (county, certificate) DO UPDATE SET at = excluded.at, fact = excluded.fact, person = excluded.person, kind = excluded.kind,
	order_key = excluded.order_key, tube = excluded.tube, expires_at = excluded.expires_at, area = excluded.area, by_user = excluded.by_user
WHERE excluded.at < certificate.at OR (excluded.at = certificate.at AND excluded.fact < certificate.fact)
-- name: orders_certificate_get
SELECT c.person, c.kind, c.order_key, c.tube, c.at, c.expires_at, c.area, f.seq FROM entity e
JOIN certificate c ON c.county = e.county AND c.certificate = e.key JOIN fact f ON f.county = c.county AND f.id = c.fact
WHERE e.county = $1 AND e.id = $2
-- The newest case of a person that was not withdrawn.
-- name: orders_case_since
SELECT max(c.opened_at) FROM case_file c WHERE c.county = $1 AND c.withdrawn_at = 0 AND c.opened_at <= $3
	AND (c.person = $2 OR c.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
		WHERE p.county = $1 AND p.key = $2))
-- The newest release of a person up to an instant: by an order that was lifted, or from the regimen of a contact. $4: of this order only.
-- name: orders_released
SELECT at, class, edition FROM (
	SELECT r.lifted_at AS at, r.class AS class, r.edition AS edition FROM restriction r
	WHERE r.county = $1 AND r.lifted_at > 0 AND r.lifted_at <= $3 AND ($4 = 0 OR r.order_key = $4)
		AND (r.person = $2 OR r.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
			WHERE p.county = $1 AND p.key = $2))
	UNION ALL
	SELECT x.ended_at, CASE x.place WHEN 1 THEN 1 WHEN 2 THEN 3 WHEN 0 THEN 0 ELSE 2 END, x.edition FROM contact x
	WHERE x.county = $1 AND x.state = 2 AND x.ended_at <= $3 AND $4 = 0
		AND (x.person = $2 OR x.person IN (SELECT p.canon FROM person p WHERE p.county = $1 AND p.key = $2))) q
ORDER BY at DESC, class LIMIT 1
-- A swab of the person in a tube, with the tube's result (-1 while pending).
-- name: orders_result_of
SELECT s.at, t.pool_size, t.result FROM campaign_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
WHERE r.county = $1 AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round AND s.tube = $3
	AND (s.person = $2 OR s.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
		WHERE p.county = $1 AND p.key = $2))
ORDER BY s.at LIMIT 1

-- Behind the computed query orders.person_orders: $5 person.
-- name: orders_person_orders
WITH rec AS (
	SELECT o.key AS key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon WHERE p.county = $1 AND p.key = $5
	UNION SELECT e.key FROM entity e WHERE e.county = $1 AND e.key = $5),
r AS (
	SELECT order_key, 0 AS source, person, area, class, '' AS tier, start_at, end_at, signed_at, extended_n, lifted_at, basis, clause, edition,
		conditions, by_user
	FROM restriction WHERE county = $1 AND person IN (SELECT key FROM rec)
	UNION ALL
	SELECT 0, 1, person, area, CASE place WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 3 ELSE -1 END, tier, signed_at, ends_at, signed_at, 0,
		CASE WHEN state = 1 THEN 0 ELSE ended_at END, '', edition || ' tiers.' || tier, edition, 0, NULL
	FROM contact WHERE county = $1 AND person IN (SELECT key FROM rec))
SELECT oe.id, r.source, r.class, r.tier,
	CASE WHEN r.lifted_at > 0 AND r.lifted_at <= $4 THEN 3 WHEN $4 < r.start_at THEN 0 WHEN $4 < r.end_at THEN 1 ELSE 2 END AS state,
	r.area, r.start_at, r.end_at, r.signed_at, r.extended_n, r.lifted_at, r.basis, r.clause, r.edition,
	CASE WHEN r.conditions & 2 > 0 THEN 'own_tests_negative ' ELSE '' END || CASE WHEN r.conditions & 4 > 0 THEN 'last_test_done ' ELSE '' END
	|| CASE WHEN r.conditions & 8 > 0 THEN 'linked_first_two_negative ' ELSE '' END || CASE WHEN r.conditions & 16 > 0 THEN 'no_signs ' ELSE '' END
	|| CASE WHEN r.conditions & 32 > 0 THEN 'environment_negative' ELSE '' END,
	r.by_user,
	(SELECT min(h.asked_at) FROM help_request h WHERE h.county = $1 AND h.person IN (SELECT key FROM rec) AND h.kind = 0 AND h.asked_at > 0
	 AND h.answered_at = 0)
FROM r LEFT JOIN entity oe ON oe.county = $1 AND oe.key = r.order_key
WHERE r.area BETWEEN $2 AND $3
ORDER BY state, r.end_at, r.signed_at, r.order_key LIMIT 1000

-- ---- queries. $1 county, $2-$3 areas, $4 now, $5 limit, $6 offset ---------------------------------------------------------------

-- name: orders_q_in_force
WITH r AS (
	SELECT order_key, 0 AS source, person, area, class, '' AS tier, start_at, end_at, signed_at, extended_n, basis, clause, by_user
	FROM restriction WHERE county = $1 AND start_at <= $4 AND $4 < end_at AND (lifted_at = 0 OR $4 < lifted_at)
	UNION ALL
	SELECT 0, 1, person, area, CASE place WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 3 ELSE -1 END, tier, signed_at, ends_at, signed_at, 0, '',
		edition || ' tiers.' || tier, NULL
	FROM contact WHERE county = $1 AND state = 1 AND signed_at <= $4 AND $4 < ends_at)
SELECT pe.id, oe.id, r.source, r.class, r.tier, r.area, r.start_at, r.end_at, r.end_at - $4, r.extended_n, r.basis, r.clause, r.by_user,
	(SELECT min(h.asked_at) FROM help_request h WHERE h.county = $1 AND h.person = r.person AND h.kind = 0 AND h.asked_at > 0 AND h.answered_at = 0)
FROM r JOIN entity pe ON pe.county = $1 AND pe.key = r.person LEFT JOIN entity oe ON oe.county = $1 AND oe.key = r.order_key
WHERE r.area BETWEEN $2 AND $3 AND ($7 < 0 OR r.class = $7) AND ($8 < 0 OR r.source = $8)
ORDER BY r.end_at, pe.id, r.order_key LIMIT $5 OFFSET $6
-- What stands between an order and release: conditions of tests are looked up, the others are the officer's to judge unless tracing knows.
-- name: orders_q_ending_soon
WITH r AS (
	SELECT * FROM restriction WHERE county = $1 AND area BETWEEN $2 AND $3 AND lifted_at = 0 AND end_at > $4
		AND end_at <= $4 + 3600000 * CAST($7 AS INTEGER)),
swabs AS (
	SELECT r.order_key, s.at, t.result FROM r CROSS JOIN campaign_round c JOIN swab s ON s.county = c.county AND s.campaign = c.campaign
		AND s.round = c.round AND s.person = r.person JOIN tube t ON t.county = s.county AND t.key = s.tube
	WHERE c.county = $1 AND s.at >= r.start_at)
SELECT pe.id, oe.id, r.class, r.area, r.start_at, r.end_at, r.end_at - $4, r.extended_n,
	CASE WHEN r.conditions & 2 > 0 AND EXISTS (SELECT 1 FROM swabs s WHERE s.order_key = r.order_key AND s.result <> 0)
		THEN 'own_tests_negative ' ELSE '' END
	|| CASE WHEN r.conditions & 4 > 0 AND NOT EXISTS (SELECT 1 FROM swabs s WHERE s.order_key = r.order_key AND s.result = 0
		AND s.at >= r.end_at - 86400000) THEN 'last_test_done ' ELSE '' END
	|| CASE WHEN r.conditions & 8 > 0 AND (NOT EXISTS (SELECT 1 FROM contact x WHERE x.county = $1 AND x.person = r.person)
		OR EXISTS (SELECT 1 FROM contact_unmet u WHERE u.county = $1 AND u.person = r.person AND u.condition = 3))
		THEN 'linked_first_two_negative ' ELSE '' END
	|| CASE WHEN r.conditions & 16 > 0 AND (NOT EXISTS (SELECT 1 FROM contact x WHERE x.county = $1 AND x.person = r.person)
		OR EXISTS (SELECT 1 FROM contact_unmet u WHERE u.county = $1 AND u.person = r.person AND u.condition = 4)) THEN 'no_signs ' ELSE '' END
	|| CASE WHEN r.conditions & 32 > 0 AND (NOT EXISTS (SELECT 1 FROM contact x WHERE x.county = $1 AND x.person = r.person)
		OR EXISTS (SELECT 1 FROM contact_unmet u WHERE u.county = $1 AND u.person = r.person AND u.condition = 5))
		THEN 'environment_negative' ELSE '' END
FROM r JOIN entity pe ON pe.county = r.county AND pe.key = r.person JOIN entity oe ON oe.county = r.county AND oe.key = r.order_key
ORDER BY r.end_at, pe.id, oe.id LIMIT $5 OFFSET $6
-- name: orders_q_appeals
SELECT ae.id, pe.id, oe.id, a.channel, a.area, a.made_at, a.answered_at, CASE WHEN a.answered_at > 0 THEN a.granted ELSE NULL END,
	c.start_at + c.limit_ms, CASE WHEN a.answered_at > 0 THEN a.answered_at ELSE $4 END - a.made_at
FROM appeal a JOIN entity ae ON ae.county = a.county AND ae.key = a.appeal JOIN entity pe ON pe.county = a.county AND pe.key = a.person
LEFT JOIN entity oe ON oe.county = a.county AND oe.key = a.order_key
LEFT JOIN clock_span c ON c.county = a.county AND c.clock = 'code_appeal' AND c.subject = a.appeal
WHERE a.county = $1 AND a.area BETWEEN $2 AND $3 AND a.made_at > 0 AND ($7 = 1 OR a.answered_at = 0) AND ($8 = 0 OR a.person = $8)
ORDER BY CASE WHEN a.answered_at = 0 THEN 0 ELSE 1 END, a.made_at, ae.id LIMIT $5 OFFSET $6
-- name: orders_q_help
SELECT he.id, pe.id, h.kind, h.channel, h.area, h.asked_at, h.answered_at, h.outcome, c.start_at + c.limit_ms,
	CASE WHEN h.answered_at > 0 THEN h.answered_at ELSE $4 END - h.asked_at
FROM help_request h JOIN entity he ON he.county = h.county AND he.key = h.help JOIN entity pe ON pe.county = h.county AND pe.key = h.person
LEFT JOIN clock_span c ON c.county = h.county AND c.clock = 'urgent_request' AND c.subject = h.help
WHERE h.county = $1 AND h.area BETWEEN $2 AND $3 AND h.asked_at > 0 AND ($7 = 1 OR h.answered_at = 0) AND ($8 = 0 OR h.person = $8)
ORDER BY CASE WHEN h.answered_at = 0 THEN 0 ELSE 1 END, CASE WHEN h.kind = 0 THEN 0 ELSE 1 END, h.asked_at, he.id LIMIT $5 OFFSET $6
-- name: orders_q_leaves
SELECT xe.id, pe.id, oe.id, x.purpose, x.means, x.area, x.from_at, x.until_at, CASE WHEN x.from_at <= $4 AND $4 < x.until_at THEN 1 ELSE 0 END,
	x.at, x.basis, x.by_user
FROM exit_leave x JOIN entity xe ON xe.county = x.county AND xe.key = x.exit_key JOIN entity pe ON pe.county = x.county AND pe.key = x.person
LEFT JOIN entity oe ON oe.county = x.county AND oe.key = x.order_key
WHERE x.county = $1 AND x.area BETWEEN $2 AND $3 AND ($7 = 1 OR $4 < x.until_at) AND ($8 = 0 OR x.person = $8)
ORDER BY x.from_at, xe.id LIMIT $5 OFFSET $6
-- name: orders_q_evidence
SELECT v.evidence, f.kind, f.at, f.area FROM order_evidence v LEFT JOIN fact f ON f.county = v.county AND f.id = v.evidence
WHERE v.county = $1 AND $2 <= $3 AND $4 >= 0 AND v.order_key = $7 ORDER BY f.at, v.evidence LIMIT $5 OFFSET $6
-- name: orders_q_pages
SELECT ge.id, pe.id, g.area, g.issued_at, g.expires_at, g.revoked_at,
	CASE WHEN g.revoked_at = 0 AND g.issued_at <= $4 AND $4 < g.expires_at THEN 1 ELSE 0 END, g.opened_at, g.opened_last, g.by_user
FROM person_page g JOIN entity ge ON ge.county = g.county AND ge.key = g.page JOIN entity pe ON pe.county = g.county AND pe.key = g.person
WHERE g.county = $1 AND g.area BETWEEN $2 AND $3 AND g.issued_at > 0 AND ($7 = 0 OR g.person = $7)
ORDER BY g.issued_at, ge.id LIMIT $5 OFFSET $6
-- name: orders_q_certificates
SELECT ce.id, pe.id, c.kind, oe.id, te.id, c.area, c.at, c.expires_at, c.by_user
FROM certificate c JOIN entity ce ON ce.county = c.county AND ce.key = c.certificate JOIN entity pe ON pe.county = c.county AND pe.key = c.person
LEFT JOIN entity oe ON oe.county = c.county AND oe.key = c.order_key LEFT JOIN entity te ON te.county = c.county AND te.key = c.tube
WHERE c.county = $1 AND c.area BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 0 OR c.person = $7)
ORDER BY c.at, ce.id LIMIT $5 OFFSET $6
