/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/duty.h"

#include "sql.gen.h"

#define PART_NUMBER false
#define PART_ENTITY true

static const struct duty_kind duty_kinds[] = {
#define DUTY(name, right, part, en, zh) {name, RIGHT_##right, PART_##part, en, zh},
#include "ledger/duties.def"
#undef DUTY
};

static const struct clock_kind clock_kinds[] = {
#define CLOCK(name, en, zh) {name, en, zh},
#include "ledger/clocks.def"
#undef CLOCK
};

const struct duty_kind *duty_kind_at(size_t i)
{
	return i < ARRAY_N(duty_kinds) ? &duty_kinds[i] : NULL;
}

const struct duty_kind *duty_kind_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_N(duty_kinds); i++)
		if (str_eq_c(name, duty_kinds[i].name))
			return &duty_kinds[i];
	return NULL;
}

const struct clock_kind *clock_kind_at(size_t i)
{
	return i < ARRAY_N(clock_kinds) ? &clock_kinds[i] : NULL;
}

static bool clock_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_N(clock_kinds); i++)
		if (str_eq_c(str_of(name), clock_kinds[i].name))
			return true;
	return false;
}

enum err_code duty_set(struct ledger_tx *tx, const struct duty *d, struct err *e)
{
	CHECK(duty_kind_of(str_of(d->kind)) != NULL);
	CHECK(d->state == DUTY_OPEN || d->state == DUTY_DONE || d->state == DUTY_VOID);
	return db_run(tx->db, &SQL_duty_put,
		      PARAMS(V_INT(tx->county), V_TEXT(str_of(d->kind)), V_INT(d->subject), V_INT(d->part), V_INT(d->state),
			     V_INT(tx->outbreak), V_INT(d->area), V_INT(d->from_at), V_INT(d->due_at),
			     V_INT(d->state == DUTY_DONE ? d->done_at : 0), V_TEXT(d->clause.p ? d->clause : STR(""))),
		      e);
}

enum err_code duty_unset(struct ledger_tx *tx, const char *kind, int64_t subject, int64_t part, struct err *e)
{
	const struct db_val v[] = {V_INT(tx->county), V_TEXT(str_of(kind)), V_INT(subject), V_INT(part)};
	enum err_code rc = db_run(tx->db, &SQL_duty_drop, v, ARRAY_N(v), e);
	return rc == OK ? db_run(tx->db, &SQL_duty_blank, v, ARRAY_N(v), e) : rc;
}

enum err_code clock_set(struct ledger_tx *tx, const struct clock_span *c, struct err *e)
{
	CHECK(clock_known(c->clock));
	if (c->start_at == 0)
		return OK;
	return db_run(tx->db, &SQL_clock_put,
		      PARAMS(V_INT(tx->county), V_TEXT(str_of(c->clock)), V_INT(c->subject), V_INT(tx->outbreak), V_INT(c->area),
			     V_INT(c->start_at), V_INT(c->stop_at), V_INT(c->limit_ms)),
		      e);
}

enum err_code clock_unset(struct ledger_tx *tx, const char *clock, int64_t subject, struct err *e)
{
	CHECK(clock_known(clock));
	return db_run(tx->db, &SQL_clock_drop, PARAMS(V_INT(tx->county), V_TEXT(str_of(clock)), V_INT(subject)), e);
}
