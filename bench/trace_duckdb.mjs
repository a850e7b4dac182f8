// SPDX-License-Identifier: Apache-2.0
// Run by bench/trace_duckdb in a folder with visits.csv, places.csv, cases-K.csv, answer-K.csv (our rows, and our time in the
// first line). Three formulations: a plain join (hash on the place, time as a filter), half-hour buckets, and length classes.
import { DuckDBInstance } from '@duckdb/node-api';
import { existsSync, readFileSync } from 'node:fs';

const db = await (await DuckDBInstance.create('trace.duckdb')).connect();
const run = (sql) => db.run(sql);
const timed = async (sql) => {
	const t = performance.now();
	for (const s of sql)
		await run(s);
	return performance.now() - t;
};
await run('SET threads = 2');
await run("SET memory_limit = '8GB'");
const load = await timed([
	`CREATE TABLE place AS SELECT * FROM read_csv('places.csv', columns={place:'INTEGER',min_s:'INTEGER',linger_s:'INTEGER'})`,
	`CREATE TABLE vp AS SELECT place, t_in, t_out, person,
		CASE WHEN t_out - t_in > 43200 THEN 3 WHEN t_out - t_in > 14400 THEN 2 WHEN t_out - t_in > 3600 THEN 1 ELSE 0 END::TINYINT AS cls
		FROM read_csv('visits.csv', columns={person:'INTEGER',place:'INTEGER',t_in:'INTEGER',t_out:'INTEGER'}) ORDER BY place, t_in`,
	`CREATE TABLE vh AS SELECT person, t_in, t_out, place FROM vp ORDER BY person, t_in`,
	'CHECKPOINT']);
const visits = Number((await db.runAndReadAll('SELECT count(*) FROM vp')).getRows()[0][0]);
const size = readFileSync('trace.duckdb').length;
console.log(`DuckDB ${(await db.runAndReadAll('SELECT version()')).getRows()[0][0]}: load ${load.toFixed(0)} ms, ${(size / visits).toFixed(1)} bytes a visit`);

const pair = (from, extra) => `SELECT q.person, min(q.a) AS first, sum(q.b - q.a) AS seconds, count(*) AS exposures
	FROM (SELECT v.person, greatest(v.t_in, s.s) AS a, least(v.t_out, s.e) AS b, s.min_s ${from}) q
	WHERE q.b - q.a >= q.min_s ${extra}
	AND q.person NOT IN (SELECT person FROM kase) AND q.person NOT IN (SELECT person FROM hit) GROUP BY q.person`;
const joins = {
	'plain join': () => pair(`FROM source s JOIN vp v ON v.place = s.place AND v.t_in <= s.e - s.min_s AND v.t_out >= s.s + s.min_s`, ''),
	'buckets': () => `WITH sb AS (SELECT *, unnest(range(s // 1800, e // 1800 + 1)) AS bucket FROM source),
		vb AS (SELECT *, unnest(range(t_in // 1800, t_out // 1800 + 1)) AS bucket FROM vp WHERE place IN (SELECT place FROM source)
			AND t_out >= (SELECT min(s) FROM source) AND t_in <= (SELECT max(e) FROM source)) ` +
		pair(`, s.bucket FROM sb s JOIN vb v ON v.place = s.place AND v.bucket = s.bucket`, 'AND q.bucket = q.a // 1800'),
	'length classes': () => pair(`FROM source s, (VALUES (0,3600),(1,14400),(2,43200),(3,172800)) c(cls, bound), vp v
		WHERE v.place = s.place AND v.cls = c.cls AND v.t_in >= s.s + s.min_s - c.bound AND v.t_in <= s.e - s.min_s
		AND v.t_out >= s.s + s.min_s`, ''),
};
const sources = (from, until, who) => `CREATE OR REPLACE TABLE source AS SELECT x.place, greatest(x.t_in, c.${from}) AS s,
	${until} + p.linger_s AS e, p.min_s FROM ${who} c JOIN vh x ON x.person = c.person JOIN place p ON p.place = x.place
	WHERE x.t_out > c.${from} AND x.t_out > x.t_in`;

for (const k of [1, 20, 200].filter((n) => existsSync(`answer-${n}.csv`))) {
	const ours = parseFloat(readFileSync(`answer-${k}.csv`, 'utf8').slice(2));
	await run(`CREATE OR REPLACE TABLE kase AS SELECT * FROM read_csv('cases-${k}.csv')`);
	await run(`CREATE OR REPLACE TABLE want AS SELECT * FROM read_csv('answer-${k}.csv', skip=1, header=true)`);
	for (const [name, join] of Object.entries(joins)) {
		let best = Infinity;
		for (let i = 0; i < 3; i++) {
			await run('CREATE OR REPLACE TABLE hit (person INTEGER, hop INTEGER, first INTEGER, seconds BIGINT, exposures BIGINT)');
			const ms = await timed([
				sources('w0', 'least(x.t_out, c.w1)', 'kase').concat(' AND x.t_in < c.w1'),
				`INSERT INTO hit SELECT person, 1, first, seconds, exposures FROM (${join()})`,
				sources('first', 'x.t_out', 'hit'),
				`INSERT INTO hit SELECT person, 2, first, seconds, exposures FROM (${join()})`]);
			best = Math.min(best, ms);
		}
		const differ = (await db.runAndReadAll(`SELECT count(*) FROM (
			(SELECT hop, person, first, seconds, exposures FROM hit EXCEPT ALL SELECT hop, person, first, seconds, exposures FROM want)
			UNION ALL
			(SELECT hop, person, first, seconds, exposures FROM want EXCEPT ALL SELECT hop, person, first, seconds, exposures FROM hit))`)).getRows()[0][0];
		if (Number(differ) !== 0)
			throw new Error(`DuckDB, ${name}: ${differ} rows differ`);
		console.log(`K=${k}: DuckDB, ${name.padEnd(16)} ${best.toFixed(1).padStart(9)} ms   x${(best / ours).toFixed(0)}, same rows (best of 3; ours ${ours} ms)`);
	}
}
