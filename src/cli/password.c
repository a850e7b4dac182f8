/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/password.h"

void password_make(const struct sys *sys, char out[PASSWORD_TEXT_N])
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* no i l o 0 1 */
	const unsigned n = sizeof letters - 1;
	for (size_t i = 0; i < PASSWORD_TEXT_N - 1; i++) {
		uint8_t byte;
		if (i % 5 == 4) {
			out[i] = '-';
			continue;
		}
		do
			sys->random(sys->ctx, &byte, 1);
		while (byte >= 256 / n * n); /* every letter as likely as any other */
		out[i] = letters[byte % n];
	}
	out[PASSWORD_TEXT_N - 1] = 0;
}
