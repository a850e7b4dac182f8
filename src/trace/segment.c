/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/hash.h"
#include "trace/sort.h"

/* --- reading ------------------------------------------------------------------------------------ */

void seg_parts_big(const struct segment *g, uint32_t place, uint32_t lo, uint32_t hi, struct seg_parts *out)
{
	static const uint32_t bound[SEG_CLASSES - 1] = {3600, 4 * 3600, 12 * 3600};
	uint32_t a = 0, b = g->cuts_n;
	while (a < b) {
		uint32_t mid = a + (b - a) / 2;
		if (g->cuts[mid].place < place)
			a = mid + 1;
		else
			b = mid;
	}
	if (a == g->cuts_n || g->cuts[a].place != place)
		return; /* cannot be in a sound file; reading the place whole is right in any case */
	out->whole = false;
	out->n = 0;
	for (unsigned c = 0; c < SEG_CLASSES; c++) {
		uint32_t end = c < SEG_CLASSES - 1 ? g->cuts[a].at[c] : hi;
		if (lo < end) {
			out->lo[out->n] = lo;
			out->hi[out->n] = end;
			out->bound[out->n++] = c < SEG_CLASSES - 1 ? bound[c] : g->dur_max;
		}
		lo = end;
	}
}

uint32_t seg_lower(const struct segment *g, uint32_t lo, uint32_t hi, uint32_t t)
{
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (seg_t_in(g, &g->by_place, mid) < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool seg_find(const struct segment *g, const struct visit *v, uint32_t *place_at, uint32_t *person_at)
{
	if (v->t_in < g->t_base || v->t_in > g->t_last)
		return false;
	struct seg_visit x;
	uint32_t lo, hi;
	bool found = false;
	seg_range(&g->by_person, v->person, &lo, &hi);
	for (; lo < hi && !found; lo++) {
		seg_get(g, &g->by_person, lo, &x);
		found = x.t_in == v->t_in && x.t_out == v->t_out && x.ref == v->place;
		*person_at = lo;
	}
	struct seg_parts p;
	if (!found || !seg_parts(g, v->place, &p))
		return false;
	for (unsigned k = 0; k < p.n; k++)
		for (uint32_t i = p.whole ? p.lo[k] : seg_lower(g, p.lo[k], p.hi[k], v->t_in); i < p.hi[k];
		     i++) {
			seg_get(g, &g->by_place, i, &x);
			if (x.t_in > v->t_in && !p.whole)
				break;
			if (x.t_in == v->t_in && x.t_out == v->t_out && x.ref == v->person) {
				*place_at = i;
				return true;
			}
		}
	return false;
}

struct segment *seg_ref(struct segment *g)
{
	atomic_fetch_add(&g->refs, 1);
	return g;
}

void seg_unref(struct segment **g)
{
	if (*g && atomic_fetch_sub(&(*g)->refs, 1) == 1) {
		if ((*g)->mapped)
			munmap((*g)->bytes, (*g)->bytes_n);
		else
			free((*g)->bytes);
		free(*g);
	}
	*g = NULL;
}

/* --- opening ------------------------------------------------------------------------------------ */

static enum err_code corrupt(struct err *e, const char *name, const char *what)
{
	return err_set(e, ERR_CORRUPT, name, "segment: %s", what);
}

static uint64_t want_bytes(const struct seg_header *h, enum seg_section s)
{
	unsigned time = (unsigned)h->t_bits + h->dur_bits + h->flag_bits;
	switch (s) {
	case SEC_PLACE_KEYS:
		return h->place_dense ? 0 : (uint64_t)h->place_keys_n * 4;
	case SEC_PLACE_START:
		return ((uint64_t)h->place_keys_n + 1) * 4;
	case SEC_PLACE_REC:
		return ((uint64_t)h->visits_n * (time + h->person_bits) + 7) / 8 + SEG_TAIL;
	case SEC_CUTS:
		return (uint64_t)h->cuts_n * sizeof(struct seg_cut);
	case SEC_PERSON_KEYS:
		return h->person_dense ? 0 : (uint64_t)h->person_keys_n * 4;
	case SEC_PERSON_START:
		return ((uint64_t)h->person_keys_n + 1) * 4;
	case SEC_PERSON_REC:
		return ((uint64_t)h->visits_n * (time + h->place_bits) + 7) / 8 + SEG_TAIL;
	case SEC__N:
		break;
	}
	return UINT64_MAX;
}

static bool header_is_sound(const struct seg_header *h)
{
	if (h->version != SEG_VERSION || h->header_n != sizeof *h || h->visits_n == 0 || h->unit == 0)
		return false;
	if (h->t_bits > 32 || h->dur_bits > 24 || h->flag_bits > 1 || h->t_bits + h->dur_bits + h->flag_bits > 57 ||
	    h->place_bits > 30 || h->person_bits > 30)
		return false;
	if (h->t_base > h->t_last || h->t_last > h->out_max || h->out_max > VISIT_TIME_MAX ||
	    ((UINT64_C(1) << h->t_bits) - 1) * h->unit >= UINT64_C(1) << 33)
		return false;
	return h->kind <= SEG_MEMORY && h->person_dense <= 1 && h->place_dense <= 1 && h->person_keys_n > 0 &&
	       h->place_keys_n > 0 && h->person_keys_n <= UINT32_C(1) << 30 && h->place_keys_n <= UINT32_C(1) << 30 &&
	       h->persons_n <= UINT32_C(1) << h->person_bits && h->places_n <= UINT32_C(1) << h->place_bits;
}

static bool sections_fit(const struct seg_header *h, size_t n)
{
	uint64_t at = sizeof *h;
	for (int i = 0; i < SEC__N; i++) {
		if (h->section[i].offset != at ||
		    h->section[i].bytes_n != want_bytes(h, (enum seg_section)i) || h->section[i].bytes_n > n)
			return false;
		at = (at + h->section[i].bytes_n + 7) & ~UINT64_C(7);
	}
	return at == n;
}

static bool directory_is_sound(const struct seg_order *o, uint32_t visits_n)
{
	if (o->start[0] != 0 || o->start[o->keys_n] != visits_n)
		return false;
	bool good = true;
	for (uint32_t i = 0; i < o->keys_n; i++)
		good &= o->start[i] <= o->start[i + 1];
	for (uint32_t i = 1; o->keys && i < o->keys_n; i++)
		good &= o->keys[i - 1] < o->keys[i];
	return good;
}

static bool cuts_are_sound(const struct segment *g)
{
	for (uint32_t i = 0; i < g->cuts_n; i++) {
		const struct seg_cut *c = &g->cuts[i];
		uint32_t lo, hi;
		seg_range(&g->by_place, c->place, &lo, &hi);
		if ((i > 0 && g->cuts[i - 1].place >= c->place) || c->at[0] < lo || c->at[1] < c->at[0] ||
		    c->at[2] < c->at[1] || c->at[2] > hi)
			return false;
	}
	return true;
}

static void point_into(struct segment *g, const struct seg_header *h)
{
	const uint8_t *b = g->bytes;
#define SECTION(type, s) ((const type *)(const void *)(b + h->section[s].offset))
	g->t_bits = h->t_bits;
	g->dur_bits = h->dur_bits;
	g->flag_bits = h->flag_bits;
	g->time_bits = g->t_bits + g->dur_bits + g->flag_bits;
	g->by_place = (struct seg_order){SECTION(uint8_t, SEC_PLACE_REC),
		h->place_dense ? NULL : SECTION(uint32_t, SEC_PLACE_KEYS), SECTION(uint32_t, SEC_PLACE_START),
		h->place_keys_n, g->time_bits + h->person_bits, (UINT64_C(1) << h->person_bits) - 1};
	g->by_person = (struct seg_order){SECTION(uint8_t, SEC_PERSON_REC),
					  h->person_dense ? NULL : SECTION(uint32_t, SEC_PERSON_KEYS),
					  SECTION(uint32_t, SEC_PERSON_START),
					  h->person_keys_n,
					  g->time_bits + h->place_bits,
					  (UINT64_C(1) << h->place_bits) - 1};
	g->cuts = SECTION(struct seg_cut, SEC_CUTS);
#undef SECTION
	g->cuts_n = h->cuts_n;
	g->visits_n = h->visits_n;
	g->t_base = h->t_base;
	g->unit = h->unit;
	g->t_last = h->t_last;
	g->out_max = h->out_max;
	g->dur_max = ((UINT32_C(1) << h->dur_bits) - 1) * h->unit;
	/* By the bits, not by the largest id: no record of a damaged file can point past an array of this
	 * size. */
	g->persons_n = UINT32_C(1) << h->person_bits;
	g->places_n = UINT32_C(1) << h->place_bits;
	g->day = h->day;
	g->kind = (enum seg_kind)h->kind;
}

enum err_code seg_open_bytes(struct segment **out, uint8_t *bytes, size_t n, bool mapped, bool skip_checksums,
			     const char *name, bool *bad_place, bool *bad_person, struct err *e)
{
	*bad_place = *bad_person = true;
	struct seg_header h;
	if (n < sizeof h)
		return corrupt(e, name, "the file is shorter than its header");
	memcpy(&h, bytes, sizeof h);
	if (memcmp(h.magic, SEG_MAGIC, sizeof h.magic) != 0)
		return corrupt(e, name, "this is no segment file");
	if (h.hash != xxh64(&h, sizeof h - sizeof h.hash) || !header_is_sound(&h))
		return corrupt(e, name, "the header is damaged");
	if (!sections_fit(&h, n))
		return corrupt(e, name, "the file has not the length its header gives");
	bool bad[SEC__N] = {false};
	for (int i = 0; i < SEC__N && !skip_checksums; i++)
		bad[i] = h.section[i].hash != xxh64(bytes + h.section[i].offset, h.section[i].bytes_n);
	struct segment *g = calloc(1, sizeof *g);
	if (!g)
		return err_set(e, ERR_MEMORY, name, "no memory to open a segment");
	g->bytes = bytes;
	point_into(g, &h);
	*bad_place = bad[SEC_PLACE_KEYS] || bad[SEC_PLACE_START] || bad[SEC_PLACE_REC] || bad[SEC_CUTS] ||
		     !directory_is_sound(&g->by_place, g->visits_n) || !cuts_are_sound(g);
	*bad_person = bad[SEC_PERSON_KEYS] || bad[SEC_PERSON_START] || bad[SEC_PERSON_REC] ||
		      !directory_is_sound(&g->by_person, g->visits_n);
	if (*bad_place || *bad_person) {
		free(g);
		return corrupt(e, name, *bad_place && *bad_person ? "both halves are damaged" :
						      *bad_place    ? "the half in place order is damaged" :
								      "the half in person order is damaged");
	}
	atomic_init(&g->refs, 1);
	g->bytes_n = n;
	g->mapped = mapped;
	str_to_c(str_of(name), g->name, sizeof g->name);
	*out = g;
	return OK;
}

/* Reads the visits of the sound half and builds the segment anew. */
static enum err_code rebuild(struct segment **out, uint8_t *bytes, bool from_place, struct err *e)
{
	struct seg_header h;
	memcpy(&h, bytes, sizeof h);
	struct segment g = {.bytes = bytes};
	point_into(&g, &h);
	const struct seg_order *o = from_place ? &g.by_place : &g.by_person;
	struct visit *list = malloc((size_t)g.visits_n * sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "", "no memory to rebuild a segment");
	size_t n = 0;
	for (uint32_t k = 0; k < o->keys_n; k++)
		for (uint32_t i = o->start[k]; i < o->start[k + 1]; i++) {
			struct seg_visit x;
			seg_get(&g, o, i, &x);
			uint32_t key = o->keys ? o->keys[k] : k;
			if (x.t_out < x.t_in || x.t_out > VISIT_TIME_MAX ||
			    x.t_out - x.t_in > VISIT_STAY_MAX) {
				free(list);
				return corrupt(e, "", "the records of the other half make no sense");
			}
			list[n++] = from_place ? (struct visit){x.ref, key, x.t_in, x.t_out, x.flags} :
						 (struct visit){key, x.ref, x.t_in, x.t_out, x.flags};
		}
	enum err_code rc = seg_build(out, list, n, g.kind, g.day, e);
	free(list);
	return rc;
}

enum err_code seg_open_file(struct segment **out, const char *folder, const char *name, bool skip_checksums,
			    bool *rebuilt, struct err *e)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	*rebuilt = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		if (why == ENOENT)
			return corrupt(e, name, "the file is missing");
		return err_set(e, ERR_FILE, name, "cannot be opened: %s", strerror(why));
	}
	size_t n = (size_t)st.st_size;
	void *p = n ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	close(fd);
	if (p == MAP_FAILED)
		return n ? err_set(e, ERR_FILE, name, "cannot be mapped: %s", strerror(errno)) :
			   corrupt(e, name, "the file is empty");
	madvise(p, n, MADV_WILLNEED); /* one sequential read beats a page fault for each place */
	bool bad_place, bad_person;
	enum err_code rc = seg_open_bytes(out, p, n, true, skip_checksums, name, &bad_place, &bad_person, e);
	if (rc == ERR_CORRUPT && bad_place != bad_person) {
		rc = rebuild(out, p, !bad_place, e);
		*rebuilt = rc == OK;
		if (rc == OK)
			str_to_c(str_of(name), (*out)->name, sizeof (*out)->name);
	}
	if (rc != OK || *rebuilt)
		munmap(p, n);
	return rc;
}

/* --- verifying ---------------------------------------------------------------------------------- */

static uint64_t mix(uint32_t person, uint32_t place, const struct seg_visit *x)
{
	uint32_t all[5] = {person, place, x->t_in, x->t_out, x->flags};
	return xxh64(all, sizeof all);
}

/* Adds up a hash of every visit (the sum does not depend on order); false when the records are not in
 * order. */
static bool half_sum(const struct segment *g, const struct seg_order *o, bool by_place, uint64_t *sum)
{
	*sum = 0;
	for (uint32_t k = 0; k < o->keys_n; k++) {
		uint32_t key = o->keys ? o->keys[k] : k, last = 0;
		struct seg_parts p = {.n = 1, .whole = true, .lo = {o->start[k]}, .hi = {o->start[k + 1]}};
		if (by_place)
			seg_parts(g, key, &p);
		for (unsigned c = 0; c < p.n; c++) {
			last = 0;
			for (uint32_t i = p.lo[c]; i < p.hi[c]; i++) {
				struct seg_visit x;
				seg_get(g, o, i, &x);
				bool sorted = by_place && p.whole ? true : x.t_in >= last;
				bool bounded = !by_place || p.whole || x.t_out - x.t_in <= p.bound[c];
				if (!sorted || !bounded || x.t_out < x.t_in || x.t_in > g->t_last ||
				    x.t_out > g->out_max)
					return false;
				last = x.t_in;
				*sum += by_place ? mix(x.ref, key, &x) : mix(key, x.ref, &x);
			}
		}
	}
	return true;
}

enum err_code seg_verify(const struct segment *g, struct err *e)
{
	struct seg_header h;
	memcpy(&h, g->bytes, sizeof h);
	for (int i = 0; i < SEC__N && g->name[0]; i++)
		if (h.section[i].hash != xxh64(g->bytes + h.section[i].offset, h.section[i].bytes_n))
			return corrupt(e, g->name, "a section does not match its checksum");
	uint64_t a, b;
	if (!half_sum(g, &g->by_place, true, &a) || !half_sum(g, &g->by_person, false, &b))
		return corrupt(e, g->name, "records are out of order");
	return a == b ? OK : corrupt(e, g->name, "the two halves hold different visits");
}
