/* SPDX-License-Identifier: Apache-2.0
 * Addresses: keys, connections per address, and the token buckets of the rate limit. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

bool addr_key(const char *text, bool cut, uint8_t key[16])
{
	uint8_t v4[4], v6[16];
	if (inet_pton(AF_INET, text, v4) == 1) {
		memset(key, 0, 10);
		memset(key + 10, 0xff, 2);
		memcpy(key + 12, v4, 4);
		return true;
	}
	if (inet_pton(AF_INET6, text, v6) != 1)
		return false;
	memcpy(key, v6, 16);
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	if (cut && memcmp(v6, mapped, 12) != 0)
		memset(key + 8, 0, 8); /* a household or a phone has a /64 of its own */
	return true;
}

bool addr_is_loopback(const char *text)
{
	uint8_t key[16];
	static const uint8_t six[16] = {[15] = 1};
	if (!addr_key(text, false, key))
		return false;
	return memcmp(key, six, 16) == 0 || (key[10] == 0xff && key[11] == 0xff && key[12] == 127 &&
		memcmp(key, six, 10) == 0);
}

static struct addr_entry **bucket(struct loop *l, const uint8_t key[16])
{
	uint8_t mixed[24];
	memcpy(mixed, key, 16);
	memcpy(mixed + 16, &l->id_base, 8); /* unpredictable, so that nobody can aim at one bucket */
	return &l->addrs[str_hash((struct str){(const char *)mixed, sizeof mixed}) % ADDR_BUCKETS];
}

bool addr_enter(struct loop *l, struct conn *c)
{
	struct addr_entry **b = bucket(l, c->addr_key), *a = *b;
	while (a && memcmp(a->key, c->addr_key, 16) != 0)
		a = a->next;
	if (!a) {
		a = calloc(1, sizeof *a);
		if (!a)
			return false;
		memcpy(a->key, c->addr_key, 16);
		a->next = *b;
		*b = a;
	}
	if (a->n >= l->server->cfg.per_address_max)
		return false;
	a->n++;
	c->counted = true;
	return true;
}

void addr_leave(struct loop *l, struct conn *c)
{
	if (!c->counted)
		return;
	c->counted = false;
	struct addr_entry **p = bucket(l, c->addr_key);
	while (memcmp((*p)->key, c->addr_key, 16) != 0)
		p = &(*p)->next;
	if (--(*p)->n == 0) {
		struct addr_entry *gone = *p;
		*p = gone->next;
		free(gone);
	}
}

struct bucket {
	uint8_t key[16];
	int64_t at_us; /* when level was true; 0: never used */
	double level;
};

struct http_rate {
	pthread_mutex_t lock;
	const struct sys *sys;
	size_t sets_n;
	double burst, per_us;
	uint64_t salt;
	struct bucket buckets[];
};
#define WAYS 4

struct http_rate *http_rate_open(const struct sys *sys, size_t sets_n, int burst, int per_minute)
{
	CHECK(sets_n > 0 && sets_n <= 1 << 24 && burst > 0 && per_minute > 0);
	size_t n = 1;
	while (n < sets_n)
		n *= 2;
	struct http_rate *r = calloc(1, sizeof *r + n * WAYS * sizeof r->buckets[0]);
	if (!r)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	r->sys = sys;
	r->sets_n = n;
	r->burst = burst;
	r->per_us = per_minute / 60e6;
	sys->random(sys->ctx, &r->salt, sizeof r->salt);
	return r;
}

void http_rate_close(struct http_rate **r)
{
	if (!*r)
		return;
	pthread_mutex_destroy(&(*r)->lock);
	free(*r);
	*r = NULL;
}

int64_t http_rate_take(struct http_rate *r, const char *addr)
{
	uint8_t mixed[24] = {0};
	addr_key(addr, true, mixed); /* an unreadable address shares the zero key: never a way around */
	memcpy(mixed + 16, &r->salt, 8);
	int64_t now = r->sys->mono_us(r->sys->ctx) + 1;
	pthread_mutex_lock(&r->lock);
	struct bucket *set = &r->buckets[(str_hash((struct str){(const char *)mixed,
		sizeof mixed}) & (r->sets_n - 1)) * WAYS];
	struct bucket *b = set;
	for (int i = 0; i < WAYS; i++) {
		if (set[i].at_us && memcmp(set[i].key, mixed, 16) == 0) {
			b = &set[i];
			break;
		}
		if (set[i].at_us < b->at_us)
			b = &set[i];
	}
	if (!b->at_us || memcmp(b->key, mixed, 16) != 0) {
		memcpy(b->key, mixed, 16);
		b->level = r->burst;
	} else {
		b->level += (double)(now - b->at_us) * r->per_us;
		if (b->level > r->burst)
			b->level = r->burst;
	}
	b->at_us = now;
	int64_t wait_ms = 0;
	if (b->level >= 1)
		b->level -= 1;
	else
		wait_ms = (int64_t)((1 - b->level) / r->per_us / 1000) + 1;
	pthread_mutex_unlock(&r->lock);
	return wait_ms;
}
