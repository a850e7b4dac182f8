/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/tree.h"

#include <stdio.h>

#include <yaml.h>

#include "protocol/protocol.h"

struct builder {
	struct arena *a;
	const char *filename;
	struct err *e;
	yaml_parser_t parser;
	struct node *open[PROTOCOL_DEPTH_MAX]; /* lists and mappings not yet closed */
	struct node *last[PROTOCOL_DEPTH_MAX]; /* newest member of each */
	size_t depth;
	size_t nodes_n;
	struct node *root;
	bool key_known; /* the key of the next value has been read */
	struct str key;
	int32_t key_line;
};

static enum err_code bad(struct builder *b, enum err_code code, size_t line0, const char *what)
{
	char at[sizeof((struct err *)0)->at];
	snprintf(at, sizeof at, "%s:%zu", b->filename, line0 + 1);
	return err_set(b->e, code, at, "%s", what);
}

/* A fresh node, hung below the innermost open one. */
static enum err_code hang(struct builder *b, enum node_kind kind, size_t line0, struct node **out)
{
	if (++b->nodes_n > PROTOCOL_NODES_MAX)
		return bad(b, ERR_TOO_LARGE, line0, "the file has too many entries");
	struct node *n = arena_try(b->a, sizeof *n), *parent = b->depth ? b->open[b->depth - 1] : NULL;
	if (!n)
		return bad(b, ERR_MEMORY, line0, "no memory is left for this file");
	n->kind = kind;
	n->line = n->key_line = (int32_t)line0 + 1;
	if (!parent) {
		b->root = n;
	} else {
		if (++parent->n > TREE_MEMBERS_MAX)
			return bad(b, ERR_TOO_LARGE, line0, "a list or mapping has more than 500 entries");
		if (parent->kind == NODE_MAP) {
			n->key = b->key;
			n->key_line = b->key_line;
			b->key_known = false;
		}
		struct node **link = b->last[b->depth - 1] ? &b->last[b->depth - 1]->next : &parent->first;
		*link = n;
		b->last[b->depth - 1] = n;
	}
	*out = n;
	return OK;
}

static enum err_code begin(struct builder *b, enum node_kind kind, const yaml_event_t *ev)
{
	size_t line0 = ev->start_mark.line;
	bool plain = kind == NODE_MAP ? !ev->data.mapping_start.anchor && !ev->data.mapping_start.tag
				      : !ev->data.sequence_start.anchor && !ev->data.sequence_start.tag;
	if (!plain)
		return bad(b, ERR_BAD_YAML, line0,
			   "anchors (&), aliases (*) and tags (!) are not allowed; write the value out");
	if (b->depth && b->open[b->depth - 1]->kind == NODE_MAP && !b->key_known)
		return bad(b, ERR_BAD_YAML, line0, "a key must be a plain word");
	if (b->depth == PROTOCOL_DEPTH_MAX)
		return bad(b, ERR_TOO_DEEP, line0, "lists and mappings are nested more than 12 deep");
	struct node *n;
	enum err_code code = hang(b, kind, line0, &n);
	if (code)
		return code;
	b->open[b->depth] = n;
	b->last[b->depth++] = NULL;
	return OK;
}

static enum err_code take_key(struct builder *b, struct str text, size_t line0)
{
	for (const struct node *m = b->open[b->depth - 1]->first; m; m = m->next) {
		if (!str_eq(m->key, text))
			continue;
		char what[200];
		snprintf(what, sizeof what, "the key `%.*s` stands twice; it is first given on line %d",
			 (int)(text.n > 60 ? 60 : text.n), text.p, m->key_line);
		return bad(b, ERR_DUPLICATE_FIELD, line0, what);
	}
	b->key_known = true;
	b->key = text;
	b->key_line = (int32_t)line0 + 1;
	return OK;
}

static enum err_code scalar(struct builder *b, const yaml_event_t *ev)
{
	size_t line0 = ev->start_mark.line;
	if (ev->data.scalar.anchor || ev->data.scalar.tag)
		return bad(b, ERR_BAD_YAML, line0,
			   "anchors (&), aliases (*) and tags (!) are not allowed; write the value out");
	size_t n = ev->data.scalar.length;
	char *p = arena_try(b->a, n + 1);
	if (!p)
		return bad(b, ERR_MEMORY, line0, "no memory is left for this file");
	memcpy(p, ev->data.scalar.value, n);
	struct str text = {p, n};
	if (memchr(p, 0, n))
		return bad(b, ERR_BAD_TEXT, line0, "a text holds a zero byte");
	if (b->depth && b->open[b->depth - 1]->kind == NODE_MAP && !b->key_known)
		return take_key(b, text, line0);
	struct node *node;
	enum err_code code = hang(b, NODE_SCALAR, line0, &node);
	if (code)
		return code;
	node->text = text;
	node->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return OK;
}

static enum err_code take_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_MAPPING_START_EVENT:
		return begin(b, NODE_MAP, ev);
	case YAML_SEQUENCE_START_EVENT:
		return begin(b, NODE_LIST, ev);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		b->depth--;
		return OK;
	case YAML_SCALAR_EVENT:
		return scalar(b, ev);
	case YAML_ALIAS_EVENT:
		return bad(b, ERR_BAD_YAML, ev->start_mark.line,
			   "anchors (&), aliases (*) and tags (!) are not allowed; write the value out");
	case YAML_DOCUMENT_START_EVENT:
		if (b->root)
			return bad(b, ERR_BAD_YAML, ev->start_mark.line,
				   "a second document begins; one file holds one protocol");
		return OK;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return OK;
	}
	return OK;
}

static enum err_code run(struct builder *b)
{
	for (;;) {
		yaml_event_t ev;
		if (!yaml_parser_parse(&b->parser, &ev)) {
			char what[160];
			if (b->parser.error == YAML_MEMORY_ERROR)
				return bad(b, ERR_MEMORY, 0, "no memory is left for this file");
			snprintf(what, sizeof what, "this is not valid YAML: %s",
				 b->parser.problem ? b->parser.problem : "unreadable");
			return bad(b, ERR_BAD_YAML, b->parser.problem_mark.line, what);
		}
		bool end = ev.type == YAML_STREAM_END_EVENT;
		enum err_code code = take_event(b, &ev);
		yaml_event_delete(&ev);
		if (code || end)
			return code;
	}
}

/* Line of the first byte that is not UTF-8; the length of well-formed text only grows line by line. */
static size_t line_of_bad_byte(struct str text)
{
	size_t line0 = 0;
	for (struct str rest = text; rest.p;) {
		if (!str_is_utf8(str_cut(&rest, '\n')))
			return line0;
		line0++;
	}
	return 0;
}

enum err_code tree_read(struct arena *a, struct str text, const char *filename, struct node **root,
			struct err *e)
{
	struct builder b = {.a = a, .filename = filename, .e = e};
	if (text.n > PROTOCOL_TEXT_MAX)
		return bad(&b, ERR_TOO_LARGE, 0, "a protocol file may have at most 1 MiB");
	if (!str_is_utf8(text))
		return bad(&b, ERR_BAD_TEXT, line_of_bad_byte(text), "the text is not UTF-8");
	if (!yaml_parser_initialize(&b.parser))
		return bad(&b, ERR_MEMORY, 0, "no memory is left for this file");
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
	enum err_code code = run(&b);
	yaml_parser_delete(&b.parser);
	if (code)
		return code;
	if (!b.root)
		return bad(&b, ERR_BAD_YAML, 0, "the file is empty");
	*root = b.root;
	return OK;
}

const struct node *tree_get(const struct node *map, const char *key)
{
	if (map->kind != NODE_MAP)
		return NULL;
	for (const struct node *m = map->first; m; m = m->next)
		if (str_eq_c(m->key, key))
			return m;
	return NULL;
}
