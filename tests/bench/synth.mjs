// synth.mjs - struck bells of six partials, all ringing: how many seconds of one voice a second of processor time gives.
// Carillon's synthesizer beside fluidsynth (a sampled bell), SuperCollider's scsynth (Klank), csound (oscillators), a bare
// loop with four lanes, and itself as WebAssembly in Node.
//
//   tests/bench/synth [--voices 64,256,1024] [--repeat 5]
//
// Carillon's figure is that of the whole instrument: voices, room, leveller, true-peak limiter; "voices" are its voices
// alone, panned and added up, which is what the others do; eight lanes wide where the machine has them, WebAssembly four.
// Each program runs twice, long and short, and the difference counts: starting, compiling and reading soundfonts doesn't.
// User and system time of all its threads, by the kernel's account. All take turns, and ratios are those of one turn: what
// else the machine did then, it did to all.
// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bar, barLeast, build, finish, median, readOptions, root } from "./bench.mjs";
import { csoundDocument, supercolliderScore } from "./synth_peers.mjs";

const options = readOptions({ voices: [64, 256, 1024], repeat: 5 }, "usage: tests/bench/synth [--voices 64,256,1024] [--repeat 5]");
const SOUNDFONT = "/usr/share/sounds/sf2/TimGM6mb.sf2";

if (!existsSync(path.join(build, "build.ninja")))
	execFileSync("meson", ["setup", build, root, "--buildtype=release"], { stdio: ["ignore", "ignore", "inherit"] });
const targets = ["synth_native", "synth_native_narrow", "synth_fluid", "synth_job.wasm"].map((name) => `tests/bench/${name}`);
execFileSync("ninja", ["-C", build, ...targets], { stdio: ["ignore", "ignore", "inherit"] });
const built = (name) => path.join(build, "tests/bench", name);
const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function written(name, content) {
	writeFileSync(path.join(folder, name), content);
	return path.join(folder, name);
}

const native = (part, name = "synth_native") => (n, seconds) => [built(name), part, n, seconds];
const wasm = (part) => (n, seconds) => [process.execPath, "synth_wasm.mjs", built("synth_job.wasm"), part, n, seconds];
// about: voice seconds in a turn, so that each takes a second or two.
const programs = {
	"carillon": { about: 40000, command: native("chain") },
	"its voices": { about: 40000, command: native("voices") },
	"4 lanes only": { about: 40000, command: native("chain", "synth_native_narrow") },
	"as wasm": { about: 25000, command: wasm("chain") },
	"wasm voices": { about: 25000, command: wasm("voices") },
	"bare loop": { about: 30000, command: native("bare") },
	"fluidsynth": { about: 6000, command: (n, seconds) => [built("synth_fluid"), SOUNDFONT, n, seconds], tells: true },
	"scsynth": { about: 5000, command: (n, seconds) => ["scsynth", "-N", written("score.osc", supercolliderScore(n, seconds)), "_",
		path.join(folder, "out.wav"), "48000", "WAV", "float", "-o", "2", "-i", "0", "-n", "4096", "-m", "262144"] },
	"csound": { about: 3000, command: (n, seconds) => ["csound", "-d", "-m0", "-n", written("bells.csd", csoundDocument(n, seconds))] },
};

// Seconds of processor time, and what the program said.
function run(command) {
	const timed = spawnSync("bash", ["-c", "TIMEFORMAT='%U %S'; time \"$@\" 2>/dev/null", "bash", ...command.map(String)],
		{ encoding: "utf8", cwd: path.join(root, "tests/bench"), maxBuffer: 1 << 28 });
	if (timed.status !== 0) {
		console.error(`${command[0]} ended with ${timed.status}`);
		process.exit(1);
	}
	const [user, system] = timed.stderr.trim().split("\n").at(-1).split(" ").map(Number);
	return { cpu: user + system, said: timed.stdout.trim() };
}

function measure(program, n) {
	const short = 1, long = Math.max(4, Math.ceil(program.about / n));
	const least = run(program.command(n, short)), most = run(program.command(n, long));
	const played = program.tells ? Number(most.said) - Number(least.said) : n * (long - short);
	return played / (most.cpu - least.cpu);
}

const results = {};
for (const n of options.voices) {
	results[n] = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
	for (let turn = 0; turn < options.repeat; turn++)
		for (const [name, program] of Object.entries(programs))
			results[n][name].push(measure(program, n));
}
console.log("Voice seconds a second of processor time (lowest to highest turn)");
console.log(["".padEnd(14), ...options.voices.map((n) => `${n} voices`.padStart(24))].join(""));
for (const name of Object.keys(programs))
	console.log([name.padEnd(14), ...options.voices.map((n) => {
		const all = results[n][name];
		const range = `(${Math.round(Math.min(...all))}-${Math.round(Math.max(...all))})`;
		return `${Math.round(median(all))} ${range}`.padStart(24);
	})].join(""));
for (const n of options.voices) {
	const times = (name, peer) => median(results[n][name].map((value, i) => value / results[n][peer][i]));
	barLeast(`${n}: × fluidsynth`, times("carillon", "fluidsynth"), 3);
	barLeast(`${n}: × scsynth`, times("carillon", "scsynth"), 5);
	barLeast(`${n}: WebAssembly, × native`, times("as wasm", "carillon"), 0.5);
}
// No block may be the one that a denormal or a crowd's beginning makes late.
for (const line of run([built("synth_native"), "blocks"]).said.split("\n")) {
	const [instrument, middle, slowest] = line.split(" ").map(Number);
	bar(`instrument ${instrument}: slowest block of 10 ms (${slowest} µs), × the median`, slowest / middle, 3);
}
finish();
