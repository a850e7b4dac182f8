/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/isolation/isolation_fold.h"
#include "ledger/watch.h"
#include "sql.gen.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watch watched; /* grows only, so one set serves all ledgers of the process */

void isolation_watch(int64_t county, int64_t person)
{
	pthread_mutex_lock(&lock);
	watch_add(&watched, county, person);
	pthread_mutex_unlock(&lock);
}

bool isolation_watched(int64_t county, int64_t person)
{
	pthread_mutex_lock(&lock);
	bool found = watch_has(&watched, county, person);
	pthread_mutex_unlock(&lock);
	return found;
}

enum err_code isolation_watch_load(struct ledger_tx *tx, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_isolation_watched_keys, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		isolation_watch(db_int(tx->db, 0), db_int(tx->db, 1));
	return db_stop(tx->db, e);
}

int64_t isolation_param(const struct protocol *p, const char *name, int64_t otherwise)
{
	const struct protocol_param *found = p ? protocol_param_find(p, str_of(name)) : NULL;
	return found && found->kind == PARAM_NUMBER && found->number >= 0 && found->number <= INT32_MAX ? (int64_t)found->number : otherwise;
}

bool isolation_dependent(int64_t birth_year, bool helped, int64_t at, int64_t child_max)
{
	char text[CALTIME_TEXT_N];
	int64_t year;
	caltime_format(at, text); /* begins with the local year */
	return helped || (birth_year > 0 && str_to_i64((struct str){text, 4}, &year) && year - birth_year <= child_max);
}

int64_t isolation_half_of(int64_t at)
{
	int32_t day = day_of(at);
	return 2 * (int64_t)day + (at >= day_at(day, 12, 0));
}

int64_t isolation_half_start(int64_t half)
{
	int32_t day = (int32_t)(half / 2);
	return half % 2 ? day_at(day, 12, 0) : day_start(day);
}

/* ---- duties ---------------------------------------------------------------------------------------------------- */

void isolation_owe(struct owed_list *l, int64_t outbreak, struct duty d)
{
	l->v = arena_grown(l->a, l->v, l->n, sizeof *l->v);
	l->v[l->n++] = (struct owed){.d = d, .outbreak = outbreak};
}

static bool same_duty(struct db *db, const struct owed *o)
{
	const struct duty *d = &o->d;
	return db_int(db, 1) == (int64_t)d->state && db_int(db, 2) == o->outbreak && db_int(db, 3) == d->area && db_int(db, 4) == d->from_at &&
	       db_int(db, 5) == d->due_at && db_int(db, 6) == d->done_at && str_eq(db_text(db, 7), d->clause);
}

enum err_code isolation_owe_write(struct ledger_tx *tx, const char *kind, int64_t subject, int64_t part_from, struct owed_list *l,
				  struct err *e)
{
	int64_t *gone = NULL;
	size_t gone_n = 0, at = 0;
	enum err_code rc = db_query(tx->db, &SQL_isolation_duties_of,
				    PARAMS(V_INT(tx->county), V_TEXT(str_of(kind)), V_INT(subject), V_INT(part_from)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) { /* by part; the list mostly is too, so the search goes on where it stopped */
		int64_t part = db_int(tx->db, 0);
		size_t looked = 0;
		while (looked < l->n && !(l->v[at % l->n].d.part == part && strcmp(l->v[at % l->n].d.kind, kind) == 0)) {
			at++;
			looked++;
		}
		if (looked < l->n) {
			struct owed *o = &l->v[at % l->n];
			o->stands = same_duty(tx->db, o);
			at++;
		} else {
			gone = arena_grown(tx->arena, gone, gone_n, sizeof *gone);
			gone[gone_n++] = part;
		}
	}
	rc = db_stop(tx->db, e);
	for (size_t i = 0; rc == OK && i < gone_n; i++)
		rc = duty_unset(tx, kind, subject, gone[i], e);
	int64_t outbreak = tx->outbreak;
	for (size_t i = 0; rc == OK && i < l->n; i++) {
		if (l->v[i].stands || strcmp(l->v[i].d.kind, kind) != 0)
			continue;
		tx->outbreak = l->v[i].outbreak;
		rc = duty_set(tx, &l->v[i].d, e);
	}
	tx->outbreak = outbreak;
	return rc;
}
