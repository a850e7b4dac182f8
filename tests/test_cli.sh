#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command of the program from outside: what it prints, what it leaves, its exit code. SUSHUI_CLI_ROWS (100000) is the size of
# the large import; a million takes about a minute.
set -euo pipefail
sushui=${SUSHUI:-build/sushui}
sushui=$(cd "$(dirname "$sushui")" && pwd)/$(basename "$sushui")
root=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/sushui-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
unset LANG LC_MESSAGES
locale=C.UTF-8
cd "$work"
out=$work/.out
err=$work/.err
failures=0

fail() {
	echo "FAILED: $*" >&2
	sed 's/^/    out: /' "$out" | head -20 >&2
	sed 's/^/    err: /' "$err" | head -20 >&2
	failures=$((failures + 1))
}
# run CODE WORD...: runs sushui and expects the exit code
run() {
	local want=$1 got=0
	shift
	env LC_ALL="$locale" "$sushui" "$@" >"$out" 2>"$err" </dev/null || got=$?
	[ "$got" -eq "$want" ] || fail "sushui $*: exit code $got, expected $want"
}
# feed CODE TEXT WORD...: the same with standard input
feed() {
	local want=$1 text=$2 got=0
	shift 2
	printf '%b' "$text" | "$sushui" "$@" >"$out" 2>"$err" || got=$?
	[ "$got" -eq "$want" ] || fail "sushui $*: exit code $got, expected $want"
}
says() { grep -qF -- "$1" "$out" || fail "not on standard output: $1"; }
tells() { grep -qF -- "$1" "$err" || fail "not on standard error: $1"; }
same() { [ "$2" = "$3" ] || fail "$1: expected $2, got $3"; }
digest() { "$sushui" digest "$@"; }
new() { run 0 init "$1" --area 140826 --timezone Asia/Shanghai; }
step() { echo "-- $*"; }

step "help in both languages, with an example for each command"
run 0 help
says "Exit codes: 0 done; 1 refused"
sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' "$out" >.commands
while read -r name; do
	for lang in en zh; do
		run 0 "$name" --help --lang $lang
		cp "$out" .help
		says "sushui $name"
		[ "$(grep -c "^ *\(usage: \)\?sushui $name" "$out")" -ge 2 ] || fail "$name: no example in the help ($lang)"
		run 0 help "$name" --lang $lang
		cmp -s "$out" .help || fail "help $name and $name --help differ"
	done
done <.commands
[ "$(wc -l <.commands)" -ge 18 ] || fail "few commands: $(wc -l <.commands)"
run 0
says "sushui COMMAND"
run 0 --version
run 2 frobnicate
tells "there is no such command"
tells "sushui help"
run 2 help frobnicate
if grep -qF "help help" "$err"; then fail "help frobnicate sends to help help"; fi
run 2 query --frob
run 2 verify
tells "expected: sushui verify DIR"
run 2 verify a b
run 2 init a --area 140826 --timezone
run 2 digest a --by-id=1
locale=zh_CN.UTF-8
run 2 verify
locale=C.UTF-8
tells "帮助：sushui help verify"
run 0 help --lang zh
says "退出码"

step "data folders"
run 2 init a --timezone Asia/Shanghai
tells "--area"
run 2 init a --area 14x826 --timezone Asia/Shanghai
run 1 init a --area 140826 --timezone Mars/Olympus
run 2 init a --area 140826 --timezone Asia/Shanghai --db mysql://db.example/sushui
run 2 init a --area 14 --timezone Asia/Shanghai
[ ! -e a ] || fail "a refused init left something"
new a
says "a/keyring.key"
same "mode of the key" 600 "$(stat -c %a a/keyring.key)"
same "mode of the ledger" 600 "$(stat -c %a a/ledger.db)"
run 1 init a --area 140826 --timezone Asia/Shanghai
tells "data folder already"
mkdir other && touch other/x
run 1 init other --area 140826 --timezone Asia/Shanghai
same "what stood there" x "$(ls other)"
mkdir empty
new empty
run 1 verify nowhere
tells "this is no data folder"
cp a/config .config
printf 'colour = red\n' >>a/config
run 1 verify a
tells "config:6"
printf 'area 140826\n' >a/config
run 1 verify a
printf 'area = 140826\n' >a/config
run 1 verify a
tells "timezone and database must be given"
cp .config a/config
run 0 verify a
says "0 facts in 0 chains"
run 2 init b --area 140826 --timezone Asia/Shanghai --demo --at yesterday
run 2 init b --area 140826 --timezone Asia/Shanghai --seed 3
run 3 init b --area 140826 --timezone Asia/Shanghai --db postgresql://nobody@127.0.0.1:1/nothing
run 3 init no/such/b --area 140826 --timezone Asia/Shanghai
same "what failed inits left" "" "$(find . -name 'b*' -maxdepth 1)"

step "one writer at a time, readers beside it"
(exec 9<>a/lock; flock 9; echo locked >.locked; exec sleep 30) &
holder=$!
until [ -s .locked ]; do sleep 0.05; done
run 3 rebuild a
tells "writes in this folder"
run 0 verify a
kill $holder
wait $holder 2>/dev/null || true
run 0 rebuild a

step "the exercise village"
run 0 init demo --area 140826 --timezone Asia/Shanghai --demo --seed 7 --at 2022-11-20T21:00
says "officer"
run 0 init again --area 140826 --timezone Asia/Shanghai --demo --seed 7 --at 2022-11-20T21:00 --json
says '"login":"officer"'
same "the same seed" "$(digest demo)" "$(digest again)"
run 0 init another --area 140826 --timezone Asia/Shanghai --demo --seed 8 --at 2022-11-20T21:00
[ "$(digest demo)" != "$(digest another)" ] || fail "another seed gives the same village"
run 0 query demo house.outbreaks --json
says '"exercise":true'
run 0 query demo testing.reconciliation --json --now 2022-11-20T21:00
for stage in opened closed sent received plated reported lost; do
	n=$(grep -o "\"$stage\":[0-9]*" "$out" | head -1 | cut -d: -f2)
	[ "${n:-0}" -gt 0 ] || fail "the village has no tube $stage"
done
run 0 query demo testing.positives --json
same "positive pools" 1 "$(grep -o '"tube":' "$out" | wc -l)"
run 0 duties demo --counts
says tracing.transfer
run 1 duties demo kind=testing.nothing
tells "no duty of that kind"
run 1 duties demo --area 110105
tells "this folder is for 140826000000"
run 1 id demo ghost x
tells "no fact has such a thing"
run 0 id demo person x
run 0 duties demo overdue=1 limit=3 --now 2022-11-20T21:00
tells "there may be more"
campaign=$("$sushui" query demo testing.campaigns --json | grep -o '"campaign":"[^"]*' | cut -d'"' -f4)
run 0 missing demo --campaign "$campaign" --round 1 --json
n=$(grep -o '"person":' "$out" | wc -l)
[ "$n" -gt 20 ] || fail "few persons are missing: $n"
run 0 export demo testing.missing --out missing.csv campaign="$campaign" round=1
same "exported rows" $((n + 1)) "$(wc -l <missing.csv)"

step "queries"
run 0 query
says testing.coverage
run 1 query demo testing.nope
tells "no query of that name"
run 1 query demo testing.missing
run 1 query demo testing.tubes colour=red
tells "takes no such argument"
run 1 query demo testing.tubes --area 1408x6
run 0 query demo testing.tubes --area 140826100200 --limit 2
same "rows" 3 "$(wc -l <"$out")"
locale=zh_CN.UTF-8
run 0 query demo testing.tubes limit=1
locale=C.UTF-8
says 管码
run 2 export demo testing.tubes
run 1 export demo testing.nope --out x.csv
run 3 export demo testing.tubes --out no/such/folder.csv
[ ! -e x.csv ] || fail "a refused export left a file"
"$sushui" kinds >/dev/full 2>"$err" && fail "a full disk is no success"

step "templates of all kinds can be imported as they are"
"$sushui" kinds --json | grep -o '"kind":"[^"]*' | cut -d'"' -f4 >.kinds
while read -r kind; do
	for lang in en zh; do
		run 0 template "$kind" --lang $lang
		cp "$out" template.csv
		run 0 import demo "$kind" template.csv
		says "0 rows = 0 accepted + 0 refused + 0 there already"
	done
done <.kinds
[ "$(wc -l <.kinds)" -gt 30 ] || fail "few kinds: $(wc -l <.kinds)"
run 1 template people.nope

step "import: every row accounted for"
cat >persons.csv <<'CSV'
person,household,name,birth_year,sex
p1,h1,Anna,1950,female
p2,h1,Bert,1951,male
p3,h2,,1951,male
p4,h2,Carl,195x,male
p5,h2,Dora,1960,female,extra
p1,h1,Anna,1950,female
p6,h3,"=cmd, x",1970,other
CSV
before=$(digest a)
run 1 import a people.person_registered persons.csv --at 2022-11-01 --ids text --dry-run
says "7 rows = 3 accepted + 3 refused + 1 there already"
same "after a dry run" "$before" "$(digest a)"
run 0 verify a
says "0 facts in 0 chains"
run 1 import a people.person_registered persons.csv --at 2022-11-01 --ids text
says "7 rows = 3 accepted + 3 refused + 1 there already"
sed '1s/^\xEF\xBB\xBF//; s/\r$//' persons.csv.errors.csv >.sheet
same "heading of the sheet" "person,household,name,birth_year,sex,line,code,field,rule" "$(head -1 .sheet)"
same "a refused row" 'p4,h2,Carl,195x,male,5,bad_value,birth_year,a whole number is expected' "$(sed -n 3p .sheet)"
grep -q '^p5,h2,Dora,1960,female,6,bad_csv,,"the row has 6 columns, the heading has 5",extra$' .sheet || fail "a cell of a refused row is lost"
# the sheet, put right, is imported
sed '1s/.*/person,household,name,birth_year,sex,line,code,field,rule/; s/195x/1951/; /^p3/d; /^p5/d' .sheet >fixed.csv
run 0 import a people.person_registered fixed.csv --at 2022-11-01 --ids text --map line=- --map code=- --map field=- --map rule=-
says "1 rows = 1 accepted + 0 refused + 0 there already"
locale=zh_CN.UTF-8
run 1 import a people.person_registered persons.csv --at 2022-11-01 --ids text --errors sheet.csv
locale=C.UTF-8
says "7 行 = 接收 0 + 拒绝 3 + 已存在 4"
grep -q 缺少必填字段 sheet.csv || fail "the sheet is not in Chinese"
run 1 import a people.person_registered persons.csv --at 2022-11-01 --ids text --json
says '"rows":7,"accepted":0,"refused":3,"duplicates":4'
run 1 import a people.person_registered persons.csv --at 2022-11-01 --ids text --errors persons.csv
tells "cannot be the file itself"
same "the file itself" 8 "$(wc -l <persons.csv)"
run 1 import a people.person_registered persons.csv --at 2022-11-01
says "7 rows = 0 accepted + 7 refused"
says "a UUID is expected"
run 1 import a people.household_registered persons.csv --at 2022-11-01 --ids text
tells "people.household_registered has no such field"
tells '--map "person=FIELD"'
run 1 import a people.household_registered persons.csv --at 2022-11-01 --ids text --map person=- --map name=building --map sex=- \
	--map birth_year=- --dry-run
says "7 rows = 5 accepted + 1 refused + 1 there already"
run 1 import a people.person_registered persons.csv --ids text
tells "--at"
run 1 import a people.person_registered persons.csv --at 2022-11-01 --map nothing=name
tells "a column that the file does not have"
run 1 import a people.person_registered persons.csv --at 2022-11-01 --map birth_year=name
tells "two columns are name"
run 1 import a people.nope persons.csv
run 3 import a people.person_registered nowhere.csv --at 2022-11-01
: >nothing.csv
run 1 import a people.person_registered nothing.csv --at 2022-11-01
tells "the file is empty"
feed 0 'person,household,name\nq1,h9,Eve\n' import a people.person_registered - --at 2022-11-01 --ids text
says "1 rows = 1 accepted"

step "ids given twice"
id=0190a5a0-0000-7000-8000-000000000001
feed 1 "id,place,name,type\n$id,m1,Market,market\n$id,m1,Market,market\n$id,m2,Other,market\n" \
	import a people.place_registered - --at 2022-11-01 --ids text
says "3 rows = 1 accepted + 1 refused + 1 there already"
says id_reused

step "encodings"
printf 'place,name,type\nk1,演练集市𠮷,market\nk2,绛县中学,school\n' >utf8.csv
new enc
run 0 import enc people.place_registered utf8.csv --at 2022-11-01 --ids text
for code in GB18030 UTF-16; do
	iconv -f UTF-8 -t $code utf8.csv >coded.csv
	run 0 import enc people.place_registered coded.csv --at 2022-11-01 --ids text
	says "2 rows = 0 accepted + 0 refused + 2 there already"
done
run 0 query enc people.places
says 演练集市𠮷
printf 'place,name,type\nk3,bad \xff\xfe byte,market\nk4,good,market\n' >damaged.csv
run 1 import enc people.place_registered damaged.csv --at 2022-11-01 --ids text
says "2 rows = 1 accepted + 1 refused"
says bad_text

step "files cut off"
printf 'place,name,type\nc1,one,market\nc2,two,market\nc3,"thr' >cut.csv
run 1 import enc people.place_registered cut.csv --at 2022-11-01 --ids text
says "3 rows = 2 accepted + 1 refused"
says "THE FILE IS CUT OFF"
printf 'place,name,type\nd1,one,market\nd2,tw' >cut.csv
run 1 import enc people.place_registered cut.csv --at 2022-11-01 --ids text
says "2 rows = 1 accepted + 1 refused"
says "the last line has no line end"
run 0 import enc people.place_registered utf8.csv --at 2022-11-01 --ids text
grep -q "no line end" "$out" && fail "a whole file is called cut"

step "a large file with one broken row in a hundred"
rows=${SUSHUI_CLI_ROWS:-100000}
awk -v n="$rows" 'BEGIN {
	print "person,household,name,birth_year,sex"
	for (i = 1; i <= n; i++) {
		bad = i % 100 ? 0 : 1 + i / 100 % 4
		if (bad == 3) { print "p" i ",h" int(i / 3) ",Name " i; continue }
		print "p" i ",h" int(i / 3) "," (bad == 4 ? "" : "Name " i) "," (bad == 1 ? "19x5" : 1930 + i % 80) "," (bad == 2 ? "f" : "male")
	}
}' >large.csv
new large
started=$(date +%s%N)
run 1 import large people.person_registered large.csv --ids text --at 2022-11-01
echo "$rows rows in $((($(date +%s%N) - started) / 1000000)) ms"
says "$rows rows = $((rows - rows / 100)) accepted + $((rows / 100)) refused + 0 there already"
same "rows of the sheet" $((rows / 100 + 1)) "$(wc -l <large.csv.errors.csv)"
tail -n +2 large.csv.errors.csv | cut -d, -f1 | sort >.refused
awk -v n="$rows" 'BEGIN { for (i = 100; i <= n; i += 100) print "p" i }' | sort | cmp -s - .refused || fail "other rows were refused"
run 0 verify large
says "$((rows - rows / 100)) facts in 1 chains"
run 1 import large people.person_registered large.csv --ids text --at 2022-11-01
says "$rows rows = 0 accepted + $((rows / 100)) refused + $((rows - rows / 100)) there already"
run 0 query large people.register_count --json
says "\"persons\":$((rows - rows / 100))"

step "an import that is killed goes on where it was"
new killed
"$sushui" import killed people.person_registered large.csv --ids text --at 2022-11-01 >/dev/null 2>&1 &
importer=$!
until "$sushui" query killed house.facts limit=1 --json 2>/dev/null | grep -q '"seq"' || ! kill -0 $importer 2>/dev/null; do sleep 0.05; done
kill -9 $importer 2>/dev/null || true
wait $importer 2>/dev/null || true
run 0 verify killed
kept=$(cut -d' ' -f1 "$out" | head -1)
[ "$kept" -gt 0 ] || fail "nothing was kept of $rows rows"
run 1 import killed people.person_registered large.csv --ids text --at 2022-11-01
says "$rows rows = $((rows - rows / 100 - kept)) accepted + $((rows / 100)) refused + $kept there already"
run 0 query killed people.register_count --json
says "\"persons\":$((rows - rows / 100))"
run 0 rebuild killed
says "as before"

step "facts out and in"
new open
run 0 import open people.place_registered utf8.csv --at 2022-11-01 --ids text
run 0 facts open
cp "$out" open.jsonl
same "facts" 2 "$(wc -l <open.jsonl)"
same "chained" "$(sed -n 1p open.jsonl | grep -o '"hash":"[^"]*' | cut -d'"' -f4)" "$(sed -n 2p open.jsonl | grep -o '"prev":"[^"]*' | cut -d'"' -f4)"
run 0 facts open --after 1
same "facts after the first" "$(sed -n 2p open.jsonl)" "$(cat "$out")"
new copy
run 0 post copy open.jsonl
says "2 facts = 2 accepted + 0 refused + 0 there already"
same "state" "$(digest open --by-id)" "$(digest copy --by-id)"
run 0 post copy open.jsonl --json
says '"lines":2,"accepted":0,"refused":0,"duplicates":2'
feed 1 '{"id":1}\nnot json\n\n{"id":"0190a5a0-0000-7000-8000-000000000009","kind":"people.place_registered","area":"140826000000","at":"2022-11-01T00:00:00+08:00","body":{"place":"0190a5a0-0000-7000-8000-00000000000a","name":"x","type":"market","colour":"red"}}\n' post copy -
says "3 facts = 0 accepted + 3 refused"
tells "line 4"
tells "/body/colour"
run 0 facts demo
grep -c '"sealed"' "$out" >/dev/null || fail "no sealed facts"
grep -q '演练人员001' "$out" && fail "a name stands open among the facts"

step "verify, rebuild, audit"
run 0 verify demo --json
says '"bad_seq":0'
run 0 rebuild demo
says "as before"
run 0 audit demo --json
says '"agree":true'
cp -r demo tampered
LC_ALL=C sed -i 's/Exercise Market/Exercise Markup/g' tampered/ledger.db
run 1 verify tampered
tells "county 140826 fact"

step "users, erasure, backup"
run 0 admin a user add li.wei --name "Li Wei" --role tracer
says "password: "
run 1 admin a user add li.wei --role tracer
run 1 admin a user add x.y --role king
tells "one of these is expected"
run 1 admin a user add Bad.Login --role tracer
run 1 admin a user add root --role system_admin --role auditor
feed 0 'correct horse battery\n' admin a user passwd li.wei --stdin
feed 1 'short\n' admin a user passwd li.wei --stdin
run 0 admin a user suspend li.wei
run 0 admin a user list --json
says '"suspended":true'
run 0 admin a user add li.wei --name "Li Wei" --role tracer
run 0 admin a user list --json
says '"suspended":false'
run 1 admin a user passwd nobody
run 2 admin a user
run 2 admin a frob
run 1 admin a erase p1 --entity person
tells "--rule"
run 1 admin a erase p77 --entity person --rule "retention ended"
run 1 admin a erase p1 --entity person --rule no
tells "four characters"
run 0 admin a backup before --keys before-keys
run 0 admin a erase p1 --entity person --rule "retention ended"
says "can no longer be read"
run 0 verify a
run 0 rebuild a
says "as before"
run 0 admin a backup after --keys after-keys
run 1 admin a backup before
tells "it is there already"
run 0 admin a reshred
says "0 were found alive"
# a restore: ledger of today with the keys of before the erasure
new restored
rm -f restored/ledger.db* restored/keyring*
mkdir a/protocols && sed 's/^id: .*/id: own-9/' "$root/protocols/cn-covid19-9.yaml" >a/protocols/own.yaml
run 0 admin a backup today
cmp a/protocols/own.yaml today/protocols/own.yaml || fail "the backup lacks the folder's own protocol file"
rm -r a/protocols
cp -r today/* restored/
cp before-keys/* restored/
run 0 admin restored reshred
run 0 audit restored
same "restored" "$(digest a)" "$(digest restored)"

step "protocols, kinds, pages"
run 0 protocols
says cn-covid19-9
run 0 protocols "$root/protocols/mers.yaml"
says "line "
sed 's/days: 14/days: many/' "$root/protocols/mers.yaml" >broken.yaml
run 1 protocols broken.yaml
tells "broken.yaml:"
run 0 kinds testing.swab_taken --lang zh
says 被采样人
run 1 kinds testing.nope
(cd "$root" && scripts/docs --check "$sushui") || fail "pages are stale"

step "serve"
run 0 init served --area 140826 --timezone Asia/Shanghai --demo --json
password=$(grep -o '"login":"officer","password":"[^"]*' "$out" | cut -d'"' -f8)
run 2 serve served --port 70000
run 2 serve served --cert chain.pem
tells "--key"
run 1 serve nowhere
: >serve.log
"$sushui" serve served --port 0 >serve.log 2>serve.err &
server=$!
listening() {
	until grep -q listening serve.log; do
		kill -0 $server 2>/dev/null || { fail "the server does not start: $(cat serve.err)"; break; }
		sleep 0.05
	done
	url=$(sed -n 's/^listening on //p' serve.log)
}
listening
curl -s -H 'Content-Type: application/json' -d "{\"login\":\"officer\",\"password\":\"$password\"}" "$url/api/sign-in" >"$out"
grep -qF "$("$sushui" query served people.users --json | grep -o '"user":"[^"]*","login":"officer"' | cut -d'"' -f4)" "$out" ||
	fail "the printed password does not sign in"
run 3 import served people.person_registered persons.csv --at 2022-11-01 --ids text
tells "process $server writes in this folder"
run 0 verify served
run 0 duties served --counts
run 0 admin served backup served-copy --keys served-keys
token=$(curl -s -H 'Content-Type: application/json' -d "{\"login\":\"officer\",\"password\":\"$password\",\"bearer\":true}" \
	"$url/api/sign-in" | grep -o '"token":"[^"]*' | cut -d'"' -f4)
status() { curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$url/api/me"; }
same "signed in" 200 "$(status)"
kill -TERM $server
wait $server || fail "the server ends with $?"
run 0 audit served
# a new password is given because the old one may be known: who signed in with the old one is out
run 0 admin served user passwd officer
: >serve.log
"$sushui" serve served --port 0 >serve.log 2>serve.err &
server=$!
listening
same "the session of the old password" 401 "$(status)"
kill -TERM $server
wait $server || fail "the server ends with $?"

step "texts as ids"
same "the same text" "$("$sushui" id a person p1 | cut -f2)" "$(printf 'p1\n' | "$sushui" id a person | cut -f2)"
[ "$("$sushui" id a person p1)" != "$("$sushui" id a household p1)" ] || fail "a person and a household have one id"
[ "$("$sushui" id a person p1)" != "$("$sushui" id enc person p1)" ] || fail "two folders have one id"

if [ -n "${SUSHUI_TEST_PG:-}" ]; then
	step "the village on PostgreSQL"
	schema=cli_$$
	trap 'psql -q "$SUSHUI_TEST_PG" -c "DROP SCHEMA IF EXISTS $schema CASCADE" 2>/dev/null; rm -rf "$work"' EXIT
	psql -q "$SUSHUI_TEST_PG" -c "CREATE SCHEMA $schema"
	case $SUSHUI_TEST_PG in *\?*) joint='&' ;; *) joint='?' ;; esac
	run 0 init pg --area 140826 --timezone Asia/Shanghai --demo --seed 7 --at 2022-11-20T21:00 \
		--db "$SUSHUI_TEST_PG${joint}options=-csearch_path%3D$schema"
	same "state on both" "$(digest demo)" "$(digest pg)"
	run 1 init pg-too --area 140826 --timezone Asia/Shanghai --db "$SUSHUI_TEST_PG${joint}options=-csearch_path%3D$schema"
	tells "it holds facts already"
	run 0 verify pg
	run 0 rebuild pg
	run 0 audit pg
	run 1 admin pg backup pg-copy --keys pg-keys
	tells pg_dump
	[ -s pg-keys/keyring.key ] || fail "the keyring was not copied"
	run 1 import pg people.person_registered persons.csv --at 2022-11-01 --ids text --dry-run
	same "after a dry run" "$(digest demo)" "$(digest pg)"
else
	echo "PostgreSQL skipped: SUSHUI_TEST_PG is not set"
fi

[ $failures -eq 0 ] || { echo "$failures failures" >&2; exit 1; }
echo "all commands behave"
