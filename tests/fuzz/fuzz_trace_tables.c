/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as one of the tables of `sushui trace` (the first byte says which), the others being sound: refused
 * or answered.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/trace_input.h"

enum { VISITS, PLACES, CASES, ENCOUNTERS, LINKS, RULES, ISOLATED, INFECTIONS, TABLES__N };
static const char *const sound[TABLES__N] = {
	"person,place,t_in,t_out\na,x,0,900\nb,x,100,2000\nc,y,5,\n",
	"place,type,parent\nx,shop,m\ny,shop,m\nm,market,\n",
	"person,from,to\na,0,5000\n",
	"a,b,start,end\na,d,0,1000\n",
	"a,b,kind,at\na,e,household,\n",
	"type,min_minutes,linger_minutes\nshop,5,10\nmarket,15,0\nencounter,1,0\n",
	"person,at\nb,1500\n",
	"infector,infectee\na,b\nb,c\n"};

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
	struct input_paths paths = {path[VISITS], path[PLACES], path[CASES],    path[ENCOUNTERS],
				    path[LINKS],  path[RULES],  path[ISOLATED], path[INFECTIONS]};
	struct input in;
	struct err e;
	if (input_read(&in, &paths, 1, &e) == OK) {
		struct trace_query q = {.cases = in.cases,
					.cases_n = in.cases_n,
					.rules = &in.rules,
					.hops = 3,
					.want_via = true,
					.threads = 1,
					.isolated = in.isolated,
					.isolated_n = in.isolated_n,
					.exposures_max = 100000};
		struct trace_result r;
		if (trace_run(&r, &in.world, &q, &e) == OK)
			trace_result_done(&r);
		input_done(&in);
	}
	for (int i = 0; i < TABLES__N; i++)
		close(fd[i]);
	return 0;
}
