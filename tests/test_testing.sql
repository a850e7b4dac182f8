-- SPDX-License-Identifier: Apache-2.0
-- The plain definition of testing.coverage and testing.missing; test_definitions.c compares.
-- The denominator is the register at the instant the round opened: who was here then, where he lived then; an excused person is
-- counted apart, never left out.
-- name: test_testing_coverage
WITH around AS (
	SELECT r.opens_at, r.due_at, r.campaign, c.fact FROM campaign_round r JOIN campaign c ON c.county = r.county AND c.key = r.campaign
	WHERE r.county = $1 AND r.campaign = $7 AND r.round = $8),
here AS (
	SELECT p.key, p.area, p.household, p.birth_year, p.aliases_n, r.opens_at, r.due_at, r.campaign, r.fact
	FROM around r JOIN campaign_scope s ON s.county = $1 AND s.campaign = r.campaign AND s.fact = r.fact
	JOIN person p ON p.county = s.county AND p.area BETWEEN s.area_lo AND s.area_hi
	WHERE p.area BETWEEN $2 AND $3 AND p.canon = p.key
		AND p.from_at <= r.opens_at AND p.stay_from <= r.opens_at AND (p.until_at = 0 OR p.until_at > r.opens_at)
	UNION ALL
	SELECT p.key, y.area, y.household, p.birth_year, p.aliases_n, r.opens_at, r.due_at, r.campaign, r.fact
	FROM around r JOIN campaign_scope s ON s.county = $1 AND s.campaign = r.campaign AND s.fact = r.fact
	JOIN person_stay y ON y.county = s.county AND y.area BETWEEN s.area_lo AND s.area_hi
	JOIN person p ON p.county = y.county AND p.key = y.person
	WHERE y.area BETWEEN $2 AND $3 AND p.canon = p.key AND y.from_at <= r.opens_at AND y.until_at > r.opens_at),
member AS (
	SELECT h.* FROM here h
	WHERE NOT EXISTS (SELECT 1 FROM campaign_tag g WHERE g.county = $1 AND g.campaign = h.campaign AND g.fact = h.fact)
		OR EXISTS (SELECT 1 FROM campaign_tag g JOIN person_tag t ON t.county = g.county AND t.tag = g.tag
			WHERE g.county = $1 AND g.campaign = h.campaign AND g.fact = h.fact AND t.person = h.key
				AND t.from_at > 0 AND t.from_at <= h.opens_at AND (t.until_at = 0 OR t.until_at > h.opens_at))),
state AS (
	SELECT m.area, CASE WHEN EXISTS (SELECT 1 FROM swab s WHERE s.county = $1 AND s.campaign = $7 AND s.round = $8 AND s.person = m.key)
			OR (m.aliases_n > 0 AND EXISTS (SELECT 1 FROM person a JOIN swab s ON s.county = a.county AND s.person = a.key
				WHERE a.county = $1 AND a.canon = m.key AND a.canon <> a.key AND s.campaign = $7 AND s.round = $8)) THEN 1
		WHEN EXISTS (SELECT 1 FROM excuse x WHERE x.county = $1 AND x.campaign = $7 AND x.round IN (0, $8) AND x.person = m.key)
			OR (m.aliases_n > 0 AND EXISTS (SELECT 1 FROM person a JOIN excuse x ON x.county = a.county AND x.person = a.key
				WHERE a.county = $1 AND a.canon = m.key AND a.canon <> a.key AND x.campaign = $7 AND x.round IN (0, $8))) THEN 2
		ELSE 0 END AS is_in
	FROM member m)
SELECT s.area, (SELECT a.name FROM area a WHERE a.county = $1 AND a.code = s.area ORDER BY a.valid_from DESC LIMIT 1), count(*),
	sum(CASE WHEN is_in = 1 THEN 1 ELSE 0 END), sum(CASE WHEN is_in = 2 THEN 1 ELSE 0 END), sum(CASE WHEN is_in = 0 THEN 1 ELSE 0 END)
FROM state s WHERE $4 >= 0 GROUP BY s.area ORDER BY s.area LIMIT $5 OFFSET $6
-- name: test_testing_missing
WITH around AS (
	SELECT r.opens_at, r.due_at, r.campaign, c.fact FROM campaign_round r JOIN campaign c ON c.county = r.county AND c.key = r.campaign
	WHERE r.county = $1 AND r.campaign = $7 AND r.round = $8),
here AS (
	SELECT p.key, p.area, p.household, p.birth_year, p.aliases_n, r.opens_at, r.due_at, r.campaign, r.fact
	FROM around r JOIN campaign_scope s ON s.county = $1 AND s.campaign = r.campaign AND s.fact = r.fact
	JOIN person p ON p.county = s.county AND p.area BETWEEN s.area_lo AND s.area_hi
	WHERE p.area BETWEEN $2 AND $3 AND p.canon = p.key
		AND p.from_at <= r.opens_at AND p.stay_from <= r.opens_at AND (p.until_at = 0 OR p.until_at > r.opens_at)
	UNION ALL
	SELECT p.key, y.area, y.household, p.birth_year, p.aliases_n, r.opens_at, r.due_at, r.campaign, r.fact
	FROM around r JOIN campaign_scope s ON s.county = $1 AND s.campaign = r.campaign AND s.fact = r.fact
	JOIN person_stay y ON y.county = s.county AND y.area BETWEEN s.area_lo AND s.area_hi
	JOIN person p ON p.county = y.county AND p.key = y.person
	WHERE y.area BETWEEN $2 AND $3 AND p.canon = p.key AND y.from_at <= r.opens_at AND y.until_at > r.opens_at),
member AS (
	SELECT h.* FROM here h
	WHERE NOT EXISTS (SELECT 1 FROM campaign_tag g WHERE g.county = $1 AND g.campaign = h.campaign AND g.fact = h.fact)
		OR EXISTS (SELECT 1 FROM campaign_tag g JOIN person_tag t ON t.county = g.county AND t.tag = g.tag
			WHERE g.county = $1 AND g.campaign = h.campaign AND g.fact = h.fact AND t.person = h.key
				AND t.from_at > 0 AND t.from_at <= h.opens_at AND (t.until_at = 0 OR t.until_at > h.opens_at)))
SELECT e.id, p.area, h.id, COALESCE(hh.building, ''), COALESCE(hh.unit, ''), p.birth_year,
	COALESCE((SELECT x.reason FROM excuse x WHERE x.county = $1 AND x.campaign = $7 AND x.round IN (0, $8) AND x.person = p.key
		ORDER BY x.round DESC LIMIT 1),
		CASE WHEN p.aliases_n > 0 THEN (SELECT x.reason FROM person a JOIN excuse x ON x.county = a.county AND x.person = a.key
			WHERE a.county = $1 AND a.canon = p.key AND a.canon <> a.key AND x.campaign = $7 AND x.round IN (0, $8)
			ORDER BY x.round DESC, x.at DESC, x.fact DESC LIMIT 1) END),
	CASE WHEN p.due_at < $4 THEN $4 - p.due_at ELSE 0 END
FROM member p JOIN entity e ON e.county = $1 AND e.key = p.key
LEFT JOIN household hh ON hh.county = $1 AND hh.key = p.household
LEFT JOIN entity h ON h.county = $1 AND h.key = p.household
WHERE NOT EXISTS (SELECT 1 FROM swab w WHERE w.county = $1 AND w.campaign = $7 AND w.round = $8 AND w.person = p.key)
	AND (p.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person a JOIN swab w ON w.county = a.county AND w.person = a.key
		WHERE a.county = $1 AND a.canon = p.key AND a.canon <> a.key AND w.campaign = $7 AND w.round = $8))
	AND ($9 = 0 OR NOT (EXISTS (SELECT 1 FROM excuse x WHERE x.county = $1 AND x.campaign = $7 AND x.round IN (0, $8) AND x.person = p.key)
		OR (p.aliases_n > 0 AND EXISTS (SELECT 1 FROM person a JOIN excuse x ON x.county = a.county AND x.person = a.key
			WHERE a.county = $1 AND a.canon = p.key AND a.canon <> a.key AND x.campaign = $7 AND x.round IN (0, $8)))))
ORDER BY p.area, COALESCE(hh.building, ''), COALESCE(hh.unit, ''), p.household, p.key LIMIT $5 OFFSET $6
-- name: test_testing_known
SELECT count(*) FROM entity WHERE county = $1 AND id = $2
-- name: bench_register_scan
SELECT CAST(sum(area % 7) AS INTEGER) FROM person WHERE county = $1
-- name: test_testing_twice
SELECT e.id, count(*), min(s.at), max(s.at) FROM swab s JOIN person p ON p.county = s.county AND p.key = s.person
JOIN entity e ON e.county = p.county AND e.key = p.canon
WHERE s.county = $1 AND p.area BETWEEN $2 AND $3 AND s.campaign = $7 AND s.round = $8 AND $4 >= 0
GROUP BY e.id HAVING count(*) > 1 ORDER BY e.id LIMIT $5 OFFSET $6
