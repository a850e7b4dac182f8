/* SPDX-License-Identifier: Apache-2.0
 * The screens: files that the binary carries, under their path below web/.
 *
 * A file has two addresses. /web/app.js is asked about each time (its ETag tells that nothing changed). /web/<edition>/app.js, where the
 * edition is a digest over all files, is kept by the browser for a year: the first page names its files so, and what those import
 * relatively stands under the same edition. So a second visit asks for one small page and the data, and an upgrade is seen at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assets.h"
#include "core/buf.h"
#include "http/app_internal.h"

#define FOR_A_YEAR "public, max-age=31536000, immutable"

/* FNV-1a over the strong tags: enough to tell two builds apart, and nobody gains by a collision. */
static void name_edition(struct app *app)
{
	uint64_t h = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < app->web_n; i++)
		for (const char *p = app->web[i].etag; *p; p++)
			h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	snprintf(app->web_edition, sizeof app->web_edition, "%016llx", (unsigned long long)h);
}

/* The first page, whose addresses of our files carry the edition. */
static enum err_code make_index(struct app *app, struct err *e)
{
	static const char mark[] = "=\"/web/";
	const struct asset *a = asset_find(STR("web/index.html"));
	if (!a)
		return err_set(e, ERR_NOT_FOUND, "", "web/index.html is not in this binary");
	buf_init(&app->web_page, 0);
	const char *p = a->bytes, *end = a->bytes + a->bytes_n;
	for (const char *at; (at = memmem(p, (size_t)(end - p), mark, sizeof mark - 1)); p = at + sizeof mark - 1) {
		buf_add(&app->web_page, p, (size_t)(at - p));
		buf_printf(&app->web_page, "%s%s/", mark, app->web_edition);
	}
	buf_add(&app->web_page, p, (size_t)(end - p));
	http_asset_init(&app->web_index, "text/html; charset=utf-8", buf_str(&app->web_page), STR_NONE, false);
	return OK;
}

enum err_code app_static_make(struct app *app, struct err *e)
{
	size_t n = 0;
	while (assets[n].path)
		n++;
	app->web = calloc(n + 1, sizeof *app->web);
	app->web_paths = calloc(n + 1, sizeof *app->web_paths);
	if (!app->web || !app->web_paths)
		return err_set(e, ERR_MEMORY, "", "no memory for the screens");
	for (const struct asset *a = assets; a->path; a++) {
		struct str path = str_of(a->path);
		if (!str_starts(path, STR("web/")))
			continue;
		http_asset_init(&app->web[app->web_n], http_type_of(path), (struct str){a->bytes, a->bytes_n}, (struct str){a->gzip, a->gzip_n}, false);
		app->web_paths[app->web_n++] = a->path + 4;
	}
	name_edition(app);
	return make_index(app, e);
}

void app_static_done(struct app *app)
{
	free(app->web);
	free(app->web_paths);
	buf_done(&app->web_page);
}

void index_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	http_res_asset(res, &((struct app *)user)->web_index);
}

void web_get(struct http_req *req, struct http_res *res, void *user)
{
	struct app *app = user;
	struct str path = http_req_param(req, "path"), rest = path;
	bool named = str_eq_c(str_cut(&rest, '/'), app->web_edition);
	if (named)
		path = rest;
	for (size_t i = 0; i < app->web_n; i++)
		if (str_eq_c(path, app->web_paths[i])) {
			if (named)
				http_res_cache(res, FOR_A_YEAR);
			http_res_asset(res, &app->web[i]);
			return;
		}
	struct err e = {.code = ERR_NOT_FOUND};
	http_res_fail(res, &e);
}
