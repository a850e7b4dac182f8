/* SPDX-License-Identifier: Apache-2.0
 *
 * Couriers and the laboratory: boxes on the way, machines with runs, results.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/staff.h"

#define LIST_MAX 6000

/* Tubes of a list that is at a stage, single ones first: they stand for persons who wait. Returns how many. */
static size_t waiting_tubes(struct theatre *t, const struct json *rows, enum tube_stage stage, uint32_t *out, size_t most)
{
	size_t n = 0;
	for (int pass = 0; pass < 2; pass++)
		JSON_EACH(row, rows) {
			uint32_t tube;
			if (n == most || !front_number(t, door_text(row, "tube"), N_TUBE, &tube) || tube >= t->tubes_n)
				continue;
			bool single = t->tubes[tube].max == 1;
			if (t->tubes[tube].stage == (uint8_t)stage && single == (pass == 0))
				out[n++] = tube;
		}
	return n;
}

static void add_list(struct theatre *t, struct buf *b, const uint32_t *tubes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s'%s'", i ? "," : "", front_name(t, N_TUBE, tubes[i]));
	buf_add_byte(b, 0);
	CHECK(!b->failed);
}

/* ---- couriers -------------------------------------------------------------------------------------------------------- */

static bool is_lost(struct theatre *t, uint32_t tube)
{
	return key_below(key_hash(&t->keys, FOR_LOSS, tube, 0), 10000) < t->p->lost;
}

static void send_box(struct desk *k, const uint32_t *tubes, size_t n, int64_t arrives_at)
{
	struct theatre *t = k->t;
	struct buf list;
	CHECK(desk_room(&t->boxes, &t->boxes_cap, t->boxes_n, sizeof *t->boxes));
	uint32_t box = (uint32_t)t->boxes_n++;
	t->boxes[box] = (struct box){.arrives_at = arrives_at, .tubes_n = (uint32_t)n};
	buf_init(&list, 0);
	add_list(t, &list, tubes, n);
	tell(k, "testing.box_sent", t->p->code * 1000000, k->now, "'box':'%s','code':'EXB%05u','tubes':[%s],'laboratory':'%s'",
	     front_name(t, N_BOX, box), box, list.p, front_name(t, N_LAB, 0));
	buf_done(&list);
	for (size_t i = 0; i < n; i++) {
		t->tubes[tubes[i]].stage = TUBE_SENT;
		t->tubes[tubes[i]].box = box;
		desk_waited(k, t->tubes[tubes[i]].closed_at, k->now);
	}
	k->jobs_n++;
}

enum err_code staff_courier(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	if (!desk_news(k))
		return OK;
	enum err_code rc = desk_rows(k, &rows, e, "testing/tubes?stage=closed&limit=%d", LIST_MAX);
	uint32_t *tubes = rc == OK ? malloc(LIST_MAX * sizeof *tubes) : NULL;
	if (rc != OK || !tubes)
		return rc != OK ? rc : err_set(e, ERR_MEMORY, "", "no memory for the tubes");
	size_t n = waiting_tubes(t, rows, TUBE_CLOSED, tubes, LIST_MAX), kept = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_lost(t, tubes[i])) {
			tubes[kept++] = tubes[i];
			continue;
		}
		t->tubes[tubes[i]].stage = TUBE_LOST;
		tell(k, "testing.tube_lost", front_village(t, t->tubes[tubes[i]].village), k->now, "'tube':'%s','reason':'broken'",
		     front_name(t, N_TUBE, tubes[i]));
	}
	size_t at = 0;
	for (uint32_t c = 0; c < k->teams_n && at < kept; c++) {
		size_t some = kept - at < (size_t)t->p->box_tubes ? kept - at : (size_t)t->p->box_tubes;
		if (k->idle_until[c] > k->now)
			continue;
		send_box(k, tubes + at, some, k->now + t->p->courier_min * MS_PER_MINUTE);
		k->idle_until[c] = k->now + 2 * t->p->courier_min * MS_PER_MINUTE;
		k->busy_ms += 2 * t->p->courier_min * MS_PER_MINUTE;
		at += some;
	}
	if (kept - at > k->queue_most)
		k->queue_most = (uint32_t)(kept - at);
	k->again = kept > at;
	free(tubes);
	return OK;
}

/* ---- the laboratory ------------------------------------------------------------------------------------------------------ */

static enum err_code receive(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "testing.receive_box", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t box;
		if (!front_number(t, door_text(row, "subject"), N_BOX, &box) || box >= t->boxes_n)
			continue;
		struct box *b = &t->boxes[box];
		if (!b->received && b->arrives_at > k->now)
			desk_left(k, "testing.receive_box");
		if (b->received || b->arrives_at > k->now)
			continue;
		b->received = true;
		tell(k, "testing.box_received", t->p->code * 1000000, b->arrives_at > k->last_at ? b->arrives_at : k->now,
		     "'box':'%s','laboratory':'%s','tubes_n':%u", front_name(t, N_BOX, box), front_name(t, N_LAB, 0), b->tubes_n);
		for (size_t i = 0; i < t->tubes_n; i++)
			if (t->tubes[i].stage == TUBE_SENT && t->tubes[i].box == box)
				t->tubes[i].stage = TUBE_RECEIVED, t->tubes[i].arrives_at = k->now;
	}
	return OK;
}

/* What a result tells of the persons of the tube. */
static void note_result(struct theatre *t, const struct tube *b, bool positive, int64_t at)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct track *x = b->max == 1 || positive ? front_track(t, b->person[i]) : NULL;
		if (!x)
			continue;
		if (b->max == 1)
			x->single_wait = false;
		if (positive && b->n > 1 && !x->pool_known_at)
			x->pool_known_at = at;
		if (positive && b->n == 1 && !x->single_known_at) {
			x->single_known_at = at;
			x->single_swab_at = b->first_at;
			if (!t->first_found_at)
				t->first_found_at = at;
			if (!(t->persons[b->person[i]].flags & PERSON_HELD))
				t->outside_at = at;
		}
		/* the single sample speaks for itself: who was kept because of a tube may go */
		if (!positive && b->max == 1 && (t->persons[b->person[i]].flags & PERSON_KEPT)) {
			t->persons[b->person[i]].flags &= (uint8_t)~PERSON_KEPT;
			if (!(t->persons[b->person[i]].flags & (PERSON_HELD | PERSON_CASE)))
				front_let_go(t, b->person[i], at);
		}
		uint32_t n, inf = epidemic_infection_of(t->ep, b->person[i]);
		if (positive && b->n == 1 && inf != NO_INFECTION) {
			(void)epidemic_infections(t->ep, &n);
			epidemic_found(t->ep, inf, front_minute(t->f, at));
		}
	}
}

/* Ct rises again from the tenth day on: what allows discharge. */
static double ct_of(const struct theatre *t, const struct tube *b)
{
	uint32_t n, i = epidemic_infection_of(t->ep, b->person[0]), minute = front_minute(t->f, b->first_at);
	if (b->n != 1 || i == NO_INFECTION)
		return 30;
	const struct infection *x = &epidemic_infections(t->ep, &n)[i];
	uint32_t day = minute > x->at_min ? (minute - x->at_min) / LIFE_DAY_MIN : 0;
	return day >= 10 ? 36 : day >= 6 ? 32 : 26;
}

/* Two in a row, a day apart, negative or with a Ct of 35 or more. */
static void note_discharge(struct theatre *t, const struct tube *b, bool positive)
{
	struct track *x = front_track(t, b->person[0]);
	bool good = !positive || ct_of(t, b) >= 35;
	if (!good)
		x->negative_at[0] = x->negative_at[1] = 0;
	else if (!x->negative_at[0])
		x->negative_at[0] = b->first_at;
	else if (b->first_at - x->negative_at[0] >= MS_PER_DAY - MS_PER_HOUR && !x->negative_at[1])
		x->negative_at[1] = b->first_at;
}

static void report(struct desk *k, struct machine *m, int64_t at)
{
	struct theatre *t = k->t;
	for (size_t i = 0; i < m->n; i++) {
		struct tube *b = &t->tubes[m->tubes[i]];
		bool invalid = key_below(key_hash(&t->keys, FOR_LOSS, m->tubes[i], 1), 10000) < t->p->invalid;
		const char *result = invalid ? "invalid" : b->positive ? "positive" : "negative";
		b->stage = TUBE_REPORTED;
		char ct[60] = "";
		if (!invalid && b->positive)
			snprintf(ct, sizeof ct, ",'ct_n':%.1f,'ct_orf':%.1f", ct_of(t, b), ct_of(t, b) + 0.6);
		tell(k, "testing.result_reported", t->p->code * 1000000, at, "'tube':'%s','laboratory':'%s','plate':'%s','result':'%s','tested_at':%lld%s",
		     front_name(t, N_TUBE, m->tubes[i]), front_name(t, N_LAB, 0), front_name(t, N_PLATE, m->plate), result,
		     (long long)m->done_at, ct);
		if (!invalid && b->max == 1 && (t->persons[b->person[0]].flags & PERSON_CASE))
			note_discharge(t, b, b->positive);
		if (!invalid)
			note_result(t, b, b->positive, at);
		else if (b->max == 1)
			front_track(t, b->person[0])->single_wait = false;
	}
	m->n = 0;
	m->done_at = 0;
}

static bool lab_is_down(const struct theatre *t, int64_t now)
{
	const struct scenario_faults *x = &t->f->s->faults;
	int64_t from = t->f->begins_at + x->lab_down_h * MS_PER_HOUR;
	return x->lab_down_hours && now >= from && now < from + x->lab_down_hours * MS_PER_HOUR;
}

static enum err_code load(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	uint32_t *tubes = malloc(LIST_MAX * sizeof *tubes);
	if (!tubes)
		return err_set(e, ERR_MEMORY, "", "no memory for the tubes");
	enum err_code rc = desk_rows(k, &rows, e, "testing/tubes?stage=received&limit=%d", LIST_MAX);
	size_t n = rc == OK ? waiting_tubes(t, rows, TUBE_RECEIVED, tubes, LIST_MAX) : 0, at = 0;
	for (int64_t i = 0; i < t->p->machines && at < n; i++) {
		struct machine *m = &t->machines[i];
		struct buf list;
		size_t some = n - at < (size_t)t->p->batch ? n - at : (size_t)t->p->batch;
		if (m->done_at)
			continue;
		if (!m->tubes)
			m->tubes = calloc((size_t)t->p->batch, sizeof *m->tubes);
		CHECK(m->tubes != NULL);
		memcpy(m->tubes, tubes + at, some * sizeof *tubes);
		m->n = some;
		m->plate = t->plates_n++;
		m->done_at = k->now + t->p->run_min * MS_PER_MINUTE;
		buf_init(&list, 0);
		add_list(t, &list, m->tubes, some);
		tell(k, "testing.plate_loaded", t->p->code * 1000000, k->now, "'plate':'%s','laboratory':'%s','tubes':[%s],'controls_ok':true",
		     front_name(t, N_PLATE, m->plate), front_name(t, N_LAB, 0), list.p);
		buf_done(&list);
		for (size_t j = 0; j < some; j++) {
			t->tubes[m->tubes[j]].stage = TUBE_PLATED;
			desk_waited(k, t->tubes[m->tubes[j]].arrives_at, k->now);
		}
		k->jobs_n++;
		k->busy_ms += t->p->run_min * MS_PER_MINUTE;
		at += some;
	}
	if (n - at > k->queue_most)
		k->queue_most = (uint32_t)(n - at);
	free(tubes);
	return rc;
}

static bool anything_received(const struct theatre *t)
{
	bool any = false;
	for (size_t i = 0; i < t->boxes_n; i++)
		any |= !t->boxes[i].received;
	for (size_t i = t->tubes_n; i-- > 0 && !any;)
		any = t->tubes[i].stage == TUBE_RECEIVED;
	return any;
}

enum err_code staff_laboratory(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	int hour = front_hour(t->f, k->now);
	if (lab_is_down(t, k->now))
		return OK;
	for (int64_t i = 0; i < t->p->machines; i++) {
		struct machine *m = &t->machines[i];
		if (m->done_at && m->done_at + t->p->report_min * MS_PER_MINUTE <= k->now)
			report(k, m, m->done_at + t->p->report_min * MS_PER_MINUTE);
	}
	if (!anything_received(t) || hour < t->p->lab_opens_h || hour >= t->p->lab_closes_h)
		return OK;
	enum err_code rc = desk_flush(k, e);
	if (rc == OK)
		rc = receive(k, e);
	if (rc == OK)
		rc = desk_flush(k, e);
	return rc == OK ? load(k, e) : rc;
}
