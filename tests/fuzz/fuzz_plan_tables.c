/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as one of the tables of `sushui plan transfer` (the first byte says which), the others being sound: refused, or planned with every rule
 * kept and the bound below the plan.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/plan_input.h"

enum { GROUPS, SITES, VEHICLES, TRAVEL, FIXED, TABLES__N };
static const char *const sound[TABLES__N] = {
	"group,persons,class,place,ready_at,due_at,together,guardian,barrier_free,stretcher\na,3,case,x,2022-11-20T08:00,,,,,\nb,2,close,y,2022-11-20T09:00,,no,,,\n"
	"c,1,close,x,2022-11-20T09:00,2022-11-20T12:00,,yes,,yes\n",
	"site,room,beds,place,class,ward,free_from,rooms\nS,1,4,s,case,,,\nS,2,2,s,,,2022-11-20T11:00,3\nT,w,9,t,close,yes,,\n",
	"vehicle,seats,place,shift_from,shift_to,usable,stretcher,coach\nv,5,s,2022-11-20T07:00,2022-11-20T20:00,case:3 close:2,yes,\n"
	"w,40,s,2022-11-20T07:00,2022-11-21T20:00,,,yes\n",
	"from,to,minutes\nx,y,20\ny,s,30\ns,t,10\nt,x,45\n",
	"group,site,room,vehicle\na,S,1,v\nc,,,v\n"};

static void file_of(const void *p, size_t n, int *fd, char path[32])
{
	*fd = memfd_create("table", 0);
	if (*fd >= 0 && write(*fd, p, n) < 0)
		close(*fd);
	snprintf(path, 32, "/proc/self/fd/%d", *fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	int fd[TABLES__N];
	char path[TABLES__N][32];
	for (int i = 0; i < TABLES__N; i++)
		if (i == data[0] % TABLES__N)
			file_of(data + 1, size - 1, &fd[i], path[i]);
		else
			file_of(sound[i], strlen(sound[i]), &fd[i], path[i]);
	struct plan_paths paths = {path[GROUPS], path[SITES], path[VEHICLES], path[TRAVEL], path[FIXED]};
	struct plan_rules rules = plan_rules_default();
	struct plan_input in;
	struct plan plan;
	struct plan_bound bound;
	struct err e;
	struct arena a;
	arena_init(&a, 0);
	if (plan_input_read(&in, &paths, &rules, &e) == OK) {
		if (in.p.groups_n <= 200 && plan_make(&in.p, &(struct plan_options){.iterations = 20}, &a, &plan, &e) == OK) {
			CHECK(plan_verify(&in.p, &plan, &e) == OK);
			CHECK(plan_bound(&in.p, plan.value.unplaced, &a, &bound, &e) == OK);
			CHECK(bound.least.unplaced <= plan.value.unplaced && bound.least.late <= plan.value.late && bound.least.ride <= plan.value.ride);
		}
		plan_input_done(&in);
	}
	arena_done(&a);
	for (int i = 0; i < TABLES__N; i++)
		close(fd[i]);
	return 0;
}
