/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of keys, for the apply functions of all domains.
 */
#include "ledger/ledger.h"

enum err_code ledger_keys(struct ledger_tx *tx, const struct sql *sql, int64_t key, const int64_t **out, size_t *n, struct err *e)
{
	int64_t *v = NULL;
	size_t used = 0;
	enum err_code rc = db_query(tx->db, sql, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		v = arena_grown(tx->arena, v, used, sizeof *v);
		v[used++] = db_int(tx->db, 0);
	}
	rc = db_stop(tx->db, e);
	if (rc == OK) {
		*out = v;
		*n = used;
	}
	return rc;
}
