/* SPDX-License-Identifier: Apache-2.0
 *
 * The one list of domains. A new domain adds three lines here.
 */
#include "domain/homecare/homecare.h"
#include "domain/isolation/isolation.h"
#include "domain/orders/orders.h"
#include "domain/people/people.h"
#include "domain/testing/testing.h"
#include "domain/tracing/tracing.h"
#include "domain/transfer/transfer.h"
#include "domain/zones/zones.h"
#include "ledger/house.h"

const struct domain *const domains[] = {
	&house_domain,
	&people_domain,
	&testing_domain,
	&tracing_domain,
	&zones_domain,
	&isolation_domain,
	&transfer_domain,
	&homecare_domain,
	&orders_domain,
	NULL,
};
const struct query *const query_tables[] = {
	house_queries,
	people_queries,
	testing_queries,
	tracing_queries,
	tracing_trace_queries,
	tracing_chain_queries,
	tracing_since_queries,
	zones_queries,
	isolation_queries,
	transfer_queries,
	homecare_queries,
	orders_queries,
	NULL,
};
const struct query_computed *const query_computed_tables[] = {
	house_computed,
	testing_computed,
	tracing_computed,
	isolation_computed,
	transfer_computed,
	orders_computed,
	NULL,
};
