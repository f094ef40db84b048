// Events pushed in over HTTP and WebSocket: who may, what is answered, and that what was answered is there.
// FULL=1: 100 kills instead of 15.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmdirSync, statSync } from
	"node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import WebSocket from "ws";
import { atOnce, makeSite, program, recentchange, root, run, serve, sleep, waitFor } from "./carillon.mjs";
import { query, storedCount } from "./log.mjs";

const kills = process.env.FULL ? 100 : 15;

const yaml = `title: Pushed
sources:
  - {name: ours, url: push, mapping: mediawiki}
  - {name: theirs, url: push, mapping: mediawiki}
  - {name: recorded, url: "file:nothing.ndjson", mapping: mediawiki}
stations:
  - {name: all, match: {source: [ours, theirs]}}
`;
const newSite = (t) => makeSite(t, { "carillon.yaml": yaml, "nothing.ndjson": "" });

const issued = [];
function issue(site, name, stream) {
	const args = ["token", "--site", site, "add", name, ...stream ? ["--stream", stream] : []];
	const token = execFileSync(program, args, { encoding: "utf8" }).trim().split(/\s+/).at(-1);
	assert.match(token, /^carillon_[a-z2-7]{8}_[a-z2-7]{52}$/);
	issued.push(token);
	return token;
}
const revoke = (site, name) => execFileSync(program, ["token", "--site", site, "revoke", name]);

// What was issued is nowhere: not in what the server says, not in a file of the site.
function assertNoTokens(site, server) {
	const places = readdirSync(path.join(site, "var")).map((name) => path.join(site, "var", name))
		.filter((file) => statSync(file).isFile()).map((file) => [file, readFileSync(file)]);
	assert.ok(places.some(([file]) => file.endsWith("tokens")) && places.some(([file]) => file.endsWith("events.db")));
	for (const [place, bytes] of [...places, ["the output", Buffer.from(server.output())]])
		for (const token of issued)
			assert.ok(!bytes.includes(token.slice(18)), `a token is in ${place}`);
}

// As a core would show it: what is kept in the server's memory. Where the system lets nobody look, the output says so.
function assertNoTokensInMemory(t, server) {
	let memory;
	try {
		memory = openSync(`/proc/${server.pid}/mem`, "r");
	} catch {
		t.diagnostic("the server's memory can't be looked into here");
		return;
	}
	let bytes = 0;
	for (const line of readFileSync(`/proc/${server.pid}/maps`, "utf8").split("\n")) {
		const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
		const size = from ? Number(BigInt(`0x${to}`) - BigInt(`0x${from}`)) : 0;
		if (!size || size > 1 << 30) // the address sanitizer's shadow
			continue;
		const piece = Buffer.alloc(size);
		try {
			bytes += readSync(memory, piece, 0, size, BigInt(`0x${from}`));
		} catch {
			continue;
		}
		for (const token of issued)
			assert.ok(!piece.includes(token.slice(18)), `a token is in memory: ${line}`);
	}
	closeSync(memory);
	t.diagnostic(`${bytes >> 20} MiB looked through`);
}

// fetch() has no local address, and no raw heads.
function post(url, body, { token, type = "application/x-ndjson", headers = {}, from = "127.0.0.1", agent, method = "POST" } = {}) {
	return new Promise((done, failed) => {
		const request = http.request(url, { method, localAddress: from, agent, headers: {
			"content-length": Buffer.byteLength(body), ...type ? { "content-type": type } : {},
			...token ? { authorization: `Bearer ${token}` } : {}, ...headers } }, (response) => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", (piece) => { text += piece; });
			response.on("end", () => {
				let json = null;
				try {
					json = JSON.parse(text);
				} catch { /* a page */ }
				done({ status: response.statusCode, headers: response.headers, text, json });
			});
			response.on("error", failed);
		});
		request.on("error", failed);
		request.end(body);
	});
}
const lines = (events) => events.map((event) => JSON.stringify(event) + "\n").join("");
const some = (n) => Array.from({ length: n }, () => recentchange());

// A pushing WebSocket: answers in order; send() gives a promise of its answer.
async function pusher(url, token, options = {}) {
	const socket = new WebSocket(url.replace("http", "ws"), { headers: token ? { authorization: `Bearer ${token}` } : {}, ...options });
	const waiting = [];
	const answers = [];
	const closed = new Promise((done) => socket.on("close", (code, reason) => done({ code, reason: reason.toString() })));
	socket.on("message", (data) => {
		const answer = JSON.parse(data);
		answers.push(answer);
		waiting.shift()?.(answer);
	});
	await new Promise((done, failed) => {
		socket.on("open", done);
		socket.on("unexpected-response", (request, response) => failed(Object.assign(new Error(`status ${response.statusCode}`),
			{ status: response.statusCode, headers: response.headers })));
		socket.on("error", failed);
	});
	socket.on("error", () => {});
	return { socket, answers, closed, send(event) {
		socket.send(typeof event === "string" || Buffer.isBuffer(event) ? event : JSON.stringify(event));
		return new Promise((done) => waiting.push(done));
	} };
}
const refusal = (url, token, options) => pusher(url, token, options).then(() => 101, (error) => error.status);

test("the token verb: shown once, listed without its secret, revoked; wrong usage is told", async (t) => {
	const site = newSite(t);
	const verb = (...args) => run(["token", "--site", site, ...args]);
	assert.equal((await verb("list")).stdout.includes("No tokens"), true);
	const token = issue(site, "robot", "ours");
	issue(site, "any");
	const list = await verb("list");
	assert.equal(list.code, 0);
	assert.match(list.stdout, /^robot +[a-z2-7]{8} +\S+Z +ours$/m);
	assert.match(list.stdout, /^any +[a-z2-7]{8} +\S+Z +\(any\)$/m);
	assert.ok(!list.stdout.includes(token.slice(18)));
	assert.equal(statSync(path.join(site, "var/tokens")).mode & 0o777, 0o600);
	const refused = [
		[["add", "robot"], 1, /already/], [["add", "x", "--stream", "recorded"], 2, /ours, theirs/],
		[["add", "x", "--stream", "nowhere"], 2, /ours, theirs/], [["add", "No Name"], 2, /a-z/], [["revoke", "nobody"], 1, /list/],
		[["add"], 2, /one name/], [[], 2, /add NAME/], [["ad", "x"], 2, /add NAME/], [["list", "x"], 2, /no name/],
		[["revoke", "robot", "--stream", "ours"], 2, /--stream/],
	];
	for (const [args, code, text] of refused) {
		const result = await verb(...args);
		assert.equal(result.code, code, args.join(" "));
		assert.match(result.stderr, text);
		assert.match(result.stderr, /^carillon: /);
	}
	assert.equal((await run(["token", "--site", "/nowhere", "list"])).code, 3);
	assert.equal((await verb("revoke", "robot")).code, 0);
	assert.doesNotMatch((await verb("list")).stdout, /robot/);
});

test("what is pushed with curl is numbered, heard and in the log; a repetition gets the same numbers", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot", "ours");
	const server = await serve(t, site);
	const heard = [];
	const listener = new WebSocket(`${server.url.replace("http", "ws")}/stations/all/live`, "carillon.v1");
	listener.on("message", (data) => heard.push(...JSON.parse(data)));
	await new Promise((done) => listener.on("open", done));
	const events = some(5);
	// A byte order mark, CRLF, blank lines, a last line without an end, and some that are no events.
	const body = "\uFEFF" + JSON.stringify(events[0]) + "\r\n\r\n" + JSON.stringify(events[1]) + "\n{\"id\":\n" +
		lines(events.slice(2, 4)) + "{\"meta\":{\"domain\":\"canary\"}}\n" + JSON.stringify(events[0]) + "\n   \n" + JSON.stringify(events[4]);
	const curl = () => execFileSync("curl", ["-sS", "--fail-with-body", "-H", `Authorization: Bearer ${token}`, "-H",
		"Content-Type: application/x-ndjson", "--data-binary", "@-", `${server.url}/sources/ours/events`], { input: body, encoding: "utf8" });
	const first = JSON.parse(curl());
	assert.deepEqual({ ...first, faults: first.faults.map(({ line, reason }) => [line, reason]) }, { events: 8, logged: 5, duplicates: 1,
		skipped: 2, first_seq: 1, last_seq: 5, seq: [1, 2, null, 3, 4, null, 1, 5], faults: [[4, "broken"], [7, "canary"]],
		faults_left_out: 0 });
	assert.ok(first.faults[0].text);
	const again = JSON.parse(curl());
	assert.deepEqual([again.logged, again.duplicates, again.seq], [0, 6, first.seq]);
	await waitFor(() => heard.length === 5, "the listener to hear them");
	assert.deepEqual(heard.map(({ seq, label }) => [seq, label]), events.map((event, i) => [i + 1, event.title]));
	listener.close();
	assert.deepEqual(query(site, "SELECT seq, entity FROM events ORDER BY seq"), events.map((event, i) => [i + 1, event.title]));
	// One object over several lines, as a person writes it; and without a type.
	const one = await post(`${server.url}/sources/ours/events`, JSON.stringify(recentchange(), null, 2), { token, type: "application/json" });
	assert.deepEqual([one.status, one.json.seq], [200, [6]]);
	assert.equal((await post(`${server.url}/sources/ours/events`, lines(some(1)), { token, type: null })).status, 200);
	const health = await (await fetch(`${server.url}/healthz`)).json();
	assert.match(health.sources.find(({ name }) => name === "ours").text, /^1\d events pushed, the last \d+ s ago$/);
	assert.equal(health.sources.find(({ name }) => name === "theirs").text, "waiting for pushes");
	assertNoTokens(site, server);
});

test("the README's example works as it is written", async (t) => {
	const section = /### Push your own events\n([^]*?)\n## /.exec(readFileSync(path.join(root, "README.md"), "utf8"))[1];
	const [settings, commands] = [...section.matchAll(/```\w*\n([^]*?)```/g)].map((match) => match[1]);
	const site = makeSite(t, { "carillon.yaml": settings });
	const server = await serve(t, site);
	const script = commands.replace("$(carillon", `$('${program}'`).replace("--site mysite", `--site '${site}'`)
		.replace("http://127.0.0.1:8080", server.url);
	const answer = JSON.parse(execFileSync("sh", ["-eu"], { input: script, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] }));
	assert.ok(section.includes(`\`${JSON.stringify(answer)}\``));
});

test("10,000 events in a request are taken, 10,001 are refused whole; a large body is asked for first", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot");
	const server = await serve(t, site);
	const url = `${server.url}/sources/ours/events`;
	const events = some(10001);
	const refused = await post(url, lines(events), { token });
	assert.equal(refused.status, 413);
	assert.match(refused.json.error, /10,000/);
	assert.equal(storedCount(site), 0);
	const taken = await post(url, lines(events.slice(1)), { token });
	assert.equal(taken.status, 200);
	assert.deepEqual([taken.json.events, taken.json.logged, taken.json.last_seq], [10000, 10000, 10000]);
	assert.deepEqual(taken.json.seq, Array.from({ length: 10000 }, (_, i) => i + 1));
	assert.equal(storedCount(site), 10000);
	// As curl does from a mebibyte on. Who isn't let in is told so before sending.
	const expecting = async (auth) => {
		const socket = net.connect(server.port, "127.0.0.1"), body = lines(events.slice(0, 3));
		let text = "";
		socket.setEncoding("utf8").on("data", (piece) => { text += piece; });
		socket.write(`POST /sources/ours/events HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: text/plain\r\n` +
			`Authorization: Bearer ${auth}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`);
		await waitFor(() => text.includes("\r\n\r\n"), "an answer to the head");
		const first = text.slice(0, text.indexOf("\r\n"));
		if (first.includes("100")) {
			socket.write(body);
			await waitFor(() => text.includes("faults_left_out"), "the answer");
		}
		socket.destroy();
		return [first, text];
	};
	assert.equal((await expecting("nonsense"))[0], "HTTP/1.1 401 Unauthorized");
	const [first, all] = await expecting(token);
	assert.equal(first, "HTTP/1.1 100 Continue");
	assert.match(all, /HTTP\/1\.1 200 OK[^]*"logged":1,"duplicates":2/);
	// Over 16 MiB.
	const large = await post(url, "x".repeat((16 << 20) + 1), { token }).catch(() => ({ status: 413 }));
	assert.equal(large.status, 413);
	const faulty = await post(url, "no\n".repeat(300), { token });
	assert.deepEqual([faulty.status, faulty.json.skipped, faulty.json.faults.length, faulty.json.faults_left_out], [422, 300, 100, 200]);
	// A line that is too long is skipped, its neighbours aren't.
	const oversize = await post(url, lines([events[0]]) + "\"" + "x".repeat(4 << 20) + "\"\n" + lines(some(1)), { token });
	assert.deepEqual([oversize.status, oversize.json.seq[1], oversize.json.faults[0].line, oversize.json.faults[0].reason],
		[200, null, 2, "oversize"]);
});

test("every refusal has its status; without a right token nothing is learnt", async (t) => {
	const site = newSite(t);
	const ours = issue(site, "ours", "ours"), any = issue(site, "any");
	const server = await serve(t, site);
	const body = lines(some(1));
	const ask = (name, options = {}) => post(`${server.url}/sources/${name}/events`, options.body ?? body, options);
	for (const name of ["ours", "recorded", "nowhere"])
		for (const options of [{}, { token: "x" }, { token: `${ours.slice(0, -1)}${ours.endsWith("a") ? "b" : "a"}` },
			{ headers: { authorization: `Basic ${ours}` } }, { headers: { authorization: ours } }]) {
			const refused = await ask(name, options);
			assert.deepEqual([refused.status, refused.headers["www-authenticate"]], [401, "Bearer"]);
			assert.ok(refused.json.error);
		}
	assert.equal((await ask("theirs", { token: ours })).status, 403);
	assert.equal((await ask("theirs", { token: any })).status, 200);
	assert.equal((await ask("ours", { token: ours })).status, 200);
	assert.equal((await ask("recorded", { token: any })).status, 404);
	assert.equal((await ask("nowhere", { token: any })).status, 404);
	assert.equal((await ask("ours", { token: ours, type: "application/xml" })).status, 415);
	assert.equal((await ask("ours", { token: ours, headers: { "content-encoding": "gzip" } })).status, 415);
	assert.equal((await ask("ours", { token: ours, headers: { "content-encoding": "identity" } })).status, 200);
	assert.equal((await ask("ours", { token: ours, type: "application/json; charset=utf-8" })).status, 200);
	assert.equal((await ask("ours", { token: ours, body: "" })).status, 400);
	const array = await ask("ours", { token: ours, type: "application/json", body: `[${JSON.stringify(recentchange())}]` });
	assert.equal(array.status, 400);
	assert.match(array.json.error, /one JSON object a line/);
	assert.equal((await ask("ours", { token: ours, method: "GET", body: "" })).status, 405);
	const options = await ask("ours", { method: "OPTIONS", body: "" });
	assert.deepEqual([options.status, options.headers.allow, options.headers["access-control-allow-origin"]], [204, "POST, OPTIONS", undefined]);
	// The WebSocket.
	const url = `${server.url}/sources/ours/push`;
	assert.equal(await refusal(url), 401);
	assert.equal(await refusal(url, "x"), 401);
	assert.equal(await refusal(`${server.url}/sources/nowhere/push`), 401);
	assert.equal(await refusal(`${server.url}/sources/nowhere/push`, any), 404);
	assert.equal(await refusal(`${server.url}/sources/recorded/push`, any), 404);
	assert.equal(await refusal(`${server.url}/sources/theirs/push`, ours), 403);
	assert.equal(await refusal(url, ours, { origin: "https://elsewhere.example" }), 403);
	assert.equal((await fetch(url)).status, 426);
	const sockets = [];
	for (let i = 0; i < 8; i++)
		sockets.push(await pusher(url, ours));
	assert.equal(await refusal(url, ours), 429);
	assert.equal(await refusal(url, any), 101);
	sockets[0].socket.close();
	await sockets[0].closed;
	await waitFor(async () => await refusal(url, ours) === 101, "room for another connection");
	for (const { socket } of sockets)
		socket.terminate();
	assertNoTokens(site, server);
});

test("a revoked token is refused within a second, also on an open socket", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot"), other = issue(site, "other");
	const server = await serve(t, site);
	const url = `${server.url}/sources/ours`;
	const socket = await pusher(`${url}/push`, token), stays = await pusher(`${url}/push`, other);
	assert.deepEqual(await socket.send(recentchange()), { seq: 1 });
	revoke(site, "robot");
	const at = Date.now();
	assert.equal((await post(`${url}/events`, lines(some(1)), { token })).status, 401);
	assert.deepEqual((await socket.closed).code, 1008);
	assert.ok(Date.now() - at < atOnce(1000));
	assert.deepEqual(await stays.send(recentchange()), { seq: 2 });
	stays.socket.close();
	// One made while the server runs is good at once.
	assert.equal((await post(`${url}/events`, lines(some(1)), { token: issue(site, "robot") })).status, 200);
	assertNoTokens(site, server);
	assertNoTokensInMemory(t, server);
});

test("a broken line among the tokens is told with its place, the others count; a file that can't be read is told too", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot");
	const file = path.join(site, "var/tokens");
	appendFileSync(file, "this is no token\n");
	const server = await serve(t, site);
	const ask = async () => (await post(`${server.url}/sources/ours/events`, lines(some(1)), { token })).status;
	assert.equal(await ask(), 200);
	assert.match(server.output(), /^carillon: \S*var\/tokens:4: a token has five words/m);
	const list = await run(["token", "--site", site, "list"]);
	assert.deepEqual([list.code, /robot/.test(list.stdout)], [1, true]);
	renameSync(file, `${file}.aside`);
	assert.equal(await ask(), 401);
	mkdirSync(file);
	assert.equal(await ask(), 503);
	assert.match(server.output(), /nobody can push: can't read/);
	rmdirSync(file);
	renameSync(`${file}.aside`, file);
	assert.equal(await ask(), 200);
});

test("over a WebSocket each message is answered in its order, many under way; what is under way at a close is stored", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot");
	const server = await serve(t, site);
	const url = `${server.url}/sources/ours/push`;
	const socket = await pusher(url, token);
	const event = recentchange();
	assert.deepEqual(await socket.send(event), { seq: 1 });
	assert.deepEqual(await socket.send(Buffer.from(JSON.stringify(event))), { seq: 1, duplicate: true });
	const broken = await socket.send("{\"id\":");
	assert.equal(broken.skipped, "broken");
	assert.ok(broken.text);
	assert.equal((await socket.send("{\"meta\":{\"domain\":\"canary\"}}")).skipped, "canary");
	const events = some(5000);
	const begun = Date.now();
	const answers = await Promise.all(events.map((each, i) => socket.send(i % 100 === 99 ? "no event" : each)));
	const seconds = (Date.now() - begun) / 1000;
	let seq = 1;
	answers.forEach((answer, i) => i % 100 === 99 ? assert.equal(answer.skipped, "broken") : assert.deepEqual(answer, { seq: ++seq }));
	assert.ok(seconds < atOnce(5000) / 1000, `5,000 messages took ${seconds} s`);
	t.diagnostic(`5,000 messages in ${seconds} s`);
	// Messages of 1 MiB: held back by the bound on bytes, none lost.
	const large = await Promise.all(Array.from({ length: 12 }, () => socket.send({ ...recentchange(), pad: "x".repeat(1 << 20) })));
	assert.deepEqual(large.map((answer) => answer.seq), large.map((_, i) => seq + 1 + i));
	const last = some(2000);
	last.forEach((each) => socket.send(each));
	socket.socket.close();
	await socket.closed;
	await waitFor(() => storedCount(site) === seq + 12 + 2000, "what was sent before the close");
	// One who sends and never reads is held back or let go, and the others don't notice.
	const deaf = await pusher(url, token);
	deaf.socket._socket.pause();
	for (let i = 0; i < 20000; i++)
		deaf.socket.send("no event");
	const good = await pusher(url, token);
	for (let i = 0; i < 20; i++) {
		const at = Date.now();
		assert.ok((await good.send(recentchange())).seq);
		assert.ok(Date.now() - at < atOnce(1000));
		await sleep(20);
	}
	deaf.socket.terminate();
	good.socket.close();
	assertNoTokens(site, server);
});

test("hostile messages end their own socket and nothing else", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot");
	const server = await serve(t, site);
	const url = `${server.url}/sources/ours/push`;
	const good = await pusher(url, token);
	const large = await pusher(url, token), fragments = await pusher(url, token);
	large.send(recentchange());
	large.socket.send("x".repeat((4 << 20) + 1));
	assert.equal((await large.closed).code, 1009);
	for (let i = 0; i < 100000 && fragments.socket.readyState === WebSocket.OPEN; i++)
		fragments.socket.send("x", { fin: false });
	assert.equal((await fragments.closed).code, 1008);
	const deep = await good.send("[".repeat(100000));
	assert.equal(deep.skipped, "broken");
	assert.equal((await good.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).skipped, "broken");
	assert.ok((await good.send("{\"meta\":{\"id\":7},\"type\":[],\"timestamp\":{},\"title\":false}")).skipped);
	assert.ok((await good.send(recentchange())).seq);
	await waitFor(() => storedCount(site) === 2, "what came before the large one");
	good.socket.close();
});

test("after too many wrong tokens an address waits, the others don't", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot");
	const server = await serve(t, site);
	const url = `${server.url}/sources/ours/events`;
	const body = lines(some(1));
	const residentKiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]);
	const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
	t.after(() => agent.destroy());
	const statuses = {};
	const wrong = (i) => `carillon_${"abcdefgh"}_${i.toString(32).replace(/[0189]/g, "a").padStart(52, "a")}`;
	await post(url, body, { token: wrong(0), agent });
	const before = residentKiB();
	let next = 1, retryAfter;
	await Promise.all(Array.from({ length: 16 }, async () => {
		while (next < 10000) {
			const answer = await post(url, body, { token: wrong(next++), agent });
			statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
			if (answer.status === 429)
				retryAfter = answer.headers["retry-after"];
		}
	}));
	t.diagnostic(JSON.stringify(statuses));
	assert.deepEqual(Object.keys(statuses), ["401", "429"]);
	assert.ok(statuses[429] > 9000);
	assert.match(retryAfter, /^\d+$/);
	// The address sanitizer keeps what was freed.
	if (!readFileSync(program).includes("__asan_init"))
		assert.ok(residentKiB() - before < 8 << 10, `${residentKiB() - before} KiB more`);
	const here = await post(url, body, { token });
	const elsewhere = await post(url, body, { token, from: "127.0.0.2" });
	assert.deepEqual([here.status, elsewhere.status], [429, 200]);
	assert.ok(server.output().split("\n").filter((line) => line.includes("wrong token")).length < 20);
	assert.match(await (await fetch(`${server.url}/metrics`)).text(), /^carillon_push_wrong_tokens_total 1000\d$/m);
	await waitFor(async () => (await post(url, body, { token })).status === 200, "the address to be let in again", 60000);
	assertNoTokens(site, server);
});

test("100 pushers at once each get their own numbers", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot");
	const server = await serve(t, site);
	const all = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
		const events = some(20), mine = [];
		for (const pair of Array.from({ length: 10 }, (__, k) => events.slice(2 * k, 2 * k + 2))) {
			const answer = await post(`${server.url}/sources/ours/events`, lines(pair), { token });
			assert.equal(answer.status, 200, `pusher ${i}: ${answer.text}`);
			answer.json.seq.forEach((seq, k) => mine.push([seq, pair[k].title]));
		}
		return mine;
	}));
	const told = all.flat().sort((a, b) => a[0] - b[0]);
	assert.deepEqual(told.map(([seq]) => seq), Array.from({ length: 2000 }, (_, i) => i + 1));
	assert.deepEqual(query(site, "SELECT seq, entity FROM events ORDER BY seq"), told);
	assertNoTokens(site, server);
	assertNoTokensInMemory(t, server);
});

test("on a full disk pushes get 507 while the live sound goes on, and are taken again when there is room", async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot");
	const server = await serve(t, site);
	const url = `${server.url}/sources/ours`;
	let soundBytes = 0;
	const sound = http.get(`${server.url}/stations/all/listen.mp3`, (response) => response.on("data", (piece) => { soundBytes += piece.length; }));
	sound.on("error", () => {});
	t.after(() => sound.destroy());
	const socket = await pusher(`${url}/push`, token);
	assert.equal((await post(`${url}/events`, lines(some(10)), { token })).status, 200);
	await waitFor(() => soundBytes > 0, "sound");
	const limit = (bytes) => execFileSync("prlimit", ["--pid", String(server.pid), `--fsize=${bytes}:unlimited`]);
	const wal = statSync(path.join(site, "var/events.db-wal")).size;
	limit(wal);
	const events = some(200);
	const full = await waitFor(async () => {
		const answer = await post(`${url}/events`, lines(events), { token });
		return answer.status !== 200 && answer;
	}, "the disk to be full");
	assert.equal(full.status, 507);
	assert.match(full.json.error, /nothing of this was stored/);
	const refused = recentchange();
	assert.deepEqual(await socket.send(refused), { error: "disk full" });
	assert.equal((await socket.send("no event")).skipped, "broken");
	const before = soundBytes;
	for (let i = 0; i < 20; i++) {
		assert.equal((await post(`${url}/events`, lines(events), { token })).status, 507);
		await sleep(50);
	}
	assert.ok(soundBytes > before, "the sound goes on");
	assert.equal(storedCount(site), 10);
	limit("unlimited");
	const taken = await post(`${url}/events`, lines(events), { token });
	assert.deepEqual([taken.status, taken.json.logged, taken.json.first_seq], [200, 200, 11]);
	assert.deepEqual(await socket.send(refused), { seq: 211 });
	socket.socket.close();
	assertNoTokens(site, server);
});

test(`${kills} kills and stops under pushes lose no answered one and double none`, { timeout: 60000 + kills * 5000 }, async (t) => {
	const site = newSite(t);
	const token = issue(site, "robot");
	const answered = new Map(); // title -> seq
	const note = (title, seq) => {
		assert.ok(!answered.has(title) || answered.get(title) === seq, "an event has one number");
		answered.set(title, seq);
	};
	const open = []; // requests that weren't answered: they are sent again, as they were
	let server;
	for (let i = 0; i < kills; i++) {
		server = await serve(t, site);
		let over = false;
		const overHttp = async () => {
			while (!over) {
				const events = open.shift() ?? some(1 + Math.floor(Math.random() * 50));
				const answer = await post(`${server.url}/sources/ours/events`, lines(events), { token }).catch(() => null);
				if (answer?.status === 200)
					answer.json.seq.forEach((seq, k) => note(events[k].title, seq));
				else
					open.push(events);
			}
		};
		const overSocket = async () => {
			const socket = await pusher(`${server.url}/sources/ours/push`, token).catch(() => null);
			while (!over && socket) {
				const events = some(20);
				const sent = events.map((event) => socket.send(event).then(({ seq }) => note(event.title, seq)));
				const done = await Promise.race([Promise.all(sent).then(() => true), socket.closed.then(() => false)]);
				if (!done) {
					open.push(events);
					return;
				}
			}
			socket?.socket.terminate();
		};
		const all = [overHttp(), overHttp(), overHttp(), overSocket(), overSocket()];
		await sleep(50 + Math.random() * 200);
		if (i < kills - 1) {
			// Each third time it may end properly; what is then answered 503, or not at all, counts as not taken.
			if (i % 3 === 2) {
				const at = Date.now();
				assert.equal(await server.stop("SIGTERM"), 0);
				assert.ok(Date.now() - at < atOnce(2000), "it stops within two seconds");
			} else {
				await server.stop("SIGKILL");
			}
			over = true;
			await Promise.all(all);
		} else {
			over = true;
			await Promise.all(all);
			for (const events of open.splice(0)) {
				const answer = await post(`${server.url}/sources/ours/events`, lines(events), { token });
				assert.equal(answer.status, 200);
				answer.json.seq.forEach((seq, k) => note(events[k].title, seq));
			}
		}
	}
	const stored = query(site, "SELECT entity, seq FROM events ORDER BY seq");
	t.diagnostic(`${stored.length} events`);
	assert.ok(stored.length > kills * 10);
	assert.deepEqual(stored.map(([, seq]) => seq), stored.map((_, i) => i + 1), "numbers without a gap");
	assert.equal(new Set(stored.map(([title]) => title)).size, stored.length, "none twice");
	assert.deepEqual(new Map(stored), new Map([...answered].sort((a, b) => a[1] - b[1])), "each under the number that was answered");
	assertNoTokens(site, server);
});
