/* SPDX-License-Identifier: Apache-2.0
 * Any bytes: csv_row comes to an end, names each row it cannot read, and yields fields that csv_put
 * writes so that they read back the same. */
#include <string.h>

#include "core/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Reads all rows; fields that csv_put would disarm are left out, so that the second reading can be
 * compared. */
static void copy_rows(struct str bytes, bool must_be_good, struct buf *out)
{
	struct csv *c = NULL;
	CHECK(csv_open_mem(&c, bytes, NULL) == OK);
	uint64_t last_line = 0, done = 0, total = 0;
	for (size_t turns = 0;; turns++) {
		CHECK(turns <= bytes.n + 1);
		const struct str *f = NULL;
		size_t fields_n = 0;
		struct err e = {0};
		enum err_code code = csv_row(c, &f, &fields_n, &e);
		csv_progress(c, &done, &total);
		CHECK(done <= total && total == bytes.n);
		if (code == OK && fields_n == 0)
			break;
		CHECK(csv_line(c) > last_line);
		last_line = csv_line(c);
		CHECK(code == OK || (!must_be_good && e.at[0] && e.what[0]));
		if (csv_stuck(c))
			break;
		for (size_t i = 0; code == OK && i < fields_n; i++) {
			CHECK(str_is_utf8(f[i]) && (f[i].n == 0 || !memchr(f[i].p, 0, f[i].n)));
			bool formula = f[i].n > 0 && memchr("=+-@\t\r", f[i].p[0], 6);
			csv_put(out, formula ? STR("x") : f[i], i == 0);
		}
		if (code == OK)
			csv_end_row(out);
	}
	csv_close(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf first, second;
	buf_init(&first, 0);
	buf_init(&second, 0);
	buf_add_c(&first, "\xEF\xBB\xBF,,\r\n"); /* settles encoding and delimiter of the copy */
	buf_add_c(&second, "\xEF\xBB\xBF");
	copy_rows((struct str){(const char *)data, n}, false, &first);
	copy_rows(buf_str(&first), true, &second);
	/* the empty first field of the settling row is written in quotes */
	struct str a = buf_str(&first), b = buf_str(&second);
	CHECK(a.n + 2 == b.n && memcmp(a.p + 3, b.p + 5, a.n - 3) == 0);
	buf_done(&first);
	buf_done(&second);
	return 0;
}
