// websocket.mjs - RFC 6455 from the other side, with frames made by hand: framing, pings, reserved bits, opcodes,
// fragmentation, UTF-8, closing.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import net from "node:net";
import test from "node:test";
import { startServer } from "./http_server.mjs";

const TEXT = 1, BINARY = 2, MORE = 0, CLOSE = 8, PING = 9, PONG = 10;

function frame(opcode, payload = "", { fin = true, rsv = 0, masked = true, length } = {}) {
	const body = Buffer.from(payload), size = length ?? body.length;
	const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
	const mark = masked ? 0x80 : 0;
	if (size < 126)
		head.push(mark | size);
	else if (size < 65536)
		head.push(mark | 126, size >> 8, size & 255);
	else
		head.push(mark | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (size >>> shift) & 255));
	const mask = masked ? [0x12, 0x34, 0x56, 0x78] : [];
	return Buffer.concat([Buffer.from([...head, ...mask]), masked ? body.map((byte, i) => byte ^ mask[i & 3]) : body]);
}
const closing = (code, reason = "") =>
	frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));

// Sends the bytes (one piece or several, with a pause between) and gives what came till `ms` after the last of them, and
// after what came last: { frames, code } where code is that of the close frame, 0 when the connection was only closed, null
// when it stayed open.
function talk(port, pieces, ms = 250) {
	return new Promise((done) => {
		const socket = net.connect(port, "127.0.0.1");
		let got = Buffer.alloc(0), upgraded = false, closed = false, sent = false;
		let timer = setTimeout(finish, 20000);
		function finish() {
			clearTimeout(timer);
			socket.destroy();
			const frames = [];
			let code = closed ? 0 : null;
			while (got.length >= 2) {
				let n = got[1] & 127, at = 2;
				if (n === 126) {
					n = got.readUInt16BE(2);
					at = 4;
				} else if (n === 127) {
					n = Number(got.readBigUInt64BE(2));
					at = 10;
				}
				assert.equal(got[1] & 0x80, 0, "a server doesn't mask");
				const opcode = got[0] & 15, payload = got.subarray(at, at + n);
				if (opcode === CLOSE)
					code = n >= 2 ? payload.readUInt16BE(0) : 1005;
				else
					frames.push([opcode, payload.toString()]);
				got = got.subarray(at + n);
			}
			done({ frames, code });
		}
		socket.on("error", () => {});
		socket.on("close", () => { closed = true; finish(); });
		socket.on("connect", () => socket.write("GET /ws/a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n" +
			"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
		socket.on("data", async (part) => {
			got = Buffer.concat([got, part]);
			if (sent)
				again();
			const end = got.indexOf("\r\n\r\n");
			if (upgraded || end < 0)
				return;
			upgraded = true;
			got = got.subarray(end + 4);
			for (const piece of pieces) {
				socket.write(piece);
				if (pieces.length > 1)
					await new Promise((next) => setTimeout(next, 2));
			}
			sent = true;
			again();
		});
		function again() {
			clearTimeout(timer);
			timer = setTimeout(finish, ms);
		}
	});
}

const echo = (text) =>
	({ frames: [[TEXT, text.length > 1000 ? `${Buffer.byteLength(text)} bytes` : text]], code: null });
const bytewise = (buffer) => Array.from(buffer, (_, i) => buffer.subarray(i, i + 1));

async function check(t, cases, order) {
	const server = await startServer(t);
	for (let i = 0; i < cases.length; i += 16)
		await Promise.all(cases.slice(i, i + 16).map(async ([name, pieces, expected, ms]) => {
			const got = await talk(server.port, [pieces].flat(), ms);
			if (order)
				got.frames.sort(order);
			assert.deepEqual(got, expected, name);
		}));
	const counts = await server.counts();
	assert.equal(counts.ws_opened, cases.length);
}

test("frames of every length are read, whole or byte by byte", async (t) => {
	const lengths = [0, 1, 125, 126, 127, 128, 1000, 65535, 65536, 70000, 1 << 20];
	await check(t, [
		...lengths.filter((n) => n).map((n) => [`${n} bytes`, frame(TEXT, "*".repeat(n)), echo("*".repeat(n)), 1000]),
		["nothing", frame(TEXT), { frames: [[TEXT, ""]], code: null }],
		["binary", frame(BINARY, Buffer.from([0, 255, 254])), { frames: [[TEXT, "binary"]], code: null }],
		["a text byte by byte", bytewise(frame(TEXT, "slowly")), echo("slowly"), 1000],
		["a long head byte by byte", bytewise(frame(TEXT, "*".repeat(200))), echo("*".repeat(200)), 2000],
		["two in one piece", Buffer.concat([frame(TEXT, "a"), frame(TEXT, "b")]),
			{ frames: [[TEXT, "a"], [TEXT, "b"]], code: null }],
		["unmasked", frame(TEXT, "hello", { masked: false }), { frames: [], code: 1002 }],
		["longer than is taken", frame(TEXT, "x", { length: (4 << 20) + 1 }), { frames: [], code: 1009 }],
	]);
});

test("a ping is answered, a pong is not", async (t) => {
	await check(t, [
		["empty", frame(PING), { frames: [[PONG, ""]], code: null }],
		["with text", frame(PING, "abc"), { frames: [[PONG, "abc"]], code: null }],
		["as long as it may be", frame(PING, "*".repeat(125)), { frames: [[PONG, "*".repeat(125)]], code: null }],
		["byte by byte", bytewise(frame(PING, "abc")), { frames: [[PONG, "abc"]], code: null }, 1000],
		["several at once", Buffer.concat(["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((text) => frame(PING, text))),
			{ frames: ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((text) => [PONG, text]), code: null }],
		["a pong", [frame(PONG, "unasked"), frame(TEXT, "x")], echo("x")],
		["an empty pong", [frame(PONG), frame(TEXT, "x")], echo("x")],
		["between fragments", [frame(TEXT, "a", { fin: false }), frame(PING, "p"), frame(MORE, "b")],
			{ frames: [[PONG, "p"], [TEXT, "ab"]], code: null }],
	]);
});

test("what the protocol doesn't know is refused with 1002", async (t) => {
	const refused = { frames: [], code: 1002 };
	await check(t, [
		...[1, 2, 3, 4, 5, 6, 7].map((rsv) => [`reserved bits ${rsv}`, frame(TEXT, "x", { rsv }), refused]),
		...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, frame(opcode, "x"), refused]),
		["a ping in fragments", frame(PING, "x", { fin: false }), refused],
		["a pong in fragments", frame(PONG, "x", { fin: false }), refused],
		["a close in fragments", frame(CLOSE, "", { fin: false }), refused],
		["a ping too long", frame(PING, "*".repeat(126)), refused],
		["a continuation of nothing", frame(MORE, "x"), refused],
		["a last one of nothing", frame(MORE, "x", { fin: false }), refused],
		["a text inside a text", [frame(TEXT, "a", { fin: false }), frame(TEXT, "b")], refused],
		["a binary inside a text", [frame(TEXT, "a", { fin: false }), frame(BINARY, "b")], refused],
	]);
});

test("fragments become one message, however they are cut", async (t) => {
	const text = "Größe, 音, 🔔!", bytes = Buffer.from(text), cases = [];
	for (let cut = 0; cut <= bytes.length; cut++)
		cases.push([`cut at ${cut}`,
			[frame(TEXT, bytes.subarray(0, cut), { fin: false }), frame(MORE, bytes.subarray(cut))], echo(text)]);
	cases.push(["every byte a fragment", [Buffer.concat([frame(TEXT, "", { fin: false }),
		...bytewise(bytes).map((byte) => frame(MORE, byte, { fin: false })), frame(MORE)])], echo(text)]);
	cases.push(["empty fragments", [Buffer.concat([frame(TEXT, "", { fin: false }), frame(MORE, "", { fin: false }),
		frame(MORE, "")])], { frames: [[TEXT, ""]], code: null }]);
	await check(t, cases);
});

test("text is UTF-8 or the connection ends with 1007", async (t) => {
	const good = ["00", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbd", "efbfbf", "f0908080", "f48fbfbf",
		"efbbbf", "ceba"].map((hex) => Buffer.from(hex, "hex"));
	const bad = ["80", "bf", "c0", "c080", "c1bf", "c3", "c328", "e0809f", "e09fbf", "e2", "e282", "e28228", "eda080",
		"edbfbf", "eda080edb080", "f0", "f09f", "f09f94", "f08080af", "f08fbfbf", "f4908080", "f5808080", "f8888080",
		"fc8080808080", "fe", "ff", "fffe", "ceba80", "c0af", "e080af"].map((hex) => Buffer.from(hex, "hex"));
	const around = (bytes) => Buffer.concat([Buffer.from("<"), bytes, Buffer.from(">")]);
	await check(t, [
		...good.map((bytes) => [bytes.toString("hex"), frame(TEXT, around(bytes)), echo(around(bytes).toString())]),
		...good.map((bytes) => [`${bytes.toString("hex")} in fragments`, [frame(TEXT, bytes.subarray(0, 1), { fin: false }),
			frame(MORE, bytes.subarray(1))], echo(bytes.toString())]),
		...bad.map((bytes) => [bytes.toString("hex"), frame(TEXT, around(bytes)), { frames: [], code: 1007 }]),
		...bad.map((bytes) => [`${bytes.toString("hex")} at the end`, frame(TEXT, bytes), { frames: [], code: 1007 }]),
		...["80", "c328", "eda0", "f490", "f5"].map((hex) => [`${hex} before the message's end`,
			frame(TEXT, Buffer.from(hex, "hex"), { fin: false }), { frames: [], code: 1007 }]),
		["binary may be anything", frame(BINARY, Buffer.from([0xff])), { frames: [[TEXT, "binary"]], code: null }],
	]);
});

test("a close is answered by a close, and nothing follows it", async (t) => {
	const answered = (code) => ({ frames: [], code });
	await check(t, [
		["without a code", frame(CLOSE), answered(1005), 1000],
		...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code) =>
			[`code ${code}`, closing(code, "because"), answered(code), 1000]),
		["a reason as long as it may be", closing(1000, "*".repeat(123)), answered(1000), 1000],
		["a message after it", [Buffer.concat([closing(1000), frame(TEXT, "too late")])], answered(1000), 1000],
		["a ping after it", [Buffer.concat([closing(1000), frame(PING, "too late")])], answered(1000), 1000],
		["one byte of a code", frame(CLOSE, Buffer.from([3])), answered(1002), 1000],
		["a reason that isn't UTF-8", frame(CLOSE, Buffer.from([3, 232, 0xff])), answered(1007), 1000],
		...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].map((code) =>
			[`code ${code}`, closing(code), answered(1002), 1000]),
		["the server's own", frame(TEXT, "close 4321"), answered(4321), 1000],
	]);
});
