/* SPDX-License-Identifier: Apache-2.0
 *
 * people_match.h - identity: is this the same human being?
 *
 * By document where there is one: type and number, normalised. Otherwise by candidates with a score and its
 * reasons, from which a human merges (people.persons_merged), reversibly. The machine never merges by itself.
 *
 * The functions on texts are pure and allocate only in the arena given. Nothing here writes.
 */
#ifndef SUSHUI_DOMAIN_PEOPLE_MATCH_H
#define SUSHUI_DOMAIN_PEOPLE_MATCH_H

#include "domain/people/people.h"

/* ---- resident identity numbers, GB 11643-1999 ------------------------------------------------ */
#define GB11643_N 18
enum gb11643_fault {
	GB11643_FINE,
	GB11643_LENGTH,   /* not 18 characters */
	GB11643_DIGITS,   /* something else than 17 digits and a digit or X */
	GB11643_DIVISION, /* the first two digits are no province */
	GB11643_DATE,     /* digits 7 to 14 are no day from 1900 on */
	GB11643_CHECK,    /* the last character does not fit the others (ISO/IEC 7064, MOD 11-2) */
};
struct gb11643 {
	int64_t division;   /* six digits; of the first registration, not of the present home */
	int32_t birth_date; /* day */
	enum people_sex sex;
};
/* Reads a number in normal form (people_document_normal). *out is filled only when it is fine. */
enum gb11643_fault gb11643_read(struct str number, struct gb11643 *out);
/* The rule that was broken, for people; never the number. */
const char *gb11643_rule(enum gb11643_fault fault);
/* The check character of 17 digits: '0'..'9' or 'X'. */
char gb11643_check(const char digits[17]);

/* ---- normal forms ---------------------------------------------------------------------------- */
/* Full-width letters and digits made plain, blanks, hyphens and dots left out, letters upper case. */
struct str people_document_normal(struct arena *a, struct str number);
/* Digits only, a leading + kept; the Chinese country code is left out before a number of eleven digits. */
struct str people_phone_normal(struct arena *a, struct str phone);
/* How alike two names are, 0 to 100: Jaro-Winkler over characters without blanks and case, and the same with
 * the words sorted
 * ("Rossi Anna" is "Anna Rossi"); the better of the two. O(n * m) characters. */
int people_name_likeness(struct str a, struct str b);

/* ---- candidates ------------------------------------------------------------------------------ */
enum people_reason {
	REASON_HOUSEHOLD = 1,
	REASON_AREA = 2,
	REASON_BIRTH_YEAR = 4,
	REASON_BIRTH_YEAR_NEAR = 8, /* one year apart: ages are often told, not dates */
	REASON_SEX = 16,
	REASON_NAME = 32,      /* likeness 90 or more */
	REASON_NAME_NEAR = 64, /* likeness 75 or more */
	REASON_PHONE = 128,
	REASON_BIRTH_DATE = 256,
};
/* Text of one reason; lang "zh" or anything else for English. */
const char *people_reason_text(enum people_reason reason, const char *lang);

struct people_probe {     /* what is known of the person looked for; empty, ABSENT or ID_NONE = not known */
	struct id person; /* not a candidate for itself */
	struct id household;
	int64_t area;
	struct str name, phone;
	int64_t birth_date, birth_year, sex;
};
struct people_candidate {
	struct id person;
	int score;         /* 0 to 100 */
	unsigned reasons;  /* bits of enum people_reason */
	int name_likeness; /* 0 when not compared */
};
#define PEOPLE_CANDIDATE_SCORE 40 /* less is not worth a human's time */
#define PEOPLE_OPENED_MAX 64      /* records opened for one probe */
/* The best candidates, best first, at most `most`. Looks only at persons of the same household, of the same
 * area within a year of the birth year, or with the same phone, so the cost does not grow with the county.
 * Records are opened to compare names, which is a reading of personal data that the caller records; keyring
 * NULL compares open values alone. */
enum err_code people_candidates(struct db *db, struct keyring *keyring, struct arena *a, int64_t county,
				const struct people_probe *probe, struct people_candidate *out, size_t most,
				size_t *n, struct err *e);

#endif
