// health.mjs - what happened is visible: /metrics is what Prometheus reads and its sums agree, /healthz says what is wrong
// and for how long it is, the page says it too, and the log stays readable whatever comes.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import http from "node:http";
import { createRequire } from "node:module";
import dgram from "node:dgram";
import { statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { atOnce, makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";
import { storedCount } from "./log.mjs";

const { WebSocket } = createRequire(new URL("../package.json", import.meta.url))("ws");

const metricsOf = async (server) => (await fetch(`${server.url}/metrics`)).text();
const health = async (server) => (await fetch(`${server.url}/healthz`)).json();
const pageOf = async (server) => (await fetch(`${server.url}/stations/wikipedia`)).text();

// Reads Prometheus' text format 0.0.4 and refuses what isn't it. Gives Map(name -> [{ labels, value }]).
function readMetrics(text) {
	assert.ok(text.endsWith("\n"));
	const families = new Map(), samples = new Map();
	let family = null;
	for (const line of text.split("\n").slice(0, -1)) {
		const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/.exec(line), type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
		if (help) {
			assert.ok(!families.has(help[1]), `${help[1]} comes twice`);
			family = { name: help[1], type: null };
			families.set(help[1], family);
			continue;
		}
		if (type) {
			assert.equal(type[1], family.name, "TYPE follows its HELP");
			assert.equal(family.type, null);
			family.type = type[2];
			assert.equal(family.type === "counter", family.name.endsWith("_total"), `${family.name} is a ${family.type}`);
			continue;
		}
		const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[\d.]+(?:e[+-]?\d+)?|NaN|[+-]Inf)$/.exec(line);
		assert.ok(sample, `not a sample: ${line}`);
		const [, name, labels = "", value] = sample;
		assert.ok(family?.type, `${name} without HELP and TYPE`);
		const ends = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
		assert.ok(ends.some((end) => name === family.name + end), `${name} stands among ${family.name}`);
		const of = samples.get(name) ?? [];
		assert.ok(!of.some((other) => other.text === labels), `${line} comes twice`);
		of.push({ text: labels, labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1], m[2]])),
			value: value === "+Inf" ? Infinity : Number(value) });
		samples.set(name, of);
	}
	for (const { name, type } of families.values()) {
		if (type !== "histogram")
			continue;
		const buckets = samples.get(`${name}_bucket`);
		assert.equal(buckets.at(-1).labels.le, "+Inf");
		assert.equal(buckets.at(-1).value, samples.get(`${name}_count`)[0].value);
		for (let i = 1; i < buckets.length; i++) {
			assert.ok(buckets[i].value >= buckets[i - 1].value);
			assert.ok(i === buckets.length - 1 || Number(buckets[i].labels.le) > Number(buckets[i - 1].labels.le));
		}
	}
	return samples;
}

const one = (samples, name, labels = {}) => {
	const found = samples.get(`carillon_${name}`)?.filter((each) =>
		Object.entries(labels).every(([key, value]) => each.labels[key] === value));
	assert.equal(found?.length, 1, `${name} ${JSON.stringify(labels)}`);
	return found[0].value;
};

// Slow and never resting: { stop } ends it.
function keepSending(up, every = 20) {
	let n = 0;
	const timer = setInterval(() => up.send(`keep-${n++}`, recentchange()), every);
	return { stop: () => clearInterval(timer), sent: () => n };
}

test("the metrics are Prometheus' format, and what came in is what became of it", async (t) => {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	readMetrics(await metricsOf(server)); // also before anything came
	await waitFor(() => up.clients(), "the source to connect");
	const socket = new WebSocket(`${server.url.replace("http", "ws")}/stations/wikipedia/live`);
	const wikimon = new WebSocket(`${server.url.replace("http", "ws")}/wikimon/en`);
	const stream = http.get(`${server.url}/stations/wikipedia/events`, (response) => response.resume());
	const sound = http.get(`${server.url}/stations/wikipedia/listen.mp3`, (response) => response.resume());
	for (const request of [stream, sound, socket, wikimon])
		request.on("error", () => {});
	t.after(() => [stream, sound].forEach((request) => request.destroy()) ?? [socket, wikimon].forEach((each) => each.terminate()));

	const twice = recentchange(), now = new Date(Date.now() - 5000).toISOString();
	up.send("a", twice);
	up.send("b", twice);
	up.send("c", "{");
	up.send("d", { ...recentchange(), type: "unheard-of" });
	up.send("e", { ...recentchange(), title: undefined });
	up.send("f", { $schema: "/mediawiki/recentchange/1.0.1", meta: { domain: "canary" } });
	const late = recentchange();
	late.meta.dt = now;
	up.send("g", late);
	const samples = await waitFor(async () => {
		const all = readMetrics(await metricsOf(server));
		return one(all, "source_messages_total") === 7 && one(all, "source_waiting_events") === 0 &&
			one(all, "live_listeners") === 2 && one(all, "station_audio_listeners") === 1 && all;
	}, "everything to be counted");
	const source = { source: "wikimedia" };
	assert.equal(one(samples, "source_logged_total", source), 2);
	assert.equal(one(samples, "source_duplicates_total", source), 1);
	for (const [reason, n] of Object.entries({ broken: 1, type: 1, incomplete: 1, canary: 1, cut: 0, sender: 0, oversize: 0, control: 0 }))
		assert.equal(one(samples, "source_skipped_total", { ...source, reason }), n, reason);
	assert.equal(one(samples, "source_lost_total", source), 0);
	assert.equal(one(samples, "source_refused_total", source), 0);
	assert.equal(one(samples, "live_streams"), 1);
	assert.equal(one(samples, "wikimon_listeners"), 1);
	assert.ok(one(samples, "live_queue_bytes") >= 0);
	assert.ok(one(samples, "log_commit_seconds_count") >= 1);
	const lag = one(samples, "source_lag_seconds", source);
	assert.ok(lag >= 4.9 && lag < 40, `lag ${lag}`);
	const age = one(samples, "source_last_message_age_seconds", source);
	assert.ok(age >= 0 && age < 40, `age ${age}`);
	assert.equal(one(samples, "source_up", source), 1);
	assert.equal(one(samples, "source_stale", source), 0);
	assert.equal(one(samples, "healthy"), 1);
});

const promtool = spawnSync("promtool", ["--version"]).status === 0;
test("promtool finds nothing to say", { skip: promtool ? false : "promtool isn't installed (Debian: prometheus)" }, async (t) => {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	const said = spawnSync("promtool", ["check", "metrics"], { input: await metricsOf(server), encoding: "utf8" });
	assert.equal(said.stdout + said.stderr, "");
	assert.equal(said.status, 0);
});

test("a full disk is said within a second, on the page too, and that it's over within five; nothing is lost", async (t) => {
	const up = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(up.url) });
	const server = await serve(t, site);
	await waitFor(() => up.clients(), "the source to connect");
	const sending = keepSending(up);
	t.after(sending.stop);
	await waitFor(() => storedCount(site) > 10, "events to be stored");
	assert.deepEqual((await health(server)).reasons, []);
	assert.match(await pageOf(server), /id="trouble"[^>]* hidden>/);
	const limit = (bytes) => execFileSync("prlimit", ["--pid", String(server.pid), `--fsize=${bytes}:unlimited`]);

	limit(statSync(path.join(site, "var/events.db-wal")).size);
	const filled = Date.now();
	const ill = await waitFor(async () => {
		const now = await health(server);
		return now.status === "degraded" && now;
	}, "it to be said");
	const saidAfter = Date.now() - filled;
	assert.equal(ill.log.storing, false);
	assert.match(ill.reasons.join(), /^log: .*events can't be stored/);
	const page = await pageOf(server);
	assert.match(page, /id="trouble"[^>]*role="alert">[^<]*events can&#?\w+;t be stored/);
	for (let i = 0; i < 30; i++) { // it doesn't flicker
		assert.equal((await health(server)).status, "degraded");
		await sleep(50);
	}
	const during = readMetrics(await metricsOf(server));
	assert.equal(one(during, "healthy"), 0);
	assert.ok(one(during, "source_waiting_events") > 0);
	assert.ok(one(during, "log_failed_batches_total") > 0);

	limit("unlimited");
	const freed = Date.now();
	await waitFor(async () => (await health(server)).status === "ok", "it to be over");
	const overAfter = Date.now() - freed;
	sending.stop();
	t.diagnostic(`said after ${saidAfter} ms, over after ${overAfter} ms`);
	assert.ok(saidAfter <= atOnce(1000), `${saidAfter} ms`);
	assert.ok(overAfter <= atOnce(5000), `${overAfter} ms`);
	await waitFor(() => storedCount(site) === sending.sent(), "all that was sent to be stored");
	assert.match(await pageOf(server), /id="trouble"[^>]* hidden>/);
	const lines = server.output().split("\n").filter((line) => line.includes("can't be stored"));
	assert.ok(lines.length >= 1 && lines.length <= 5 + (Date.now() - filled) / 1000, `${lines.length} lines`);
});

test("a source that fails, one that can't be started and a fallback are reasons; a lost connection is told", async (t) => {
	const holder = dgram.createSocket("udp4");
	await new Promise((done) => holder.bind(0, "127.0.0.1", done));
	t.after(() => holder.close());
	const up = await upstream(t);
	const recording = `${JSON.stringify(recentchange())}\n`;
	const server = await serve(t, makeSite(t, { "tape.ndjson": recording, "carillon.yaml": `title: Test site
sources:
  - {name: fine, url: "${up.url}", mapping: mediawiki}
  - {name: gone, url: "http://127.0.0.1:9/", mapping: mediawiki}
  - {name: taped, url: "http://127.0.0.1:9/", mapping: mediawiki, fallback: "file:tape.ndjson"}
  - {name: taken, url: "udp://127.0.0.1:${holder.address().port}", mapping: mediawiki}
  - {name: nowhere, url: "udp://wiki.example.org:1338", mapping: mediawiki}
  - {name: pushed, url: push, mapping: mediawiki}
stations:
  - {name: wikipedia, score: hatnote}
` }));
	const ill = await waitFor(async () => {
		const now = await health(server);
		return now.reasons.length >= 3 && now.sources[0].state === "live" && now;
	}, "three reasons");
	assert.equal(ill.status, "degraded");
	const reasons = ill.reasons.sort();
	assert.equal(reasons.length, 3, reasons.join("\n"));
	assert.match(reasons[0], /^nowhere: couldn't be started/);
	assert.match(reasons[1], /^taken: can't hear on .*another program has it/);
	assert.match(reasons[2], /^taped: can't reach .*playing the recording/);
	const states = Object.fromEntries(ill.sources.map(({ name, state }) => [name, state]));
	assert.deepEqual([states.fine, states.taped, states.taken, states.nowhere, states.pushed],
		["live", "fallback", "failed", "failed", "live"]);
	assert.match(states.gone, /waiting|connecting/);
	const page = await pageOf(server);
	assert.match(page, /class="failed" data-source="nowhere">couldn/);
	assert.match(page, /class="failed" data-source="taken">can/);
	assert.match(page, /class="fallback" data-source="taped">can/);
	assert.match(page, /class="live" data-source="fine">listening to/);
});

test("a thousand broken messages are a handful of lines, each logfmt, and a count", async (t) => {
	const up = await upstream(t);
	const server = await serve(t, makeSite(t, { "carillon.yaml": siteYaml(up.url) }));
	await waitFor(() => up.clients(), "the source to connect");
	for (let i = 0; i < 1000; i++)
		up.send(`broken-${i}`, `{"broken": "\u{1F514} = \\" ${i}`);
	const counted = async (n) => one(readMetrics(await metricsOf(server)), "source_skipped_total", { reason: "broken" }) === n;
	await waitFor(() => counted(1000), "all of them to be counted");
	const about = () => server.output().split("\n").filter((line) => line.includes("was skipped"));
	assert.ok(about().length >= 1 && about().length <= 5, `${about().length} lines`);
	await waitFor(async () => { // the next line after 10 s says how many weren't written
		up.send("broken-again", "{");
		await sleep(500);
		return about().some((line) => / held_back=\d+$/.test(line));
	}, "the count");
	const held = Number(/ held_back=(\d+)$/m.exec(server.output())[1]);
	assert.ok(held >= 995, `${held}`);
	assert.ok(about().length <= 10, `${about().length} lines`);
	for (const line of server.output().split("\n").filter((each) => each.startsWith("t=")))
		assert.match(line, /^t=\d{4}-\d\d-\d\dT[\d:.]+Z lvl=(debug|info|warn|error) mod=[a-z]+ msg=("(?:[^"\\]|\\.)*"|[^\s"=]+)( held_back=\d+)?$/);
});
