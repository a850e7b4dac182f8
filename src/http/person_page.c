/* SPDX-License-Identifier: Apache-2.0
 *
 * How a person's page looks: plain HTML, no script, no picture from elsewhere. Every text that came from outside goes through put_text.
 */
#include "http/person_page.h"

#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/orders/orders.h"
#include "domain/testing/testing.h"
#include "ledger/duty.h"
#include "ledger/fact.h"

struct page {
	struct buf *b;
	bool zh;
	const struct page_view *v;
	const struct page_frame *f;
};

static void put(struct page *p, const char *en, const char *zh)
{
	buf_add_c(p->b, p->zh ? zh : en);
}

static void put_text(struct page *p, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '&':
			buf_add_c(p->b, "&amp;");
			break;
		case '<':
			buf_add_c(p->b, "&lt;");
			break;
		case '>':
			buf_add_c(p->b, "&gt;");
			break;
		case '"':
			buf_add_c(p->b, "&quot;");
			break;
		case '\'':
			buf_add_c(p->b, "&#39;");
			break;
		default:
			buf_add_byte(p->b, s.p[i]);
		}
}

/* In the reader's language, or in the other one when the edition has only that. */
static void put_both(struct page *p, const struct protocol_text *t)
{
	struct str first = p->zh ? t->zh : t->en, second = p->zh ? t->en : t->zh;
	put_text(p, first.n ? first : second);
}

static void put_time(struct page *p, int64_t at)
{
	char day[DAY_TEXT_N];
	int32_t d = day_of(at);
	int64_t min = (at - day_start(d)) / MS_PER_MINUTE;
	day_format(d, day);
	buf_printf(p->b, "<time>%s %02d:%02d</time>", day, (int)(min / 60), (int)(min % 60));
}

static void put_word(struct page *p, const char *const (*words)[2], size_t n, int64_t word)
{
	if (word >= 0 && (size_t)word < n)
		put(p, words[word][0], words[word][1]);
}
#define PUT_WORD(p, words, word) put_word(p, words, ARRAY_N(words), word)

static const char *const class_words[][2] = {
	[ORDER_CENTRAL] = {"central isolation: stay at the isolation site", "集中隔离：在隔离点"},
	[ORDER_HOME] = {"isolation at home: stay at home", "居家隔离：足不出户"},
	[ORDER_MONITORING] = {"health monitoring: watch your health", "健康监测"},
	[ORDER_HOSPITAL] = {"treatment in hospital", "定点医院收治"},
	[ORDER_STAY] = {"stay where you are", "就地管控：暂不离开所在地"},
};
static const char *const state_words[][2] = {
	[ORDER_PLANNED] = {"begins later", "尚未开始"}, [ORDER_IN_FORCE] = {"applies now", "正在适用"}, [ORDER_ENDED] = {"over", "已到期失效"},
	[ORDER_LIFTED] = {"lifted", "已解除"},
};
static const char *const place_words[][2] = {
	[STAY_CENTRAL] = {"at an isolation site", "集中隔离点"}, [STAY_HOME] = {"at home", "家中"}, [STAY_HOSPITAL] = {"in hospital", "医院"},
	[STAY_SELF] = {"wherever you live", "住所（可正常出行）"},
};
static const char *const purpose_words[][2] = {
	[LEAVE_MEDICAL] = {"medical care", "就医"}, [LEAVE_MEDICINE] = {"medicine", "取药"}, [LEAVE_FOOD] = {"food", "采购生活物资"},
	[LEAVE_FUNERAL] = {"a funeral", "奔丧"}, [LEAVE_COURT] = {"court or authority", "司法或行政事务"}, [LEAVE_WORK] = {"work", "工作"},
	[LEAVE_OTHER] = {"other", "其他"},
};
static const char *const help_words[][2] = {
	[HELP_EMERGENCY] = {"medical emergency", "急救"}, [HELP_MEDICINE] = {"medicine", "药品"}, [HELP_PSYCHOLOGICAL] = {"someone to talk to", "心理援助"},
	[HELP_FOOD] = {"food and daily needs", "食物和生活物资"}, [HELP_OTHER] = {"other", "其他"},
};
static const char *const result_words[][2] = {
	[TEST_NEGATIVE] = {"negative", "阴性"}, [TEST_POSITIVE] = {"positive", "阳性"}, [TEST_INVALID] = {"invalid: sampled again", "无效，需重采"},
};
static const char *const certificate_words[][2] = {
	[CERTIFICATE_RELEASE] = {"certificate of release", "解除证明"}, [CERTIFICATE_RESULT] = {"certificate of a test result", "检测结果证明"},
};
static const struct {
	const char *word, *en, *zh;
} condition_words[] = {
	{"own_tests_negative", "all your tests negative", "本人检测全部阴性"},
	{"last_test_done", "the last test taken and negative", "末次检测已做且为阴性"},
	{"linked_first_two_negative", "the first two tests of the contact you are linked to negative", "关联密接前两次检测阴性"},
	{"no_signs", "no sign of illness", "无症状"},
	{"environment_negative", "samples of room and belongings negative", "环境物品采样阴性"},
};

/* ---- frame ------------------------------------------------------------------------------------------------------------------- */

static void begin(struct page *p, const char *title_en, const char *title_zh)
{
	buf_printf(p->b, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">"
			 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
			 "<meta name=\"robots\" content=\"noindex,nofollow\"><link rel=\"stylesheet\" href=\"/web/person.css\"><title>", p->zh ? "zh-CN" : "en");
	put(p, title_en, title_zh);
	buf_add_c(p->b, "</title></head><body><main>");
}

static void end(struct page *p)
{
	buf_add_c(p->b, "</main></body></html>\n");
}

static void emergency_words(struct page *p)
{
	put(p, "In a medical emergency call 120. No rule and no order stands in the way of rescue; you may leave at once.",
	    "急救请拨打120。任何规定、任何管控都不得阻拦抢救，可立即外出就医。");
}

static void head(struct page *p, const char *en, const char *zh)
{
	buf_add_c(p->b, "<h2>");
	put(p, en, zh);
	buf_add_c(p->b, "</h2>");
}

static void row_begin(struct page *p, const char *en, const char *zh)
{
	buf_add_c(p->b, "<dt>");
	put(p, en, zh);
	buf_add_c(p->b, "</dt><dd>");
}

/* ---- orders -------------------------------------------------------------------------------------------------------------------- */

static void put_what(struct page *p, const struct page_order *o)
{
	const struct protocol_tier *t = o->source == SOURCE_CONTACT && o->protocol ? protocol_tier_find(o->protocol, o->tier) : NULL;
	const struct protocol_zone *z = o->source == SOURCE_ZONE && o->protocol ? protocol_zone_find(o->protocol, o->tier) : NULL;
	if (o->source == SOURCE_ORDER) {
		PUT_WORD(p, class_words, o->class);
		return;
	}
	if (z) {
		put_both(p, &z->name);
		buf_add_c(p->b, p->zh ? "：" : ": ");
		put_both(p, &z->regime);
		return;
	}
	if (t)
		put_both(p, &t->name);
	else
		put_text(p, o->tier);
	if (o->stage && o->state == ORDER_IN_FORCE) {
		buf_add_c(p->b, p->zh ? "：" : ": ");
		if (o->stage->clause.en.n || o->stage->clause.zh.n)
			put_both(p, &o->stage->clause);
		else
			PUT_WORD(p, place_words, (int64_t)o->stage->place);
	}
}

static void put_evidence(struct page *p, const struct page_order *o)
{
	if (o->source == SOURCE_ZONE) {
		row_begin(p, "Because", "原因");
		put(p, "your home lies in this zone", "您的住所位于该区域");
		buf_add_c(p->b, "</dd>");
	}
	if (o->source == SOURCE_CONTACT && o->last_exposure_at) {
		row_begin(p, "Because", "原因");
		put(p, "you were near an infected person; last time ", "与感染者有接触，末次接触 ");
		put_time(p, o->last_exposure_at);
		buf_add_c(p->b, "</dd>");
	}
	if (o->evidence.n == 0)
		return;
	row_begin(p, "Rests on", "所据事实");
	for (size_t i = 0; i < o->evidence.n; i++) {
		const struct fact_kind *k = fact_kind_of(o->evidence.v[i].kind);
		buf_add_c(p->b, i ? "; " : "");
		if (k)
			put_text(p, str_of(p->zh ? k->zh : k->en));
		buf_add_byte(p->b, ' ');
		put_time(p, o->evidence.v[i].from_at);
	}
	buf_add_c(p->b, "</dd>");
}

static void put_conditions(struct page *p, struct str words)
{
	bool any = false;
	while (words.n > 0) {
		struct str w = str_trim(str_cut(&words, ' '));
		for (size_t i = 0; i < ARRAY_N(condition_words); i++) {
			if (!str_eq_c(w, condition_words[i].word))
				continue;
			if (!any)
				row_begin(p, "Conditions of release", "解除条件");
			buf_add_c(p->b, any ? (p->zh ? "；" : "; ") : "");
			put(p, condition_words[i].en, condition_words[i].zh);
			any = true;
		}
	}
	if (any)
		buf_add_c(p->b, "</dd>");
}

static void put_order(struct page *p, const struct page_order *o)
{
	bool now = o->state == ORDER_IN_FORCE;
	buf_printf(p->b, "<section class=\"%s\"><h3>", now ? "order now" : "order");
	put_what(p, o);
	buf_add_c(p->b, "</h3><dl>");
	row_begin(p, "State", "状态");
	PUT_WORD(p, state_words, o->state);
	buf_add_c(p->b, "</dd>");
	row_begin(p, "From", "起");
	put_time(p, o->start_at);
	buf_add_c(p->b, "</dd>");
	if (o->source != SOURCE_ZONE)
		row_begin(p, "Ends by itself", "到期自动失效");
	else if (o->end_at)
		row_begin(p, "Steps down at the earliest", "最早降级");
	if (o->end_at) {
		put_time(p, o->end_at);
		if (o->extended_n)
			put(p, " (extended)", "（已延长）");
		buf_add_c(p->b, "</dd>");
	}
	if (o->lifted_at) {
		row_begin(p, "Lifted", "解除时间");
		put_time(p, o->lifted_at);
		buf_add_c(p->b, "</dd>");
	}
	if (now || o->state == ORDER_PLANNED) {
		row_begin(p, "Legal basis", "依据");
		put_text(p, o->basis);
		buf_add_c(p->b, o->basis.n ? "; " : "");
		if (o->protocol)
			put_both(p, &o->protocol->basis);
		buf_add_c(p->b, "</dd>");
		row_begin(p, "Clause", "条款");
		put_text(p, o->clause);
		buf_add_c(p->b, "</dd>");
		put_evidence(p, o);
		put_conditions(p, o->conditions);
		if (o->protocol) {
			row_begin(p, "How to object", "救济途径");
			put_both(p, &o->protocol->appeal);
			buf_add_c(p->b, "</dd>");
		}
	}
	buf_add_c(p->b, "</dl></section>");
}

static void put_orders(struct page *p)
{
	size_t now_n = 0;
	for (size_t i = 0; i < p->v->orders_n; i++)
		now_n += p->v->order[i].state == ORDER_IN_FORCE;
	head(p, "What applies to you now", "当前对您的管控");
	if (now_n == 0) {
		buf_add_c(p->b, "<p class=\"free\">");
		put(p, "Nothing restricts you now.", "目前对您没有任何管控。");
		buf_add_c(p->b, "</p>");
	}
	for (size_t i = 0; i < p->v->orders_n; i++) /* those in force stand first; of what is over a few are enough */
		if (p->v->order[i].state == ORDER_IN_FORCE || p->v->order[i].state == ORDER_PLANNED || i < now_n + 3)
			put_order(p, &p->v->order[i]);
}

/* ---- lists ------------------------------------------------------------------------------------------------------------------- */

static void put_lists(struct page *p)
{
	const struct page_view *v = p->v;
	if (v->leaves.n) {
		head(p, "You may leave", "已批准外出");
		buf_add_c(p->b, "<ul>");
		for (size_t i = 0; i < v->leaves.n; i++) {
			buf_add_c(p->b, "<li>");
			PUT_WORD(p, purpose_words, v->leaves.v[i].word);
			buf_add_c(p->b, ": ");
			put_time(p, v->leaves.v[i].from_at);
			buf_add_c(p->b, " – ");
			put_time(p, v->leaves.v[i].to_at);
			buf_add_c(p->b, "</li>");
		}
		buf_add_c(p->b, "</ul>");
	}
	if (v->due.n) {
		head(p, "Tests and checks to come", "待完成的检测和监测");
		buf_add_c(p->b, "<ul>");
		for (size_t i = 0; i < v->due.n; i++) {
			const struct duty_kind *k = duty_kind_of(v->due.v[i].kind);
			buf_add_c(p->b, "<li>");
			if (k)
				put_text(p, str_of(p->zh ? k->zh : k->en));
			buf_add_c(p->b, ": ");
			put_time(p, v->due.v[i].from_at);
			buf_add_c(p->b, " – ");
			put_time(p, v->due.v[i].to_at);
			buf_add_c(p->b, "</li>");
		}
		buf_add_c(p->b, "</ul>");
	}
	if (v->results.n) {
		head(p, "Your results", "您的检测结果");
		buf_add_c(p->b, "<ul>");
		for (size_t i = 0; i < v->results.n; i++) {
			const struct page_line *l = &v->results.v[i];
			buf_add_c(p->b, "<li>");
			put(p, "sampled ", "采样 ");
			put_time(p, l->from_at);
			buf_add_c(p->b, ": ");
			if (l->word < 0)
				put(p, "no result yet", "结果未出");
			else if (l->word == TEST_POSITIVE && l->to_at != 1)
				put(p, "the mixed tube is positive: you are sampled again alone", "混管阳性，需单采复核");
			else
				PUT_WORD(p, result_words, l->word);
			buf_add_c(p->b, "</li>");
		}
		buf_add_c(p->b, "</ul>");
	}
}

static void put_certificates(struct page *p)
{
	if (!p->v->certificates.n)
		return;
	head(p, "Your certificates", "您的证明");
	buf_add_c(p->b, "<ul>");
	for (size_t i = 0; i < p->v->certificates.n; i++) {
		char id[ID_TEXT_N + 1];
		id_format(p->v->certificates.v[i].id, id);
		buf_printf(p->b, "<li><a href=\"/p/%.*s/certificate/%s\">", STR_ARG(p->f->token), id);
		PUT_WORD(p, certificate_words, p->v->certificates.v[i].word);
		buf_add_c(p->b, "</a></li>");
	}
	buf_add_c(p->b, "</ul>");
}

/* ---- forms ------------------------------------------------------------------------------------------------------------------- */

static void form_begin(struct page *p, const char *what, const char *id)
{
	buf_printf(p->b, "<form method=\"post\" action=\"/p/%.*s/%s?lang=%s\"><input type=\"hidden\" name=\"id\" value=\"%s\">", STR_ARG(p->f->token), what,
		   p->zh ? "zh" : "en", id);
}

static void button(struct page *p, const char *en, const char *zh)
{
	buf_add_c(p->b, "<button>");
	put(p, en, zh);
	buf_add_c(p->b, "</button></form>");
}

static void label(struct page *p, const char *en, const char *zh)
{
	buf_add_c(p->b, "<label>");
	put(p, en, zh);
	buf_add_byte(p->b, ' ');
}

static void put_help(struct page *p)
{
	head(p, "Ask for help", "求助");
	for (size_t i = 0; i < p->v->help.n; i++) {
		const struct page_line *l = &p->v->help.v[i];
		buf_add_c(p->b, "<p>");
		PUT_WORD(p, help_words, l->word);
		buf_add_c(p->b, ": ");
		put_time(p, l->from_at);
		put(p, l->to_at ? " – answered " : " – received, being dealt with", l->to_at ? " – 已办理 " : " – 已收到，正在办理");
		if (l->to_at)
			put_time(p, l->to_at);
		buf_add_c(p->b, "</p>");
	}
	form_begin(p, "help", p->f->form_id[1]);
	label(p, "What do you need?", "需要什么？");
	buf_add_c(p->b, "<select name=\"kind\">");
	for (size_t i = 0; i < ARRAY_N(help_words); i++) {
		buf_printf(p->b, "<option value=\"%s\"%s>", orders_helps[i], i == HELP_MEDICINE ? " selected" : "");
		put(p, help_words[i][0], help_words[i][1]);
		buf_add_c(p->b, "</option>");
	}
	buf_add_c(p->b, "</select></label>");
	label(p, "In your words", "说明");
	buf_add_c(p->b, "<textarea name=\"text\" maxlength=\"1000\" rows=\"3\"></textarea></label>");
	label(p, "Phone to call back", "回电号码");
	buf_add_c(p->b, "<input name=\"call_back\" type=\"tel\" maxlength=\"40\" autocomplete=\"tel\"></label>");
	button(p, "Send", "提交求助");
}

static void put_appeal(struct page *p)
{
	head(p, "Object", "申诉");
	for (size_t i = 0; i < p->v->appeals.n; i++) {
		const struct page_line *l = &p->v->appeals.v[i];
		buf_add_c(p->b, "<p>");
		put(p, "Your appeal of ", "您的申诉 ");
		put_time(p, l->from_at);
		put(p, l->to_at == 0 ? " – received, to be answered" : l->word ? " – you were right; answered " : " – not granted; answered ",
		    l->to_at == 0 ? " – 已收到，待答复" : l->word ? " – 已采纳，答复于 " : " – 未采纳，答复于 ");
		if (l->to_at)
			put_time(p, l->to_at);
		buf_add_c(p->b, "</p>");
	}
	form_begin(p, "appeal", p->f->form_id[0]);
	label(p, "Why do you think it is wrong?", "您认为哪里不对？");
	buf_add_c(p->b, "<textarea name=\"text\" maxlength=\"2000\" rows=\"4\" required></textarea></label>");
	button(p, "Send the appeal", "提交申诉");
}

static void put_sent(struct page *p)
{
	struct str s = p->f->sent;
	if (!str_eq_c(s, "appeal") && !str_eq_c(s, "help"))
		return;
	buf_add_c(p->b, "<p class=\"sent\" role=\"status\">");
	if (str_eq_c(s, "appeal"))
		put(p, "Your appeal is recorded and will be answered.", "您的申诉已登记，将予答复。");
	else
		put(p, "Your request is recorded. In an emergency call 120 as well.", "您的求助已登记。情况紧急请同时拨打120。");
	buf_add_c(p->b, "</p>");
}

void person_page_write(struct buf *b, const struct page_view *v, const struct page_frame *f)
{
	struct page p = {b, strcmp(f->lang, "zh") == 0, v, f};
	begin(&p, "What applies to you", "您的个人页面");
	buf_printf(b, "<p class=\"lang\"><a href=\"/p/%.*s?lang=%s\" lang=\"%s\">%s</a></p><h1>", STR_ARG(f->token), p.zh ? "en" : "zh",
		   p.zh ? "en" : "zh-CN", p.zh ? "English" : "中文");
	put(&p, "What applies to you", "您的个人页面");
	buf_add_c(b, "</h1>");
	put_sent(&p);
	buf_add_c(b, "<p class=\"emergency\">");
	emergency_words(&p);
	if (v->emergency_at) {
		put(&p, " Your emergency was recorded ", " 您的急救求助已登记 ");
		put_time(&p, v->emergency_at);
	}
	buf_add_c(b, "</p>");
	put_orders(&p);
	put_lists(&p);
	put_certificates(&p);
	put_help(&p);
	put_appeal(&p);
	buf_add_c(b, "<p class=\"note\">");
	put(&p, "This page is yours alone: whoever has the link can read it. It is as of ", "本页仅供您本人使用，持有链接者均可查看。时点 ");
	put_time(&p, v->now_ms);
	buf_add_c(b, "</p>");
	end(&p);
}

void person_page_write_none(struct buf *b, const char *lang)
{
	struct page p = {b, strcmp(lang, "zh") == 0, NULL, NULL};
	begin(&p, "No such page", "没有此页面");
	buf_add_c(b, "<h1>");
	put(&p, "There is no such page", "没有此页面");
	buf_add_c(b, "</h1><p>");
	put(&p, "The link is wrong, or is no longer open. Ask your community or isolation site for a new one.",
	    "链接不正确或已失效，请向所在社区或隔离点索取新链接。");
	buf_add_c(b, "</p><p class=\"emergency\">");
	emergency_words(&p);
	buf_add_c(b, "</p>");
	end(&p);
}

void person_page_write_message(struct buf *b, const char *lang, const char *en, const char *zh)
{
	struct page p = {b, strcmp(lang, "zh") == 0, NULL, NULL};
	begin(&p, "Sushui", "涑水");
	buf_add_c(b, "<p>");
	put(&p, en, zh);
	buf_add_c(b, "</p><p class=\"emergency\">");
	emergency_words(&p);
	buf_add_c(b, "</p>");
	end(&p);
}
