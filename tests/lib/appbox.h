/* SPDX-License-Identifier: Apache-2.0
 *
 * appbox.h - a server of its own for tests and benches: a temporary data folder with an outbreak and users, and app_serve in a child
 * process on a free port, its log in the folder's file `log`. The child's clock runs `ahead` milliseconds before the machine's; the parent may move it at any time.
 */
#ifndef SUSHUI_TESTS_APPBOX_H
#define SUSHUI_TESTS_APPBOX_H

#include <stdatomic.h>
#include <sys/types.h>

#include "client.h"
#include "http/app.h"
#include "protocol/protocol.h"

#define BOX_COUNTY INT64_C(140826)
#define BOX_AREA INT64_C(140826000000)
#define BOX_VILLAGE INT64_C(140826105201)
#define BOX_OTHER_VILLAGE INT64_C(140826105202)
#define BOX_OTHER_COUNTY_AREA INT64_C(140827000000)
#define BOX_PASSWORD "correct horse battery"

struct appbox {
	char dir[96], db_url[640], keyring[128];
	struct id outbreak;
	struct sys sys; /* the child's */
	atomic_llong *ahead_ms; /* shared with the child */
	struct arena arena;
	struct protocol_book protocols;
	struct app_options o;
	pid_t pid;
	uint16_t port;
};

/* Makes folder, keyring, ledger, an outbreak under cn-covid19-9, and one user "<role>" of BOX_AREA for each role, "<role>_v" of
 * BOX_VILLAGE and "<role>_x" of the other county, with BOX_PASSWORD. parent: folder to make it in, NULL = /tmp. db_url: NULL = SQLite
 * in the folder. An error ends the process. */
void appbox_make(struct appbox *b, const char *parent, const char *db_url);
void appbox_start(struct appbox *b);
/* Sends the signal and waits; returns the exit status as of waitpid. */
int appbox_stop(struct appbox *b, int sig);
void appbox_remove(struct appbox *b); /* the folder and all memory */

/* Appends one fact (JSON of the body with ' for ") straight to the ledger, while no server runs. */
void appbox_put(struct appbox *b, struct ledger *l, const char *kind, struct id outbreak, int64_t area, int64_t at, const char *body);
struct ledger *appbox_ledger(struct appbox *b); /* opens it; ledger_close when done */
/* Signs in and writes the header line "Authorization: Bearer ...\r\nContent-Type: application/json\r\n" into out (200 bytes). */
void appbox_sign_in(struct appbox *b, const char *login, char out[200]);
/* Appends a fact as JSON to b (a comma before it when one is needed); ' in the format stands for ". at is a second ago. */
void box_fact(struct appbox *b, struct buf *out, char family, int n, const char *kind, bool outbreak, int64_t area, const char *fmt, ...)
	PRINTF_LIKE(8, 9);
bool text_has(struct str text, const char *part);
int text_count(struct str text, const char *part);
int64_t text_number(struct str text, const char *key); /* first "key":number; -1 when there is none */
/* Ends the process with the answer unless it has this status and holds part. */
void reply_expect(const struct reply *r, int status, const char *part);
/* Id number n of a family, the same in every run. */
struct id box_id(char family, int n);
const char *box_name(char family, int n); /* its text; one of 8 turning buffers */

#endif
