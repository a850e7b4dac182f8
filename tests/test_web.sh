#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/test_web.sh: the screens in a real browser (Debian's Chromium, driven by playwright-core) against a real server on the
# exercise village. Skipped, with a message, only where there is no Chromium. Run alone: SUSHUI=build/sushui tests/test_web.sh
set -euo pipefail
cd "$(dirname "$0")/.."
sushui=$(realpath "${SUSHUI:-build/sushui}")
chromium=${CHROMIUM:-/usr/bin/chromium}
npm=$(dirname "$sushui")/npm
[ -x "$chromium" ] || { echo "test_web: skipped, there is no $chromium (scripts/setup installs it)"; exit 0; }

# Exact versions of the tools, checked by hash; installed once.
mkdir -p "$npm"
if ! cmp -s tests/web/package-lock.json "$npm/installed"; then
	cp tests/web/package.json tests/web/package-lock.json "$npm/"
	(cd "$npm" && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo "test_web: npm could not install its tools" >&2; exit 1; }
	cp tests/web/package-lock.json "$npm/installed"
fi
echo "types:" && "$npm/node_modules/.bin/tsc" -p tests/web/tsconfig.json && echo "ok"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$sushui" init "$work/demo" --area 140826 --timezone Asia/Shanghai --demo --json >"$work/demo.json"
"$sushui" init "$work/empty" --area 140826 --timezone Asia/Shanghai --json >"$work/empty.json"
printf 'a-password-for-tests-only\n' | "$sushui" admin "$work/empty" user add first --name "First officer" --role officer --stdin >"$work/user.txt"
export SUSHUI_EMPTY_USER='{"login":"first","password":"a-password-for-tests-only"}'
export SUSHUI="$sushui" CHROMIUM="$chromium" SUSHUI_NPM="$npm" SUSHUI_WORK="$work"
if [ "${1:-}" = --shots ]; then
	node tests/web/shots.mjs "$2"
else
	node tests/web/run.mjs "$@"
fi
