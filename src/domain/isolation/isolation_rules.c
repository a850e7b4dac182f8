/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "domain/isolation/rooms.h"

const char *const isolation_fits[] = {"ok", "room_unknown", "site_closed", "closed", "kind", "disputed", "not_clean", "resting", "full", "class",
				      "strangers", "elsewhere", "not_admitted", NULL};
_Static_assert(ARRAY_N(isolation_fits) == FIT__N + 1, "one word for each answer");

bool isolation_kind_takes(int64_t kind, int64_t class)
{
	switch (kind) {
	case SITE_CASES_MILD:
		return class == EXPOSED_CASE;
	case SITE_ARRIVALS:
		return class == EXPOSED_ARRIVAL;
	case SITE_CONTACTS:
		return class != EXPOSED_CASE && class != EXPOSED_ARRIVAL;
	default:
		return true; /* the site is not known yet */
	}
}

/* a looks after b, or after a child of b's household while b is one too. */
static bool guards(const struct isolation_occupant *a, const struct isolation_occupant *b)
{
	if (!b->dependent || a->guards == 0)
		return false;
	return a->guards == b->person || (a->guards_household > 0 && a->guards_household == b->household);
}

bool isolation_may_share(const struct isolation_occupant *a, const struct isolation_occupant *b)
{
	if (a->class != b->class)
		return false;
	return (a->household > 0 && a->household == b->household) || guards(a, b) || guards(b, a);
}

enum isolation_fit isolation_room_fits(const struct isolation_room *room, const struct isolation_occupant *who, int64_t at)
{
	if (!room->registered)
		return FIT_ROOM_UNKNOWN;
	if (room->site_closed)
		return FIT_SITE_CLOSED;
	if (room->closed)
		return FIT_CLOSED;
	if (!isolation_kind_takes(room->kind, who->class))
		return FIT_KIND;
	if (room->disputed_n > 0)
		return FIT_DISPUTED;
	if (room->dirty_at > 0)
		return FIT_NOT_CLEAN;
	if (at < room->rest_until)
		return FIT_RESTING;
	if ((int64_t)(room->in_n + room->held_n) >= room->beds)
		return FIT_FULL;
	for (size_t i = 0; i < room->in_n; i++)
		if (room->in[i].class != who->class)
			return FIT_CLASS;
	for (size_t i = 0; i < room->in_n; i++)
		if (!isolation_may_share(&room->in[i], who))
			return FIT_STRANGERS;
	return FIT_OK;
}
