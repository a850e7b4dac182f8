#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/test_orders_cli.sh: links and certificates from the command line; the code is verified by the program and by the module of the
# page web/verify.html, which must agree on every one. SUSHUI names the program.
set -euo pipefail
sushui=$(realpath "${SUSHUI:-build/sushui}")
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "test_orders_cli: $*" >&2; exit 1; }
expect() { grep -q -- "$2" "$1" || { cat "$1" >&2; fail "$1 does not say: $2"; }; }

"$sushui" init f --area 140826 --timezone Asia/Shanghai --lang en >init.txt
[ "$(stat -c %a f/keyring.sign)" = 600 ] || fail "the signing key is not private"
id() { printf '0190f000-0000-7000-8000-%012d' "$1"; }
ago() { date -u -d "@$(($(date +%s) - $1))" +%Y-%m-%dT%H:%M:%SZ; }
outbreak=$(id 1) person=$(id 2) order=$(id 3) good=$(id 4) old=$(id 5) bad=$(id 6)
fact() { # kind, seconds ago, body
	local o=""
	case $1 in orders.order_*) o="\"outbreak\":\"$outbreak\"," ;; esac
	printf '{"id":"%s","kind":"%s",%s"area":"140826105201","at":"%s","body":%s}\n' "$(uuidgen 2>/dev/null || cat /proc/sys/kernel/random/uuid)" "$1" "$o" \
		"$(ago "$2")" "$3"
}
{
	fact house.outbreak_declared 800000 "{\"outbreak\":\"$outbreak\",\"name\":\"O\",\"disease\":\"covid19\"}"
	fact house.edition_adopted 800000 "{\"outbreak\":\"$outbreak\",\"edition\":\"cn-covid19-9\",\"from_at\":\"$(ago 800000)\"}"
	fact orders.order_signed 700000 "{\"order\":\"$order\",\"person\":\"$person\",\"class\":\"home\",\"end_at\":\"$(ago 500000)\",\"basis\":\"Notice 12\",\"reason\":\"met\"}"
	fact orders.order_lifted 600000 "{\"order\":\"$order\",\"person\":\"$person\",\"reason\":\"well\"}"
	fact orders.certificate_issued 60 "{\"certificate\":\"$good\",\"person\":\"$person\",\"kind\":\"release\",\"holder\":\"123X\"}"
	fact orders.certificate_issued 400000 "{\"certificate\":\"$old\",\"person\":\"$person\",\"kind\":\"release\",\"holder\":\"123X\",\"expires_at\":\"$(ago 300000)\"}"
} >facts.jsonl
"$sushui" post f facts.jsonl --lang en >post.txt 2>&1 || { cat post.txt >&2; fail "the facts are not taken"; }
if fact orders.certificate_issued 60 "{\"certificate\":\"$bad\",\"person\":\"$(id 7)\",\"kind\":\"release\",\"holder\":\"123X\"}" |
	"$sushui" post f - --lang en >bad.txt 2>&1; then fail "a certificate for somebody who was never released"; fi
expect bad.txt "nobody signed a release"

# a link: shown once, its secret nowhere in the folder
"$sushui" page f "$person" --base https://sushui.example --lang en >page.txt 2>page.err
expect page.txt "https://sushui.example/p/"
expect page.txt "█"
token=$(grep -o '/p/.*' page.txt | cut -c4-)
[ ${#token} -eq 32 ] || fail "the token has ${#token} characters"
if grep -r -a -q "$token" f; then fail "the secret stands in the folder"; fi
"$sushui" page f "$person" --svg link.svg --json >page.json
expect link.svg '<svg xmlns'
expect page.json '"url":"http://localhost/p/'
if "$sushui" page f nobody 2>/dev/null; then fail "a person who is no id"; fi

# certificates
"$sushui" certificate f >certificate-keys.json
expect certificate-keys.json '"alg":"Ed25519"'
"$sushui" certificate f "$good" --json >good.json
"$sushui" certificate f "$old" --json >old.json
"$sushui" certificate f "$good" --svg code.svg >/dev/null
expect code.svg '<svg xmlns'
if "$sushui" certificate f "$bad" >/dev/null 2>&1; then fail "a certificate that was refused has a code"; fi
good_text=$(grep -o 'SUSHUI1:[^"]*' good.json) old_text=$(grep -o 'SUSHUI1:[^"]*' old.json)
swapped=${good_text:0:60}$([ "${good_text:60:1}" = A ] && echo B || echo A)${good_text:61}
"$sushui" init g --area 140826 --timezone Asia/Shanghai --lang en >/dev/null
"$sushui" certificate g >other-keys.json
verify() { "$sushui" verify-qr --json "$@" >v.json && return 0 || return $?; }
verify "$good_text" || fail "the good one"
expect v.json '"verdict":"valid"'
expect v.json '"kind":"release"'
expect v.json '"what":"home"'
verify --holder "12 3x" "$good_text" || fail "the holder"
expect v.json '"holder":true'
! verify --holder 9999 "$good_text" || fail "another holder"
expect v.json '"holder":false'
echo "$good_text" | "$sushui" verify-qr - --lang en >v.txt || fail "from standard input"
expect v.txt '^valid'
! verify "$old_text" || fail "the old one"
expect v.json '"verdict":"expired"'
! verify "$swapped" || fail "the altered one"
grep -qE '"verdict":"(forged|unknown_key|not_one)"' v.json || fail "an altered one is $(cat v.json)"
! verify --key other-keys.json "$good_text" || fail "another house"
expect v.json '"verdict":"unknown_key"'
! verify "${good_text:0:100}" || fail "a part"
expect v.json '"verdict":"not_one"'

# the page's module says the same
command -v node >/dev/null || { echo "test_orders_cli: the browser's module is skipped, there is no node"; exit 0; }
cat >check.mjs <<MODULE
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
globalThis.crypto ??= webcrypto;
const { verify, holderFits, bytesOf } = await import('$here/web/verify/certificate.js');
const keys = JSON.parse(readFileSync('certificate-keys.json', 'utf8')).keys.map((k) => k.public);
const other = JSON.parse(readFileSync('other-keys.json', 'utf8')).keys.map((k) => k.public);
const is = async (text, list, want) => {
	const { verdict, certificate } = await verify(text, list, Date.now());
	if (verdict !== want) throw new Error(want + ' expected, came ' + verdict + ' for ' + text);
	return certificate;
};
const good = '$good_text';
const c = await is(good, keys, 'valid');
if (c.kind !== 'release' || c.detail !== 'home' || c.county !== '140826' || c.edition !== 'cn-covid19-9') throw new Error(JSON.stringify(c));
if (!(await holderFits(c, '12 3x')) || (await holderFits(c, '9999'))) throw new Error('holder');
await is('  ' + good + '\n', keys, 'valid');
await is('$old_text', keys, 'expired');
await is(good, other, 'unknown_key');
await is(good, [], 'unknown_key');
await is(good.slice(0, 100), keys, 'not_one');
await is('', keys, 'not_one');
if ((await verify(good, keys, c.issued - 3600e3)).verdict !== 'not_yet') throw new Error('not yet');
let forged = 0;
for (let i = 0; i < good.length; i++) {
	const { verdict } = await verify(good.slice(0, i) + (good[i] === 'A' ? 'B' : 'A') + good.slice(i + 1), keys, Date.now());
	if (verdict === 'valid' || verdict === 'expired' || verdict === 'not_yet') throw new Error('character ' + i + ' changed, and ' + verdict);
	forged += verdict === 'forged';
}
if (forged < 100) throw new Error('only ' + forged + ' seen as forged');
if (bytesOf('AA') === null || bytesOf('A') !== null || bytesOf('A=') !== null || bytesOf('AB') !== null) throw new Error('base64url');
MODULE
node check.mjs || fail "the module of the page does not agree"
echo "test_orders_cli: ok"
