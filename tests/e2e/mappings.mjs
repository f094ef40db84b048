// mappings.mjs - any JSON by configuration alone: built-in and own mappings over recorded messages, what --explain shows,
// pipes, and what is said of a description that is wrong.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { corpora, hasCorpora, makeSite, program, run } from "./carillon.mjs";
import { query, storedCount } from "./log.mjs";

const yaml = `title: Any JSON
sources:
  - {name: wiki, url: push, mapping: mediawiki}
  - {name: bitcoin, url: push, mapping: blockchain.info}
  - {name: pool, url: push, mapping: mempool}
  - {name: chain, url: push, mapping: ethereum}
  - {name: deploys, url: push, mapping: {id: /id, time: /at, entity: /service, actor: /who, magnitude: /lines, unit: lines}}
  - name: ticker
    url: push
    mapping:
      channel: /channel
      kind: {if: {is_true: /isNew}, then: new, else: edit}
      entity: /page
      actor: /user
      actor_kind: {if: {is_true: /isAnonymous}, then: anon, else: {if: {is_true: /isRobot}, then: bot}}
      magnitude: /delta
      unit: bytes
      time: /time
      summary: /comment
      tags: [{if: {is_true: /isMinor}, then: minor}, {hashtags: /comment}]
  - name: ether
    url: push
    mapping:
      when: {equals: [/type, transaction]}
      id: /hash
      time: /block_timestamp
      kind: payment
      entity: /hash
      actor: /from_address
      magnitude: {divide: [/value, "1000000000000000000"]}
      unit: ETH
  - name: pending
    url: push
    mapping:
      skip: [{when: {is_true: /dropped}, reason: control, because: it was dropped}]
      id: /hash
      time: /timestamp
      kind: payment
      actor: /from
      magnitude: {divide: [/maxFeePerGas, "1000000000"]}
      unit: Gwei
`;

const replay = (site, source, file, ...more) => run(["replay", "--site", site, "--source", source, "--rate", "0", ...more, file]);

function unpacked(t) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-corpora-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	execFileSync("tar", ["--zstd", "-xf", path.join(corpora, "events.tar.zst"), "-C", folder]);
	const [top] = readdirSync(folder);
	return top === "events" ? path.join(folder, top) : folder;
}

const jsonLines = (file) => readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));

test("recorded Bitcoin, Ethereum and other streams become events to the last message", { skip: !hasCorpora && "no corpora" },
	async (t) => {
		const events = unpacked(t);
		const site = makeSite(t, { "carillon.yaml": yaml });
		const of = (folder, start) => path.join(events, folder, readdirSync(path.join(events, folder)).find((name) => name.startsWith(start)));
		const bitcoin = of("bitcoin", "utx-derived"), ether = of("ethereum", "eth-subscription"), etl = of("ethereum", "etl-transactions");
		const blocknative = of("ethereum", "blocknative"), ticker = of("wikimedia", "wikiticker");
		const files = [["bitcoin", bitcoin, jsonLines(bitcoin).length], ["chain", ether, jsonLines(ether).length],
			["ether", etl, jsonLines(etl).length], ["ticker", ticker, jsonLines(ticker).length],
			["pending", blocknative, jsonLines(blocknative).filter((each) => !each.dropped).length]];
		for (const [source, file, expected] of files) {
			const { stdout, stderr, code } = await replay(site, source, file);
			assert.equal(code, 0, stderr);
			assert.match(stdout, new RegExp(`= logged ${expected} \\+ duplicates 0 `), `${file}: ${stdout}`);
			t.diagnostic(`${source}: ${stdout.trim()}`);
		}
		const stored = (source) => query(site, `SELECT kind, entity, magnitude FROM events e JOIN sources s
			ON s.number = e.source WHERE s.name = '${source}' ORDER BY seq`)
			.map(([kind, entity, magnitude]) => ({ kind, entity, magnitude }));
		// Not one satoshi is lost on the way.
		const payments = stored("bitcoin");
		jsonLines(bitcoin).forEach((message, i) => {
			const satoshi = message.x.out.reduce((sum, each) => sum + each.value, 0);
			assert.equal(Math.round(payments[i].magnitude * 1e8), satoshi);
			assert.equal(payments[i].entity, message.x.hash);
		});
		// Nor more of a wei than a double loses.
		const chain = stored("chain");
		jsonLines(ether).forEach((message, i) => {
			const { result } = message.params;
			if (result.parentHash) {
				assert.equal(chain[i].kind, "block");
				assert.equal(chain[i].entity, String(Number(result.number)));
			} else {
				assert.equal(chain[i].magnitude, Number(BigInt(result.value)) / 1e18);
			}
		});
		assert.equal(chain.filter((each) => each.kind === "block").length, 1);
	});

test("a mempool's messages give each of their topics", { skip: !hasCorpora && "no corpora" }, async (t) => {
	const folder = path.join(unpacked(t), "bitcoin/mempool-space");
	const site = makeSite(t, { "carillon.yaml": yaml });
	for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
		const message = JSON.parse(readFileSync(path.join(folder, name), "utf8"));
		const file = path.join(site, "one.ndjson");
		writeFileSync(file, `${JSON.stringify(message)}\n`);
		const expected = (message.transactions?.length ?? 0) + (message.blocks?.length ?? 0) + (message.txReplaced ? 1 : 0) +
			(message.block ? 1 : 0);
		const { stdout, stderr, code } = await replay(site, "pool", file);
		assert.equal(code, 0, stderr);
		assert.match(stdout, expected ? new RegExp(`^in ${expected} = logged ${expected} `) : /^in 1 = logged 0 .*\(type 1\)/,
			`${name}: ${stdout}`);
	}
});

const deploys = [
	'{"id":1,"at":"2026-11-20T10:00:00Z","service":"api","who":"ann","lines":120}',
	'{"id":2,"at":"2026-11-20T10:01:00Z","service":"web\\u0007 front","lines":-3}',
	'{"at":"2026-11-20T10:02:00Z","service":"api"}',
	'{"id":4,"service":"api"}',
	'{"id":5',
	"",
].join("\n");

test("--explain shows what each message becomes, or why nothing, and changes nothing", async (t) => {
	const site = makeSite(t, { "carillon.yaml": yaml, "deploys.ndjson": deploys });
	const file = path.join(site, "deploys.ndjson");
	for (const args of [["--source", "deploys"], []]) {
		const { code, stdout, stderr } = await run(["replay", "--site", site, ...args, "--explain", file]);
		assert.equal(code, 1, stderr);
		const lines = stdout.replaceAll(`${file}:`, "").trim().split("\n");
		assert.match(lines[0], /^1: event id="1" time=2026-11-20T10:00:00Z channel="deploys" entity="api" actor="ann" .*magnitude=120 unit="lines" polarity=1/);
		assert.match(lines[1], /^2: event .*entity="web\\u0007 front" .*magnitude=3 unit="lines" polarity=-1/);
		assert.deepEqual(lines.slice(2, 4), ["3: skipped (incomplete): no id at /id", "4: skipped (incomplete): no time at /at"]);
		assert.match(lines[4], /^5: skipped \(broken\): not JSON at byte \d+$/);
		assert.equal(lines[5], "5 messages with the mapping deploys of deploys: 2 events, 3 skipped (broken 1, incomplete 2)");
		assert.equal(lines.length, 6);
	}
	assert.deepEqual(readdirSync(site).sort(), ["carillon.yaml", "deploys.ndjson"]);
});

test("a pipe is replayed as it comes", async (t) => {
	const site = makeSite(t, { "carillon.yaml": yaml });
	const child = spawn(program, ["replay", "--site", site, "--source", "deploys", "--rate", "0", "-"], { stdio: ["pipe", "pipe", "pipe"] });
	let text = "";
	child.stdout.on("data", (bytes) => { text += bytes; });
	child.stderr.on("data", (bytes) => { text += bytes; });
	const ended = new Promise((done) => child.on("exit", done));
	for (let i = 1; i <= 5; i++) {
		child.stdin.write(`{"id":${i},"at":"2026-11-20T10:00:00Z",`);
		await new Promise((done) => setTimeout(done, 60));
		child.stdin.write(`"service":"api"}\n`);
	}
	child.stdin.end();
	assert.equal(await ended, 0, text);
	assert.match(text, /in 5 = logged 5 /);
	// And an event stream, known by its first bytes.
	const frames = [6, 7].map((id) => `id: ${id}\ndata: {"id":${id},"at":1795168800,"service":"web"}\n\n`).join("");
	const second = await run(["replay", "--site", site, "--source", "deploys", "--rate", "0", "-"], { input: `:ok\n\n${frames}` });
	assert.match(second.stdout, /in 2 = logged 2 /, second.stderr);
	assert.equal(storedCount(site), 7);
});

test("what is wrong with a mapping is told with its line and the word that was meant", async (t) => {
	const site = makeSite(t, {
		"carillon.yaml": `sources:
  - name: a
    url: push
    mapping:
      idd: /id
      label: {jion: [/a, /b]}
  - {name: b, url: push, mapping: blokchain.info}
`,
	});
	const { code, stderr } = await run(["replay", "--site", site, "--source", "a", "--explain", "-"], { input: "" });
	assert.equal(code, 1);
	assert.match(stderr, /carillon\.yaml:5: a mapping doesn't know 'idd'; did you mean 'id'\?/);
	assert.match(stderr, /carillon\.yaml:6: a value doesn't know 'jion'; did you mean 'join'\?/);
	assert.match(stderr, /carillon\.yaml:7: unknown mapping 'blokchain\.info'; known: mediawiki, blockchain\.info, mempool, ethereum/);
});
