// search.mjs - one thousand queries over every line of Talk Python that is in the corpora, for the twenty best with
// snippets: Carillon beside SQLite's FTS5 with a row a line (as yt-fts has it), Sphinx, Xapian and PostgreSQL (Debian's).
//
//   CORPORA=DIR tests/bench/search [--queries 1000] [--rounds 5] [--seed 1]
//
// All get the same lines, and the same queries from search_words.mjs: one word, two words, a phrase. Carillon finds
// recordings with up to three moments each, its peers lines. Each engine has a program of its own (search_*.c); a server's is its
// client, on a Unix socket. A round asks fifty queries of one engine, then of the next, and so on until all were asked;
// every query counts with its median over the rounds, on the clock. A build is from files to what can be searched:
// processor time, but the clock's for PostgreSQL, whose server does the work.
// SPDX-License-Identifier: MIT
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";
import { bar, build, finish, median, readOptions, root } from "./bench.mjs";
import { drawQueries, seeded } from "./search_words.mjs";

const options = readOptions({ queries: 1000, rounds: 5, seed: 1 }, "usage: tests/bench/search [--queries 1000] [--rounds 5] [--seed 1]");
const corpora = process.env.CORPORA ?? path.join(root, "../shared/corpora");
const archiveFile = path.join(corpora, "talkpython.tar.zst");
if (!existsSync(archiveFile)) {
	console.error(`${archiveFile} isn't there; set CORPORA to the folder that has it`);
	process.exit(2);
}
const CHUNK = 50;
const ENGINES = ["carillon", "fts5", "sphinx", "xapian", "postgres"];
if (!existsSync(path.join(build, "build.ninja")))
	execFileSync("meson", ["setup", build, root, "--buildtype=release"], { stdio: ["ignore", "ignore", "inherit"] });
const programs = [...ENGINES, "lines"].map((name) => `tests/bench/search_${name}`);
execFileSync("ninja", ["-C", build, "server/carillon", ...programs], { stdio: ["ignore", "ignore", "inherit"] });
const program = (name) => path.join(build, `tests/bench/search_${name}`);

const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
const children = new Set();
let stopPostgres = () => {};
process.on("exit", () => {
	children.forEach((child) => child.kill("SIGKILL"));
	stopPostgres();
	rmSync(folder, { recursive: true, force: true });
});
chmodSync(folder, 0o755);

// Everything gets the lines that Carillon's importers read, in one file.
execFileSync("tar", ["--zstd", "-xf", archiveFile, "-C", folder, "talkpython/current"]);
const current = path.join(folder, "talkpython/current");
const files = readdirSync(current).filter((name) => name.endsWith(".txt")).sort();
const tsv = execFileSync(program("lines"), files.map((name) => path.join(current, name)), { maxBuffer: 1 << 28 });
writeFileSync(path.join(folder, "lines.tsv"), tsv);
const lines = tsv.toString().trimEnd().split("\n").map((line) => line.split("\t")[3]);
const queries = drawQueries(lines, options.queries, seeded(options.seed));
writeFileSync(path.join(folder, "queries.tsv"), queries.map((q) => `${q.kind}\t${q.words.join(" ")}\n`).join(""));
console.log(`${files.length} recordings, ${lines.length} lines, ${(lines.join("\n").length / 1e6).toFixed(1)} MB of text, ${queries.length} queries`);

// Seconds of processor time of a command and all that it started.
function timed(command, args) {
	const run = spawnSync("bash", ["-c", "TIMEFORMAT='%U %S'; time \"$@\" 2>&1 >/dev/null", "bash", command, ...args], { encoding: "utf8" });
	if (run.status !== 0) {
		console.error(`${command} ended with ${run.status}: ${run.stderr}`);
		process.exit(1);
	}
	const [user, system] = run.stderr.trim().split("\n").at(-1).split(" ").map(Number);
	return user + system;
}

function start(command, args, extra = {}) {
	const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], ...extra });
	children.add(child);
	const answers = child.stdout && createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	child.on("exit", (code) => {
		children.delete(child);
		if (code) {
			console.error(`${command} ended with ${code}`);
			process.exit(1);
		}
	});
	child.ask = async (line) => {
		child.stdin.write(`${line}\n`);
		return (await answers.next()).value.trim().split(" ").map(Number);
	};
	return child;
}

async function waitFor(what) {
	for (let i = 0; i < 300 && !existsSync(what); i++)
		await new Promise((done) => setTimeout(done, 100));
}

const builds = {
	async carillon() {
		const site = path.join(folder, "site");
		mkdirSync(path.join(site, "transcripts"), { recursive: true });
		writeFileSync(path.join(site, "carillon.yaml"), "title: Bench\nshows:\n  - {name: talk, title: Talk}\n");
		for (const name of files)
			writeFileSync(path.join(site, "transcripts", name), readFileSync(path.join(current, name)));
		return timed(path.join(build, "server/carillon"), ["import", "--site", site]);
	},
	async fts5(engine) {
		return (await engine.ask("build"))[0];
	},
	async xapian(engine) {
		return (await engine.ask("build"))[0];
	},
	async sphinx() {
		const conf = path.join(folder, "sphinx.conf");
		writeFileSync(conf, `source lines
{
	type = tsvpipe
	tsvpipe_command = cat ${folder}/lines.tsv
	tsvpipe_attr_string = recording
	tsvpipe_attr_uint = ms
	tsvpipe_field_string = text
}
index lines
{
	source = lines
	path = ${folder}/sphinx
	min_word_len = 1
}
indexer
{
	mem_limit = 512M
}
searchd
{
	listen = ${folder}/sphinx.sock:mysql41
	pid_file = ${folder}/sphinx.pid
	log = ${folder}/searchd.log
	binlog_path =
	workers = threads
}
`);
		const seconds = timed("indexer", ["--config", conf, "--all", "--quiet"]);
		start("searchd", ["--config", conf, "--nodetach"], { stdio: ["ignore", "ignore", "inherit"] });
		await waitFor(path.join(folder, "sphinx.sock"));
		return seconds;
	},
	async postgres(engine) {
		const data = path.join(folder, "postgres"), bin = execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim();
		// It refuses to be root.
		const as = process.getuid() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
		mkdirSync(data);
		if (as.length)
			execFileSync("chown", ["postgres", data]);
		const run = (...command) => execFileSync([...as, ...command][0], [...as, ...command].slice(1), { stdio: ["ignore", "ignore", "inherit"], cwd: "/" });
		run(`${bin}/initdb`, "-D", `${data}/db`, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8");
		run(`${bin}/pg_ctl`, "-D", `${data}/db`, "-w", "-l", `${data}/log`, "-o", `-k ${data} -h '' -c shared_buffers=512MB -c jit=off`, "start");
		chmodSync(data, 0o755);
		stopPostgres = () => {
			stopPostgres = () => {};
			run(`${bin}/pg_ctl`, "-D", `${data}/db`, "-m", "immediate", "stop");
		};
		return (await engine.ask("build"))[1];
	},
};

const engines = {}, seconds = {}, took = {}, cpu = {}, said = {};
for (const name of ENGINES) {
	engines[name] = start(program(name), [folder]);
	seconds[name] = await builds[name](engines[name]);
	took[name] = queries.map(() => []);
	cpu[name] = queries.map(() => []);
	said[name] = [0, 0];
}
for (let round = 0; round < options.rounds; round++)
	for (let from = 0; from < queries.length; from += CHUNK)
		for (const name of ENGINES) {
			const to = Math.min(from + CHUNK, queries.length), answer = await engines[name].ask(`run ${from} ${to}`);
			for (let i = from; i < to; i++) {
				took[name][i].push(answer[2 * (i - from)]);
				cpu[name][i].push(answer[2 * (i - from) + 1]);
			}
			if (round === 0)
				said[name] = said[name].map((n, i) => n + answer.at(i - 2));
		}
for (const name of ENGINES)
	engines[name].stdin.end();

const quantile = (values, q) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] / 1000;
const KINDS = ["all", "one", "two", "phrase"];
const results = {};
for (const name of ENGINES) {
	results[name] = {};
	for (const kind of KINDS) {
		const chosen = took[name].filter((_, i) => kind === "all" || queries[i].kind === kind).map(median);
		results[name][kind] = [quantile(chosen, 0.5), quantile(chosen, 0.99)];
	}
}
console.log("Milliseconds, p50 / p99 (of medians over the rounds)");
console.log(["".padEnd(10), ...KINDS.map((kind) => kind.padStart(16)), "build s".padStart(10), "hits".padStart(8), "KB shown".padStart(10)].join(""));
for (const name of ENGINES)
	console.log([name.padEnd(10), ...KINDS.map((kind) => results[name][kind].map((ms) => ms.toFixed(2)).join(" / ").padStart(16)),
		seconds[name].toFixed(2).padStart(10), String(said[name][0]).padStart(8), Math.round(said[name][1] / 1024).toString().padStart(10)].join(""));
const peers = ENGINES.slice(1);
if (process.env.SLOWEST)
	for (const [ms, i] of took.carillon.map((all, i) => [median(all) / 1000, i]).sort((a, b) => b[0] - a[0]).slice(0, 30))
		console.log(ms.toFixed(2), (median(cpu.carillon[i]) / 1000).toFixed(2), queries[i].kind, queries[i].words.join(" "));
bar("p50, ms, next to the fastest peer's", results.carillon.all[0], Math.min(...peers.map((name) => results[name].all[0])));
bar("p99, ms, next to twice Sphinx'", results.carillon.all[1], 2 * results.sphinx.all[1]);
bar("import and index, s, next to twice FTS5's", seconds.carillon, 2 * seconds.fts5);
finish();
