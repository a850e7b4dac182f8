/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as the file of ids beside the visit store: refused as corrupt, or every number gives an id that gives the number back. The first
 * byte says how many numbers the stored visits use.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base.h"
#include "domain/tracing/tracing_ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	char path[32];
	int fd = memfd_create("ids", 0);
	if (fd < 0 || write(fd, data + 1, size - 1) < 0)
		return 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct ids s;
	struct err e = {0};
	if (ids_open(&s, path, data[0] % 8, &e) == OK) {
		CHECK(s.n >= data[0] % 8);
		for (uint32_t i = 0; i < s.n; i++)
			CHECK(ids_find(&s, ids_at(&s, i)) <= i);
		struct id more = {{1, 2, 3, data[0]}};
		uint32_t at = ids_number(&s, more);
		CHECK(at != IDS_NONE && ids_find(&s, more) == at && ids_save(&s, &e) == OK);
		ids_close(&s);
	}
	close(fd);
	return 0;
}
