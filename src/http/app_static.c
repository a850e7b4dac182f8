/* SPDX-License-Identifier: Apache-2.0
 * The screens: files that the binary carries, under their path below web/. */
#include <stdlib.h>

#include "core/assets.h"
#include "http/app_internal.h"

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
		http_asset_init(&app->web[app->web_n], http_type_of(path), (struct str){a->bytes, a->bytes_n}, STR_NONE, false);
		app->web_paths[app->web_n++] = a->path + 4;
	}
	return OK;
}

static void give(struct app *app, struct http_res *res, struct str path)
{
	for (size_t i = 0; i < app->web_n; i++)
		if (str_eq_c(path, app->web_paths[i])) {
			http_res_asset(res, &app->web[i]);
			return;
		}
	struct err e = {.code = ERR_NOT_FOUND};
	http_res_fail(res, &e);
}

void index_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	give(user, res, STR("index.html"));
}

void web_get(struct http_req *req, struct http_res *res, void *user)
{
	give(user, res, http_req_param(req, "path"));
}
