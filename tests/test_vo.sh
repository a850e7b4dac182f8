#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every command of docs/walkthrough-vo.md on SQLite and on PostgreSQL, checks that each output quoted there comes out, and that
# both back ends end in the same state. Needs the published files of Vo' in $SUSHUI_SHARED/data/vo_italy_2020.
set -euo pipefail
export VO_FILES=${SUSHUI_SHARED:-../shared}/data/vo_italy_2020
if [ ! -r "$VO_FILES/persons.csv" ]; then
	echo "skipped: no files of Vo' in $VO_FILES (see docs/walkthrough-vo.md for where they come from)"
	exit 0
fi
VO_FILES=$(cd "$VO_FILES" && pwd)
sushui=${SUSHUI:-build/sushui}
root=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/sushui-vo.XXXXXX")
schema=vo_$$
has_pg=0
finish() {
	[ $has_pg -eq 0 ] || psql -q "$SUSHUI_TEST_PG" -c "DROP SCHEMA $schema CASCADE" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
export LC_ALL=C.UTF-8 VO_DB=''
mkdir "$work/bin"
ln -s "$(cd "$(dirname "$sushui")" && pwd)/$(basename "$sushui")" "$work/bin/sushui"
PATH=$work/bin:$PATH

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# The commands of the page, one file for each block.
awk -v to="$work/block" '/^```sh$/ { on = 1; file = sprintf("%s-%02d.sh", to, ++n); next } /^```$/ { on = 0 } on { print > file }' \
	docs/walkthrough-vo.md
[ -f "$work/block-10.sh" ] || fail "the page has fewer blocks of commands than expected"

# walk FOLDER [KEYS]: runs the page in FOLDER; KEYS: the keyring of another run takes the place of the new one, so that
# texts of the files become the same ids.
walk() {
	local dir=$1 keys=${2:-} block
	mkdir "$dir"
	ln -s "$root/scripts" "$dir/scripts"
	for block in "$work"/block-*.sh; do
		(cd "$dir" && bash -euo pipefail "$block") >>"$dir/log" 2>&1 || {
			tail -20 "$dir/log" >&2
			fail "$(head -3 "$block")"
		}
		if [ -n "$keys" ] && [ -f "$dir/vo/keyring" ] && [ ! -f "$dir/keys-replaced" ]; then
			cp "$keys/keyring" "$keys/keyring.key" "$dir/vo/"
			touch "$dir/keys-replaced"
		fi
	done
	# every indented line of the page is output of its commands
	while IFS= read -r line; do
		grep -qxF -- "$line" "$dir/log" || fail "the page shows a line that did not come out: $line"
	done < <(sed -n 's/^    //p' docs/walkthrough-vo.md)
}

# number FOLDER FIELD: the number behind "FIELD": in the JSON on standard input
number() {
	grep -o "\"$1\":[0-9]*" | head -1 | cut -d: -f2
}
expect() {
	[ "$2" = "$3" ] || fail "$1: expected $2, got $3"
	echo "$1: $3"
}

check() {
	local dir=$1 coverage duties
	coverage=$(cd "$dir" && sushui query vo testing.coverage --ids text campaign=survey-1 round=1 --json)
	expect "first survey: registered" 2900 "$(number registered <<<"$coverage")"
	expect "first survey: sampled" 2812 "$(number sampled <<<"$coverage")"
	expect "first survey: missed" 88 "$(number missing <<<"$coverage")"
	coverage=$(cd "$dir" && sushui query vo testing.coverage --ids text campaign=survey-2 round=1 --json)
	expect "second survey: sampled" 2343 "$(number sampled <<<"$coverage")"
	expect "second survey: missed and deceased" 557 "$(($(number missing <<<"$coverage") + $(number excused <<<"$coverage")))"
	duties=$(cd "$dir" && sushui duties vo --counts --json)
	expect "duties to open a case, done" 131 "$(grep -o '"kind":"tracing.open_case"[^}]*' <<<"$duties" | number "done")"
	expect "duties to open a case, open" 0 "$(grep -o '"kind":"tracing.open_case"[^}]*' <<<"$duties" | number "open")"
	expect "cases" 80 "$(cd "$dir" && sushui query vo tracing.cases limit=1000 --json | grep -o '"found_by"' | wc -l)"

	# each contact with an order is in the list of contacts, and nobody else
	(cd "$dir" && sushui id vo person <vo-csv/contacts.txt) | cut -f2 | sort >"$work/ordered"
	(cd "$dir" && sushui export vo tracing.contacts --out - 2>/dev/null) | tail -n +2 | cut -d, -f1 | sort >"$work/contacts"
	diff "$work/ordered" "$work/contacts" >/dev/null || fail "the contacts are not those of the orders"
	expect "contacts" 160 "$(wc -l <"$work/contacts")"
	# those running have a call for every day that has one: 14 days each, unless the order came after the first of them
	local running checks
	running=$(cd "$dir" && sushui export vo tracing.contacts state=running --out - 2>/dev/null | tail -n +2 | wc -l)
	checks=$(grep -o '"kind":"tracing.check"[^}]*' <<<"$duties" | number open)
	expect "contacts under the regimen" 126 "$running"
	expect "calls due, 14 for each" $((126 * 14)) "$checks"

	# the household of each case is proposed from the register
	local id household
	(cd "$dir" && tail -n +2 vo-csv/cases.csv | cut -d, -f1 | head -12) | while read -r id; do
		household=$(cd "$dir" && awk -F, -v id="$id" '{ h[$1] = $2; n[$2]++ } END { print n[h[id]] - 1 }' vo-csv/persons.csv)
		proposed=$(cd "$dir" && sushui query vo tracing.proposals --ids text case="$id" limit=1000 --json | grep -o '"via":"household"' | wc -l)
		[ "$household" -eq "$proposed" ] || fail "household of $id: $household others, $proposed proposed"
	done
}

echo "== SQLite"
walk "$work/sqlite"
check "$work/sqlite"
if [ -z "${SUSHUI_TEST_PG:-}" ]; then
	echo "PostgreSQL skipped: SUSHUI_TEST_PG is not set"
	exit 0
fi
echo "== PostgreSQL"
psql -q "$SUSHUI_TEST_PG" -c "CREATE SCHEMA $schema" || fail "no schema on PostgreSQL"
has_pg=1
case $SUSHUI_TEST_PG in *\?*) joint='&' ;; *) joint='?' ;; esac
export VO_DB="--db ${SUSHUI_TEST_PG}${joint}options=-csearch_path%3D$schema"
walk "$work/postgres" "$work/sqlite/vo"
check "$work/postgres"
expect "digest of both" "$(tail -1 "$work/sqlite/log")" "$(tail -1 "$work/postgres/log")"
