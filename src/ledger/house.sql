-- SPDX-License-Identifier: Apache-2.0

-- script: house_schema
CREATE TABLE IF NOT EXISTS outbreak (
	county INTEGER NOT NULL, key INTEGER NOT NULL, name TEXT NOT NULL, disease TEXT NOT NULL, exercise INTEGER NOT NULL,
	at INTEGER NOT NULL, fact BLOB NOT NULL, PRIMARY KEY (county, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS edition (
	county INTEGER NOT NULL, outbreak INTEGER NOT NULL, from_at INTEGER NOT NULL, fact BLOB NOT NULL, edition TEXT NOT NULL,
	transition INTEGER NOT NULL, apply_at INTEGER NOT NULL, PRIMARY KEY (county, outbreak, from_at, fact)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erasure (
	county INTEGER NOT NULL, subject INTEGER NOT NULL, at INTEGER NOT NULL, rule TEXT NOT NULL,
	PRIMARY KEY (county, subject)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS personal_read (
	county INTEGER NOT NULL, fact BLOB NOT NULL, subject INTEGER NOT NULL, at INTEGER NOT NULL, by_user BLOB NOT NULL,
	purpose TEXT NOT NULL, PRIMARY KEY (county, fact, subject)) WITHOUT ROWID;

-- name: house_outbreak_put
INSERT INTO outbreak (county, key, name, disease, exercise, at, fact) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, key) DO UPDATE SET name = excluded.name, disease = excluded.disease, exercise = excluded.exercise,
	at = excluded.at, fact = excluded.fact
WHERE outbreak.at > excluded.at OR (outbreak.at = excluded.at AND outbreak.fact > excluded.fact)
-- name: house_outbreak_get
SELECT name, disease, exercise FROM outbreak WHERE county = $1 AND key = $2
-- name: house_edition_put
INSERT INTO edition (county, outbreak, from_at, fact, edition, transition, apply_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
-- name: house_editions
SELECT edition, from_at, transition, apply_at FROM edition WHERE county = $1 AND outbreak = $2 ORDER BY from_at, fact
-- name: house_erasure_put
INSERT INTO erasure (county, subject, at, rule) VALUES ($1, $2, $3, $4)
ON CONFLICT (county, subject) DO UPDATE SET at = excluded.at, rule = excluded.rule WHERE erasure.at > excluded.at
-- name: house_erased_subjects
SELECT e.id FROM erasure x JOIN entity e ON e.county = x.county AND e.key = x.subject
-- name: house_read_put
INSERT INTO personal_read (county, fact, subject, at, by_user, purpose) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING

-- name: house_q_outbreaks
SELECT e.id, o.name, o.disease, o.exercise, o.at,
	(SELECT x.edition FROM edition x WHERE x.county = o.county AND x.outbreak = o.key AND x.from_at <= $4
	 ORDER BY x.from_at DESC, x.fact DESC LIMIT 1)
FROM outbreak o JOIN entity e ON e.county = o.county AND e.key = o.key WHERE o.county = $1 AND $2 <= $3 ORDER BY o.at, e.id LIMIT $5 OFFSET $6
-- name: house_q_duties
SELECT d.kind, s.id, s.kind, d.part, p.id, d.area, d.from_at, d.due_at, $4 - d.due_at, d.clause
FROM duty d JOIN entity s ON s.county = d.county AND s.key = d.subject
LEFT JOIN entity p ON p.county = d.county AND p.key = d.part -- only where duties.def says that the part is an entity
	AND d.kind IN (
		'testing.retest',
		'testing.isolate',
		'testing.resample',
		'tracing.open_case',
		'people.merge',
		'isolation.conflict',
		'isolation.guardian',
		'isolation.inquiry',
		'isolation.reset',
		'transfer.disinfect',
		'zones.judge',
		'zones.return',
		'homecare.visit',
		'homecare.back_home',
		'homecare.household_test',
		'homecare.call_back',
		'orders.decide_end',
		'orders.lift_granted',
		'orders.conflict',
		'orders.answer_appeal',
		'orders.emergency',
		'orders.answer_help')
WHERE d.county = $1 AND d.area BETWEEN $2 AND $3 AND d.state = 1 AND d.waived_at = 0
	AND ($7 = '' OR d.kind = $7) AND ($8 = 0 OR d.due_at < $4) AND ($9 = 0 OR d.subject = $9)
ORDER BY d.due_at, d.kind, s.id, p.id, d.part LIMIT $5 OFFSET $6
-- name: house_q_duty_counts
SELECT d.kind, sum(CASE WHEN d.state = 1 AND d.waived_at = 0 THEN 1 ELSE 0 END),
	sum(CASE WHEN d.state = 1 AND d.waived_at = 0 AND d.due_at < $4 THEN 1 ELSE 0 END),
	sum(CASE WHEN d.state = 2 THEN 1 ELSE 0 END), sum(CASE WHEN d.waived_at > 0 THEN 1 ELSE 0 END),
	COALESCE(max(CASE WHEN d.state = 1 AND d.waived_at = 0 AND d.due_at < $4 THEN $4 - d.due_at END), 0)
FROM duty d WHERE d.county = $1 AND d.area BETWEEN $2 AND $3 GROUP BY d.kind ORDER BY d.kind LIMIT $5 OFFSET $6
-- name: house_q_duty_areas
SELECT d.kind, d.area, count(*), sum(CASE WHEN d.due_at < $4 THEN 1 ELSE 0 END), COALESCE(max(CASE WHEN d.due_at < $4 THEN $4 - d.due_at END), 0)
FROM duty d WHERE d.county = $1 AND d.area BETWEEN $2 AND $3 AND d.state = 1 AND d.waived_at = 0
GROUP BY d.kind, d.area ORDER BY d.kind, d.area LIMIT $5 OFFSET $6
-- name: house_q_duty_log
SELECT d.kind, d.part, CASE WHEN d.waived_at > 0 THEN 4 ELSE d.state END, d.from_at, d.due_at, d.done_at, d.waived_at, d.waived_reason, d.clause
FROM duty d WHERE d.county = $1 AND d.area BETWEEN $2 AND $3 AND $4 >= 0 AND d.subject = $7 AND ($8 = '' OR d.kind = $8)
ORDER BY d.from_at DESC, d.kind, d.part LIMIT $5 OFFSET $6
-- The spans of all clocks, for ranks (house_clocks.c).
-- name: house_clock_spans
SELECT clock, start_at, stop_at, limit_ms FROM clock_span WHERE county = $1 AND area BETWEEN $2 AND $3 AND start_at >= $4 AND start_at < $5
-- name: house_q_reads
SELECT r.at, r.by_user, s.id, r.purpose FROM personal_read r JOIN entity s ON s.county = r.county AND s.key = r.subject
JOIN fact f ON f.county = r.county AND f.id = r.fact -- the record stands at the post of the reader
WHERE r.county = $1 AND f.area BETWEEN $2 AND $3 AND $4 >= 0 AND r.at >= $7 ORDER BY r.at, s.id LIMIT $5 OFFSET $6
-- name: house_q_facts
SELECT f.seq, f.id, f.kind, f.area, f.at, f.received, f.by_user, f.device, f.edition, f.body
FROM fact f WHERE f.county = $1 AND f.area BETWEEN $2 AND $3 AND $4 >= 0 AND f.seq > $7 AND ($8 = '' OR f.kind = $8) ORDER BY f.seq LIMIT $5 OFFSET $6
