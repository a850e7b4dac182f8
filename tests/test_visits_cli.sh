#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Stays from a file, a case, its trace, signing many at once, retention and erasure, all from the command line.
set -euo pipefail
sushui=${SUSHUI:-build/sushui}
work=$(mktemp -d "${TMPDIR:-/tmp}/sushui-visits.XXXXXX")
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
dir=$work/county
fail() {
	echo "FAILED: $*" >&2
	exit 1
}
expect() { # what is expected, command ...
	local want=$1 out
	shift
	out=$("$@" 2>&1) || true
	grep -qF -- "$want" <<<"$out" || fail "expected '$want' from: $* -- got: $out"
}

"$sushui" init "$dir" --area 140826 --timezone Asia/Shanghai >/dev/null 2>&1
# P1 is the case; P2 .. P9 are with it for 60, 55, ... minutes at L1; P10 comes when it has long left; one row is no stay
{
	echo person,place,t_in,t_out
	echo P1,L1,2022-11-05T08:00:00+08:00,2022-11-05T09:00:00+08:00
	for i in 2 3 4 5 6 7 8 9; do
		echo "P$i,L1,2022-11-05T08:$(printf %02d $((5 * (i - 2)))):00+08:00,2022-11-05T09:00:00+08:00"
	done
	echo P10,L1,2022-11-05T12:00:00+08:00,2022-11-05T13:00:00+08:00
	echo P1,L1,2022-11-06T08:00:00+08:00,2022-11-05T09:00:00+08:00
} >"$work/scans.csv"
expect '11 rows = 10 accepted + 1 rejected' "$sushui" import-visits "$dir" "$work/scans.csv" --ids text --dry-run
[ ! -e "$dir/visits/140826/MANIFEST" ] || [ "$("$sushui" query "$dir" tracing.visit_loads --json | grep -c scans)" = 0 ] || fail "a dry run left a fact"
expect '11 rows = 10 accepted + 1 rejected' "$sushui" import-visits "$dir" "$work/scans.csv" --ids text
expect 'leaving comes before entering' cat "$work/scans.csv.errors.csv"
expect 'loaded before' "$sushui" import-visits "$dir" "$work/scans.csv" --ids text
[ "$("$sushui" query "$dir" tracing.visit_loads --json | grep -o '"rows":11' | wc -l)" = 1 ] || fail "the same file twice is one load"

person=$("$sushui" id "$dir" person P1 | cut -f2)
outbreak=01848000-0000-7000-8000-000000000001 case=01848000-0000-7000-8000-000000000002
at=2022-11-07T08:00:00+08:00
{
	echo "{'id':'01848000-0000-7000-9000-000000000001','kind':'house.outbreak_declared','area':'140826000000','at':'$at','body':{'outbreak':'$outbreak','name':'November','disease':'covid19'}}"
	echo "{'id':'01848000-0000-7000-9000-000000000002','kind':'house.edition_adopted','area':'140826000000','at':'$at','body':{'outbreak':'$outbreak','edition':'cn-covid19-9','from_at':'2022-11-01T00:00:00+08:00'}}"
	echo "{'id':'01848000-0000-7000-9000-000000000003','kind':'tracing.case_opened','outbreak':'$outbreak','area':'140826000000','at':'$at','body':{'case':'$case','person':'$person','class':'confirmed','found_by':'clinic','onset_at':'2022-11-06T08:00:00+08:00','sampled_at':'2022-11-06T09:00:00+08:00'}}"
} | tr "'" '"' >"$work/facts.jsonl"
expect '3 facts = 3 accepted' "$sushui" post "$dir" "$work/facts.jsonl"
expect '8 rows' "$sushui" query "$dir" tracing.trace "case=$case" --lang en
expect '9 rows' "$sushui" query "$dir" tracing.venue_check place=L1 from=2022-11-05T08:00:00+08:00 until=2022-11-05T09:00:00+08:00 --ids text --lang en
expect '"hop1":8' "$sushui" query "$dir" tracing.what_if min_minutes=15 --json
expect '"hop1":4' "$sushui" query "$dir" tracing.what_if min_minutes=45 linger_minutes=0 --json

# an hour together scores 543 (hours + exposures / 8), 25 minutes less
score=$("$sushui" query "$dir" tracing.trace "case=$case" --json | grep -o '"score":[0-9]*' | cut -d: -f2 | sort -rn | sed -n 4p)
expect 'dry run: 4 persons would be signed, 4 have a lower score' "$sushui" sign "$dir" $case --at 2022-11-07T10:00:00+08:00 --tier close_contact --min-score "$score" --reason 'same hall' --dry-run
expect '8 proposed = 4 signed + 0 refused + 4 with a lower score' "$sushui" sign "$dir" $case --at 2022-11-07T10:00:00+08:00 --tier close_contact --min-score "$score" --reason 'same hall'
expect '4 proposed = 0 signed' "$sushui" sign "$dir" $case --at 2022-11-07T10:00:00+08:00 --tier close_contact --min-score "$score" --reason 'same hall'
[ "$("$sushui" query "$dir" tracing.contacts "case=$case" --json | grep -o '"state":"running"' | wc -l)" = 4 ] || fail "four contacts are under the regimen"
"$sushui" duties "$dir" kind=tracing.transfer --json | grep -q tracing.transfer || fail "a signed contact has to be moved"
expect 'no tier of that name' "$sushui" sign "$dir" $case --at 2022-11-07T10:00:00+08:00 --tier nonsense --reason 'same hall'

# the second hop: P11 met P2, who is signed, P12 met P9, who is not
{
	echo person,place,t_in,t_out
	for i in 2 11; do echo "P$i,L2,2022-11-06T10:00:00+08:00,2022-11-06T11:00:00+08:00"; done
	for i in 9 12; do echo "P$i,L3,2022-11-06T10:00:00+08:00,2022-11-06T11:00:00+08:00"; done
} >"$work/later.csv"
expect '4 rows = 4 accepted' "$sushui" import-visits "$dir" "$work/later.csv" --ids text
later=(--at 2022-11-07T10:30:00+08:00 --hop 2 --tier secondary_contact --reason 'same table')
expect '1 wait until the contact between is signed' "$sushui" sign "$dir" $case "${later[@]}" --dry-run
expect '1 proposed = 1 signed + 0 refused' "$sushui" sign "$dir" $case "${later[@]}"
expect '0 proposed = 0 signed' "$sushui" sign "$dir" $case "${later[@]}"
eleven=$("$sushui" id "$dir" person P11 | cut -f2)
"$sushui" query "$dir" tracing.contacts "case=$case" --json | grep -o "{[^{}]*${eleven}[^{}]*}" | grep -q secondary_contact || fail "P11 is a contact of a contact"

expect '"loaded":14,"recorded":0,' "$sushui" query "$dir" tracing.retention --json
expect '"dropped_before":null,"proposed_before":"2022-10-30","days":31,"edition":"cn-covid19-9"' "$sushui" query "$dir" tracing.retention --now 2022-11-30 --json
# a backup is whole
expect 'facts copied' "$sushui" admin "$dir" backup "$work/copy" --keys "$work/keys"
cp "$work"/keys/keyring* "$work/copy/"
expect 'the tables are as before' "$sushui" rebuild "$work/copy"
expect '9 rows' "$sushui" query "$work/copy" tracing.venue_check place=L1 from=2022-11-05T08:00:00+08:00 until=2022-11-05T09:00:00+08:00 --ids text --lang en
cmp "$dir/visits/140826/ids" "$work/copy/visits/140826/ids" || fail "the numbers of the copy are others"

# an erasure and the end of retention reach the folder before the command ends
second=$("$sushui" id "$dir" person P2 | cut -f2)
echo "{'id':'01848000-0000-7000-9000-000000000004','kind':'house.subject_erased','area':'140826000000','at':'$at','body':{'subject':'$second','rule':'request'}}" |
	tr "'" '"' >"$work/erase.jsonl"
expect '1 accepted' "$sushui" post "$dir" "$work/erase.jsonl"
expect '8 rows' "$sushui" query "$dir" tracing.venue_check place=L1 from=2022-11-05T08:00:00+08:00 until=2022-11-05T09:00:00+08:00 --ids text --lang en
expect 'the data of this person were erased' sh -c "'$sushui' import-visits '$dir' '$work/scans.csv' --ids text; cat '$work/scans.csv.errors.csv'"
echo "{'id':'01848000-0000-7000-9000-000000000005','kind':'tracing.visits_dropped','area':'140826000000','at':'2022-12-01T08:00:00+08:00','body':{'before':'2022-11-07','rule':'look-back of the protocol'}}" |
	tr "'" '"' >"$work/drop.jsonl"
expect '1 accepted' "$sushui" post "$dir" "$work/drop.jsonl"
[ -z "$(find "$dir/visits" -name '*.vis')" ] || fail "a dropped day is still in the folder"
expect '0 rows' "$sushui" query "$dir" tracing.venue_check place=L1 from=2022-11-05T08:00:00+08:00 until=2022-11-05T09:00:00+08:00 --ids text --lang en
expect 'the books agree' "$sushui" audit "$dir"
expect 'the tables are as before' "$sushui" rebuild "$dir"
echo "passed"
