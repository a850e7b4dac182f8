#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/test_post.sh: the phone posts in a real browser in the size of a phone (Debian's Chromium, driven by playwright-core) against a real server that is
# killed and started again. Skipped, with a message, only where there is no Chromium. Run alone: SUSHUI=build/sushui tests/test_post.sh [part of a name]
set -euo pipefail
cd "$(dirname "$0")/.."
sushui=$(realpath "${SUSHUI:-build/sushui}")
chromium=${CHROMIUM:-/usr/bin/chromium}
npm=$(dirname "$sushui")/npm
[ -x "$chromium" ] || { echo "test_post: skipped, there is no $chromium (scripts/setup installs it)"; exit 0; }

# Exact versions of the tools, checked by hash; installed once, by whichever of the browser tests comes first.
mkdir -p "$npm"
(
	flock 9
	if ! cmp -s tests/web/package-lock.json "$npm/installed"; then
		cp tests/web/package.json tests/web/package-lock.json "$npm/"
		(cd "$npm" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo "test_post: npm could not install its tools" >&2; exit 1; }
		cp tests/web/package-lock.json "$npm/installed"
	fi
) 9>"$npm/lock"
(cd web/post/vendor && sha256sum --quiet -c SHA256SUMS)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$sushui" init "$work/demo" --area 140826 --timezone Asia/Shanghai --demo --json >"$work/demo.json"
"${CC:-cc}" -shared -fPIC -O1 -o "$work/later.so" tests/web/later.c -ldl
export SUSHUI="$sushui" CHROMIUM="$chromium" SUSHUI_NPM="$npm" SUSHUI_WORK="$work"
node tests/web/post.mjs "$@"
