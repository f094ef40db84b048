// raw_listener.mjs - a WebSocket client without a library, for tests that need hundreds of them, or ones that don't read:
// a socket, the handshake, and as much of the frames as a listener sees.
// SPDX-License-Identifier: MIT
import net from "node:net";

const handshake = (path, fields) => `GET ${path} HTTP/1.1\r\nHost: carillon\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
	`Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${fields ?? ""}\r\n`;

// One of a client's frames.
export function frame(opcode, payload, { fin = true } = {}) {
	const body = Buffer.from(payload), n = body.length;
	const head = n < 126 ? Buffer.from([0, 0x80 | n]) : n < 65536 ? Buffer.from([0, 0xfe, n >> 8, n & 255]) :
		Buffer.from([0, 0xff, 0, 0, 0, 0, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
	head[0] = (fin ? 0x80 : 0) | opcode;
	return Buffer.concat([head, Buffer.alloc(4), body]); // a mask of zeros changes nothing
}

// message(text) is called for each; { opened, closed } are promises, the second of { code, reason }; code 1006: no close frame.
export function listen(port, path, { message = () => {}, localAddress, fields, answerClose = true } = {}) {
	const socket = net.connect({ port, host: "127.0.0.1", localAddress });
	let bytes = Buffer.alloc(0), head = "", pongs = 0, close = { code: 1006, reason: "" };
	let open, done;
	const me = {
		socket, opened: new Promise((resolve) => { open = resolve; }), closed: new Promise((resolve) => { done = resolve; }),
		head: () => head, pongs: () => pongs, send: (opcode, payload, options) => socket.write(frame(opcode, payload, options)),
	};
	socket.setNoDelay(true);
	socket.on("error", () => {});
	socket.on("close", () => { open(false); done(close); });
	socket.on("connect", () => socket.write(handshake(path, fields)));
	socket.on("data", (chunk) => {
		bytes = bytes.length ? Buffer.concat([bytes, chunk]) : chunk;
		if (!head) {
			const end = bytes.indexOf("\r\n\r\n");
			if (end < 0)
				return;
			head = bytes.subarray(0, end).toString();
			bytes = bytes.subarray(end + 4);
			open(head.startsWith("HTTP/1.1 101"));
		}
		for (;;) {
			if (bytes.length < 2)
				return;
			const short = bytes[1] & 127, start = short < 126 ? 2 : short === 126 ? 4 : 10;
			if (bytes.length < start)
				return;
			const n = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
			if (bytes.length < start + n)
				return;
			const opcode = bytes[0] & 15, payload = bytes.subarray(start, start + n);
			bytes = bytes.subarray(start + n);
			if (opcode === 1)
				message(payload.toString());
			else if (opcode === 9)
				socket.write(frame(10, payload));
			else if (opcode === 10)
				pongs++;
			else if (opcode === 8) {
				close = { code: n >= 2 ? payload.readUInt16BE(0) : 1005, reason: payload.subarray(2).toString() };
				if (answerClose)
					socket.end(frame(8, payload.subarray(0, 2)));
			}
		}
	});
	return me;
}

export const seqsOf = (text) => [...text.matchAll(/"seq":(\d+)/g)].map((match) => Number(match[1]));
