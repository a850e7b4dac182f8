/* SPDX-License-Identifier: Apache-2.0
 *
 * One transfer: its row, duties and clocks, from its own reports, the ride that counts and the run's departure.
 */
#include "domain/transfer/transfer_fold.h"
#include "ledger/duty.h"
#include "sql.gen.h"

struct file {
	int64_t key, person, class, kind, site, pickup, needs, emergency, area, outbreak, requested_at, ready_at, due_at, reviewed_at;
	int64_t accepted; /* -1 = not reviewed */
	int64_t accepted_at, run, room, assigned_at, boarded_at, departed_at, handed_over_at, received_at, cancelled_at, state, conflict;
	int64_t handed_kind, handed_site, received_kind, received_site, named; /* named: person of a ride or a receipt */
	struct str edition;
};

static void first(int64_t *to, int64_t at)
{
	if (*to == 0)
		*to = at;
}

static void fold_end(struct file *f, struct db *db, int64_t what, int64_t at)
{
	bool handed = what == WHAT_HANDED_OVER;
	int64_t *done = handed ? &f->handed_over_at : &f->received_at;
	if (*done > 0)
		return;
	*done = at;
	*(handed ? &f->handed_kind : &f->received_kind) = db_int(db, 6);
	*(handed ? &f->handed_site : &f->received_site) = db_int(db, 7);
	/* nobody signs at home */
	if (handed && db_int(db, 6) >= TO_HOME)
		first(&f->received_at, at);
}

static void fold_event(struct ledger_tx *tx, struct file *f, struct db *db)
{
	int64_t at = db_int(db, 0), what = db_int(db, 2);
	if (f->requested_at == 0 && (what == WHAT_REQUESTED || f->area == 0)) {
		f->area = db_int(db, 14);
		f->outbreak = db_int(db, 15);
		f->edition = arena_str(tx->arena, db_text(db, 16));
	}
	if ((what == WHAT_BOARDED || what == WHAT_HANDED_OVER || what == WHAT_RECEIVED) && f->named == 0)
		f->named = db_int(db, 3);
	switch ((enum transfer_what)what) {
	case WHAT_REQUESTED: /* the first request counts; another need is another transfer */
		if (f->requested_at > 0)
			break;
		f->requested_at = at;
		f->person = db_int(db, 3);
		f->class = db_int(db, 5);
		f->kind = db_int(db, 6);
		f->site = db_int(db, 7);
		f->pickup = db_int(db, 9);
		f->emergency = db_int(db, 10) == 1;
		f->needs = db_int(db, 11);
		f->ready_at = db_int(db, 12);
		f->due_at = db_int(db, 13);
		break;
	case WHAT_REVIEWED: /* the last word counts */
		first(&f->reviewed_at, at);
		f->accepted = db_int(db, 10);
		if (f->accepted == 1)
			first(&f->accepted_at, at);
		break;
	case WHAT_ASSIGNED:
		f->run = db_int(db, 4);
		f->room = db_int(db, 8);
		f->assigned_at = at;
		break;
	case WHAT_BOARDED:
		break;
	case WHAT_HANDED_OVER:
	case WHAT_RECEIVED:
		fold_end(f, db, what, at);
		break;
	case WHAT_CANCELLED:
		first(&f->cancelled_at, at);
		break;
	}
}

static enum err_code read_ride(struct ledger_tx *tx, struct file *f, struct err *e)
{
	struct run_row r;
	bool there = false;
	enum err_code rc = db_query(tx->db, &SQL_transfer_ride_of_transfer, PARAMS(V_INT(tx->county), V_INT(f->key)), e);
	if (rc != OK)
		return rc;
	bool rides = db_next(tx->db);
	if (rides) {
		f->boarded_at = db_int(tx->db, 0);
		f->run = db_int(tx->db, 1);
	}
	rc = db_stop(tx->db, e);
	if (rc == OK && rides)
		rc = transfer_run_read(tx, f->run, &r, &there, e);
	if (rc == OK && there)
		f->departed_at = r.departed_at > f->boarded_at ? r.departed_at : r.departed_at > 0 ? f->boarded_at : 0;
	return rc;
}

static enum transfer_state state_of(const struct file *f)
{
	bool refused = f->accepted == 0 && !f->emergency;
	if (f->received_at > 0)
		return TRANSFER_RECEIVED;
	if (f->handed_over_at > 0)
		return TRANSFER_HANDED_OVER;
	if (f->boarded_at > 0)
		return f->departed_at > 0 ? TRANSFER_DEPARTED : TRANSFER_BOARDED;
	if (f->cancelled_at > 0)
		return TRANSFER_CANCELLED;
	if (refused)
		return TRANSFER_REFUSED;
	if (f->assigned_at > 0)
		return TRANSFER_ASSIGNED;
	if (f->accepted == 1 || f->emergency)
		return TRANSFER_ACCEPTED;
	return f->requested_at > 0 ? TRANSFER_CALLED : TRANSFER_UNKNOWN;
}

static int64_t conflict_of(const struct file *f)
{
	int64_t bits = 0;
	if (f->requested_at > 0 && f->named > 0 && f->named != f->person)
		bits |= CONFLICT_PERSON;
	if (f->handed_over_at > 0 && f->received_at > 0 && f->handed_kind < TO_HOME &&
	    (f->handed_kind != f->received_kind || (f->handed_site > 0 && f->received_site > 0 && f->handed_site != f->received_site)))
		bits |= CONFLICT_PLACE;
	if (f->emergency && f->accepted == 0)
		bits |= CONFLICT_REFUSED;
	return bits;
}

/* ---- what follows --------------------------------------------------------------------------------------------------------- */

static struct str clause_of(struct ledger_tx *tx, const struct file *f, const char *rule)
{
	return f->edition.n > 0 ? arena_printf(tx->arena, "%.*s %s", STR_ARG(f->edition), rule) : str_of(rule);
}

static enum err_code want(struct ledger_tx *tx, bool wanted, const struct duty *d, struct err *e)
{
	return wanted ? duty_set(tx, d, e) : duty_unset(tx, d->kind, d->subject, d->part, e);
}

static int64_t least(int64_t a, int64_t b)
{
	return a == 0 ? b : b == 0 || a < b ? a : b;
}

/* Done when it was, void when the transfer ended without it. */
static void settle(struct duty *d, int64_t done_at, const struct file *f)
{
	d->done_at = done_at;
	d->state = done_at > 0 ? DUTY_DONE : f->state == TRANSFER_CANCELLED || f->state == TRANSFER_REFUSED ? DUTY_VOID : DUTY_OPEN;
}

static enum err_code set_duties(struct ledger_tx *tx, const struct file *f, struct err *e)
{
	int64_t ended = least(f->handed_over_at, f->received_at), went = least(f->boarded_at, ended);
	int64_t accepted = f->emergency ? f->requested_at : least(f->accepted_at, f->assigned_at);
	struct duty review = {.kind = "transfer.review", .subject = f->key, .area = f->area, .from_at = f->requested_at,
			      .due_at = f->requested_at + TRANSFER_REVIEW_MS, .clause = clause_of(tx, f, "review of requests")};
	struct duty dispatch = {.kind = "transfer.dispatch", .subject = f->key, .area = f->area, .from_at = accepted, .due_at = f->due_at,
				.clause = clause_of(tx, f, f->class == RIDES_CASE ? "limits.positive_transfer" : "limits.contact_in_isolation")};
	struct duty receive = {.kind = "transfer.receive", .subject = f->key, .area = f->area, .from_at = f->handed_over_at,
			       .due_at = f->handed_over_at + TRANSFER_RECEIVE_MS, .clause = clause_of(tx, f, "signed at both ends")};
	struct duty conflict = {.kind = "transfer.conflict", .subject = f->key, .state = DUTY_OPEN, .area = f->area,
				.clause = clause_of(tx, f, "one person, one place; emergencies are not refused")};
	settle(&review, least(f->reviewed_at, least(f->assigned_at, went)), f);
	settle(&dispatch, went, f);
	settle(&receive, f->received_at, f);
	conflict.from_at = ended > 0 ? ended : f->boarded_at > 0 ? f->boarded_at : f->requested_at;
	conflict.due_at = conflict.from_at + TRANSFER_CONFLICT_MS;
	enum err_code rc = want(tx, f->requested_at > 0 && !f->emergency, &review, e);
	if (rc == OK)
		rc = want(tx, f->requested_at > 0 && accepted > 0 && f->state != TRANSFER_REFUSED, &dispatch, e);
	if (rc == OK)
		rc = want(tx, f->handed_over_at > 0 && f->handed_kind < TO_HOME, &receive, e);
	return rc == OK ? want(tx, f->conflict != 0, &conflict, e) : rc;
}

static enum err_code set_clock(struct ledger_tx *tx, const struct file *f, const char *name, int64_t start, int64_t stop, struct err *e)
{
	bool over = stop == 0 && (f->state == TRANSFER_CANCELLED || f->state == TRANSFER_REFUSED);
	if (start == 0 || over)
		return clock_unset(tx, name, f->key, e);
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), f->edition);
	int32_t min = p ? protocol_limit_min(p, str_of(name)) : PROTOCOL_NO_LIMIT;
	/* clocks of devices differ: what seems to end before it began took no time */
	return clock_set(tx, &(struct clock_span){name, f->key, f->area, start, stop > 0 && stop < start ? start : stop,
						  min == PROTOCOL_NO_LIMIT ? 0 : min * MS_PER_MINUTE},
			 e);
}

static enum err_code set_clocks(struct ledger_tx *tx, const struct file *f, struct err *e)
{
	int64_t ended = least(f->handed_over_at, f->received_at), went = least(f->boarded_at, ended);
	int64_t reviewed = least(f->reviewed_at, least(f->assigned_at, went));
	enum err_code rc = set_clock(tx, f, "transfer_request_to_review", f->emergency ? 0 : f->requested_at, reviewed, e);
	if (rc == OK)
		rc = set_clock(tx, f, "transfer_review_to_boarded", f->requested_at == 0 ? 0 : f->emergency ? f->requested_at : reviewed, went, e);
	return rc == OK ? set_clock(tx, f, "transfer_boarded_to_handed_over", f->boarded_at, ended, e) : rc;
}

enum err_code transfer_derive(struct ledger_tx *tx, int64_t transfer, struct err *e)
{
	struct file f = {.key = transfer, .class = -1, .kind = -1, .accepted = -1, .handed_kind = -1, .received_kind = -1, .edition = STR("")};
	enum err_code rc = db_query(tx->db, &SQL_transfer_events, PARAMS(V_INT(tx->county), V_INT(transfer)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		fold_event(tx, &f, tx->db);
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = read_ride(tx, &f, e);
	if (rc != OK)
		return rc;
	if (f.person == 0)
		f.person = f.named;
	f.state = state_of(&f);
	f.conflict = conflict_of(&f);
	rc = db_run(tx->db, &SQL_transfer_file_put,
		    PARAMS(V_INT(tx->county), V_INT(f.key), V_INT(f.person), V_INT(f.class), V_INT(f.kind), V_INT(f.site), V_INT(f.pickup),
			   V_INT(f.needs), V_INT(f.emergency), V_INT(f.area), V_INT(f.outbreak), V_TEXT(f.edition), V_INT(f.requested_at),
			   V_INT(f.ready_at), V_INT(f.due_at), V_INT(f.reviewed_at), V_INT(f.run), V_INT(f.room), V_INT(f.assigned_at),
			   V_INT(f.boarded_at), V_INT(f.departed_at), V_INT(f.handed_over_at), V_INT(f.received_at), V_INT(f.cancelled_at),
			   V_INT(f.state), V_INT(f.conflict)),
		    e);
	int64_t outbreak = tx->outbreak;
	tx->outbreak = f.outbreak;
	if (rc == OK)
		rc = set_duties(tx, &f, e);
	if (rc == OK)
		rc = set_clocks(tx, &f, e);
	tx->outbreak = outbreak;
	return rc;
}
