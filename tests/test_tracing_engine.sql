-- SPDX-License-Identifier: Apache-2.0
-- The trace over the table `visit`, as plain SQL: the engine in the house must give the same rows. $1 county, $2 stays that
-- begin earlier are dropped (UTC ms). Cases without links; nobody is isolated.

-- script: test_engine_tables
CREATE TABLE test_rule (type INTEGER NOT NULL, min_s INTEGER NOT NULL, linger_s INTEGER NOT NULL, usual_s INTEGER NOT NULL);
CREATE TABLE test_bulk (person BLOB NOT NULL, place BLOB NOT NULL, from_at INTEGER NOT NULL, until_at INTEGER NOT NULL);

-- name: test_engine_rule
INSERT INTO test_rule (type, min_s, linger_s, usual_s) VALUES ($1, $2, $3, $4)
-- name: test_engine_bulk
INSERT INTO test_bulk (person, place, from_at, until_at) VALUES ($1, $2, $3, $4)
-- name: test_engine_head
SELECT max(seq) FROM fact WHERE county = $1
-- name: test_engine_contacts
WITH v AS (
	SELECT pe.id AS person, le.id AS place, v.from_at, v.until_at FROM visit v JOIN entity pe ON pe.county = v.county AND pe.key = v.person
	JOIN entity le ON le.county = v.county AND le.key = v.place WHERE v.county = $1 AND v.withdrawn = 0 AND v.person > 0
	UNION SELECT person, place, from_at, until_at FROM test_bulk),
t AS (SELECT e.id AS place, p.type + 1 AS type FROM place p JOIN entity e ON e.county = p.county AND e.key = p.key WHERE p.county = $1),
s AS (
	SELECT DISTINCT v.person, v.place, v.from_at / 1000 AS t_in,
		CASE WHEN v.until_at <= v.from_at THEN v.from_at / 1000 + r.usual_s ELSE v.until_at / 1000 END AS t_out, r.min_s, r.linger_s
	FROM v LEFT JOIN t ON t.place = v.place JOIN test_rule r ON r.type = COALESCE(t.type, 0)
	WHERE v.from_at >= $2 AND v.person NOT IN (SELECT e.id FROM erasure x JOIN entity e ON e.county = x.county AND e.key = x.subject
		WHERE x.county = $1)),
c AS (
	SELECT e.id AS person, c.window_from / 1000 AS w0, CASE WHEN c.window_to = 0 THEN 4000000000 ELSE c.window_to / 1000 END AS w1
	FROM case_file c JOIN entity e ON e.county = c.county AND e.key = c.person
	WHERE c.county = $1 AND c.withdrawn_at = 0 AND c.window_from > 0),
a AS (
	SELECT s.person, s.place, CASE WHEN s.t_in > c.w0 THEN s.t_in ELSE c.w0 END AS a,
		CASE WHEN s.t_out < c.w1 THEN s.t_out ELSE c.w1 END AS b
	FROM c JOIN s ON s.person = c.person WHERE s.t_in < c.w1 AND s.t_out > c.w0 AND s.t_out > s.t_in),
x1 AS (
	SELECT o.person, CASE WHEN o.t_in > a.a THEN o.t_in ELSE a.a END AS t0,
		CASE WHEN o.t_out < a.b + o.linger_s THEN o.t_out ELSE a.b + o.linger_s END AS t1, o.min_s
	FROM a JOIN s o ON o.place = a.place AND o.person <> a.person WHERE o.person NOT IN (SELECT person FROM c)),
h1 AS (SELECT person, min(t0) AS first, CAST(sum(t1 - t0) AS BIGINT) AS secs, count(*) AS n FROM x1 WHERE t1 - t0 >= min_s GROUP BY person),
b AS (
	SELECT s.person, s.place, CASE WHEN s.t_in > h1.first THEN s.t_in ELSE h1.first END AS a, s.t_out AS b
	FROM h1 JOIN s ON s.person = h1.person WHERE s.t_out > h1.first AND s.t_out > s.t_in),
x2 AS (
	SELECT o.person, CASE WHEN o.t_in > b.a THEN o.t_in ELSE b.a END AS t0,
		CASE WHEN o.t_out < b.b + o.linger_s THEN o.t_out ELSE b.b + o.linger_s END AS t1, o.min_s
	FROM b JOIN s o ON o.place = b.place AND o.person <> b.person
	WHERE o.person NOT IN (SELECT person FROM c) AND o.person NOT IN (SELECT person FROM h1)),
h2 AS (SELECT person, min(t0) AS first, CAST(sum(t1 - t0) AS BIGINT) AS secs, count(*) AS n FROM x2 WHERE t1 - t0 >= min_s GROUP BY person)
SELECT 1, person, first, secs, n FROM h1 UNION ALL SELECT 2, person, first, secs, n FROM h2 ORDER BY 1, 2
