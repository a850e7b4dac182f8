/* SPDX-License-Identifier: Apache-2.0
 *
 * rooms.h - may this person have this room? One rule, without a database: the guard that refuses, the fold that turns what breaks it into a
 * conflict, the proposals, the plan and the tests all ask here.
 *
 * Source of the rules: mild cases are not put up with contacts or arrivals, rooms are single unless a family or a carer needs more (design
 * guide 2022 and the isolation guide of the 9th edition), children up to the edition's age stay with a parent or guardian; who shares has the same
 * exposure class. The order of the answers is the order in which a clerk can do something about them.
 */
#ifndef SUSHUI_DOMAIN_ISOLATION_ROOMS_H
#define SUSHUI_DOMAIN_ISOLATION_ROOMS_H

#include "core/base.h"

/* What a site is for. A site that mixes them cannot be opened. */
enum isolation_kind { SITE_CONTACTS, SITE_CASES_MILD, SITE_ARRIVALS };
/* Why somebody is here. Two classes never share a room. */
enum isolation_class {
	EXPOSED_CLOSE,      /* close contact */
	EXPOSED_SECONDARY,  /* contact of a close contact */
	EXPOSED_TRAVELLER,  /* left a risk zone */
	EXPOSED_ARRIVAL,    /* from abroad */
	EXPOSED_WORKER,     /* left a closed loop */
	EXPOSED_CASE,       /* case with mild or no signs */
	EXPOSED__N
};

struct isolation_occupant {
	int64_t person, household; /* keys; household 0 = not known */
	int64_t class;             /* enum isolation_class */
	bool dependent;            /* a child up to the edition's age, or one who needs help in daily life */
	int64_t guards;            /* whom this person accompanies, 0 = nobody */
	int64_t guards_household;  /* that person's household */
};

struct isolation_room {
	bool registered;
	int64_t beds;
	int64_t kind;       /* of its site, enum isolation_kind; -1 = the site is not known yet */
	bool site_closed, closed;
	int64_t dirty_at;   /* since when it waits for terminal disinfection, 0 = clean */
	int64_t rest_until; /* aired until then, 0 = rested */
	const struct isolation_occupant *in;
	size_t in_n;
	size_t held_n;      /* beds held for others by a decision; the fold leaves it 0: a decision is no fact of nature */
	size_t disputed_n;  /* persons who were reported here and do not count; the fold leaves it 0 */
};

enum isolation_fit {
	FIT_OK,
	FIT_ROOM_UNKNOWN, /* nobody registered it */
	FIT_SITE_CLOSED,
	FIT_CLOSED,
	FIT_KIND,         /* the site is not for this class */
	FIT_DISPUTED,     /* somebody may be in there whom the books do not count */
	FIT_NOT_CLEAN,    /* terminal disinfection is due */
	FIT_RESTING,      /* disinfected, still to be aired */
	FIT_FULL,
	FIT_CLASS,        /* another exposure class is in there */
	FIT_STRANGERS,    /* who shares is of one household, or guardian and ward */
	/* said by the fold of the person, not by the room */
	FIT_ELSEWHERE,    /* was in another room at that time */
	FIT_NOT_ADMITTED, /* moved without having been admitted */
	FIT__N
};
extern const char *const isolation_fits[]; /* their words, ended by NULL */

/* Whether `who` may enter the room at instant at; FIT_OK or the first reason against it. */
enum isolation_fit isolation_room_fits(const struct isolation_room *room, const struct isolation_occupant *who, int64_t at);
/* Whether two of one class may share a room. */
bool isolation_may_share(const struct isolation_occupant *a, const struct isolation_occupant *b);
/* Whether a site of this kind takes this class. */
bool isolation_kind_takes(int64_t kind, int64_t class);

#endif
