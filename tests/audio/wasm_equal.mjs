// The promise that a browser, a server and a file sound alike, taken literally: the same notes through the native
// synthesizer of several compilers and through the WebAssembly one, every byte compared.
// usage: node wasm_equal.mjs SYNTH.WASM NOTES RENDER_NOTES [MORE BUILDS OF RENDER_NOTES...]
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {after, test} from 'node:test';

const [wasmPath, notesPath, ...builds] = process.argv.slice(2);
const SECONDS = 30;
const RATE = 48000;
const SEED = 1;
const folder = mkdtempSync(join(tmpdir(), 'carillon-equal-'));
after(() => rmSync(folder, {recursive: true}));

const wasmModule = new WebAssembly.Module(readFileSync(wasmPath));

function instrument() {
	const synth = new WebAssembly.Instance(wasmModule, {}).exports;
	synth.carillon_init(SEED);
	return synth;
}

function renderWasm(synth, notes, frames, block) {
	const out = new Float32Array(frames * 2);
	let next = 0;
	for (let done = 0; done < frames; done += block) {
		while (next < notes.length && synth.carillon_note(...notes[next]))
			next++;
		const n = Math.min(block, frames - done);
		out.set(new Float32Array(synth.memory.buffer, synth.carillon_render(n), n * 2), done * 2);
	}
	assert.equal(synth.carillon_frame(), frames);
	return Buffer.from(out.buffer);
}

const notes = readFileSync(notesPath, 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number));
const wasm = renderWasm(instrument(), notes, SECONDS * RATE, 128);

test('the module imports nothing', () => {
	assert.deepEqual(WebAssembly.Module.imports(wasmModule), []);
});

test('the stream is heard', () => {
	const samples = new Float32Array(wasm.buffer, wasm.byteOffset, wasm.length / 4);
	const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
	assert.ok(notes.length > 30, `${notes.length} notes`);
	assert.ok(power > 1e-4 && samples.every((x) => Math.abs(x) <= 0.8912), `power ${power}`);
});

for (const [i, build] of builds.entries())
	test(`${basename(build)} gives every sample as WebAssembly does`, (t) => {
		const path = join(folder, `native-${i}.f32`);
		const block = [480, 512, 77][i % 3];
		execFileSync(build, ['render', notesPath, path, String(SECONDS), String(block)], {stdio: 'ignore'});
		const native = readFileSync(path);
		assert.equal(native.length, wasm.length);
		const at = native.compare(wasm) === 0 ? -1 : native.findIndex((byte, index) => byte !== wasm[index]);
		assert.equal(at, -1, `differs at frame ${Math.floor(at / 8)}`);
		const sum = createHash('sha256').update(native).digest('hex');
		t.diagnostic(`${notes.length} notes, ${native.length / 4} samples, sha256 ${sum}`);
	});

test('frames that are no numbers neither trap nor sound', () => {
	const synth = instrument();
	for (const frame of [NaN, -1, -Infinity, Infinity, 1e300])
		synth.carillon_note(frame, 0, NaN, NaN, NaN);
	assert.ok(renderWasm(synth, [], 512, 512).every((byte) => byte === 0));
	assert.equal(synth.carillon_voices(), 0);
});
