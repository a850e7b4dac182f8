-- The two hops as an engineer would write them for speed, with visits stored in both orders. Used by benchmarks.
-- "classes": stays in place order carry their length class, so each source stay costs a short range scan per class; the join
-- order is forced. "planner": the same join left to the planner, without classes. "buckets": stays are cut into half-hour
-- buckets, so that the join becomes an equality.

-- script: test_tb_schema
-- only: sqlite
CREATE TABLE tb_place_visit (place INTEGER, cls INTEGER, t_in INTEGER, person INTEGER, t_out INTEGER,
  PRIMARY KEY (place, cls, t_in, person, t_out)) WITHOUT ROWID;
CREATE TABLE tb_person_visit (person INTEGER, t_in INTEGER, t_out INTEGER, place INTEGER,
  PRIMARY KEY (person, t_in, t_out, place)) WITHOUT ROWID;
CREATE TABLE tb_place (place INTEGER PRIMARY KEY, min_s INTEGER, linger_s INTEGER);
CREATE TABLE tb_class (cls INTEGER PRIMARY KEY, bound INTEGER);
CREATE TABLE tb_case (person INTEGER PRIMARY KEY, w0 INTEGER, w1 INTEGER);
CREATE TABLE tb_source (place INTEGER, s INTEGER, e INTEGER, min_s INTEGER);
CREATE TABLE tb_hit (person INTEGER PRIMARY KEY, hop INTEGER, first INTEGER, seconds INTEGER, exposures INTEGER);

-- script: test_tb_schema
-- only: pg
CREATE UNLOGGED TABLE tb_visit (place BIGINT, cls BIGINT, t_in BIGINT, person BIGINT, t_out BIGINT);
CREATE UNLOGGED TABLE tb_place (place BIGINT PRIMARY KEY, min_s BIGINT, linger_s BIGINT);
CREATE UNLOGGED TABLE tb_class (cls BIGINT PRIMARY KEY, bound BIGINT);
CREATE UNLOGGED TABLE tb_case (person BIGINT PRIMARY KEY, w0 BIGINT, w1 BIGINT);
CREATE UNLOGGED TABLE tb_source (place BIGINT, s BIGINT, e BIGINT, min_s BIGINT);
CREATE UNLOGGED TABLE tb_hit (person BIGINT PRIMARY KEY, hop BIGINT, first BIGINT, seconds BIGINT, exposures BIGINT);
CREATE VIEW tb_place_visit AS SELECT place, cls, t_in, person, t_out FROM tb_visit;
CREATE VIEW tb_person_visit AS SELECT person, t_in, t_out, place FROM tb_visit;

-- script: test_tb_indexes
-- only: sqlite
ANALYZE;

-- script: test_tb_indexes
-- only: pg
CREATE INDEX tb_by_place ON tb_visit (place, cls, t_in) INCLUDE (t_out, person);
CREATE INDEX tb_by_person ON tb_visit (person, t_in) INCLUDE (t_out, place);

-- script: test_tb_clear
DELETE FROM tb_case;
DELETE FROM tb_source;
DELETE FROM tb_hit;

-- name: test_tb_sources_1
INSERT INTO tb_source (place, s, e, min_s)
SELECT x.place, CASE WHEN x.t_in > c.w0 THEN x.t_in ELSE c.w0 END,
  CASE WHEN x.t_out < c.w1 THEN x.t_out ELSE c.w1 END + p.linger_s, p.min_s
FROM tb_case c CROSS JOIN tb_person_visit x CROSS JOIN tb_place p
WHERE x.person = c.person AND x.t_out > c.w0 AND x.t_in < c.w1 AND x.t_out > x.t_in AND p.place = x.place

-- name: test_tb_sources_2
INSERT INTO tb_source (place, s, e, min_s)
SELECT x.place, CASE WHEN x.t_in > c.first THEN x.t_in ELSE c.first END, x.t_out + p.linger_s, p.min_s
FROM tb_hit c CROSS JOIN tb_person_visit x CROSS JOIN tb_place p
WHERE x.person = c.person AND x.t_out > c.first AND x.t_out > x.t_in AND p.place = x.place

-- name: test_tb_classes
INSERT INTO tb_hit (person, hop, first, seconds, exposures)
SELECT q.person, CAST($1 AS INTEGER), MIN(q.a), SUM(q.b - q.a), COUNT(*)
FROM (
  SELECT v.person, CASE WHEN v.t_in > s.s THEN v.t_in ELSE s.s END AS a,
    CASE WHEN v.t_out < s.e THEN v.t_out ELSE s.e END AS b, s.min_s
  FROM tb_source s CROSS JOIN tb_class c CROSS JOIN tb_place_visit v
  WHERE v.place = s.place AND v.cls = c.cls AND v.t_in >= s.s + s.min_s - c.bound AND v.t_in <= s.e - s.min_s
    AND v.t_out >= s.s + s.min_s) q
WHERE q.b - q.a >= q.min_s
  AND NOT EXISTS (SELECT 1 FROM tb_case k WHERE k.person = q.person)
  AND NOT EXISTS (SELECT 1 FROM tb_hit k WHERE k.person = q.person)
GROUP BY q.person

-- name: test_tb_planner
INSERT INTO tb_hit (person, hop, first, seconds, exposures)
SELECT q.person, CAST($1 AS INTEGER), MIN(q.a), SUM(q.b - q.a), COUNT(*)
FROM (
  SELECT v.person, CASE WHEN v.t_in > s.s THEN v.t_in ELSE s.s END AS a,
    CASE WHEN v.t_out < s.e THEN v.t_out ELSE s.e END AS b, s.min_s
  FROM tb_source s JOIN tb_place_visit v
    ON v.place = s.place AND v.t_in <= s.e - s.min_s AND v.t_out >= s.s + s.min_s) q
WHERE q.b - q.a >= q.min_s
  AND NOT EXISTS (SELECT 1 FROM tb_case k WHERE k.person = q.person)
  AND NOT EXISTS (SELECT 1 FROM tb_hit k WHERE k.person = q.person)
GROUP BY q.person

-- Only the visits of touched places are cut into buckets; a pair counts in the bucket in which its overlap begins.
-- name: test_tb_buckets
INSERT INTO tb_hit (person, hop, first, seconds, exposures)
WITH RECURSIVE
  touched (place, s, e) AS (SELECT place, MIN(s), MAX(e) FROM tb_source GROUP BY place),
  vb (place, bucket, t_in, t_out, person) AS (
    SELECT v.place, v.t_in / 1800, v.t_in, v.t_out, v.person
    FROM touched t JOIN tb_place_visit v ON v.place = t.place AND v.t_in <= t.e AND v.t_out >= t.s
    UNION ALL
    SELECT place, bucket + 1, t_in, t_out, person FROM vb WHERE (bucket + 1) * 1800 <= t_out),
  sb (place, bucket, s, e, min_s) AS (
    SELECT place, s / 1800, s, e, min_s FROM tb_source
    UNION ALL
    SELECT place, bucket + 1, s, e, min_s FROM sb WHERE (bucket + 1) * 1800 <= e)
SELECT q.person, CAST($1 AS INTEGER), MIN(q.a), SUM(q.b - q.a), COUNT(*)
FROM (
  SELECT v.person, v.bucket, CASE WHEN v.t_in > s.s THEN v.t_in ELSE s.s END AS a,
    CASE WHEN v.t_out < s.e THEN v.t_out ELSE s.e END AS b, s.min_s
  FROM sb s JOIN vb v ON v.place = s.place AND v.bucket = s.bucket) q
WHERE q.b - q.a >= q.min_s AND q.bucket = q.a / 1800
  AND NOT EXISTS (SELECT 1 FROM tb_case k WHERE k.person = q.person)
  AND NOT EXISTS (SELECT 1 FROM tb_hit k WHERE k.person = q.person)
GROUP BY q.person

-- name: test_tb_sources_clear
DELETE FROM tb_source

-- name: test_tb_read
SELECT person, hop, first, seconds, exposures FROM tb_hit ORDER BY hop, person
