/* SPDX-License-Identifier: Apache-2.0
 *
 * scene.h - what the two halves of the scenario runner share: scenario.c reads the text and hands facts in, scene_look.c compares what
 * stands with what was expected.
 */
#ifndef SUSHUI_TESTS_SCENE_H
#define SUSHUI_TESTS_SCENE_H

#include "domain/tracing/engine.h"
#include "scenario.h"
#include "world.h"

#define WORDS_MAX 64
#define ROWS_MAX 256

struct scene {
	struct world w;
	struct tracing_engine *engine; /* for computed queries; opened when first asked */
	struct scenario_tally *tally;
	const char *file;
	int line, bad;
	bool running; /* a protocol was named */
	char title[300];
	struct id households[200];
	int households_n, tubes_n;
};

struct expected { /* a row */
	struct str words[WORDS_MAX];
	size_t n;
	int line;
};

/* Notes that the present line failed, and goes on. */
void scene_complain(struct scene *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct id scene_id(struct str name);
struct str scene_id_text(struct arena *a, struct str name);
bool scene_span(struct str text, int64_t *out);
/* An instant, or a distance from now: "+3d", "-2h". */
bool scene_time(const struct scene *s, struct str text, int64_t *out);
/* key=value or key~value; the operator in *op. */
bool scene_pair(struct str word, struct str *key, struct str *value, char *op);
/* A value as fact_set_text and queries read it: names become ids, distances become instants. */
struct str scene_value(struct scene *s, enum field_type type, struct str value);
/* "ERR_NOT_ALLOWED" */
const char *scene_code(struct scene *s, enum err_code code);

void scene_duty(struct scene *s, const struct str *words, size_t n);
void scene_clock(struct scene *s, const struct str *words, size_t n);
void scene_query(struct scene *s, const struct str *words, size_t n, const struct expected *x, size_t x_n);

#endif
