/* SPDX-License-Identifier: Apache-2.0
 *
 * plan: transfers planned from tables, without a data folder; or for those who wait in a data folder (plan_folder.c). What it prints is a
 * proposal with the proven bound beside it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/plan_folder.h"
#include "cli/plan_input.h"
#include "core/caltime.h"
#include "core/csv.h"
#include "core/json.h"

#define SECONDS_DEFAULT 4
#define ITERATIONS_MAX INT64_C(1000000000000)
#define PLAN_MEMORY ((size_t)3 << 30)

struct planning {
	struct plan_paths paths;
	struct plan_rules rules;
	struct plan_options options;
	struct plan_input in;
	struct plan plan;
	struct plan_bound bound;
	struct arena arena;
	const char *out;
};

static const char *path_of(struct cli *c, const char *option)
{
	struct str s = args_get(&c->args, option);
	return s.p ? arena_str(&c->arena, s).p : NULL;
}

static enum err_code get_minutes(struct cli *c, const char *option, int64_t most, int32_t *out, struct err *e)
{
	int64_t v;
	enum err_code rc = args_int(&c->args, option, 0, most, *out, &v, e);
	if (rc == OK)
		*out = (int32_t)v;
	return rc;
}

/* "02-05", whole hours; "no" = no such hours. */
static enum err_code get_night(struct cli *c, struct plan_rules *r, struct err *e)
{
	struct str rest = args_get(&c->args, "night"), from = str_cut(&rest, '-');
	int64_t a, b;
	if (!from.p)
		return OK;
	if (str_eq_c(from, "no") && !rest.p) {
		r->night_from = r->night_to = 0;
		return OK;
	}
	for (struct str *s = &from; s; s = s == &from ? &rest : NULL)
		if (s->n == 2 && s->p[0] == '0')
			*s = (struct str){s->p + 1, 1};
	if (!str_to_i64(from, &a) || !str_to_i64(rest, &b) || a < 0 || a > 23 || b < 0 || b > 23)
		return err_set(e, ERR_BAD_VALUE, "--night", "write 02-05 (hours in which no coach is on the road), or no");
	r->night_from = (int32_t)a * 60;
	r->night_to = (int32_t)b * 60;
	return OK;
}

static enum err_code read_options(struct cli *c, struct planning *q, struct err *e)
{
	q->rules = plan_rules_default();
	q->paths = (struct plan_paths){path_of(c, "groups"), path_of(c, "sites"), path_of(c, "vehicles"), path_of(c, "travel"),
				       path_of(c, "fixed")};
	q->out = path_of(c, "out");
	if (!str_eq_c(c->args.operands[0], "transfer"))
		return err_set(e, ERR_BAD_VALUE, "plan", "say what is to be planned: sushui plan transfer");
	const char *missing = !q->paths.groups ? "--groups" : !q->paths.sites ? "--sites" : !q->paths.vehicles ? "--vehicles" : NULL;
	if (missing)
		return err_set(e, ERR_MISSING_FIELD, missing, "this table is needed");
	int64_t seed = 1, seconds = SECONDS_DEFAULT, speed = (int64_t)q->rules.km_per_hour;
	enum err_code rc = args_int(&c->args, "seed", 0, INT64_MAX, 1, &seed, e);
	if (rc == OK)
		rc = args_int(&c->args, "seconds", 0, 86400, args_has(&c->args, "iterations") ? 0 : SECONDS_DEFAULT, &seconds, e);
	if (rc == OK)
		rc = args_int(&c->args, "iterations", 0, ITERATIONS_MAX, ITERATIONS_MAX, &q->options.iterations, e);
	if (rc == OK)
		rc = args_int(&c->args, "speed", 1, 300, speed, &speed, e);
	if (rc == OK)
		rc = get_minutes(c, "limit", 14 * 1440, &q->rules.limit_min, e);
	if (rc == OK)
		rc = get_minutes(c, "usable", 100, &q->rules.usable_percent, e);
	if (rc == OK)
		rc = get_night(c, &q->rules, e);
	struct str zone = args_get(&c->args, "zone");
	if (rc == OK && zone.p)
		rc = caltime_zone(zone, e);
	q->rules.km_per_hour = (double)speed;
	q->options.seed = (uint64_t)seed;
	q->options.budget_us = seconds * 1000000;
	q->options.mono_us = c->sys->mono_us;
	q->options.ctx = c->sys->ctx;
	if (rc == OK && seconds == 0 && !args_has(&c->args, "iterations"))
		q->options.iterations = 0; /* the constructed plan */
	return rc;
}

static enum err_code solve(struct planning *q, struct err *e)
{
	enum err_code rc = plan_input_read(&q->in, &q->paths, &q->rules, e);
	if (rc == OK)
		rc = plan_make(&q->in.p, &q->options, &q->arena, &q->plan, e);
	if (rc == OK)
		rc = plan_verify(&q->in.p, &q->plan, e);
	if (rc == OK)
		rc = plan_bound(&q->in.p, q->plan.value.unplaced, &q->arena, &q->bound, e);
	return rc;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------------------- */

static void time_text(const struct planning *q, int32_t minute, char out[CALTIME_TEXT_N])
{
	caltime_format(plan_input_ms(&q->in, minute), out);
}

static void put_number(struct buf *b, int64_t v)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)v);
	csv_put(b, str_of(text), false);
}

/* Running number of a run among those of its vehicle, from 1. */
static int32_t nth_run(const struct plan *plan, int32_t run)
{
	int32_t n = 1;
	for (int32_t i = run; i > 0 && plan->run[i - 1].vehicle == plan->run[run].vehicle; i--)
		n++;
	return n;
}

static struct str room_name(const struct planning *q, int32_t room)
{
	struct str s = q->in.rooms.text[room];
	(void)str_cut(&s, '/');
	return s;
}

static void groups_csv(const struct planning *q, bool zh, struct buf *b)
{
	static const char *const head[] = {"group", "persons", "class", "site", "room", "vehicle", "run", "stop", "departs_at", "boarded_at",
					   "arrived_at", "late_min", "note"};
	for (size_t i = 0; i < ARRAY_N(head); i++)
		csv_put(b, str_of(head[i]), i == 0);
	csv_end_row(b);
	for (int32_t g = 0; g < q->in.p.groups_n; g++) {
		const struct plan_place *at = &q->plan.place[g];
		const struct plan_group *x = &q->in.p.group[g];
		csv_put(b, q->in.groups.text[g], true);
		put_number(b, x->persons);
		csv_put(b, q->in.classes.text[x->class], false);
		if (at->reason == PLAN_PLACED) {
			const struct plan_run *r = &q->plan.run[at->run];
			const int32_t times[] = {r->depart_at, at->boarded_at, at->arrived_at};
			csv_put(b, q->in.sites.text[r->site], false);
			csv_put(b, room_name(q, at->room), false);
			csv_put(b, q->in.vehicles.text[r->vehicle], false);
			put_number(b, nth_run(&q->plan, at->run));
			put_number(b, at->stop + 1);
			for (size_t k = 0; k < ARRAY_N(times); k++) {
				char text[CALTIME_TEXT_N];
				time_text(q, times[k], text);
				csv_put(b, str_of(text), false);
			}
			put_number(b, at->arrived_at > x->due_at ? at->arrived_at - x->due_at : 0);
			csv_put(b, STR(""), false);
		} else {
			for (int k = 0; k < 9; k++)
				csv_put(b, STR(""), false);
			csv_put(b, str_of(plan_reason_text(at->reason, zh)), false);
		}
		csv_end_row(b);
	}
}

static void json_time(struct buf *b, const struct planning *q, const char *key, int32_t minute)
{
	char text[CALTIME_TEXT_N];
	time_text(q, minute, text);
	json_key(b, key);
	json_c(b, text);
}

static void json_number(struct buf *b, const char *key, int64_t v)
{
	json_key(b, key);
	json_i64(b, v);
}

static void value_json(struct buf *b, const char *key, const struct plan_value *v)
{
	json_key(b, key);
	json_open(b, '{');
	json_number(b, "unplaced_persons", v->unplaced);
	json_number(b, "late_person_min", v->late);
	json_number(b, "ride_person_min", v->ride);
	json_number(b, "empty_beds", v->empty_beds);
	json_number(b, "drive_min", v->drive);
	json_close(b, '}');
}

static void run_json(const struct planning *q, int32_t i, struct buf *b)
{
	const struct plan_run *r = &q->plan.run[i];
	json_open(b, '{');
	json_key(b, "vehicle");
	json_str(b, q->in.vehicles.text[r->vehicle]);
	json_number(b, "run", nth_run(&q->plan, i));
	json_key(b, "class");
	json_str(b, q->in.classes.text[r->class]);
	json_key(b, "site");
	json_str(b, q->in.sites.text[r->site]);
	json_number(b, "persons", r->persons);
	json_time(b, q, "departs_at", r->depart_at);
	json_time(b, q, "arrives_at", r->arrive_at);
	json_time(b, q, "clean_at", r->free_at);
	json_number(b, "drive_min", r->drive_min);
	json_close(b, '}');
}

static void group_json(const struct planning *q, int32_t g, bool zh, struct buf *b)
{
	const struct plan_place *at = &q->plan.place[g];
	json_open(b, '{');
	json_key(b, "group");
	json_str(b, q->in.groups.text[g]);
	json_number(b, "persons", q->in.p.group[g].persons);
	if (at->reason == PLAN_PLACED) {
		json_key(b, "site");
		json_str(b, q->in.sites.text[q->plan.run[at->run].site]);
		json_key(b, "room");
		json_str(b, room_name(q, at->room));
		json_key(b, "vehicle");
		json_str(b, q->in.vehicles.text[q->plan.run[at->run].vehicle]);
		json_number(b, "run", nth_run(&q->plan, at->run));
		json_number(b, "stop", at->stop + 1);
		json_time(b, q, "boarded_at", at->boarded_at);
		json_time(b, q, "arrived_at", at->arrived_at);
	} else {
		json_key(b, "note");
		json_c(b, plan_reason_text(at->reason, zh));
	}
	json_close(b, '}');
}

static void plan_json(const struct planning *q, bool zh, struct buf *b)
{
	json_open(b, '{');
	value_json(b, "value", &q->plan.value);
	value_json(b, "bound", &q->bound.least);
	value_json(b, "greedy", &q->plan.greedy);
	json_number(b, "iterations", q->plan.iterations);
	json_key(b, "runs");
	json_open(b, '[');
	for (int32_t i = 0; i < q->plan.runs_n; i++)
		run_json(q, i, b);
	json_close(b, ']');
	json_key(b, "groups");
	json_open(b, '[');
	for (int32_t g = 0; g < q->in.p.groups_n; g++)
		group_json(q, g, zh, b);
	json_close(b, ']');
	json_close(b, '}');
	buf_add_byte(b, '\n');
}

/* For people, on standard error: how good it is, and how far from the best there could be. */
static void tell(struct cli *c, const struct planning *q)
{
	const struct plan_value *v = &q->plan.value, *l = &q->bound.least;
	const struct {
		const char *en, *zh;
		int64_t value, bound;
	} lines[] = {
		{"persons without a place", "未安排人数", v->unplaced, l->unplaced},
		{"minutes late, times persons", "超时（分钟×人）", v->late, l->late},
		{"minutes on the road, times persons", "在途（分钟×人）", v->ride, l->ride},
		{"empty beds in rooms used", "已用房间空床", v->empty_beds, l->empty_beds},
	};
	if (c->quiet)
		return;
	fprintf(stderr, say(c, "%d groups, %d runs, %lld rounds of search; nothing is decided: this is a proposal\n",
			    "%d 组，%d 车次，搜索 %lld 轮；仅为建议，由调度员签署后生效\n"),
		q->in.p.groups_n, q->plan.runs_n, (long long)q->plan.iterations);
	for (size_t i = 0; i < ARRAY_N(lines); i++)
		fprintf(stderr, say(c, "  %-36s %10lld   no plan can go below %10lld   gap %5.1f %%\n", "  %-24s %10lld   理论下界 %10lld   差距 %5.1f %%\n"),
			say(c, lines[i].en, lines[i].zh), (long long)lines[i].value, (long long)lines[i].bound,
			plan_gap(lines[i].value, lines[i].bound));
	if (q->plan.cancelled)
		fputs(say(c, "  stopped early: the best plan so far\n", "  已中止：输出目前最好的方案\n"), stderr);
}

static enum err_code write_file(const char *path, struct buf *b, struct err *e)
{
	FILE *f = fopen(path, "wb");
	if (!f)
		return err_set(e, ERR_FILE, path, "cannot be created: %s", strerror(errno));
	bool good = fwrite(b->p ? b->p : "", 1, b->n, f) == b->n;
	good = fclose(f) == 0 && good;
	return good ? OK : err_set(e, ERR_FILE, path, "cannot be written: %s", strerror(errno));
}

static int run_plan(struct cli *c)
{
	struct planning *q = ARENA_NEW(&c->arena, struct planning);
	struct err e = {0};
	struct buf b;
	if (c->args.operands_n > 1 && str_eq_c(c->args.operands[0], "transfer"))
		return plan_folder(c, args_operand(&c->args, 1));
	if (read_options(c, q, &e) != OK)
		return cli_usage(c, &e);
	arena_init(&q->arena, PLAN_MEMORY);
	buf_init(&b, 0);
	enum err_code rc = solve(q, &e);
	int code = CLI_OK;
	if (rc == OK) {
		if (c->json)
			plan_json(q, c->zh, &b);
		else
			groups_csv(q, c->zh, &b);
		tell(c, q);
		if (b.failed)
			rc = err_set(&e, ERR_MEMORY, "", "no memory for the answer");
		else if (q->out && strcmp(q->out, "-") != 0)
			rc = write_file(q->out, &b, &e);
		else
			code = cli_put(c, &b);
	}
	buf_done(&b);
	arena_done(&q->arena);
	plan_input_done(&q->in);
	return rc != OK ? cli_fail(c, &e) : code;
}

static const struct option plan_options[] = {
	{"groups", "F.csv", false, "who is to be moved", "待转运人员（组）"},
	{"sites", "F.csv", false, "rooms of sites and hospitals", "隔离点、医院房间"},
	{"vehicles", "F.csv", false, "vehicles and their crews' shifts", "车辆及车组班次"},
	{"travel", "F.csv", false, "minutes between places; without it from coordinates", "各地之间行车分钟；缺省按经纬度估算"},
	{"fixed", "F.csv", false, "decisions of the dispatcher that stand", "调度员已定、不得更改的安排"},
	{"out", "F.csv", false, "where the plan goes (standard output)", "输出文件，缺省为标准输出"},
	{"seed", "N", false, "another number, another search (1)", "随机种子（1）"},
	{"seconds", "S", false, "time for the search (4); 0 = the first plan", "搜索时间（4 秒）；0 为只给初始方案"},
	{"iterations", "N", false, "rounds of the search instead: the same plan on any machine", "以搜索轮数代替时间：在任何机器上结果相同"},
	{"limit", "MIN", false, "from ready to in place, where due_at is empty (480)", "从可转运到管控到位的时限（480 分钟）"},
	{"usable", "PERCENT", false, "of a vehicle's seats, where `usable` is empty (50)", "车辆可用座位百分比（50）"},
	{"night", "HH-HH", false, "hours in which no coach is on the road (02-05), or no", "大客车停驶时段（02-05），no 为不限"},
	{"speed", "KMH", false, "between coordinates (40)", "按经纬度估算时的车速（40 公里/小时）"},
	{"facts", "F.jsonl", false, "with DIR: the proposal as facts, to be read, changed and posted by a dispatcher", "配合 DIR：将建议写成事实，供调度员核改后提交"},
	{"zone", "NAME", false, "time zone of times without an offset (the machine's)", "未注明时区的时间所用时区"},
};

const struct command cmd_plan = {
	.name = "plan",
	.operands = "transfer [DIR]",
	.en = "plan transfers: who goes into which room, in which vehicle, when",
	.zh = "转运编排：谁乘哪辆车、何时、住哪间房",
	.more_en =
		"Keeps every rule (one exposure class in a room and in a vehicle, families together, seats, beds, rest of crews, disinfection\n"
		"between runs, no coach at night, decisions that stand) and prints beside each figure what no plan can go below.\n\n"
		"  groups    group,persons,class,ready_at,place|lon,lat[,due_at,together,guardian,barrier_free,stretcher]\n"
		"  sites     site,room,beds,place|lon,lat[,class,barrier_free,ward,free_from,rooms]\n"
		"  vehicles  vehicle,seats,shift_from,shift_to,place|lon,lat[,usable,stretcher,coach,drive_max_min,rest_min,disinfect_min]\n"
		"  travel    from,to,minutes        fixed   group[,site,room,vehicle]\n\n"
		"  sushui plan transfer --groups g.csv --sites s.csv --vehicles v.csv --out plan.csv\n"
		"  sushui plan transfer --groups g.csv --sites s.csv --vehicles v.csv --fixed f.csv --iterations 20000 --json\n\n"
		"With a data folder it plans for all who wait there, with the rooms and vehicles that are free now. Nothing is decided until a\n"
		"dispatcher posts the facts.\n\n"
		"  sushui plan transfer ./county\n"
		"  sushui plan transfer ./county --facts proposal.jsonl && sushui post ./county proposal.jsonl",
	.more_zh =
		"遵守全部规则（同房同车仅一种暴露类别、家庭不拆分、座位、床位、车组休息、趟间消毒、大客车夜间停驶、已定安排），\n"
		"并在每项结果旁给出任何方案都不可能低于的下界。\n\n"
		"  groups    group,persons,class,ready_at,place|lon,lat[,due_at,together,guardian,barrier_free,stretcher]\n"
		"  sites     site,room,beds,place|lon,lat[,class,barrier_free,ward,free_from,rooms]\n"
		"  vehicles  vehicle,seats,shift_from,shift_to,place|lon,lat[,usable,stretcher,coach,drive_max_min,rest_min,disinfect_min]\n"
		"  travel    from,to,minutes        fixed   group[,site,room,vehicle]\n\n"
		"  sushui plan transfer --groups g.csv --sites s.csv --vehicles v.csv --out plan.csv\n"
		"  sushui plan transfer --groups g.csv --sites s.csv --vehicles v.csv --fixed f.csv --iterations 20000 --json\n\n"
		"给出数据目录时，为其中全部待转运人员编排，使用当前空闲的房间和车辆；调度员提交事实之前不产生任何决定。\n\n"
		"  sushui plan transfer ./county\n"
		"  sushui plan transfer ./county --facts proposal.jsonl && sushui post ./county proposal.jsonl",
	.options = plan_options,
	.options_n = ARRAY_N(plan_options),
	.operands_min = 1,
	.operands_max = 2,
	.run = run_plan,
};
