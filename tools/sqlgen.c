/* SPDX-License-Identifier: Apache-2.0
 *
 * sqlgen OUT.h OUT.c FILE.sql...: turns named SQL statements into C constants.
 *
 *     -- name: testing_tube_get          starts a statement; becomes SQL_testing_tube_get
 *     -- script: testing_schema          starts a text of several statements (tables, indexes)
 *     -- only: pg                        (or sqlite) the text holds for one engine; give it twice, once each
 *
 * Everything up to the next such line is the text; comments are left out. One text serves both
 * engines. What is changed, outside quotes, and nothing more:
 *     SQLite:      $3 -> ?3
 *     PostgreSQL:  INTEGER -> BIGINT, BLOB -> BYTEA, REAL -> DOUBLE PRECISION, WITHOUT ROWID -> (nothing)
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct statement {
	char name[96];
	char *text[2]; /* as written, for SQLite and PostgreSQL; NULL when not given */
	int params_n;
	bool is_script;
};
enum { SQLITE, POSTGRES };

static struct statement all[4096];
static int all_n;

static void die(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	exit(1);
}

static struct statement *find(const char *name)
{
	for (int i = 0; i < all_n; i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	if (all_n == (int)(sizeof all / sizeof *all)) {
		fprintf(stderr, "sqlgen: too many statements\n");
		exit(1);
	}
	snprintf(all[all_n].name, sizeof all[all_n].name, "%s", name);
	return &all[all_n++];
}

static void append(char **text, const char *line)
{
	size_t old = *text ? strlen(*text) : 0, more = strlen(line);
	*text = realloc(*text, old + more + 1);
	if (!*text)
		exit(1);
	memcpy(*text + old, line, more + 1);
}

static void read_file(const char *file)
{
	FILE *in = fopen(file, "r");
	if (!in)
		die(file, 0, "cannot be read");
	char line[4096], word[96];
	struct statement *s = NULL;
	bool want[2] = {true, true}, had[2] = {false, false};
	for (int n = 1; fgets(line, sizeof line, in); n++) {
		bool script = sscanf(line, "-- script: %95s", word) == 1;
		if (script || sscanf(line, "-- name: %95s", word) == 1) {
			s = find(word);
			s->is_script = script;
			had[SQLITE] = s->text[SQLITE] != NULL; /* from an earlier place with this name */
			had[POSTGRES] = s->text[POSTGRES] != NULL;
			want[SQLITE] = want[POSTGRES] = true;
			continue;
		}
		if (sscanf(line, "-- only: %95s", word) == 1) {
			if (!s || (strcmp(word, "pg") != 0 && strcmp(word, "sqlite") != 0))
				die(file, n, "`-- only: pg` or `-- only: sqlite` stands below a name");
			want[SQLITE] = strcmp(word, "sqlite") == 0;
			want[POSTGRES] = !want[SQLITE];
			continue;
		}
		const char *p = line + strspn(line, " \t");
		if (strncmp(p, "--", 2) == 0 || *p == '\n' || *p == 0)
			continue;
		if (!s)
			die(file, n, "SQL before the first `-- name:`");
		for (int e = 0; e < 2; e++) {
			if (want[e] && had[e])
				die(file, n, "a statement of this name is given already");
			if (want[e])
				append(&s->text[e], line);
		}
	}
	fclose(in);
}

/* If the word `from` stands at p (whole word), its length, else 0. */
static size_t word_at(const char *start, const char *p, const char *from)
{
	size_t n = strlen(from);
	if (strncmp(p, from, n) != 0 || isalnum((unsigned char)p[n]) || p[n] == '_')
		return 0;
	return p > start && (isalnum((unsigned char)p[-1]) || p[-1] == '_') ? 0 : n;
}

static void emit(FILE *out, struct statement *s, int engine)
{
	static const char *const words[][2] = {
		{"INTEGER", "BIGINT"}, {"BLOB", "BYTEA"}, {"REAL", "DOUBLE PRECISION"}, {"WITHOUT ROWID", ""}};
	const char *text = s->text[engine];
	if (!text) {
		fputs("NULL", out);
		return;
	}
	size_t end = strlen(text);
	while (end > 0 && (isspace((unsigned char)text[end - 1]) || (text[end - 1] == ';' && !s->is_script)))
		end--;
	bool quoted = false;
	fputc('"', out);
	for (const char *p = text; p < text + end; p++) {
		if (!quoted && p[0] == '-' && p[1] == '-') { /* an apostrophe in a comment is no quote */
			while (p + 1 < text + end && p[1] != '\n')
				p++;
			continue;
		}
		if (*p == '\'')
			quoted = !quoted;
		if (!quoted && *p == '$' && isdigit((unsigned char)p[1])) {
			int k = atoi(p + 1);
			if (k > s->params_n)
				s->params_n = k;
			fputc(engine == SQLITE ? '?' : '$', out);
			continue;
		}
		size_t skip = 0;
		for (size_t w = 0; engine == POSTGRES && !quoted && !skip && w < sizeof words / sizeof *words; w++)
			if ((skip = word_at(text, p, words[w][0])) > 0) {
				fputs(words[w][1], out);
				p += skip - 1;
			}
		if (skip)
			continue;
		if (*p == '\n')
			fputs("\\n\"\n\t\t\"", out);
		else if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p == '\t')
			fputc(' ', out);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: sqlgen OUT.h OUT.c FILE.sql...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		read_file(argv[i]);
	FILE *h = fopen(argv[1], "w"), *c = fopen(argv[2], "w");
	if (!h || !c) {
		perror("sqlgen");
		return 1;
	}
	fprintf(h, "/* generated by tools/sqlgen.c from src/ and tests/ *.sql */\n#ifndef SQL_GEN_H\n#define SQL_GEN_H\n"
		   "#include \"store/store.h\"\n#define SQL__N %d\nextern const struct sql *const sql_all[]; /* ends with NULL */\n",
		all_n);
	fprintf(c, "/* generated by tools/sqlgen.c */\n#include \"sql.gen.h\"\n");
	for (int i = 0; i < all_n; i++) {
		fprintf(h, "extern const struct sql SQL_%s;\n", all[i].name);
		fprintf(c, "const struct sql SQL_%s = {\"%s\",\n\t\t", all[i].name, all[i].name);
		emit(c, &all[i], SQLITE);
		fprintf(c, ",\n\t\t");
		emit(c, &all[i], POSTGRES);
		fprintf(c, ",\n\t\t%d, %d, %s};\n", i, all[i].params_n, all[i].is_script ? "true" : "false");
	}
	fprintf(c, "const struct sql *const sql_all[] = {\n");
	for (int i = 0; i < all_n; i++)
		fprintf(c, "\t&SQL_%s,\n", all[i].name);
	fprintf(c, "\tNULL};\n");
	fprintf(h, "#endif\n");
	return fclose(h) == 0 && fclose(c) == 0 ? 0 : 1;
}
