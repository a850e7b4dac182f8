/* SPDX-License-Identifier: Apache-2.0
 *
 * homecare_state.h - the stay of a person and all that follows from it. Internal to homecare.
 *
 * home_event only grows. homecare_derive reads it together with tracing's stages, the register and testing's swabs, writes the row
 * home_stay and states every duty of the person, and then of each watch on its door. It never looks at what it wrote before.
 */
#ifndef SUSHUI_DOMAIN_HOMECARE_STATE_H
#define SUSHUI_DOMAIN_HOMECARE_STATE_H

#include "domain/homecare/homecare.h"
#include "domain/tracing/tracing.h"
#include "ledger/duty.h"
#include "protocol/protocol.h"

/* Kinds of the rows of home_event; named by number in homecare.sql. */
enum home_what {
	HOME_ASSESSED = 1, /* flag: fit */
	HOME_ENTERED,
	HOME_VISIT,        /* other: visit; value: purpose; the window */
	HOME_VISITED,      /* other: visit; value: found */
	HOME_DELIVERED,    /* value: goods */
	HOME_WASTE,
	HOME_EXIT,         /* other: exit; value: need; the window */
	HOME_RETURNED,     /* other: exit */
	HOME_RESIDENT,     /* other: person; value: arrangement */
	HOME_ENDED,        /* value: reason */
};
enum door_what { DOOR_OPENED = 1, DOOR_CLOSED, DOOR_HEARTBEAT, DOOR_SILENT };

#define HOMECARE_OPEN_END INT64_MAX

struct home_event {
	int64_t at;
	struct id fact;
	enum home_what what;
	int64_t other, flag, value, from_at, until_at;
};
struct span { /* of being at home */
	int64_t from, until; /* until HOMECARE_OPEN_END: nothing ended it so far */
	int64_t planned_until; /* when it will have run its days, HOMECARE_OPEN_END where it has none */
	int64_t known_at;    /* signed or recorded */
	enum homecare_source source;
	bool closed;         /* a fact ended it; else it runs out by itself at `until` */
	bool checked;        /* tracing owes its health checks; homecare.check would double them */
	bool home;           /* false: followed where the person lives, whatever the place */
	bool isolation;
	enum protocol_exit exit;
	enum protocol_observer observer;
	int64_t checks_per_day;
	int64_t outbreak, area;
	const struct protocol *protocol;
	struct str tier;
	bool move_on_sign;   /* a sign of illness calls for moving the person */
};
struct home_check { /* tracing.health_checked */
	int64_t at, half; /* enum tracing_half, -1 = not said */
};
struct home_state { /* everything known of one human being; in the arena it was read into */
	int64_t person; /* the record that merges keep */
	struct id ids[16]; /* ids of its records, for watches */
	size_t ids_n;
	const struct home_event *events; /* by (at, fact) */
	size_t events_n;
	const struct home_check *checks;
	size_t checks_n;
	const struct span *spans; /* unbroken ones, by from */
	size_t spans_n;
	int64_t household, area; /* of the register, 0 = not known */
	int64_t team_at;         /* newest statement of a complete team, 0 = none */
	bool team_complete;
	int64_t home_at;         /* first told to be in place at home within the newest span, 0 = none */
	int64_t sign_at;         /* first sign of illness within the newest span, 0 = none */
	int64_t positive_at;     /* first own positive within it */
	int64_t away_at;         /* first recorded as taken to hospital or a central site after either */
};

/* homecare_home.c */
enum err_code homecare_state_read(struct ledger_tx *tx, int64_t person, struct home_state *out, struct err *e);
/* Everything of a person, whichever of its records is named. */
enum err_code homecare_derive(struct ledger_tx *tx, int64_t person, struct err *e);

/* homecare_duties.c */
struct owed { /* a duty with the outbreak it belongs to */
	struct duty d;
	int64_t outbreak;
	bool stands;
};
struct owed_list {
	struct owed *v;
	size_t n, max;
};
void homecare_owe(struct ledger_tx *tx, struct owed_list *l, int64_t outbreak, struct duty d);
/* Makes the subject's duties homecare.* in the table exactly those of the list. */
enum err_code homecare_write_duties(struct ledger_tx *tx, int64_t subject, struct owed_list *l, struct err *e);
enum err_code homecare_person_duties(struct ledger_tx *tx, const struct home_state *h, struct owed_list *l, struct err *e);
struct str homecare_clause(struct ledger_tx *tx, const struct protocol *p, const char *what);

/* homecare_door.c */
enum err_code homecare_watches_derive(struct ledger_tx *tx, const struct home_state *h, struct err *e);
enum err_code homecare_check_bound(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code homecare_guard_bound(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code homecare_apply_bound(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code homecare_apply_unbound(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code homecare_apply_opened(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code homecare_apply_closed(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code homecare_apply_heartbeat(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code homecare_apply_silent(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code homecare_apply_call(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code homecare_on_erased(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* homecare.c: notes what was reported of a person and derives it anew. */
enum err_code homecare_put(struct ledger_tx *tx, const struct fact *f, struct id person, const struct home_event *ev, struct err *e);

/* homecare_react.c: what other domains say of a person. */
#define HOMECARE_REACTIONS_N 29
extern const struct reaction homecare_reactions[HOMECARE_REACTIONS_N];
enum err_code homecare_load(struct ledger_tx *tx, struct err *e);
/* Everybody of a household whom something is known of here. */
enum err_code homecare_household_derive(struct ledger_tx *tx, int64_t household, struct err *e);
void homecare_watch_person(int64_t county, int64_t key);

/* Keys from a statement with parameters (county, key). */
static inline int64_t homecare_or(int64_t v, int64_t absent)
{
	return v == ABSENT ? absent : v;
}

#endif
