/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/tracing/tracing_ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/hash.h"
#include "trace/visits.h"

#define RECORD_N 20
#define CHUNK 4096 /* records read or written at a time */

static void put_record(uint8_t out[RECORD_N], struct id id, uint32_t number)
{
	uint8_t with[sizeof id + sizeof number];
	memcpy(with, id.b, sizeof id.b);
	memcpy(with + sizeof id.b, &number, sizeof number);
	uint32_t check = (uint32_t)xxh64(with, sizeof with);
	memcpy(out, id.b, sizeof id.b);
	memcpy(out + sizeof id.b, &check, sizeof check);
}

static bool grow_table(struct ids *s)
{
	size_t slots = s->slots_n ? 2 * s->slots_n : 4096;
	uint32_t *table = calloc(slots, sizeof *table);
	if (!table)
		return false;
	for (uint32_t i = 0; i < s->n; i++) {
		size_t at = id_hash(ids_at(s, i)) & (slots - 1);
		while (table[at])
			at = (at + 1) & (slots - 1);
		table[at] = i + 1;
	}
	free(s->slot);
	s->slot = table;
	s->slots_n = slots;
	return true;
}

struct id ids_at(const struct ids *s, uint32_t number)
{
	return s->block[number / IDS_BLOCK][number % IDS_BLOCK];
}

uint32_t ids_find(const struct ids *s, struct id id)
{
	if (s->slots_n == 0)
		return IDS_NONE;
	for (size_t at = id_hash(id) & (s->slots_n - 1); s->slot[at]; at = (at + 1) & (s->slots_n - 1))
		if (id_eq(ids_at(s, s->slot[at] - 1), id))
			return s->slot[at] - 1;
	return IDS_NONE;
}

uint32_t ids_number(struct ids *s, struct id id)
{
	uint32_t found = ids_find(s, id), number = s->n;
	if (found != IDS_NONE)
		return found;
	if (number > VISIT_ID_MAX || (number + 1 > s->slots_n / 2 && !grow_table(s)))
		return IDS_NONE;
	struct id **block = &s->block[number / IDS_BLOCK];
	if (!*block && !(*block = malloc(IDS_BLOCK * sizeof **block)))
		return IDS_NONE;
	(*block)[number % IDS_BLOCK] = id;
	s->n++;
	size_t at = id_hash(id) & (s->slots_n - 1);
	while (s->slot[at])
		at = (at + 1) & (s->slots_n - 1);
	s->slot[at] = number + 1;
	return number;
}

static enum err_code disk_err(struct err *e, const char *doing)
{
	return err_set(e, ERR_DISK, "ids", "%s: %s", doing, strerror(errno));
}

/* Reads what there is; *good is the number of bytes that hold whole records in order. */
static enum err_code read_records(struct ids *s, off_t *good, struct err *e)
{
	uint8_t *bytes = malloc(CHUNK * RECORD_N);
	enum err_code rc = bytes ? OK : err_set(e, ERR_MEMORY, "ids", "no memory to read the numbers of the visit store");
	off_t size = lseek(s->fd, 0, SEEK_END);
	*good = 0;
	while (rc == OK && *good + RECORD_N <= size) {
		ssize_t n = pread(s->fd, bytes, CHUNK * RECORD_N, *good);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < RECORD_N) {
			rc = n < 0 ? disk_err(e, "cannot be read") : OK;
			break;
		}
		for (ssize_t at = 0; rc == OK && at + RECORD_N <= n; at += RECORD_N) {
			struct id id;
			uint8_t want[RECORD_N];
			memcpy(id.b, bytes + at, sizeof id.b);
			put_record(want, id, s->n);
			bool same = memcmp(want, bytes + at, RECORD_N) == 0;
			if (!same) { /* the end that a crash tore, as long as nothing was stored with it */
				size = *good;
				break;
			}
			if (ids_number(s, id) != s->n - 1)
				rc = err_set(e, ERR_CORRUPT, "ids", "record %u names an id twice", s->n);
			*good += rc == OK ? RECORD_N : 0;
		}
	}
	free(bytes);
	return rc;
}

enum err_code ids_open(struct ids *s, const char *path, uint32_t used_n, struct err *e)
{
	memset(s, 0, sizeof *s);
	s->fd = -1;
	if (!path)
		return OK;
	s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->fd < 0)
		return err_set(e, ERR_FILE, path, "%s", strerror(errno));
	off_t good;
	enum err_code rc = read_records(s, &good, e);
	if (rc == OK && s->n < used_n)
		rc = err_set(e, ERR_CORRUPT, path, "record %u does not match its check; restore the visit store from a backup", s->n);
	if (rc == OK && ftruncate(s->fd, good) != 0)
		rc = disk_err(e, "its torn end cannot be cut off");
	s->saved_n = s->n;
	if (rc != OK)
		ids_close(s);
	return rc;
}

void ids_close(struct ids *s)
{
	for (size_t i = 0; i < sizeof s->block / sizeof *s->block && s->block[i]; i++)
		free(s->block[i]);
	free(s->slot);
	if (s->fd >= 0)
		close(s->fd);
	memset(s, 0, sizeof *s);
	s->fd = -1;
}

enum err_code ids_save(struct ids *s, struct err *e)
{
	if (s->fd < 0) {
		s->saved_n = s->n;
		return OK;
	}
	uint8_t *bytes = malloc(CHUNK * RECORD_N);
	enum err_code rc = bytes ? OK : err_set(e, ERR_MEMORY, "ids", "no memory to write the numbers of the visit store");
	for (uint32_t from = s->saved_n; rc == OK && from < s->n;) {
		uint32_t n = s->n - from < CHUNK ? s->n - from : CHUNK;
		for (uint32_t i = 0; i < n; i++)
			put_record(bytes + (size_t)i * RECORD_N, ids_at(s, from + i), from + i);
		for (size_t done = 0, all = (size_t)n * RECORD_N; rc == OK && done < all;) {
			ssize_t w = pwrite(s->fd, bytes + done, all - done, (off_t)from * RECORD_N + (off_t)done);
			if (w < 0 && errno != EINTR)
				rc = disk_err(e, "cannot be written");
			done += w > 0 ? (size_t)w : 0;
		}
		from += n;
	}
	if (rc == OK && s->saved_n < s->n && fsync(s->fd) != 0)
		rc = disk_err(e, "cannot be synced");
	if (rc == OK)
		s->saved_n = s->n;
	free(bytes);
	return rc;
}
