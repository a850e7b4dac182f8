/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define REDRAW_US 100000
#define BAR_COLUMNS 30

void bar_init(struct bar *b, const struct cli *c, const char *doing)
{
	*b = (struct bar){.c = c, .doing = doing, .on = !c->quiet && !c->json && isatty(STDERR_FILENO)};
	b->began_us = c->sys->mono_us(c->sys->ctx);
}

void bar_tell(struct bar *b, uint64_t done, uint64_t total)
{
	if (!b->on)
		return;
	int64_t now = b->c->sys->mono_us(b->c->sys->ctx);
	if (now - b->told_us < REDRAW_US && done < total)
		return;
	b->told_us = now;
	double seconds = (double)(now - b->began_us) / 1e6;
	if (total == 0) {
		fprintf(stderr, "\r\033[K%s %llu", b->doing, (unsigned long long)done);
	} else {
		char cells[BAR_COLUMNS + 1];
		uint64_t full = done >= total ? BAR_COLUMNS : done * BAR_COLUMNS / total;
		for (uint64_t i = 0; i < BAR_COLUMNS; i++)
			cells[i] = i < full ? '#' : '.';
		cells[BAR_COLUMNS] = 0;
		double left = done > 0 ? seconds * (double)(total - (done > total ? total : done)) / (double)done : 0;
		fprintf(stderr, "\r\033[K%s [%s] %3llu%%  %.0f s", b->doing, cells, (unsigned long long)(done * 100 / total), left);
	}
	fflush(stderr);
}

static void tell(void *ctx, uint64_t done, uint64_t total)
{
	bar_tell(ctx, done, total);
}

struct progress bar_progress(struct bar *b)
{
	return (struct progress){.tell = tell, .ctx = b};
}

void bar_done(struct bar *b)
{
	if (b->on && b->told_us)
		fputs("\r\033[K", stderr);
}
