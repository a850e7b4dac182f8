/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a drawn shape: refused with a place and a reason, or a shape whose points lie in its box, whose rings add up, and whose
 * holes and edges can be asked about anywhere. */
#include "domain/zones/zones_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;
	struct zones_shape s;
	struct err e = {0};
	arena_init(&a, 0);
	enum err_code rc = zones_shape_read(&a, (struct str){(const char *)data, n}, &s, &e);
	CHECK(rc == OK || (rc == ERR_BAD_VALUE && e.at[0] && e.what[0]));
	if (rc == OK) {
		size_t points = 0, hits = 0;
		for (size_t i = 0; i < s.ring_n; i++)
			points += s.ring[i];
		CHECK(points == s.point_n && s.point_n >= 4 && s.point_n <= ZONES_SHAPE_POINTS_MAX);
		for (size_t i = 0; i < s.point_n; i++) {
			double lon = s.xy[2 * i], lat = s.xy[2 * i + 1];
			CHECK(lon >= s.lon_lo && lon <= s.lon_hi && lat >= s.lat_lo && lat <= s.lat_hi);
			hits += zones_shape_holds(&s, lon, lat);
		}
		CHECK(hits <= s.point_n);
		CHECK(!zones_shape_holds(&s, s.lon_hi + 1, s.lat_lo) && !zones_shape_holds(&s, NAN, NAN));
	}
	arena_done(&a);
	return 0;
}
