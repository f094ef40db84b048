// bench.mjs - what the benches share: an optimised build, servers and the load program on a core each, medians, bars.
// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, "../..");
export const build = process.env.BUILD ?? path.join(root, "build-bench");
const SERVER_CORE = "0", LOAD_CORE = "1";

// `--name value` pairs over the defaults; numbers, or lists of numbers where the default is one.
export function readOptions(defaults, usage) {
	const options = { ...defaults };
	for (let i = 2; i < process.argv.length; i += 2) {
		const name = process.argv[i].replace(/^--/, "");
		if (!(name in defaults) || process.argv[i + 1] === undefined) {
			console.error(usage);
			process.exit(2);
		}
		const numbers = process.argv[i + 1].split(",").map(Number);
		options[name] = Array.isArray(defaults[name]) ? numbers : numbers[0];
	}
	return options;
}

export function buildAll() {
	if (!existsSync(path.join(build, "build.ninja")))
		execFileSync("meson", ["setup", build, root, "--buildtype=release"], { stdio: ["ignore", "ignore", "inherit"] });
	const targets = ["server/carillon", "tests/bench/floor", "tests/bench/load"];
	execFileSync("ninja", ["-C", build, ...targets], { stdio: ["ignore", "ignore", "inherit"] });
}

const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

// A program pinned to a core, whose lines can be waited for.
function start(core, command, args) {
	const child = spawn("taskset", ["-c", core, command, ...args], { stdio: ["pipe", "pipe", "inherit"], cwd: here });
	children.add(child);
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	let isEnding = false;
	child.on("exit", (code) => {
		children.delete(child);
		if (!isEnding) {
			console.error(`${command} ended with ${code}`);
			process.exit(1);
		}
	});
	return {
		pid: child.pid,
		line: async () => (await lines.next()).value,
		write: (text) => child.stdin.write(`${text}\n`),
		end(signal) {
			isEnding = true;
			const gone = new Promise((done) => child.on("exit", done));
			child.stdin.end();
			child.kill(signal);
			return gone;
		},
	};
}

const site = (feedPort) => `title: Bench
sources:
  - {name: wiki, url: "http://127.0.0.1:${feedPort}/stream", mapping: mediawiki}
stations:
  - {name: bench, match: {source: wiki}, score: hatnote}
`;

export const KINDS = {
	floor: (port) => [path.join(build, "tests/bench/floor"), [port]],
	carillon: (port, folder) => {
		writeFileSync(path.join(folder, "carillon.yaml"), site(port));
		return [path.join(build, "server/carillon"), ["serve", "--site", folder, "--listen", "127.0.0.1:0"]];
	},
	ws: (port) => [process.execPath, ["peer_ws.mjs", port]],
	autobahn: (port) => ["/usr/bin/python3", ["peer_autobahn.py", port]],
};

// A server of this kind with its load program. do(command) gives the answer.
export async function pair(kind) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
	const load = start(LOAD_CORE, path.join(build, "tests/bench/load"), [kind === "carillon" ? "events" : "lines"]);
	const [command, args] = KINDS[kind](await load.line(), folder);
	const server = start(SERVER_CORE, command, args);
	const port = /(\d+)\/?$/.exec(await server.line())[1];
	async function ask(line) {
		load.write(line);
		return JSON.parse(await load.line());
	}
	await ask(`server ${server.pid}`);
	return {
		kind, ask, pid: server.pid,
		listen: (n) => ask(`crowd ${port} /stations/bench/live ${n}`),
		memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]),
		async end() {
			await load.end("SIGTERM");
			await server.end("SIGTERM");
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}

// The bars: said one a line; the exit code tells whether all were met.
const failed = [];
export function bar(what, value, most, digits = 2) {
	const isMet = value <= most;
	console.log(`${isMet ? "PASS" : "FAIL"}  ${what}: ${value.toFixed(digits)} (at most ${Number(most.toFixed(2))})`);
	if (!isMet)
		failed.push(what);
}
export function barLeast(what, value, least, digits = 2) {
	const isMet = value >= least;
	console.log(`${isMet ? "PASS" : "FAIL"}  ${what}: ${value.toFixed(digits)} (at least ${Number(least.toFixed(2))})`);
	if (!isMet)
		failed.push(what);
}
export function finish() {
	console.log(failed.length ? `${failed.length} bars not met` : "All bars met");
	process.exit(failed.length ? 1 : 0);
}
