/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "core/caltime.h"
#include "ledger/keyring.h"
#include "sql.gen.h"

#define LONG_AGO INT64_C(1262275200000) /* 2010-01-01T00:00+08:00 */
#define WITHOUT_LINE_MS HOURS(6)        /* how long a device without a line keeps a fact, when not said */

void scene_complain(struct scene *s, const char *fmt, ...)
{
	va_list ap;
	if (++s->bad > 20)
		return;
	buf_printf(&s->tally->out, "%s:%d: ", s->file, s->line);
	va_start(ap, fmt);
	buf_vprintf(&s->tally->out, fmt, ap);
	va_end(ap);
	buf_add_c(&s->tally->out, "\n");
}

/* ---- words and values ------------------------------------------------------------------------------------------- */

/* Splits a line at blanks; a value in "" keeps its blanks; # begins a comment. False when a quote is not closed. */
static bool split(struct arena *a, struct str line, struct str *words, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < line.n;) {
		if (line.p[i] == ' ' || line.p[i] == '\t') {
			i++;
			continue;
		}
		if (line.p[i] == '#')
			return true;
		char *p = arena_alloc(a, line.n + 1);
		size_t k = 0;
		bool quoted = false;
		for (; i < line.n && (quoted || (line.p[i] != ' ' && line.p[i] != '\t')); i++)
			if (line.p[i] == '"')
				quoted = !quoted;
			else
				p[k++] = line.p[i];
		if (quoted || *n == WORDS_MAX)
			return false;
		words[(*n)++] = (struct str){p, k}; /* arena_alloc gave zeros: a C string too */
	}
	return true;
}

struct id scene_id(struct str name)
{
	struct id id;
	char text[ID_TEXT_N + 1], salted[120];
	if (name.n == ID_TEXT_N && id_parse(name, &id))
		return id;
	int n = snprintf(salted, sizeof salted, "again %.*s", STR_ARG(name));
	uint64_t x = str_hash(name), y = str_hash((struct str){salted, (size_t)n < sizeof salted ? (size_t)n : sizeof salted - 1});
	snprintf(text, sizeof text, "01848000-%04x-7%03x-8%03x-%012llx", (unsigned)(x & 0xffff), (unsigned)(x >> 16 & 0xfff),
		 (unsigned)(x >> 28 & 0xfff), (unsigned long long)(y & 0xffffffffffff));
	assert_true(id_parse(str_of(text), &id));
	return id;
}

struct str scene_id_text(struct arena *a, struct str name)
{
	char text[ID_TEXT_N + 1];
	id_format(scene_id(name), text);
	return arena_str(a, str_of(text));
}

/* "95min", "1d12h", "30s" */
bool scene_span(struct str s, int64_t *out)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"min", MS_PER_MINUTE}, {"ms", 1}, {"d", MS_PER_DAY}, {"h", 60 * MS_PER_MINUTE}, {"s", 1000}};
	int64_t sum = 0;
	if (s.n == 0)
		return false;
	while (s.n > 0) {
		size_t k = 0;
		int64_t v;
		while (k < s.n && s.p[k] >= '0' && s.p[k] <= '9')
			k++;
		if (!str_to_i64((struct str){s.p, k}, &v))
			return false;
		s = (struct str){s.p + k, s.n - k};
		size_t u = 0;
		while (u < ARRAY_N(units) && !str_starts(s, str_of(units[u].name)))
			u++;
		if (u == ARRAY_N(units))
			return false;
		sum += v * units[u].ms;
		s = (struct str){s.p + strlen(units[u].name), s.n - strlen(units[u].name)};
	}
	*out = sum;
	return true;
}

/* An instant, or a distance from now: "+3d", "-2h". */
bool scene_time(const struct scene *s, struct str text, int64_t *out)
{
	int64_t span;
	if (text.n > 1 && (text.p[0] == '+' || text.p[0] == '-')) {
		if (!scene_span((struct str){text.p + 1, text.n - 1}, &span))
			return false;
		*out = s->w.sim.now + (text.p[0] == '+' ? span : -span);
		return true;
	}
	return caltime_parse(text, out);
}

/* key=value or key~value; the operator in *op. */
bool scene_pair(struct str word, struct str *key, struct str *value, char *op)
{
	for (size_t i = 1; i < word.n; i++)
		if (word.p[i] == '=' || word.p[i] == '~') {
			*key = (struct str){word.p, i};
			*value = (struct str){word.p + i + 1, word.n - i - 1};
			*op = word.p[i];
			return true;
		}
	return false;
}

/* A value as fact_set_text and queries read it: names become ids, distances become instants. */
struct str scene_value(struct scene *s, enum field_type type, struct str value)
{
	struct arena *a = &s->w.a;
	int64_t at;
	char text[CALTIME_TEXT_N];
	if (type == F_ID)
		return scene_id_text(a, value);
	if (type == F_TIME && scene_time(s, value, &at)) {
		caltime_format(at, text);
		return arena_str(a, str_of(text));
	}
	if (type != F_IDS)
		return value;
	struct str out = STR_NONE;
	while (value.n > 0) {
		struct str one = scene_id_text(a, str_trim(str_cut(&value, ';')));
		out = arena_printf(a, "%.*s%s%.*s", STR_ARG(out), out.n ? ";" : "", STR_ARG(one));
	}
	return out;
}

/* ---- facts ------------------------------------------------------------------------------------------------------- */

struct entry { /* a fact and how it is handed in */
	struct fact f;
	struct actor who;
	struct str says; /* words that a refusal must hold */
	bool has_at;
};

static bool actor_parse(struct str text, struct actor *out)
{
	struct str role = str_cut(&text, '@');
	int r = role_of(role);
	int64_t area = COUNTY_AREA;
	if (r < 0 || (text.n > 0 && !str_to_i64(text, &area)))
		return false;
	*out = (struct actor){.user = scene_id(role), .rights = role_rights((enum role)r), .area = area};
	area_range(area, &out->area_lo, &out->area_hi);
	return true;
}

/* One key=value of the envelope; false when it is none. *ok: its value was good. */
static bool envelope_value(struct scene *s, struct entry *en, struct str key, struct str value, bool *ok)
{
	*ok = true;
	if (str_eq_c(key, "id"))
		en->f.id = scene_id(value);
	else if (str_eq_c(key, "at"))
		*ok = en->has_at = scene_time(s, value, &en->f.at);
	else if (str_eq_c(key, "area"))
		*ok = str_to_i64(value, &en->f.area);
	else if (str_eq_c(key, "outbreak"))
		en->f.outbreak = scene_id(value);
	else if (str_eq_c(key, "by"))
		*ok = actor_parse(value, &en->who);
	else if (str_eq_c(key, "says"))
		en->says = value;
	else
		return false;
	return true;
}

/* Reads "KIND key=value ..." . A mistake in the script is told and gives false; a value that the kind does not take is *e. */
static bool read_fact(struct scene *s, const struct str *words, size_t n, struct entry *en, struct err *e)
{
	const struct fact_kind *kind = n ? fact_kind_of(words[0]) : NULL;
	*e = (struct err){0};
	if (!kind) {
		scene_complain(s, "there is no kind of fact `%s`", n ? words[0].p : "");
		return false;
	}
	*en = (struct entry){.who = actor_machine()};
	en->f = (struct fact){.id = id_new(&s->w.sim.sys), .kind = kind, .outbreak = kind->outbreak ? scene_id(STR("o1")) : ID_NONE,
			      .area = VILLAGE_A, .at = s->w.sim.now, .body = fact_body_new(&s->w.a, kind)};
	for (size_t i = 1; i < n; i++) {
		struct str key, value;
		char op;
		bool ok;
		if (!scene_pair(words[i], &key, &value, &op) || op != '=') {
			scene_complain(s, "`%.*s` is not key=value", STR_ARG(words[i]));
			return false;
		}
		const struct field *f = fact_field(kind, key);
		if (f && str_eq_c(key, "area"))
			(void)envelope_value(s, en, key, value, &ok);
		if (!f && envelope_value(s, en, key, value, &ok)) {
			if (!ok) {
				scene_complain(s, "`%.*s` has no good value", STR_ARG(words[i]));
				return false;
			}
		} else if (e->code == OK && (!f || (f->flags & DERIVED)))
			err_set(e, ERR_UNKNOWN_FIELD, arena_printf(&s->w.a, "/body/%.*s", STR_ARG(key)).p, "%s has no such field", kind->name);
		else if (e->code == OK)
			/* a text of 36 characters and no other is an id that is sealed */
			(void)fact_set_text(&s->w.a, f, scene_value(s, f->type == F_TEXT && f->min == ID_TEXT_N && f->max == ID_TEXT_N ? F_ID : f->type, value),
					    en->f.body, e);
	}
	if (e->code == OK)
		(void)fact_require(kind, en->f.body, e);
	return true;
}

/* Hands it in as of now; the answer. */
static enum err_code hand_in(struct scene *s, struct entry *en, struct err *e)
{
	struct verdict v = {0};
	struct err fault = {0};
	if (!en->f.recorded)
		en->f.recorded = en->f.at;
	struct submission sub = {.who = en->who, .facts = &en->f, .verdicts = &v, .n = 1};
	enum err_code rc = ledger_append(s->w.l, &sub, 1, &fault);
	*e = rc != OK ? fault : v.err;
	return rc != OK ? rc : v.code;
}

/* "ERR_NOT_ALLOWED" */
const char *scene_code(struct scene *s, enum err_code code)
{
	struct str text = arena_printf(&s->w.a, "ERR_%s", err_name(code));
	char *p = (char *)(uintptr_t)text.p;
	for (size_t i = 0; i < text.n; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 'a' + 'A');
	return p;
}

static void do_fact(struct scene *s, const struct str *words, size_t n, bool late)
{
	struct entry en;
	struct err e;
	if (!read_fact(s, words, n, &en, &e))
		return;
	int64_t now = s->w.sim.now;
	if (late && !en.has_at)
		s->w.sim.now = now + WITHOUT_LINE_MS;
	else if (!late && en.f.at > now)
		s->w.sim.now = en.f.at;
	enum err_code rc = e.code;
	if (rc == OK) {
		en.f.recorded = late ? en.f.at : s->w.sim.now;
		rc = hand_in(s, &en, &e);
	}
	s->w.sim.now = now;
	if (rc != OK)
		scene_complain(s, "%.*s must be taken; refused: %s %s: %s", STR_ARG(words[0]), scene_code(s, rc), e.at, e.what);
}

static void do_refuse(struct scene *s, const struct str *words, size_t n)
{
	struct entry en;
	struct err e;
	if (n < 2) {
		scene_complain(s, "refuse CODE KIND key=value ...");
		return;
	}
	if (!read_fact(s, words + 1, n - 1, &en, &e))
		return;
	enum err_code rc = e.code;
	if (rc == OK) {
		en.f.recorded = s->w.sim.now;
		rc = hand_in(s, &en, &e);
	}
	struct str said = str_of(e.what);
	if (rc == OK)
		scene_complain(s, "%.*s must be refused with %.*s; it was taken", STR_ARG(words[1]), STR_ARG(words[0]));
	else if (!str_eq_c(words[0], scene_code(s, rc)))
		scene_complain(s, "%.*s must be refused with %.*s; refused with %s %s: %s", STR_ARG(words[1]), STR_ARG(words[0]), scene_code(s, rc), e.at, e.what);
	else if (en.says.n && !world_has(said, arena_str(&s->w.a, en.says).p) && !world_has(str_of(e.at), arena_str(&s->w.a, en.says).p))
		scene_complain(s, "the refusal must say `%.*s`; it says: %s: %s", STR_ARG(en.says), e.at, e.what);
}

/* ---- shorter ways to say what happens often ----------------------------------------------------------------------- */

/* Runs a made line. */
static void say(struct scene *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct scene *s, const char *fmt, ...)
{
	char line[2000];
	struct str words[WORDS_MAX];
	size_t n;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (!split(&s->w.a, str_of(line), words, &n)) {
		scene_complain(s, "too long: %s", line);
		return;
	}
	do_fact(s, words, n, false);
}

/* Takes `name=` out of the words; STR_NONE when it is not there. */
static struct str take(struct str *words, size_t *n, const char *name)
{
	struct str key, value;
	char op;
	for (size_t i = 0; i < *n; i++)
		if (scene_pair(words[i], &key, &value, &op) && str_eq_c(key, name)) {
			for (size_t k = i + 1; k < *n; k++)
				words[k - 1] = words[k];
			--*n;
			return value;
		}
	return STR_NONE;
}

/* The words left, for a made line. */
static struct str rest_of(struct scene *s, const struct str *words, size_t n)
{
	struct str out = STR("");
	for (size_t i = 0; i < n; i++)
		out = arena_printf(&s->w.a, "%.*s \"%.*s\"", STR_ARG(out), STR_ARG(words[i]));
	return out;
}

static struct str or_else(struct str text, const char *otherwise)
{
	return text.n ? text : str_of(otherwise);
}

static void do_person(struct scene *s, struct str *words, size_t n)
{
	struct str who = words[0];
	struct str household = take(words, &n, "household"), area = take(words, &n, "area"), name = take(words, &n, "name");
	if (!household.n)
		household = arena_printf(&s->w.a, "home-of-%.*s", STR_ARG(who));
	if (!area.n)
		area = arena_printf(&s->w.a, "%lld", (long long)VILLAGE_A);
	if (!name.n)
		name = who;
	struct id id = scene_id(household);
	int i = 0;
	while (i < s->households_n && !id_eq(s->households[i], id))
		i++;
	if (i == s->households_n && i < (int)ARRAY_N(s->households)) {
		s->households[s->households_n++] = id;
		say(s, "people.household_registered household=%.*s area=%.*s", STR_ARG(household), STR_ARG(area));
	}
	say(s, "people.person_registered person=%.*s household=%.*s area=%.*s \"name=%.*s\"%.*s", STR_ARG(who), STR_ARG(household), STR_ARG(area),
	    STR_ARG(name), STR_ARG(rest_of(s, words + 1, n - 1)));
}

static void do_place(struct scene *s, struct str *words, size_t n)
{
	struct str name = take(words, &n, "name"), type = take(words, &n, "type");
	say(s, "people.place_registered place=%.*s \"name=%.*s\" type=%.*s%.*s", STR_ARG(words[0]), STR_ARG(or_else(name, words[0].p)),
	    STR_ARG(or_else(type, "other")), STR_ARG(rest_of(s, words + 1, n - 1)));
}

static void do_case(struct scene *s, struct str *words, size_t n)
{
	struct str sampled = take(words, &n, "sampled"), onset = take(words, &n, "onset"), class = take(words, &n, "class"),
		   found = take(words, &n, "found_by");
	say(s, "tracing.case_opened case=%.*s class=%.*s found_by=%.*s sampled_at=%.*s %s%.*s%.*s", STR_ARG(words[0]),
	    STR_ARG(or_else(class, "confirmed")), STR_ARG(or_else(found, "screening")),
	    STR_ARG(or_else(sampled, "+0min")), onset.n ? "onset_at=" : "", STR_ARG(onset),
	    STR_ARG(rest_of(s, words + 1, n - 1)));
}

static void do_test(struct scene *s, struct str result, struct str *words, size_t n)
{
	struct str reported = take(words, &n, "result");
	int64_t now = s->w.sim.now, at = now;
	if (reported.n && !scene_time(s, reported, &at)) {
		scene_complain(s, "result=%.*s is no instant", STR_ARG(reported));
		return;
	}
	int tube = ++s->tubes_n;
	say(s, "testing.tube_opened tube=tube%d code=T%d campaign=tests round=1 pool_size=1 population=key at=-1min", tube, tube);
	say(s, "testing.swab_taken tube=tube%d person=%.*s campaign=tests round=1", tube, STR_ARG(words[0]));
	say(s, "testing.tube_closed tube=tube%d swabs_n=1", tube);
	say(s, "testing.result_reported tube=tube%d laboratory=lab result=%.*s at=+%lldmin", tube, STR_ARG(result),
	    (long long)((at - now) / MS_PER_MINUTE));
}

/* ---- a scenario ----------------------------------------------------------------------------------------------------- */

static struct testdb server; /* PostgreSQL: one database for all scenarios, emptied between them */

static struct testdb database_of(enum db_engine engine)
{
	struct testdb t;
	if (engine == DB_POSTGRES && server.engine == DB_POSTGRES) {
		if (testdb_clear(&server))
			return server;
		testdb_done(&server);
	}
	assert_true(testdb_new(&t, engine));
	if (engine == DB_POSTGRES)
		server = t;
	return t;
}

static void scene_begin(struct scene *s, struct str edition, enum db_engine engine)
{
	const struct protocol *p = protocol_book_find(world_protocols(), edition);
	if (s->running) {
		scene_complain(s, "a scenario names its protocol once; a new edition is fact house.edition_adopted");
		return;
	}
	if (!p) {
		scene_complain(s, "there is no protocol `%.*s`", STR_ARG(edition));
		return;
	}
	struct testdb t = database_of(engine);
	world_open_bare(&s->w, &t, 1);
	s->running = true;
	s->w.sim.now = LONG_AGO;
	say(s, "house.outbreak_declared area=%lld outbreak=o1 name=o1 disease=%.*s", (long long)COUNTY_AREA, STR_ARG(p->disease));
	say(s, "house.edition_adopted area=%lld outbreak=o1 edition=%.*s from_at=+0min", (long long)COUNTY_AREA, STR_ARG(edition));
}

static void expect_rebuilt_same(struct scene *s)
{
	struct buf before, after;
	struct err e = {0};
	char text[2000];
	buf_init(&before, 0);
	buf_init(&after, 0);
	testdb_ok(ledger_dump(ledger_db(s->w.l), false, &before, &e), &e);
	testdb_ok(ledger_rebuild(s->w.l, (struct progress){0}, &e), &e);
	testdb_ok(ledger_dump(ledger_db(s->w.l), false, &after, &e), &e);
	if (world_differs(buf_str(&before), buf_str(&after), text, sizeof text))
		scene_complain(s, "the tables rebuilt from the facts are others:\n%s", text);
	buf_done(&before);
	buf_done(&after);
}

static void scene_end(struct scene *s)
{
	if (s->running) {
		bool sqlite = s->w.t.engine == DB_SQLITE;
		if (sqlite)
			expect_rebuilt_same(s);
		tracing_engine_close(&s->engine);
		(sqlite ? world_close : world_leave)(&s->w);
	} else if (s->title[0])
		scene_complain(s, "the scenario names no protocol");
	if (s->title[0] || s->running) {
		s->tally->scenarios++;
		s->tally->failed += s->bad > 0;
		if (s->bad > 0)
			buf_printf(&s->tally->out, "  in: %s\n", s->title[0] ? s->title : "(without title)");
	}
	*s = (struct scene){.tally = s->tally, .file = s->file};
}

static void do_at(struct scene *s, struct str when)
{
	int64_t at;
	if (!scene_time(s, when, &at))
		scene_complain(s, "`%.*s` is no instant", STR_ARG(when));
	else
		s->w.sim.now = at;
}

static void do_line(struct scene *s, struct str *words, size_t n, const struct expected *x, size_t x_n, enum db_engine engine)
{
	struct str verb = words[0];
	s->tally->lines++;
	if (str_eq_c(verb, "protocol") && n == 2)
		scene_begin(s, words[1], engine);
	else if (!s->running)
		scene_complain(s, "the first line of a scenario is `protocol EDITION`");
	else if (n < 2)
		scene_complain(s, "`%.*s` alone says nothing", STR_ARG(verb));
	else if (str_eq_c(verb, "at"))
		do_at(s, words[1]);
	else if (str_eq_c(verb, "fact"))
		do_fact(s, words + 1, n - 1, false);
	else if (str_eq_c(verb, "late") && str_eq_c(words[1], "fact"))
		do_fact(s, words + 2, n - 2, true);
	else if (str_eq_c(verb, "refuse"))
		do_refuse(s, words + 1, n - 1);
	else if (str_eq_c(verb, "duty"))
		scene_duty(s, words + 1, n - 1);
	else if (str_eq_c(verb, "clock"))
		scene_clock(s, words + 1, n - 1);
	else if (str_eq_c(verb, "query"))
		scene_query(s, words + 1, n - 1, x, x_n);
	else if (str_eq_c(verb, "person"))
		do_person(s, words + 1, n - 1);
	else if (str_eq_c(verb, "place"))
		do_place(s, words + 1, n - 1);
	else if (str_eq_c(verb, "case"))
		do_case(s, words + 1, n - 1);
	else if (str_eq_c(verb, "negative") || str_eq_c(verb, "positive") || str_eq_c(verb, "invalid"))
		do_test(s, verb, words + 1, n - 1);
	else
		scene_complain(s, "`%.*s` is not known", STR_ARG(verb));
}

/* The indented lines that follow a query. */
static size_t read_rows(struct scene *s, struct arena *a, struct str *text, int *line, struct expected *x)
{
	size_t n = 0;
	while (text->n > 0 && (text->p[0] == ' ' || text->p[0] == '\t')) {
		struct str row = str_cut(text, '\n');
		++*line;
		if (!split(a, row, x[n].words, &x[n].n) || n + 1 == ROWS_MAX)
			scene_complain(s, "row %d cannot be read", *line);
		else if (x[n].n > 0)
			x[n++].line = *line;
	}
	return n;
}

static void run_text(const char *name, struct str text, const char *only, enum db_engine engine, struct scenario_tally *t)
{
	static struct expected x[ROWS_MAX];
	struct scene s = {.tally = t, .file = name};
	struct arena a;
	int line = 0;
	bool skip = false;
	arena_init(&a, 0);
	while (text.n > 0) {
		struct str words[WORDS_MAX], row = str_cut(&text, '\n'), title = str_trim(row);
		size_t n, x_n;
		s.line = ++line;
		if (str_starts(title, STR("scenario:"))) {
			scene_end(&s);
			s.line = line;
			title = str_trim((struct str){title.p + 9, title.n - 9});
			(void)str_to_c(title, s.title, sizeof s.title);
			skip = only && !strstr(name, only) && !strstr(s.title, only);
			if (skip)
				s.title[0] = '\0';
			continue;
		}
		bool good = split(&a, row, words, &n);
		x_n = read_rows(&s, &a, &text, &line, x);
		if (skip || (good && n == 0))
			continue;
		if (!good)
			scene_complain(&s, "too many words, or a quote that is not closed");
		else
			do_line(&s, words, n, x, x_n, engine);
	}
	scene_end(&s);
	arena_done(&a);
}

void scenario_run_text(const char *name, struct str text, enum db_engine engine, struct scenario_tally *t)
{
	run_text(name, text, NULL, engine, t);
}

static void run_file(const char *path, const char *only, enum db_engine engine, struct scenario_tally *t)
{
	struct buf text;
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be read", path);
	buf_init(&text, 0);
	char block[4096];
	for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
		buf_add(&text, block, n);
	fclose(f);
	int before = t->scenarios;
	run_text(path, buf_str(&text), only, engine, t);
	if (t->scenarios == before && !only) {
		t->failed++;
		buf_printf(&t->out, "%s: holds no scenario\n", path);
	}
	buf_done(&text);
}

void scenario_run_folder(const char *folder, const char *only, enum db_engine engine, struct scenario_tally *t)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);
	if (n < 0)
		fail_msg("%s cannot be read", folder);
	for (int i = 0; i < n; i++) {
		char path[512];
		struct str name = str_of(names[i]->d_name);
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		if (name.p[0] != '.' && str_ends(name, STR(".txt")))
			run_file(path, only, engine, t);
		else if (name.p[0] != '.' && names[i]->d_type == DT_DIR)
			scenario_run_folder(path, only, engine, t);
		free(names[i]);
	}
	free(names);
}

void scenario_tally_init(struct scenario_tally *t)
{
	*t = (struct scenario_tally){0};
	buf_init(&t->out, 0);
}

void scenario_tally_done(struct scenario_tally *t)
{
	if (server.engine == DB_POSTGRES)
		testdb_done(&server);
	server = (struct testdb){0};
	buf_done(&t->out);
}
