/* SPDX-License-Identifier: Apache-2.0
 *
 * front.h - a drill of the whole response: a county that does not exist on one side, a real Sushui server on the other, and between them
 * simulated staff who do what people do: sign in, read their lists through GET, and report what happened through POST.
 *
 * The county and its epidemic are the truth; nobody but the disease knows it. Staff act on what the server tells them and on what they
 * see (a sick person at the clinic, a box that has arrived). What they do changes the epidemic: who is brought away infects nobody any
 * more, who is missed does. The clock is the caller's: it moves in steps, and between two steps everything asked is answered, so a
 * drill of a month takes seconds and the same seed gives the same facts. Posts are rows of one table (staff.h); a post that a person
 * has taken over is left alone.
 *
 * The drill knows no table and no function of the server: only HTTP and JSON. It owns what it allocates.
 */
#ifndef SUSHUI_DRILL_FRONT_H
#define SUSHUI_DRILL_FRONT_H

#include "drill/scenario.h"

struct front;

/* What the drill asks of whoever runs the server. */
struct front_host {
	void *ctx;
	uint16_t (*port)(void *ctx);          /* where the server listens; 0: nowhere at the moment */
	bool (*clock)(void *ctx, int64_t ms); /* turns the server's clock to that instant; may take its time; false: stop */
	enum err_code (*kill)(void *ctx, struct err *e); /* kills the server without warning and starts it again */
	bool (*by_hand)(void *ctx, const char *post); /* a person has taken this post over */
	void (*found)(void *ctx); /* the first positive is known: the response begins */
	void (*told)(void *ctx, uint32_t minutes_done, uint32_t minutes_all); /* progress, once a step */
};
struct front_account {
	char login[24], password[24];
	const char *role; /* of roles.def */
};
struct front_options {
	const struct scenario *scenario;
	uint64_t seed;
	const struct front_account *accounts; /* one for each role of front_roles, in every county of the scenario */
	size_t accounts_n;
	struct front_host host;
};

/* Roles that the posts sign in with, ended by NULL; the login is the role's name. */
extern const char *const front_roles[];
/* Names of the posts, ended by NULL: what by_hand is asked for. */
const char *front_post_at(size_t i);
/* First instant of the scenario's day 0. The zone of the process must be set. */
enum err_code front_begins_at(const struct scenario *s, int64_t *out_ms, struct err *e);
/* Code of 12 digits of the area that holds all counties of the scenario. */
int64_t front_area(const struct scenario *s);

/* Loads the register of every county, then runs day by day until nothing is left to do or the days are over. ERR_NETWORK when the
 * server stays away; *out is to be freed in any case. */
enum err_code front_run(struct front **out, const struct front_options *o, struct err *e);
void front_free(struct front **f); /* accepts a pointer to NULL, leaves NULL */
bool front_stopped(const struct front *f); /* by the clock's caller, before its end */

uint64_t front_asked(const struct front *f); /* requests so far */
uint64_t front_signed_in(const struct front *f);

/* Facts that were told and taken, by kind, in the order in which kinds were first told. */
struct front_kind {
	const char *kind;
	uint64_t told, refused;
};
const struct front_kind *front_kinds(const struct front *f, size_t *n);

#endif
