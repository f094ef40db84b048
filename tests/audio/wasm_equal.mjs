// The promise that a browser, a server and a file sound alike, taken literally: the same notes through the native
// synthesizer of several compilers and through both WebAssembly ones, every byte compared; for the scenarios that never
// change, with what they have always been.
// usage: node wasm_equal.mjs GOLDEN|NOTES SYNTH.WASM SYNTH_SCALAR.WASM RENDER_NOTES [MORE BUILDS OF RENDER_NOTES...]
// GOLDEN.sha256: lines `hash scenario`, composed by RENDER_NOTES. A sound that was changed on purpose: GOLDEN=write writes
// them anew.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {after, test} from 'node:test';

const [what, vectorPath, scalarPath, ...builds] = process.argv.slice(2);
const RATE = 48000;
const SEED = 1;
const folder = mkdtempSync(join(tmpdir(), 'carillon-equal-'));
after(() => rmSync(folder, {recursive: true}));

const modules = [vectorPath, scalarPath].map((path) => ({name: basename(path), module: new WebAssembly.Module(readFileSync(path))}));

function instrument(module) {
	const synth = new WebAssembly.Instance(module, {}).exports;
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

const sum = (bytes) => createHash('sha256').update(bytes).digest('hex');

// Renders with all; gives the one hash that all of them have.
function renderEverywhere(t, notesPath, seconds) {
	const notes = readFileSync(notesPath, 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number));
	const first = renderWasm(instrument(modules[0].module), notes, seconds * RATE, 128);
	const compare = (name, bytes) => {
		assert.equal(bytes.length, first.length, name);
		const at = bytes.compare(first) === 0 ? -1 : bytes.findIndex((byte, index) => byte !== first[index]);
		assert.equal(at, -1, `${name} differs at frame ${Math.floor(at / 8)}`);
	};
	compare(modules[1].name, renderWasm(instrument(modules[1].module), notes, seconds * RATE, 512));
	for (const [i, build] of builds.entries()) {
		const path = join(folder, `native-${i}.f32`);
		execFileSync(build, ['render', notesPath, path, String(seconds), String([480, 512, 77][i % 3])], {stdio: 'ignore'});
		compare(basename(build), readFileSync(path));
	}
	const samples = new Float32Array(first.buffer, first.byteOffset, first.length / 4);
	const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
	assert.ok(power > 1e-5 && samples.every((x) => Math.abs(x) <= 0.8912), `power ${power}`);
	t.diagnostic(`${notes.length} notes, ${samples.length} samples, sha256 ${sum(first)}, by ${builds.length + 2} builds`);
	return sum(first);
}

test('the modules import nothing', () => {
	for (const {name, module} of modules)
		assert.deepEqual(WebAssembly.Module.imports(module), [], name);
});

if (what.endsWith('.sha256')) {
	const golden = readFileSync(what, 'utf8').trim().split('\n').map((line) => line.split('  '));
	const now = [];
	for (const [hash, scenario] of golden)
		test(`${scenario} sounds as it always did, on every build`, (t) => {
			const notes = join(folder, `${scenario}.notes`);
			writeFileSync(notes, execFileSync(builds[0], ['compose', scenario]));
			const heard = renderEverywhere(t, notes, 4);
			now.push(`${heard}  ${scenario}\n`);
			if (process.env.GOLDEN !== 'write')
				assert.equal(heard, hash);
		});
	after(() => process.env.GOLDEN === 'write' && now.length === golden.length && writeFileSync(what, now.join('')));
} else {
	test('every build gives the same samples', (t) => {
		renderEverywhere(t, what, 30);
	});
}

test('frames that are no numbers neither trap nor sound', () => {
	for (const {module} of modules) {
		const synth = instrument(module);
		for (const frame of [NaN, -1, -Infinity, Infinity, 1e300])
			synth.carillon_note(frame, 0, NaN, NaN, NaN);
		assert.ok(renderWasm(synth, [], 512, 512).every((byte) => byte === 0));
		assert.equal(synth.carillon_voices(), 0);
	}
});
