/* SPDX-License-Identifier: Apache-2.0
 *
 * The controls of a drill whose clock another process drives (struct app_exercise in app.h). 404 where none runs.
 */
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "http/app_internal.h"

#define SPEED_MAX_MILLI INT64_C(100000000) /* more than a day in a second is as fast as it can */

static struct app_exercise *exercise_of(const struct app *app, struct http_res *res)
{
	struct err e = {0};
	if (app->o.exercise)
		return app->o.exercise;
	err_set(&e, ERR_NOT_FOUND, "", "no drill drives this server");
	http_res_fail(res, &e);
	return NULL;
}

static void put_state(struct buf *b, struct app_exercise *x)
{
	char when[CALTIME_TEXT_N];
	unsigned by_hand = atomic_load(&x->by_hand);
	json_open(b, '{');
	json_key(b, "title");
	json_c(b, x->title);
	json_key(b, "now");
	caltime_format(atomic_load(&x->now_ms), when);
	json_c(b, when);
	json_key(b, "speed");
	json_f64(b, (double)atomic_load(&x->speed_milli) / 1000);
	json_key(b, "paused");
	json_bool(b, atomic_load(&x->paused) != 0);
	json_key(b, "over");
	json_bool(b, atomic_load(&x->over) != 0);
	json_key(b, "posts");
	json_open(b, '[');
	for (uint32_t i = 0; i < x->posts_n; i++) {
		json_open(b, '{');
		json_key(b, "post");
		json_c(b, x->posts[i]);
		json_key(b, "by_hand");
		json_bool(b, by_hand >> i & 1);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
}

void exercise_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	struct app_exercise *x = exercise_of(user, res);
	if (x)
		put_state(http_res_buf(res, NULL), x);
}

struct wish {
	bool has_paused, paused, has_post, by_hand, has_speed;
	uint32_t post;
	int64_t speed_milli;
};

static enum err_code read_post(const struct app_exercise *x, const struct json *body, struct wish *w, struct err *e)
{
	const struct json *post = json_get(body, STR("post")), *by_hand = json_get(body, STR("by_hand"));
	if (!post && !by_hand)
		return OK;
	if (!post || post->type != JSON_STRING || !by_hand || (by_hand->type != JSON_TRUE && by_hand->type != JSON_FALSE))
		return err_set(e, ERR_MISSING_FIELD, post ? "/by_hand" : "/post", "post (a name) and by_hand (true or false) go together");
	w->has_post = true;
	w->by_hand = by_hand->type == JSON_TRUE;
	while (w->post < x->posts_n && !str_eq_c(post->s, x->posts[w->post]))
		w->post++;
	return w->post < x->posts_n ? OK : err_set(e, ERR_BAD_VALUE, "/post", "no post has this name; GET /api/exercise lists them");
}

static enum err_code read_wish(const struct app_exercise *x, const struct json *body, struct wish *w, struct err *e)
{
	const struct json *paused = json_get(body, STR("paused")), *speed = json_get(body, STR("speed"));
	double v = speed && speed->type == JSON_INT ? (double)speed->i : speed && speed->type == JSON_REAL ? speed->f : -1;
	if (paused && paused->type != JSON_TRUE && paused->type != JSON_FALSE)
		return err_set(e, ERR_BAD_VALUE, "/paused", "true or false is expected");
	if (speed && !(v >= 0 && v * 1000 <= (double)SPEED_MAX_MILLI))
		return err_set(e, ERR_BAD_VALUE, "/speed", "seconds of the county in a second of ours, from 0 (as fast as it can) to 100000");
	w->has_paused = paused != NULL;
	w->paused = paused && paused->type == JSON_TRUE;
	w->has_speed = speed != NULL;
	w->speed_milli = speed ? (int64_t)(v * 1000) : 0;
	return read_post(x, body, w, e);
}

void exercise_post(struct http_req *req, struct http_res *res, void *user)
{
	static const char *const names[] = {"paused", "speed", "post", "by_hand", NULL};
	struct app_exercise *x = exercise_of(user, res);
	const struct json *body;
	struct wish w = {0};
	struct err e = {0};
	if (!x)
		return;
	if (app_body_object(req, names, &body, &e) != OK || read_wish(x, body, &w, &e) != OK) {
		http_res_fail(res, &e);
		return;
	}
	if (w.has_paused)
		atomic_store(&x->paused, w.paused);
	if (w.has_speed)
		atomic_store(&x->speed_milli, w.speed_milli);
	if (w.has_post && w.by_hand)
		atomic_fetch_or(&x->by_hand, 1U << w.post);
	else if (w.has_post)
		atomic_fetch_and(&x->by_hand, ~(1U << w.post));
	put_state(http_res_buf(res, NULL), x);
}
