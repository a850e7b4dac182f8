/* SPDX-License-Identifier: Apache-2.0
 * jansson_apart.h - jansson.h for a file that also includes core/json.h: the names both declare are
 * renamed here, so only jansson's loading, dumping, counting and comparing may be used. */
#ifndef SUSHUI_TESTS_JANSSON_APART_H
#define SUSHUI_TESTS_JANSSON_APART_H

#define json_type jansson_type
#define json_null jansson_null
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL JANSSON_REAL
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef json_type
#undef json_null
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_INTEGER
#undef JSON_REAL
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL

#endif
