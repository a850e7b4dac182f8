/* SPDX-License-Identifier: Apache-2.0
 *
 * Personal data end: after an erasure no byte of what was said of a person stands in any file of the folder, the chain is whole, a
 * rebuild gives the same tables, and nothing brings the person back: not a new registration, not an old keyring. The markers are
 * made up.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cm.h"
#include "domain/people/people.h"
#include "ledger/keyring.h"
#include "sql.gen.h"
#include "world.h"

static const char *const markers[] = {"Qzmarkername", "QZ9988771", "13800099887", "Qzlane", "Qzcorrected", "13800099886"};

static bool file_has(const char *path, const void *what, size_t n)
{
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	char *p = malloc((size_t)size + 1);
	assert_true(p && fread(p, 1, (size_t)size, f) == (size_t)size);
	fclose(f);
	bool has = size > 0 && memmem(p, (size_t)size, what, n) != NULL;
	free(p);
	return has;
}

/* Is it in any file of the folders? path: where. */
static bool anywhere(const struct world *w, const void *what, size_t n, char *path, size_t cap)
{
	const char *dirs[] = {w->dir, w->t.dir};
	for (size_t i = 0; i < ARRAY_N(dirs); i++) {
		DIR *d = *dirs[i] ? opendir(dirs[i]) : NULL;
		for (struct dirent *f; d && (f = readdir(d));) {
			snprintf(path, cap, "%s/%s", dirs[i], f->d_name);
			if (f->d_name[0] != '.' && file_has(path, what, n)) {
				closedir(d);
				return true;
			}
		}
		if (d)
			closedir(d);
	}
	return false;
}

static void no_marker(const struct world *w)
{
	char path[400];
	for (size_t i = 0; i < ARRAY_N(markers); i++)
		if (anywhere(w, markers[i], strlen(markers[i]), path, sizeof path))
			fail_msg("%s stands in %s", markers[i], path);
}

static void life(struct world *w)
{
	world_put(w, "people.household_registered", VILLAGE_A, NOW - 5000, "{'household':'%s','address':'Qzlane 5'}", NAME("household", 1));
	world_put(w, "people.person_registered", VILLAGE_A, NOW - 4000,
		  "{'person':'%s','household':'%s','name':'Qzmarkername','document_type':'passport','document_number':'QZ9988771',"
		  "'phone':'13800099887','birth_date':'1977-07-07','tags':['dialysis']}", NAME("person", 1), NAME("household", 1));
	world_put(w, "people.person_registered", VILLAGE_A, NOW - 4000, "{'person':'%s','household':'%s','name':'Other','phone':'13800099887'}",
		  NAME("person", 2), NAME("household", 1));
	world_put(w, "people.person_corrected", VILLAGE_A, NOW - 3000, "{'person':'%s','name':'Qzcorrected','phone':'13800099886'}",
		  NAME("person", 1));
	world_put(w, "testing.swab_taken", VILLAGE_A, NOW - 2000, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", NAME("person", 1),
		  NAME("tube", 1), NAME("campaign", 1));
}

static struct str wrapped_key(struct world *w, struct id person)
{
	struct err e = {0};
	struct db *db = NULL;
	struct str key = STR_NONE;
	testdb_ok(db_open(&db, w->keyring, DB_READER, NULL, &e), &e);
	testdb_ok(db_query(db, &SQL_keyring_key_get, PARAMS(V_ID(&person)), &e), &e);
	if (db_next(db) && db_column_type(db, 0) == DB_BLOB)
		key = arena_str(&w->a, db_blob(db, 0));
	db_stop(db, NULL);
	db_close(&db);
	return key;
}

static void erase(struct world *w, struct id subject)
{
	char id[ID_TEXT_N + 1];
	id_format(subject, id);
	world_put(w, "house.subject_erased", VILLAGE_A, NOW, "{'subject':'%s','rule':'retention over'}", id);
}

static bool opens(struct world *w, struct id person, enum err_code *rc)
{
	struct people_personal p;
	struct err e = {0};
	*rc = people_open(ledger_db(w->l), ledger_keyring(w->l), &w->a, COUNTY, person, &p, &e);
	return *rc == OK;
}

/* A core dump would hold every key that the erasure is to destroy. */
static void no_core(struct world *w)
{
	struct rlimit core;
	life(w);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
	assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
	assert_int_equal(core.rlim_cur, 0);
	assert_int_equal(core.rlim_max, 0);
}

static void erased(struct world *w)
{
	struct err e = {0};
	struct id one = world_id("person", 1);
	enum err_code rc;
	struct verify_report before, after;
	struct buf out;
	char path[400];
	size_t n = 9;
	struct id found[8];
	buf_init(&out, 0);
	life(w);
	assert_true(opens(w, one, &rc));
	no_marker(w); /* sealed from the first fact on */
	struct str key = wrapped_key(w, one);
	assert_true(key.n > 0);
	assert_true(anywhere(w, key.p, key.n, path, sizeof path)); /* the search can see */
	world_put(w, "house.personal_opened", VILLAGE_A, NOW, "{'subjects':['%s'],'purpose':'case 7'}", NAME("person", 1));
	assert_true(world_has(world_ask(w, &out, "house.reads", NOW, NULL), "case 7"));
	testdb_ok(ledger_verify(ledger_db(w->l), (struct progress){0}, &before, &e), &e);
	erase(w, one);
	erase(w, world_id("household", 1));
	no_marker(w);
	if (anywhere(w, key.p, key.n, path, sizeof path))
		fail_msg("the wrapped key still stands in %s", path);
	assert_false(opens(w, one, &rc));
	assert_int_equal(rc, ERR_ERASED);
	testdb_ok(keyring_find(ledger_keyring(w->l), "document_number", STR("QZ9988771"), found, 8, &n, &e), &e);
	assert_int_equal(n, 0);
	testdb_ok(keyring_find(ledger_keyring(w->l), "phone", STR("13800099887"), found, 8, &n, &e), &e);
	assert_int_equal(n, 1); /* the other one of that number */
	assert_int_equal(world_try(w, &e, "people.person_registered", VILLAGE_A, NOW, "{'person':'%s','household':'%s','name':'Again'}",
				   NAME("person", 1), NAME("household", 2)), ERR_ERASED);
	assert_int_equal(world_try(w, &e, "people.person_corrected", VILLAGE_A, NOW, "{'person':'%s','phone':'13800099885'}", NAME("person", 1)),
			 ERR_ERASED);
	/* facts without personal parts go on: the tube must still be counted */
	world_put(w, "testing.swab_taken", VILLAGE_A, NOW, "{'person':'%s','tube':'%s','campaign':'%s','round':2}", NAME("person", 1),
		  NAME("tube", 2), NAME("campaign", 1));
	testdb_ok(ledger_verify(ledger_db(w->l), (struct progress){0}, &after, &e), &e);
	assert_true(after.facts_n > before.facts_n);
	world_rebuilt_same(w, 0);
	world_reopen(w);
	assert_false(opens(w, one, &rc));
	assert_true(opens(w, world_id("person", 2), &rc));
	assert_true(world_has(world_ask(w, &out, "house.reads", NOW, NULL), "case 7"));
	no_marker(w);
	buf_done(&out);
}

/* In one group: the erasure counts for what follows it, or its personal part would be acknowledged and lost. */
static void in_one_group(struct world *w)
{
	struct str texts[] = {
		world_fact(w, "people.person_registered", VILLAGE_A, NOW, "{'person':'%s','household':'%s','name':'A'}", NAME("person", 1), NAME("household", 1)),
		world_fact(w, "house.subject_erased", VILLAGE_A, NOW, "{'subject':'%s','rule':'asked for'}", NAME("person", 1)),
		world_fact(w, "people.person_corrected", VILLAGE_A, NOW, "{'person':'%s','name':'B'}", NAME("person", 1)),
	};
	struct fact f[3];
	struct verdict v[3] = {0};
	struct err e = {0};
	for (size_t i = 0; i < 3; i++) {
		const struct json *j;
		testdb_ok(json_read(&w->a, texts[i], &j, &e), &e);
		testdb_ok(fact_decode(&w->a, j, &f[i], &e), &e);
	}
	struct submission s = {.who = actor_machine(), .facts = f, .verdicts = v, .n = 3};
	testdb_ok(ledger_append(w->l, &s, 1, &e), &e);
	assert_int_equal(v[0].code, OK);
	assert_int_equal(v[1].code, OK);
	assert_int_equal(v[2].code, ERR_ERASED);
	enum err_code rc;
	assert_false(opens(w, world_id("person", 1), &rc));
	world_rebuilt_same(w, 0);
}

/* Who is under an order when the key goes must still be freed by a signature. */
static void freed_after(struct world *w)
{
	struct err e = {0};
	static const char release[] = "{'person':'%s','case':'%s','early':true%s}";
	life(w);
	world_put(w, "tracing.case_opened", VILLAGE_A, NOW - HOURS(2),
		  "{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','sampled_at':%lld}", NAME("case", 1), NAME("person", 9),
		  (long long)(NOW - HOURS(5)));
	world_put(w, "tracing.contact_classified", VILLAGE_A, NOW - HOURS(1),
		  "{'person':'%s','case':'%s','tier':'close_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'a meal'}",
		  NAME("person", 1), NAME("case", 1), (long long)(NOW - HOURS(20)), (long long)(NOW - HOURS(19)));
	assert_int_equal(world_try(w, &e, "tracing.contact_released", VILLAGE_A, NOW, release, NAME("person", 1), NAME("case", 1), ""),
			 ERR_MISSING_FIELD);
	assert_string_equal(e.at, "/body/reason");
	erase(w, world_id("person", 1));
	assert_int_equal(world_try(w, &e, "tracing.contact_released", VILLAGE_A, NOW, release, NAME("person", 1), NAME("case", 1),
				   ",'reason':'in hospital'"), ERR_ERASED);
	world_put(w, "tracing.contact_released", VILLAGE_A, NOW, release, NAME("person", 1), NAME("case", 1), "");
	world_rebuilt_same(w, 0);
}

static enum err_code erase_as(struct world *w, int64_t post, const char *subject, struct err *e)
{
	struct actor who = actor_machine();
	struct str text = world_fact(w, "house.subject_erased", post, NOW, "{'subject':'%s','rule':'asked for'}", subject);
	const struct json *j;
	struct fact f;
	struct verdict v = {0};
	testdb_ok(json_read(&w->a, text, &j, e), e);
	testdb_ok(fact_decode(&w->a, j, &f, e), e);
	area_range(post, &who.area_lo, &who.area_hi);
	who.area = post;
	struct submission s = {.who = who, .facts = &f, .verdicts = &v, .n = 1};
	testdb_ok(ledger_append(w->l, &s, 1, e), e);
	*e = v.err;
	return v.code;
}

/* Who may erase in one village does not reach the neighbour's, and who may in one county not the next. */
static void beyond_the_post(struct world *w)
{
	struct err e = {0};
	enum err_code rc;
	life(w);
	assert_int_equal(erase_as(w, VILLAGE_B, NAME("person", 1), &e), ERR_NOT_ALLOWED);
	assert_int_equal(erase_as(w, COUNTY_AREA + 1000000, NAME("person", 1), &e), ERR_NOT_FOUND);
	assert_string_equal(e.at, "/body/subject");
	assert_true(opens(w, world_id("person", 1), &rc));
	assert_int_equal(erase_as(w, COUNTY_AREA, NAME("person", 1), &e), OK);
	assert_false(opens(w, world_id("person", 1), &rc));
	assert_int_equal(rc, ERR_ERASED);
}

static void copy(const char *from, const char *to)
{
	char command[500];
	snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
	assert_int_equal(system(command), 0);
}

/* An old keyring is put back: the facts say who was erased, so opening the ledger destroys the key again. */
static void restored_backup(struct world *w)
{
	char backup[200], log[200];
	enum err_code rc;
	struct id one = world_id("person", 1);
	struct ledger_options o = world_options(w);
	struct err e = {0};
	int64_t alive;
	snprintf(backup, sizeof backup, "%s.backup", w->keyring);
	snprintf(log, sizeof log, "%s-wal", w->keyring);
	life(w);
	struct str key = wrapped_key(w, one);
	ledger_close(&w->l);
	copy(w->keyring, backup);
	testdb_ok(ledger_open(&w->l, &o, &e), &e);
	erase(w, one);
	ledger_close(&w->l);
	copy(backup, w->keyring);
	remove(log);
	assert_true(wrapped_key(w, one).n > 0); /* alive again */
	remove(backup);
	testdb_ok(ledger_open(&w->l, &o, &e), &e);
	assert_false(opens(w, one, &rc));
	assert_int_equal(rc, ERR_ERASED);
	char path[400];
	if (anywhere(w, key.p, key.n, path, sizeof path))
		fail_msg("the wrapped key stands again in %s", path);
	testdb_ok(keyring_reshred(ledger_keyring(w->l), &alive, &e), &e);
	assert_int_equal(alive, 0);
}

/* A reader that looks into the keyring while a key is destroyed: the log is emptied as soon as it has gone. */
static void while_somebody_reads(struct world *w)
{
	struct err e = {0};
	struct db *reader = NULL;
	char path[400];
	life(w);
	struct str key = wrapped_key(w, world_id("person", 1));
	testdb_ok(db_open(&reader, w->keyring, DB_READER, NULL, &e), &e);
	testdb_ok(db_begin(reader, &e), &e);
	int64_t n;
	testdb_ok(db_one(reader, &SQL_test_world_keys, NO_PARAMS, 0, &n, &e), &e);
	assert_int_equal(n, 3);
	erase(w, world_id("person", 1));
	db_rollback(reader);
	db_close(&reader);
	world_put(w, "people.household_registered", VILLAGE_A, NOW, "{'household':'%s'}", NAME("household", 9)); /* the next group */
	if (anywhere(w, key.p, key.n, path, sizeof path))
		fail_msg("the wrapped key still stands in %s", path);
}

#define EACH(name) \
	static void name##_(void **state) \
	{ \
		(void)state; \
		world_each(name); \
	}
EACH(erased)
EACH(no_core)
EACH(in_one_group)
EACH(freed_after)
EACH(beyond_the_post)
EACH(restored_backup)
EACH(while_somebody_reads)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(erased_),
		cmocka_unit_test(no_core_),
		cmocka_unit_test(in_one_group_),
		cmocka_unit_test(freed_after_),
		cmocka_unit_test(beyond_the_post_),
		cmocka_unit_test(restored_backup_),
		cmocka_unit_test(while_somebody_reads_),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
