/* SPDX-License-Identifier: Apache-2.0
 *
 * zones_state.h - one zone folded from everything that was said of it. Internal to zones.
 *
 * Clock: the zone is quiet since the latest of start, step-down, whole resets and new infections (case_file.opened_at of a case whose
 * home is in the zone, or who was at a place of it while infectious and while the zone stood). A reset in part moves the clocks of its
 * units alone; the zone's clock is the latest of all. All of it is a maximum over sets, so order does not matter.
 */
#ifndef SUSHUI_DOMAIN_ZONES_STATE_H
#define SUSHUI_DOMAIN_ZONES_STATE_H

#include "domain/zones/zones.h"
#include "ledger/duty.h"
#include "protocol/protocol.h"

enum zone_what { /* rows of zone_event */
	WHAT_PROPOSED = 1,
	WHAT_DECLARED,
	WHAT_CHANGED,
	WHAT_PROLONGED,
	WHAT_STEPPED_DOWN,
	WHAT_LIFTED,
	WHAT_PUBLISHED,
	WHAT_RESET,
	WHAT_JUDGED,
	WHAT_ROLL_CLOSED,
	WHAT_ENTERED, /* a part of another zone stepped down into this one */
};
enum unit_kind { UNIT_OF_AREA = 1, UNIT_OF_HOUSEHOLD, UNIT_OF_PLACE }; /* stay: named in zones.sql */
enum unit_sign { UNIT_OUT, UNIT_IN }; /* of a row of zone_event_unit; the units of an event that names a part are IN */

/* What is wrong with what was reported; the part of a duty zones.conflict is the number of the bit. */
enum zone_conflict { CONFLICT_TWICE = 1, CONFLICT_NOT_IN_FORCE = 2, CONFLICT_TOO_SOON = 4, CONFLICT_NO_CLASS = 8 };
#define ZONE_CONFLICTS_N 4

struct zone_unit {
	enum unit_kind kind;
	int64_t lo, hi;  /* area */
	int64_t key;     /* household, place */
	int64_t since;   /* belongs to the zone from here on */
	int64_t gone_at; /* 0 = still does */
	int64_t clock;   /* of its own resets; 0 = none */
	int64_t until_at; /* prolonged to; 0 = not */
};
struct zone_row_event {
	int64_t at;
	struct id fact;
	enum zone_what what;
	struct str class, name, edition, basis, notice, shape;
	int64_t level, start_at, until_at, flag, case_key, outbreak, area, day;
};
struct zone_event_unit {
	struct id fact;
	enum unit_sign sign;
	struct zone_unit unit;
};
struct zone_reset { /* one thing that starts the clock again */
	int64_t at;
	int64_t case_key; /* 0 = an officer */
	const struct protocol_zone *rules; /* of the class from then on; NULL: as before */
};
struct zone_hit {
	int64_t case_key, at;
	struct zone_unit unit; /* of several the first in order */
	int64_t scope;         /* enum zones_scope as it counts */
	bool home;
};
struct zone_closing {
	int64_t roll, day, at;
};
struct zone_fold {
	int64_t key, outbreak, area, level;
	struct str name, class, edition, basis, notice, shape;
	const struct protocol *protocol;
	const struct protocol_zone *rules; /* of its class; NULL when the edition in force has none */
	enum zones_state state;
	int64_t proposed_at, declared_at, start_at, ends_at, published_at, stepped_at, ended_at, lapsed_at, prolonged_at;
	bool by_downgrade, early;
	int64_t clock, earliest; /* 0 = not known */
	unsigned conflict;
	struct zone_row_event *event;
	size_t event_n;
	struct zone_event_unit *told;
	size_t told_n;
	struct zone_unit *unit;
	size_t unit_n;
	struct zone_hit *hit;
	size_t hit_n;
	struct zone_reset *reset; /* ascending */
	size_t reset_n;
	struct zone_closing *closing;
	size_t closing_n;
};

/* zones_fold.c: reads all and computes; everything is in the transaction's arena. Writes nothing. */
enum err_code zones_fold(struct ledger_tx *tx, int64_t zone, struct zone_fold *out, struct err *e);
/* zones_clock.c: hits, clocks of the units and of the zone; zone_cover must hold the zone's units. */
enum err_code zones_clock(struct ledger_tx *tx, struct zone_fold *z, struct err *e);
/* When the days of the class are over by z->clock (or the fixed end); 0 when no waiting does it. */
int64_t zones_days_over(const struct zone_fold *z);
bool zones_unit_same(const struct zone_unit *a, const struct zone_unit *b);

/* zones_derive.c: folds, and writes rows, texts, duties and clocks; then those of the zones and cases that depend on it. */
enum err_code zones_derive(struct ledger_tx *tx, int64_t zone, struct err *e);
/* Rows of duties of a subject made exactly those of the list. */
struct zones_owed {
	struct duty *v;
	size_t n, cap;
};
void zones_owe(struct ledger_tx *tx, struct zones_owed *l, struct duty d);
enum err_code zones_duties_write(struct ledger_tx *tx, int64_t subject, int64_t outbreak, const struct zones_owed *l, struct err *e);
struct str zones_clause(struct ledger_tx *tx, const struct protocol *p, const char *what, struct str which);

/* zones_notice.c: the parts of the notice that come from rule and order; rows of zone_text. */
enum err_code zones_texts_write(struct ledger_tx *tx, const struct zone_fold *z, int64_t earliest_at, struct err *e);

/* zones_shape.c: a polygon drawn on the map. ERR_BAD_VALUE (at = "/body/shape") when it is not one GeoJSON Polygon or MultiPolygon of
 * closed rings within the world's degrees and ZONES_SHAPE_POINTS_MAX points. Memory from a. */
#define ZONES_SHAPE_POINTS_MAX 4000
struct zones_shape {
	const double *xy; /* lon, lat, lon, lat, ... */
	const uint32_t *ring; /* number of points of each ring */
	size_t ring_n, point_n;
	double lon_lo, lon_hi, lat_lo, lat_hi;
};
enum err_code zones_shape_read(struct arena *a, struct str geojson, struct zones_shape *out, struct err *e);
/* Even-odd rule: a hole is outside, a point on the lower or left edge inside. */
bool zones_shape_holds(const struct zones_shape *s, double lon, double lat);

/* zones_check.c */
enum err_code zones_check_at(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_proposed(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_declared(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_changed(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_prolonged(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_stepped(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_lifted(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_reset(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_judged(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_service(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_point(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_exit(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_moved_out(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_post(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_manned(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_check_barrier(struct ledger_tx *tx, struct fact *f, struct err *e);
/* zones_guard.c */
enum err_code zones_guard_declared(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_guard_in_force(struct ledger_tx *tx, struct fact *f, struct err *e); /* the body begins with the zone */
enum err_code zones_guard_decided(struct ledger_tx *tx, struct fact *f, struct err *e);  /* and the level may decide for the class */
enum err_code zones_guard_stepped(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_guard_lifted(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_guard_roll(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_guard_slot(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_guard_moved_out(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code zones_guard_barrier(struct ledger_tx *tx, struct fact *f, struct err *e);

/* zones_things.c: exits, households moved out, posts, barriers, door service */
enum err_code zones_apply_service(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_exit(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_returned(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_moved_out(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_moved_back(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_post_set(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_manned(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_left(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_barrier_set(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_barrier_checked(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_barrier_removed(struct ledger_tx *tx, const struct fact *f, struct err *e);
/* Posts and barriers of a zone that began, changed or ended. */
enum err_code zones_things_derive(struct ledger_tx *tx, int64_t zone, struct err *e);

/* zones_pickup.c */
enum err_code zones_apply_point(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code zones_apply_slot(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* zones_case.c: where cases live and were, and whether the public was told */
enum err_code zones_case_derive(struct ledger_tx *tx, int64_t case_key, struct err *e);
/* The duty and clock of publication alone: a zone that covers the case changed. */
enum err_code zones_publish_derive(struct ledger_tx *tx, int64_t case_key, struct err *e);
enum err_code zones_apply_none_needed(struct ledger_tx *tx, const struct fact *f, struct err *e);
#define ZONES_REACTIONS_N 15
extern const struct reaction zones_reactions[ZONES_REACTIONS_N];
enum err_code zones_load(struct ledger_tx *tx, struct err *e);
/* Keys of persons, households and places whose facts may move a clock. */
void zones_watch(int64_t county, int64_t key);
/* The county has zones whose extent is drawn on the map: any place that is registered may fall into one. */
void zones_watch_shapes(int64_t county);

static inline int64_t zones_or(int64_t v, int64_t absent)
{
	return v == ABSENT ? absent : v;
}

#endif
