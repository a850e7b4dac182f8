// SPDX-License-Identifier: Apache-2.0
// theme.js - runs before the page is drawn, so that a chosen theme does not flash. No choice = what the device asks for.
try {
	const theme = localStorage.getItem('theme');
	if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
	// a browser that keeps nothing shows the device's theme
}
