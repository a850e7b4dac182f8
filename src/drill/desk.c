/* SPDX-License-Identifier: Apache-2.0
 *
 * What every post does alike: note facts, send them, read lists, share work among its teams.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/staff.h"

#define BATCH_MAX 2000

bool desk_room(void *p, size_t *cap, size_t n, size_t size)
{
	void *old, *more;
	if (n < *cap)
		return true;
	size_t cap_n = *cap ? *cap * 2 : 256;
	memcpy(&old, p, sizeof old);
	more = realloc(old, cap_n * size);
	if (!more)
		return false;
	memcpy(p, &more, sizeof more);
	*cap = cap_n;
	return true;
}

static uint64_t *slot(const struct set64 *s, uint64_t number)
{
	size_t i = key_mix(number) & (s->cap - 1);
	while (s->v[i] && s->v[i] != number)
		i = (i + 1) & (s->cap - 1);
	return &s->v[i];
}

bool set64_has(const struct set64 *s, uint64_t number)
{
	return s->cap && *slot(s, number) == number;
}

bool set64_add(struct set64 *s, uint64_t number)
{
	CHECK(number != 0);
	if (s->n * 2 >= s->cap) {
		struct set64 more = {.cap = s->cap ? s->cap * 2 : 1024};
		more.v = calloc(more.cap, sizeof *more.v);
		CHECK(more.v != NULL);
		for (size_t i = 0; i < s->cap; i++)
			if (s->v[i])
				*slot(&more, s->v[i]) = s->v[i];
		more.n = s->n;
		free(s->v);
		*s = more;
	}
	uint64_t *p = slot(s, number);
	if (*p)
		return false;
	*p = number;
	s->n++;
	return true;
}

/* ---- counting by kind ----------------------------------------------------------------------------------------- */

static struct front_kind *kind_of(struct front *f, struct str kind)
{
	for (size_t i = 0; i < f->kinds_n; i++)
		if (str_eq_c(kind, f->kinds[i].kind))
			return &f->kinds[i];
	char *name = malloc(kind.n + 1);
	CHECK(name && desk_room(&f->kinds, &f->kinds_cap, f->kinds_n, sizeof *f->kinds));
	str_to_c(kind, name, kind.n + 1);
	f->kinds[f->kinds_n] = (struct front_kind){.kind = name};
	return &f->kinds[f->kinds_n++];
}

static void note_refusal(struct front *f, struct str kind, const struct json *verdict)
{
	const struct json *error = json_get(verdict, STR("error"));
	struct refusal r = {.n = 1};
	str_to_c(kind, r.kind, sizeof r.kind);
	if (error) {
		str_to_c(door_text(error, "code"), r.code, sizeof r.code);
		str_to_c(door_text(error, "at"), r.at, sizeof r.at);
		str_to_c(door_text(error, "what"), r.what, sizeof r.what);
	}
	for (size_t i = 0; i < f->refusals_n; i++)
		if (strcmp(f->refusals[i].kind, r.kind) == 0 && strcmp(f->refusals[i].code, r.code) == 0 &&
		    strcmp(f->refusals[i].at, r.at) == 0) {
			f->refusals[i].n++;
			return;
		}
	if (f->refusals_n < ARRAY_N(f->refusals))
		f->refusals[f->refusals_n++] = r;
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static bool of_no_outbreak(const char *kind)
{
	static const char *const kinds[] = {"house.outbreak_declared", "house.edition_adopted", "isolation.site_opened", "isolation.room_registered",
					     "transfer.vehicle_registered", "transfer.vehicle_disinfected"};
	for (size_t i = 0; i < ARRAY_N(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return strncmp(kind, "people.", 7) == 0;
}

void tell(struct desk *k, const char *kind, int64_t area, int64_t at, const char *body, ...)
{
	struct theatre *t = k->t;
	va_list ap;
	CHECK(desk_room(&k->facts, &k->facts_cap, k->facts_n, sizeof *k->facts));
	size_t from = k->text.n;
	bool house = of_no_outbreak(kind);
	buf_printf(&k->text, "{'id':'%s','kind':'%s','area':'%012lld','at':%lld,'device':'exercise',", front_name(t, N_FACT, t->facts_n++), kind,
		   (long long)area, (long long)at);
	if (!house)
		buf_printf(&k->text, "'outbreak':'%s',", front_name(t, N_OUTBREAK, 0));
	buf_add_c(&k->text, "'body':{");
	va_start(ap, body);
	buf_vprintf(&k->text, body, ap);
	va_end(ap);
	buf_add_c(&k->text, "}}");
	CHECK(!k->text.failed);
	for (size_t i = from; i < k->text.n; i++)
		if (k->text.p[i] == '\'')
			k->text.p[i] = '"';
	k->facts[k->facts_n++] = (struct outgoing){from, k->text.n - from};
	k->facts_told++;
	kind_of(t->f, str_of(kind))->told++;
}

static struct str kind_in(struct str fact)
{
	const char *p = memmem(fact.p, fact.n, "\"kind\":\"", 8);
	struct str rest = p ? (struct str){p + 8, fact.n - (size_t)(p + 8 - fact.p)} : STR_NONE;
	return str_cut(&rest, '"');
}

/* Any order, but the same for the same seed. */
static void shuffle(struct desk *k, size_t from, size_t n)
{
	uint64_t h = key_hash(&k->t->keys, FOR_FAULT, k->t->facts_n, (uint32_t)from);
	for (size_t i = n; i > 1; i--) {
		h = key_mix(h + i);
		size_t j = from + key_below(h, (uint32_t)i);
		struct outgoing o = k->facts[from + i - 1];
		k->facts[from + i - 1] = k->facts[j];
		k->facts[j] = o;
	}
}

static enum err_code send_batch(struct desk *k, size_t from, size_t n, struct err *e)
{
	const struct scenario_faults *x = &k->t->f->s->faults;
	const struct json *verdicts;
	struct buf b;
	bool twice = key_below(key_hash(&k->t->keys, FOR_FAULT, k->t->facts_n, UINT32_MAX - (uint32_t)from), 100) < x->duplicates;
	if (x->reorder)
		shuffle(k, from, n);
	buf_init(&b, 0);
	buf_add_c(&b, "{\"facts\":[");
	for (size_t i = from; i < from + n; i++) {
		if (i > from)
			buf_add_byte(&b, ',');
		buf_add(&b, k->text.p + k->facts[i].from, k->facts[i].n);
	}
	buf_add_c(&b, "]}");
	CHECK(!b.failed);
	enum err_code rc = door_tell(k->door, buf_str(&b), &verdicts, e);
	k->t->f->batches_n++;
	size_t i = from;
	if (rc == OK && verdicts)
		JSON_EACH(v, verdicts) {
			struct str fact = {k->text.p + k->facts[i].from, k->facts[i].n};
			if (door_int(v, "ok", 0) == 0) {
				kind_of(k->t->f, kind_in(fact))->refused++;
				note_refusal(k->t->f, kind_in(fact), v);
			}
			i++;
		}
	if (rc == OK && twice) {
		k->t->f->batches_twice_n++;
		rc = door_tell(k->door, buf_str(&b), &verdicts, e);
	}
	buf_done(&b);
	return rc;
}

/* Phones without a line keep what was noted. */
static bool line_is_down(const struct desk *k)
{
	const struct scenario_faults *x = &k->t->f->s->faults;
	int64_t from = k->t->f->begins_at + x->offline_h * MS_PER_HOUR;
	bool phone = strcmp(k->post->role, "sampler") == 0 || strcmp(k->post->role, "community") == 0;
	return phone && x->offline_hours && k->t->f->now >= from && k->t->f->now < from + x->offline_hours * MS_PER_HOUR;
}

enum err_code desk_flush(struct desk *k, struct err *e)
{
	enum err_code rc = OK;
	if (k->facts_n == 0 || line_is_down(k))
		return OK;
	k->t->told_n += k->facts_n;
	for (size_t from = 0; rc == OK && from < k->facts_n; from += BATCH_MAX)
		rc = send_batch(k, from, k->facts_n - from < BATCH_MAX ? k->facts_n - from : BATCH_MAX, e);
	k->facts_n = 0;
	buf_reset(&k->text);
	return rc;
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

bool desk_news(struct desk *k)
{
	if (line_is_down(k)) /* no list without a line */
		return false;
	if (k->seen == k->t->told_n && k->now - k->seen_at < MS_PER_HOUR && k->seen_at && !k->again)
		return false;
	k->again = false;
	k->seen = k->t->told_n;
	k->seen_at = k->now;
	return true;
}

enum err_code desk_rows(struct desk *k, const struct json **rows, struct err *e, const char *path, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, path);
	vsnprintf(text, sizeof text, path, ap);
	va_end(ap);
	return door_rows(k->door, text, rows, e);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

uint32_t *desk_numbers(struct desk *k, const struct json *rows, const char *column, enum name name, size_t *n)
{
	uint32_t *v = calloc((size_t)rows->n + 1, sizeof *v);
	*n = 0;
	if (!v)
		return NULL;
	JSON_EACH(row, rows)
		*n += front_number(k->t, door_text(row, column), name, &v[*n]);
	qsort(v, *n, sizeof *v, by_number);
	return v;
}

static struct board_row *board_row(struct theatre *t, struct str kind)
{
	for (size_t i = 0; i < t->board_n; i++)
		if (str_eq_c(kind, t->board[i].kind))
			return &t->board[i];
	CHECK(desk_room(&t->board, &t->board_cap, t->board_n, sizeof *t->board));
	struct board_row *r = &t->board[t->board_n++];
	*r = (struct board_row){.open = 0};
	str_to_c(kind, r->kind, sizeof r->kind);
	return r;
}

/* The board of the county, read again when something was told since. */
static enum err_code read_board(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	if (t->board_told == t->told_n && k->now - t->board_at < MS_PER_HOUR)
		return OK;
	enum err_code rc = door_rows(k->door, "house/duty_counts", &rows, e);
	if (rc != OK)
		return rc;
	for (size_t i = 0; i < t->board_n; i++)
		t->board[i].open = 0;
	JSON_EACH(row, rows)
		board_row(t, door_text(row, "kind"))->open = door_int(row, "open", 0);
	t->board_at = k->now;
	t->board_told = t->told_n;
	return OK;
}

enum err_code desk_duties(struct desk *k, const char *kind, const struct json **rows, struct err *e)
{
	enum err_code rc = read_board(k, e);
	*rows = NULL;
	if (rc != OK)
		return rc;
	struct board_row *b = board_row(k->t, str_of(kind));
	bool same = b->open == b->seen_open && k->now < b->next_at && k->now - b->seen_at < 3 * MS_PER_HOUR && !b->left;
	if (b->open == 0 || same)
		return OK;
	rc = desk_rows(k, rows, e, "house/duties?kind=%s&limit=10000", kind);
	if (rc != OK)
		return rc;
	b->seen_open = b->open;
	b->seen_at = k->now;
	b->next_at = INT64_MAX;
	b->left = false;
	JSON_EACH(row, *rows) {
		int64_t from = door_time(row, "from_at");
		if (from > k->now && from < b->next_at)
			b->next_at = from;
	}
	return OK;
}

void desk_left(struct desk *k, const char *kind)
{
	board_row(k->t, str_of(kind))->left = true;
	k->again = true;
}

/* ---- work ------------------------------------------------------------------------------------------------------------ */

/* An instant moved into the shift. */
static int64_t in_shift(const struct desk *k, int64_t at)
{
	const struct front *f = k->t->f;
	int64_t day = f->begins_at + (at - f->begins_at) / MS_PER_DAY * MS_PER_DAY;
	int64_t from = day + k->post->from_h * MS_PER_HOUR, until = day + k->post->until_h * MS_PER_HOUR;
	return at < from ? from : at < until ? at : from + MS_PER_DAY;
}

int64_t desk_take(struct desk *k, int64_t known, int64_t took_min, uint32_t *team)
{
	uint32_t best = 0;
	int64_t look_ms = k->post->every ? *(const int64_t *)(const void *)((const char *)k->t->p + k->post->every) * MS_PER_MINUTE : 0;
	for (uint32_t i = 1; i < k->teams_n; i++)
		if (k->idle_until[i] < k->idle_until[best])
			best = i;
	/* a duty is seen at the first look after it came up */
	int64_t origin = k->t->f->begins_at;
	int64_t seen = look_ms && known > origin ? origin + (known - origin + look_ms - 1) / look_ms * look_ms : known;
	int64_t begins = in_shift(k, seen > k->idle_until[best] ? seen : k->idle_until[best]);
	int64_t done = begins + took_min * MS_PER_MINUTE;
	if (done > k->now) {
		k->again = true;
		return 0;
	}
	k->idle_until[best] = done;
	k->jobs_n++;
	k->busy_ms += took_min * MS_PER_MINUTE;
	desk_waited(k, known, begins);
	if (team)
		*team = best;
	return done;
}

void desk_waited(struct desk *k, int64_t known, int64_t begun)
{
	int64_t wait = begun > known ? begun - known : 0;
	k->waits_n++;
	k->wait_ms += wait;
	if (wait > k->wait_most_ms)
		k->wait_most_ms = wait;
}

/* ---- people ------------------------------------------------------------------------------------------------------------ */

enum err_code front_hold(struct theatre *t, uint32_t person, enum hold_kind kind, int64_t at, struct err *e)
{
	return epidemic_hold(t->ep, person, kind, front_minute(t->f, at), FOREVER_MIN, e);
}

void front_let_go(struct theatre *t, uint32_t person, int64_t at)
{
	epidemic_release(t->ep, person, front_minute(t->f, at));
	if (t->zones[t->c->village_of[person]].sealed) /* free to be where everybody of the village is: at home */
		CHECK(front_hold(t, person, HOLD_HOME, at, NULL) == OK);
}

void tell_check(struct desk *k, uint32_t person)
{
	struct theatre *t = k->t;
	bool sick = front_sick(t, person, k->now);
	t->checks_n++;
	tell(k, "tracing.health_checked", front_area_of(t, person), k->now, "'person':'%s','temperature':%s%s,'half':'%s'",
	     front_name(t, N_PERSON, person), sick ? "38.1" : "36.6", sick ? ",'symptoms':['fever']" : "", front_hour(t->f, k->now) < 12 ? "am" : "pm");
}

enum err_code desk_user(struct desk *k, char out[NAME_N], struct err *e)
{
	return door_me(k->door, out, NAME_N, e);
}
