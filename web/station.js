// station.js - the listening page: the live socket's events become circles, and, once Listen was pressed, sound.
// SPDX-License-Identifier: MIT

const station = document.getElementById("station");
const sky = document.getElementById("sky");
const status = document.getElementById("status");
let socket = null;
const instruments = { celesta: 0, clav: 1, swell: 2, glockenspiel: 3, marimba: 4, bell: 5, harp: 6, pad: 7, noise: 8 };

// How long after its moment a note sounds, ms, the same for everybody: more than networks need, and what a wireless
// loudspeaker keeps back.
const LEAD_MS = 1500;
const LATE_MS = 100; // so late a note is still played; beyond it is left out
const OLD_MS = 60000; // what happened longer ago was missed: it is listed, not drawn
const CIRCLE_LIFE_MS = 60000;
const CIRCLES_MAX = 300;
const RECENT_MAX = 20;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

// ---- the server's clock -----------------------------------------------------------------------------------------------

// Of the last exchanges the one that took the least time knows best. performance.now() is ours: nobody sets it.
const clock = { samples: [], offset: NaN };
const serverNow = () => performance.now() + clock.offset;

function askClock(times = 1) {
	if (socket?.readyState === WebSocket.OPEN)
		socket.send(JSON.stringify({ clock: performance.now() }));
	if (times > 1)
		setTimeout(askClock, 150, times - 1);
}

function learnClock({ clock: sent, now }) {
	const received = performance.now(), way = received - sent;
	clock.samples.push({ way, offset: now + way / 2 - received });
	if (clock.samples.length > 8)
		clock.samples.shift();
	clock.offset = clock.samples.reduce((best, each) => each.way < best.way ? each : best).offset;
}

// A machine that slept has missed ticks, and its clock may have stood still.
let lastTick = Date.now();
setInterval(() => {
	const slept = Math.abs(Date.now() - lastTick - 5000) > 10000;
	lastTick = Date.now();
	if (slept)
		clock.samples = [];
	askClock(slept ? 4 : 1);
	if (slept)
		keepPlaying();
}, 5000);
document.addEventListener("visibilitychange", () => {
	askClock(4);
	keepPlaying();
});

// ---- sound -------------------------------------------------------------------------------------------------------

const audio = { context: null, synth: null, gain: null, clock, wanted: false, late: 0 };
// For scripts around this page: what plays here.
station.carillon = audio;

// A function whose result is a vector: only an engine that knows vectors takes it.
const VECTORS = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 17, 11);

async function startAudio() {
	const context = new AudioContext({ sampleRate: 48000, latencyHint: "playback" });
	const resumed = context.resume();
	const [bytes] = await Promise.all([
		fetch(WebAssembly.validate(VECTORS) ? station.dataset.wasm : station.dataset.wasmScalar).then((answer) => answer.arrayBuffer()),
		context.audioWorklet.addModule(station.dataset.worklet),
	]);
	const synth = new AudioWorkletNode(context, "carillon-synth", {
		numberOfInputs: 0,
		outputChannelCount: [2],
		processorOptions: { wasm: bytes, seed: 1 },
	});
	const gain = new GainNode(context, { gain: loudness() });
	synth.connect(gain).connect(context.destination);
	await resumed;
	Object.assign(audio, { context, synth, gain });
	context.addEventListener("statechange", keepPlaying);
}

// A call, a sleep or another program may have taken the loudspeaker.
function keepPlaying() {
	if (audio.wanted && audio.context && audio.context.state !== "running" && audio.context.state !== "closed")
		audio.context.resume().catch(() => {});
}

// When the context's clock will show what leaves the loudspeaker at that moment of performance.now().
function contextTimeAt(moment) {
	const { contextTime, performanceTime } = audio.context.getOutputTimestamp();
	if (performanceTime > 0)
		return contextTime + (moment - performanceTime) / 1000;
	return audio.context.currentTime - (audio.context.outputLatency || 0) + (moment - performance.now()) / 1000;
}

function play(events) {
	if (audio.context?.state !== "running" || !audio.wanted || Number.isNaN(clock.offset))
		return;
	const notes = events.flatMap((event) => event.notes);
	const timely = notes.filter((note) => note.at + LEAD_MS - serverNow() > -LATE_MS);
	audio.late += notes.length - timely.length;
	if (timely.length)
		audio.synth.port.postMessage({
			notes: timely.map((note) => ({
				frame: Math.round(contextTimeAt(note.at + LEAD_MS - clock.offset) * audio.context.sampleRate),
				instrument: instruments[note.instrument] ?? 0,
				key: note.key,
				level: note.level,
				pan: note.pan,
			})),
		});
}

// ---- the lock screen ---------------------------------------------------------------------------------------------

// Browsers show controls for media elements alone, and not for short ones: a loop of silence stands for the station.
const silence = { element: null, shownAt: -Infinity };

function silentTrack() {
	const rate = 8000, n = 8 * rate, bytes = new Uint8Array(44 + n).fill(128, 44), view = new DataView(bytes.buffer);
	const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
	text(0, "RIFF"), view.setUint32(4, 36 + n, true), text(8, "WAVEfmt "), view.setUint32(16, 16, true);
	view.setUint16(20, 1, true), view.setUint16(22, 1, true), view.setUint32(24, rate, true), view.setUint32(28, rate, true);
	view.setUint16(32, 1, true), view.setUint16(34, 8, true), text(36, "data"), view.setUint32(40, n, true);
	return URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
}

function showPlaying(on) {
	if (!("mediaSession" in navigator))
		return;
	if (!silence.element) {
		silence.element = new Audio(silentTrack());
		silence.element.loop = true;
		for (const [action, wanted] of [["play", true], ["pause", false], ["stop", false]])
			navigator.mediaSession.setActionHandler(action, () => setListening(wanted));
		showTitle("");
	}
	if (on)
		silence.element.play().catch(() => {});
	else
		silence.element.pause();
	navigator.mediaSession.playbackState = on ? "playing" : "paused";
}

function showTitle(label) {
	const title = document.querySelector("h1").textContent;
	navigator.mediaSession.metadata = new MediaMetadata({ title: label || title, artist: label ? title : "", album: document.title });
}

// What sounds, changed every few seconds at most; what deserves it first.
function mention(events) {
	const played = events.filter((event) => event.notes.length);
	const best = played.reduce((most, event) => !most || event.accent > most.accent ||
		(event.accent === most.accent && event.notes[0].level > most.notes[0].level) ? event : most, null);
	if (!best || !audio.wanted || !silence.element || performance.now() - silence.shownAt < (best.accent ? 1000 : 5000))
		return;
	silence.shownAt = performance.now();
	showTitle(best.label);
}

// ---- circles -----------------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const colours = { member: "#fff", anon: "rgb(46,204,113)", bot: "rgb(155,89,182)" };
const canvas = sky.appendChild(document.createElementNS(SVG, "svg"));

function element(name, attributes) {
	const node = document.createElementNS(SVG, name);
	for (const [key, value] of Object.entries(attributes))
		node.setAttribute(key, value);
	return node;
}

// Repeatable places: the same title always stands at the same spot (FNV-1a).
function hash(text) {
	let h = 0x811c9dc5;
	for (let i = 0; i < text.length; i++)
		h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
	return h / 2 ** 32;
}

function isLink(url) {
	return url.startsWith("https://") || url.startsWith("http://");
}

function draw(event) {
	const { width, height } = sky.getBoundingClientRect();
	const radius = Math.max(5 * Math.sqrt(event.magnitude), 3);
	// Where it is heard, there it is seen.
	const across = event.notes.length ? (event.notes[0].pan / 0.8 + 1) / 2 : hash(event.entity);
	const margin = Math.min(Math.max(radius, 60), width / 4); // room for a title, too
	const x = margin + across * (width - 2 * margin);
	const y = margin + hash(event.entity + "|") * Math.max(0, height - 2 * margin);
	const colour = colours[event.actor_kind] ?? "#fff";

	const group = element("g", { transform: `translate(${x},${y})` });
	const link = element("a", isLink(event.url) ? { href: event.url, target: "_blank", rel: "noopener noreferrer" } : {});
	const circle = element("circle", { r: radius, fill: colour, "fill-opacity": 0.5 });
	const title = element("text", { dy: "0.3em" });
	title.textContent = event.label;
	link.append(circle, title);
	group.append(link);
	canvas.append(group);
	while (canvas.childElementCount > CIRCLES_MAX)
		canvas.firstElementChild.remove();

	if (!calm) {
		const ring = element("circle", { r: radius + 20, fill: "none", stroke: colour, "stroke-width": 1 });
		group.prepend(ring);
		const growth = (radius + 40) / (radius + 20);
		ring.animate([{ opacity: 1, transform: "scale(1)" }, { opacity: 0, transform: `scale(${growth})` }],
			{ duration: 2500, easing: "ease-out", fill: "forwards" }).finished.then(() => ring.remove(), () => {});
	}
	circle.animate([{ opacity: 1 }, { opacity: 0 }], { duration: CIRCLE_LIFE_MS, fill: "forwards" })
		.finished.then(() => group.remove(), () => {});
	const fade = () => title.animate([{ opacity: 1 }, { opacity: 0 }], { delay: 1000, duration: 2000, fill: "both" });
	let fading = fade();
	link.addEventListener("mouseenter", () => fading.cancel());
	link.addEventListener("mouseleave", () => { fading = fade(); });
}

function welcome(event) {
	const banner = document.createElement("p");
	banner.className = "banner";
	banner.textContent = `Welcome, ${event.actor ?? "newcomer"}!`;
	sky.append(banner);
	banner.animate([{ opacity: 0 }, { opacity: 1, offset: 0.4 }, { opacity: 1, offset: 0.6 }, { opacity: 0 }],
		{ duration: 7000, fill: "both" }).finished.then(() => banner.remove(), () => banner.remove());
}

// ---- the list and the rate ---------------------------------------------------------------------------------------

const edits = document.getElementById("edits");
const numbers = new Intl.NumberFormat("en");

function describe(event) {
	if (event.kind === "join")
		return "a new account";
	const amount = `${numbers.format(event.magnitude)} ${event.unit}`;
	const change = event.polarity > 0 ? `+${amount}` : event.polarity < 0 ? `−${amount}` : `±0 ${event.unit}`;
	return `${change} by `;
}

function list(event) {
	const line = document.createElement("li");
	const link = document.createElement("a");
	link.textContent = event.label;
	if (isLink(event.url)) {
		link.href = event.url;
		link.target = "_blank";
		link.rel = "noopener noreferrer";
	}
	const actor = document.createElement("span");
	actor.className = event.actor_kind;
	actor.textContent = event.kind === "join" ? "" : event.actor ?? "somebody";
	line.append(link, " ", describe(event), actor);
	edits.prepend(line);
	while (edits.childElementCount > RECENT_MAX)
		edits.lastElementChild.remove();
}

// Listen to Wikipedia's count: six windows of ten seconds, the newest weighs most.
const windows = new Array(6).fill(Number(document.getElementById("rate").textContent) / 6);
function showRate() {
	const weighed = windows.reduce((sum, n, i) => sum + n * (6 - i) * 6, 0) / 21;
	document.getElementById("rate").textContent = numbers.format(Math.round(weighed));
}
setInterval(() => {
	windows.pop();
	windows.unshift(0);
	showRate();
}, 10000);

// ---- the live socket ---------------------------------------------------------------------------------------------

let lastSeq = 0;
let attempts = 0;
let connected = true; // until a socket is lost

// What is seen comes when it is heard.
function present(events) {
	mention(events);
	for (const event of events) {
		windows[0]++;
		list(event);
		if (!document.hidden && !(serverNow() - event.time > OLD_MS))
			event.kind === "join" ? event.accent && welcome(event) : draw(event);
	}
	showRate();
}

function receive(frame) {
	const events = JSON.parse(frame.data);
	if (!Array.isArray(events)) {
		learnClock(events);
		return;
	}
	lastSeq = events.reduce((last, event) => Math.max(last, event.seq), lastSeq);
	play(events);
	const first = events.find((event) => event.notes.length);
	const wait = first ? first.notes[0].at + LEAD_MS - serverNow() : LEAD_MS;
	setTimeout(present, Math.min(Math.max(wait || LEAD_MS, 0), 2 * LEAD_MS), events);
}

function connect() {
	const url = new URL(`/stations/${encodeURIComponent(station.dataset.name)}/live`, location.href);
	url.protocol = url.protocol.replace("http", "ws");
	if (lastSeq)
		url.searchParams.set("after", lastSeq);
	socket = new WebSocket(url, "carillon.v1");
	socket.onopen = () => {
		attempts = 0;
		askClock(4);
		if (!connected) {
			connected = true;
			refreshHealth();
		}
	};
	socket.onmessage = receive;
	socket.onclose = () => {
		if (connected) {
			connected = false;
			refreshHealth();
		}
		const wait = Math.min(30000, 500 * 2 ** attempts++) * (0.5 + Math.random());
		setTimeout(connect, wait);
	};
}
connect();

// What the server hears, and what troubles it, kept up to date: a page that is open all day must not tell an old story.
const trouble = document.getElementById("trouble");

function showTrouble(text) {
	if (trouble.textContent !== text)
		trouble.textContent = text;
	trouble.hidden = !text;
}

async function refreshHealth() {
	const health = await fetch("/healthz").then((answer) => answer.json()).catch(() => null);
	if (!health)
		showTrouble("The server can't be reached; trying again.");
	else if (!health.log.storing)
		showTrouble(`The server is in trouble, and new events wait: ${health.log.text}`);
	else
		showTrouble(connected ? "" : "The connection is lost; trying again.");
	for (const line of document.querySelectorAll(".sources li")) {
		const source = health?.sources.find((each) => each.name === line.dataset.source);
		line.textContent = source?.text ?? "nobody knows";
		line.className = !source || source.stale ? "failed" : source.state;
	}
}
setInterval(refreshHealth, 15000);

// ---- controls ----------------------------------------------------------------------------------------------------

const listen = document.getElementById("listen");
const mute = document.getElementById("mute");
const volume = document.getElementById("volume");

function loudness() {
	if (mute.getAttribute("aria-pressed") === "true")
		return 0;
	return (Number(volume.value) / 100) ** 2; // loudness follows the square of the slider
}

function setGain() {
	if (audio.gain)
		audio.gain.gain.setTargetAtTime(loudness(), audio.context.currentTime, 0.02);
}

async function setListening(on) {
	audio.wanted = on;
	listen.setAttribute("aria-pressed", String(on));
	listen.textContent = on ? "Stop" : "Listen";
	mute.disabled = volume.disabled = !on;
	try {
		if (!audio.context && on)
			await startAudio();
		else if (on)
			await audio.context.resume();
		else
			await audio.context?.suspend();
		showPlaying(on);
		status.textContent = on ? "Listening. Every edit becomes a note." : "Stopped.";
	} catch (error) {
		audio.wanted = false;
		listen.setAttribute("aria-pressed", "false");
		listen.textContent = "Listen";
		status.textContent = `This browser plays no sound here: ${error.message}`;
	}
}

listen.addEventListener("click", () => setListening(listen.getAttribute("aria-pressed") !== "true"));

mute.addEventListener("click", () => {
	const muted = mute.getAttribute("aria-pressed") !== "true";
	mute.setAttribute("aria-pressed", String(muted));
	mute.textContent = muted ? "Unmute" : "Mute";
	setGain();
});
volume.addEventListener("input", setGain);
