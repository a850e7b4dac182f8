/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.h - a YAML text as a tree of nodes with line numbers; private to src/protocol.
 *
 * Only what a rule file needs: one document of mappings, lists and scalars. Anchors, aliases, tags, merge
 * keys and a second document are refused, so that a small text can never unfold into a large one. Nodes live
 * in the arena they were read into. Scalars keep their text; what they mean is judged by read.h against what
 * is expected there.
 */
#ifndef SUSHUI_PROTOCOL_TREE_H
#define SUSHUI_PROTOCOL_TREE_H

#include "core/arena.h"
#include "core/err.h"

#define TREE_MEMBERS_MAX 500 /* entries of one list or mapping */

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	int32_t line;     /* where the value stands, from 1 */
	int32_t key_line; /* where its key stands; = line in lists */
	bool quoted;      /* scalars: written in quotes or as a block, hence text and never a number */
	uint32_t n;       /* members */
	struct str key;   /* in a mapping */
	struct str text;  /* scalars */
	struct node *first, *next;
};

/* Reads text; *root is its top node. Errors as protocol_load, at = "filename:line". */
enum err_code tree_read(struct arena *a, struct str text, const char *filename, struct node **root,
			struct err *e);
/* Member of a mapping, or NULL. */
const struct node *tree_get(const struct node *map, const char *key);

#endif
