/* SPDX-License-Identifier: Apache-2.0
 *
 * One decoder, one encoder for all kinds; both walk the kind's table of fields.
 */
#include "ledger/fact.h"

#include <stdio.h>
#include <string.h>

#include "core/caltime.h"

#define TEXT_CHARS_DEFAULT 200
#define AT_MAX INT64_C(7258118400000) /* 2200-01-01: later instants are typing errors */

/* ---- registry -------------------------------------------------------------------------------------------- */

#define KINDS_MAX 512
static const struct fact_kind *registry[KINDS_MAX];
static size_t registry_n;

void fact_register(const struct fact_kind *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CHECK(registry_n < KINDS_MAX);
		CHECK(!fact_kind_of(str_of(kinds[i].name)));
		registry[registry_n++] = &kinds[i];
	}
}

const struct fact_kind *fact_kind_of(struct str name)
{
	for (size_t i = 0; i < registry_n; i++)
		if (str_eq_c(name, registry[i]->name))
			return registry[i];
	return NULL;
}

const struct fact_kind *fact_kind_at(size_t i)
{
	return i < registry_n ? registry[i] : NULL;
}

/* ---- members --------------------------------------------------------------------------------------------- */

static char *member(const struct field *f, const void *body)
{
	return (char *)(uintptr_t)body + f->offset;
}

int64_t *field_int(const struct field *f, const void *body)
{
	return (int64_t *)(void *)member(f, body);
}

double *field_real(const struct field *f, const void *body)
{
	return (double *)(void *)member(f, body);
}

struct str *field_text(const struct field *f, const void *body)
{
	return (struct str *)(void *)member(f, body);
}

struct id *field_id(const struct field *f, const void *body)
{
	return (struct id *)(void *)member(f, body);
}

struct fact_list *field_list(const struct field *f, const void *body)
{
	return (struct fact_list *)(void *)member(f, body);
}

bool field_absent(const struct field *f, const void *body)
{
	switch (f->type) {
	case F_INT:
	case F_BOOL:
	case F_WORD:
	case F_TIME:
	case F_DAY:
	case F_AREA:
		return *field_int(f, body) == ABSENT;
	case F_REAL:
		return isnan(*field_real(f, body));
	case F_TEXT:
		return field_text(f, body)->p == NULL;
	case F_ID:
		return id_is_none(*field_id(f, body));
	case F_IDS:
	case F_AREAS:
	case F_TEXTS:
		return field_list(f, body)->n == 0;
	}
	return true;
}

static void make_absent(const struct field *f, void *body)
{
	switch (f->type) {
	case F_INT:
	case F_BOOL:
	case F_WORD:
	case F_TIME:
	case F_DAY:
	case F_AREA:
		*field_int(f, body) = ABSENT;
		break;
	case F_REAL:
		*field_real(f, body) = NAN;
		break;
	case F_TEXT:
	case F_ID:
	case F_IDS:
	case F_AREAS:
	case F_TEXTS:
		break; /* zero bytes are absent already */
	}
}

const struct field *fact_field(const struct fact_kind *kind, struct str name)
{
	for (size_t i = 0; i < kind->fields_n; i++)
		if (str_eq_c(name, kind->fields[i].name))
			return &kind->fields[i];
	return NULL;
}

void *fact_body_new(struct arena *a, const struct fact_kind *kind)
{
	void *body = arena_alloc(a, kind->body_n);
	for (size_t i = 0; i < kind->fields_n; i++)
		make_absent(&kind->fields[i], body);
	return body;
}

/* ---- one value ------------------------------------------------------------------------------------------- */

static enum err_code bad(struct err *e, const char *at, const char *rule)
{
	return err_set(e, ERR_BAD_VALUE, at, "%s", rule);
}

static enum err_code check_text(const struct field *f, struct str s, const char *at, struct err *e)
{
	size_t least = f->max ? (size_t)f->min : 1, most = f->max ? (size_t)f->max : TEXT_CHARS_DEFAULT;
	size_t chars = str_chars(s);
	if (chars < least || chars > most)
		return err_set(e, ERR_BAD_VALUE, at, "a text of %zu to %zu characters is expected, this has %zu", least, most, chars);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 && s.p[i] != '\n' && s.p[i] != '\t')
			return bad(e, at, "control characters are not allowed");
	return OK;
}

static enum err_code check_int(const struct field *f, int64_t v, const char *at, struct err *e)
{
	int64_t least = f->min, most = f->max;
	if (f->min == 0 && f->max == 0)
		most = INT32_MAX;
	if (v < least || v > most)
		return err_set(e, ERR_BAD_VALUE, at, "a whole number from %lld to %lld is expected", (long long)least,
			       (long long)most);
	return OK;
}

static bool word_index(const struct field *f, struct str s, int64_t *out)
{
	for (int64_t i = 0; f->words[i]; i++)
		if (str_eq_c(s, f->words[i])) {
			*out = i;
			return true;
		}
	return false;
}

static enum err_code bad_word(const struct field *f, const char *at, struct err *e)
{
	char list[200];
	size_t n = 0;
	for (size_t i = 0; f->words[i] && n < sizeof list; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", f->words[i]);
	return err_set(e, ERR_BAD_VALUE, at, "one of these words is expected: %s", list);
}

static bool area_parse(struct str s, int64_t *out)
{
	int64_t v = 0;
	if (s.n != 12)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	if (v < 1000000)
		return false;
	*out = v;
	return true;
}

/* One rule for both written forms: what is taken as text is stored as a number and must be read back. */
static enum err_code check_time(int64_t ms, const char *at, struct err *e)
{
	return ms > 0 && ms < AT_MAX ? OK : bad(e, at, "an instant between 1970 and 2200 is expected");
}

/* A scalar that is written as text in JSON: words, ids, areas, times, days, texts. */
static enum err_code scalar_text(const struct field *f, struct str s, void *to, const char *at, struct err *e)
{
	int32_t day;
	int64_t ms;
	switch (f->type) {
	case F_TEXT: {
		enum err_code rc = check_text(f, s, at, e);
		if (rc == OK)
			*(struct str *)to = s;
		return rc;
	}
	case F_WORD:
		return word_index(f, s, to) ? OK : bad_word(f, at, e);
	case F_ID:
		return id_parse(s, to) ? OK : bad(e, at, "an id of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx is expected");
	case F_AREA:
		return area_parse(s, to) ? OK : bad(e, at, "an area code of 12 digits is expected");
	case F_TIME:
		if (!caltime_parse(s, &ms))
			return bad(e, at, "an instant such as 2022-11-20T21:00:00+08:00 is expected");
		if (check_time(ms, at, e) != OK)
			return ERR_BAD_VALUE;
		*(int64_t *)to = ms;
		return OK;
	case F_DAY:
		if (!day_parse(s, &day))
			return bad(e, at, "a day such as 2022-11-20 is expected");
		*(int64_t *)to = day;
		return OK;
	default:
		return bad(e, at, "a number is expected, not a text");
	}
}

static enum err_code scalar_json(const struct field *f, const struct json *j, void *to, const char *at, struct err *e)
{
	if (j->type == JSON_STRING)
		return scalar_text(f, j->s, to, at, e);
	switch (f->type) {
	case F_INT:
		if (j->type != JSON_INT)
			return bad(e, at, "a whole number is expected");
		if (check_int(f, j->i, at, e) != OK)
			return ERR_BAD_VALUE;
		*(int64_t *)to = j->i;
		return OK;
	case F_TIME:
		if (j->type != JSON_INT)
			return bad(e, at, "an instant is expected: ISO 8601 text or milliseconds since 1970");
		if (check_time(j->i, at, e) != OK)
			return ERR_BAD_VALUE;
		*(int64_t *)to = j->i;
		return OK;
	case F_BOOL:
		if (j->type != JSON_TRUE && j->type != JSON_FALSE)
			return bad(e, at, "true or false is expected");
		*(int64_t *)to = j->type == JSON_TRUE;
		return OK;
	case F_REAL: {
		if (j->type != JSON_INT && j->type != JSON_REAL)
			return bad(e, at, "a number is expected");
		double v = j->type == JSON_INT ? (double)j->i : j->f;
		if ((f->min || f->max) && (v < (double)f->min || v > (double)f->max))
			return err_set(e, ERR_BAD_VALUE, at, "a number from %lld to %lld is expected", (long long)f->min, (long long)f->max);
		*(double *)to = v;
		return OK;
	}
	default:
		return bad(e, at, "a text in quotes is expected");
	}
}

/* Type and size of one entry of a list field. */
static struct field entry_of(const struct field *f, size_t *size)
{
	struct field one = *f;
	one.type = f->type == F_IDS ? F_ID : f->type == F_AREAS ? F_AREA : F_TEXT;
	*size = f->type == F_IDS ? sizeof(struct id) : f->type == F_AREAS ? sizeof(int64_t) : sizeof(struct str);
	return one;
}

static bool is_list(const struct field *f)
{
	return f->type == F_IDS || f->type == F_AREAS || f->type == F_TEXTS;
}

static enum err_code list_json(struct arena *a, const struct field *f, const struct json *j, struct fact_list *to,
			       const char *at, struct err *e)
{
	if (j->type != JSON_ARRAY)
		return bad(e, at, "a list is expected");
	if (j->n > FACT_LIST_MAX)
		return err_set(e, ERR_TOO_LARGE, at, "a list of at most %d entries is expected", FACT_LIST_MAX);
	size_t size, i = 0;
	struct field one = entry_of(f, &size);
	char *p = arena_try(a, size * j->n);
	if (!p)
		return err_set(e, ERR_TOO_LARGE, at, "the request holds too much");
	JSON_EACH(c, j) {
		enum err_code rc = c->type == JSON_STRING ? scalar_text(&one, c->s, p + size * i, "", e)
							  : bad(e, "", "a text in quotes is expected");
		if (rc != OK) {
			char where[192];
			snprintf(where, sizeof where, "%s/%zu", at, i);
			err_under(e, where);
			return rc;
		}
		i++;
	}
	*to = (struct fact_list){p, j->n};
	return OK;
}

static enum err_code value_json(struct arena *a, const struct field *f, const struct json *j, void *body, const char *at,
				struct err *e)
{
	if (is_list(f))
		return list_json(a, f, j, field_list(f, body), at, e);
	return scalar_json(f, j, member(f, body), at, e);
}

enum err_code fact_set_text(struct arena *a, const struct field *f, struct str text, void *body, struct err *e)
{
	text = str_trim(text);
	if (text.n == 0) {
		make_absent(f, body);
		return OK;
	}
	int64_t i;
	double real;
	switch (f->type) {
	case F_INT:
		if (!str_to_i64(text, &i))
			return bad(e, f->name, "a whole number is expected");
		if (check_int(f, i, f->name, e) != OK)
			return ERR_BAD_VALUE;
		*field_int(f, body) = i;
		return OK;
	case F_REAL:
		if (!str_to_f64(text, &real))
			return bad(e, f->name, "a number is expected");
		*field_real(f, body) = real;
		return OK;
	case F_BOOL: {
		static const char *const words[] = {"false", "true", "no", "yes", "0", "1", "否", "是"};
		for (size_t k = 0; k < ARRAY_N(words); k++)
			if (str_eq_c(text, words[k])) {
				*field_int(f, body) = (int64_t)(k & 1);
				return OK;
			}
		return bad(e, f->name, "yes or no is expected");
	}
	case F_IDS:
	case F_AREAS:
	case F_TEXTS: {
		size_t size, n = 1;
		struct field one = entry_of(f, &size);
		for (size_t k = 0; k < text.n; k++)
			n += text.p[k] == ';';
		if (n > FACT_LIST_MAX)
			return bad(e, f->name, "the list is too long");
		char *p = arena_alloc(a, size * n);
		for (size_t k = 0; k < n; k++) {
			struct str entry = str_trim(str_cut(&text, ';'));
			enum err_code rc = scalar_text(&one, entry.n ? arena_str(a, entry) : entry, p + size * k, f->name, e);
			if (rc != OK)
				return rc;
		}
		*field_list(f, body) = (struct fact_list){p, n};
		return OK;
	}
	default:
		return scalar_text(f, arena_str(a, text), member(f, body), f->name, e);
	}
}

/* ---- bodies ---------------------------------------------------------------------------------------------- */

enum err_code fact_require(const struct fact_kind *kind, const void *body, struct err *e)
{
	for (size_t i = 0; i < kind->fields_n; i++) {
		const struct field *f = &kind->fields[i];
		if ((f->flags & REQUIRED) && field_absent(f, body)) {
			char at[96];
			snprintf(at, sizeof at, "/body/%s", f->name);
			return err_set(e, ERR_MISSING_FIELD, at, "%s", f->en);
		}
	}
	return OK;
}

enum err_code fact_decode_body(struct arena *a, const struct fact_kind *kind, const struct json *j, bool derived,
			       void *body, struct err *e)
{
	if (j->type != JSON_OBJECT)
		return bad(e, "/body", "an object is expected");
	/* Members mostly come in the order of the table, so the search begins where the last one was found. */
	size_t next = 0;
	JSON_EACH(c, j) {
		const struct field *f = NULL;
		for (size_t k = 0; k < kind->fields_n && !f; k++) {
			const struct field *candidate = &kind->fields[(next + k) % kind->fields_n];
			if (str_eq_c(c->key, candidate->name))
				f = candidate;
		}
		char at[128];
		if (!f || ((f->flags & DERIVED) && !derived)) {
			char name[48];
			str_to_c(c->key, name, sizeof name);
			snprintf(at, sizeof at, "/body/%s", name);
			return err_set(e, ERR_UNKNOWN_FIELD, at, "%s has no such field", kind->name);
		}
		next = (size_t)(f - kind->fields) + 1;
		if (c->type == JSON_NULL)
			continue;
		enum err_code rc = value_json(a, f, c, body, "", e);
		if (rc != OK) { /* the place is written only when somebody reads it: this is the hot path of every fact */
			snprintf(at, sizeof at, "/body/%s", f->name);
			err_under(e, at);
			return rc;
		}
	}
	return OK;
}

enum envelope { E_ID, E_KIND, E_OUTBREAK, E_AREA, E_AT, E_RECORDED, E_DEVICE, E__N };
static const struct field envelope[E__N] = {
	[E_ID] = {.name = "id", .type = F_ID, .flags = REQUIRED, .en = "made by the client (UUIDv7)"},
	[E_KIND] = {.name = "kind", .type = F_TEXT, .flags = REQUIRED, .max = 64, .min = 1, .en = "kind of fact"},
	[E_OUTBREAK] = {.name = "outbreak", .type = F_ID, .en = "outbreak it belongs to"},
	[E_AREA] = {.name = "area", .type = F_AREA, .flags = REQUIRED, .en = "where it happened, 12-digit area code"},
	[E_AT] = {.name = "at", .type = F_TIME, .flags = REQUIRED, .en = "when it happened"},
	[E_RECORDED] = {.name = "recorded", .type = F_TIME, .en = "clock of the device when it was entered"},
	[E_DEVICE] = {.name = "device", .type = F_TEXT, .max = 64, .min = 1, .en = "what it was entered on"},
};

enum err_code fact_decode(struct arena *a, const struct json *j, struct fact *out, struct err *e)
{
	if (j->type != JSON_OBJECT)
		return bad(e, "", "a fact is an object with id, kind, area, at and body");
	struct fact f = {.at = ABSENT, .recorded = ABSENT, .area = ABSENT};
	struct str kind = STR_NONE;
	void *const to[E__N] = {&f.id, &kind, &f.outbreak, &f.area, &f.at, &f.recorded, &f.device};
	const struct json *body = NULL;
	unsigned seen = 0;
	JSON_EACH(c, j) {
		if (str_eq(c->key, STR("body"))) {
			body = c;
			continue;
		}
		int k = 0;
		while (k < E__N && !str_eq_c(c->key, envelope[k].name))
			k++;
		if (k < E__N && c->type == JSON_NULL)
			continue;
		if (k == E__N) {
			char at[64];
			snprintf(at, sizeof at, "/%.*s", c->key.n > 40 ? 40 : (int)c->key.n, c->key.p);
			return err_set(e, ERR_UNKNOWN_FIELD, at, "a fact has id, kind, outbreak, area, at, recorded, device and body");
		}
		enum err_code rc = scalar_json(&envelope[k], c, to[k], "", e);
		if (rc != OK) {
			char at[64];
			snprintf(at, sizeof at, "/%s", envelope[k].name);
			err_under(e, at);
			return rc;
		}
		seen |= 1u << k;
	}
	for (int k = 0; k < E__N; k++)
		if ((envelope[k].flags & REQUIRED) && !(seen & 1u << k)) {
			char at[32];
			snprintf(at, sizeof at, "/%s", envelope[k].name);
			return err_set(e, ERR_MISSING_FIELD, at, "%s", envelope[k].en);
		}
	f.kind = fact_kind_of(kind);
	if (!f.kind)
		return err_set(e, ERR_UNKNOWN_KIND, "/kind", "no kind of that name");
	if (f.recorded == ABSENT)
		f.recorded = f.at;
	if (check_time(f.at, "/at", e) != OK || check_time(f.recorded, "/recorded", e) != OK)
		return ERR_BAD_VALUE;
	if (f.kind->outbreak && id_is_none(f.outbreak))
		return err_set(e, ERR_MISSING_FIELD, "/outbreak", "this kind of fact belongs to an outbreak");
	if (!f.kind->outbreak && !id_is_none(f.outbreak))
		return err_set(e, ERR_BAD_VALUE, "/outbreak", "this kind of fact belongs to no outbreak; leave it out");
	if (!body)
		return err_set(e, ERR_MISSING_FIELD, "/body", "the fact's own fields");
	f.body = arena_try(a, f.kind->body_n);
	if (!f.body)
		return err_set(e, ERR_TOO_LARGE, "", "the request holds too much");
	for (size_t i = 0; i < f.kind->fields_n; i++)
		make_absent(&f.kind->fields[i], f.body);
	enum err_code rc = fact_decode_body(a, f.kind, body, false, f.body, e);
	if (rc == OK)
		rc = fact_require(f.kind, f.body, e);
	if (rc == OK)
		*out = f;
	return rc;
}

/* ---- encoding -------------------------------------------------------------------------------------------- */

static void encode_id(struct buf *b, struct id id)
{
	char text[ID_TEXT_N + 1];
	id_format(id, text);
	json_c(b, text);
}

static void encode_area(struct buf *b, int64_t area)
{
	char text[16];
	snprintf(text, sizeof text, "%012lld", (long long)area);
	json_c(b, text);
}

static void encode_list(struct buf *b, const struct field *f, const struct fact_list *list)
{
	json_open(b, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (f->type == F_IDS)
			encode_id(b, ((const struct id *)list->p)[i]);
		else if (f->type == F_AREAS)
			encode_area(b, ((const int64_t *)list->p)[i]);
		else
			json_str(b, ((const struct str *)list->p)[i]);
	}
	json_close(b, ']');
}

void fact_encode_value(struct buf *b, const struct field *f, const void *body)
{
	char text[CALTIME_TEXT_N];
	if (field_absent(f, body)) {
		json_null(b);
		return;
	}
	switch (f->type) {
	case F_INT:
	case F_TIME: /* canonical form: independent of the time zone */
		json_i64(b, *field_int(f, body));
		break;
	case F_REAL:
		json_f64(b, *field_real(f, body));
		break;
	case F_BOOL:
		json_bool(b, *field_int(f, body) != 0);
		break;
	case F_WORD:
		json_c(b, f->words[*field_int(f, body)]);
		break;
	case F_DAY:
		day_format((int32_t)*field_int(f, body), text);
		json_c(b, text);
		break;
	case F_AREA:
		encode_area(b, *field_int(f, body));
		break;
	case F_TEXT:
		json_str(b, *field_text(f, body));
		break;
	case F_ID:
		encode_id(b, *field_id(f, body));
		break;
	case F_IDS:
	case F_AREAS:
	case F_TEXTS:
		encode_list(b, f, field_list(f, body));
		break;
	}
}

void fact_encode_body(struct buf *b, const struct fact_kind *kind, const void *body, bool personal)
{
	json_open(b, '{');
	for (size_t i = 0; i < kind->fields_n; i++) {
		const struct field *f = &kind->fields[i];
		if (((f->flags & PERSONAL) != 0) != personal || field_absent(f, body))
			continue;
		json_key(b, f->name);
		fact_encode_value(b, f, body);
	}
	json_close(b, '}');
}

bool fact_has_personal(const struct fact_kind *kind, const void *body)
{
	if (!kind->subject)
		return false;
	for (size_t i = 0; i < kind->fields_n; i++)
		if ((kind->fields[i].flags & PERSONAL) && !field_absent(&kind->fields[i], body))
			return true;
	return false;
}
