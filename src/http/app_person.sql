-- SPDX-License-Identifier: Apache-2.0
-- What a person's own page shows. $1 county, $2 person: all records of that human being count.

-- name: app_person_contact
SELECT x.tier, x.edition, x.signed_at, x.first_exposure_at, x.last_exposure_at, x.starts_at, x.ends_at, x.place FROM contact x
WHERE x.county = $1 AND (x.person = $2 OR x.person IN (SELECT p.canon FROM person p WHERE p.county = $1 AND p.key = $2))
-- name: app_person_evidence
SELECT f.kind, f.at FROM order_evidence v JOIN fact f ON f.county = v.county AND f.id = v.evidence
JOIN entity e ON e.county = v.county AND e.key = v.order_key
WHERE v.county = $1 AND e.id = $2 ORDER BY f.at, v.evidence LIMIT 6
-- name: app_person_due
SELECT d.kind, d.from_at, d.due_at FROM duty d
WHERE d.county = $1 AND d.kind IN ('tracing.test', 'tracing.check', 'tracing.measure', 'testing.resample', 'testing.retest')
	AND (d.subject = $2 OR d.subject IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
		WHERE p.county = $1 AND p.key = $2))
	AND d.state = 1 AND d.waived_at = 0 AND d.due_at > $3 ORDER BY d.from_at, d.due_at, d.kind, d.part LIMIT 10
-- name: app_person_results
SELECT s.at, t.pool_size, t.result, t.reported_at
FROM campaign_round r CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
WHERE r.county = $1 AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round
	AND (s.person = $2 OR s.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
		WHERE p.county = $1 AND p.key = $2))
ORDER BY s.at DESC, s.tube LIMIT 8
-- name: app_person_appeals
SELECT a.made_at, a.answered_at, a.granted FROM appeal a WHERE a.county = $1 AND a.made_at > 0
	AND (a.person = $2 OR a.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
		WHERE p.county = $1 AND p.key = $2))
ORDER BY a.made_at DESC LIMIT 5
-- name: app_person_help
SELECT h.kind, h.asked_at, h.answered_at, h.outcome FROM help_request h WHERE h.county = $1 AND h.asked_at > 0
	AND (h.person = $2 OR h.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
		WHERE p.county = $1 AND p.key = $2))
ORDER BY h.asked_at DESC LIMIT 5
-- name: app_person_leaves
SELECT x.purpose, x.from_at, x.until_at FROM exit_leave x WHERE x.county = $1 AND x.until_at > $3
	AND (x.person = $2 OR x.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
		WHERE p.county = $1 AND p.key = $2))
ORDER BY x.from_at LIMIT 5
-- name: app_person_certificates
SELECT e.id, c.kind FROM certificate c JOIN entity e ON e.county = c.county AND e.key = c.certificate WHERE c.county = $1
	AND (c.person = $2 OR c.person IN (SELECT o.key FROM person p JOIN person o ON o.county = p.county AND o.canon = p.canon
		WHERE p.county = $1 AND p.key = $2))
ORDER BY c.at DESC, e.id LIMIT 4
