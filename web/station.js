// station.js - the listening page: the live socket's events become circles, and, once Listen was pressed, sound.
// SPDX-License-Identifier: MIT

const station = document.getElementById("station");
const sky = document.getElementById("sky");
const status = document.getElementById("status");
const instruments = { celesta: 0, clav: 1, swell: 2, glockenspiel: 3, marimba: 4, bell: 5, harp: 6, pad: 7, noise: 8 };

// How long after its moment a note sounds, ms: what the network's jitter may take.
const LEAD_MS = 400;
const CIRCLE_LIFE_MS = 60000;
const CIRCLES_MAX = 300;
const RECENT_MAX = 20;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

// ---- sound -------------------------------------------------------------------------------------------------------

const audio = { context: null, synth: null, gain: null };
// For scripts around this page: what plays here.
station.carillon = audio;

async function startAudio() {
	const context = new AudioContext({ sampleRate: 48000, latencyHint: "playback" });
	const resumed = context.resume();
	const [bytes] = await Promise.all([
		fetch(station.dataset.wasm).then((answer) => answer.arrayBuffer()),
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
}

// The server's clock, as far as frames tell: the quickest of them had the least delay.
let clockOffset = Infinity;

function play(events) {
	const now = Date.now();
	const notes = events.flatMap((event) => event.notes);
	for (const note of notes)
		clockOffset = Math.min(clockOffset, now - note.at);
	if (!audio.context || audio.context.state !== "running")
		return;
	const { currentTime, sampleRate } = audio.context;
	const timely = notes.filter((note) => now - note.at - clockOffset < 2000);
	audio.synth.port.postMessage({
		notes: timely.map((note) => ({
			frame: Math.round((currentTime + (note.at + clockOffset + LEAD_MS - now) / 1000) * sampleRate),
			instrument: instruments[note.instrument] ?? 0,
			key: note.key,
			level: note.level,
			pan: note.pan,
		})),
	});
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
	const margin = Math.min(radius, width / 4);
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

function receive(frame) {
	const events = JSON.parse(frame.data);
	for (const event of events) {
		lastSeq = Math.max(lastSeq, event.seq);
		windows[0]++;
		list(event);
		if (!document.hidden)
			event.kind === "join" ? event.accent && welcome(event) : draw(event);
	}
	play(events);
	showRate();
}

function connect() {
	const url = new URL(`/stations/${encodeURIComponent(station.dataset.name)}/live`, location.href);
	url.protocol = url.protocol.replace("http", "ws");
	if (lastSeq)
		url.searchParams.set("after", lastSeq);
	const socket = new WebSocket(url, "carillon.v1");
	socket.onopen = () => {
		attempts = 0;
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

listen.addEventListener("click", async () => {
	const on = listen.getAttribute("aria-pressed") !== "true";
	listen.setAttribute("aria-pressed", String(on));
	listen.textContent = on ? "Stop" : "Listen";
	mute.disabled = volume.disabled = !on;
	try {
		if (!audio.context && on)
			await startAudio();
		else if (on)
			await audio.context.resume();
		else
			await audio.context.suspend();
		status.textContent = on ? "Listening. Every edit becomes a note." : "Stopped.";
	} catch (error) {
		listen.setAttribute("aria-pressed", "false");
		listen.textContent = "Listen";
		status.textContent = `This browser plays no sound here: ${error.message}`;
	}
});

mute.addEventListener("click", () => {
	const muted = mute.getAttribute("aria-pressed") !== "true";
	mute.setAttribute("aria-pressed", String(muted));
	mute.textContent = muted ? "Unmute" : "Mute";
	setGain();
});
volume.addEventListener("input", setGain);
