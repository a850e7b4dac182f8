/* SPDX-License-Identifier: Apache-2.0
 * A county of 240,000 persons (SUSHUI_BENCH_PERSONS) in 200 villages: registering them through the ledger,
 * sealed and folded, as a ratio to bare group-committed inserts of one row each in the same run; then the
 * time to propose candidates for a person without a document, as a ratio to one pass over the persons of the
 * county. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/people/people_match.h"
#include "ledger/keyring.h"
#include "protocol/protocol.h"
#include "sql.gen.h"
#include "testdb.h"

#define COUNTY INT64_C(140826)
#define GROUP 2000
#define VILLAGES 200
#define PROBES 200
#define AT INT64_C(1668945600000)

static double now_s(void)
{
	return (double)sys_real()->mono_us(NULL) / 1e6;
}

static struct id id_of(int64_t k, uint8_t family)
{
	struct id id = ID_NONE;
	for (int i = 0; i < 8; i++)
		id.b[i] = (uint8_t)((uint64_t)k >> (8 * (7 - i)));
	id.b[15] = family;
	return id;
}

static int64_t village(int64_t i)
{
	return COUNTY * 1000000 + 100201 + i % VILLAGES;
}

/* The village after the household, so that a village holds whole households. */
static struct fact person(struct arena *a, int64_t i)
{
	static const char *const given[] = {"秀英", "建国", "桂兰", "志强", "小明", "丽华", "文", "海燕"};
	static const char *const family[] = {"王", "李", "张", "刘", "陈", "杨",
					     "赵", "黄", "周", "吴", "徐"};
	const struct fact_kind *kind = fact_kind_of(STR("people.person_registered"));
	struct people_person_registered *b = fact_body_new(a, kind);
	b->person = id_of(i + 1, 'p');
	b->household = id_of(i / 3 + 1, 'h');
	b->name = arena_printf(a, "%s%s", family[(size_t)(i / 7) % ARRAY_N(family)],
			       given[(size_t)i % ARRAY_N(given)]);
	b->phone = arena_printf(a, "138%08lld", (long long)i);
	b->birth_year = 1935 + i * 7 % 85;
	b->sex = i % 2;
	b->resident = 1;
	return (struct fact){.id = id_of(i + 1, 'f'),
			     .kind = kind,
			     .area = village(i / 3),
			     .at = AT,
			     .recorded = AT,
			     .body = b};
}

static double register_all(struct ledger *l, int64_t persons)
{
	struct fact *facts = calloc(GROUP, sizeof *facts);
	struct verdict *verdicts = calloc(GROUP, sizeof *verdicts);
	struct arena a;
	struct err e = {0};
	double took = 0;
	if (!facts || !verdicts)
		exit(1);
	arena_init(&a, 0);
	for (int64_t done = 0; done < persons; done += GROUP) {
		size_t n = 0;
		for (; n < GROUP && done + (int64_t)n < persons; n++)
			facts[n] = person(&a, done + (int64_t)n);
		memset(verdicts, 0, sizeof *verdicts * n);
		struct submission s = {.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = n};
		double begin = now_s();
		testdb_ok(ledger_append(l, &s, 1, &e), &e);
		ledger_idle(l);
		took += now_s() - begin;
		for (size_t i = 0; i < n; i++)
			testdb_ok(verdicts[i].code, &verdicts[i].err);
		arena_reset(&a);
	}
	arena_done(&a);
	free(facts);
	free(verdicts);
	return took;
}

static double insert_all(struct db *db, int64_t persons)
{
	struct err e = {0};
	double begin = now_s();
	for (int64_t done = 0; done < persons; done += GROUP) {
		testdb_ok(db_begin(db, &e), &e);
		for (int64_t i = done; i < done + GROUP && i < persons; i++) {
			struct id fact = id_of(i, 'f');
			testdb_ok(db_run(db, &SQL_test_people_row,
					 PARAMS(V_INT(COUNTY), V_INT(i), V_INT(AT), V_ID(&fact), V_INT(i / 3),
						V_INT(village(i / 3)), V_INT(1980)),
					 &e),
				  &e);
		}
		testdb_ok(db_commit(db, &e), &e);
	}
	return now_s() - begin;
}

static void propose(struct ledger *l, int64_t persons)
{
	struct db *db = ledger_db(l);
	struct people_candidate c[10];
	struct err e = {0};
	struct arena a;
	size_t n, hits = 0;
	double begin = now_s();
	arena_init(&a, 0);
	for (int i = 0; i < PROBES; i++) {
		int64_t k = persons / PROBES * i;
		const struct people_person_registered *b = person(&a, k).body;
		struct people_probe probe = {.area = village(k / 3),
					     .name = b->name,
					     .birth_date = ABSENT,
					     .birth_year = b->birth_year,
					     .sex = b->sex};
		testdb_ok(people_candidates(db, ledger_keyring(l), &a, COUNTY, &probe, c, ARRAY_N(c), &n, &e),
			  &e);
		for (size_t m = 0; m < n; m++)
			hits += id_eq(c[m].person, b->person);
		arena_reset(&a);
	}
	double ours = (now_s() - begin) / PROBES;
	arena_done(&a);
	begin = now_s();
	int64_t rows;
	for (int i = 0; i < 20; i++)
		testdb_ok(db_one(db, &SQL_test_people_scan,
				 PARAMS(V_INT(COUNTY), V_INT(village(i)), V_INT(1970), V_INT(1972)), 0, &rows,
				 &e),
			  &e);
	double scan = (now_s() - begin) / 20;
	printf("candidates: %.2f ms for one probe, names opened and compared; one pass over the county %.2f ms; ratio %.2f; "
	       "the person sought was among the first %zu in %zu of %d\n",
	       ours * 1e3, scan * 1e3, ours / scan, ARRAY_N(c), hits, PROBES);
}

static void bench(struct testdb *t)
{
	static const struct protocol_book none;
	const char *wanted = getenv("SUSHUI_BENCH_PERSONS");
	int64_t persons = wanted ? strtoll(wanted, NULL, 10) : t->engine == DB_SQLITE ? 240000 : 40000;
	char dir[] = "/tmp/sushui-bench.XXXXXX", keyring[64], command[64];
	struct testdb bare;
	struct ledger *l = NULL;
	struct err e = {0};
	if (!mkdtemp(dir) || !testdb_new(&bare, t->engine))
		exit(1);
	snprintf(keyring, sizeof keyring, "%s/keyring", dir);
	struct ledger_options o = {
		.db_url = t->url, .keyring = keyring, .sys = sys_real(), .protocols = &none};
	testdb_ok(keyring_create(keyring, sys_real(), &e), &e);
	testdb_ok(ledger_create(&o, &e), &e);
	testdb_ok(ledger_open(&l, &o, &e), &e);
	struct db *db = testdb_open(&bare, DB_WRITER);
	testdb_script(db, &SQL_people_schema);
	double ours = register_all(l, persons), raw = insert_all(db, persons);
	printf("%s: %lld persons registered, %.0f/s, sealed, indexed, folded, durable by %d; bare rows %.0f/s; ratio %.3f\n",
	       t->engine == DB_SQLITE ? "sqlite" : "postgresql", (long long)persons, (double)persons / ours,
	       GROUP, (double)persons / raw, raw / ours);
	propose(l, persons);
	db_close(&db);
	ledger_close(&l);
	testdb_done(&bare);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	if (system(command) != 0)
		exit(1);
}

int main(void)
{
	struct err e;
	testdb_ok(caltime_zone(STR("Asia/Shanghai"), &e), &e);
	testdb_each(bench);
	return 0;
}
