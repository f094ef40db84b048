// http_server.mjs - the test server of tests/tools/http_server.c, and sockets that send it exactly the bytes wanted.
// Everything on loopback; only processes started here are ended.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { build, sleep, waitFor } from "./carillon.mjs";

export const tools = path.join(build, "tests/tools");

export function makeFolder(t) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-http-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

// { port, pid, url, output(), stop() }; stopped after the test, and must then exit with 0: a sanitizer's report or a
// handle left open would not. limit: of descriptors; perAddress: connections.
export async function startServer(t, options = {}) {
	const { folder = "/", address = "127.0.0.1:0", perAddress = 1000, env = {}, limit } = options;
	const program = [path.join(tools, "http_server"), address, folder, String(perAddress)];
	const command = limit ? ["sh", "-c", `ulimit -n ${limit}; exec "$@"`, "sh", ...program] : program;
	const child = spawn(command[0], command.slice(1), {
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, ASAN_OPTIONS: "abort_on_error=0:detect_leaks=1:verify_asan_link_order=0", ...env },
	});
	let out = "", errors = "", code;
	child.stdout.on("data", (bytes) => { out += bytes; });
	child.stderr.on("data", (bytes) => { errors += bytes; });
	const ended = new Promise((done) => child.on("close", (status, signal) => done(code = status ?? signal)));
	await waitFor(() => out.includes("\n") || code !== undefined, "the test server to listen");
	const port = Number(/:(\d+)\n/.exec(out)?.[1]);
	const server = {
		port, pid: child.pid, url: `http://127.0.0.1:${port}`, ended,
		output: () => errors,
		stop: async () => {
			if (code === undefined)
				child.kill("SIGTERM");
			return ended;
		},
		counts: async () => (await fetch(`http://127.0.0.1:${port}/counts`)).json(),
	};
	t.after(async () => {
		await server.stop();
		assert.equal(code, 0, `the server ended with ${code}:\n${errors.slice(-6000)}`);
	});
	return server;
}

// Sends bytes as they are and gathers what comes until the server closes, or nothing more has come for `ms` after something
// had (of an endless answer: four times that): { text, bytes, closed, took }. Nothing at all in 20 s is an empty answer.
export function raw(port, bytes, { ms = 3000, end = false } = {}) {
	return new Promise((done) => {
		const parts = [], start = Date.now();
		let first = 0;
		const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
		let over = false;
		function finish(closed) {
			if (over)
				return;
			over = true;
			clearTimeout(timer);
			socket.destroy();
			const all = Buffer.concat(parts);
			done({ text: all.toString("latin1"), bytes: all, closed, took: Date.now() - start });
		}
		let timer = setTimeout(() => finish(false), 20000);
		socket.on("connect", () => {
			socket.write(bytes);
			if (end)
				socket.end();
		});
		socket.on("data", (part) => {
			parts.push(part);
			first ||= Date.now();
			clearTimeout(timer);
			timer = setTimeout(() => finish(false), Math.min(ms, first + 4 * ms - Date.now()));
		});
		socket.on("end", () => finish(true));
		socket.on("error", () => finish(true));
	});
}

export const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => Number(m[1]));

export function connect(port) {
	return new Promise((done) => {
		const socket = net.connect({ port, host: "127.0.0.1" });
		socket.closed_ = false;
		socket.on("connect", () => done(socket));
		socket.on("error", () => { socket.closed_ = true; done(socket); });
		socket.on("end", () => { socket.closed_ = true; });
		socket.on("close", () => { socket.closed_ = true; });
	});
}

export { sleep, waitFor };
