/* SPDX-License-Identifier: Apache-2.0
 *
 * sign: an officer signs many proposed contacts of a case at once, where the evidence is alike. One fact for each person, each with
 * the visits and links that show the exposure; each is judged by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/textid.h"
#include "core/caltime.h"
#include "core/csv.h"
#include "domain/tracing/tracing.h"
#include "domain/tracing/engine.h"
#include "ledger/query.h"

#define EVIDENCE_MAX 100 /* visits and links named in one order */

struct proof { /* a visit or link that shows the exposure */
	struct id person, evidence;
};
struct signing {
	struct cli *c;
	struct folder folder;
	struct ledger *ledger;
	struct tracing_engine *engine;
	struct textid textid;
	struct id case_id, outbreak;
	int64_t area, at; /* at: when it is signed */
	struct proof *proofs;
	size_t proofs_n;
	struct fact *facts;
	struct verdict *verdicts;
	size_t facts_n;
	int64_t hop;
	struct proof *signed_by; /* hop 2: persons of hop 1 who are under a signed regimen */
	size_t signed_n;
	uint64_t accepted, refused, below_n; /* below: proposed with a lower score */
	uint64_t waiting_n; /* hop 2: the contact between is not signed */
};

typedef enum err_code row_fn(struct signing *s, const struct str *cells, size_t n, struct err *e);

/* Each row of a query about the case. */
static enum err_code each_row(struct signing *s, const char *query, row_fn *take, struct err *e)
{
	struct cli *c = s->c;
	struct actor who = actor_machine();
	char case_text[ID_TEXT_N + 1];
	id_format(s->case_id, case_text);
	bool trace = strcmp(query, "tracing.trace") == 0;
	struct str names[] = {STR("case"), STR("hops")}, values[] = {str_of(case_text), s->hop == 2 ? STR("2") : STR("1")};
	struct query_call call = {.query = query_of(str_of(query)), .who = &who, .now_ms = s->at,
				  .area = s->folder.config.area, .names = names, .values = values, .args_n = trace ? 2 : 1, .format = QUERY_CSV,
				  .limit = QUERY_LIMIT_MAX, .lang = "en", .engine = s->engine};
	struct buf b;
	struct csv *csv = NULL;
	const struct str *cells;
	size_t n;
	buf_init(&b, 0);
	enum err_code rc = query_run(ledger_db(s->ledger), &c->arena, &call, &b, e);
	if (rc == OK)
		rc = csv_open_mem(&csv, buf_str(&b), e);
	for (bool heading = true; rc == OK && (rc = csv_row(csv, &cells, &n, e)) == OK && n > 0; heading = false)
		if (!heading)
			rc = take(s, cells, n, e);
	csv_close(&csv);
	buf_done(&b);
	return rc;
}

static enum err_code take_case(struct signing *s, const struct str *cells, size_t n, struct err *e)
{
	(void)e;
	CHECK(n > 3);
	struct field area = {.name = "area", .type = F_AREA};
	return fact_set_text(&s->c->arena, &area, cells[3], &s->area, e);
}

static void push(struct signing *s, struct proof **list, size_t *n, const struct proof *p)
{
	if (*n % 1024 == 0) {
		struct proof *more = ARENA_ARRAY(&s->c->arena, struct proof, *n + 1024);
		if (*n)
			memcpy(more, *list, *n * sizeof *more);
		*list = more;
	}
	(*list)[(*n)++] = *p;
}

/* tracing.proposals: person, via, evidence, ... */
static enum err_code take_proof(struct signing *s, const struct str *cells, size_t n, struct err *e)
{
	struct proof p;
	(void)e;
	CHECK(n > 2);
	if (id_parse(cells[0], &p.person) && id_parse(cells[2], &p.evidence)) /* of the household there is no visit and no link to name */
		push(s, &s->proofs, &s->proofs_n, &p);
	return OK;
}

/* tracing.trace: those of hop 1 through whom somebody may be a contact of a contact. */
static enum err_code take_signed(struct signing *s, const struct str *cells, size_t n, struct err *e)
{
	struct proof p = {0};
	(void)e;
	CHECK(n > 13);
	if (str_eq_c(cells[1], "1") && str_eq_c(cells[11], "running") && id_parse(cells[0], &p.person))
		push(s, &s->signed_by, &s->signed_n, &p);
	return OK;
}

static int by_person(const void *x, const void *y)
{
	const struct proof *a = x, *b = y;
	int c = id_cmp(a->person, b->person);
	return c ? c : id_cmp(a->evidence, b->evidence);
}

static size_t first_of(const struct proof *list, size_t n, struct id person)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (id_cmp(list[mid].person, person) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* tracing.trace: person, hop, first_exposure, last_exposure, minutes, exposures, place, how, via, via_case, score, state, tier, is_case */
static enum err_code take_proposal(struct signing *s, const struct str *cells, size_t n, struct err *e)
{
	struct cli *c = s->c;
	int64_t least, score, first, last;
	CHECK(n > 13);
	enum err_code rc = args_int(&c->args, "min-score", 0, 1000, 0, &least, e);
	int64_t hop;
	if (rc != OK || !str_to_i64(cells[1], &hop) || hop != s->hop || !str_eq_c(cells[11], "none") || str_eq_c(cells[13], "1"))
		return rc; /* of the other hop, signed already, or a case itself */
	if (!str_to_i64(cells[10], &score) || score < least) {
		s->below_n++;
		return OK;
	}
	const struct fact_kind *kind = fact_kind_of(STR("tracing.contact_classified"));
	struct tracing_contact_classified *b = fact_body_new(&c->arena, kind);
	if (!id_parse(cells[0], &b->person) || !caltime_parse(cells[2], &first))
		return err_set(e, ERR_BAD_VALUE, "tracing.trace", "a proposal without person or time");
	if (!caltime_parse(cells[3], &last))
		last = first;
	if (s->hop == 2) {
		if (!id_parse(cells[8], &b->linked_person))
			return err_set(e, ERR_BAD_VALUE, "tracing.trace", "a proposal of the second hop without the contact between");
		size_t i = first_of(s->signed_by, s->signed_n, b->linked_person);
		if (i == s->signed_n || !id_eq(s->signed_by[i].person, b->linked_person)) {
			s->waiting_n++;
			return OK;
		}
	}
	b->case_ = s->case_id;
	b->tier = args_get(&c->args, "tier");
	b->first_exposure_at = first;
	b->last_exposure_at = last < s->at ? last : s->at;
	b->reason = args_get(&c->args, "reason");
	struct id *evidence = ARENA_ARRAY(&c->arena, struct id, EVIDENCE_MAX);
	size_t evidence_n = 0;
	for (size_t i = first_of(s->proofs, s->proofs_n, b->person); i < s->proofs_n && evidence_n < EVIDENCE_MAX && id_eq(s->proofs[i].person, b->person); i++)
		evidence[evidence_n++] = s->proofs[i].evidence;
	b->evidence = (struct fact_list){evidence, evidence_n};
	if (s->facts_n % 1024 == 0) {
		struct fact *more = ARENA_ARRAY(&c->arena, struct fact, s->facts_n + 1024);
		if (s->facts_n)
			memcpy(more, s->facts, s->facts_n * sizeof *more);
		s->facts = more;
	}
	s->facts[s->facts_n++] = (struct fact){.id = id_new(c->sys), .kind = kind, .outbreak = s->outbreak, .area = s->area, .at = s->at,
					       .recorded = c->sys->now_ms(c->sys->ctx), .device = STR("sushui sign"), .body = b};
	return OK;
}

static enum err_code read_outbreak(struct signing *s, struct err *e)
{
	struct db *db = ledger_db(s->ledger);
	return tracing_case_outbreak(db, COUNTY_OF(s->folder.config.area), s->case_id, &s->outbreak, e);
}

static enum err_code prepare(struct signing *s, struct err *e)
{
	struct cli *c = s->c;
	static const char *const needed[] = {"tier", "reason"};
	for (size_t i = 0; i < ARRAY_N(needed); i++)
		if (args_get(&c->args, needed[i]).n == 0)
			return err_set(e, ERR_MISSING_FIELD, i ? "--reason" : "--tier", "an order names the tier and the reason");
	enum err_code rc = args_int(&c->args, "hop", 1, 2, 1, &s->hop, e);
	if (rc == OK)
		rc = folder_open_operand(c, FOLDER_WRITE, &s->folder, e);
	if (rc == OK) /* the zone is known now */
		rc = cli_time(c, "at", c->sys->now_ms(c->sys->ctx), &s->at, e);
	if (rc == OK)
		rc = folder_ledger(&s->folder, &s->ledger, e);
	if (rc == OK)
		rc = textid_open(&s->textid, ledger_keyring(s->ledger), e);
	if (rc == OK)
		rc = tracing_engine_open(&s->engine, s->folder.visits, &s->folder.protocols, e);
	if (rc != OK)
		return rc;
	struct str text = c->args.operands[1];
	if (str_eq_c(args_get(&c->args, "ids"), "text"))
		s->case_id = textid_or_id(&s->textid, "case", text);
	else if (!id_parse(text, &s->case_id))
		return err_set(e, ERR_BAD_VALUE, "CASE", "an id is expected; `sushui query DIR tracing.cases` lists them");
	s->area = s->folder.config.area;
	rc = read_outbreak(s, e);
	if (rc == OK)
		rc = each_row(s, "tracing.case", take_case, e);
	if (rc == OK)
		rc = each_row(s, "tracing.proposals", take_proof, e);
	if (rc == OK && s->proofs_n)
		qsort(s->proofs, s->proofs_n, sizeof *s->proofs, by_person);
	if (rc == OK && s->hop == 2)
		rc = each_row(s, "tracing.trace", take_signed, e);
	if (rc == OK && s->signed_n)
		qsort(s->signed_by, s->signed_n, sizeof *s->signed_by, by_person);
	return rc == OK ? each_row(s, "tracing.trace", take_proposal, e) : rc;
}

static enum err_code append_all(struct signing *s, struct err *e)
{
	struct cli *c = s->c;
	s->verdicts = ARENA_ARRAY(&c->arena, struct verdict, s->facts_n + 1);
	enum err_code rc = OK;
	for (size_t at = 0; rc == OK && at < s->facts_n; at += 1000) {
		struct submission sub = {.who = actor_machine(), .facts = s->facts + at, .verdicts = s->verdicts + at,
					 .n = s->facts_n - at < 1000 ? s->facts_n - at : 1000};
		rc = ledger_append(s->ledger, &sub, 1, e);
		for (size_t i = 0; rc == OK && i < sub.n; i++) {
			const struct verdict *v = &sub.verdicts[i];
			char person[ID_TEXT_N + 1];
			s->accepted += v->code == OK;
			s->refused += v->code != OK;
			id_format(((const struct tracing_contact_classified *)sub.facts[i].body)->person, person);
			if (v->code != OK)
				fprintf(stderr, "%s: %s: %s: %s\n", person, err_text(v->code, c->lang), v->err.at, v->err.what);
		}
	}
	return rc;
}

static int run_sign(struct cli *c)
{
	struct signing *s = ARENA_NEW(&c->arena, struct signing);
	struct err e = {0};
	bool dry_run = args_has(&c->args, "dry-run");
	s->c = c;
	s->folder.lock_fd = -1;
	enum err_code rc = prepare(s, &e);
	if (rc == OK && !dry_run)
		rc = append_all(s, &e);
	tracing_engine_close(&s->engine);
	ledger_close(&s->ledger);
	folder_close(&s->folder);
	if (rc != OK)
		return cli_fail(c, &e);
	struct buf b;
	buf_init(&b, 0);
	const unsigned long long all = s->facts_n, accepted = s->accepted, refused = s->refused, below = s->below_n, waiting = s->waiting_n;
	if (c->json)
		buf_printf(&b, "{\"proposed\":%llu,\"signed\":%llu,\"refused\":%llu,\"below\":%llu,\"waiting\":%llu,\"dry_run\":%s}\n",
			   all + below + waiting, accepted, refused, below, waiting, dry_run ? "true" : "false");
	else if (dry_run)
		buf_printf(&b, say(c, "dry run: %llu persons would be signed, %llu have a lower score\n", "试运行：将签署 %llu 人，另有 %llu 人分数较低\n"), all,
			   below);
	else
		buf_printf(&b, say(c, "%llu proposed = %llu signed + %llu refused + %llu with a lower score\n",
				   "建议 %llu 人 = 已签署 %llu + 拒绝 %llu + 分数较低 %llu\n"), all + below, accepted, refused, below);
	if (!c->json && waiting)
		buf_printf(&b, say(c, "%llu wait until the contact between is signed (sign hop 1 first)\n", "另有 %llu 人待其关联密接先行判定（请先签署第 1 层）\n"), waiting);
	int code = cli_put(c, &b);
	buf_done(&b);
	return code != CLI_OK ? code : refused ? CLI_REFUSED : CLI_OK;
}

static const struct option sign_options[] = {
	{"tier", "TIER", false, "tier of the protocol, e.g. close_contact", "判定类别（方案中的编号），如 close_contact"},
	{"hop", "1|2", false, "1: met the case; 2: met a signed contact of the case (1)", "1：接触病例者；2：接触已判定密接者；缺省 1"},
	{"min-score", "N", false, "only who has this risk score or more, 0 to 1000 (0: all)", "仅签署风险分不低于此值者，0 至 1000，缺省 0"},
	{"reason", "TEXT", false, "why; stands in every order", "判定理由，写入每份判定"},
	{"at", "TIME", false, "when it was signed; left out: now", "签署时间，缺省为现在"},
	{"ids", "text|uuid", false, "text: CASE is an id of an imported file", "text：CASE 为导入文件中的原编号"},
	{"dry-run", NULL, false, "count and sign nothing", "只计数，不签署"},
};
const struct command cmd_sign = {
	.name = "sign",
	.operands = "DIR CASE",
	.en = "sign the proposed contacts of a case, many at once",
	.zh = "批量签署某病例的接触者判定建议",
	.more_en = "Takes those whom `tracing.trace` proposes for the case (hop 1; with --hop 2 those who met a contact that is under a signed\n"
		   "regimen, who is then named in the order), who are not signed yet and no cases themselves. Each becomes a\n"
		   "fact tracing.contact_classified with its exposure times, the visits and links behind it, and the reason. From then on the\n"
		   "protocol's regimen holds for that person. Exit code 1 when one was refused.\n\n"
		   "  sushui sign ./demo 0190... --tier close_contact --min-score 500 --reason \"same canteen\" --dry-run",
	.more_zh = "对 tracing.trace 为该病例建议（第 1 层；--hop 2 为接触已判定密接者，判定中载明关联密接）、尚未判定且本人非病例者，逐人记录 tracing.contact_classified，\n"
		   "含暴露时间、依据的到访和接触记录及理由；此后按方案管理。有人被拒绝时退出码为 1。\n\n"
		   "  sushui sign ./demo 0190... --tier close_contact --min-score 500 --reason 同食堂用餐 --dry-run",
	.options = sign_options,
	.options_n = ARRAY_N(sign_options),
	.operands_min = 2,
	.operands_max = 2,
	.run = run_sign,
};
