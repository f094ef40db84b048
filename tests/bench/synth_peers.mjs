// synth_peers.mjs - the bench's bells for SuperCollider and csound: as many, six partials each at the same frequencies,
// panned and added up, all ringing to the end.
// SPDX-License-Identifier: MIT

const RATIOS = [0.5, 1, 1.2, 1.5, 2, 3], RINGS = [6000, 5000, 4500, 4000, 3500, 3000];
const hz = (i) => 440 * 2 ** ((i % 48) / 12 - 2), pan = (i) => (i % 9) / 4 - 1;

const int32 = (x) => { const b = Buffer.alloc(4); b.writeInt32BE(x); return b; };
const float32 = (x) => { const b = Buffer.alloc(4); b.writeFloatBE(x); return b; };
const int16 = (x) => { const b = Buffer.alloc(2); b.writeInt16BE(x); return b; };
const int8 = (x) => Buffer.from([x]);
const pascal = (text) => Buffer.concat([int8(text.length), Buffer.from(text)]);

// A synth definition, file format 2 (SuperCollider's "Synth Definition File Format"): Impulse -> Klank -> Pan2 -> Out.
function bellDefinition() {
	const constants = [];
	const constant = (value) => {
		if (!constants.includes(value))
			constants.push(value);
		return [-1, constants.indexOf(value)];
	};
	const control = 1, audio = 2;
	const partials = RATIOS.flatMap((ratio, p) => [constant(ratio), constant(Math.fround(0.01 / (p + 1))), constant(RINGS[p])]);
	const units = [
		["Control", control, [], [control, control]],
		["Impulse", audio, [constant(0), constant(0)], [audio]],
		["Klank", audio, [[1, 0], [0, 0], constant(0), constant(1), ...partials], [audio]],
		["Pan2", audio, [[2, 0], [0, 1], constant(1)], [audio, audio]],
		["Out", audio, [constant(0), [3, 0], [3, 1]], []],
	];
	return Buffer.concat([
		Buffer.from("SCgf"), int32(2), int16(1), pascal("bell"),
		int32(constants.length), ...constants.map(float32),
		int32(2), float32(440), float32(0),
		int32(2), pascal("freq"), int32(0), pascal("pan"), int32(1),
		int32(units.length), ...units.flatMap(([name, rate, inputs, outputs]) => [
			pascal(name), int8(rate), int32(inputs.length), int32(outputs.length), int16(0),
			...inputs.flat().map(int32), ...outputs.map(int8),
		]),
		int16(0),
	]);
}

const padded = (bytes, least) => Buffer.concat([bytes, Buffer.alloc(Math.ceil((bytes.length + least) / 4) * 4 - bytes.length)]);
const text = (string) => padded(Buffer.from(string), 1);
const message = (address, tags, ...values) => Buffer.concat([text(address), text(`,${tags}`), ...values]);
function bundle(seconds, messages) {
	const time = Buffer.concat([int32(Math.floor(seconds)), int32(0)]);
	const body = Buffer.concat([text("#bundle"), time, ...messages.flatMap((each) => [int32(each.length), each])]);
	return Buffer.concat([int32(body.length), body]);
}

// A score for scsynth -N (Open Sound Control 1.0 bundles, each behind its length).
export function supercolliderScore(voices, seconds) {
	const definition = bellDefinition(), bundles = [];
	bundles.push(bundle(0, [message("/d_recv", "b", int32(definition.length), padded(definition, 0))]));
	for (let i = 0; i < voices; i++)
		bundles.push(bundle(0, [message("/s_new", "siiisfsf", text("bell"), int32(1000 + i), int32(0), int32(0),
			text("freq"), float32(hz(i)), text("pan"), float32(pan(i)))]));
	bundles.push(bundle(seconds, [message("/c_set", "if", int32(0), float32(0))]));
	return Buffer.concat(bundles);
}

export function csoundDocument(voices, seconds) {
	const partials = RATIOS.map((ratio, p) => `kenv${p} expon ${0.01 / (p + 1)}, p3, ${0.01 / (p + 1) / 1000 ** (seconds / RINGS[p])}
a${p} oscili kenv${p}, p4 * ${ratio}, gisine`);
	return `<CsoundSynthesizer>
<CsInstruments>
sr = 48000
ksmps = 64
nchnls = 2
0dbfs = 1
gisine ftgen 0, 0, 16384, 10, 1
instr 1
${partials.join("\n")}
asum = ${RATIOS.map((_, p) => `a${p}`).join(" + ")}
outs asum * p5, asum * p6
endin
</CsInstruments>
<CsScore>
${Array.from({ length: voices }, (_, i) => `i1 0 ${seconds} ${hz(i)} ${Math.cos((pan(i) + 1) * Math.PI / 4)} ${
		Math.sin((pan(i) + 1) * Math.PI / 4)}`).join("\n")}
e
</CsScore>
</CsoundSynthesizer>
`;
}
