/* SPDX-License-Identifier: Apache-2.0
 *
 * hash.h - XXH64 (seed 0) by its published specification: the checksum of segment files, journal and
 * manifest. It finds damage, not forgery. About 10 GB/s, so that checking a county's store costs no more than
 * reading it.
 */
#ifndef SUSHUI_TRACE_HASH_H
#define SUSHUI_TRACE_HASH_H

#include "core/base.h"

uint64_t xxh64(const void *p, size_t n);

#endif
