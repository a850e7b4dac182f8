/* SPDX-License-Identifier: Apache-2.0
 *
 * Workbooks: what does not fit is refused and not cut, a limit is obeyed, nothing is left behind, and a text is a text whatever it
 * begins with. What stands in them is compared with JSON, query by query, in tests/web/exports.mjs.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cm.h"
#include "ledger/query_xlsx.h"
#include "world.h"

#define PLACES_N 30

static struct world w;

static enum err_code make(const char *path, int64_t limit, int64_t most, struct err *e)
{
	struct actor who = {.area = COUNTY_AREA, .rights = ~UINT64_C(0)};
	area_range(COUNTY_AREA, &who.area_lo, &who.area_hi);
	struct query_call call = {.query = query_of(STR("people.areas")), .who = &who, .now_ms = NOW, .limit = limit, .lang = "zh"};
	return query_xlsx(ledger_db(w.l), &w.a, &call, path, w.dir, most, e);
}

static size_t size_of(const char *path)
{
	FILE *f = fopen(path, "rb");
	char head[4] = {0};
	if (!f)
		return 0;
	assert_int_equal(fread(head, 1, 4, f), 4);
	assert_memory_equal(head, "PK\3\4", 4);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	long n = ftell(f);
	fclose(f);
	return (size_t)n;
}

static void limits(void **state)
{
	(void)state;
	char path[128];
	struct err e = {0};
	snprintf(path, sizeof path, "%s/a.xlsx", w.dir);
	assert_int_equal(make(path, 0, PLACES_N - 1, &e), ERR_TOO_LARGE);
	assert_string_equal(e.at, "format");
	assert_non_null(strstr(e.what, "more than 29 rows"));
	assert_int_equal(make(path, 0, PLACES_N, &e), OK);
	size_t all = size_of(path);
	assert_int_equal(make(path, 3, PLACES_N, &e), OK);
	assert_true(size_of(path) < all);
	assert_int_equal(make(path, XLSX_ROWS_MAX, XLSX_ROWS_MAX, &e), OK);
	assert_int_equal(size_of(path), all);
	unlink(path);
}

static void unwritable(void **state)
{
	(void)state;
	struct err e = {0};
	char path[128];
	snprintf(path, sizeof path, "%s/no/such/folder.xlsx", w.dir);
	assert_int_equal(make(path, 0, PLACES_N, &e), ERR_DISK);
	struct actor nobody = {.area = COUNTY_AREA};
	struct query_call call = {.query = query_of(STR("people.areas")), .who = &nobody, .now_ms = NOW, .lang = "en"};
	assert_int_equal(query_xlsx(ledger_db(w.l), &w.a, &call, path, w.dir, 5, &e), ERR_FORBIDDEN);
	DIR *d = opendir(w.dir);
	assert_non_null(d);
	for (struct dirent *one; (one = readdir(d));)
		assert_null(strstr(one->d_name, "xlsx"));
	closedir(d);
}

int main(void)
{
	if (!world_open(&w, DB_SQLITE, 1))
		return 1;
	for (int i = 0; i < PLACES_N; i++)
		world_put(&w, "people.area_declared", VILLAGE_A + i, NOW, "{'code':'%lld','name':'=1+%d','valid_from':'2020-01-01'}",
			  (long long)VILLAGE_A + i, i);
	const struct CMUnitTest tests[] = {cmocka_unit_test(limits), cmocka_unit_test(unwritable)};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return failed;
}
