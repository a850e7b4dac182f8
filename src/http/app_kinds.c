/* SPDX-License-Identifier: Apache-2.0
 * GET /api/kinds, /api/queries and /api/rights: what forms, templates and administrators need to know, from the tables of the program. */
#include <zlib.h>

#include "http/app_internal.h"
#include "ledger/duty.h"

static void put_texts(struct buf *b, const char *en, const char *zh)
{
	json_key(b, "en");
	json_c(b, en ? en : "");
	json_key(b, "zh");
	json_c(b, zh ? zh : "");
}

static const char *type_name(enum field_type type)
{
	static const char *const names[] = {
		[F_INT] = "integer", [F_REAL] = "number", [F_BOOL] = "boolean", [F_WORD] = "word", [F_TEXT] = "text", [F_TIME] = "time",
		[F_DAY] = "day", [F_AREA] = "area", [F_ID] = "id", [F_IDS] = "ids", [F_AREAS] = "areas", [F_TEXTS] = "texts",
	};
	return names[type];
}

static void put_words(struct buf *b, const char *const *words)
{
	json_key(b, "words");
	json_open(b, '[');
	for (; *words; words++)
		json_c(b, *words);
	json_close(b, ']');
}

static void put_field(struct buf *b, const struct field *f)
{
	json_open(b, '{');
	json_key(b, "name");
	json_c(b, f->name);
	json_key(b, "type");
	json_c(b, type_name(f->type));
	json_key(b, "required");
	json_bool(b, (f->flags & REQUIRED) != 0);
	json_key(b, "personal");
	json_bool(b, (f->flags & PERSONAL) != 0);
	json_key(b, "derived");
	json_bool(b, (f->flags & DERIVED) != 0);
	if (f->min || f->max) {
		json_key(b, "min");
		json_i64(b, f->min);
		json_key(b, "max");
		json_i64(b, f->max);
	}
	if (f->words)
		put_words(b, f->words);
	if (f->entity) {
		json_key(b, "entity");
		json_c(b, f->entity);
	}
	put_texts(b, f->en, f->zh);
	json_close(b, '}');
}

static void put_kinds(struct buf *b)
{
	json_open(b, '{');
	json_key(b, "kinds");
	json_open(b, '[');
	for (size_t i = 0; fact_kind_at(i); i++) {
		const struct fact_kind *k = fact_kind_at(i);
		json_open(b, '{');
		json_key(b, "name");
		json_c(b, k->name);
		put_texts(b, k->en, k->zh);
		json_key(b, "right");
		json_c(b, right_name(k->right));
		json_key(b, "outbreak");
		json_bool(b, k->outbreak);
		json_key(b, "fields");
		json_open(b, '[');
		for (size_t f = 0; f < k->fields_n; f++)
			put_field(b, &k->fields[f]);
		json_close(b, ']');
		json_close(b, '}');
	}
	json_close(b, ']');
	json_key(b, "duties");
	json_open(b, '[');
	for (size_t i = 0; duty_kind_at(i); i++) {
		json_open(b, '{');
		json_key(b, "name");
		json_c(b, duty_kind_at(i)->name);
		put_texts(b, duty_kind_at(i)->en, duty_kind_at(i)->zh);
		json_key(b, "right");
		json_c(b, right_name(duty_kind_at(i)->right));
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
}

/* ---- what can be asked ------------------------------------------------------------------------------------------- */

static void put_param(struct buf *b, const struct query_param *p)
{
	json_open(b, '{');
	json_key(b, "name");
	json_c(b, p->name);
	json_key(b, "type");
	json_c(b, type_name(p->type));
	json_key(b, "required");
	json_bool(b, p->required);
	if (p->words)
		put_words(b, p->words);
	if (p->entity && *p->entity) {
		json_key(b, "entity");
		json_c(b, p->entity);
	}
	put_texts(b, p->en, p->zh);
	json_close(b, '}');
}

static void put_column(struct buf *b, const struct query_column *c)
{
	static const char *const types[] = {[C_INT] = "integer", [C_REAL] = "number", [C_TEXT] = "text", [C_BOOL] = "boolean", [C_TIME] = "time",
					    [C_DAY] = "day", [C_AREA] = "area", [C_ID] = "id", [C_WORD] = "word", [C_SPAN] = "span", [C_DUTY] = "duty"};
	json_open(b, '{');
	json_key(b, "name");
	json_c(b, c->name);
	json_key(b, "type");
	json_c(b, types[c->type]);
	if (c->words)
		put_words(b, c->words);
	put_texts(b, c->en, c->zh);
	json_close(b, '}');
}

static void put_queries(struct buf *b)
{
	json_open(b, '{');
	json_key(b, "queries");
	json_open(b, '[');
	for (size_t i = 0; query_at(i); i++) {
		const struct query *q = query_at(i);
		json_open(b, '{');
		json_key(b, "name");
		json_c(b, q->name);
		put_texts(b, q->en, q->zh);
		json_key(b, "right");
		json_c(b, right_name(q->right));
		json_key(b, "params");
		json_open(b, '[');
		for (size_t k = 0; k < q->params_n; k++)
			put_param(b, &q->params[k]);
		json_close(b, ']');
		json_key(b, "columns");
		json_open(b, '[');
		for (size_t k = 0; k < q->columns_n; k++)
			put_column(b, &q->columns[k]);
		json_close(b, ']');
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
}

/* ---- the matrix ------------------------------------------------------------------------------------------------- */

static void put_rights_of(struct buf *b, uint64_t rights)
{
	json_key(b, "rights");
	json_open(b, '[');
	for (unsigned r = 0; r < RIGHT__N; r++)
		if (rights & RIGHT_BIT(r))
			json_c(b, right_name((enum right)r));
	json_close(b, ']');
}

static void put_roles(struct buf *b)
{
	json_key(b, "rights");
	json_open(b, '[');
	for (unsigned r = 0; r < RIGHT__N; r++) {
		json_open(b, '{');
		json_key(b, "name");
		json_c(b, right_name((enum right)r));
		put_texts(b, right_text((enum right)r, "en"), right_text((enum right)r, "zh"));
		json_close(b, '}');
	}
	json_close(b, ']');
	json_key(b, "roles");
	json_open(b, '[');
	for (unsigned r = 0; r < ROLE__N; r++) {
		json_open(b, '{');
		json_key(b, "name");
		json_c(b, role_name((enum role)r));
		put_texts(b, role_text((enum role)r, "en"), role_text((enum role)r, "zh"));
		put_rights_of(b, role_rights((enum role)r));
		json_close(b, '}');
	}
	json_close(b, ']');
}

static void put_routes(struct buf *b, const struct app *app)
{
	json_key(b, "routes");
	json_open(b, '[');
	for (size_t i = 0; i < app->routes_n; i++) {
		const struct http_route *r = &app->routes[i];
		json_open(b, '{');
		json_key(b, "method");
		json_c(b, http_verb_name(r->verb));
		json_key(b, "path");
		json_c(b, r->pattern);
		json_key(b, "public");
		json_bool(b, (r->flags & HTTP_PUBLIC) != 0);
		json_key(b, "loopback");
		json_bool(b, (r->flags & ROUTE_LOOPBACK) != 0);
		json_key(b, "right");
		json_c(b, right_name((enum right)r->right));
		put_texts(b, r->en, r->zh);
		json_close(b, '}');
	}
	json_close(b, ']');
}

/* ---- made once at start --------------------------------------------------------------------------------------------- */

static enum err_code finish(struct document *d, struct err *e)
{
	if (d->text.failed)
		return err_set(e, ERR_MEMORY, "", "no memory for the interface's documents");
	/* a few hundred kB of words that repeat: small when packed, and a telephone asks for them too */
	uLongf n = compressBound((uLong)d->text.n) + 32;
	z_stream z = {0};
	buf_init(&d->gzip, 0);
	char *to = buf_reserve(&d->gzip, n);
	if (!to || deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(e, ERR_MEMORY, "", "no memory for the interface's documents");
	z.next_in = (Bytef *)d->text.p;
	z.avail_in = (uInt)d->text.n;
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)n;
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	d->gzip.n = z.total_out;
	deflateEnd(&z);
	http_asset_init(&d->asset, "application/json", buf_str(&d->text), buf_str(&d->gzip), false);
	return OK;
}

enum err_code app_documents_make(struct app *app, struct err *e)
{
	buf_init(&app->kinds.text, 0);
	buf_init(&app->rights.text, 0);
	buf_init(&app->openapi.text, 0);
	buf_init(&app->queries.text, 0);
	put_queries(&app->queries.text);
	put_kinds(&app->kinds.text);
	json_open(&app->rights.text, '{');
	put_roles(&app->rights.text);
	put_routes(&app->rights.text, app);
	json_close(&app->rights.text, '}');
	app_openapi_put(&app->openapi.text, app);
	struct document *all[] = {&app->kinds, &app->rights, &app->openapi, &app->queries};
	enum err_code rc = OK;
	for (size_t i = 0; i < ARRAY_N(all) && rc == OK; i++)
		rc = finish(all[i], e);
	return rc;
}

void app_documents_free(struct app *app)
{
	struct document *all[] = {&app->kinds, &app->rights, &app->openapi, &app->queries};
	for (size_t i = 0; i < ARRAY_N(all); i++) {
		buf_done(&all[i]->text);
		buf_done(&all[i]->gzip);
	}
}

void kinds_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	http_res_asset(res, &((struct app *)user)->kinds.asset);
}

void queries_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	http_res_asset(res, &((struct app *)user)->queries.asset);
}

void rights_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	http_res_asset(res, &((struct app *)user)->rights.asset);
}

void openapi_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	http_res_asset(res, &((struct app *)user)->openapi.asset);
}
