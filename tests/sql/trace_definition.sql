-- The definition of the trace as plain SQL, for many small worlds at once (column `world`). It is slow and easy to check;
-- the engine in src/trace must give the same rows. Times are seconds, stays half-open, -1 stands for "none".

-- script: test_trace_schema
CREATE TABLE tr_visit (world INTEGER, person INTEGER, place INTEGER, t_in INTEGER, t_out INTEGER);
CREATE TABLE tr_place (world INTEGER, place INTEGER, type INTEGER, parent INTEGER);
CREATE TABLE tr_rule (world INTEGER, type INTEGER, min_s INTEGER, linger_s INTEGER, cumulative INTEGER, off INTEGER);
CREATE TABLE tr_case (world INTEGER, person INTEGER, w0 INTEGER, w1 INTEGER);
CREATE TABLE tr_isolated (world INTEGER, person INTEGER, at INTEGER);
CREATE TABLE tr_meet (world INTEGER, a INTEGER, b INTEGER, t0 INTEGER, t1 INTEGER);
CREATE TABLE tr_link (world INTEGER, a INTEGER, b INTEGER, at INTEGER, kind INTEGER);
CREATE TABLE tr_inside (world INTEGER, place INTEGER, top INTEGER, depth INTEGER);
CREATE TABLE tr_span (world INTEGER, person INTEGER, w0 INTEGER, w1 INTEGER);
CREATE TABLE tr_source (world INTEGER, person INTEGER, place INTEGER, a INTEGER, b INTEGER);
CREATE TABLE tr_blocked (world INTEGER, person INTEGER);
CREATE TABLE tr_pair (world INTEGER, person INTEGER, t0 INTEGER, t1 INTEGER, place INTEGER, via INTEGER,
  via_place INTEGER, type INTEGER);
CREATE TABLE tr_exposure (world INTEGER, hop INTEGER, person INTEGER, t0 INTEGER, t1 INTEGER, place INTEGER,
  via INTEGER, via_place INTEGER);
CREATE TABLE tr_contact (world INTEGER, hop INTEGER, person INTEGER, first INTEGER, seconds INTEGER, exposures INTEGER);

-- script: test_trace_indexes
CREATE INDEX tr_visit_place ON tr_visit (world, place, t_in);
CREATE INDEX tr_visit_person ON tr_visit (world, person, t_in);
CREATE INDEX tr_place_place ON tr_place (world, place);
CREATE INDEX tr_rule_type ON tr_rule (world, type);
CREATE INDEX tr_inside_place ON tr_inside (world, place, depth);
CREATE INDEX tr_inside_top ON tr_inside (world, top);
CREATE INDEX tr_blocked_person ON tr_blocked (world, person);
CREATE INDEX tr_meet_a ON tr_meet (world, a);
CREATE INDEX tr_meet_b ON tr_meet (world, b);
CREATE INDEX tr_link_a ON tr_link (world, a);
CREATE INDEX tr_link_b ON tr_link (world, b);
CREATE INDEX tr_pair_sum ON tr_pair (world, person, via, type);

-- Every place with each place that contains it, itself at depth 0.
-- name: test_trace_inside
INSERT INTO tr_inside (world, place, top, depth)
WITH RECURSIVE up (world, place, top, depth) AS (
  SELECT p.world, p.place, p.place, 0 FROM tr_place p
  UNION ALL
  SELECT u.world, u.place, p.parent, u.depth + 1
  FROM up u JOIN tr_place p ON p.world = u.world AND p.place = u.top
  WHERE p.parent >= 0)
SELECT world, place, top, depth FROM up

-- Hop 1: the sources are the cases in their windows.
-- name: test_trace_spans_cases
INSERT INTO tr_span (world, person, w0, w1) SELECT world, person, w0, w1 FROM tr_case WHERE w0 < w1

-- name: test_trace_block_cases
INSERT INTO tr_blocked (world, person) SELECT DISTINCT world, person FROM tr_case

-- Hop k + 1: the persons of hop k from their first exposure until they are isolated.
-- name: test_trace_spans_hop
INSERT INTO tr_span (world, person, w0, w1)
SELECT c.world, c.person, c.first, COALESCE(i.at, 4294967295)
FROM tr_contact c LEFT JOIN tr_isolated i ON i.world = c.world AND i.person = c.person
WHERE c.hop = $1 AND c.first < COALESCE(i.at, 4294967295)

-- name: test_trace_block_hop
INSERT INTO tr_blocked (world, person) SELECT world, person FROM tr_contact WHERE hop = $1

-- name: test_trace_spans_clear
DELETE FROM tr_span

-- name: test_trace_sources_clear
DELETE FROM tr_source

-- name: test_trace_pairs_clear
DELETE FROM tr_pair

-- Source stays: cut to the span, not empty.
-- name: test_trace_sources
INSERT INTO tr_source (world, person, place, a, b)
SELECT world, person, place, a, b
FROM (SELECT x.world, x.person, x.place,
    CASE WHEN x.t_in > w.w0 THEN x.t_in ELSE w.w0 END AS a,
    CASE WHEN x.t_out < w.w1 THEN x.t_out ELSE w.w1 END AS b
  FROM tr_span w CROSS JOIN tr_visit x WHERE x.world = w.world AND x.person = w.person) s
WHERE a < b

-- Stays at places: i.top is the innermost place that contains both; its type has the rule. (CROSS JOIN keeps SQLite from
-- beginning with all places; it changes nothing else.)
-- name: test_trace_pairs_stays
INSERT INTO tr_pair (world, person, t0, t1, place, via, via_place, type)
SELECT p.world, p.person, p.t0, p.t1, p.place, p.via, p.via_place, p.type
FROM (
  SELECT s.world, v.person, v.place, s.person AS via, s.place AS via_place, c.type, r.min_s, r.cumulative,
    CASE WHEN v.t_in > s.a THEN v.t_in ELSE s.a END AS t0,
    CASE WHEN v.t_out < s.b + r.linger_s THEN v.t_out ELSE s.b + r.linger_s END AS t1
  FROM tr_source s
  CROSS JOIN tr_inside i
  CROSS JOIN tr_place c
  CROSS JOIN tr_rule r
  CROSS JOIN tr_inside j
  CROSS JOIN tr_visit v
  WHERE i.world = s.world AND i.place = s.place
    AND c.world = i.world AND c.place = i.top
    AND r.world = c.world AND r.type = c.type
    AND j.world = i.world AND j.top = i.top
    AND v.world = j.world AND v.place = j.place
    AND v.person <> s.person AND r.off = 0
    AND NOT EXISTS (SELECT 1 FROM tr_inside i2 JOIN tr_inside j2 ON j2.world = i2.world AND j2.top = i2.top
      WHERE i2.world = s.world AND i2.place = s.place AND j2.place = j.place AND i2.depth < i.depth)
    AND NOT EXISTS (SELECT 1 FROM tr_blocked b WHERE b.world = s.world AND b.person = v.person)) p
WHERE p.t1 - p.t0 >= CASE WHEN p.cumulative = 1 THEN 1 ELSE p.min_s END

-- Encounters, from both sides; type -1 has their rule.
-- name: test_trace_pairs_meets
INSERT INTO tr_pair (world, person, t0, t1, place, via, via_place, type)
SELECT p.world, p.person, p.t0, p.t1, -1, p.via, -1, -1
FROM (
  SELECT m.world, m.b AS person, w.person AS via,
    CASE WHEN m.t0 > w.w0 THEN m.t0 ELSE w.w0 END AS t0,
    CASE WHEN m.t1 < w.w1 THEN m.t1 ELSE w.w1 END AS t1
  FROM tr_span w CROSS JOIN (SELECT world, a, b, t0, t1 FROM tr_meet UNION ALL SELECT world, b, a, t0, t1 FROM tr_meet) m
  WHERE m.world = w.world AND m.a = w.person) p
JOIN tr_rule r ON r.world = p.world AND r.type = -1
WHERE p.t0 < p.t1 AND r.off = 0 AND p.t1 - p.t0 >= CASE WHEN r.cumulative = 1 THEN 1 ELSE r.min_s END
  AND NOT EXISTS (SELECT 1 FROM tr_blocked b WHERE b.world = p.world AND b.person = p.person)

-- Links have no length; without a time they hold from the beginning of the span.
-- name: test_trace_pairs_links
INSERT INTO tr_pair (world, person, t0, t1, place, via, via_place, type)
SELECT p.world, p.person, p.at, p.at, -2, p.via, p.kind, -2
FROM (
  SELECT m.world, m.b AS person, w.person AS via, m.kind, w.w0, w.w1,
    CASE WHEN m.at < 0 THEN w.w0 ELSE m.at END AS at
  FROM tr_span w JOIN (SELECT world, a, b, at, kind FROM tr_link UNION ALL SELECT world, b, a, at, kind FROM tr_link) m
    ON m.world = w.world AND m.a = w.person) p
WHERE p.at >= p.w0 AND p.at < p.w1
  AND NOT EXISTS (SELECT 1 FROM tr_blocked b WHERE b.world = p.world AND b.person = p.person)

-- Under a cumulative rule the sum per source person, other person and type must reach the minimum.
-- name: test_trace_exposures
INSERT INTO tr_exposure (world, hop, person, t0, t1, place, via, via_place)
SELECT p.world, CAST($1 AS INTEGER), p.person, p.t0, p.t1, p.place, p.via, p.via_place
FROM tr_pair p LEFT JOIN tr_rule r ON r.world = p.world AND r.type = p.type
WHERE p.type = -2 OR r.cumulative = 0 OR r.min_s <= (
  SELECT SUM(y.t1 - y.t0) FROM tr_pair y
  WHERE y.world = p.world AND y.person = p.person AND y.via = p.via AND y.type = p.type)

-- name: test_trace_contacts
INSERT INTO tr_contact (world, hop, person, first, seconds, exposures)
SELECT world, hop, person, MIN(t0), SUM(t1 - t0), COUNT(*) FROM tr_exposure WHERE hop = $1 GROUP BY world, hop, person

-- name: test_trace_read_contacts
SELECT world, hop, person, first, seconds, exposures FROM tr_contact ORDER BY world, hop, person

-- name: test_trace_read_exposures
SELECT world, hop, person, t0, t1, place, via, via_place FROM tr_exposure

-- Places that link cases: pairs of stays of different cases, each cut to its window, at most $1 seconds apart.
-- name: test_trace_venues
SELECT q.world, q.place, COUNT(DISTINCT q.person), COUNT(*) / 2
FROM (
  SELECT a.world, a.place, a.person
  FROM (SELECT x.world, x.person, x.place, CASE WHEN x.t_in > w.w0 THEN x.t_in ELSE w.w0 END AS t0,
      CASE WHEN x.t_out < w.w1 THEN x.t_out ELSE w.w1 END AS t1
    FROM tr_case w JOIN tr_visit x ON x.world = w.world AND x.person = w.person) a
  JOIN (SELECT x.world, x.person, x.place, CASE WHEN x.t_in > w.w0 THEN x.t_in ELSE w.w0 END AS t0,
      CASE WHEN x.t_out < w.w1 THEN x.t_out ELSE w.w1 END AS t1
    FROM tr_case w JOIN tr_visit x ON x.world = w.world AND x.person = w.person) b
    ON b.world = a.world AND b.place = a.place
  WHERE a.t0 < a.t1 AND b.t0 < b.t1 AND a.person <> b.person AND a.t0 <= b.t1 + $1 AND b.t0 <= a.t1 + $1) q
GROUP BY q.world, q.place ORDER BY q.world, q.place
