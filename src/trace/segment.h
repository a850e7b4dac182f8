/* SPDX-License-Identifier: Apache-2.0
 *
 * segment.h - one immutable set of visits in both orders (private to src/trace).
 *
 * Each visit stands twice: in place order (place, length class, t_in) with its person, and in person order
 * (person, t_in) with its place. A record is a run of bits: t_in and duration in units of `unit` seconds
 * above `t_base`, one flag bit if any visit of the segment has a flag, and the other id; the widths are the
 * least that hold the segment's values, so a record takes 5 to 7 bytes and is read with two unaligned loads.
 * A directory gives the records of a key: an array by key when keys are dense, a sorted list of keys when
 * they are not.
 *
 * Length classes (up to 1 h, 4 h, 12 h, more) bound how early a stay that is still going on can have begun:
 * one shop assistant's shift does not lengthen the search among thousands of short stays. Places with up to
 * SEG_SMALL visits in the segment are read whole instead.
 */
#ifndef SUSHUI_TRACE_SEGMENT_H
#define SUSHUI_TRACE_SEGMENT_H

#include <stdatomic.h>
#include <string.h>

#include "trace/visits.h"

#define SEG_CLASSES 4
#define SEG_SMALL 48
#define SEG_TAIL 16 /* zero bytes behind records, so that the last one can be read with whole words */

enum seg_kind {
	SEG_DAY,    /* visits that begin on one day and last at most 24 hours */
	SEG_LONG,   /* visits that begin on one day and last longer */
	SEG_MEMORY, /* a run that is not sealed: any days */
};

struct seg_order {
	const uint8_t *rec;
	const uint32_t *keys;  /* NULL: keys are 0 .. keys_n-1 */
	const uint32_t *start; /* keys_n + 1 record numbers */
	uint32_t keys_n;
	unsigned width;    /* bits of a record */
	uint64_t ref_mask; /* of the other id */
};

/* Where classes 1 to 3 begin among the records of a place that has more than SEG_SMALL. */
struct seg_cut {
	uint32_t place;
	uint32_t at[SEG_CLASSES - 1];
};

struct segment {
	struct seg_order by_place, by_person;
	const struct seg_cut *cuts; /* by place */
	uint32_t cuts_n;
	uint32_t visits_n;
	uint32_t t_base, unit;
	uint32_t t_last;  /* largest t_in */
	uint32_t out_max; /* largest t_out */
	uint32_t dur_max; /* longest stay the bits can hold, in seconds */
	unsigned t_bits, dur_bits, flag_bits, time_bits; /* time_bits: the three together */
	uint32_t persons_n, places_n; /* bounds of ids: larger than every id that can be read */
	int32_t day;
	enum seg_kind kind;
	atomic_int refs;
	uint8_t *bytes; /* header and all sections, as in the file */
	size_t bytes_n;
	bool mapped; /* bytes are a file mapping, else heap */
	char name[48]; /* file name, "" in memory */
};

struct seg_visit {
	uint32_t t_in, t_out;
	uint32_t ref; /* person in place order, place in person order */
	uint32_t flags;
};

static inline uint64_t seg_load(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline void seg_get(const struct segment *g, const struct seg_order *o, uint32_t i,
			   struct seg_visit *out)
{
	uint64_t bit = (uint64_t)i * o->width;
	uint64_t w = seg_load(o->rec + (bit >> 3)) >> (bit & 7);
	uint64_t t = w & ((UINT64_C(1) << g->t_bits) - 1);
	uint64_t dur = w >> g->t_bits & ((UINT64_C(1) << g->dur_bits) - 1);
	out->t_in = g->t_base + (uint32_t)t * g->unit;
	out->t_out = out->t_in + (uint32_t)dur * g->unit;
	out->flags = (uint32_t)(w >> (g->t_bits + g->dur_bits)) & g->flag_bits;
	bit += g->time_bits;
	out->ref = (uint32_t)(seg_load(o->rec + (bit >> 3)) >> (bit & 7) & o->ref_mask);
}

static inline uint32_t seg_t_in(const struct segment *g, const struct seg_order *o, uint32_t i)
{
	uint64_t bit = (uint64_t)i * o->width;
	return g->t_base +
	       (uint32_t)(seg_load(o->rec + (bit >> 3)) >> (bit & 7) & ((UINT64_C(1) << g->t_bits) - 1)) *
		       g->unit;
}

/* Records of a key: [*lo, *hi). */
static inline void seg_range(const struct seg_order *o, uint32_t key, uint32_t *lo, uint32_t *hi)
{
	uint32_t at = key;
	if (o->keys) {
		uint32_t a = 0, b = o->keys_n;
		while (a < b) {
			uint32_t mid = a + (b - a) / 2;
			if (o->keys[mid] < key)
				a = mid + 1;
			else
				b = mid;
		}
		at = a < o->keys_n && o->keys[a] == key ? a : o->keys_n;
	}
	*lo = *hi = 0;
	if (at < o->keys_n) {
		*lo = o->start[at];
		*hi = o->start[at + 1];
	}
}

/* The records of one place as pieces sorted by t_in. */
struct seg_parts {
	unsigned n;
	bool whole; /* one small piece: sorted by class first, so it must be read to the end */
	uint32_t lo[SEG_CLASSES], hi[SEG_CLASSES];
	uint32_t bound[SEG_CLASSES]; /* longest stay of the piece */
};
void seg_parts_big(const struct segment *g, uint32_t place, uint32_t lo, uint32_t hi, struct seg_parts *out);
/* False when the place has no visits here. */
static inline bool seg_parts(const struct segment *g, uint32_t place, struct seg_parts *out)
{
	uint32_t lo, hi;
	seg_range(&g->by_place, place, &lo, &hi);
	if (lo == hi)
		return false;
	out->n = 1;
	out->whole = true;
	out->lo[0] = lo;
	out->hi[0] = hi;
	out->bound[0] = 0;
	if (hi - lo > SEG_SMALL)
		seg_parts_big(g, place, lo, hi, out);
	return true;
}
/* First record of [lo, hi) with t_in >= t; the piece is sorted by t_in. */
uint32_t seg_lower(const struct segment *g, uint32_t lo, uint32_t hi, uint32_t t);
/* Where to begin in piece k so that every stay still going on at `from` is met. */
static inline uint32_t seg_begin(const struct segment *g, const struct seg_parts *p, unsigned k,
				 uint32_t from)
{
	if (p->whole)
		return p->lo[k];
	return seg_lower(g, p->lo[k], p->hi[k], from > p->bound[k] ? from - p->bound[k] : 0);
}

/* Builds a segment in memory from visits in any order (each valid; equal ones become one, a VISIT_ASSUMED
 * twin of an observed stay yields to it). n >= 1. ERR_MEMORY. */
enum err_code seg_build(struct segment **out, const struct visit *list, size_t n, enum seg_kind kind,
			int32_t day, struct err *e);
/* Takes bytes of a file for a segment: checks header, sizes, directories and, unless skipped, checksums. On
 * ERR_CORRUPT *bad_place / *bad_person say which half is damaged (both when it cannot be told). Takes over
 * `bytes` on success. */
enum err_code seg_open_bytes(struct segment **out, uint8_t *bytes, size_t n, bool mapped, bool skip_checksums,
			     const char *name, bool *bad_place, bool *bad_person, struct err *e);
/* Maps folder/name. As seg_open_bytes; a damaged half is rebuilt from the other, *rebuilt is set and the
 * caller writes the new segment in its place. */
enum err_code seg_open_file(struct segment **out, const char *folder, const char *name, bool skip_checksums,
			    bool *rebuilt, struct err *e);
/* Reads every record: order inside both halves, ids below the bounds, equal contents. ERR_CORRUPT. */
enum err_code seg_verify(const struct segment *g, struct err *e);
struct segment *seg_ref(struct segment *g);
void seg_unref(struct segment **g);

/* Record number of exactly this visit in place order and in person order; false when it is not there. */
bool seg_find(const struct segment *g, const struct visit *v, uint32_t *place_at, uint32_t *person_at);

/* Sections of the file, in file order. */
enum seg_section {
	SEC_PLACE_KEYS,
	SEC_PLACE_START,
	SEC_PLACE_REC,
	SEC_CUTS,
	SEC_PERSON_KEYS,
	SEC_PERSON_START,
	SEC_PERSON_REC,
	SEC__N
};
struct seg_header { /* little-endian; see docs/tracing.md */
	char magic[8];
	uint32_t version;
	uint32_t header_n;
	uint32_t visits_n;
	int32_t day;
	uint32_t t_base, unit, t_last, out_max;
	uint8_t t_bits, dur_bits, flag_bits, place_bits, person_bits, kind, zero[2];
	uint32_t persons_n, places_n;
	uint32_t person_keys_n, place_keys_n;
	uint32_t person_dense, place_dense;
	uint32_t cuts_n, zero2;
	struct seg_section_entry {
		uint64_t offset, bytes_n, hash;
	} section[SEC__N];
	uint64_t hash; /* of all bytes before it */
};
_Static_assert(sizeof(struct seg_header) == 256, "the header is 256 bytes");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "segments are little-endian and read in place");
#define SEG_MAGIC "SUSHUIVS"
#define SEG_VERSION 1

#endif
