/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sheet.h"

#include <stdio.h>
#include <string.h>

#define EXPLANATION "# explanation"
#define EXPLANATION_ZH "# 说明"

#define E(member, type_, flags_, ...) {.name = #member, .type = type_, .flags = flags_, .offset = offsetof(struct fact, member), __VA_ARGS__}
const struct field sheet_envelope[SHEET__N] = {
	[SHEET_ID] = E(id, F_ID, 0, .en = "id of the fact (UUID); empty: made from the row, so that the same row is the same fact",
		       .zh = "事实编号（UUID）；留空则由本行内容生成，重复导入不会重复登记"),
	[SHEET_OUTBREAK] = E(outbreak, F_ID, 0, .entity = "outbreak", .en = "outbreak it belongs to", .zh = "所属疫情"),
	[SHEET_AREA] = E(area, F_AREA, REQUIRED, .en = "where it happened, 12-digit area code", .zh = "发生地区划代码（12 位）"),
	[SHEET_AT] = E(at, F_TIME, REQUIRED, .en = "when it happened, e.g. 2022-11-20T21:00", .zh = "发生时间，如 2022-11-20T21:00"),
	[SHEET_RECORDED] = E(recorded, F_TIME, 0, .en = "when it was entered; empty: when it happened", .zh = "录入时间，缺省为发生时间"),
	[SHEET_DEVICE] = E(device, F_TEXT, 0, .min = 1, .max = 64, .en = "what it was entered on", .zh = "录入设备"),
};

bool sheet_is_explanation(const struct str *cells, size_t n)
{
	return n > 0 && (str_starts(cells[0], STR(EXPLANATION)) || str_starts(cells[0], STR(EXPLANATION_ZH)));
}

/* ---- columns ---------------------------------------------------------------------------------------------- */

/* The field of that name. A field of the kind goes before the envelope: house.edition_adopted has an outbreak of its own. */
static const struct field *field_named(const struct fact_kind *kind, struct str name, bool *envelope)
{
	*envelope = false;
	for (size_t i = 0; i < kind->fields_n; i++) {
		const struct field *f = &kind->fields[i];
		if (!(f->flags & DERIVED) && (str_eq_c(name, f->name) || (f->zh && str_eq_c(name, f->zh))))
			return f;
	}
	*envelope = true;
	for (size_t i = 0; i < SHEET__N; i++)
		if ((i != SHEET_OUTBREAK || kind->outbreak) && (str_eq_c(name, sheet_envelope[i].name) || str_eq_c(name, sheet_envelope[i].zh)))
			return &sheet_envelope[i];
	return NULL;
}

static enum err_code match(struct sheet *s, size_t i, const struct sheet_map *maps, size_t maps_n, struct err *e)
{
	struct sheet_column *c = &s->columns[i];
	struct str name = str_trim(c->heading);
	char at[96];
	str_to_c(name, at, sizeof at);
	for (size_t m = 0; m < maps_n; m++)
		if (str_eq(str_trim(c->heading), maps[m].heading))
			name = maps[m].field;
	if (str_eq_c(name, "-"))
		return OK;
	c->field = field_named(s->kind, name, &c->envelope);
	if (!c->field)
		return err_set(e, ERR_UNKNOWN_COLUMN, at, "%s has no such field; `sushui template %s` lists them; `--map \"%s=FIELD\"` says which "
			       "one it is, `--map \"%s=-\"` leaves it out", s->kind->name, s->kind->name, at, at);
	for (size_t k = 0; k < i; k++)
		if (s->columns[k].field == c->field)
			return err_set(e, ERR_DUPLICATE_FIELD, at, "two columns are %s", c->field->name);
	return OK;
}

static bool has_column(const struct sheet *s, const struct field *f)
{
	for (size_t i = 0; i < s->columns_n; i++)
		if (s->columns[i].field == f)
			return true;
	return false;
}

enum err_code sheet_columns(struct sheet *s, struct arena *a, const struct str *cells, size_t n, const struct sheet_map *maps,
			    size_t maps_n, struct err *e)
{
	s->columns = ARENA_ARRAY(a, struct sheet_column, n);
	s->columns_n = n;
	for (size_t m = 0; m < maps_n; m++) {
		bool there = false;
		char at[96];
		str_to_c(maps[m].heading, at, sizeof at);
		for (size_t i = 0; i < n; i++)
			there |= str_eq(str_trim(cells[i]), maps[m].heading);
		if (!there)
			return err_set(e, ERR_UNKNOWN_COLUMN, at, "--map names a column that the file does not have");
	}
	for (size_t i = 0; i < n; i++) {
		s->columns[i].heading = arena_str(a, cells[i]);
		enum err_code rc = match(s, i, maps, maps_n, e);
		if (rc != OK)
			return rc;
	}
	for (size_t i = 0; i < s->kind->fields_n; i++) {
		const struct field *f = &s->kind->fields[i];
		if ((f->flags & REQUIRED) && !has_column(s, f))
			return err_set(e, ERR_MISSING_FIELD, f->name, "the file has no column for it: %s", f->en);
	}
	if (s->defaults.at == ABSENT && !has_column(s, &sheet_envelope[SHEET_AT]))
		return err_set(e, ERR_MISSING_FIELD, "at", "the file has no column `at`; give the instant for all rows with --at");
	if (s->kind->outbreak && id_is_none(s->defaults.outbreak) && !has_column(s, &sheet_envelope[SHEET_OUTBREAK]))
		return err_set(e, ERR_MISSING_FIELD, "outbreak", "name the outbreak with --outbreak ID");
	return OK;
}

/* ---- rows ------------------------------------------------------------------------------------------------- */

static enum err_code text_ids(const struct sheet *s, struct arena *a, const struct field *f, const char *class, struct str text,
			      void *body)
{
	text = str_trim(text);
	if (f->type == F_ID) {
		*field_id(f, body) = text.n ? textid_or_id(s->textid, class, text) : ID_NONE;
		return OK;
	}
	size_t n = text.n > 0;
	for (size_t k = 0; k < text.n; k++)
		n += text.p[k] == ';';
	struct id *ids = ARENA_ARRAY(a, struct id, n + 1);
	size_t kept = 0;
	while (text.n > 0) {
		struct str one = str_trim(str_cut(&text, ';'));
		if (one.n > 0)
			ids[kept++] = textid_or_id(s->textid, class, one);
	}
	*field_list(f, body) = (struct fact_list){ids, kept};
	return OK;
}

static enum err_code take_cell(const struct sheet *s, struct arena *a, const struct sheet_column *c, struct str cell, struct fact *f,
			       struct err *e)
{
	void *to = c->envelope ? (void *)f : f->body;
	bool is_id = c->field->type == F_ID || c->field->type == F_IDS;
	const char *class = c->envelope && c->field == &sheet_envelope[SHEET_ID] ? "fact" : c->field->entity;
	if (c->envelope && str_trim(cell).n == 0)
		return OK; /* the default stays */
	if (s->text_ids && is_id && class && class[0]) {
		size_t entries = 1;
		for (size_t k = 0; k < cell.n; k++)
			entries += cell.p[k] == ';';
		if (entries > FACT_LIST_MAX)
			return err_set(e, ERR_BAD_VALUE, c->field->name, "a list of at most %d entries is expected", FACT_LIST_MAX);
		return text_ids(s, a, c->field, class, cell, to);
	}
	enum err_code rc = fact_set_text(a, c->field, cell, to, e);
	if (rc == ERR_BAD_VALUE && is_id && e)
		err_set(e, rc, c->field->name, "a UUID is expected; `--ids text` takes the ids of another system");
	return rc;
}

/* Personal fields stay out: an id is open for ever, and would let whoever holds the keyring test guesses after an erasure. */
static struct id id_from_content(const struct sheet *s, const struct fact *f)
{
	struct buf b;
	char outbreak[ID_TEXT_N + 1];
	buf_init(&b, 0);
	id_format(f->outbreak, outbreak);
	buf_printf(&b, "%s %012lld %lld %s ", s->kind->name, (long long)f->area, (long long)f->at, outbreak);
	fact_encode_body(&b, s->kind, f->body, false);
	CHECK(!b.failed);
	struct id id = textid_of(s->textid, "fact", buf_str(&b));
	buf_done(&b);
	return id;
}

enum err_code sheet_row(const struct sheet *s, struct arena *a, const struct str *cells, size_t n, struct fact *out, struct err *e)
{
	struct fact f = s->defaults;
	if (n != s->columns_n)
		return err_set(e, ERR_BAD_CSV, "", "the row has %zu columns, the heading has %zu", n, s->columns_n);
	f.kind = s->kind;
	f.body = fact_body_new(a, s->kind);
	for (size_t i = 0; i < n; i++) {
		enum err_code rc = s->columns[i].field ? take_cell(s, a, &s->columns[i], cells[i], &f, e) : OK;
		if (rc != OK)
			return rc;
	}
	for (size_t i = 0; i < s->kind->fields_n; i++)
		if ((s->kind->fields[i].flags & REQUIRED) && field_absent(&s->kind->fields[i], f.body))
			return err_set(e, ERR_MISSING_FIELD, s->kind->fields[i].name, "%s", s->kind->fields[i].en);
	if (f.at == ABSENT)
		return err_set(e, ERR_MISSING_FIELD, "at", "when it happened");
	if (f.at <= 0 || (f.recorded != ABSENT && f.recorded <= 0))
		return err_set(e, ERR_BAD_VALUE, "at", "an instant from 1970 on is expected");
	if (s->kind->outbreak && id_is_none(f.outbreak))
		return err_set(e, ERR_MISSING_FIELD, "outbreak", "this kind of fact belongs to an outbreak");
	if (f.recorded == ABSENT)
		f.recorded = f.at;
	if (id_is_none(f.id))
		f.id = id_from_content(s, &f);
	*out = f;
	return OK;
}
