// SPDX-License-Identifier: Apache-2.0
// post.mjs - runs the tests of the phone posts one after the other and prints what each shows. The last word is the ledger's: every fact that a
// phone recorded is in it once, and no other.
import { complaints, launch } from './browser.mjs';
import { server } from './phone.mjs';
import { texts } from './post_texts.mjs';
import { judging } from './post_judging.mjs';
import { sampling } from './post_sampling.mjs';
import { keeping } from './post_keeping.mjs';
import { rounds } from './post_rounds.mjs';
import { looks } from './post_looks.mjs';

const only = process.argv[2];
const state = { server: server('demo'), browser: await launch(), notes: [] };
await state.server.start();
let failed = 0;
for (const [name, test] of Object.entries({ ...texts, ...judging, ...sampling, ...keeping, ...rounds, ...looks })) {
	if (only && !name.includes(only) && !name.startsWith('begin:')) continue;
	const began = Date.now();
	try {
		await test(state);
		if (complaints.length) throw new Error(`the console says: ${complaints.splice(0).join(' | ')}`);
		console.log(`ok   ${name} (${Date.now() - began} ms)`);
	} catch (e) {
		failed++;
		complaints.length = 0;
		console.log(`FAIL ${name}\n${e.stack}`);
		const shot = process.env.SUSHUI_SHOT;
		if (shot && state.page)
			await state.page.screenshot({ path: `${shot}/${name.replace(/\W+/g, '-')}.png`, fullPage: true }).catch(() => {});
	}
	for (const note of state.notes.splice(0)) console.log(`     ${note}`);
}
await state.browser.close();
await state.server.stop();
if (failed) {
	console.log(`${failed} failed`);
	process.exit(1);
}
