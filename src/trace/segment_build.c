/* SPDX-License-Identifier: Apache-2.0
 *
 * Visits in any order -> one segment. Two radix sorts of 16-byte elements: person order first, where equal
 * visits fall together and are made one; place order from what is left. Then directories and packed records.
 */
#include <stdlib.h>

#include "trace/hash.h"
#include "trace/segment.h"
#include "trace/sort.h"

static const uint32_t class_bound[SEG_CLASSES - 1] = {3600, 4 * 3600, 12 * 3600};

/* What the values of a segment need. */
struct shape {
	uint32_t t_base, unit, t_last, out_max, dur_max;
	uint32_t person_max, place_max, flags;
	unsigned t_bits, dur_bits, person_bits, place_bits;
};

static uint32_t gcd(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t r = a % b;
		a = b;
		b = r;
	}
	return a;
}

static struct shape shape_of(const struct visit *v, size_t n)
{
	struct shape s = {.t_base = UINT32_MAX};
	for (size_t i = 0; i < n; i++) {
		uint32_t dur = v[i].t_out - v[i].t_in;
		s.t_base = v[i].t_in < s.t_base ? v[i].t_in : s.t_base;
		s.t_last = v[i].t_in > s.t_last ? v[i].t_in : s.t_last;
		s.out_max = v[i].t_out > s.out_max ? v[i].t_out : s.out_max;
		s.dur_max = dur > s.dur_max ? dur : s.dur_max;
		s.person_max = v[i].person > s.person_max ? v[i].person : s.person_max;
		s.place_max = v[i].place > s.place_max ? v[i].place : s.place_max;
		s.flags |= v[i].flags;
	}
	for (size_t i = 0; i < n && s.unit != 1; i++)
		s.unit = gcd(gcd(s.unit, v[i].t_in - s.t_base), v[i].t_out - v[i].t_in);
	if (s.unit == 0)
		s.unit = 1; /* all at one instant with no length */
	s.t_bits = bits_of((s.t_last - s.t_base) / s.unit);
	s.dur_bits = bits_of(s.dur_max / s.unit);
	s.person_bits = bits_of(s.person_max);
	s.place_bits = bits_of(s.place_max);
	return s;
}

static uint64_t class_of(uint32_t dur)
{
	return (uint64_t)(dur > class_bound[0]) + (dur > class_bound[1]) + (dur > class_bound[2]);
}

/* Runs of equal keys are put in order of their companion, so that the result does not depend on the input's
 * order. */
static void order_ties(struct keyed *a, size_t n)
{
	for (size_t lo = 0, hi; lo < n; lo = hi) {
		for (hi = lo + 1; hi < n && a[hi].key == a[lo].key; hi++)
			;
		for (size_t i = lo + 1; i < hi; i++) {
			struct keyed x = a[i];
			size_t k = i;
			for (; k > lo && a[k - 1].val > x.val; k--)
				a[k] = a[k - 1];
			a[k] = x;
		}
	}
}

/* Person order: key = person, t_in; val = place, duration, flag. Returns how many differ. */
static size_t person_order(const struct visit *v, size_t n, const struct shape *s, struct keyed *a,
			   struct keyed *tmp)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t t = (v[i].t_in - s->t_base) / s->unit, dur = (v[i].t_out - v[i].t_in) / s->unit;
		a[i].key = (uint64_t)v[i].person << s->t_bits | t;
		a[i].val = ((uint64_t)v[i].place << s->dur_bits | dur) << 1 | (v[i].flags & VISIT_ASSUMED);
	}
	keyed_sort(a, tmp, n, s->t_bits + s->person_bits);
	order_ties(a, n); /* one person rarely has two stays that begin together */
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || a[kept - 1].key != a[i].key || a[kept - 1].val >> 1 != a[i].val >> 1)
			a[kept++] = a[i]; /* of an observed and an assumed twin the observed stands first */
	return kept;
}

/* Place order from person order: key = place, class, t_in; val = person, duration, flag. Stable sorting keeps
 * equal keys in order of person, and one person's in order of duration. */
static void place_order(const struct keyed *from, size_t n, const struct shape *s, struct keyed *a,
			struct keyed *tmp)
{
	uint64_t t_mask = (UINT64_C(1) << s->t_bits) - 1, dur_mask = (UINT64_C(1) << s->dur_bits) - 1;
	for (size_t i = 0; i < n; i++) {
		uint64_t dur = from[i].val >> 1 & dur_mask, place = from[i].val >> 1 >> s->dur_bits;
		uint64_t person = from[i].key >> s->t_bits;
		a[i].key = (place << 2 | class_of((uint32_t)dur * s->unit)) << s->t_bits |
			   (from[i].key & t_mask);
		a[i].val = (person << s->dur_bits | dur) << 1 | (from[i].val & 1);
	}
	keyed_sort(a, tmp, n, s->t_bits + 2 + s->place_bits);
}

static size_t distinct(const struct keyed *a, size_t n, unsigned shift)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += i == 0 || a[i].key >> shift != a[i - 1].key >> shift;
	return count;
}

static void put_bits(uint8_t *rec, uint64_t bit, uint64_t value)
{
	uint8_t *p = rec + (bit >> 3);
	uint64_t w = seg_load(p) | value << (bit & 7);
	memcpy(p, &w, sizeof w);
}

/* One half of a segment while it is laid out. */
struct half {
	const struct keyed *a;
	size_t n;
	unsigned key_shift;
	uint32_t max; /* largest key */
	bool dense;
	size_t keys_n;
	unsigned ref_bits;
};

static struct half half_of(const struct keyed *a, size_t n, unsigned key_shift, uint32_t max,
			   unsigned ref_bits)
{
	size_t keys = distinct(a, n, key_shift);
	bool dense = (uint64_t)max + 1 <= 2 * (uint64_t)keys + 16;
	return (struct half){a, n, key_shift, max, dense, dense ? (size_t)max + 1 : keys, ref_bits};
}

static void write_directory(const struct half *h, uint32_t *keys, uint32_t *start)
{
	size_t k = 0;
	for (size_t i = 0; i < h->n; i++) {
		uint32_t key = (uint32_t)(h->a[i].key >> h->key_shift);
		if (h->dense) {
			for (; k <= key; k++)
				start[k] = (uint32_t)i;
		} else if (i == 0 || key != keys[k - 1]) {
			keys[k] = key;
			start[k++] = (uint32_t)i;
		}
	}
	for (; k <= h->keys_n; k++)
		start[k] = (uint32_t)h->n;
}

static void write_records(const struct half *h, const struct shape *s, uint8_t *rec)
{
	uint64_t t_mask = (UINT64_C(1) << s->t_bits) - 1, dur_mask = (UINT64_C(1) << s->dur_bits) - 1;
	unsigned flag_bits = s->flags & VISIT_ASSUMED, time_bits = s->t_bits + s->dur_bits + flag_bits;
	unsigned width = time_bits + h->ref_bits;
	for (size_t i = 0; i < h->n; i++) {
		uint64_t val = h->a[i].val, time = h->a[i].key & t_mask;
		time |= (val >> 1 & dur_mask) << s->t_bits;
		if (flag_bits)
			time |= (val & 1) << (s->t_bits + s->dur_bits);
		put_bits(rec, (uint64_t)i * width, time);
		put_bits(rec, (uint64_t)i * width + time_bits, val >> 1 >> s->dur_bits);
	}
}

/* Counts (out == NULL) or writes the cuts of places with more than SEG_SMALL visits. */
static size_t write_cuts(const struct half *h, unsigned t_bits, struct seg_cut *out)
{
	size_t n = 0;
	for (size_t lo = 0, hi; lo < h->n; lo = hi) {
		uint64_t place = h->a[lo].key >> h->key_shift;
		for (hi = lo + 1; hi < h->n && h->a[hi].key >> h->key_shift == place; hi++)
			;
		if (hi - lo <= SEG_SMALL)
			continue;
		if (out) {
			out[n].place = (uint32_t)place;
			size_t i = lo;
			for (unsigned c = 0; c < SEG_CLASSES - 1; c++) {
				while (i < hi && (h->a[i].key >> t_bits & 3) <= c)
					i++;
				out[n].at[c] = (uint32_t)i;
			}
		}
		n++;
	}
	return n;
}

static size_t record_bytes(size_t n, unsigned width)
{
	return (size_t)(((uint64_t)n * width + 7) / 8) + SEG_TAIL;
}

/* Offsets of all sections; returns the size of the file. */
static size_t lay_out(struct seg_header *h, const struct half *place, const struct half *person,
		      unsigned time_bits, size_t cuts_n)
{
	const size_t bytes[SEC__N] = {
		[SEC_PLACE_KEYS] = place->dense ? 0 : place->keys_n * 4,
		[SEC_PLACE_START] = (place->keys_n + 1) * 4,
		[SEC_PLACE_REC] = record_bytes(place->n, time_bits + place->ref_bits),
		[SEC_CUTS] = cuts_n * sizeof(struct seg_cut),
		[SEC_PERSON_KEYS] = person->dense ? 0 : person->keys_n * 4,
		[SEC_PERSON_START] = (person->keys_n + 1) * 4,
		[SEC_PERSON_REC] = record_bytes(person->n, time_bits + person->ref_bits),
	};
	size_t at = sizeof *h;
	for (int i = 0; i < SEC__N; i++) {
		h->section[i].offset = at;
		h->section[i].bytes_n = bytes[i];
		at = (at + bytes[i] + 7) & ~(size_t)7;
	}
	return at;
}

static struct seg_header header_of(const struct shape *s, const struct half *place, const struct half *person,
				   size_t cuts_n, enum seg_kind kind, int32_t day)
{
	struct seg_header h = {
		.magic = SEG_MAGIC,
		.version = SEG_VERSION,
		.header_n = sizeof h,
		.visits_n = (uint32_t)place->n,
		.day = day,
		.t_base = s->t_base,
		.unit = s->unit,
		.t_last = s->t_last,
		.out_max = s->out_max,
		.t_bits = (uint8_t)s->t_bits,
		.dur_bits = (uint8_t)s->dur_bits,
		.flag_bits = s->flags & VISIT_ASSUMED,
		.place_bits = (uint8_t)s->place_bits,
		.person_bits = (uint8_t)s->person_bits,
		.kind = (uint8_t)kind,
		.persons_n = s->person_max + 1,
		.places_n = s->place_max + 1,
		.person_keys_n = (uint32_t)person->keys_n,
		.place_keys_n = (uint32_t)place->keys_n,
		.person_dense = person->dense,
		.place_dense = place->dense,
		.cuts_n = (uint32_t)cuts_n,
	};
	return h;
}

static void *at(uint8_t *bytes, const struct seg_header *h, enum seg_section s)
{
	return bytes + h->section[s].offset;
}

static enum err_code assemble(struct segment **out, const struct keyed *by_person,
			      const struct keyed *by_place, size_t n, const struct shape *s,
			      enum seg_kind kind, int32_t day, struct err *e)
{
	struct half person = half_of(by_person, n, s->t_bits, s->person_max, s->place_bits);
	struct half place = half_of(by_place, n, s->t_bits + 2, s->place_max, s->person_bits);
	size_t cuts_n = write_cuts(&place, s->t_bits, NULL);
	struct seg_header h = header_of(s, &place, &person, cuts_n, kind, day);
	size_t total = lay_out(&h, &place, &person, s->t_bits + s->dur_bits + h.flag_bits, cuts_n);
	uint8_t *bytes = calloc(1, total);
	if (!bytes)
		return err_set(e, ERR_MEMORY, "", "no memory for a segment of %zu visits", n);
	write_directory(&place, at(bytes, &h, SEC_PLACE_KEYS), at(bytes, &h, SEC_PLACE_START));
	write_records(&place, s, at(bytes, &h, SEC_PLACE_REC));
	write_cuts(&place, s->t_bits, at(bytes, &h, SEC_CUTS));
	write_directory(&person, at(bytes, &h, SEC_PERSON_KEYS), at(bytes, &h, SEC_PERSON_START));
	write_records(&person, s, at(bytes, &h, SEC_PERSON_REC));
	for (int i = 0; kind != SEG_MEMORY && i < SEC__N; i++) /* a run in memory is never read back */
		h.section[i].hash = xxh64(bytes + h.section[i].offset, h.section[i].bytes_n);
	h.hash = xxh64(&h, sizeof h - sizeof h.hash);
	memcpy(bytes, &h, sizeof h);
	bool bad_place, bad_person;
	enum err_code rc = seg_open_bytes(out, bytes, total, false, true, "", &bad_place, &bad_person, e);
	CHECK(rc == OK || rc == ERR_MEMORY);
	if (rc != OK)
		free(bytes);
	return rc;
}

enum err_code seg_build(struct segment **out, const struct visit *list, size_t n, enum seg_kind kind,
			int32_t day, struct err *e)
{
	CHECK(n > 0);
	if (n >= UINT32_MAX / 2)
		return err_set(e, ERR_TOO_LARGE, "", "one segment holds at most 2 billion visits");
	struct shape s = shape_of(list, n);
	struct keyed *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), *tmp = malloc(n * sizeof *tmp);
	enum err_code rc = ERR_MEMORY;
	if (a && b && tmp) {
		n = person_order(list, n, &s, a, tmp);
		place_order(a, n, &s, b, tmp);
		free(tmp);
		tmp = NULL;
		rc = assemble(out, a, b, n, &s, kind, day, e);
	} else {
		err_set(e, ERR_MEMORY, "", "no memory to sort %zu visits", n);
	}
	free(a);
	free(b);
	free(tmp);
	return rc;
}
