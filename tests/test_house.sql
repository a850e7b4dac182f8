-- SPDX-License-Identifier: Apache-2.0
-- The plain definition of house.clocks (test_definitions.c).
-- name: test_house_clocks
WITH span AS (
	SELECT clock, stop_at - start_at AS took, limit_ms, row_number() OVER (PARTITION BY clock ORDER BY stop_at - start_at) AS r,
		count(*) OVER (PARTITION BY clock) AS n
	FROM clock_span WHERE county = $1 AND area BETWEEN $2 AND $3 AND start_at >= $7 AND start_at < $8 AND stop_at > 0),
closed AS (
	SELECT clock, max(n) AS n, min(CASE WHEN r * 2 >= n THEN took END) AS p50, min(CASE WHEN r * 100 >= n * 95 THEN took END) AS p95,
		max(took) AS worst, sum(CASE WHEN limit_ms > 0 AND took > limit_ms THEN 1 ELSE 0 END) AS late
	FROM span GROUP BY clock),
running AS (
	SELECT clock, count(*) AS n, min(start_at) AS oldest, sum(CASE WHEN limit_ms > 0 AND $4 - start_at > limit_ms THEN 1 ELSE 0 END) AS late
	FROM clock_span WHERE county = $1 AND area BETWEEN $2 AND $3 AND start_at >= $7 AND start_at < $8 AND stop_at = 0 GROUP BY clock),
names AS (
	SELECT clock, max(limit_ms) AS limit_ms FROM clock_span
	WHERE county = $1 AND area BETWEEN $2 AND $3 AND start_at >= $7 AND start_at < $8 GROUP BY clock)
SELECT m.clock, m.limit_ms, COALESCE(c.n, 0), COALESCE(c.p50, 0), COALESCE(c.p95, 0), COALESCE(c.worst, 0), COALESCE(c.late, 0),
	COALESCE(o.n, 0), COALESCE(o.oldest, 0), COALESCE($4 - o.oldest, 0), COALESCE(o.late, 0)
FROM names m LEFT JOIN closed c ON c.clock = m.clock LEFT JOIN running o ON o.clock = m.clock ORDER BY m.clock LIMIT $5 OFFSET $6
