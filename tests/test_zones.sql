-- SPDX-License-Identifier: Apache-2.0

-- Slots that hold more than their point may serve.
-- name: test_zones_overfull
SELECT count(*) FROM (SELECT s.point, s.day, s.slot FROM pickup_slot s JOIN pickup_point p ON p.county = s.county AND p.key = s.point
	WHERE s.county = $1 AND s.counts = 1 GROUP BY s.point, s.day, s.slot, p.capacity HAVING count(*) > p.capacity) over
-- Households whose slot does not count and that nobody is told of, or the other way round.
-- name: test_zones_unplaced
SELECT count(*) FROM pickup_slot s LEFT JOIN duty d ON d.county = s.county AND d.kind = 'zones.assign_slot' AND d.subject = s.household AND d.part = s.day
	AND d.state = 1
WHERE s.county = $1 AND ((s.counts = 0 AND d.kind IS NULL) OR (s.counts = 1 AND d.kind IS NOT NULL))
-- Sealed exits without their keeper, or blocked ways, that need not go at once.
-- name: test_zones_unguarded
SELECT count(*) FROM zone_barrier b LEFT JOIN duty d ON d.county = b.county AND d.kind = 'zones.remove_barrier' AND d.subject = b.barrier AND d.state = 1
WHERE b.county = $1 AND b.removed_at = 0 AND ((b.sealed = 1 AND b.present <> 1) OR b.fire = 0) AND (d.due_at IS NULL OR d.due_at > $2)
-- Sealed exits that were set without their keeper.
-- name: test_zones_sealed
SELECT count(*) FROM zone_barrier_event WHERE county = $1 AND what = 1 AND sealed = 1 AND (present <> 1 OR fire <> 1)
