-- SPDX-License-Identifier: Apache-2.0
-- Rows contact and contact_unmet and the duties stand under the record that merges keep (person.canon); events under the one named.
-- The *_event tables, visit, contact_link and positive_tube only grow; case_file, contact and contact_unmet are computed from them.
-- 0 stands for an instant or an entity that is not known, -1 for a word that was not given.

-- script: tracing_schema
CREATE TABLE IF NOT EXISTS case_event (
	county INTEGER NOT NULL,
	case_key INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- enum case_what
	person INTEGER NOT NULL,
	class INTEGER NOT NULL,
	found_by INTEGER NOT NULL,
	onset_at INTEGER NOT NULL,
	sampled_at INTEGER NOT NULL,
	last_negative_at INTEGER NOT NULL,
	tube INTEGER NOT NULL,
	place INTEGER NOT NULL,
	flag INTEGER NOT NULL,      -- revised: withdrawn; interviewed: complete
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	edition TEXT NOT NULL,
	PRIMARY KEY (county, case_key, at, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS case_file (
	county INTEGER NOT NULL,
	case_key INTEGER NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	person INTEGER NOT NULL,
	class INTEGER NOT NULL,
	found_by INTEGER NOT NULL,
	onset_at INTEGER NOT NULL,
	sampled_at INTEGER NOT NULL,
	last_negative_at INTEGER NOT NULL,
	tube INTEGER NOT NULL,
	opened_at INTEGER NOT NULL,
	positive_at INTEGER NOT NULL,    -- when the positive result was reported; opened_at when the tube is not known
	isolated_at INTEGER NOT NULL,    -- first told of (tracing.case_isolated), or placed as a case (placement), whichever was earlier
	told_isolated_at INTEGER NOT NULL, -- told of alone
	place INTEGER NOT NULL,
	interviewed_at INTEGER NOT NULL, -- first interview
	completed_at INTEGER NOT NULL,   -- first complete one
	withdrawn_at INTEGER NOT NULL,
	window_from INTEGER NOT NULL,    -- could infect others: [window_from, window_to); both 0 when no anchor is known
	window_to INTEGER NOT NULL,      -- 0 = until isolated
	household_tier TEXT NOT NULL,    -- proposed for those who live with the case
	visit_tier TEXT NOT NULL,        -- proposed for those who were at a place at the same time
	edition TEXT NOT NULL,
	PRIMARY KEY (county, case_key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS case_file_person ON case_file (county, person);
CREATE INDEX IF NOT EXISTS case_file_tube ON case_file (county, tube);
CREATE TABLE IF NOT EXISTS positive_tube (
	county INTEGER NOT NULL,
	tube INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	edition TEXT NOT NULL,
	PRIMARY KEY (county, tube, at, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visit (
	county INTEGER NOT NULL,
	visit INTEGER NOT NULL,
	at INTEGER NOT NULL,        -- of the fact that counts (the newest)
	fact BLOB NOT NULL,
	person INTEGER NOT NULL,    -- 0: only withdrawn so far
	place INTEGER NOT NULL,
	area INTEGER NOT NULL,
	from_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL,
	source INTEGER NOT NULL,
	withdrawn INTEGER NOT NULL,
	withdrawn_at INTEGER NOT NULL, -- of the newest withdrawal, 0 = none
	PRIMARY KEY (county, visit)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visit_person ON visit (county, person, from_at);
CREATE INDEX IF NOT EXISTS visit_place ON visit (county, place, from_at);
CREATE TABLE IF NOT EXISTS contact_link (
	county INTEGER NOT NULL,
	link INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	case_key INTEGER NOT NULL,
	person INTEGER NOT NULL,
	setting TEXT NOT NULL,
	tier TEXT NOT NULL,         -- proposed by the edition for that setting; '' = none
	first_at INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	evidence INTEGER NOT NULL,
	withdrawn INTEGER NOT NULL,
	withdrawn_at INTEGER NOT NULL,
	PRIMARY KEY (county, link)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS contact_link_case ON contact_link (county, case_key);
-- Whose stays, or which place, changed last with which fact: what the tracing engine reads to catch up.
CREATE TABLE IF NOT EXISTS visit_change (
	county INTEGER NOT NULL,
	entity_key INTEGER NOT NULL, -- a person, a place, or whatever was erased
	erased INTEGER NOT NULL,     -- 1: the person's key was destroyed; the engine forgets the stays
	changed_seq INTEGER NOT NULL,
	PRIMARY KEY (county, entity_key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visit_change_order ON visit_change (county, changed_seq);
-- Everything that was ever said of a stay, for looking back.
CREATE TABLE IF NOT EXISTS visit_event (
	county INTEGER NOT NULL,
	visit INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	person INTEGER NOT NULL,    -- 0: this fact withdraws the stay
	place INTEGER NOT NULL,
	from_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL,
	event_seq INTEGER NOT NULL, -- number of the fact
	PRIMARY KEY (county, visit, at, fact)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visit_event_order ON visit_event (county, event_seq);
CREATE TABLE IF NOT EXISTS visit_load (
	county INTEGER NOT NULL,
	fact BLOB NOT NULL,
	at INTEGER NOT NULL,
	source TEXT NOT NULL,
	rows_n INTEGER NOT NULL,
	accepted INTEGER NOT NULL,
	rejected INTEGER NOT NULL,
	digest TEXT NOT NULL,        -- SHA-256 of the file, hexadecimal
	first_day INTEGER NOT NULL,
	last_day INTEGER NOT NULL,
	PRIMARY KEY (county, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visit_retention (
	county INTEGER NOT NULL,
	fact BLOB NOT NULL,
	at INTEGER NOT NULL,
	before_day INTEGER NOT NULL, -- stays that begin before this day are gone; the largest counts
	PRIMARY KEY (county, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contact_event (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- enum contact_what
	case_key INTEGER NOT NULL,
	linked INTEGER NOT NULL,
	tier TEXT NOT NULL,         -- classified: tier; measure given: measure
	first_at INTEGER NOT NULL,  -- classified: first exposure; reset: the new anchor
	last_at INTEGER NOT NULL,   -- classified: last exposure
	place INTEGER NOT NULL,
	flag INTEGER NOT NULL,      -- checked: sign of illness; released: early; answered: granted
	half INTEGER NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	edition TEXT NOT NULL,
	PRIMARY KEY (county, person, at, fact)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS contact_event_case ON contact_event (county, case_key);
CREATE INDEX IF NOT EXISTS contact_event_linked ON contact_event (county, linked) WHERE linked > 0;
-- What the facts of other domains say of a contact: in place (admitted to an isolation site, handed over to a hospital), room sampled.
CREATE TABLE IF NOT EXISTS placement (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	at INTEGER NOT NULL,
	fact BLOB NOT NULL,
	what INTEGER NOT NULL,      -- enum contact_what: secured, environment
	place INTEGER NOT NULL,     -- enum tracing_place, -1 = none
	flag INTEGER NOT NULL,      -- environment: all samples negative, else -1
	as_case INTEGER NOT NULL,   -- 1: where cases are taken, so this person's case is isolated
	PRIMARY KEY (county, person, at, fact)
) WITHOUT ROWID;
-- Facts that were said to be a mistake.
CREATE TABLE IF NOT EXISTS placement_void (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	fact BLOB NOT NULL,
	PRIMARY KEY (county, person, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contact (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	outbreak INTEGER NOT NULL,
	area INTEGER NOT NULL,
	case_key INTEGER NOT NULL,
	linked INTEGER NOT NULL,
	tier TEXT NOT NULL,
	edition TEXT NOT NULL,
	state INTEGER NOT NULL,     -- enum tracing_contact_state
	signed_at INTEGER NOT NULL,
	identified_at INTEGER NOT NULL,
	first_exposure_at INTEGER NOT NULL,
	last_exposure_at INTEGER NOT NULL,
	starts_at INTEGER NOT NULL, -- beginning of day 1
	ends_at INTEGER NOT NULL,   -- earliest regular release
	days_n INTEGER NOT NULL,
	secured_at INTEGER NOT NULL,
	place INTEGER NOT NULL,     -- where secured last
	ended_at INTEGER NOT NULL,  -- released, became a case, or the ground lapsed; 0 while it runs
	early INTEGER NOT NULL,
	proposed_tier TEXT NOT NULL, -- the facts move the person there; '' = none
	central_from INTEGER NOT NULL,  -- the stages in a central site: [from, until); 0 = none
	central_until INTEGER NOT NULL,
	PRIMARY KEY (county, person)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS contact_case ON contact (county, case_key);
CREATE TABLE IF NOT EXISTS contact_unmet (
	county INTEGER NOT NULL,
	person INTEGER NOT NULL,
	condition INTEGER NOT NULL, -- enum protocol_condition
	earliest_at INTEGER NOT NULL, -- when waiting alone can meet it; 0 = waiting alone cannot. stage_days_over is met from then on
	PRIMARY KEY (county, person, condition)
) WITHOUT ROWID;

-- name: tracing_case_event_put
INSERT INTO case_event (county, case_key, at, fact, what, person, class, found_by, onset_at, sampled_at, last_negative_at, tube,
	place, flag, outbreak, area, edition)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT DO NOTHING
-- name: tracing_case_events
SELECT at, what, person, class, found_by, onset_at, sampled_at, last_negative_at, tube, place, flag, outbreak, area, edition
FROM case_event WHERE county = $1 AND case_key = $2 ORDER BY at, fact
-- name: tracing_case_file_put
INSERT INTO case_file (county, case_key, outbreak, area, person, class, found_by, onset_at, sampled_at, last_negative_at, tube,
	opened_at, positive_at, isolated_at, place, interviewed_at, completed_at, withdrawn_at, window_from, window_to,
	household_tier, visit_tier, edition, told_isolated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
ON CONFLICT (county, case_key) DO UPDATE SET outbreak = excluded.outbreak, area = excluded.area, person = excluded.person,
	class = excluded.class, found_by = excluded.found_by, onset_at = excluded.onset_at, sampled_at = excluded.sampled_at,
	last_negative_at = excluded.last_negative_at, tube = excluded.tube, opened_at = excluded.opened_at,
	positive_at = excluded.positive_at, isolated_at = excluded.isolated_at, place = excluded.place,
	interviewed_at = excluded.interviewed_at, completed_at = excluded.completed_at, withdrawn_at = excluded.withdrawn_at,
	window_from = excluded.window_from, window_to = excluded.window_to, household_tier = excluded.household_tier,
	visit_tier = excluded.visit_tier, edition = excluded.edition, told_isolated_at = excluded.told_isolated_at
-- name: tracing_case_person
SELECT person FROM case_file WHERE county = $1 AND case_key = $2
-- Where a person is registered, by the record that is kept.
-- name: tracing_person_area
SELECT c.area FROM person p JOIN person c ON c.county = p.county AND c.key = p.canon
WHERE p.county = $1 AND p.key = $2 AND c.registered_at > 0
-- name: tracing_is_erased
SELECT count(*) FROM erasure WHERE county = $1 AND subject = $2
-- name: tracing_case_times
SELECT person, withdrawn_at, onset_at, sampled_at, isolated_at FROM case_file WHERE county = $1 AND case_key = $2
-- name: tracing_cases_of_tube
SELECT case_key FROM case_file WHERE county = $1 AND tube = $2 ORDER BY case_key
-- name: tracing_own_cases
SELECT opened_at, withdrawn_at FROM case_file WHERE county = $1 AND person = $2 ORDER BY opened_at
-- name: tracing_contacts_of_case
SELECT DISTINCT person FROM contact_event WHERE county = $1 AND case_key = $2 AND what = 1 ORDER BY person
-- name: tracing_dependents
SELECT DISTINCT person FROM contact_event WHERE county = $1 AND linked = $2 AND linked > 0 ORDER BY person
-- name: tracing_contacts_of_outbreak
SELECT DISTINCT person FROM contact_event WHERE county = $1 AND outbreak = $2 AND what = 1 ORDER BY person

-- name: tracing_positive_put
INSERT INTO positive_tube (county, tube, at, fact, outbreak, area, edition) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
-- name: tracing_positive_get
SELECT at, outbreak, area, edition FROM positive_tube WHERE county = $1 AND tube = $2 ORDER BY at, fact LIMIT 1
-- name: tracing_tube_persons
SELECT DISTINCT person FROM swab WHERE county = $1 AND tube = $2 ORDER BY person

-- How many human beings have a swab in the tube.
-- name: tracing_tube_heads
SELECT count(DISTINCT COALESCE(p.canon, s.person)) FROM swab s LEFT JOIN person p ON p.county = s.county AND p.key = s.person
WHERE s.county = $1 AND s.tube = $2

-- name: tracing_visit_put
INSERT INTO visit (county, visit, at, fact, person, place, area, from_at, until_at, source, withdrawn, withdrawn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0)
ON CONFLICT (county, visit) DO UPDATE SET at = excluded.at, fact = excluded.fact, person = excluded.person, place = excluded.place,
	area = excluded.area, from_at = excluded.from_at, until_at = excluded.until_at, source = excluded.source
WHERE visit.person = 0 OR visit.at < excluded.at OR (visit.at = excluded.at AND visit.fact < excluded.fact)
-- name: tracing_visit_withdraw
INSERT INTO visit (county, visit, at, fact, person, place, area, from_at, until_at, source, withdrawn, withdrawn_at)
VALUES ($1, $2, 0, $3, 0, 0, 0, 0, 0, -1, 1, $4)
ON CONFLICT (county, visit) DO UPDATE SET withdrawn = 1,
	withdrawn_at = CASE WHEN visit.withdrawn_at < excluded.withdrawn_at THEN excluded.withdrawn_at ELSE visit.withdrawn_at END
-- name: tracing_visit_event_put
INSERT INTO visit_event (county, visit, at, fact, person, place, from_at, until_at, event_seq)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
-- name: tracing_visit_person
SELECT person FROM visit WHERE county = $1 AND visit = $2 AND person > 0
-- name: tracing_change_put
INSERT INTO visit_change (county, entity_key, erased, changed_seq) VALUES ($1, $2, $3, $4)
ON CONFLICT (county, entity_key) DO UPDATE SET changed_seq = excluded.changed_seq,
	erased = CASE WHEN visit_change.erased = 1 THEN 1 ELSE excluded.erased END
-- name: tracing_load_put
INSERT INTO visit_load (county, fact, at, source, rows_n, accepted, rejected, digest, first_day, last_day)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
-- name: tracing_load_known
SELECT count(*) FROM visit_load WHERE county = $1 AND digest = $2
-- name: tracing_retention_put
INSERT INTO visit_retention (county, fact, at, before_day) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
-- The cases of a human being, whichever of its records they name.
-- name: tracing_cases_of_person
SELECT case_key FROM case_file WHERE county = $1 AND person IN (SELECT $2 UNION SELECT q.canon FROM person q
	WHERE q.county = $1 AND q.key = $2 UNION SELECT r.key FROM person q JOIN person r ON r.county = q.county AND r.canon = q.canon
	AND r.canon <> r.key WHERE q.county = $1 AND q.key = $2) ORDER BY case_key
-- What was said last of the case's stays, links and own data, when a contact of it was signed last, and how many stays and links stand.
-- name: tracing_review
WITH r AS (SELECT $3 AS key UNION SELECT a.canon FROM person a WHERE a.county = $1 AND a.key = $3
	UNION SELECT b.key FROM person a JOIN person b ON b.county = a.county AND b.canon = a.canon AND b.canon <> b.key
	WHERE a.county = $1 AND a.key = $3)
SELECT COALESCE((SELECT max(CASE WHEN v.withdrawn_at > v.at THEN v.withdrawn_at ELSE v.at END) FROM r
		JOIN visit v ON v.county = $1 AND v.person = r.key), 0),
	COALESCE((SELECT max(CASE WHEN l.withdrawn_at > l.at THEN l.withdrawn_at ELSE l.at END) FROM contact_link l
		WHERE l.county = $1 AND l.case_key = $2), 0),
	COALESCE((SELECT max(c.at) FROM case_event c WHERE c.county = $1 AND c.case_key = $2 AND c.what IN (1, 2)), 0),
	COALESCE((SELECT max(e.at) FROM contact_event e WHERE e.county = $1 AND e.case_key = $2 AND e.what = 1), 0),
	(SELECT count(*) FROM r JOIN visit v ON v.county = $1 AND v.person = r.key WHERE v.withdrawn = 0)
	+ (SELECT count(*) FROM contact_link l WHERE l.county = $1 AND l.case_key = $2 AND l.withdrawn = 0 AND l.person > 0)
-- name: tracing_link_put
INSERT INTO contact_link (county, link, at, fact, case_key, person, setting, tier, first_at, last_at, evidence, withdrawn,
	withdrawn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0)
ON CONFLICT (county, link) DO UPDATE SET at = excluded.at, fact = excluded.fact, case_key = excluded.case_key,
	person = excluded.person, setting = excluded.setting, tier = excluded.tier, first_at = excluded.first_at,
	last_at = excluded.last_at, evidence = excluded.evidence
WHERE contact_link.person = 0 OR contact_link.at < excluded.at OR (contact_link.at = excluded.at AND contact_link.fact < excluded.fact)
-- name: tracing_link_withdraw
INSERT INTO contact_link (county, link, at, fact, case_key, person, setting, tier, first_at, last_at, evidence, withdrawn,
	withdrawn_at)
VALUES ($1, $2, 0, $3, 0, 0, '', '', 0, 0, -1, 1, $4)
ON CONFLICT (county, link) DO UPDATE SET withdrawn = 1, withdrawn_at = CASE WHEN contact_link.withdrawn_at < excluded.withdrawn_at
	THEN excluded.withdrawn_at ELSE contact_link.withdrawn_at END
-- name: tracing_link_case
SELECT case_key FROM contact_link WHERE county = $1 AND link = $2 AND case_key > 0

-- name: tracing_contact_event_put
INSERT INTO contact_event (county, person, at, fact, what, case_key, linked, tier, first_at, last_at, place, flag, half, outbreak,
	area, edition)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT DO NOTHING
-- name: tracing_contact_events
SELECT e.at, e.fact, e.what, e.case_key, e.linked, e.tier, e.first_at, e.last_at, e.place, e.flag, e.half, e.outbreak, e.area,
	e.edition, COALESCE(c.withdrawn_at, 0), COALESCE(c.onset_at, 0), COALESCE(c.sampled_at, 0), COALESCE(c.isolated_at, 0)
FROM contact_event e LEFT JOIN case_file c ON c.county = e.county AND c.case_key = e.case_key
WHERE e.county = $1 AND e.person = $2
UNION ALL
SELECT p.at, p.fact, p.what, 0, 0, '', 0, 0, p.place, p.flag, -1, 0, 0, '', 0, 0, 0, 0 FROM placement p
WHERE p.county = $1 AND p.person = $2
	AND NOT EXISTS (SELECT 1 FROM placement_void v WHERE v.county = p.county AND v.person = p.person AND v.fact = p.fact)
ORDER BY 1, 2
-- name: tracing_placement_put
INSERT INTO placement (county, person, at, fact, what, place, flag, as_case) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
-- name: tracing_placement_void_put
INSERT INTO placement_void (county, person, fact) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
-- When a person was first placed as a case, from $3 on; $4: by the facts up to this number, 0 = all.
-- name: tracing_placed_as_case
SELECT p.at, p.place FROM placement p WHERE p.county = $1 AND p.person = $2 AND p.at >= $3 AND p.as_case = 1
	AND NOT EXISTS (SELECT 1 FROM placement_void v WHERE v.county = p.county AND v.person = p.person AND v.fact = p.fact)
	AND ($4 = 0 OR EXISTS (SELECT 1 FROM fact f WHERE f.county = p.county AND f.id = p.fact AND f.seq <= $4))
ORDER BY p.at, p.fact LIMIT 1
-- name: tracing_person_canon
SELECT canon, aliases_n FROM person WHERE county = $1 AND key = $2
-- name: tracing_aliases
SELECT key FROM person WHERE county = $1 AND canon = $2 AND canon <> key ORDER BY key
-- name: tracing_contact_drop
DELETE FROM contact WHERE county = $1 AND person = $2
-- name: tracing_contact_identified
SELECT COALESCE(min(at), 0) FROM contact_event WHERE county = $1 AND person = $2 AND what = 1
-- name: tracing_contact_put
INSERT INTO contact (county, person, outbreak, area, case_key, linked, tier, edition, state, signed_at, identified_at,
	first_exposure_at, last_exposure_at, starts_at, ends_at, days_n, secured_at, place, ended_at, early, proposed_tier, central_from,
	central_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
ON CONFLICT (county, person) DO UPDATE SET outbreak = excluded.outbreak, area = excluded.area, case_key = excluded.case_key,
	linked = excluded.linked, tier = excluded.tier, edition = excluded.edition, state = excluded.state,
	signed_at = excluded.signed_at, identified_at = excluded.identified_at, first_exposure_at = excluded.first_exposure_at,
	last_exposure_at = excluded.last_exposure_at, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
	days_n = excluded.days_n, secured_at = excluded.secured_at, place = excluded.place, ended_at = excluded.ended_at,
	early = excluded.early, proposed_tier = excluded.proposed_tier, central_from = excluded.central_from,
	central_until = excluded.central_until
-- name: tracing_unmet_clear
DELETE FROM contact_unmet WHERE county = $1 AND person = $2
-- name: tracing_unmet_put
INSERT INTO contact_unmet (county, person, condition, earliest_at) VALUES ($1, $2, $3, $4)
-- name: tracing_person_duties
SELECT kind, part, state, outbreak, area, from_at, due_at, done_at, clause FROM duty
WHERE county = $1 AND subject = $2 AND kind IN ('tracing.transfer', 'tracing.move', 'tracing.test', 'tracing.check',
	'tracing.measure', 'tracing.release', 'tracing.reclassify', 'tracing.answer_appeal', 'tracing.open_case')
	AND state > 0
-- name: tracing_watched_keys
SELECT county, person FROM contact_event WHERE what = 1
UNION SELECT county, linked FROM contact_event WHERE linked > 0
UNION SELECT county, person FROM case_file
UNION SELECT county, tube FROM positive_tube
UNION SELECT county, subject FROM duty WHERE kind = 'tracing.open_case'
UNION SELECT county, key FROM person WHERE canon <> key
UNION SELECT county, canon FROM person WHERE canon <> key

-- name: tracing_audit_case
SELECT p.id, c.opened_at, c.withdrawn_at, c.told_isolated_at FROM entity k JOIN case_file c ON c.county = k.county AND c.case_key = k.key
JOIN entity p ON p.county = c.county AND p.key = c.person WHERE k.county = $1 AND k.id = $2
-- name: tracing_audit_cases
SELECT count(*) FROM case_file WHERE county = $1
-- name: tracing_audit_events
SELECT count(*) FROM contact_event WHERE county = $1 AND what = $2

-- name: tracing_q_cases
SELECT ce.id, pe.id, c.class, c.found_by, c.area, c.onset_at, c.sampled_at, c.opened_at, c.isolated_at, c.place, c.interviewed_at,
	c.completed_at, c.withdrawn_at, c.window_from, c.window_to, c.edition,
	(SELECT count(*) FROM contact_link l WHERE l.county = c.county AND l.case_key = c.case_key AND l.withdrawn = 0),
	(SELECT count(*) FROM contact x WHERE x.county = c.county AND x.case_key = c.case_key),
	(SELECT count(*) FROM contact x WHERE x.county = c.county AND x.case_key = c.case_key AND x.state = 1),
	(SELECT count(*) FROM contact x WHERE x.county = c.county AND x.case_key = c.case_key AND x.state = 3)
FROM case_file c JOIN entity ce ON ce.county = c.county AND ce.key = c.case_key
JOIN entity pe ON pe.county = c.county AND pe.key = c.person
WHERE c.county = $1 AND c.area BETWEEN $2 AND $3 AND ($7 = 1 OR c.withdrawn_at = 0) AND c.opened_at >= $8 AND $4 >= 0
ORDER BY c.opened_at DESC, ce.id LIMIT $5 OFFSET $6
-- name: tracing_q_case
SELECT pe.id, c.class, c.found_by, c.area, c.onset_at, c.sampled_at, c.last_negative_at, te.id, c.opened_at, c.isolated_at, c.place,
	c.interviewed_at, c.completed_at, c.withdrawn_at, c.window_from, c.window_to, c.edition,
	xe.id, x.tier, x.state, x.signed_at, x.first_exposure_at, x.last_exposure_at, x.secured_at, x.ends_at, x.ended_at
FROM case_file c JOIN entity pe ON pe.county = c.county AND pe.key = c.person
LEFT JOIN entity te ON te.county = c.county AND te.key = c.tube
LEFT JOIN contact x ON x.county = c.county AND x.case_key = c.case_key
LEFT JOIN entity xe ON xe.county = x.county AND xe.key = x.person
WHERE c.county = $1 AND c.area BETWEEN $2 AND $3 AND c.case_key = $7 AND $4 >= 0
ORDER BY x.signed_at, xe.id LIMIT $5 OFFSET $6
-- name: tracing_q_proposals
WITH c AS (SELECT * FROM case_file WHERE county = $1 AND area BETWEEN $2 AND $3 AND case_key = $7 AND withdrawn_at = 0),
found AS (
	SELECT h.key AS person, 0 AS via, 0 AS evidence, 'living_together' AS setting, c.household_tier AS tier, c.window_from AS first_at,
		CASE WHEN c.window_to = 0 THEN $4 ELSE c.window_to END AS last_at
	FROM c JOIN person o ON o.county = c.county AND o.key = c.person
	JOIN person h ON h.county = o.county AND h.household = o.household
	WHERE o.household > 0 AND h.key <> o.canon AND h.canon = h.key AND h.registered_at > 0
		AND (h.until_at = 0 OR h.until_at > c.window_from)
	UNION ALL
	SELECT l.person, 1, l.link, l.setting, l.tier, l.first_at, l.last_at
	FROM c JOIN contact_link l ON l.county = c.county AND l.case_key = c.case_key WHERE l.withdrawn = 0 AND l.person > 0
	UNION ALL
	SELECT v.person, 2, v.visit, 'closed_room', c.visit_tier,
		CASE WHEN v.from_at > a.from_at THEN v.from_at ELSE a.from_at END,
		CASE WHEN v.until_at < a.until_at THEN v.until_at ELSE a.until_at END
	FROM c JOIN visit a ON a.county = c.county AND a.person = c.person
	JOIN visit v ON v.county = a.county AND v.place = a.place
	WHERE a.withdrawn = 0 AND v.withdrawn = 0 AND v.person > 0 AND v.person <> a.person
		AND v.from_at <= a.until_at AND a.from_at <= v.until_at AND c.window_from > 0
		AND a.until_at >= c.window_from AND v.until_at >= c.window_from
		AND (c.window_to = 0 OR (a.from_at < c.window_to AND v.from_at < c.window_to)))
SELECT pe.id, f.via, ve.id, f.setting, f.tier, f.first_at, f.last_at, c.window_from, c.window_to, COALESCE(x.state, 0), x.tier,
	CASE WHEN EXISTS (SELECT 1 FROM case_file o WHERE o.county = c.county AND o.withdrawn_at = 0
		AND (o.person = f.person OR o.person = q.canon)) THEN 1 ELSE 0 END
FROM c JOIN found f ON f.person <> c.person
LEFT JOIN person q ON q.county = c.county AND q.key = f.person
JOIN entity pe ON pe.county = c.county AND pe.key = f.person
LEFT JOIN entity ve ON ve.county = c.county AND ve.key = f.evidence
LEFT JOIN contact x ON x.county = c.county AND x.person = COALESCE(q.canon, f.person)
ORDER BY f.via, pe.id, f.first_at, ve.id LIMIT $5 OFFSET $6
-- name: tracing_q_contacts
SELECT pe.id, ce.id, x.area, x.tier, x.state, le.id, x.edition, x.signed_at, x.identified_at, x.first_exposure_at, x.last_exposure_at,
	x.starts_at, x.ends_at, CASE WHEN $4 < x.starts_at THEN 0 ELSE ($4 - x.starts_at) / 86400000 + 1 END, x.days_n, x.secured_at, x.place,
	x.ended_at, x.early, x.proposed_tier,
	(SELECT count(*) FROM contact_unmet u WHERE u.county = x.county AND u.person = x.person
	 AND NOT (u.condition = 0 AND u.earliest_at <= $4))
FROM contact x JOIN entity pe ON pe.county = x.county AND pe.key = x.person
JOIN entity ce ON ce.county = x.county AND ce.key = x.case_key
LEFT JOIN entity le ON le.county = x.county AND le.key = x.linked
WHERE x.county = $1 AND x.area BETWEEN $2 AND $3 AND ($7 = 0 OR x.case_key = $7) AND ($8 < 0 OR x.state = $8) AND ($9 = '' OR x.tier = $9)
ORDER BY x.ends_at, pe.id LIMIT $5 OFFSET $6
-- name: tracing_q_unmet
SELECT pe.id, ce.id, x.tier, u.condition, u.earliest_at, x.ends_at
FROM contact_unmet u JOIN contact x ON x.county = u.county AND x.person = u.person
JOIN entity pe ON pe.county = x.county AND pe.key = x.person
JOIN entity ce ON ce.county = x.county AND ce.key = x.case_key
WHERE x.county = $1 AND x.area BETWEEN $2 AND $3 AND ($7 = 0 OR x.person = $7) AND ($8 = 0 OR x.case_key = $8)
	AND NOT (u.condition = 0 AND u.earliest_at <= $4)
ORDER BY x.ends_at, pe.id, u.condition LIMIT $5 OFFSET $6
-- name: tracing_q_follow_up
WITH d AS (
	SELECT d.subject, CASE WHEN d.kind = 'tracing.test' THEN d.part % 1000 ELSE d.part / 10 END AS day, d.from_at,
		CASE WHEN d.kind = 'tracing.test' THEN 1 ELSE 0 END AS test, d.state, d.due_at, d.waived_at
	FROM duty d WHERE d.county = $1 AND d.kind IN ('tracing.test', 'tracing.check') AND d.state IN (1, 2))
SELECT pe.id, ce.id, x.tier, x.state, d.day, min(d.from_at), sum(d.test), sum(CASE WHEN d.test = 1 AND d.state = 2 THEN 1 ELSE 0 END),
	sum(1 - d.test), sum(CASE WHEN d.test = 0 AND d.state = 2 THEN 1 ELSE 0 END),
	sum(CASE WHEN d.state = 1 AND d.waived_at = 0 AND d.due_at < $4 THEN 1 ELSE 0 END)
FROM d JOIN contact x ON x.county = $1 AND x.person = d.subject
JOIN entity pe ON pe.county = x.county AND pe.key = x.person
JOIN entity ce ON ce.county = x.county AND ce.key = x.case_key
WHERE x.area BETWEEN $2 AND $3 AND ($7 = 0 OR x.case_key = $7) AND ($8 = 0 OR x.person = $8) AND ($9 = 1 OR x.state = 1)
GROUP BY pe.id, ce.id, x.tier, x.state, d.day
ORDER BY pe.id, d.day LIMIT $5 OFFSET $6
-- name: tracing_q_watch
SELECT ve.id, le.id, v.area, v.from_at, v.until_at, v.source,
	CASE WHEN c.window_from > 0 AND v.until_at >= c.window_from AND (c.window_to = 0 OR v.from_at < c.window_to) THEN 1 ELSE 0 END,
	(SELECT count(DISTINCT o.person) FROM visit o WHERE o.county = v.county AND o.place = v.place AND o.person <> v.person
	 AND o.person > 0 AND o.withdrawn = 0 AND o.from_at <= v.until_at AND v.from_at <= o.until_at)
FROM case_file c JOIN visit v ON v.county = c.county AND v.person = c.person
JOIN entity ve ON ve.county = v.county AND ve.key = v.visit
JOIN entity le ON le.county = v.county AND le.key = v.place
WHERE c.county = $1 AND c.area BETWEEN $2 AND $3 AND c.case_key = $7 AND v.withdrawn = 0 AND $4 >= 0
ORDER BY v.from_at, ve.id LIMIT $5 OFFSET $6

-- ---- what the engine reads ---------------------------------------------------------------------------------------------
-- Which ledger this is: the id of the county's first fact.
-- name: tracing_engine_ledger
SELECT id FROM fact WHERE county = $1 AND seq = 1
-- name: tracing_engine_counties
SELECT DISTINCT county FROM visit_change UNION SELECT DISTINCT county FROM visit_retention ORDER BY 1
-- name: tracing_engine_dropped
SELECT COALESCE(max(before_day), -1000000) FROM visit_retention WHERE county = $1
-- Places among what changed, with their type and what they are part of.
-- name: tracing_engine_places
SELECT e.id, p.type, u.id FROM visit_change c JOIN place p ON p.county = c.county AND p.key = c.entity_key
JOIN entity e ON e.county = p.county AND e.key = p.key LEFT JOIN entity u ON u.county = p.county AND u.key = p.parent
WHERE c.county = $1 AND c.changed_seq > $2 AND c.changed_seq <= $3 ORDER BY c.changed_seq, c.entity_key
-- Everything else that changed.
-- name: tracing_engine_changes
SELECT c.entity_key, e.id, c.erased, c.changed_seq FROM visit_change c JOIN entity e ON e.county = c.county AND e.key = c.entity_key
WHERE c.county = $1 AND c.changed_seq > $2 ORDER BY c.changed_seq, c.entity_key
-- name: tracing_engine_stays
SELECT pe.id, le.id, v.from_at, v.until_at FROM visit v JOIN entity pe ON pe.county = v.county AND pe.key = v.person
JOIN entity le ON le.county = v.county AND le.key = v.place WHERE v.county = $1 AND v.withdrawn = 0 AND v.person > 0
-- name: tracing_engine_stays_of
SELECT le.id, v.from_at, v.until_at FROM visit v JOIN entity le ON le.county = v.county AND le.key = v.place
WHERE v.county = $1 AND v.person = $2 AND v.withdrawn = 0

-- ---- what the computed queries ask beside the stays: $1 county, $2 and $3 area, $4 case or 0, $5 outbreak or 0 -----------
-- Every record of every case's person.
-- name: tracing_engine_cases
WITH c AS (SELECT * FROM case_file WHERE county = $1 AND area BETWEEN $2 AND $3 AND withdrawn_at = 0 AND ($4 = 0 OR case_key = $4)
	AND ($5 = 0 OR outbreak = $5)),
r AS (
	SELECT c.case_key, COALESCE(p.canon, c.person) AS record FROM c LEFT JOIN person p ON p.county = c.county AND p.key = c.person
	UNION ALL
	SELECT c.case_key, b.key FROM c JOIN person p ON p.county = c.county AND p.key = c.person
	JOIN person b ON b.county = p.county AND b.canon = p.canon AND b.canon <> b.key)
SELECT ce.id, c.case_key, re.id, c.window_from, c.window_to, c.edition, c.outbreak, c.opened_at, c.onset_at, c.sampled_at, pe.id
FROM c JOIN r ON r.case_key = c.case_key JOIN entity ce ON ce.county = c.county AND ce.key = c.case_key
JOIN entity pe ON pe.county = c.county AND pe.key = c.person JOIN entity re ON re.county = c.county AND re.key = r.record
ORDER BY c.case_key, re.id
-- Household (0) and named contacts (1) of these cases.
-- name: tracing_engine_links
WITH c AS (SELECT * FROM case_file WHERE county = $1 AND area BETWEEN $2 AND $3 AND withdrawn_at = 0 AND window_from > 0
	AND ($4 = 0 OR case_key = $4) AND ($5 = 0 OR outbreak = $5)),
f AS (
	SELECT c.person AS source, h.key AS person, 0 AS kind, 0 AS first_at, 0 AS last_at, c.window_from AS window_from
	FROM c JOIN person o ON o.county = c.county AND o.key = c.person JOIN person h ON h.county = o.county AND h.household = o.household
	WHERE o.household > 0 AND h.key <> o.canon AND h.canon = h.key AND h.registered_at > 0
		AND (h.until_at = 0 OR h.until_at > c.window_from)
	UNION ALL
	SELECT c.person, l.person, 1, l.first_at, l.last_at, c.window_from FROM c JOIN contact_link l ON l.county = c.county
		AND l.case_key = c.case_key WHERE l.withdrawn = 0 AND l.person > 0)
SELECT s.id, e.id, f.kind, f.first_at, f.last_at, f.window_from FROM f JOIN entity s ON s.county = $1 AND s.key = f.source
JOIN entity e ON e.county = $1 AND e.key = f.person ORDER BY s.id, e.id, f.kind, f.first_at
-- Signed contacts, by every record of the person.
-- name: tracing_engine_signed
WITH r AS (
	SELECT x.person AS record, x.state, x.tier, x.secured_at FROM contact x WHERE x.county = $1
	UNION ALL
	SELECT b.key, x.state, x.tier, x.secured_at FROM contact x
	JOIN person b ON b.county = x.county AND b.canon = x.person AND b.canon <> b.key WHERE x.county = $1)
SELECT e.id, r.state, r.tier, r.secured_at FROM r JOIN entity e ON e.county = $1 AND e.key = r.record ORDER BY e.id
-- name: tracing_engine_case_persons
WITH r AS (
	SELECT COALESCE(p.canon, c.person) AS record FROM case_file c LEFT JOIN person p ON p.county = c.county AND p.key = c.person
	WHERE c.county = $1 AND c.withdrawn_at = 0
	UNION
	SELECT b.key FROM case_file c JOIN person p ON p.county = c.county AND p.key = c.person
	JOIN person b ON b.county = p.county AND b.canon = p.canon AND b.canon <> b.key WHERE c.county = $1 AND c.withdrawn_at = 0)
SELECT e.id FROM r JOIN entity e ON e.county = $1 AND e.key = r.record ORDER BY e.id
-- name: tracing_case_outbreak
SELECT o.id FROM entity e JOIN case_file c ON c.county = e.county AND c.case_key = e.key
JOIN entity o ON o.county = c.county AND o.key = c.outbreak WHERE e.county = $1 AND e.id = $2
-- The newest sample of a person taken since an instant.
-- name: tracing_engine_tested
SELECT s.at, t.result, t.reported_at
FROM entity e JOIN campaign_round r ON r.county = e.county CROSS JOIN swab s JOIN tube t ON t.county = s.county AND t.key = s.tube
WHERE e.county = $1 AND e.id = $2 AND s.county = r.county AND s.campaign = r.campaign AND s.round = r.round AND s.person = e.key
	AND s.at >= $3
ORDER BY s.at DESC, s.tube LIMIT 1

-- name: tracing_q_visit_loads
SELECT l.at, l.source, l.rows_n, l.accepted, l.rejected, l.digest, l.first_day, l.last_day
FROM visit_load l WHERE l.county = $1 AND $2 <= $3 AND $4 >= 0 ORDER BY l.at DESC, l.digest LIMIT $5 OFFSET $6

-- Cases as nodes of transmission chains, and who was signed as a contact of whom and became a case: $1 county, $2 and $3 area, $4 outbreak
-- or 0.
-- name: tracing_chain_cases
SELECT e.id, c.onset_at, c.sampled_at, c.isolated_at, c.opened_at FROM case_file c JOIN entity e ON e.county = c.county AND e.key = c.case_key
WHERE c.county = $1 AND c.area BETWEEN $2 AND $3 AND c.withdrawn_at = 0 AND ($4 = 0 OR c.outbreak = $4) ORDER BY c.opened_at, e.id
-- name: tracing_chain_links
WITH x AS (SELECT DISTINCT v.case_key, COALESCE(p.canon, v.person) AS person FROM contact_event v
	LEFT JOIN person p ON p.county = v.county AND p.key = v.person WHERE v.county = $1 AND v.what = 1),
c AS (SELECT f.case_key, COALESCE(p.canon, f.person) AS person FROM case_file f LEFT JOIN person p ON p.county = f.county AND p.key = f.person
	WHERE f.county = $1 AND f.area BETWEEN $2 AND $3 AND f.withdrawn_at = 0 AND ($4 = 0 OR f.outbreak = $4))
SELECT s.id, e.id FROM c JOIN x ON x.person = c.person JOIN case_file i ON i.county = $1 AND i.case_key = x.case_key AND i.withdrawn_at = 0
JOIN entity s ON s.county = $1 AND s.key = x.case_key JOIN entity e ON e.county = $1 AND e.key = c.case_key
ORDER BY s.id, e.id

-- ---- what a proposal was: $1 county, $2 case or number of a fact ----------------------------------------------------------
-- name: tracing_since_signed
SELECT COALESCE(max(f.seq), 0) FROM contact_event e JOIN fact f ON f.county = e.county AND f.id = e.fact
WHERE e.county = $1 AND e.case_key = $2 AND e.what = 1
-- The newest fact of each stay that was touched behind $2: as it was then (0) and as it is (1).
-- name: tracing_since_stays
WITH t AS (SELECT DISTINCT visit FROM visit_event WHERE county = $1 AND event_seq > $2),
x AS (
	SELECT v.visit, 0 AS side, v.at, v.fact, v.person, v.place, v.from_at, v.until_at FROM t JOIN visit_event v ON v.county = $1 AND v.visit = t.visit
	WHERE v.event_seq <= $2
	UNION ALL
	SELECT v.visit, 1, v.at, v.fact, v.person, v.place, v.from_at, v.until_at FROM t JOIN visit_event v ON v.county = $1 AND v.visit = t.visit)
SELECT y.side, pe.id, le.id, y.from_at, y.until_at FROM (
	SELECT x.*, row_number() OVER (PARTITION BY x.visit, x.side ORDER BY CASE WHEN x.person = 0 THEN 1 ELSE 0 END, x.at DESC, x.fact DESC) AS nth,
		max(CASE WHEN x.person = 0 THEN 1 ELSE 0 END) OVER (PARTITION BY x.visit, x.side) AS gone FROM x) y
JOIN entity pe ON pe.county = $1 AND pe.key = y.person JOIN entity le ON le.county = $1 AND le.key = y.place
WHERE y.nth = 1 AND y.gone = 0 AND y.person > 0 ORDER BY y.side, pe.id, y.from_at, le.id
-- Facts of a case up to a number; the columns of tracing_case_events.
-- name: tracing_since_case
SELECT e.at, e.what, e.person, e.class, e.found_by, e.onset_at, e.sampled_at, e.last_negative_at, e.tube, e.place, e.flag, e.outbreak, e.area,
	e.edition FROM case_event e JOIN fact f ON f.county = e.county AND f.id = e.fact
WHERE e.county = $1 AND e.case_key = $2 AND f.seq <= $3 ORDER BY e.at, e.fact
