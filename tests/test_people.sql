-- SPDX-License-Identifier: Apache-2.0

-- name: test_people_canon
SELECT canon FROM person WHERE county = $1 AND key = $2
-- name: test_people_scan
SELECT count(*) FROM person p WHERE p.county + 0 = $1 AND p.area + 0 = $2 AND p.birth_year + 0 BETWEEN $3 AND $4 AND p.canon = p.key
-- name: test_people_row
INSERT INTO person_event (county, person, at, fact, kind, household, area, from_at, birth_year, sex, resident, reason)
VALUES ($1, $2, $3, $4, 1, $5, $6, $3, $7, 1, 1, -1)
