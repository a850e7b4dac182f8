/* SPDX-License-Identifier: Apache-2.0
 *
 * The interface as OpenAPI 3.1, from the same tables that decode and route: kinds and fields, queries, routes, errors. Texts are given in
 * both languages, "English / 中文".
 */
#include <stdio.h>
#include <string.h>

#include "http/app_internal.h"

static void put(struct buf *b, const char *key, const char *value)
{
	json_key(b, key);
	json_c(b, value);
}

static void put_both(struct buf *b, const char *key, const char *en, const char *zh)
{
	char text[512];
	snprintf(text, sizeof text, "%s / %s", en ? en : "", zh ? zh : "");
	json_key(b, key);
	json_c(b, text);
}

static void put_ref(struct buf *b, const char *schema)
{
	char text[160];
	snprintf(text, sizeof text, "#/components/schemas/%s", schema);
	json_open(b, '{');
	put(b, "$ref", text);
	json_close(b, '}');
}

static void put_words(struct buf *b, const char *const *words)
{
	put(b, "type", "string");
	json_key(b, "enum");
	json_open(b, '[');
	for (; *words; words++)
		json_c(b, *words);
	json_close(b, ']');
}

/* ---- fields as JSON Schema ---------------------------------------------------------------------------------------- */

static void put_limits(struct buf *b, const char *least, const char *most, int64_t min, int64_t max)
{
	if (min == 0 && max == 0)
		return;
	json_key(b, least);
	json_i64(b, min);
	json_key(b, most);
	json_i64(b, max);
}

static void put_type(struct buf *b, enum field_type type, const char *const *words, int64_t min, int64_t max)
{
	switch (type) {
	case F_INT:
	case F_REAL:
		put(b, "type", type == F_INT ? "integer" : "number");
		put_limits(b, "minimum", "maximum", min, max);
		break;
	case F_BOOL:
		put(b, "type", "boolean");
		break;
	case F_WORD:
		put_words(b, words);
		break;
	case F_TEXT:
		put(b, "type", "string");
		put_limits(b, "minLength", "maxLength", min, max);
		break;
	case F_TIME:
		json_key(b, "type");
		json_raw(b, STR("[\"string\",\"integer\"]")); /* ISO 8601 or milliseconds */
		put(b, "format", "date-time");
		break;
	case F_DAY:
		put(b, "type", "string");
		put(b, "format", "date");
		break;
	case F_AREA:
		put(b, "type", "string");
		put(b, "pattern", "^[0-9]{12}$");
		break;
	case F_ID:
		put(b, "type", "string");
		put(b, "format", "uuid");
		break;
	case F_IDS:
	case F_AREAS:
	case F_TEXTS:
		put(b, "type", "array");
		json_key(b, "maxItems");
		json_i64(b, FACT_LIST_MAX);
		json_key(b, "items");
		json_open(b, '{');
		put_type(b, type == F_IDS ? F_ID : type == F_AREAS ? F_AREA : F_TEXT, NULL, type == F_TEXTS ? min : 0, type == F_TEXTS ? max : 0);
		json_close(b, '}');
		break;
	}
}

static void put_body_schema(struct buf *b, const struct fact_kind *k)
{
	json_open(b, '{');
	put(b, "type", "object");
	put_both(b, "description", k->en, k->zh);
	put(b, "x-right", right_name(k->right));
	json_key(b, "properties");
	json_open(b, '{');
	for (size_t i = 0; i < k->fields_n; i++) {
		const struct field *f = &k->fields[i];
		json_key(b, f->name);
		json_open(b, '{');
		put_type(b, f->type, f->words, f->min, f->max);
		put_both(b, "description", f->en, f->zh);
		if (f->flags & DERIVED) {
			json_key(b, "readOnly");
			json_bool(b, true);
		}
		if (f->flags & PERSONAL) {
			json_key(b, "x-personal");
			json_bool(b, true);
		}
		json_close(b, '}');
	}
	json_close(b, '}');
	json_key(b, "required");
	json_open(b, '[');
	for (size_t i = 0; i < k->fields_n; i++)
		if (k->fields[i].flags & REQUIRED)
			json_c(b, k->fields[i].name);
	json_close(b, ']');
	json_key(b, "additionalProperties");
	json_bool(b, false);
	json_close(b, '}');
}

/* The envelope of one kind around its body. */
static void put_fact_schema(struct buf *b, const struct fact_kind *k)
{
	static const struct {
		const char *name;
		enum field_type type;
		const char *en, *zh;
	} members[] = {
		{"id", F_ID, "made by the client (UUIDv7): the same id twice is one fact", "客户端生成的编号，重复提交只算一条"},
		{"area", F_AREA, "where it happened", "发生地区划"},
		{"at", F_TIME, "when it happened", "发生时间"},
		{"recorded", F_TIME, "clock of the device when it was entered", "录入时间"},
		{"device", F_TEXT, "what it was entered on", "录入设备"},
		{"outbreak", F_ID, "the outbreak it belongs to", "所属疫情"},
	};
	char body[160];
	json_open(b, '{');
	put(b, "type", "object");
	put_both(b, "description", k->en, k->zh);
	json_key(b, "properties");
	json_open(b, '{');
	json_key(b, "kind");
	json_open(b, '{');
	put(b, "const", k->name);
	json_close(b, '}');
	for (size_t i = 0; i < ARRAY_N(members) - !k->outbreak; i++) {
		json_key(b, members[i].name);
		json_open(b, '{');
		put_type(b, members[i].type, NULL, 0, 0);
		put_both(b, "description", members[i].en, members[i].zh);
		json_close(b, '}');
	}
	json_key(b, "body");
	snprintf(body, sizeof body, "%s.body", k->name);
	put_ref(b, body);
	json_close(b, '}');
	json_key(b, "required");
	json_raw(b, k->outbreak ? STR("[\"id\",\"kind\",\"outbreak\",\"area\",\"at\",\"body\"]") : STR("[\"id\",\"kind\",\"area\",\"at\",\"body\"]"));
	json_key(b, "additionalProperties");
	json_bool(b, false);
	json_close(b, '}');
}

/* ---- what queries answer -------------------------------------------------------------------------------------------- */

static void put_column(struct buf *b, const struct query_column *c)
{
	static const struct {
		const char *type, *format;
	} types[] = {
		[C_INT] = {"integer", NULL}, [C_REAL] = {"number", NULL}, [C_TEXT] = {"string", NULL}, [C_BOOL] = {"boolean", NULL},
		[C_TIME] = {"string", "date-time"}, [C_DAY] = {"string", "date"}, [C_AREA] = {"string", NULL}, [C_ID] = {"string", "uuid"},
		[C_WORD] = {"string", NULL}, [C_SPAN] = {"integer", NULL}, [C_DUTY] = {"string", NULL},
	};
	json_open(b, '{');
	json_key(b, "type");
	json_open(b, '[');
	json_c(b, types[c->type].type);
	json_c(b, "null");
	json_close(b, ']');
	if (types[c->type].format)
		put(b, "format", types[c->type].format);
	put_both(b, "description", c->en, c->zh);
	json_close(b, '}');
}

static void put_query_schema(struct buf *b, const struct query *q)
{
	json_open(b, '{');
	put(b, "type", "object");
	json_key(b, "properties");
	json_open(b, '{');
	json_key(b, "query");
	json_raw(b, STR("{\"type\":\"string\"}"));
	json_key(b, "county");
	json_raw(b, STR("{\"type\":\"string\"}"));
	json_key(b, "now");
	json_raw(b, STR("{\"type\":\"string\",\"format\":\"date-time\"}"));
	json_key(b, "more");
	json_raw(b, STR("{\"type\":\"boolean\"}"));
	json_key(b, "rows");
	json_open(b, '{');
	put(b, "type", "array");
	json_key(b, "items");
	json_open(b, '{');
	put(b, "type", "object");
	json_key(b, "properties");
	json_open(b, '{');
	for (size_t i = 0; i < q->columns_n; i++) {
		json_key(b, q->columns[i].name);
		put_column(b, &q->columns[i]);
	}
	json_close(b, '}');
	json_close(b, '}');
	json_close(b, '}');
	json_close(b, '}');
	json_close(b, '}');
}

static void put_param(struct buf *b, const char *in, const char *name, bool required, enum field_type type, const char *const *words,
		      const char *en, const char *zh)
{
	json_open(b, '{');
	put(b, "name", name);
	put(b, "in", in);
	json_key(b, "required");
	json_bool(b, required);
	put_both(b, "description", en, zh);
	json_key(b, "schema");
	json_open(b, '{');
	put_type(b, type, words, 0, 0);
	json_close(b, '}');
	json_close(b, '}');
}

static void put_query_params(struct buf *b, const struct query *q)
{
	static const char *const formats[] = {"json", "csv", "xlsx", NULL}, *const langs[] = {"zh", "en", NULL};
	for (size_t i = 0; i < q->params_n; i++) {
		const struct query_param *p = &q->params[i];
		put_param(b, "query", p->name, p->required, p->type, p->words, p->en, p->zh);
	}
	put_param(b, "query", "area", false, F_AREA, NULL, "this area and below", "限定区划");
	put_param(b, "query", "limit", false, F_INT, NULL, "rows at most", "最多行数");
	put_param(b, "query", "offset", false, F_INT, NULL, "rows to leave out", "跳过行数");
	put_param(b, "query", "format", false, F_WORD, formats, "form of the answer", "返回格式");
	put_param(b, "query", "lang", false, F_WORD, langs, "language of texts", "语言");
}

#define CSV_BODY "text/csv"

static void put_upload_params(struct buf *b)
{
	put_param(b, "query", "source", true, F_TEXT, NULL, "where the stays come from", "数据来源");
	put_param(b, "query", "area", false, F_AREA, NULL, "the county of the stays; left out: that of the post", "所属区县，缺省为本岗位区划");
}

/* ---- routes ----------------------------------------------------------------------------------------------------------- */

static void put_request(struct buf *b, const struct http_route *r)
{
	const char *schema = strcmp(r->pattern, "/api/facts") == 0 ? "FactBatch" : strcmp(r->pattern, "/api/sign-in") == 0 ? "SignIn"
			     : strcmp(r->pattern, "/api/personal/open") == 0 ? "PersonalOpen"
			     : strcmp(r->pattern, "/api/tracing/visits") == 0 ? CSV_BODY
			     : strcmp(r->pattern, "/api/orders/page") == 0 ? "OrdersPage" : NULL;
	if (!schema)
		return;
	json_key(b, "requestBody");
	json_open(b, '{');
	json_key(b, "required");
	json_bool(b, true);
	json_key(b, "content");
	json_open(b, '{');
	json_key(b, strcmp(schema, CSV_BODY) == 0 ? CSV_BODY : "application/json");
	json_open(b, '{');
	json_key(b, "schema");
	if (strcmp(schema, CSV_BODY) == 0)
		json_raw(b, STR("{\"type\":\"string\"}"));
	else
		put_ref(b, schema);
	json_close(b, '}');
	json_close(b, '}');
	json_close(b, '}');
}

static void put_content(struct buf *b, const char *type, const char *schema)
{
	json_key(b, type);
	json_open(b, '{');
	json_key(b, "schema");
	if (schema)
		put_ref(b, schema);
	else
		json_raw(b, STR("{}"));
	json_close(b, '}');
}

static void put_response(struct buf *b, const char *status, const char *description, const char *type, const char *schema)
{
	json_key(b, status);
	json_open(b, '{');
	put(b, "description", description);
	json_key(b, "content");
	json_open(b, '{');
	put_content(b, type, schema);
	if (strcmp(status, "200") == 0 && schema && strchr(schema, '.')) {
		put_content(b, "text/csv", NULL);
		put_content(b, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", NULL);
	}
	json_close(b, '}');
	json_close(b, '}');
}

static void put_responses(struct buf *b, const struct http_route *r)
{
	const struct query *q = r->data;
	bool facts = strcmp(r->pattern, "/api/facts") == 0;
	const char *type = strcmp(r->pattern, "/api/events") == 0 ? "text/event-stream" : strcmp(r->pattern, "/metrics") == 0 ? "text/plain"
			   : str_starts(str_of(r->pattern), STR("/web")) || str_starts(str_of(r->pattern), STR("/p/")) || strlen(r->pattern) == 1 ? "text/html" : "application/json";
	json_key(b, "responses");
	json_open(b, '{');
	put_response(b, "200", "done / 完成", type, q ? q->name : facts ? "Verdicts" : NULL);
	if (facts)
		put_response(b, "207", "some facts were refused / 部分被拒绝", "application/json", "Verdicts");
	put_response(b, "default", "refused / 被拒绝", "application/json", "Error");
	json_close(b, '}');
}

/* Every {name} of the pattern. */
static void put_path_params(struct buf *b, const char *pattern)
{
	for (const char *at = pattern; (at = strchr(at, '{')); at++) {
		char name[32];
		snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "*}"), at + 1);
		if (strcmp(name, "path") == 0)
			put_param(b, "path", name, true, F_TEXT, NULL, "file below web/", "页面文件路径");
		else if (strcmp(name, "token") == 0)
			put_param(b, "path", name, true, F_TEXT, NULL, "secret of the link", "链接密文");
		else
			put_param(b, "path", name, true, F_ID, NULL, "id", "编号");
	}
}

static void put_operation(struct buf *b, const struct http_route *r)
{
	char id[128];
	snprintf(id, sizeof id, "%s%s", r->verb == VERB_GET ? "get" : "post", r->pattern);
	for (char *p = id; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')))
			*p = '_';
	json_open(b, '{');
	put(b, "operationId", id);
	put_both(b, "summary", r->en, r->zh);
	put(b, "x-right", right_name((enum right)r->right));
	json_key(b, "security");
	json_raw(b, r->flags & HTTP_PUBLIC ? STR("[]") : STR("[{\"cookie\":[]},{\"bearer\":[]}]"));
	json_key(b, "parameters");
	json_open(b, '[');
	put_path_params(b, r->pattern);
	if (r->data)
		put_query_params(b, r->data);
	if (strcmp(r->pattern, "/api/tracing/visits") == 0)
		put_upload_params(b);
	json_close(b, ']');
	put_request(b, r);
	put_responses(b, r);
	json_close(b, '}');
}

static void put_paths(struct buf *b, const struct app *app)
{
	json_open(b, '{');
	for (size_t i = 0; i < app->routes_n; i++) {
		const struct http_route *r = &app->routes[i];
		char path[160];
		size_t n = 0;
		for (const char *p = r->pattern; *p && n + 1 < sizeof path; p++)
			if (*p != '*')
				path[n++] = *p;
		path[n] = 0;
		bool told = false; /* by an earlier row of the same address */
		for (size_t k = 0; k < i; k++)
			told |= strcmp(app->routes[k].pattern, r->pattern) == 0;
		if (told)
			continue;
		json_key(b, path);
		json_open(b, '{');
		for (size_t k = i; k < app->routes_n; k++)
			if (strcmp(app->routes[k].pattern, r->pattern) == 0) {
				json_key(b, app->routes[k].verb == VERB_GET ? "get" : "post");
				put_operation(b, &app->routes[k]);
			}
		json_close(b, '}');
	}
	json_close(b, '}');
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------- */

static const char fixed_schemas[] =
	"\"Verdict\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":[\"string\",\"null\"],\"format\":\"uuid\"},\"ok\":{\"type\":\"boolean\"},"
	"\"seq\":{\"type\":\"integer\"},\"duplicate\":{\"type\":\"boolean\"},\"error\":{\"$ref\":\"#/components/schemas/ErrorBody\"}},"
	"\"required\":[\"id\",\"ok\"]},"
	"\"Verdicts\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/Verdict\"},{\"type\":\"object\",\"properties\":{\"kept\":{\"type\":\"integer\"},"
	"\"duplicates\":{\"type\":\"integer\"},\"refused\":{\"type\":\"integer\"},\"verdicts\":{\"type\":\"array\",\"items\":"
	"{\"$ref\":\"#/components/schemas/Verdict\"}}},\"required\":[\"kept\",\"duplicates\",\"refused\",\"verdicts\"]}]},"
	"\"FactBatch\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/Fact\"},{\"type\":\"array\",\"maxItems\":20000,\"items\":"
	"{\"$ref\":\"#/components/schemas/Fact\"}},{\"type\":\"object\",\"properties\":{\"facts\":{\"type\":\"array\",\"maxItems\":20000,"
	"\"items\":{\"$ref\":\"#/components/schemas/Fact\"}}},\"required\":[\"facts\"],\"additionalProperties\":false}]},"
	"\"SignIn\":{\"type\":\"object\",\"properties\":{\"login\":{\"type\":\"string\",\"maxLength\":64},\"password\":{\"type\":\"string\","
	"\"maxLength\":256},\"county\":{\"type\":\"string\",\"pattern\":\"^[0-9]{6}$\"},\"bearer\":{\"type\":\"boolean\"}},"
	"\"required\":[\"login\",\"password\"],\"additionalProperties\":false},"
	"\"PersonalOpen\":{\"type\":\"object\",\"properties\":{\"subjects\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":200,\"items\":"
	"{\"type\":\"string\",\"format\":\"uuid\"}},\"purpose\":{\"type\":\"string\",\"minLength\":4,\"maxLength\":200},\"duty_subject\":"
	"{\"type\":\"string\",\"format\":\"uuid\"},\"county\":{\"type\":\"string\",\"pattern\":\"^[0-9]{6}$\"}},"
	"\"required\":[\"subjects\",\"purpose\"],\"additionalProperties\":false},"
	"\"OrdersPage\":{\"type\":\"object\",\"properties\":{\"person\":{\"type\":\"string\",\"format\":\"uuid\"},\"expires_at\":{\"type\":\"string\","
	"\"format\":\"date-time\"},\"county\":{\"type\":\"string\",\"pattern\":\"^[0-9]{6}$\"}},\"required\":[\"person\"],"
	"\"additionalProperties\":false},"
	"\"Error\":{\"type\":\"object\",\"properties\":{\"error\":{\"$ref\":\"#/components/schemas/ErrorBody\"}},\"required\":[\"error\"]}";

static void put_error_body(struct buf *b)
{
	json_key(b, "ErrorBody");
	json_open(b, '{');
	put(b, "type", "object");
	json_key(b, "properties");
	json_open(b, '{');
	json_key(b, "code");
	json_open(b, '{');
	put(b, "type", "string");
	json_key(b, "oneOf");
	json_open(b, '[');
	for (int i = 1; i < ERR__N; i++) {
		json_open(b, '{');
		put(b, "const", err_name((enum err_code)i));
		put_both(b, "description", err_text((enum err_code)i, "en"), err_text((enum err_code)i, "zh"));
		json_key(b, "x-status");
		json_i64(b, err_http((enum err_code)i));
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
	static const char *const texts[] = {"at", "what", "text", "hint"};
	for (size_t i = 0; i < ARRAY_N(texts); i++) {
		json_key(b, texts[i]);
		json_raw(b, STR("{\"type\":\"string\"}"));
	}
	json_close(b, '}');
	json_key(b, "required");
	json_raw(b, STR("[\"code\",\"at\",\"what\",\"text\",\"hint\"]"));
	json_close(b, '}');
}

static void put_schemas(struct buf *b)
{
	json_open(b, '{');
	buf_add_c(b, fixed_schemas);
	put_error_body(b);
	json_key(b, "Fact");
	json_open(b, '{');
	json_key(b, "oneOf");
	json_open(b, '[');
	for (size_t i = 0; fact_kind_at(i); i++)
		put_ref(b, fact_kind_at(i)->name);
	json_close(b, ']');
	json_close(b, '}');
	for (size_t i = 0; fact_kind_at(i); i++) {
		char body[160];
		const struct fact_kind *k = fact_kind_at(i);
		snprintf(body, sizeof body, "%s.body", k->name);
		json_key(b, k->name);
		put_fact_schema(b, k);
		json_key(b, body);
		put_body_schema(b, k);
	}
	for (size_t i = 0; query_at(i); i++) {
		json_key(b, query_at(i)->name);
		put_query_schema(b, query_at(i));
	}
	json_close(b, '}');
}

void app_openapi_put(struct buf *b, const struct app *app)
{
	json_open(b, '{');
	put(b, "openapi", "3.1.0");
	json_key(b, "info");
	json_open(b, '{');
	put(b, "title", "Sushui");
	put(b, "version", "1");
	put_both(b, "description", "Facts go in through POST /api/facts; declared queries read; changes come as server-sent events.",
		 "事实经 POST /api/facts 提交，查询只读，变更以事件流推送。");
	json_close(b, '}');
	json_key(b, "paths");
	put_paths(b, app);
	json_key(b, "components");
	json_open(b, '{');
	json_key(b, "securitySchemes");
	json_raw(b, STR("{\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-sushui\"},"
			"\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
	json_key(b, "schemas");
	put_schemas(b);
	json_close(b, '}');
	json_close(b, '}');
}
