-- SPDX-License-Identifier: Apache-2.0

-- name: test_transfer_runs
SELECT e.id, r.class, r.boarded_n, r.aboard_n, r.refused_n, r.departed_at, r.broken, r.first_at, r.end_at
FROM transfer_run r JOIN entity e ON e.county = r.county AND e.key = r.key WHERE r.county = $1 ORDER BY e.id
-- name: test_transfer_files
SELECT e.id, f.state, f.conflict, f.boarded_at, f.handed_over_at, f.received_at
FROM transfer_file f JOIN entity e ON e.county = f.county AND e.key = f.key WHERE f.county = $1 ORDER BY e.id
-- name: test_transfer_rides
SELECT pe.id, re.id, d.boarded_at, d.fact, d.verdict, d.broke FROM transfer_ride d JOIN entity pe ON pe.county = d.county AND pe.key = d.person
JOIN entity re ON re.county = d.county AND re.key = d.run WHERE d.county = $1 ORDER BY d.boarded_at, d.fact
