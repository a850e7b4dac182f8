#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Transfers planned from tables, what is said when a table is wrong, and the way from a proposal to the facts that a dispatcher posts.
set -euo pipefail
sushui=${SUSHUI:-build/sushui}
work=$(mktemp -d "${TMPDIR:-/tmp}/sushui-plan.XXXXXX")
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
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
plan() { "$sushui" plan transfer --sites "$work/s.csv" --vehicles "$work/v.csv" --travel "$work/t.csv" --zone Asia/Shanghai "$@"; }

cat >"$work/g.csv" <<'CSV'
group,persons,class,place,ready_at,due_at,together,guardian,barrier_free,stretcher
a,3,case,x,2022-11-20T08:00,,,,,
b,2,close,y,2022-11-20T09:00,,no,,,
c,1,close,x,2022-11-20T09:00,2022-11-20T12:00,,yes,,yes
d,6,close,x,2022-11-20T09:00,,,,,
CSV
cat >"$work/s.csv" <<'CSV'
site,room,beds,place,class,ward,free_from,rooms
S,1,4,s,case,,,
S,2,2,s,,,2022-11-20T11:00,3
T,w,9,t,close other,yes,,
CSV
cat >"$work/v.csv" <<'CSV'
vehicle,seats,place,shift_from,shift_to,usable,stretcher,coach
v,5,s,2022-11-20T07:00,2022-11-20T20:00,case:3 close:2,yes,
w,10,s,2022-11-20T07:00,2022-11-21T20:00,,,yes
CSV
printf 'from,to,minutes\nx,y,20\ny,s,30\ns,t,10\nt,x,45\n' >"$work/t.csv"

plan --groups "$work/g.csv" --iterations 2000 --out "$work/plan.csv" 2>"$work/said"
[ "$(wc -l <"$work/plan.csv")" = 6 ] || fail "a head and five units: $(cat "$work/plan.csv")"
grep -q '^a,3,case,S,1,v,' "$work/plan.csv" || fail "the cases get the room of cases, and seats for three in v"
grep -q '^b/1,1,close,' "$work/plan.csv" || fail "who need not stay together is planned one by one"
grep -q '^c,2,close,.*,v,' "$work/plan.csv" || fail "the stretcher and the guardian ride in v"
grep -q '^d,6,close,.*no vehicle fits' "$work/plan.csv" || fail "six do not fit five usable seats"
grep -q 'persons without a place  *6   no plan can go below  *6   gap   0.0 %' "$work/said" || fail "$(cat "$work/said")"
plan --groups "$work/g.csv" --iterations 2000 --out "$work/again.csv" 2>/dev/null
cmp -s "$work/plan.csv" "$work/again.csv" || fail "the same seed gives another plan"
expect '理论下界' plan --groups "$work/g.csv" --iterations 10 --lang zh
expect '"bound":{"unplaced_persons":6' plan --groups "$work/g.csv" --iterations 10 --json
printf 'group,site,room,vehicle\nb/1,T,w,w\n' >"$work/f.csv"
expect 'b/1,1,close,T,w,w,' plan --groups "$work/g.csv" --fixed "$work/f.csv" --iterations 500
# nothing at night in a coach
printf 'group,persons,class,place,ready_at\nn,3,close,x,2022-11-21T02:10\n' >"$work/n.csv"
expect 'n,3,close,T,w,w,1,1,2022-11-21T05:00:00+08:00' plan --groups "$work/n.csv" --iterations 10
expect 'n,3,close,T,w,w,1,1,2022-11-21T01:20' plan --groups "$work/n.csv" --iterations 10 --night no

wrong() { # what is said, table
	printf '%b' "$2" >"$work/bad.csv"
	expect "$1" plan --groups "$work/bad.csv" --iterations 1
	if plan --groups "$work/bad.csv" --iterations 1 >/dev/null 2>&1; then fail "taken: $2"; fi
}
wrong 'line 2, persons: a whole number from 1 to 199' 'group,persons,class,place,ready_at\na,0,c,x,2022-11-20T08:00\n'
wrong 'line 2, ready_at: a time is written' 'group,persons,class,place,ready_at\na,1,c,x,yesterday\n'
wrong 'line 2, place: give a place' 'group,persons,class,place,ready_at\na,1,c,,2022-11-20T08:00\n'
wrong 'line 3, group: it stands in the table twice' 'group,persons,class,place,ready_at\na,1,c,x,2022-11-20T08:00\na,1,c,x,2022-11-20T08:00\n'
wrong 'colour: this table has no column' 'group,persons,class,place,ready_at,colour\na,1,c,x,2022-11-20T08:00,red\n'
wrong 'class: the header must name' 'group,persons,place,ready_at\na,1,x,2022-11-20T08:00\n'
wrong 'the row has 2 fields' 'group,persons,class,place,ready_at\na,1\n'
wrong 'no way is known from' 'group,persons,class,place,ready_at\na,1,c,moon,2022-11-20T08:00\n'
expect 'this table is needed' "$sushui" plan transfer --groups "$work/g.csv"
expect 'say what is to be planned' "$sushui" plan lunch
expect 'write 02-05' plan --groups "$work/g.csv" --night dark

# ---- a data folder: who waits, the proposal, the facts ----
dir=$work/county
"$sushui" init "$dir" --area 140826 --timezone Asia/Shanghai >/dev/null 2>&1
id() { printf '01848000-0000-7000-8000-%012d' "$1"; }
n=0 area=140826000000
fact() { # kind, outbreak or -, body
	n=$((n + 1))
	local o=""
	[ "$2" = - ] || o="'outbreak':'$2',"
	echo "{'id':'01848000-0000-7000-9000-$(printf %012d $n)','kind':'$1',$o'area':'$area','at':'2022-11-20T08:00:00+08:00','body':$3}" | tr "'" '"'
}
o=$(id 1) site=$(id 2)
{
	fact house.outbreak_declared - "{'outbreak':'$o','name':'November','disease':'covid19'}"
	fact house.edition_adopted - "{'outbreak':'$o','edition':'cn-covid19-9','from_at':'2022-11-01T00:00:00+08:00'}"
	area=140826105201
	fact isolation.site_opened - "{'site':'$site','name':'School','kind':'contacts','zones_ok':true}"
	for i in 1 2 3; do
		fact isolation.room_registered - "{'room':'$(id 1$i)','site':'$site','floor':1,'number':'10$i','position':$i,'side':'left','beds':2}"
		fact isolation.room_disinfected "$o" "{'room':'$(id 1$i)'}"
	done
	fact transfer.vehicle_registered - "{'vehicle':'$(id 21)','label':'Van 7','kind':'car','seats':6,'usable':3}"
	for i in 1 2 3; do
		fact transfer.requested "$o" "{'transfer':'$(id 3$i)','person':'$(id 4$i)','class':'close_contact','kind':'site'}"
		fact transfer.reviewed "$o" "{'transfer':'$(id 3$i)','accepted':true}"
	done
} >"$work/facts.jsonl"
expect '16 facts = 16 accepted' "$sushui" post "$dir" "$work/facts.jsonl"
expect 'placed' "$sushui" plan transfer "$dir"
expect '"query":"transfer.proposal"' "$sushui" plan transfer "$dir" --json
expect '3 of 3 persons placed' "$sushui" plan transfer "$dir" --facts "$work/proposal.jsonl"
[ "$(grep -c '"transfer.assigned"' "$work/proposal.jsonl")" = 3 ] || fail "three persons are assigned"
[ "$("$sushui" query "$dir" transfer.queue --json | grep -o '"state":"accepted"' | wc -l)" = 3 ] || fail "a proposal decides nothing"
expect '+ 0 refused' "$sushui" post "$dir" "$work/proposal.jsonl"
[ "$("$sushui" query "$dir" transfer.queue --json | grep -o '"state":"assigned"' | wc -l)" = 3 ] || fail "the posted facts do"
expect '0 of 0 persons placed' "$sushui" plan transfer "$dir" --facts "$work/proposal.jsonl"
echo "plan: as expected"
