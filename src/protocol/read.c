/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"

/* ---- messages ---- */

enum err_code read_fail(struct reader *r, enum err_code code, int32_t line, const char *fmt, ...)
{
	char at[160], what[280], whole[480];
	snprintf(at, sizeof at, "%s:%d", r->filename, line);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof whole, "%.*s%s%s", (int)r->path_n, r->path, r->path_n ? ": " : "", what);
	return err_set(r->e, code, at, "%s", whole);
}

const char *read_found(const struct node *n, char out[64])
{
	char text[41];
	if (n->kind == NODE_LIST)
		return "a list";
	if (n->kind == NODE_MAP)
		return "a mapping";
	if (n->text.n == 0)
		return "nothing";
	size_t len = str_to_c(n->text, text, sizeof text);
	snprintf(out, 64, n->quoted ? "the text `%s%s`" : "`%s%s`", text, len < n->text.n ? ".." : "");
	return out;
}

size_t read_push(struct reader *r, struct str key)
{
	size_t mark = r->path_n, room = sizeof r->path - mark;
	if (room > 2) {
		if (mark > 0)
			r->path[r->path_n++] = '.';
		r->path_n += str_to_c(key, r->path + r->path_n, sizeof r->path - r->path_n);
	}
	return mark;
}

void read_pop(struct reader *r, size_t mark)
{
	r->path_n = mark;
}

void *read_give(struct reader *r, size_t n, int32_t line, enum err_code *code)
{
	void *p = arena_try(r->a, n ? n : 1);
	if (!p)
		*code = read_fail(r, ERR_MEMORY, line, "no memory is left for this file");
	return p;
}

/* ---- words and numbers ---- */

int read_word(struct str s, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (str_eq_c(s, words[i]))
			return i;
	return -1;
}

static void list_words(const char *const *words, char *out, size_t cap)
{
	size_t n = 0;
	out[0] = 0;
	for (int i = 0; words[i] && n + 1 < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", i ? ", " : "", words[i]);
}

static enum err_code one_word(struct reader *r, const struct node *n, const char *const *words, int *out)
{
	int v = n->kind == NODE_SCALAR ? read_word(n->text, words) : -1;
	if (v >= 0) {
		*out = v;
		return OK;
	}
	char all[300], found[64];
	list_words(words, all, sizeof all);
	return read_fail(r, ERR_BAD_VALUE, n->line, "found %s, expected one of: %s", read_found(n, found), all);
}

enum err_code read_number(struct reader *r, const struct node *n, int32_t min, int32_t max, int32_t *out)
{
	int64_t v;
	char found[64];
	if (n->kind != NODE_SCALAR || n->quoted || !str_to_i64(n->text, &v))
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a whole number from %d to %d, found %s",
				 min, max, read_found(n, found));
	if (v < min || v > max)
		return read_fail(r, ERR_BAD_VALUE, n->line,
				 "%s is out of range, expected a whole number from %d to %d",
				 read_found(n, found), min, max);
	*out = (int32_t)v;
	return OK;
}

static int64_t unit_minutes(struct str unit)
{
	return str_eq_c(unit, "min") ? 1 : str_eq_c(unit, "h") ? 60 : str_eq_c(unit, "d") ? 1440 : 0;
}

/* value x unit in minutes; false when it does not fit an int32. */
static bool minutes_of(struct str value, struct str unit, int64_t *out)
{
	int64_t v, f = unit_minutes(unit);
	if (f == 0 || !str_to_i64(value, &v) || v < 0 || v > INT32_MAX / 1440)
		return false;
	*out = v * f;
	return true;
}

bool read_minutes_text(struct str s, int64_t *out)
{
	struct str rest = s, value = str_cut(&rest, ' ');
	return minutes_of(value, rest, out);
}

static enum err_code minutes(struct reader *r, const struct node *value, const struct node *unit, int32_t min,
			     int32_t max, int32_t *out)
{
	int64_t v = 0;
	char found[64];
	if (unit && (unit->kind != NODE_SCALAR || unit_minutes(unit->text) == 0))
		return read_fail(r, ERR_BAD_VALUE, unit->line, "found %s as unit of a duration, expected min, h or d",
				 read_found(unit, found));
	bool fits = value->kind == NODE_SCALAR && !value->quoted &&
		    (unit ? minutes_of(value->text, unit->text, &v) : read_minutes_text(value->text, &v));
	if (!fits)
		return read_fail(r, ERR_BAD_VALUE, value->line,
				 "expected a duration (`8 h`, or value with unit: min, h or d), found %s",
				 read_found(value, found));
	if (v < min || v > max)
		return read_fail(r, ERR_BAD_VALUE, value->line,
				 "the duration %s is out of range, expected %d to %d minutes",
				 read_found(value, found), min, max);
	*out = (int32_t)v;
	return OK;
}

/* ---- notes ---- */

/* "[2][14]": every number must stand in `sources`. */
static enum err_code check_source(struct reader *r, const struct node *n)
{
	struct str s = n->kind == NODE_SCALAR ? n->text : STR_NONE;
	char found[64];
	if (s.n == 0)
		goto shape;
	while (s.n > 0) {
		struct str head = str_cut(&s, ']');
		int64_t number = 0;
		if (head.n < 2 || head.p[0] != '[' || !s.p ||
		    !str_to_i64((struct str){head.p + 1, head.n - 1}, &number))
			goto shape;
		bool known = false;
		for (size_t i = 0; i < r->source_n && !known; i++)
			known = r->source[i].number == number;
		if (!known)
			return read_fail(r, ERR_BAD_VALUE, n->line,
					 "source [%lld] is not listed under `sources`", (long long)number);
	}
	return OK;
shape:
	return read_fail(r, ERR_BAD_VALUE, n->line, "expected source numbers like \"[2][14]\", found %s",
			 read_found(n, found));
}

static enum err_code text(struct reader *r, const struct node *n, struct str *out)
{
	char found[64];
	if (n->kind != NODE_SCALAR || n->text.n == 0)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a text, found %s", read_found(n, found));
	enum err_code code = OK;
	char *p = read_give(r, n->text.n + 1, n->line, &code);
	if (code)
		return code;
	memcpy(p, n->text.p, n->text.n);
	*out = (struct str){p, n->text.n};
	return OK;
}

enum err_code read_note(struct reader *r, const struct node *n, struct protocol_note *out, bool *own)
{
	const struct node *status = tree_get(n, "status"), *source = tree_get(n, "source"),
			  *why = tree_get(n, "why");
	struct protocol_note note = r->note;
	enum err_code code = OK;
	*own = false;
	if (!status) {
		if (source)
			return read_fail(r, ERR_MISSING_FIELD, source->key_line,
					 "`source` needs a `status` (F, L, P, R or D) beside it");
		if (why && (code = text(r, why, &note.why)))
			return code;
		note.line = n->line;
		*out = note;
		return OK;
	}
	int mark;
	if ((code = one_word(r, status, mark_words, &mark)))
		return code;
	note = (struct protocol_note){.mark = (enum protocol_mark)mark, .line = n->line};
	if (source && ((code = check_source(r, source)) || (code = text(r, source, &note.source))))
		return code;
	if (why && (code = text(r, why, &note.why)))
		return code;
	if (!source && (mark == MARK_F || mark == MARK_L || mark == MARK_P))
		return read_fail(r, ERR_MISSING_FIELD, status->line,
				 "a value with status %s needs a `source`", mark_words[mark]);
	if (!why && mark == MARK_R)
		return read_fail(r, ERR_MISSING_FIELD, status->line,
				 "a value with status R needs a `why`: what is not confirmed");
	*own = true;
	*out = note;
	return OK;
}

enum err_code read_confirm(struct reader *r, const struct protocol_note *note)
{
	if (note->mark != MARK_P && note->mark != MARK_R)
		return OK;
	enum err_code code = OK;
	if (r->unconfirmed_n == r->unconfirmed_cap) {
		size_t cap = r->unconfirmed_cap ? r->unconfirmed_cap * 2 : 64;
		struct protocol_unconfirmed_value *grown = read_give(r, cap * sizeof *grown, note->line, &code);
		if (code)
			return code;
		if (r->unconfirmed_n > 0)
			memcpy(grown, r->unconfirmed, r->unconfirmed_n * sizeof *grown);
		r->unconfirmed = grown;
		r->unconfirmed_cap = cap;
	}
	char *path = read_give(r, r->path_n + 1, note->line, &code);
	if (code)
		return code;
	memcpy(path, r->path, r->path_n);
	r->unconfirmed[r->unconfirmed_n++] = (struct protocol_unconfirmed_value){{path, r->path_n}, *note};
	return OK;
}

/* The note of a value n and the node that holds the value itself; refuses keys that a value does not have. */
static enum err_code value_of(struct reader *r, const struct node *n, const char *also,
			      const struct node **value, struct protocol_note *note)
{
	*value = n;
	*note = r->note;
	note->line = n->line;
	if (n->kind == NODE_MAP) {
		for (const struct node *m = n->first; m; m = m->next) {
			static const char *const keys[] = {"value", "unit", "status", "source", "why", NULL};
			if (read_word(m->key, keys) < 0 && !(also && str_eq_c(m->key, also)))
				return read_fail(r, ERR_UNKNOWN_FIELD, m->key_line,
						 "unknown key `%.*s`, expected: value, unit, status, source, why",
						 (int)(m->key.n > 60 ? 60 : m->key.n), m->key.p);
		}
		if (!(*value = tree_get(n, "value")))
			return read_fail(r, ERR_MISSING_FIELD, n->line, "the key `value` is missing");
		bool own;
		enum err_code code = read_note(r, n, note, &own);
		if (code)
			return code;
	}
	if (note->mark == MARK__N)
		return read_fail(r, ERR_MISSING_FIELD, n->line,
				 "this value has no `status` (F, L, P, R or D), neither of its own nor around it");
	return read_confirm(r, note);
}

/* ---- values ---- */

enum err_code read_num(struct reader *r, const struct field *f, const struct node *n, const char *also,
		       struct protocol_num *out)
{
	const struct node *value;
	struct protocol_note note;
	enum err_code code = value_of(r, n, also, &value, &note);
	int32_t v = 0;
	const struct node *unit = tree_get(n, "unit");
	if (!code && f->type == F_MINUTES)
		code = minutes(r, value, unit, f->min, f->max, &v);
	else if (!code && unit)
		code = read_fail(r, ERR_UNKNOWN_FIELD, unit->key_line,
				 "this number has no unit; its unit stands in its name");
	else if (!code)
		code = read_number(r, value, f->min, f->max, &v);
	if (!code)
		*out = (struct protocol_num){v, true, note};
	return code;
}

enum err_code read_numbers(struct reader *r, const struct field *f, const struct node *n,
			   struct protocol_nums *out)
{
	const struct node *value;
	struct protocol_note note;
	char found[64];
	enum err_code code = value_of(r, n, NULL, &value, &note);
	if (code)
		return code;
	if (value->kind != NODE_LIST)
		return read_fail(r, ERR_BAD_VALUE, value->line,
				 "expected a list of whole numbers like [1, 4, 7], found %s",
				 read_found(value, found));
	int32_t *v = read_give(r, value->n * sizeof *v, value->line, &code);
	size_t i = 0;
	for (const struct node *m = value->first; m && !code; m = m->next, i++) {
		code = read_number(r, m, f->min, f->max, &v[i]);
		if (!code && f->type == F_DAYS && i > 0 && v[i] <= v[i - 1])
			code = read_fail(r, ERR_BAD_VALUE, m->line, "days must ascend: %d stands after %d",
					 v[i], v[i - 1]);
	}
	if (!code)
		*out = (struct protocol_nums){v, value->n, note};
	return code;
}

enum err_code read_words(struct reader *r, const struct node *n, struct protocol_words *out)
{
	char found[64];
	if (n->kind != NODE_LIST)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a list of texts, found %s",
				 read_found(n, found));
	enum err_code code = OK;
	struct str *v = read_give(r, n->n * sizeof *v, n->line, &code);
	size_t i = 0;
	for (const struct node *m = n->first; m && !code; m = m->next)
		code = text(r, m, &v[i++]);
	if (!code)
		*out = (struct protocol_words){v, n->n};
	return code;
}

enum err_code read_bilingual(struct reader *r, const struct node *n, struct protocol_text *out)
{
	char found[64];
	if (n->kind != NODE_MAP)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected { en: .., zh: .. }, found %s",
				 read_found(n, found));
	struct protocol_text t = {0};
	for (const struct node *m = n->first; m; m = m->next) {
		struct str *to = str_eq_c(m->key, "en") ? &t.en : str_eq_c(m->key, "zh") ? &t.zh : NULL;
		if (!to)
			return read_fail(r, ERR_UNKNOWN_FIELD, m->key_line, "unknown key `%.*s`, expected: en, zh",
					 (int)(m->key.n > 60 ? 60 : m->key.n), m->key.p);
		size_t mark = read_push(r, m->key);
		enum err_code code = text(r, m, to);
		if (code)
			return code;
		read_pop(r, mark);
	}
	if (t.en.n == 0 || t.zh.n == 0)
		return read_fail(r, ERR_MISSING_FIELD, n->key_line, "the key `%s` is missing",
				 t.en.n == 0 ? "en" : "zh");
	*out = t;
	return OK;
}

static enum err_code id_text(struct reader *r, struct str s, int32_t line, struct str *out)
{
	bool good = s.n > 0 && s.n <= 64;
	for (size_t i = 0; good && i < s.n; i++)
		good = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || strchr("-_.", s.p[i]);
	if (!good) {
		char found[41];
		str_to_c(s, found, sizeof found);
		return read_fail(r, ERR_BAD_VALUE, line,
				 "`%s` is not a name: expected 1 to 64 small letters, digits, '-', '_' or '.'", found);
	}
	enum err_code code = OK;
	char *p = read_give(r, s.n + 1, line, &code);
	if (code)
		return code;
	memcpy(p, s.p, s.n);
	*out = (struct str){p, s.n};
	return OK;
}

static enum err_code boolean(struct reader *r, const struct node *n, bool *out)
{
	char found[64];
	bool yes = n->kind == NODE_SCALAR && !n->quoted && str_eq_c(n->text, "true");
	if (!yes && (n->kind != NODE_SCALAR || n->quoted || !str_eq_c(n->text, "false")))
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected true or false, found %s", read_found(n, found));
	*out = yes;
	return OK;
}

static enum err_code bits(struct reader *r, const struct node *n, const char *const *words, uint32_t *out)
{
	char found[64];
	if (n->kind != NODE_LIST)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a list of words, found %s",
				 read_found(n, found));
	uint32_t all = 0;
	for (const struct node *m = n->first; m; m = m->next) {
		int v;
		enum err_code code = one_word(r, m, words, &v);
		if (code)
			return code;
		if (all & (1u << v))
			return read_fail(r, ERR_DUPLICATE_FIELD, m->line, "`%s` stands twice", words[v]);
		all |= 1u << v;
	}
	*out = all;
	return OK;
}

/* ---- structs and lists ---- */

static enum err_code entries(struct reader *r, const struct field *f, const struct node *n, char *base)
{
	bool keyed = f->type == F_KEYED;
	char found[64];
	if (n->kind != (keyed ? NODE_MAP : NODE_LIST))
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected %s, found %s",
				 keyed ? "a mapping of names" : "a list", read_found(n, found));
	static const char *const note_keys[] = {"status", "source", "why", NULL};
	struct protocol_note outer = r->note;
	bool own;
	enum err_code code = keyed ? read_note(r, n, &r->note, &own) : OK;
	char *all = code ? NULL : read_give(r, n->n * f->sub->size, n->line, &code);
	size_t i = 0;
	for (const struct node *m = n->first; m && !code; m = m->next) {
		if (keyed && read_word(m->key, note_keys) >= 0)
			continue;
		char index[24], *entry = all + i++ * f->sub->size;
		snprintf(index, sizeof index, "%zu", i);
		size_t mark = read_push(r, keyed ? m->key : str_of(index));
		if (keyed && f->sub->id_at != NO_PLACE)
			code = id_text(r, m->key, m->key_line, (struct str *)(void *)(entry + f->sub->id_at));
		if (!code)
			code = read_map(r, f->sub, m, entry);
		if (!code)
			read_pop(r, mark);
	}
	if (code)
		return code;
	r->note = outer;
	memcpy(base + f->at, &all, sizeof all);
	memcpy(base + f->n_at, &i, sizeof i);
	return OK;
}

static enum err_code one_field(struct reader *r, const struct field *f, const struct node *n, char *base)
{
	void *to = base + f->at;
	char found[64];
	int word;
	enum err_code code;
	switch (f->type) {
	case F_TEXT:
		return text(r, n, to);
	case F_ID:
		return n->kind == NODE_SCALAR ? id_text(r, n->text, n->line, to)
					      : read_fail(r, ERR_BAD_VALUE, n->line,
							  "expected a name, found %s", read_found(n, found));
	case F_BILINGUAL:
		return read_bilingual(r, n, to);
	case F_BOOL:
		return boolean(r, n, to);
	case F_NUM:
	case F_MINUTES:
		return read_num(r, f, n, NULL, to);
	case F_NUMS:
	case F_DAYS:
		return read_numbers(r, f, n, to);
	case F_ENUM:
		code = one_word(r, n, f->words, &word);
		if (!code)
			memcpy(to, &word, sizeof word);
		return code;
	case F_ENUMS:
		return bits(r, n, f->words, to);
	case F_WORDS:
		return read_words(r, n, to);
	case F_DATE:
		if (n->kind != NODE_SCALAR || !day_parse(n->text, to))
			return read_fail(r, ERR_BAD_VALUE, n->line,
					 "expected a date like 2022-06-28, found %s", read_found(n, found));
		return OK;
	case F_STRUCT:
		return read_map(r, f->sub, n, to);
	case F_LIST:
	case F_KEYED:
		return entries(r, f, n, base);
	case F_CUSTOM:
		return f->read(r, n, to);
	case F_SKIP:
		return OK;
	}
	return OK;
}

static enum err_code unknown_key(struct reader *r, const struct spec *spec, const struct node *m)
{
	char all[200];
	size_t n = 0;
	all[0] = 0;
	for (size_t i = 0; i < spec->field_n && n + 1 < sizeof all; i++)
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", spec->field[i].key);
	return read_fail(r, ERR_UNKNOWN_FIELD, m->key_line, "unknown key `%.*s`, expected: %s",
			 (int)(m->key.n > 60 ? 60 : m->key.n), m->key.p, all);
}

static enum err_code fields(struct reader *r, const struct spec *spec, const struct node *n, char *base)
{
	for (const struct node *m = n->first; m; m = m->next) {
		static const char *const note_keys[] = {"status", "source", "why", NULL};
		if (read_word(m->key, note_keys) >= 0)
			continue;
		const struct field *f = NULL;
		for (size_t i = 0; i < spec->field_n && !f; i++)
			if (str_eq_c(m->key, spec->field[i].key))
				f = &spec->field[i];
		if (!f)
			return unknown_key(r, spec, m);
		size_t mark = read_push(r, m->key);
		enum err_code code = one_field(r, f, m, base);
		if (code)
			return code;
		read_pop(r, mark);
	}
	for (size_t i = 0; i < spec->field_n; i++)
		if (spec->field[i].required && !tree_get(n, spec->field[i].key))
			return read_fail(r, ERR_MISSING_FIELD, n->key_line, "the key `%s` is missing",
					 spec->field[i].key);
	return OK;
}

enum err_code read_map(struct reader *r, const struct spec *spec, const struct node *n, void *out)
{
	char found[64];
	if (n->kind != NODE_MAP)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a mapping of keys, found %s",
				 read_found(n, found));
	struct protocol_note outer = r->note, note;
	bool own;
	enum err_code code = read_note(r, n, &note, &own);
	if (code)
		return code;
	if (spec->note_at != NO_PLACE) {
		if (note.mark == MARK__N)
			return read_fail(r, ERR_MISSING_FIELD, n->key_line,
					 "this entry has no `status` (F, L, P, R or D), neither of its own nor around it");
		memcpy((char *)out + spec->note_at, &note, sizeof note);
	}
	if (own && (code = read_confirm(r, &note)))
		return code;
	r->note = note;
	if (spec->defaults)
		spec->defaults(out);
	code = fields(r, spec, n, out);
	if (!code && spec->check)
		code = spec->check(r, n, out);
	r->note = outer;
	return code;
}

enum err_code read_sources(struct reader *r, const struct node *n)
{
	char found[64];
	if (n->kind != NODE_MAP)
		return read_fail(r, ERR_BAD_VALUE, n->line,
				 "expected a mapping of source numbers to titles, found %s",
				 read_found(n, found));
	enum err_code code = OK;
	struct protocol_source *all = read_give(r, n->n * sizeof *all, n->line, &code);
	size_t i = 0;
	for (const struct node *m = n->first; m && !code; m = m->next, i++) {
		int64_t number;
		if (!str_to_i64(m->key, &number) || number < 1 || number > 9999)
			return read_fail(r, ERR_BAD_VALUE, m->key_line, "expected a source number from 1 to 9999 as key");
		all[i].number = (int32_t)number;
		code = text(r, m, &all[i].text);
	}
	if (code)
		return code;
	r->source = all;
	r->source_n = n->n;
	return OK;
}
