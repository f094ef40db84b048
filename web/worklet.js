// worklet.js - the synthesizer on the browser's audio thread: the same wasm that the server runs natively.
// Receives { notes: [{ frame, instrument, key, level, pan }] } with frames of the context's clock.
// SPDX-License-Identifier: MIT

class CarillonSynth extends AudioWorkletProcessor {
	constructor(options) {
		super();
		const { wasm, seed } = options.processorOptions;
		this.synth = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports;
		this.synth.carillon_init(seed);
		// The synthesizer counts from 0 at its birth; the context is older.
		this.birth = currentFrame;
		this.port.onmessage = (event) => {
			for (const note of event.data.notes)
				this.synth.carillon_note(Math.max(0, note.frame - this.birth), note.instrument, note.key, note.level, note.pan);
		};
	}

	process(inputs, outputs) {
		const [left, right] = outputs[0];
		const n = left.length;
		const at = this.synth.carillon_render(n);
		const samples = new Float32Array(this.synth.memory.buffer, at, 2 * n);
		for (let i = 0; i < n; i++) {
			left[i] = samples[2 * i];
			right[i] = samples[2 * i + 1];
		}
		return true;
	}
}

registerProcessor("carillon-synth", CarillonSynth);
