/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_rivals.h"

size_t rivals_open(struct rival **out, size_t cap, const struct county *c)
{
	(void)out;
	(void)cap;
	(void)c;
	return 0;
}
void rival_close(struct rival *r)
{
	(void)r;
}
const char *rival_name(const struct rival *r)
{
	(void)r;
	return "";
}
void rival_trace(struct rival *r, const struct trace_world *w, const struct trace_query *q, struct rival_answer *out, double *ms)
{
	(void)r;
	(void)w;
	(void)q;
	(void)out;
	(void)ms;
}
