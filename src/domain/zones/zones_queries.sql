-- SPDX-License-Identifier: Apache-2.0
-- ---- queries. $1 county, $2-$3 areas, $4 now, $5 limit, $6 offset, then their own ------------------------------------------

-- What a zone still lacks: of the zone as a whole (no person), and person by person. $7 zone, $8 samples since then instead of the rule's.
-- Who is in hospital or central isolation, out by an exit, moved out or excused as away is not in the zone and is not asked for.
-- name: zones_q_unmet
WITH due AS (
	SELECT y.key, y.outbreak, y.rank, y.days_at, y.prolonged_at, y.with_higher, y.contact_days,
		CASE WHEN y.coverage_at > 0 AND $8 > 0 THEN $8 WHEN y.within_ms > 0 AND $4 - y.within_ms > y.coverage_at THEN $4 - y.within_ms
			ELSE y.coverage_at END AS covered,
		CASE WHEN y.final_ms > 0 THEN $4 - y.final_ms ELSE 0 END AS final
	FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.area BETWEEN $2 AND $3 AND ($7 = 0 OR y.key = $7)),
z AS (
	SELECT d.*, CASE WHEN d.final > 0 AND (d.covered = 0 OR d.final < d.covered) THEN d.final ELSE d.covered END AS since FROM due d
	WHERE d.covered > 0 OR d.final > 0 OR d.contact_days > 0),
member AS (
	SELECT z.key AS zone, p.key AS person, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key),
mine AS (
	SELECT m.*, z.covered, z.final, z.since, z.contact_days FROM member m JOIN z ON z.key = m.zone
	WHERE NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < z.rank)),
seen AS MATERIALIZED (
	SELECT m.*,
		CASE WHEN m.since > $4 THEN 0 ELSE COALESCE((SELECT max(s.at) FROM zone_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
		WHERE r.county = $1 AND r.until_at > m.since AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = m.person AND s.at >= m.since AND s.at <= $4 AND t.result = 0), 0) END AS negative_at,
		CASE WHEN m.aliases_n = 0 OR m.since > $4 THEN 0 ELSE COALESCE((SELECT max(s.at) FROM person b CROSS JOIN zone_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
		WHERE b.county = $1 AND b.canon = m.person AND b.canon <> b.key AND r.county = $1 AND r.until_at > m.since AND s.county = r.county
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= m.since AND s.at <= $4 AND t.result = 0), 0) END AS alias_at
	FROM mine m WHERE m.since > 0),
lacking AS MATERIALIZED (
	SELECT s.*, CASE WHEN s.covered > 0 AND s.negative_at < s.covered AND s.alias_at < s.covered THEN 1 ELSE 0 END AS lacks_cover,
		CASE WHEN s.final > 0 AND s.negative_at < s.final AND s.alias_at < s.final THEN 1 ELSE 0 END AS lacks_final
	FROM seen s WHERE (s.covered > 0 AND s.negative_at < s.covered AND s.alias_at < s.covered)
		OR (s.final > 0 AND s.negative_at < s.final AND s.alias_at < s.final)),
inside AS MATERIALIZED (
	SELECT l.* FROM lacking l WHERE NOT EXISTS (SELECT 1 FROM case_file f WHERE f.county = $1 AND f.person = l.person AND f.opened_at > 0 AND f.withdrawn_at = 0
		AND f.isolated_at > 0 AND f.isolated_at <= $4)
	AND (l.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person a JOIN case_file f ON f.county = a.county AND f.person = a.key
		WHERE a.county = $1 AND a.canon = l.person AND a.canon <> a.key AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0
		AND f.isolated_at <= $4))
	AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = l.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2))
	AND NOT EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = l.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4))
	AND NOT EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = l.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact AND g.person = l.person))
	AND NOT EXISTS (SELECT 1 FROM zone_round r CROSS JOIN excuse x WHERE r.county = $1 AND r.until_at > l.since AND x.county = r.county
		AND x.campaign = r.campaign AND x.round IN (0, r.round) AND x.person = l.person AND x.reason IN (0, 1, 7))),
waiting AS (
	SELECT m.zone, m.person, m.household, m.area, k.starts_at + m.contact_days * 86400000 AS until_at FROM mine m
	JOIN contact k ON k.county = $1 AND k.person = m.person AND k.state IN (1, 2) AND k.starts_at > 0
	WHERE m.contact_days > 0 AND k.starts_at + m.contact_days * 86400000 > $4),
line AS (
	SELECT i.zone, 1 AS condition, i.person, i.household, i.area, CAST(0 AS INTEGER) AS until_at, i.covered AS since, i.aliases_n FROM inside i WHERE i.lacks_cover = 1
	UNION ALL SELECT i.zone, 2, i.person, i.household, i.area, CAST(0 AS INTEGER), i.final, i.aliases_n FROM inside i WHERE i.lacks_final = 1
	UNION ALL SELECT w.zone, 3, w.person, w.household, w.area, w.until_at, CAST(0 AS INTEGER), CAST(0 AS INTEGER) FROM waiting w
	UNION ALL SELECT d.key, 0, CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), d.days_at, CAST(0 AS INTEGER), CAST(0 AS INTEGER) FROM due d
		WHERE (d.days_at = 0 AND d.with_higher = 0) OR d.days_at > $4
	UNION ALL SELECT d.key, 4, CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), d.prolonged_at, CAST(0 AS INTEGER), CAST(0 AS INTEGER) FROM due d
		WHERE d.prolonged_at > $4
	UNION ALL SELECT d.key, 5, CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER) FROM due d
		WHERE d.with_higher = 1 AND d.days_at = 0)
SELECT ze.id, l.condition, pe.id, he.id, CASE WHEN l.person = 0 THEN NULL ELSE l.area END, COALESCE(h.building, ''), COALESCE(h.unit, ''),
	CASE WHEN l.person = 0 OR l.condition = 3 THEN NULL ELSE
		COALESCE((SELECT CASE t.result WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 1 END FROM zone_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
		WHERE r.county = $1 AND r.until_at > l.since AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = l.person AND s.at >= l.since AND s.at <= $4 AND t.result <> 0 ORDER BY s.at DESC, t.result DESC LIMIT 1), 0) END,
	CASE WHEN l.until_at = 0 THEN NULL ELSE l.until_at END
FROM line l JOIN entity ze ON ze.county = $1 AND ze.key = l.zone
LEFT JOIN entity pe ON pe.county = $1 AND pe.key = l.person AND l.person > 0
LEFT JOIN household h ON h.county = $1 AND h.key = l.household AND l.household > 0
LEFT JOIN entity he ON he.county = $1 AND he.key = l.household AND l.household > 0
ORDER BY ze.id, l.condition, l.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), he.id, pe.id LIMIT $5 OFFSET $6
-- The zones in force and how far each is from stepping down. $7 zone or 0, $8 as above (0).
-- name: zones_q_step_down
WITH due AS (
	SELECT y.key, y.outbreak, y.rank, y.days_at, y.prolonged_at, y.with_higher, y.contact_days,
		CASE WHEN y.coverage_at > 0 AND $8 > 0 THEN $8 WHEN y.within_ms > 0 AND $4 - y.within_ms > y.coverage_at THEN $4 - y.within_ms
			ELSE y.coverage_at END AS covered,
		CASE WHEN y.final_ms > 0 THEN $4 - y.final_ms ELSE 0 END AS final
	FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.area BETWEEN $2 AND $3 AND ($7 = 0 OR y.key = $7)),
z AS (
	SELECT d.*, CASE WHEN d.final > 0 AND (d.covered = 0 OR d.final < d.covered) THEN d.final ELSE d.covered END AS since FROM due d
	WHERE d.covered > 0 OR d.final > 0 OR d.contact_days > 0),
member AS (
	SELECT z.key AS zone, p.key AS person, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key),
mine AS (
	SELECT m.*, z.covered, z.final, z.since, z.contact_days FROM member m JOIN z ON z.key = m.zone
	WHERE NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < z.rank)),
seen AS MATERIALIZED (
	SELECT m.*,
		CASE WHEN m.since > $4 THEN 0 ELSE COALESCE((SELECT max(s.at) FROM zone_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
		WHERE r.county = $1 AND r.until_at > m.since AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = m.person AND s.at >= m.since AND s.at <= $4 AND t.result = 0), 0) END AS negative_at,
		CASE WHEN m.aliases_n = 0 OR m.since > $4 THEN 0 ELSE COALESCE((SELECT max(s.at) FROM person b CROSS JOIN zone_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
		WHERE b.county = $1 AND b.canon = m.person AND b.canon <> b.key AND r.county = $1 AND r.until_at > m.since AND s.county = r.county
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= m.since AND s.at <= $4 AND t.result = 0), 0) END AS alias_at
	FROM mine m WHERE m.since > 0),
lacking AS MATERIALIZED (
	SELECT s.*, CASE WHEN s.covered > 0 AND s.negative_at < s.covered AND s.alias_at < s.covered THEN 1 ELSE 0 END AS lacks_cover,
		CASE WHEN s.final > 0 AND s.negative_at < s.final AND s.alias_at < s.final THEN 1 ELSE 0 END AS lacks_final
	FROM seen s WHERE (s.covered > 0 AND s.negative_at < s.covered AND s.alias_at < s.covered)
		OR (s.final > 0 AND s.negative_at < s.final AND s.alias_at < s.final)),
inside AS MATERIALIZED (
	SELECT l.* FROM lacking l WHERE NOT EXISTS (SELECT 1 FROM case_file f WHERE f.county = $1 AND f.person = l.person AND f.opened_at > 0 AND f.withdrawn_at = 0
		AND f.isolated_at > 0 AND f.isolated_at <= $4)
	AND (l.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person a JOIN case_file f ON f.county = a.county AND f.person = a.key
		WHERE a.county = $1 AND a.canon = l.person AND a.canon <> a.key AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0
		AND f.isolated_at <= $4))
	AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = l.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2))
	AND NOT EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = l.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4))
	AND NOT EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = l.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact AND g.person = l.person))
	AND NOT EXISTS (SELECT 1 FROM zone_round r CROSS JOIN excuse x WHERE r.county = $1 AND r.until_at > l.since AND x.county = r.county
		AND x.campaign = r.campaign AND x.round IN (0, r.round) AND x.person = l.person AND x.reason IN (0, 1, 7))),
waiting AS (
	SELECT m.zone, m.person, m.household, m.area, k.starts_at + m.contact_days * 86400000 AS until_at FROM mine m
	JOIN contact k ON k.county = $1 AND k.person = m.person AND k.state IN (1, 2) AND k.starts_at > 0
	WHERE m.contact_days > 0 AND k.starts_at + m.contact_days * 86400000 > $4),
sums AS (
	SELECT i.zone, CAST(sum(i.lacks_cover) AS INTEGER) AS cover_n, CAST(sum(i.lacks_final) AS INTEGER) AS final_n FROM inside i GROUP BY i.zone),
waits AS (SELECT w.zone, count(*) AS n FROM waiting w GROUP BY w.zone),
members AS (SELECT m.zone, count(*) AS n FROM mine m GROUP BY m.zone),
told AS (
	SELECT d.key, COALESCE(s.cover_n, 0) AS cover_n, COALESCE(s.final_n, 0) AS final_n, COALESCE(w.n, 0) AS waits_n, COALESCE(m.n, 0) AS members_n,
		CASE WHEN (d.days_at = 0 AND d.with_higher = 0) OR d.days_at > $4 THEN 1 ELSE 0 END AS days_n,
		CASE WHEN d.prolonged_at > $4 THEN 1 ELSE 0 END AS prolonged_n,
		CASE WHEN d.with_higher = 1 AND d.days_at = 0 THEN 1 ELSE 0 END AS higher_n
	FROM due d LEFT JOIN sums s ON s.zone = d.key LEFT JOIN waits w ON w.zone = d.key LEFT JOIN members m ON m.zone = d.key)
SELECT e.id, y.name, y.class, y.to_class, y.area, y.clock_at, y.earliest_at, t.members_n, t.days_n, t.prolonged_n, t.higher_n, t.cover_n, t.final_n,
	t.waits_n, CASE WHEN t.days_n + t.prolonged_n + t.higher_n + t.cover_n + t.final_n + t.waits_n = 0 THEN 1 ELSE 0 END
FROM told t JOIN zone y ON y.county = $1 AND y.key = t.key JOIN entity e ON e.county = $1 AND e.key = t.key
ORDER BY CASE WHEN y.earliest_at = 0 THEN 1 ELSE 0 END, y.earliest_at, e.id LIMIT $5 OFFSET $6
-- name: zones_unit_earliest
SELECT CASE WHEN z.days_at = 0 THEN 0 WHEN u.until_at > u.clock_at + z.days_at - z.clock_at THEN u.until_at
	ELSE u.clock_at + z.days_at - z.clock_at END, u.clock_at
FROM zone_unit u JOIN zone z ON z.county = u.county AND z.key = u.zone
WHERE u.county = $1 AND u.zone = $2 AND u.kind = $3 AND u.lo = $4 AND u.unit_key = $5
-- name: zones_cover_of_place
SELECT lo, building, unit FROM zone_cover WHERE county = $1 AND zone = $2 AND unit_key = $3 AND kind = 3 AND building <> '' ORDER BY lo, building, unit
-- Everyone in the zone, also those who are out of it at present and why. $7 zone.
-- name: zones_q_members
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.area BETWEEN $2 AND $3),
member AS (
	SELECT z.key AS zone, p.key AS person, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key),
mine AS (
	SELECT m.* FROM member m JOIN z ON z.key = m.zone WHERE NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < z.rank))
SELECT pe.id, he.id, m.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), CASE
	WHEN EXISTS (SELECT 1 FROM case_file f WHERE f.county = $1 AND f.person = m.person AND f.opened_at > 0 AND f.withdrawn_at = 0
		AND f.isolated_at > 0 AND f.isolated_at <= $4) THEN 1
	WHEN EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = m.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2)) THEN 2
	WHEN EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = m.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4)) THEN 3
	WHEN EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = m.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact AND g.person = m.person)) THEN 4
	ELSE 0 END
FROM mine m JOIN entity pe ON pe.county = $1 AND pe.key = m.person
LEFT JOIN household h ON h.county = $1 AND h.key = m.household AND m.household > 0
LEFT JOIN entity he ON he.county = $1 AND he.key = m.household AND m.household > 0
ORDER BY m.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), he.id, pe.id LIMIT $5 OFFSET $6
-- Which zone covers a person now: the highest, then the older. $7 person.
-- name: zones_q_person
WITH who AS (
	SELECT q.household, q.area, COALESCE(h.building, '') AS building, COALESCE(h.unit, '') AS unit
	FROM person p JOIN person q ON q.county = p.county AND q.key = p.canon LEFT JOIN household h ON h.county = q.county AND h.key = q.household
	WHERE p.county = $1 AND p.key = $7 AND q.area BETWEEN $2 AND $3 AND (q.until_at = 0 OR q.until_at > $4)),
over AS (
	SELECT c.zone FROM who w JOIN zone_cover c ON c.county = $1 AND c.kind = 1 AND c.lo IN (w.area, w.area / 1000 * 1000, w.area / 1000000 * 1000000)
	WHERE c.hi >= w.area
	UNION SELECT c.zone FROM who w JOIN zone_cover c ON c.county = $1 AND c.kind = 2 AND c.household = w.household
	UNION SELECT c.zone FROM who w JOIN zone_cover c ON c.county = $1 AND c.kind = 3 AND c.lo = w.area
	WHERE c.building <> '' AND c.building = w.building AND (c.unit = '' OR c.unit = w.unit))
SELECT e.id, z.name, z.class, z.programme, z.supply, z.start_at, z.clock_at, z.earliest_at, z.published_at, z.clause
FROM over o JOIN zone z ON z.county = $1 AND z.key = o.zone JOIN entity e ON e.county = $1 AND e.key = z.key
WHERE z.state = 2 AND z.start_at <= $4 ORDER BY z.rank, z.start_at, e.id LIMIT (CASE WHEN $5 < 1 THEN $5 ELSE 1 END) OFFSET $6
-- Who of the zone gave no sample in the 24 hours from $8 on. $7 zone.
-- name: zones_q_untested
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2 AND y.area BETWEEN $2 AND $3),
member AS (
	SELECT z.key AS zone, p.key AS person, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key),
mine AS MATERIALIZED (
	SELECT m.* FROM member m JOIN z ON z.key = m.zone WHERE NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < z.rank)
	AND NOT EXISTS (SELECT 1 FROM zone_round r CROSS JOIN swab s WHERE r.county = $1 AND r.until_at > $8 AND s.county = r.county
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = m.person AND s.at >= $8 AND s.at < $8 + 86400000)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN zone_round r CROSS JOIN swab s WHERE b.county = $1
		AND b.canon = m.person AND b.canon <> b.key AND r.county = $1 AND r.until_at > $8 AND s.county = r.county
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= $8 AND s.at < $8 + 86400000)))
SELECT pe.id, he.id, m.area, COALESCE(h.building, ''), COALESCE(h.unit, '')
FROM mine m JOIN entity pe ON pe.county = $1 AND pe.key = m.person
LEFT JOIN household h ON h.county = $1 AND h.key = m.household AND m.household > 0
LEFT JOIN entity he ON he.county = $1 AND he.key = m.household AND m.household > 0
WHERE NOT EXISTS (SELECT 1 FROM case_file f WHERE f.county = $1 AND f.person = m.person AND f.opened_at > 0 AND f.withdrawn_at = 0
		AND f.isolated_at > 0 AND f.isolated_at <= $4)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person a JOIN case_file f ON f.county = a.county AND f.person = a.key
		WHERE a.county = $1 AND a.canon = m.person AND a.canon <> a.key AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0
		AND f.isolated_at <= $4))
	AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = m.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2))
	AND NOT EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = m.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4))
	AND NOT EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = m.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact AND g.person = m.person))
ORDER BY m.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), he.id, pe.id LIMIT $5 OFFSET $6
-- Which households nobody went to on local day $8. $7 zone.
-- name: zones_q_unserved
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2 AND y.area BETWEEN $2 AND $3),
member AS (
	SELECT z.key AS zone, p.key AS person, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key),
home AS (
	SELECT m.household, count(*) AS n FROM member m JOIN z ON z.key = m.zone
	WHERE m.household > 0 AND NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < z.rank)
	AND NOT EXISTS (SELECT 1 FROM zone_service v WHERE v.county = $1 AND v.zone = m.zone AND v.day = $8 AND v.household = m.household)
	AND NOT EXISTS (SELECT 1 FROM case_file f WHERE f.county = $1 AND f.person = m.person AND f.opened_at > 0 AND f.withdrawn_at = 0
		AND f.isolated_at > 0 AND f.isolated_at <= $4)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person a JOIN case_file f ON f.county = a.county AND f.person = a.key
		WHERE a.county = $1 AND a.canon = m.person AND a.canon <> a.key AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0
		AND f.isolated_at <= $4))
	AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = m.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2))
	AND NOT EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = m.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4))
	AND NOT EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = m.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact AND g.person = m.person))
	GROUP BY m.household)
SELECT he.id, h.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), o.n
FROM home o JOIN entity he ON he.county = $1 AND he.key = o.household LEFT JOIN household h ON h.county = $1 AND h.key = o.household
ORDER BY h.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), he.id LIMIT $5 OFFSET $6
-- Proposal: households of the zone without a slot on local day $8, spread over the free places of its points. $7 zone.
-- name: zones_q_slots
WITH RECURSIVE number (i) AS (SELECT CAST(0 AS INTEGER) UNION ALL SELECT i + 1 FROM number WHERE i < 999),
z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2 AND y.area BETWEEN $2 AND $3),
member AS (
	SELECT z.key AS zone, p.key AS person, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key),
home AS (
	SELECT DISTINCT m.household FROM member m JOIN z ON z.key = m.zone
	WHERE m.household > 0 AND NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < z.rank)
	AND NOT EXISTS (SELECT 1 FROM pickup_slot s WHERE s.county = $1 AND s.household = m.household AND s.day = $8 AND s.counts = 1)
	AND NOT EXISTS (SELECT 1 FROM case_file f WHERE f.county = $1 AND f.person = m.person AND f.opened_at > 0 AND f.withdrawn_at = 0
		AND f.isolated_at > 0 AND f.isolated_at <= $4)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person a JOIN case_file f ON f.county = a.county AND f.person = a.key
		WHERE a.county = $1 AND a.canon = m.person AND a.canon <> a.key AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0
		AND f.isolated_at <= $4))
	AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = m.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2))
	AND NOT EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = m.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4))
	AND NOT EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = m.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact AND g.person = m.person))),
waiting AS (
	SELECT he.id, h.area, COALESCE(h.building, '') AS building, COALESCE(h.unit, '') AS unit,
		row_number() OVER (ORDER BY h.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), he.id) AS r
	FROM home o JOIN entity he ON he.county = $1 AND he.key = o.household LEFT JOIN household h ON h.county = $1 AND h.key = o.household),
slot AS (
	SELECT p.key, e.id, p.capacity, p.from_minute + n.i * p.slot_minutes AS minute, n.i AS slot,
		(SELECT count(*) FROM pickup_slot s WHERE s.county = $1 AND s.point = p.key AND s.day = $8 AND s.slot = n.i AND s.counts = 1) AS taken
	FROM pickup_point p JOIN entity e ON e.county = p.county AND e.key = p.key JOIN number n ON n.i < p.slots_n
	WHERE p.county = $1 AND p.zone = $7),
seat AS (
	SELECT s.id, s.slot, s.minute, row_number() OVER (ORDER BY n.i, s.slot, s.id) AS r FROM slot s JOIN number n ON n.i >= s.taken AND n.i < s.capacity)
SELECT w.id, w.area, w.building, w.unit, s.id, s.slot, s.minute
FROM waiting w LEFT JOIN seat s ON s.r = w.r WHERE $4 >= 0 ORDER BY w.r LIMIT $5 OFFSET $6
-- name: zones_q_slot_list
SELECT pe.id, p.name, s.slot, p.from_minute + s.slot * p.slot_minutes, he.id, s.counts
FROM pickup_slot s LEFT JOIN pickup_point p ON p.county = s.county AND p.key = s.point
JOIN entity pe ON pe.county = s.county AND pe.key = s.point JOIN entity he ON he.county = s.county AND he.key = s.household
WHERE s.county = $1 AND s.area BETWEEN $2 AND $3 AND $4 >= 0 AND s.day = $8 AND ($7 = 0 OR p.zone = $7)
ORDER BY s.slot, pe.id, s.at, he.id LIMIT $5 OFFSET $6
-- name: zones_q_points
SELECT e.id, z.id, p.name, p.area, p.capacity, p.slot_minutes, p.from_minute, p.slots_n, p.capacity * p.slots_n
FROM pickup_point p JOIN entity e ON e.county = p.county AND e.key = p.key JOIN entity z ON z.county = p.county AND z.key = p.zone
WHERE p.county = $1 AND p.area BETWEEN $2 AND $3 AND $4 >= 0 AND ($7 = 0 OR p.zone = $7) ORDER BY p.name, e.id LIMIT $5 OFFSET $6
-- name: zones_q_zones
SELECT e.id, z.name, z.class, z.state, z.area, z.programme, z.supply, z.start_at, z.published_at, z.clock_at, z.earliest_at, z.by_downgrade,
	z.ended_at, z.early, CASE WHEN z.level < 0 THEN NULL ELSE z.level END,
	(SELECT count(*) FROM zone_unit u WHERE u.county = z.county AND u.zone = z.key), z.clause, z.notice
FROM zone z JOIN entity e ON e.county = z.county AND e.key = z.key
WHERE z.county = $1 AND z.area BETWEEN $2 AND $3 AND $4 >= 0 AND z.state > 0 AND ($7 < 0 OR z.state = $7)
ORDER BY z.rank, z.start_at DESC, e.id LIMIT $5 OFFSET $6
-- name: zones_q_units
SELECT u.kind, CASE WHEN u.kind = 1 THEN u.lo ELSE COALESCE(h.area, p.area) END, e.id,
	COALESCE(CASE WHEN u.kind = 1 THEN (SELECT a.name FROM area a WHERE a.county = u.county AND a.code = u.lo ORDER BY a.valid_from DESC LIMIT 1)
		ELSE p.name END, h.building, ''), u.since, u.clock_at, CASE WHEN z.days_at = 0 THEN 0
		WHEN u.until_at > u.clock_at + z.days_at - z.clock_at THEN u.until_at ELSE u.clock_at + z.days_at - z.clock_at END, u.until_at
FROM zone_unit u JOIN zone z ON z.county = u.county AND z.key = u.zone LEFT JOIN entity e ON e.county = u.county AND e.key = u.unit_key AND u.kind > 1
LEFT JOIN household h ON h.county = u.county AND h.key = u.unit_key AND u.kind = 2
LEFT JOIN place p ON p.county = u.county AND p.key = u.unit_key AND u.kind = 3
WHERE u.county = $1 AND z.area BETWEEN $2 AND $3 AND $4 >= 0 AND u.zone = $7 ORDER BY u.kind, u.lo, e.id LIMIT $5 OFFSET $6
-- What started the clock of a zone again.
-- name: zones_q_resets
SELECT e.id, x.at, x.home, x.scope, x.judged FROM zone_hit x JOIN zone z ON z.county = x.county AND z.key = x.zone
JOIN entity e ON e.county = x.county AND e.key = x.case_key
WHERE x.county = $1 AND z.area BETWEEN $2 AND $3 AND $4 >= 0 AND x.zone = $7 ORDER BY x.at, e.id LIMIT $5 OFFSET $6
-- The public notice, part by part; the places by their names in the register, with the building names as they are.
-- name: zones_q_notice
WITH line AS (
	SELECT t.part, CAST(0 AS INTEGER) AS nth, t.en, t.zh FROM zone_text t WHERE t.county = $1 AND t.zone = $7
	UNION ALL SELECT 3, row_number() OVER (ORDER BY u.kind, u.lo, COALESCE(p.name, ''), COALESCE(h.building, ''), COALESCE(h.unit, ''), e.id), COALESCE(CASE
		WHEN u.kind = 1 THEN COALESCE((SELECT a.name FROM area a WHERE a.county = u.county AND a.code = u.lo ORDER BY a.valid_from DESC LIMIT 1), CAST(u.lo AS TEXT))
		WHEN u.kind = 3 THEN p.name ELSE 'household: ' || COALESCE(h.building, '') || ' ' || COALESCE(h.unit, '') END, ''), COALESCE(CASE
		WHEN u.kind = 1 THEN COALESCE((SELECT a.name FROM area a WHERE a.county = u.county AND a.code = u.lo ORDER BY a.valid_from DESC LIMIT 1), CAST(u.lo AS TEXT))
		WHEN u.kind = 3 THEN p.name ELSE '住户：' || COALESCE(h.building, '') || ' ' || COALESCE(h.unit, '') END, '')
	FROM zone_unit u LEFT JOIN entity e ON e.county = u.county AND e.key = u.unit_key AND u.kind > 1
	LEFT JOIN household h ON h.county = u.county AND h.key = u.unit_key AND u.kind = 2
	LEFT JOIN place p ON p.county = u.county AND p.key = u.unit_key AND u.kind = 3
	WHERE u.county = $1 AND u.zone = $7)
SELECT l.part, l.nth, l.en, l.zh FROM line l WHERE $2 <= $3 AND $4 >= 0 AND EXISTS (SELECT 1 FROM zone z WHERE z.county = $1 AND z.key = $7
	AND z.area BETWEEN $2 AND $3 AND z.declared_at > 0)
ORDER BY l.part, l.nth LIMIT $5 OFFSET $6
-- name: zones_q_exits
SELECT x.id, p.id, z.id, e.reason, e.granted_at, e.until_at, e.returned_at, e.destination, e.vehicle
FROM zone_exit e JOIN entity x ON x.county = e.county AND x.key = e.exit_key JOIN entity p ON p.county = e.county AND p.key = e.person
LEFT JOIN entity z ON z.county = e.county AND z.key = e.zone AND e.zone > 0
WHERE e.county = $1 AND e.area BETWEEN $2 AND $3 AND e.granted_at <= $4 AND ($7 = 0 OR e.zone = $7) AND ($8 = 0 OR e.returned_at = 0)
ORDER BY e.granted_at, x.id LIMIT $5 OFFSET $6
-- name: zones_q_posts
SELECT e.id, z.id, p.name, p.area, p.set_at, CASE WHEN p.ended_at > 0 THEN 0 WHEN p.manned_at <= $4 AND p.manned_until > $4 THEN 1 ELSE 0 END,
	p.manned_until, p.ended_at, p.lon, p.lat
FROM zone_post p JOIN entity e ON e.county = p.county AND e.key = p.post JOIN entity z ON z.county = p.county AND z.key = p.zone
WHERE p.county = $1 AND p.area BETWEEN $2 AND $3 AND ($7 = 0 OR p.zone = $7) ORDER BY p.name, e.id LIMIT $5 OFFSET $6
-- Barriers that stand. The keeper's name and phone are sealed; they are opened with a purpose.
-- name: zones_q_barriers
SELECT e.id, z.id, b.kind, b.place, b.area, b.sealed, CASE WHEN b.present < 0 THEN NULL ELSE b.present END, CASE WHEN b.fire < 0 THEN NULL ELSE b.fire END,
	k.id, b.set_at, b.checked_at, b.must_go_at, CASE WHEN b.must_go_at <= $4 THEN 1 ELSE 0 END
FROM zone_barrier b JOIN entity e ON e.county = b.county AND e.key = b.barrier JOIN entity z ON z.county = b.county AND z.key = b.zone
JOIN entity k ON k.county = b.county AND k.key = b.keeper
WHERE b.county = $1 AND b.area BETWEEN $2 AND $3 AND b.removed_at = 0 AND ($7 = 0 OR b.zone = $7) ORDER BY b.must_go_at, e.id LIMIT $5 OFFSET $6
-- For the guard of a roll that is closed: how many are missing.
-- name: zones_untested_n
SELECT count(*) FROM (
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2 AND y.area BETWEEN $2 AND $3),
member AS (
	SELECT z.key AS zone, p.key AS person, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key),
mine AS MATERIALIZED (
	SELECT m.* FROM member m JOIN z ON z.key = m.zone WHERE NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < z.rank)
	AND NOT EXISTS (SELECT 1 FROM zone_round r CROSS JOIN swab s WHERE r.county = $1 AND r.until_at > $8 AND s.county = r.county
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = m.person AND s.at >= $8 AND s.at < $8 + 86400000)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN zone_round r CROSS JOIN swab s WHERE b.county = $1
		AND b.canon = m.person AND b.canon <> b.key AND r.county = $1 AND r.until_at > $8 AND s.county = r.county
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= $8 AND s.at < $8 + 86400000)))
SELECT pe.id, he.id, m.area, COALESCE(h.building, ''), COALESCE(h.unit, '')
FROM mine m JOIN entity pe ON pe.county = $1 AND pe.key = m.person
LEFT JOIN household h ON h.county = $1 AND h.key = m.household AND m.household > 0
LEFT JOIN entity he ON he.county = $1 AND he.key = m.household AND m.household > 0
WHERE NOT EXISTS (SELECT 1 FROM case_file f WHERE f.county = $1 AND f.person = m.person AND f.opened_at > 0 AND f.withdrawn_at = 0
		AND f.isolated_at > 0 AND f.isolated_at <= $4)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person a JOIN case_file f ON f.county = a.county AND f.person = a.key
		WHERE a.county = $1 AND a.canon = m.person AND a.canon <> a.key AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0
		AND f.isolated_at <= $4))
	AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = m.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2))
	AND NOT EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = m.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4))
	AND NOT EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = m.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact AND g.person = m.person))
ORDER BY m.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), he.id, pe.id LIMIT $5 OFFSET $6) missing
-- name: zones_unserved_n
SELECT count(*) FROM (
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2 AND y.area BETWEEN $2 AND $3),
member AS (
	SELECT z.key AS zone, p.key AS person, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION SELECT z.key, p.key, p.household, p.area, p.aliases_n FROM z JOIN zone_cover c ON c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key
	WHERE p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 1
	JOIN person p ON p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 2
	JOIN person p ON p.county = $1 AND p.household = c.household
	UNION SELECT p.key, y.rank FROM upper y JOIN zone_cover c ON c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> ''
	JOIN household h ON h.county = $1 AND h.area = c.lo AND h.building = c.building AND (c.unit = '' OR h.unit = c.unit)
	JOIN person p ON p.county = $1 AND p.household = h.key),
home AS (
	SELECT m.household, count(*) AS n FROM member m JOIN z ON z.key = m.zone
	WHERE m.household > 0 AND NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < z.rank)
	AND NOT EXISTS (SELECT 1 FROM zone_service v WHERE v.county = $1 AND v.zone = m.zone AND v.day = $8 AND v.household = m.household)
	AND NOT EXISTS (SELECT 1 FROM case_file f WHERE f.county = $1 AND f.person = m.person AND f.opened_at > 0 AND f.withdrawn_at = 0
		AND f.isolated_at > 0 AND f.isolated_at <= $4)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person a JOIN case_file f ON f.county = a.county AND f.person = a.key
		WHERE a.county = $1 AND a.canon = m.person AND a.canon <> a.key AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0
		AND f.isolated_at <= $4))
	AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = m.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2))
	AND NOT EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = m.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4))
	AND NOT EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = m.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact AND g.person = m.person))
	GROUP BY m.household)
SELECT he.id, h.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), o.n
FROM home o JOIN entity he ON he.county = $1 AND he.key = o.household LEFT JOIN household h ON h.county = $1 AND h.key = o.household
ORDER BY h.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), he.id LIMIT $5 OFFSET $6) missing
