/* SPDX-License-Identifier: Apache-2.0
 *
 * A polygon drawn on the map (GeoJSON, RFC 7946), and whether a place lies in it.
 */
#include "core/json.h"
#include "domain/zones/zones_state.h"

struct drawing {
	double *xy;
	uint32_t *ring;
	size_t point_n, ring_n;
};

static enum err_code wrong(struct err *e, const char *what)
{
	return err_set(e, ERR_BAD_VALUE, "/body/shape", "%s", what);
}

static bool number(const struct json *j, double *out)
{
	*out = j->type == JSON_INT ? (double)j->i : j->f;
	return j->type == JSON_INT || j->type == JSON_REAL;
}

static enum err_code read_ring(const struct json *ring, struct drawing *d, struct err *e)
{
	size_t first = d->point_n;
	if (ring->type != JSON_ARRAY || ring->n < 4)
		return wrong(e, "a ring has at least four points, the last equal to the first");
	JSON_EACH(p, ring)
	{
		double lon, lat;
		const struct json *x = p->type == JSON_ARRAY && p->n >= 2 && p->n <= 3 ? json_first(p) : NULL;
		if (!x || !number(x, &lon) || !number(json_next(x), &lat) || !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90))
			return wrong(e, "a point is [longitude, latitude] in degrees");
		if (d->point_n == ZONES_SHAPE_POINTS_MAX)
			return wrong(e, "too many points; draw it more simply");
		d->xy[2 * d->point_n] = lon;
		d->xy[2 * d->point_n + 1] = lat;
		d->point_n++;
	}
	const double *a = d->xy + 2 * first, *b = d->xy + 2 * (d->point_n - 1);
	if (a[0] < b[0] || a[0] > b[0] || a[1] < b[1] || a[1] > b[1])
		return wrong(e, "a ring ends where it begins");
	d->ring[d->ring_n++] = (uint32_t)(d->point_n - first);
	return OK;
}

static enum err_code read_polygon(const struct json *rings, struct drawing *d, struct err *e)
{
	if (rings->type != JSON_ARRAY || rings->n == 0)
		return wrong(e, "a polygon has at least one ring");
	JSON_EACH(ring, rings)
	{
		enum err_code rc = read_ring(ring, d, e);
		if (rc != OK)
			return rc;
	}
	return OK;
}

static void find_box(struct zones_shape *s)
{
	s->lon_lo = s->lat_lo = INFINITY;
	s->lon_hi = s->lat_hi = -INFINITY;
	for (size_t i = 0; i < s->point_n; i++) {
		double lon = s->xy[2 * i], lat = s->xy[2 * i + 1];
		s->lon_lo = lon < s->lon_lo ? lon : s->lon_lo;
		s->lon_hi = lon > s->lon_hi ? lon : s->lon_hi;
		s->lat_lo = lat < s->lat_lo ? lat : s->lat_lo;
		s->lat_hi = lat > s->lat_hi ? lat : s->lat_hi;
	}
}

enum err_code zones_shape_read(struct arena *a, struct str geojson, struct zones_shape *out, struct err *e)
{
	const struct json *root;
	struct err inner = {0};
	if (json_read(a, geojson, &root, &inner) != OK || root->type != JSON_OBJECT)
		return wrong(e, "this is not GeoJSON");
	const struct json *type = json_get(root, STR("type")), *at = json_get(root, STR("coordinates"));
	if (!type || type->type != JSON_STRING || !at || at->type != JSON_ARRAY)
		return wrong(e, "expected a GeoJSON object with `type` and `coordinates`");
	/* a ring has four points at least, so there are fewer rings than points */
	struct drawing d = {.xy = ARENA_ARRAY(a, double, 2 * ZONES_SHAPE_POINTS_MAX), .ring = ARENA_ARRAY(a, uint32_t, ZONES_SHAPE_POINTS_MAX)};
	enum err_code rc = OK;
	if (str_eq_c(type->s, "Polygon"))
		rc = read_polygon(at, &d, e);
	else if (str_eq_c(type->s, "MultiPolygon") && at->n > 0) {
		JSON_EACH(polygon, at)
		{
			rc = read_polygon(polygon, &d, e);
			if (rc != OK)
				break;
		}
	} else
		rc = wrong(e, "expected a Polygon or a MultiPolygon");
	if (rc != OK)
		return rc;
	*out = (struct zones_shape){.xy = d.xy, .ring = d.ring, .ring_n = d.ring_n, .point_n = d.point_n};
	find_box(out);
	return OK;
}

bool zones_shape_holds(const struct zones_shape *s, double lon, double lat)
{
	bool inside = false;
	const double *p = s->xy;
	if (!(lon >= s->lon_lo && lon <= s->lon_hi && lat >= s->lat_lo && lat <= s->lat_hi))
		return false;
	for (size_t r = 0; r < s->ring_n; p += 2 * s->ring[r], r++)
		for (size_t i = 0; i + 1 < s->ring[r]; i++) {
			const double *a = p + 2 * i, *b = a + 2;
			if ((a[1] > lat) != (b[1] > lat) && lon < (b[0] - a[0]) * (lat - a[1]) / (b[1] - a[1]) + a[0])
				inside = !inside;
		}
	return inside;
}
