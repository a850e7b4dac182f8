// SPDX-License-Identifier: Apache-2.0
// run.mjs - runs the browser tests one after the other on one server and prints what each shows.
import { complaints, launch, serve } from './browser.mjs';
import { access } from './access.mjs';
import { board } from './board.mjs';
import { forms } from './forms.mjs';
import { papers } from './papers.mjs';
import { screens } from './screens.mjs';
import { texts } from './texts.mjs';

const only = process.argv[2];
const server = await serve('demo');
const browser = await launch();
const state = { browser, server };
let failed = 0;
for (const [name, test] of Object.entries({ ...texts, ...board, ...forms, ...screens, ...papers, ...access })) {
	if (only && !name.includes(only) && name !== 'signs in') continue;
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
			await state.page.screenshot({ path: `${shot}/${name.replace(/\W+/g, '-')}.png`, fullPage: true });
	}
}
await browser.close();
await state.server.stop();
if (failed) {
	console.log(`${failed} failed`);
	process.exit(1);
}
