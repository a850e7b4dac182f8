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
	FROM zone y WHERE y.county = $1 AND y.state = 2 AND ($7 = 0 OR y.key = $7) AND (y.area BETWEEN $2 AND $3 OR EXISTS (SELECT 1 FROM zone_cover v WHERE v.county = $1 AND v.zone = y.key AND v.kind IN (1, 3)
		AND v.hi >= $2 AND v.lo <= $3))),
z AS (
	SELECT d.*, CASE WHEN d.final > d.covered THEN d.final ELSE d.covered END AS latest FROM due d
	WHERE d.covered > 0 OR d.final > 0 OR d.contact_days > 0),
member AS (
	SELECT z.key AS zone, z.rank, z.covered, z.final, z.latest, z.contact_days, p.key AS person, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 1 AND c.nested = 0 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
	UNION ALL SELECT z.key, z.rank, z.covered, z.final, z.latest, z.contact_days, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
	UNION ALL SELECT DISTINCT z.key, z.rank, z.covered, z.final, z.latest, z.contact_days, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 2 AND w.household = p.household)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 1 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key),
mine AS MATERIALIZED (SELECT m.* FROM member m WHERE (m.rank = 0 OR NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < m.rank))),
-- the rounds that can hold a sample taken since then, the newest first: there most people are found at once
recent AS MATERIALIZED (
	SELECT r.campaign, r.round, r.until_at FROM zone_round r
	WHERE r.county = $1 AND r.until_at > (SELECT min(CASE WHEN z.final > 0 AND (z.covered = 0 OR z.final < z.covered) THEN z.final ELSE z.covered END) FROM z)
	ORDER BY r.until_at DESC, r.campaign, r.round DESC),
-- whoever is negative since the later of both instants lacks nothing: one look for nearly everybody
late AS MATERIALIZED (SELECT m.* FROM mine m WHERE m.latest > 0 AND (m.latest > $4 OR (NOT EXISTS (SELECT 1 FROM recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE r.until_at > m.latest AND s.county = $1 AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = m.person AND s.at >= m.latest AND s.at <= $4 AND t.county = s.county AND t.key = s.tube AND t.result = 0)
		AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE b.county = $1 AND b.canon = m.person AND b.canon <> b.key AND r.until_at > m.latest AND s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= m.latest AND s.at <= $4
		AND t.county = s.county AND t.key = s.tube AND t.result = 0))))),
lacking AS MATERIALIZED (
	SELECT m.*, CASE WHEN m.covered = 0 THEN 0 WHEN m.covered >= m.latest THEN 1 WHEN (m.covered > $4 OR (NOT EXISTS (SELECT 1 FROM recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE r.until_at > m.covered AND s.county = $1 AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = m.person AND s.at >= m.covered AND s.at <= $4 AND t.county = s.county AND t.key = s.tube AND t.result = 0)
		AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE b.county = $1 AND b.canon = m.person AND b.canon <> b.key AND r.until_at > m.covered AND s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= m.covered AND s.at <= $4
		AND t.county = s.county AND t.key = s.tube AND t.result = 0)))) THEN 1 ELSE 0 END AS lacks_cover,
		CASE WHEN m.final = 0 THEN 0 WHEN m.final >= m.latest THEN 1 WHEN (m.final > $4 OR (NOT EXISTS (SELECT 1 FROM recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE r.until_at > m.final AND s.county = $1 AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = m.person AND s.at >= m.final AND s.at <= $4 AND t.county = s.county AND t.key = s.tube AND t.result = 0)
		AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE b.county = $1 AND b.canon = m.person AND b.canon <> b.key AND r.until_at > m.final AND s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= m.final AND s.at <= $4
		AND t.county = s.county AND t.key = s.tube AND t.result = 0)))) THEN 1 ELSE 0 END AS lacks_final
	FROM late m),
ward AS MATERIALIZED (
	SELECT p.canon AS person FROM case_file f CROSS JOIN person p
	WHERE f.county = $1 AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0 AND f.isolated_at <= $4 AND p.county = $1 AND p.key = f.person),
-- who is not in the zone at present: in hospital, in central isolation, out by an exit, moved out
away AS MATERIALIZED (
	SELECT w.person FROM ward w
	UNION SELECT k.person FROM contact k WHERE k.county = $1 AND k.state = 1 AND k.secured_at > 0 AND k.secured_at <= $4 AND k.place IN (0, 2)
	UNION SELECT x.person FROM zone_exit x WHERE x.county = $1 AND x.granted_at <= $4 AND (x.returned_at = 0 OR x.returned_at > $4)
	UNION SELECT p.key FROM zone_moved_out o CROSS JOIN person p WHERE o.county = $1 AND o.zone > 0 AND o.at <= $4 AND p.county = $1
		AND p.household = o.household AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact
			AND g.person = p.key)),
excused AS MATERIALIZED (
	SELECT x.person, max(r.until_at) AS until_at FROM recent r CROSS JOIN excuse x
	WHERE x.county = $1 AND x.campaign = r.campaign AND x.round IN (0, r.round) AND x.reason IN (0, 1, 7) GROUP BY x.person),
inside AS MATERIALIZED (
	SELECT l.* FROM lacking l WHERE l.person NOT IN (SELECT a.person FROM away a)
	AND NOT EXISTS (SELECT 1 FROM excused x WHERE x.person = l.person
		AND x.until_at > CASE WHEN l.final > 0 AND (l.covered = 0 OR l.final < l.covered) THEN l.final ELSE l.covered END)),
waiting AS (
	SELECT m.zone, m.person, m.household, m.area, k.starts_at + m.contact_days * 86400000 AS until_at FROM mine m
	CROSS JOIN contact k
	WHERE m.contact_days > 0 AND k.county = $1 AND k.person = m.person AND k.state IN (1, 2) AND k.starts_at > 0
	AND k.starts_at + m.contact_days * 86400000 > $4),
line AS (
	SELECT i.zone, 1 AS condition, i.person, i.household, i.area, CAST(0 AS INTEGER) AS until_at, i.covered AS since FROM inside i WHERE i.lacks_cover = 1
	UNION ALL SELECT i.zone, 2, i.person, i.household, i.area, CAST(0 AS INTEGER), i.final FROM inside i WHERE i.lacks_final = 1
	UNION ALL SELECT w.zone, 3, w.person, w.household, w.area, w.until_at, CAST(0 AS INTEGER) FROM waiting w
	UNION ALL SELECT d.key, 0, CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), d.days_at, CAST(0 AS INTEGER) FROM due d WHERE (d.days_at = 0 AND d.with_higher = 0) OR d.days_at > $4
	UNION ALL SELECT d.key, 4, CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), d.prolonged_at, CAST(0 AS INTEGER) FROM due d WHERE d.prolonged_at > $4
	UNION ALL SELECT d.key, 5, CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER), CAST(0 AS INTEGER) FROM due d WHERE d.with_higher = 1 AND d.days_at = 0),
page AS (
	SELECT l.*, COALESCE(h.building, '') AS building, COALESCE(h.unit, '') AS unit
	FROM line l LEFT JOIN household h ON h.county = $1 AND h.key = l.household AND l.household > 0
	ORDER BY l.zone, l.condition, l.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), l.household, l.person LIMIT $5 OFFSET $6)
SELECT ze.id, g.condition, pe.id, he.id, CASE WHEN g.person = 0 THEN NULL ELSE g.area END, g.building, g.unit,
	CASE WHEN g.person = 0 OR g.condition = 3 THEN NULL ELSE COALESCE((SELECT CASE t.result WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 1 END FROM zone_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
		WHERE r.county = $1 AND r.until_at > g.since AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = g.person AND s.at >= g.since AND s.at <= $4 AND t.result <> 0 ORDER BY s.at DESC, t.result DESC LIMIT 1), 0) END,
	CASE WHEN g.until_at = 0 THEN NULL ELSE g.until_at END
FROM page g JOIN entity ze ON ze.county = $1 AND ze.key = g.zone
LEFT JOIN entity pe ON pe.county = $1 AND pe.key = g.person AND g.person > 0
LEFT JOIN entity he ON he.county = $1 AND he.key = g.household AND g.household > 0
ORDER BY g.zone, g.condition, g.area, g.building, g.unit, g.household, g.person
-- The zones in force and how far each is from stepping down. $7 zone or 0, $8 as above (0).
-- name: zones_q_step_down
WITH due AS (
	SELECT y.key, y.outbreak, y.rank, y.days_at, y.prolonged_at, y.with_higher, y.contact_days,
		CASE WHEN y.coverage_at > 0 AND $8 > 0 THEN $8 WHEN y.within_ms > 0 AND $4 - y.within_ms > y.coverage_at THEN $4 - y.within_ms
			ELSE y.coverage_at END AS covered,
		CASE WHEN y.final_ms > 0 THEN $4 - y.final_ms ELSE 0 END AS final
	FROM zone y WHERE y.county = $1 AND y.state = 2 AND ($7 = 0 OR y.key = $7) AND y.area BETWEEN $2 AND $3),
z AS (
	SELECT d.*, CASE WHEN d.final > d.covered THEN d.final ELSE d.covered END AS latest FROM due d
	WHERE d.covered > 0 OR d.final > 0 OR d.contact_days > 0),
member AS (
	SELECT z.key AS zone, z.rank, z.covered, z.final, z.latest, z.contact_days, p.key AS person, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 1 AND c.nested = 0 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
	UNION ALL SELECT z.key, z.rank, z.covered, z.final, z.latest, z.contact_days, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
	UNION ALL SELECT DISTINCT z.key, z.rank, z.covered, z.final, z.latest, z.contact_days, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 2 AND w.household = p.household)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 1 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key),
mine AS MATERIALIZED (SELECT m.* FROM member m WHERE (m.rank = 0 OR NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < m.rank))),
-- the rounds that can hold a sample taken since then, the newest first: there most people are found at once
recent AS MATERIALIZED (
	SELECT r.campaign, r.round, r.until_at FROM zone_round r
	WHERE r.county = $1 AND r.until_at > (SELECT min(CASE WHEN z.final > 0 AND (z.covered = 0 OR z.final < z.covered) THEN z.final ELSE z.covered END) FROM z)
	ORDER BY r.until_at DESC, r.campaign, r.round DESC),
-- whoever is negative since the later of both instants lacks nothing: one look for nearly everybody
late AS MATERIALIZED (SELECT m.* FROM mine m WHERE m.latest > 0 AND (m.latest > $4 OR (NOT EXISTS (SELECT 1 FROM recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE r.until_at > m.latest AND s.county = $1 AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = m.person AND s.at >= m.latest AND s.at <= $4 AND t.county = s.county AND t.key = s.tube AND t.result = 0)
		AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE b.county = $1 AND b.canon = m.person AND b.canon <> b.key AND r.until_at > m.latest AND s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= m.latest AND s.at <= $4
		AND t.county = s.county AND t.key = s.tube AND t.result = 0))))),
lacking AS MATERIALIZED (
	SELECT m.*, CASE WHEN m.covered = 0 THEN 0 WHEN m.covered >= m.latest THEN 1 WHEN (m.covered > $4 OR (NOT EXISTS (SELECT 1 FROM recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE r.until_at > m.covered AND s.county = $1 AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = m.person AND s.at >= m.covered AND s.at <= $4 AND t.county = s.county AND t.key = s.tube AND t.result = 0)
		AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE b.county = $1 AND b.canon = m.person AND b.canon <> b.key AND r.until_at > m.covered AND s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= m.covered AND s.at <= $4
		AND t.county = s.county AND t.key = s.tube AND t.result = 0)))) THEN 1 ELSE 0 END AS lacks_cover,
		CASE WHEN m.final = 0 THEN 0 WHEN m.final >= m.latest THEN 1 WHEN (m.final > $4 OR (NOT EXISTS (SELECT 1 FROM recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE r.until_at > m.final AND s.county = $1 AND s.campaign = r.campaign AND s.round = r.round
		AND s.person = m.person AND s.at >= m.final AND s.at <= $4 AND t.county = s.county AND t.key = s.tube AND t.result = 0)
		AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN recent r CROSS JOIN swab s CROSS JOIN tube t
		WHERE b.county = $1 AND b.canon = m.person AND b.canon <> b.key AND r.until_at > m.final AND s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= m.final AND s.at <= $4
		AND t.county = s.county AND t.key = s.tube AND t.result = 0)))) THEN 1 ELSE 0 END AS lacks_final
	FROM late m),
ward AS MATERIALIZED (
	SELECT p.canon AS person FROM case_file f CROSS JOIN person p
	WHERE f.county = $1 AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0 AND f.isolated_at <= $4 AND p.county = $1 AND p.key = f.person),
-- who is not in the zone at present: in hospital, in central isolation, out by an exit, moved out
away AS MATERIALIZED (
	SELECT w.person FROM ward w
	UNION SELECT k.person FROM contact k WHERE k.county = $1 AND k.state = 1 AND k.secured_at > 0 AND k.secured_at <= $4 AND k.place IN (0, 2)
	UNION SELECT x.person FROM zone_exit x WHERE x.county = $1 AND x.granted_at <= $4 AND (x.returned_at = 0 OR x.returned_at > $4)
	UNION SELECT p.key FROM zone_moved_out o CROSS JOIN person p WHERE o.county = $1 AND o.zone > 0 AND o.at <= $4 AND p.county = $1
		AND p.household = o.household AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact
			AND g.person = p.key)),
excused AS MATERIALIZED (
	SELECT x.person, max(r.until_at) AS until_at FROM recent r CROSS JOIN excuse x
	WHERE x.county = $1 AND x.campaign = r.campaign AND x.round IN (0, r.round) AND x.reason IN (0, 1, 7) GROUP BY x.person),
inside AS MATERIALIZED (
	SELECT l.* FROM lacking l WHERE l.person NOT IN (SELECT a.person FROM away a)
	AND NOT EXISTS (SELECT 1 FROM excused x WHERE x.person = l.person
		AND x.until_at > CASE WHEN l.final > 0 AND (l.covered = 0 OR l.final < l.covered) THEN l.final ELSE l.covered END)),
waiting AS (
	SELECT m.zone, m.person, m.household, m.area, k.starts_at + m.contact_days * 86400000 AS until_at FROM mine m
	CROSS JOIN contact k
	WHERE m.contact_days > 0 AND k.county = $1 AND k.person = m.person AND k.state IN (1, 2) AND k.starts_at > 0
	AND k.starts_at + m.contact_days * 86400000 > $4),
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
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7),
member AS (
	SELECT z.key AS zone, z.rank, p.key AS person, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 1 AND c.nested = 0 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
	UNION ALL SELECT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
	UNION ALL SELECT DISTINCT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 2 AND w.household = p.household)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 1 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key),
ward AS MATERIALIZED (
	SELECT p.canon AS person FROM case_file f CROSS JOIN person p
	WHERE f.county = $1 AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0 AND f.isolated_at <= $4 AND p.county = $1 AND p.key = f.person),
mine AS (SELECT m.* FROM member m WHERE (m.rank = 0 OR NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < m.rank))),
page AS (
	SELECT m.person, m.household, m.area, m.aliases_n, COALESCE(h.building, '') AS building, COALESCE(h.unit, '') AS unit
	FROM mine m LEFT JOIN household h ON h.county = $1 AND h.key = m.household AND m.household > 0
	ORDER BY m.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), m.household, m.person LIMIT $5 OFFSET $6)
SELECT pe.id, he.id, g.area, g.building, g.unit, CASE WHEN g.person IN (SELECT w.person FROM ward w) THEN 1
	WHEN EXISTS (SELECT 1 FROM contact k WHERE k.county = $1 AND k.person = g.person AND k.state = 1 AND k.secured_at > 0
		AND k.secured_at <= $4 AND k.place IN (0, 2)) THEN 2
	WHEN EXISTS (SELECT 1 FROM zone_exit x WHERE x.county = $1 AND x.person = g.person AND x.granted_at <= $4
		AND (x.returned_at = 0 OR x.returned_at > $4)) THEN 3
	WHEN EXISTS (SELECT 1 FROM zone_moved_out o WHERE o.county = $1 AND o.household = g.household AND o.zone > 0 AND o.at <= $4
		AND NOT EXISTS (SELECT 1 FROM zone_stayed st WHERE st.county = $1 AND st.household = o.household AND st.fact = o.fact AND st.person = g.person)) THEN 4
	ELSE 0 END
FROM page g JOIN entity pe ON pe.county = $1 AND pe.key = g.person
LEFT JOIN entity he ON he.county = $1 AND he.key = g.household AND g.household > 0
ORDER BY g.area, g.building, g.unit, g.household, g.person
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
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2),
member AS (
	SELECT z.key AS zone, z.rank, p.key AS person, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 1 AND c.nested = 0 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
	UNION ALL SELECT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
	UNION ALL SELECT DISTINCT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 2 AND w.household = p.household)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 1 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key),
ward AS MATERIALIZED (
	SELECT p.canon AS person FROM case_file f CROSS JOIN person p
	WHERE f.county = $1 AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0 AND f.isolated_at <= $4 AND p.county = $1 AND p.key = f.person),
-- who is not in the zone at present: in hospital, in central isolation, out by an exit, moved out
away AS MATERIALIZED (
	SELECT w.person FROM ward w
	UNION SELECT k.person FROM contact k WHERE k.county = $1 AND k.state = 1 AND k.secured_at > 0 AND k.secured_at <= $4 AND k.place IN (0, 2)
	UNION SELECT x.person FROM zone_exit x WHERE x.county = $1 AND x.granted_at <= $4 AND (x.returned_at = 0 OR x.returned_at > $4)
	UNION SELECT p.key FROM zone_moved_out o CROSS JOIN person p WHERE o.county = $1 AND o.zone > 0 AND o.at <= $4 AND p.county = $1
		AND p.household = o.household AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact
			AND g.person = p.key)),
recent AS MATERIALIZED (
	SELECT r.campaign, r.round FROM zone_round r WHERE r.county = $1 AND r.until_at > $8 ORDER BY r.until_at DESC, r.campaign, r.round DESC),
mine AS MATERIALIZED (
	SELECT m.* FROM member m WHERE (m.rank = 0 OR NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < m.rank))
	AND (NOT EXISTS (SELECT 1 FROM recent r CROSS JOIN swab s WHERE s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = m.person AND s.at >= $8 AND s.at < $8 + 86400000)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN recent r CROSS JOIN swab s WHERE b.county = $1
		AND b.canon = m.person AND b.canon <> b.key AND s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= $8 AND s.at < $8 + 86400000)))),
asked AS (SELECT m.* FROM mine m WHERE m.person NOT IN (SELECT a.person FROM away a)),
page AS (
	SELECT m.person, m.household, m.area, m.aliases_n, COALESCE(h.building, '') AS building, COALESCE(h.unit, '') AS unit
	FROM asked m LEFT JOIN household h ON h.county = $1 AND h.key = m.household AND m.household > 0
	ORDER BY m.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), m.household, m.person LIMIT $5 OFFSET $6)
SELECT pe.id, he.id, g.area, g.building, g.unit
FROM page g JOIN entity pe ON pe.county = $1 AND pe.key = g.person
LEFT JOIN entity he ON he.county = $1 AND he.key = g.household AND g.household > 0
ORDER BY g.area, g.building, g.unit, g.household, g.person
-- Which households nobody went to on local day $8. $7 zone.
-- name: zones_q_unserved
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2),
member AS (
	SELECT z.key AS zone, z.rank, p.key AS person, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 1 AND c.nested = 0 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
	UNION ALL SELECT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
	UNION ALL SELECT DISTINCT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 2 AND w.household = p.household)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 1 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key),
ward AS MATERIALIZED (
	SELECT p.canon AS person FROM case_file f CROSS JOIN person p
	WHERE f.county = $1 AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0 AND f.isolated_at <= $4 AND p.county = $1 AND p.key = f.person),
-- who is not in the zone at present: in hospital, in central isolation, out by an exit, moved out
away AS MATERIALIZED (
	SELECT w.person FROM ward w
	UNION SELECT k.person FROM contact k WHERE k.county = $1 AND k.state = 1 AND k.secured_at > 0 AND k.secured_at <= $4 AND k.place IN (0, 2)
	UNION SELECT x.person FROM zone_exit x WHERE x.county = $1 AND x.granted_at <= $4 AND (x.returned_at = 0 OR x.returned_at > $4)
	UNION SELECT p.key FROM zone_moved_out o CROSS JOIN person p WHERE o.county = $1 AND o.zone > 0 AND o.at <= $4 AND p.county = $1
		AND p.household = o.household AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact
			AND g.person = p.key)),
home AS (
	SELECT m.household, count(*) AS n FROM member m
	WHERE m.household > 0 AND (m.rank = 0 OR NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < m.rank))
	AND NOT EXISTS (SELECT 1 FROM zone_service v WHERE v.county = $1 AND v.zone = m.zone AND v.day = $8 AND v.household = m.household)
	AND m.person NOT IN (SELECT a.person FROM away a)
	GROUP BY m.household),
page AS (
	SELECT o.household, o.n, h.area, COALESCE(h.building, '') AS building, COALESCE(h.unit, '') AS unit
	FROM home o LEFT JOIN household h ON h.county = $1 AND h.key = o.household
	ORDER BY h.area, COALESCE(h.building, ''), COALESCE(h.unit, ''), o.household LIMIT $5 OFFSET $6)
SELECT he.id, g.area, g.building, g.unit, g.n FROM page g JOIN entity he ON he.county = $1 AND he.key = g.household
ORDER BY g.area, g.building, g.unit, g.household
-- Proposal: households of the zone without a slot on local day $8, spread over the free places of its points. $7 zone.
-- name: zones_q_slots
WITH RECURSIVE number (i) AS (SELECT CAST(0 AS INTEGER) UNION ALL SELECT i + 1 FROM number WHERE i < 999),
z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2),
member AS (
	SELECT z.key AS zone, z.rank, p.key AS person, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 1 AND c.nested = 0 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
	UNION ALL SELECT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
	UNION ALL SELECT DISTINCT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 2 AND w.household = p.household)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 1 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key),
ward AS MATERIALIZED (
	SELECT p.canon AS person FROM case_file f CROSS JOIN person p
	WHERE f.county = $1 AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0 AND f.isolated_at <= $4 AND p.county = $1 AND p.key = f.person),
-- who is not in the zone at present: in hospital, in central isolation, out by an exit, moved out
away AS MATERIALIZED (
	SELECT w.person FROM ward w
	UNION SELECT k.person FROM contact k WHERE k.county = $1 AND k.state = 1 AND k.secured_at > 0 AND k.secured_at <= $4 AND k.place IN (0, 2)
	UNION SELECT x.person FROM zone_exit x WHERE x.county = $1 AND x.granted_at <= $4 AND (x.returned_at = 0 OR x.returned_at > $4)
	UNION SELECT p.key FROM zone_moved_out o CROSS JOIN person p WHERE o.county = $1 AND o.zone > 0 AND o.at <= $4 AND p.county = $1
		AND p.household = o.household AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact
			AND g.person = p.key)),
home AS (
	SELECT DISTINCT m.household FROM member m
	WHERE m.household > 0 AND (m.rank = 0 OR NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < m.rank))
	AND NOT EXISTS (SELECT 1 FROM pickup_slot s WHERE s.county = $1 AND s.household = m.household AND s.day = $8 AND s.counts = 1)
	AND m.person NOT IN (SELECT a.person FROM away a)),
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
WHERE z.county = $1 AND (z.area BETWEEN $2 AND $3 OR EXISTS (SELECT 1 FROM zone_cover v WHERE v.county = $1 AND v.zone = z.key AND v.kind IN (1, 3)
		AND v.hi >= $2 AND v.lo <= $3)) AND $4 >= 0 AND z.state > 0 AND ($7 < 0 OR z.state = $7)
ORDER BY z.rank, z.start_at DESC, e.id LIMIT $5 OFFSET $6
-- name: zones_q_units
SELECT u.kind, CASE WHEN u.kind = 1 THEN u.lo ELSE COALESCE(h.area, p.area) END, e.id,
	COALESCE(CASE WHEN u.kind = 1 THEN (SELECT a.name FROM area a WHERE a.county = u.county AND a.code = u.lo ORDER BY a.valid_from DESC LIMIT 1)
		ELSE p.name END, h.building, ''), u.since, u.clock_at, CASE WHEN z.days_at = 0 THEN 0
		WHEN u.until_at > u.clock_at + z.days_at - z.clock_at THEN u.until_at ELSE u.clock_at + z.days_at - z.clock_at END, u.until_at
FROM zone_unit u JOIN zone z ON z.county = u.county AND z.key = u.zone LEFT JOIN entity e ON e.county = u.county AND e.key = u.unit_key AND u.kind > 1
LEFT JOIN household h ON h.county = u.county AND h.key = u.unit_key AND u.kind = 2
LEFT JOIN place p ON p.county = u.county AND p.key = u.unit_key AND u.kind = 3
WHERE u.county = $1 AND (z.area BETWEEN $2 AND $3 OR EXISTS (SELECT 1 FROM zone_cover v WHERE v.county = $1 AND v.zone = z.key AND v.kind IN (1, 3)
		AND v.hi >= $2 AND v.lo <= $3)) AND $4 >= 0 AND u.zone = $7 ORDER BY u.kind, u.lo, e.id LIMIT $5 OFFSET $6
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
SELECT l.part, l.nth, l.en, l.zh FROM line l WHERE $4 >= 0 AND EXISTS (SELECT 1 FROM zone z WHERE z.county = $1 AND z.key = $7
	AND (z.area BETWEEN $2 AND $3 OR EXISTS (SELECT 1 FROM zone_cover v WHERE v.county = $1 AND v.zone = z.key AND v.kind IN (1, 3)
		AND v.hi >= $2 AND v.lo <= $3)) AND z.declared_at > 0)
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
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2),
member AS (
	SELECT z.key AS zone, z.rank, p.key AS person, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 1 AND c.nested = 0 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
	UNION ALL SELECT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
	UNION ALL SELECT DISTINCT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 2 AND w.household = p.household)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 1 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key),
ward AS MATERIALIZED (
	SELECT p.canon AS person FROM case_file f CROSS JOIN person p
	WHERE f.county = $1 AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0 AND f.isolated_at <= $4 AND p.county = $1 AND p.key = f.person),
-- who is not in the zone at present: in hospital, in central isolation, out by an exit, moved out
away AS MATERIALIZED (
	SELECT w.person FROM ward w
	UNION SELECT k.person FROM contact k WHERE k.county = $1 AND k.state = 1 AND k.secured_at > 0 AND k.secured_at <= $4 AND k.place IN (0, 2)
	UNION SELECT x.person FROM zone_exit x WHERE x.county = $1 AND x.granted_at <= $4 AND (x.returned_at = 0 OR x.returned_at > $4)
	UNION SELECT p.key FROM zone_moved_out o CROSS JOIN person p WHERE o.county = $1 AND o.zone > 0 AND o.at <= $4 AND p.county = $1
		AND p.household = o.household AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact
			AND g.person = p.key)),
recent AS MATERIALIZED (
	SELECT r.campaign, r.round FROM zone_round r WHERE r.county = $1 AND r.until_at > $8 ORDER BY r.until_at DESC, r.campaign, r.round DESC),
mine AS MATERIALIZED (
	SELECT m.* FROM member m WHERE (m.rank = 0 OR NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < m.rank))
	AND (NOT EXISTS (SELECT 1 FROM recent r CROSS JOIN swab s WHERE s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = m.person AND s.at >= $8 AND s.at < $8 + 86400000)
	AND (m.aliases_n = 0 OR NOT EXISTS (SELECT 1 FROM person b CROSS JOIN recent r CROSS JOIN swab s WHERE b.county = $1
		AND b.canon = m.person AND b.canon <> b.key AND s.county = $1
		AND s.campaign = r.campaign AND s.round = r.round AND s.person = b.key AND s.at >= $8 AND s.at < $8 + 86400000)))),
asked AS (SELECT m.* FROM mine m WHERE m.person NOT IN (SELECT a.person FROM away a))
SELECT count(*) FROM asked WHERE $5 > $6
-- name: zones_unserved_n
WITH z AS (SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.key = $7 AND y.state = 2),
member AS (
	SELECT z.key AS zone, z.rank, p.key AS person, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 1 AND c.nested = 0 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
	UNION ALL SELECT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
	UNION ALL SELECT DISTINCT z.key, z.rank, p.key, p.household, p.area, p.aliases_n
	FROM z CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = z.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key AND p.canon = p.key AND p.from_at <= $4 AND (p.until_at = 0 OR p.until_at > $4)
		AND p.area BETWEEN $2 AND $3
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 1 AND p.area BETWEEN w.lo AND w.hi)
		AND NOT EXISTS (SELECT 1 FROM zone_cover w WHERE w.county = $1 AND w.zone = z.key AND w.kind = 2 AND w.household = p.household)),
upper AS (
	SELECT y.key, y.rank FROM zone y WHERE y.county = $1 AND y.state = 2 AND y.start_at <= $4 AND y.rank < (SELECT max(z.rank) FROM z)),
above AS MATERIALIZED (
	SELECT p.key AS person, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 1 AND p.county = $1 AND p.area BETWEEN c.lo AND c.hi
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 2 AND p.county = $1 AND p.household = c.household
	UNION ALL SELECT p.key, y.rank FROM upper y CROSS JOIN zone_cover c CROSS JOIN household h CROSS JOIN person p
	WHERE c.county = $1 AND c.zone = y.key AND c.kind = 3 AND c.building <> '' AND h.county = $1 AND h.area = c.lo AND h.building = c.building
		AND (c.unit = '' OR h.unit = c.unit) AND p.county = $1 AND p.household = h.key),
ward AS MATERIALIZED (
	SELECT p.canon AS person FROM case_file f CROSS JOIN person p
	WHERE f.county = $1 AND f.opened_at > 0 AND f.withdrawn_at = 0 AND f.isolated_at > 0 AND f.isolated_at <= $4 AND p.county = $1 AND p.key = f.person),
-- who is not in the zone at present: in hospital, in central isolation, out by an exit, moved out
away AS MATERIALIZED (
	SELECT w.person FROM ward w
	UNION SELECT k.person FROM contact k WHERE k.county = $1 AND k.state = 1 AND k.secured_at > 0 AND k.secured_at <= $4 AND k.place IN (0, 2)
	UNION SELECT x.person FROM zone_exit x WHERE x.county = $1 AND x.granted_at <= $4 AND (x.returned_at = 0 OR x.returned_at > $4)
	UNION SELECT p.key FROM zone_moved_out o CROSS JOIN person p WHERE o.county = $1 AND o.zone > 0 AND o.at <= $4 AND p.county = $1
		AND p.household = o.household AND NOT EXISTS (SELECT 1 FROM zone_stayed g WHERE g.county = $1 AND g.household = o.household AND g.fact = o.fact
			AND g.person = p.key)),
home AS (
	SELECT m.household, count(*) AS n FROM member m
	WHERE m.household > 0 AND (m.rank = 0 OR NOT EXISTS (SELECT 1 FROM above w WHERE w.person = m.person AND w.rank < m.rank))
	AND NOT EXISTS (SELECT 1 FROM zone_service v WHERE v.county = $1 AND v.zone = m.zone AND v.day = $8 AND v.household = m.household)
	AND m.person NOT IN (SELECT a.person FROM away a)
	GROUP BY m.household)
SELECT count(*) FROM home WHERE $5 > $6
