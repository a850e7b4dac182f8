/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as a table of stays (import-visits, POST /api/tracing/visits): each row is accepted or refused with a reason, none is lost.
 */
#include "core/base.h"
#include "domain/tracing/sheet.h"

static uint64_t refused_n;

static enum err_code reject(void *ctx, const struct visit_sheet *s, const struct str *cells, size_t n, const struct err *why, struct err *e)
{
	(void)ctx;
	(void)e;
	CHECK(why->code != OK && why->what[0]);
	for (int c = 0; c < VISIT_COLUMN__N; c++)
		CHECK(visit_sheet_cell(s, (enum visit_column)c, cells, n).n <= CSV_FIELD_MAX);
	refused_n++;
	return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct visit_sheet s = {.reject = reject};
	struct err e = {0};
	refused_n = 0;
	if (csv_open_mem(&s.csv, (struct str){(const char *)data, size}, &e) != OK)
		return 0;
	if (visit_sheet_heading(&s, &e) == OK && visit_sheet_read(&s, NULL, &e) == OK)
		CHECK(s.rows == s.accepted + s.rejected && s.rejected == refused_n);
	csv_close(&s.csv);
	return 0;
}
