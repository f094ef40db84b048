// media.mjs - an hour of MP3 (stereo, 44.1 kHz, 128 kb/s, made by ffmpeg's generators): `carillon media` in one pass, with
// duration, loudness, true peak and waveform, next to ffmpeg's decode of it to nothing, and to ffmpeg's own meter.
//
//   tests/bench/media [--rounds 5] [--seconds 3600] [--kind 0]
//
// They take turns on one core, on the clock; the best of the rounds counts. Carillon's time has the start of its child in it,
// and is that of a file that it doesn't know. --kind 1: a denser recording, with peaks at full scale from end to end.
// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bar, build, finish, median, readOptions, root } from "./bench.mjs";

const options = readOptions({ rounds: 5, seconds: 3600, kind: 0 }, "usage: tests/bench/media [--rounds 5] [--seconds 3600] [--kind 0]");
if (!existsSync(path.join(build, "build.ninja")))
	execFileSync("meson", ["setup", build, root, "--buildtype=release"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync("ninja", ["-C", build, "server/carillon"], { stdio: ["ignore", "ignore", "inherit"] });

const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, "hour.mp3");
// Noise that comes and goes like syllables and sentences, and a tone beneath; or noise that is always there, and clips.
const noise = options.kind ? "anoisesrc=color=white:amplitude=1:seed=7" : "anoisesrc=color=pink:amplitude=0.6:seed=7";
const shape = options.kind ? "anull" : "tremolo=f=4:d=0.9,tremolo=f=0.3:d=0.8";
execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", `${noise}:sample_rate=44100:duration=${options.seconds},${shape}`,
	"-f", "lavfi", "-i", `aevalsrc='0.2*sin(2*PI*220*t)*sin(PI*t/3)^2':s=44100:d=${options.seconds}`,
	"-filter_complex", "amix=inputs=2:normalize=0,aformat=channel_layouts=stereo", "-b:a", "128k", file]);

function timed(command, args) {
	const start = performance.now(), { status, stdout, stderr } = spawnSync("taskset", ["-c", "1", command, ...args], { encoding: "utf8", maxBuffer: 1 << 26, cwd: folder });
	if (status !== 0) {
		console.error(`${command} ended with ${status}: ${stderr}`);
		process.exit(1);
	}
	return { seconds: (performance.now() - start) / 1000, stdout, stderr };
}

const ffmpeg = ["-hide_banner", "-nostats", "-i", file];
const runs = {
	decode: () => timed("ffmpeg", [...ffmpeg, "-f", "null", "-"]),
	carillon: () => timed(path.join(build, "server/carillon"), ["media", "--json", file]),
};
const took = { decode: [], carillon: [] };
let info;
for (let round = 0; round < options.rounds; round++)
	for (const [name, go] of Object.entries(runs)) {
		const { seconds, stdout } = go();
		took[name].push(seconds);
		if (name === "carillon")
			info = JSON.parse(stdout)[0];
	}
const meter = timed("ffmpeg", [...ffmpeg, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]);
const theirs = [/^ {4}I: +(\S+) LUFS/m, /^ {4}Peak: +(\S+) dBFS/m].map((pattern) => Number(pattern.exec(meter.stderr)[1]));

const best = (name) => Math.min(...took[name]);
console.log(`${options.seconds} s of MP3, ${(info.bytes / 1e6).toFixed(1)} MB; seconds on the clock, best and median of ${options.rounds}`);
console.log(`ffmpeg's decode alone          ${best("decode").toFixed(2)}  ${median(took.decode).toFixed(2)}`);
console.log(`carillon media                 ${best("carillon").toFixed(2)}  ${median(took.carillon).toFixed(2)}   ` +
	`${info.loudness.lufs.toFixed(2)} LUFS, ${info.loudness.true_peak_db.toFixed(2)} dBTP`);
console.log(`ffmpeg with ebur128            ${meter.seconds.toFixed(2)}         ${theirs[0].toFixed(1)} LUFS, ${theirs[1].toFixed(1)} dBTP`);
bar("one pass next to ffmpeg's bare decode", best("carillon") / best("decode"), 1.15);
bar("loudness off by, LU", Math.abs(info.loudness.lufs - theirs[0]), 0.1);
bar("true peak off by, dB", Math.abs(info.loudness.true_peak_db - theirs[1]), 0.3);
bar("duration off by, s", Math.abs(info.seconds - options.seconds), 0.06);
finish();
