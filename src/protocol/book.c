/* SPDX-License-Identifier: Apache-2.0
 *
 * Many protocols: finding parts by name, loading files, and which edition is in force when.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assets.h"
#include "core/buf.h"
#include "protocol/protocol.h"

/* ---- parts by name ---- */

const struct protocol_tier *protocol_tier_find(const struct protocol *p, struct str id)
{
	for (size_t i = 0; i < p->tier_n; i++)
		if (str_eq(p->tier[i].id, id))
			return &p->tier[i];
	return NULL;
}

const struct protocol_zone *protocol_zone_find(const struct protocol *p, struct str id)
{
	for (size_t i = 0; i < p->zone_n; i++)
		if (str_eq(p->zone[i].id, id))
			return &p->zone[i];
	return NULL;
}

const struct protocol_limit *protocol_limit_find(const struct protocol *p, struct str name)
{
	for (size_t i = 0; i < p->limit_n; i++)
		if (str_eq(p->limit[i].name, name))
			return &p->limit[i];
	return NULL;
}

int32_t protocol_limit_min(const struct protocol *p, struct str name)
{
	const struct protocol_limit *l = protocol_limit_find(p, name);
	return l ? l->min.v : PROTOCOL_NO_LIMIT;
}

const struct protocol_param *protocol_param_find(const struct protocol *p, struct str name)
{
	size_t low = 0, high = p->param_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = str_cmp(name, p->param[mid].name);
		if (d == 0)
			return &p->param[mid];
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct protocol_source *protocol_source_find(const struct protocol *p, int32_t number)
{
	for (size_t i = 0; i < p->source_n; i++)
		if (p->source[i].number == number)
			return &p->source[i];
	return NULL;
}

size_t protocol_unconfirmed(const struct protocol *p, const struct protocol_unconfirmed_value **out)
{
	*out = p->unconfirmed;
	return p->unconfirmed_n;
}

/* ---- files ---- */

#define FILES_MAX 1000

struct shelf {
	struct arena *a;
	const struct protocol **all;
	size_t n;
	struct err *e;
};

static enum err_code shelve(struct shelf *s, struct str text, const char *filename)
{
	struct protocol *p;
	if (s->n == FILES_MAX)
		return err_set(s->e, ERR_TOO_LARGE, filename, "more than %d protocol files", FILES_MAX);
	enum err_code code = protocol_load(s->a, text, filename, &p, s->e);
	if (code)
		return code;
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->all[i]->id, p->id))
			return err_set(s->e, ERR_BAD_VALUE, filename,
				       "the id `%.*s` belongs to %.*s already: a new edition needs a new id", STR_ARG(p->id),
				       STR_ARG(s->all[i]->filename));
	s->all[s->n++] = p;
	return OK;
}

static enum err_code shelve_file(struct shelf *s, const char *path, const char *filename)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return err_set(s->e, ERR_FILE, filename, "cannot be opened: %s", strerror(errno));
	struct buf b;
	buf_init(&b, PROTOCOL_TEXT_MAX + 1);
	char piece[8192];
	size_t got;
	while ((got = fread(piece, 1, sizeof piece, f)) > 0 && !b.failed) {
		/* one byte over the limit is enough for the loader to refuse */
		size_t room = PROTOCOL_TEXT_MAX + 1 - b.n;
		buf_add(&b, piece, got < room ? got : room);
	}
	bool failed = ferror(f) != 0;
	fclose(f);
	enum err_code code = OK;
	if (failed || b.failed)
		code = err_set(s->e, failed ? ERR_FILE : ERR_MEMORY, filename, "cannot be read whole");
	else
		code = shelve(s, buf_str(&b), filename);
	buf_done(&b);
	return code;
}

static int is_protocol_file(const struct dirent *d)
{
	return d->d_name[0] != '.' && str_ends(str_of(d->d_name), STR(".yaml"));
}

static enum err_code shelve_folder(struct shelf *s, const char *folder)
{
	struct dirent **list = NULL;
	int n = scandir(folder, &list, is_protocol_file, alphasort);
	if (n < 0)
		return err_set(s->e, ERR_FILE, folder, "the folder cannot be read: %s", strerror(errno));
	enum err_code code = OK;
	for (int i = 0; i < n && !code; i++) {
		char path[4096];
		int len = snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
		if (len < 0 || (size_t)len >= sizeof path)
			code = err_set(s->e, ERR_FILE, list[i]->d_name, "the path is too long");
		else
			code = shelve_file(s, path, list[i]->d_name);
	}
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return code;
}

static int by_id(const void *a, const void *b)
{
	return str_cmp((*(const struct protocol *const *)a)->id, (*(const struct protocol *const *)b)->id);
}

enum err_code protocol_book_load(struct arena *a, const char *folder, struct protocol_book *out,
				 struct err *e)
{
	struct shelf s = {.a = a, .e = e, .all = arena_try(a, FILES_MAX * sizeof *s.all)};
	if (!s.all)
		return err_set(e, ERR_MEMORY, "protocols", "no memory is left");
	enum err_code code = OK;
	for (const struct asset *f = assets; f->path && !code; f++) {
		struct str path = str_of(f->path), prefix = STR("protocols/");
		if (str_starts(path, prefix) && str_ends(path, STR(".yaml")))
			code = shelve(&s, (struct str){f->bytes, f->bytes_n}, f->path);
	}
	if (!code && folder)
		code = shelve_folder(&s, folder);
	if (code)
		return code;
	if (s.n > 0)
		qsort(s.all, s.n, sizeof *s.all, by_id);
	*out = (struct protocol_book){s.all, s.n};
	return OK;
}

const struct protocol *protocol_book_find(const struct protocol_book *book, struct str id)
{
	size_t low = 0, high = book->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = str_cmp(id, book->protocol[mid]->id);
		if (d == 0)
			return book->protocol[mid];
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* ---- editions in time ---- */

enum err_code protocol_set_check(const struct protocol_set *set, struct err *e)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct protocol_adoption *a = &set->adoption[i];
		char at[24];
		snprintf(at, sizeof at, "%zu", i);
		if (i > 0 && a->from <= a[-1].from)
			return err_set(
				e, ERR_BAD_VALUE, at,
				"adoptions must stand in the order of their `from` instants, each later");
		if (!str_eq(a->protocol->disease, set->adoption[0].protocol->disease))
			return err_set(e, ERR_BAD_VALUE, at, "this edition is for `%.*s`, the others are for `%.*s`",
				       STR_ARG(a->protocol->disease), STR_ARG(set->adoption[0].protocol->disease));
		if (a->transition == TRANSITION_AT_DATE && a->apply_at < a->from)
			return err_set(e, ERR_BAD_VALUE, at,
				       "running regimens cannot change over before the edition is in force");
	}
	return OK;
}

const struct protocol *protocol_at(const struct protocol_set *set, int64_t at)
{
	const struct protocol *p = NULL;
	for (size_t i = 0; i < set->n && set->adoption[i].from <= at; i++)
		p = set->adoption[i].protocol;
	return p;
}

const struct protocol *protocol_for(const struct protocol_set *set, int64_t started, int64_t at)
{
	const struct protocol *p = protocol_at(set, started);
	if (!p)
		return NULL;
	for (size_t i = 0; i < set->n && set->adoption[i].from <= at; i++) {
		const struct protocol_adoption *a = &set->adoption[i];
		if (a->from <= started)
			continue;
		if (a->transition == TRANSITION_IMMEDIATE ||
		    (a->transition == TRANSITION_AT_DATE && a->apply_at <= at))
			p = a->protocol;
	}
	return p;
}
