// live.mjs - what listeners get over the WebSocket and as Server-Sent Events: every event of their station once and in
// order, whenever they come, go, and come back.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { createRequire } from "node:module";

import { makeSite, recentchange, serve, siteYaml, sleep, upstream, waitFor } from "./carillon.mjs";

const { WebSocket } = createRequire(new URL("../package.json", import.meta.url))("ws");

// A socket with all events that came: { events, frames, code, reason, close() }.
function listen(server, query = "", station = "wikipedia") {
	const socket = new WebSocket(`${server.url.replace("http", "ws")}/stations/${station}/live${query}`, "carillon.v1");
	const got = { socket, events: [], frames: 0, code: 0, reason: "", status: 0, opened: false };
	got.close = () => socket.terminate();
	socket.on("open", () => { got.opened = true; });
	socket.on("message", (data, isBinary) => {
		assert.equal(isBinary, false);
		const events = JSON.parse(data.toString());
		assert.ok(Array.isArray(events) && events.length > 0);
		got.events.push(...events);
		got.frames++;
	});
	socket.on("unexpected-response", (request, response) => { got.status = response.statusCode; request.destroy(); });
	socket.on("close", (code, reason) => { got.code = code; got.reason = reason.toString(); });
	socket.on("error", () => {});
	return got;
}

// An event stream: { events, comments, status, close() }.
function stream(server, { query = "", lastId } = {}) {
	const got = { events: [], ids: [], comments: 0, status: 0, type: "", body: "", ended: false };
	const headers = lastId === undefined ? {} : { "last-event-id": String(lastId) };
	const request = http.get(`${server.url}/stations/wikipedia/events${query}`, { headers }, (response) => {
		got.status = response.statusCode;
		got.type = response.headers["content-type"];
		response.setEncoding("utf8");
		let text = "";
		response.on("data", (chunk) => {
			got.body += got.status === 200 ? "" : chunk;
			text += chunk;
			for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
				const lines = text.slice(0, end).split("\n");
				got.comments += lines[0].startsWith(":") ? 1 : 0;
				const id = lines.find((line) => line.startsWith("id: "));
				const data = lines.find((line) => line.startsWith("data: "));
				if (!data)
					continue;
				got.ids.push(Number(id.slice(4)));
				got.events.push(JSON.parse(data.slice(6)));
			}
		});
		response.on("close", () => { got.ended = true; });
	});
	request.on("error", () => {});
	got.close = () => request.destroy();
	return got;
}

async function house(t) {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const server = await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to listen to its upstream");
	let id = 0;
	return { source, site, server, send: (fields) => source.send(++id, recentchange(fields)) };
}

const seqs = (got) => got.events.map((event) => event.seq);
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

test("an edit reaches the listener with its note, and all the members that are promised", async (t) => {
	const { server, send } = await house(t);
	const ear = listen(server);
	await waitFor(() => ear.opened, "the socket");
	assert.equal(ear.socket.protocol, "carillon.v1");
	send({ title: "Carillon", user: "192.0.2.1", comment: "#bells", minor: true });
	await waitFor(() => ear.events.length === 1, "the event");
	const [event] = ear.events;
	assert.deepEqual(Object.keys(event), ["seq", "time", "source", "channel", "namespace", "kind", "entity", "actor",
		"actor_kind", "magnitude", "unit", "polarity", "accent", "tags", "label", "url", "notes"]);
	assert.equal(event.seq, 1);
	assert.ok(Math.abs(event.time - Date.now()) < 60000);
	assert.deepEqual([event.source, event.channel, event.namespace, event.kind, event.entity],
		["wikimedia", "enwiki", 0, "edit", "Carillon"]);
	assert.deepEqual([event.actor, event.actor_kind, event.magnitude, event.unit, event.polarity, event.accent],
		["192.0.2.1", "anon", 100, "bytes", 1, false]);
	assert.deepEqual([event.tags, event.label], [["minor", "#bells"], "Carillon"]);
	assert.match(event.url, /^https:\/\/en\.wikipedia\.org\/w\/index\.php\?diff=/);
	assert.equal(event.notes.length, 1);
	const [note] = event.notes;
	assert.deepEqual(Object.keys(note), ["at", "instrument", "key", "level", "pan"]);
	assert.ok(Math.abs(note.at - Date.now()) < 10000);
	assert.equal(note.instrument, "celesta");
	ear.close();
});

test("whoever comes in the middle of a storm gets everything once and in order", async (t) => {
	const { server, send } = await house(t);
	const total = 9000, ears = [];
	for (let i = 1; i <= total; i++) {
		send();
		if (i % 450 === 0) {
			// Newcomers who want all of it, on both roads, while more comes in.
			ears.push(listen(server, "?after=0"), stream(server, { query: "?after=0" }));
			await sleep(i % 900 ? 5 : 60);
		}
	}
	for (const [i, ear] of ears.entries())
		await waitFor(() => ear.events.at(-1)?.seq === total, `listener ${i} (${ear.code} ${ear.reason})`, 60000);
	for (const ear of ears)
		assert.deepEqual(seqs(ear), range(1, total));
	assert.ok(ears[0].frames < total / 4);
	assert.deepEqual(ears[1].ids, range(1, total));
	ears.forEach((ear) => ear.close());
});

test("a listener that is cut off again and again misses nothing, on both roads", async (t) => {
	const { server, send } = await house(t);
	let stop = false, sent = 0;
	const sender = (async () => {
		for (; !stop; await sleep(2))
			for (let i = 0; i < 5; i++, sent++)
				send();
	})();
	const overSocket = [], overStream = [];
	for (let i = 0; i < 25; i++) {
		const a = listen(server, `?after=${overSocket.at(-1) ?? 0}`);
		const b = stream(server, { lastId: overStream.at(-1) ?? 0 });
		await sleep(20 + (i * 37) % 120);
		a.close();
		b.close();
		overSocket.push(...seqs(a));
		overStream.push(...b.ids);
	}
	stop = true;
	await sender;
	send(); // so that there is something to wait for, however much the last ones had heard
	sent++;
	const a = listen(server, `?after=${overSocket.at(-1) ?? 0}`);
	const b = stream(server, { lastId: overStream.at(-1) ?? 0 });
	await waitFor(() => a.events.at(-1)?.seq === sent && b.events.at(-1)?.seq === sent, "the last event");
	overSocket.push(...seqs(a));
	overStream.push(...b.ids);
	assert.deepEqual(overSocket, range(1, sent));
	assert.deepEqual(overStream, range(1, sent));
	a.close();
	b.close();
});

test("what was missed comes without notes, also after a restart and before anything new", async (t) => {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const first = await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to listen to its upstream");
	const before = listen(first);
	await waitFor(() => before.opened, "the socket");
	for (let i = 1; i <= 50; i++)
		source.send(i, recentchange());
	await waitFor(() => before.events.length === 50, "50 events");
	assert.equal(await first.stop(), 0);
	await waitFor(() => before.code, "the close");
	assert.equal(before.code, 1001);
	const second = await serve(t, site);
	const ear = listen(second, "?after=30"), live = listen(second), ahead = listen(second, "?after=900000");
	await waitFor(() => ear.events.length === 20, "what was missed");
	assert.deepEqual(seqs(ear), range(31, 50));
	assert.ok(ear.events.every((event) => event.notes.length === 0));
	await waitFor(() => source.clients() > 0 && live.opened && ahead.opened, "the upstream");
	source.send(51, recentchange());
	await waitFor(() => ear.events.length === 21 && live.events.length === 1 && ahead.events.length === 1, "the event");
	assert.deepEqual(ear.events.at(-1), live.events[0]);
	assert.deepEqual(seqs(live), [51]);
	[ear, live, ahead].forEach((one) => one.close());
});

test("filters narrow what is live and what was missed", async (t) => {
	const { server, send } = await house(t);
	const german = { wiki: "dewiki" }, anon = { user: "~2026-1234-5" }, bot = { bot: true };
	const queries = ["", "?channel=dewiki", "?channel=dewiki,enwiki&actor_kind=anon,bot",
		"?actor_kind=member&channel=frwiki"];
	const wanted = [[1, 2, 3, 4, 5, 6], [2, 5], [3, 4, 5], []];
	const live = [...queries.map((query) => listen(server, query)), stream(server, { query: queries[2] })];
	await waitFor(() => live.every((ear) => ear.opened || ear.status === 200), "the listeners");
	await sleep(100);
	for (const fields of [{}, german, anon, bot, { ...german, ...anon }, {}])
		send(fields);
	// Not this station's: another wiki, and a talk page.
	send({ wiki: "frwiki" });
	send({ namespace: 1 });
	await waitFor(() => live[0].events.length === 6 && live[4].events.length === 3, "the events");
	await sleep(150);
	const late = queries.map((query) => listen(server, `${query}${query ? "&" : "?"}after=0`));
	await waitFor(() => late[0].events.length === 6, "what was missed");
	await sleep(150);
	for (let i = 0; i < 4; i++) {
		assert.deepEqual(seqs(live[i]), wanted[i]);
		assert.deepEqual(seqs(late[i]), wanted[i]);
	}
	assert.deepEqual(live[4].ids, wanted[2]);
	[...live, ...late].forEach((ear) => ear.close());
});

test("what makes no sense is refused with a reason", async (t) => {
	const { server } = await house(t);
	const refusals = [["?after=yesterday", 1008, /after/], ["?after=-1", 1008, /after/],
		["?after=99999999999999999999", 1008, /after/], ["?actor_kind=robot", 1008, /member, anon, bot/]];
	for (const [query, code, reason] of refusals) {
		const ear = listen(server, query);
		await waitFor(() => ear.code, query);
		assert.equal(ear.code, code);
		assert.match(ear.reason, reason);
	}
	const nowhere = listen(server, "", "nowhere");
	await waitFor(() => nowhere.status, "the refusal");
	assert.equal(nowhere.status, 404);
	for (const options of [{ query: "?after=x" }, { lastId: "1.5" }, { query: "?actor_kind=robot" }]) {
		const ear = stream(server, options);
		await waitFor(() => ear.status && ear.ended, "the refusal");
		assert.equal(ear.status, 400);
	}
	assert.equal((await fetch(`${server.url}/stations/nowhere/events`)).status, 404);
	const head = await fetch(`${server.url}/stations/wikipedia/events`, { method: "HEAD" });
	assert.equal(head.status, 200);
	assert.match(head.headers.get("content-type"), /^text\/event-stream/);
});

test("who asks for the server's clock is told it at once, and who asks without end isn't", async (t) => {
	const { server } = await house(t);
	const socket = new WebSocket(`${server.url.replace("http", "ws")}/stations/wikipedia/live`, "carillon.v1");
	t.after(() => socket.terminate());
	const answers = [];
	socket.on("message", (data) => answers.push({ ...JSON.parse(data), received: Date.now() }));
	await new Promise((done) => socket.on("open", done));
	const sent = Date.now();
	socket.send(JSON.stringify({ clock: 12345.678 }));
	await waitFor(() => answers.length === 1, "the clock");
	assert.equal(answers[0].clock, 12345.678);
	assert.ok(answers[0].now >= sent - 1 && answers[0].now <= answers[0].received + 1, JSON.stringify(answers[0]));
	await sleep(100);
	for (const nonsense of ["{}", "[1]", "clock", '{"clock":"now"}', `{"clock":1,"more":"${"x".repeat(100)}"}`, ""])
		socket.send(nonsense);
	socket.send(Buffer.from('{"clock":1}'), { binary: true });
	await sleep(200);
	assert.equal(answers.length, 1);
	for (let n = 0; n < 200; n++)
		socket.send('{"clock":1}');
	await waitFor(() => answers.length >= 2, "the clock once more");
	await sleep(300);
	assert.ok(answers.length < 10, `${answers.length} answers`);
});

test("a browser's own client can read the event stream, which shows life every 15 s", async (t) => {
	const { server, send } = await house(t);
	const ear = stream(server);
	await waitFor(() => ear.status === 200, "the stream");
	assert.match(ear.type, /^text\/event-stream/);
	send();
	await waitFor(() => ear.events.length === 1, "the event");
	const started = Date.now();
	await waitFor(() => ear.comments > 0, "a comment");
	assert.ok(Date.now() - started > 5000);
	ear.close();
});

// Large titles, so that the kernel's buffers are soon full.
async function sendMuch(send, n) {
	for (let i = 0; i < n; i++) {
		send({ title: "Long ".repeat(2000) });
		if (i % 10 === 9)
			await sleep(20);
	}
}

test("one who reads too late is waited for and hurts nobody", async (t) => {
	const { server, send } = await house(t);
	const slow = listen(server), quick = listen(server), other = stream(server);
	await waitFor(() => slow.opened && quick.opened && other.status, "the listeners");
	slow.socket._socket.pause();
	await sendMuch(send, 400);
	await waitFor(() => quick.events.length === 400 && other.ids.length === 400, "everything");
	assert.ok(slow.events.length < 400);
	slow.socket._socket.resume();
	await waitFor(() => slow.events.length === 400, "the slow one");
	for (const ear of [slow, quick, other])
		assert.deepEqual(seqs(ear), range(1, 400));
	[slow, quick, other].forEach((ear) => ear.close());
});

// Until so many were closed for slowness.
const closedSlow = (server, n) => waitFor(async () =>
	Number(/^carillon_live_closed_slow_total (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())[1]) >= n, `${n} to be closed`);

test("one who stops reading is hung up on and can come back for the rest", async (t) => {
	const { server, send } = await house(t);
	const slow = listen(server);
	await waitFor(() => slow.opened, "the socket");
	slow.socket._socket.pause();
	await sendMuch(send, 200);
	await closedSlow(server, 1);
	slow.socket._socket.resume();
	await waitFor(() => slow.code, "the close");
	assert.equal(slow.code, 1013);
	assert.ok(slow.events.length < 200);
	const again = listen(server, `?after=${slow.events.at(-1)?.seq ?? 0}`);
	await waitFor(() => again.events.at(-1)?.seq === 200, "the rest");
	assert.deepEqual([...seqs(slow), ...seqs(again)], range(1, 200));
	again.close();
});

// FULL=1: more rounds.
test("who is closed for slowness is told how far it got, and coming back by that gets exactly the rest", async (t) => {
	const { server, send } = await house(t);
	const rounds = process.env.FULL ? 10 : 2;
	let stop = false, sent = 0;
	const sender = (async () => {
		for (; !stop; await sleep(10), sent++)
			send({ title: "Long ".repeat(1500) });
	})();
	const ends = [0, 1, 2].map(() => ({ got: [], query: "?after=0" }));
	for (let round = 1; round <= rounds; round++)
		await Promise.all(ends.map(async (end, i) => {
			const ear = listen(server, end.query);
			await waitFor(() => ear.events.length > 0, "the first events");
			await sleep(50 + 150 * i);
			ear.socket._socket.pause();
			await closedSlow(server, 3 * round);
			ear.socket._socket.resume();
			await waitFor(() => ear.code, "the close");
			assert.equal(ear.code, 1013, ear.reason);
			end.got.push(...seqs(ear));
			const [, after] = /^too slow; (\?after=\d+)$/.exec(ear.reason);
			assert.equal(after, `?after=${end.got.at(-1)}`);
			end.query = after;
		}));
	stop = true;
	await sender;
	for (const { got, query } of ends) {
		const ear = listen(server, query);
		await waitFor(() => ear.events.at(-1)?.seq === sent, "the rest", 60000);
		assert.deepEqual([...got, ...seqs(ear)], range(1, sent));
		ear.close();
	}
	const metrics = await (await fetch(`${server.url}/metrics`)).text();
	assert.match(metrics, new RegExp(`^carillon_live_closed_slow_total ${3 * rounds}$`, "m"));
	assert.match(metrics, /^carillon_live_frames_dropped_total [1-9]\d*$/m);
	assert.match(metrics, /^carillon_live_queue_bytes \d+$/m);
});

test("a server that stops tells its listeners where to go on, whatever they had heard", async (t) => {
	const source = await upstream(t);
	const site = makeSite(t, { "carillon.yaml": siteYaml(source.url) });
	const first = await serve(t, site);
	await waitFor(() => source.clients() > 0, "the server to listen to its upstream");
	const early = listen(first);
	await waitFor(() => early.opened, "the socket");
	for (let i = 1; i <= 5; i++)
		source.send(i, recentchange());
	await waitFor(() => early.events.length === 5, "5 events");
	const late = listen(first), deaf = listen(first, "?channel=dewiki&after=2");
	await waitFor(() => late.opened && deaf.opened, "the sockets");
	await sleep(100);
	assert.equal(await first.stop(), 0);
	await waitFor(() => early.code && late.code && deaf.code, "the closes");
	assert.deepEqual([early, late, deaf].map((ear) => [ear.code, ear.reason]), [[1001, "going away; ?after=5"],
		[1001, "going away; ?after=5"], [1001, "going away; ?after=2"]]);
});
