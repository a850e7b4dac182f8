/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fact of zones must say by itself, whatever came before it: form, edition, authority. What the present state forbids is in
 * zones_guard.c.
 */
#include <stdio.h>

#include "core/caltime.h"
#include "domain/zones/zones_state.h"

#define OLDEST_MS INT64_C(946684800000) /* 2000: a fact from before is a typing error */
#define AHEAD_MS (7 * MS_PER_DAY)       /* an order takes effect at most so long after it is signed */
#define BACK_MS (60 * MS_PER_DAY)       /* and an instant in a body lies at most so long before it */
#define PROLONG_MS (60 * MS_PER_DAY)

enum err_code zones_check_at(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	if (f->at < OLDEST_MS)
		return err_set(e, ERR_BAD_VALUE, "/at", "before the year 2000; check the clock of the device");
	return OK;
}

/* ---- units ------------------------------------------------------------------------------------------------------ */

struct lists {
	const struct fact_list *areas, *places, *households;
};
#define LISTS(b) ((struct lists){&(b)->areas, &(b)->places, &(b)->households})

static size_t units_n(struct lists l)
{
	return l.areas->n + l.places->n + l.households->n;
}

static enum err_code check_areas(struct ledger_tx *tx, const struct fact_list *areas, const char *at, struct err *e)
{
	const int64_t *v = areas->p;
	for (size_t i = 0; i < areas->n; i++)
		if (COUNTY_OF(v[i]) != tx->county)
			return err_set(e, ERR_BAD_VALUE, at, "a zone lies in one county; declare one for each");
	return OK;
}

/* How wide a unit is, in the words of the editions; -1 for a word that says something else. */
static int width_of(struct str word)
{
	static const char *const widths[] = {"household", "floor", "unit", "building", "compound", "village", "township", "county"};
	for (size_t i = 0; i < ARRAY_N(widths); i++)
		if (str_eq_c(word, widths[i]))
			return (int)i;
	return -1;
}

static int width_of_area(int64_t code)
{
	return code % 1000 != 0 ? 5 : code % 1000000 != 0 ? 6 : 7;
}

/* Wider than the edition draws its zones is allowed with a reason ("may be adjusted after the investigation"), never in silence. */
static enum err_code check_width(const struct protocol_zone *z, const struct fact_list *areas, struct str reason, struct err *e)
{
	const int64_t *v = areas->p;
	int widest = -1;
	for (size_t i = 0; i < z->units.n; i++)
		if (width_of(z->units.v[i]) > widest)
			widest = width_of(z->units.v[i]);
	for (size_t i = 0; i < areas->n && widest >= 0 && reason.n == 0; i++)
		if (width_of_area(v[i]) > widest)
			return err_set(e, ERR_MISSING_FIELD, "/body/reason",
				       "the edition draws this class by %.*s; %012lld is wider: say why", STR_ARG(z->units.v[z->units.n - 1]),
				       (long long)v[i]);
	return OK;
}

/* ---- the edition -------------------------------------------------------------------------------------------------- */

static enum err_code find_class(struct ledger_tx *tx, struct str class, const char *at, const struct protocol_zone **out, struct err *e)
{
	char list[160] = "";
	size_t used = 0;
	const struct protocol *p = tx->protocol;
	*out = protocol_zone_find(p, class);
	if (*out)
		return OK;
	for (size_t i = 0; i < p->zone_n && used + 40 < sizeof list; i++)
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s", i ? ", " : "", (int)(p->zone[i].id.n < 36 ? p->zone[i].id.n : 36),
					 p->zone[i].id.p);
	return err_set(e, ERR_BAD_VALUE, at, "edition %.*s has no zone of that class; it has: %s", STR_ARG(p->id), used ? list : "none");
}

static enum err_code check_level(const struct protocol *p, uint32_t allowed, int64_t level, struct err *e)
{
	char list[64] = "";
	size_t used = 0;
	if (allowed == 0 || (level >= 0 && level < LEVEL__N && (allowed & (1u << level))))
		return OK;
	for (int i = 0; i < LEVEL__N; i++)
		if (allowed & (1u << i))
			used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", zones_levels[i]);
	return err_set(e, ERR_NOT_ALLOWED, "/body/decided_by",
		       "edition %.*s lets the command of %s decide; the county proposes it (zones.zone_proposed)", STR_ARG(p->id), list);
}

/* Of a fact that does not name a class: who may decide about some class of the edition. */
static enum err_code check_any_level(struct ledger_tx *tx, int64_t level, struct err *e)
{
	uint32_t any = 0;
	for (size_t i = 0; i < tx->protocol->zone_n; i++) {
		if (tx->protocol->zone[i].declared_by == 0)
			return OK;
		any |= tx->protocol->zone[i].declared_by;
	}
	return check_level(tx->protocol, any, level, e);
}

/* ---- the order ------------------------------------------------------------------------------------------------------ */

enum err_code zones_check_proposed(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_zone_proposed *b = f->body;
	const struct protocol_zone *z;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK)
		rc = find_class(tx, b->class, "/body/class", &z, e);
	if (rc == OK && units_n(LISTS(b)) == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/areas", "name at least one area, place or household");
	return rc == OK ? check_areas(tx, &b->areas, "/body/areas", e) : rc;
}

static enum err_code check_times(const struct fact *f, const struct protocol_zone *z, struct err *e)
{
	const struct zones_zone_declared *b = f->body;
	int64_t start = b->start_at == ABSENT ? f->at : b->start_at;
	if (start < f->at - BACK_MS || start > f->at + AHEAD_MS)
		return err_set(e, ERR_BAD_VALUE, "/body/start_at", "an order takes effect within a week of its signature");
	if (b->ends_at != ABSENT && (b->ends_at <= start || b->ends_at > start + 2 * PROLONG_MS))
		return err_set(e, ERR_BAD_VALUE, "/body/ends_at", "must lie after the beginning, at most 120 days");
	if (b->ends_at == ABSENT && !z->downgrade_days.set && !z->lift_with_higher.v)
		return err_set(e, ERR_MISSING_FIELD, "/body/ends_at", "the edition does not say when a zone of this class ends; the order must");
	return OK;
}

enum err_code zones_check_declared(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	struct zones_zone_declared *b = f->body;
	const struct protocol_text *basis = &tx->protocol->basis;
	const struct protocol_zone *z;
	struct zones_shape shape;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK)
		rc = find_class(tx, b->class, "/body/class", &z, e);
	if (rc == OK && units_n(LISTS(b)) == 0 && b->shape.n == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/areas", "name at least one area, place or household, or draw the zone");
	if (rc == OK)
		rc = check_areas(tx, &b->areas, "/body/areas", e);
	if (rc == OK)
		rc = check_level(tx->protocol, z->declared_by, b->decided_by, e);
	if (rc == OK)
		rc = check_times(f, z, e);
	if (rc == OK)
		rc = check_width(z, &b->areas, b->reason, e);
	if (rc == OK && b->shape.n > 0)
		rc = zones_shape_read(tx->arena, b->shape, &shape, e);
	if (rc == OK && b->basis.n == 0 && basis->en.n == 0 && basis->zh.n == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/basis", "edition %.*s names no legal basis; an order needs one", STR_ARG(tx->protocol->id));
	if (rc != OK)
		return rc;
	b->grounds = b->basis.n ? b->basis : basis->zh.n ? basis->zh : basis->en;
	b->clause = zones_clause(tx, tx->protocol, "zones", z->id);
	return OK;
}

enum err_code zones_check_changed(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_zone_changed *b = f->body;
	size_t n = units_n(LISTS(b)) + b->areas_out.n + b->places_out.n + b->households_out.n;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && n == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/areas", "say what comes in or goes out");
	if (rc == OK)
		rc = check_areas(tx, &b->areas, "/body/areas", e);
	if (rc == OK)
		rc = check_areas(tx, &b->areas_out, "/body/areas_out", e);
	return rc == OK ? check_any_level(tx, b->decided_by, e) : rc;
}

enum err_code zones_check_prolonged(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_zone_prolonged *b = f->body;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && (b->until_at <= f->at || b->until_at > f->at + PROLONG_MS))
		rc = err_set(e, ERR_BAD_VALUE, "/body/until_at", "must lie in the next 60 days");
	return rc == OK ? check_any_level(tx, b->decided_by, e) : rc;
}

static enum err_code check_early(int64_t early, struct str reason, struct err *e)
{
	if (early == 1 && reason.n == 0)
		return err_set(e, ERR_MISSING_FIELD, "/body/reason", "earlier than the rule allows: say why");
	return OK;
}

enum err_code zones_check_stepped(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_zone_stepped_down *b = f->body;
	const struct protocol_zone *z;
	bool ends = str_eq_c(b->to, "none"), part = units_n(LISTS(b)) > 0;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && !ends)
		rc = find_class(tx, b->to, "/body/to", &z, e);
	if (rc == OK)
		rc = check_early(b->early, b->reason, e);
	if (rc == OK && part && !ends && id_is_none(b->into))
		rc = err_set(e, ERR_MISSING_FIELD, "/body/into", "the part that steps down goes on as a zone of its own: give it an id");
	if (rc == OK && !id_is_none(b->into) && (!part || ends || id_eq(b->into, b->zone)))
		rc = err_set(e, ERR_BAD_VALUE, "/body/into", "only a part that goes on in a lower class becomes another zone");
	return rc == OK ? check_any_level(tx, b->decided_by, e) : rc;
}

enum err_code zones_check_lifted(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_zone_lifted *b = f->body;
	enum err_code rc = zones_check_at(tx, f, e);
	return rc == OK ? check_early(b->early, b->reason, e) : rc;
}

enum err_code zones_check_reset(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_quiet_reset *b = f->body;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && (b->anchor_at > f->at || b->anchor_at < f->at - BACK_MS))
		rc = err_set(e, ERR_BAD_VALUE, "/body/anchor_at", "the clock starts again from an instant that has passed, at most 60 days ago");
	return rc;
}

enum err_code zones_check_judged(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_risk_judged *b = f->body;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && (b->scope == SCOPE_PART) != (units_n(LISTS(b)) > 0))
		rc = err_set(e, ERR_BAD_VALUE, "/body/scope", "units are named for a part, and only then");
	return rc;
}

/* ---- in the zone -------------------------------------------------------------------------------------------------------- */

enum err_code zones_check_service(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_service_done *b = f->body;
	const struct str *kinds = b->kinds.p;
	enum err_code rc = zones_check_at(tx, f, e);
	for (size_t i = 0; rc == OK && i < b->kinds.n; i++) {
		bool known = false;
		char at[40];
		for (size_t k = 0; zones_services[k]; k++)
			known |= str_eq_c(kinds[i], zones_services[k]);
		snprintf(at, sizeof at, "/body/kinds/%zu", i);
		if (!known)
			rc = err_set(e, ERR_BAD_VALUE, at, "expected food, medicine, waste, test, health or other");
	}
	return rc;
}

enum err_code zones_check_point(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_point_opened *b = f->body;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && b->until_minute - b->from_minute < b->slot_minutes)
		rc = err_set(e, ERR_BAD_VALUE, "/body/until_minute", "the point is open for less than one slot");
	return rc;
}

/* A medical emergency asks for nothing: no vehicle, no leave, no proof. */
enum err_code zones_check_exit(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_exit_granted *b = f->body;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && b->reason != EXIT_MEDICAL_EMERGENCY && b->vehicle.n == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/vehicle", "who leaves the zone is driven; name the vehicle (not asked in an emergency)");
	if (rc == OK && b->until_at != ABSENT && (b->until_at <= f->at || b->until_at > f->at + PROLONG_MS))
		rc = err_set(e, ERR_BAD_VALUE, "/body/until_at", "must lie in the next 60 days");
	return rc;
}

enum err_code zones_check_moved_out(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_household_moved_out *b = f->body;
	const struct protocol *p = tx->protocol;
	int32_t keep = -1;
	enum err_code rc = zones_check_at(tx, f, e);
	for (size_t i = 0; i < p->zone_n; i++)
		if (p->zone[i].keep_per_household.set && p->zone[i].keep_per_household.v > keep)
			keep = p->zone[i].keep_per_household.v;
	if (rc == OK && keep < 0)
		rc = err_set(e, ERR_NOT_ALLOWED, "/kind", "edition %.*s does not let households be moved out", STR_ARG(p->id));
	if (rc == OK && b->stay.n > (size_t)keep)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/stay", "at most %d of a household may stay", (int)keep);
	return rc;
}

enum err_code zones_check_manned(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_post_manned *b = f->body;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && b->until_at != ABSENT && (b->until_at <= f->at || b->until_at > f->at + MS_PER_DAY))
		rc = err_set(e, ERR_BAD_VALUE, "/body/until_at", "a shift ends after it begins, within a day");
	return rc;
}

enum err_code zones_check_barrier(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_barrier_set *b = f->body;
	enum err_code rc = zones_check_at(tx, f, e);
	if (rc == OK && (b->expires_at <= f->at || b->expires_at > f->at + ZONES_BARRIER_MAX_MS))
		rc = err_set(e, ERR_BAD_VALUE, "/body/expires_at", "a barrier ends within seven days and is set anew if it is still needed");
	if (rc != OK || b->sealed != 1)
		return rc;
	if (b->keeper_present != 1)
		return err_set(e, ERR_NOT_ALLOWED, "/body/keeper_present", "an exit is sealed only while a named keeper is present who opens it");
	if (b->keeper_name.n == 0 || b->phone.n == 0)
		return err_set(e, ERR_MISSING_FIELD, b->keeper_name.n ? "/body/phone" : "/body/keeper_name",
			       "a sealed exit has a keeper with name and phone");
	if (b->fire_access != 1)
		return err_set(e, ERR_NOT_ALLOWED, "/body/fire_access", "the way of fire engine and ambulance stays open");
	for (size_t i = 0; i < tx->protocol->zone_n; i++)
		if (tx->protocol->zone[i].exits_free.v == 1)
			return err_set(e, ERR_NOT_ALLOWED, "/body/sealed", "edition %.*s forbids blocking exits", STR_ARG(tx->protocol->id));
	return OK;
}
