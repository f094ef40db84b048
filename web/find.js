// find.js - the search of a site that was published as files: fetches the parts of the index that a query needs
// (transcripts/static_index.h says what is in them), and finds words, phrases, beginnings, speakers and dates to the second, by
// the rules of /api/search. Nothing that is typed is an error.
// SPDX-License-Identifier: MIT

const found = document.getElementById("found");
const input = document.getElementById("q");
const root = new URL(found.dataset.index, location.href);
const A_PAGE = 10;
const MOMENTS = 3;
const COLUMNS = { T: 10, P: 6, C: 4, N: 2, S: 1 }; // what a word weighs there
const STRETCH = 40; // words that belong to one moment

// ---- words, as transcripts/tokens.c has them ----

const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC");

// [{ text, start, end }]
function words(text) {
	const list = [];
	for (const match of text.matchAll(/[\p{L}\p{N}\p{M}\p{Co}]+/gu)) {
		let [word] = match, start = match.index, end = start + word.length;
		if (/^[A-Za-z][A-Za-z0-9]*$/.test(word)) {
			const rest = text.slice(end), marks = /^(\+\+(?!\+)|#(?![A-Za-z0-9#\u0080-\uffff]))/.exec(rest);
			if (marks) {
				word += marks[0];
				end += marks[0].length;
			} else if (text[start - 1] === "." && (start === 1 || /[\s([{"'`*]/.test(text[start - 2]))) {
				word = `.${word}`;
				start--;
			}
		}
		const folded = fold(word);
		if (folded)
			list.push({ text: folded, start, end });
	}
	return list;
}

const foldName = (text) => words(text).map((word) => word.text).join(" ");

// ---- what was typed ----

function period(text) {
	const match = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
	if (!match)
		return null;
	const [, year, month, day] = match.map((part) => part && Number(part));
	const from = new Date(Date.UTC(year, (month ?? 1) - 1, day ?? 1));
	if (year < 1 || from.getUTCMonth() !== (month ?? 1) - 1 || from.getUTCDate() !== (day ?? 1))
		return null;
	const until = new Date(Date.UTC(year + (month ? 0 : 1), month ? month - (day ? 1 : 0) : 0, day ? day + 1 : 1));
	return { from: from.toISOString().slice(0, 10), until: until.toISOString().slice(0, 10) };
}

function emptyQuery() {
	return { units: [], without: [], speaker: [], show: [], conference: [], kind: [], item: [], from: "", before: "9999-99", sponsors: false };
}

function applyField(query, name, value) {
	const dates = period(value);
	switch (name.toLowerCase()) {
	case "speaker": case "show": case "conference": case "kind": case "item":
		if (!foldName(value))
			return false;
		query[name.toLowerCase()].push(foldName(value));
		return true;
	case "with":
		query.sponsors ||= value.toLowerCase() === "sponsors";
		return value.toLowerCase() === "sponsors";
	case "year":
		if (dates) {
			query.from = dates.from > query.from ? dates.from : query.from;
			query.before = dates.until < query.before ? dates.until : query.before;
		}
		return dates !== null;
	case "before":
		if (dates && dates.from < query.before)
			query.before = dates.from;
		return dates !== null;
	case "after":
		if (dates && dates.until > query.from)
			query.from = dates.until;
		return dates !== null;
	default:
		return false;
	}
}

function addPiece(query, text, negative, prefix, quoted) {
	let inflects = false;
	if (!prefix && !quoted) {
		const bare = text.replace(/^[(['"]+|[,.;:!?)\]']+$/gu, "");
		inflects = /^[a-z\u0080-\uffff]{3,}$/i.test(bare);
		text = inflects ? bare : text;
	}
	const list = words(text).map((word) => ({ text: word.text, prefix: false, inflects: false }));
	if (!list.length)
		return;
	list.at(-1).prefix = prefix;
	list[0].inflects = inflects && list.length === 1;
	(negative ? query.without : query.units).push(list);
}

function parse(text) {
	const query = emptyQuery();
	const pieces = /([a-z]+):(?:["“”„‟]([^"“”„‟]*)["“”„‟]|([^\s"“”„‟]+))|(-?)["“”„‟]([^"“”„‟]*)["“”„‟](\*?)|(-?)([^\s"“”„‟]+)/giu;
	for (const [whole, name, quotedValue, value, quoteMinus, quoted, quoteStar, minus, plain] of text.slice(0, 4096).matchAll(pieces)) {
		if (name && applyField(query, name, quotedValue ?? value))
			continue;
		if (quoted !== undefined)
			addPiece(query, quoted, quoteMinus === "-", quoteStar === "*", true);
		else if (plain !== undefined)
			addPiece(query, plain.replace(/\*$/, ""), minus === "-" && !plain.startsWith("-"), plain.endsWith("*"), false);
		else
			addPiece(query, whole, false, false, false);
	}
	return query;
}

const asksNothing = (query) => !query.units.length && !query.without.length && !query.from && query.before === "9999-99" &&
	!["speaker", "show", "conference", "kind", "item"].some((field) => query[field].length);

// ---- the index ----

const fetched = new Map();
function fetchOnce(path, read) {
	if (!fetched.has(path))
		fetched.set(path, fetch(new URL(path, root)).then((answer) => {
			if (!answer.ok)
				throw new Error(`${path}: ${answer.status}`);
			return answer[read]();
		}));
	return fetched.get(path);
}

let index;
async function loadIndex() {
	if (index)
		return index;
	const { items, shards } = await fetchOnce("index.json", "json");
	const fields = ["link", "title", "date", "kind", "show", "conference", "place", "slug", "voices", "sponsors", "words", "toldApart"];
	index = { shards, items: items.map((row) => Object.fromEntries(fields.map((name, i) => [name, row[i]]))) };
	return index;
}

// By code points, as the files are sorted by bytes.
function compare(a, b) {
	const [x, y] = [[...a], [...b]];
	for (let i = 0; i < x.length && i < y.length; i++)
		if (x[i] !== y[i])
			return x[i].codePointAt(0) - y[i].codePointAt(0);
	return x.length - y.length;
}

// Number of the last first word that is not behind this one, or 0.
function shardOf(word) {
	let low = 0, high = index.shards.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (compare(index.shards[middle], word) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return Math.max(0, low - 1);
}

const shardWords = new Map();
async function shard(number) {
	if (number >= index.shards.length)
		return new Map();
	if (!shardWords.has(number)) {
		const text = await fetchOnce(`words/${number}.txt`, "text");
		shardWords.set(number, new Map(text.split("\n").filter(Boolean).map((line) => {
			const [word, forms, places] = line.split("\t");
			return [word, { forms: forms ? forms.split(" ") : [], places }];
		})));
	}
	return shardWords.get(number);
}

// "3T1N4.2S1c;7S2" to { item: { T: [1], N: [4, 6], S: [48] } }
function readPlaces(text, into) {
	for (const entry of text.split(";")) {
		const item = parseInt(/^[0-9a-z]+/.exec(entry)[0], 36);
		const columns = into.get(item) ?? {};
		for (const [, column, numbers] of entry.matchAll(/([A-Z])([0-9a-z.]+)/g)) {
			let at = 0;
			const list = numbers.split(".").map((distance) => at += parseInt(distance, 36));
			columns[column] = columns[column] ? [...columns[column], ...list].sort((a, b) => a - b) : list;
		}
		into.set(item, columns);
	}
	return into;
}

// Where a word, its other forms or its continuations stand: item to columns.
async function placesOf(word) {
	const places = new Map();
	if (word.prefix) {
		for (let number = shardOf(word.text), more = true; more && number < index.shards.length; number++) {
			for (const [text, entry] of await shard(number))
				if (text.startsWith(word.text))
					readPlaces(entry.places, places);
			const next = index.shards[number + 1];
			more = next !== undefined && (next.startsWith(word.text) || compare(next, word.text) < 0);
		}
		return places;
	}
	const own = (await shard(shardOf(word.text))).get(word.text);
	if (own)
		readPlaces(own.places, places);
	for (const form of word.inflects && own ? own.forms : []) {
		const entry = (await shard(shardOf(form))).get(form);
		if (entry)
			readPlaces(entry.places, places);
	}
	return places;
}

// A unit's places: a phrase's are where it begins, and all of its words count.
async function unitPlaces(unit) {
	const each = await Promise.all(unit.map(placesOf));
	if (unit.length === 1)
		return each[0];
	const places = new Map();
	for (const [item, columns] of each[0]) {
		const together = {};
		for (const column of Object.keys(columns)) {
			const others = each.slice(1).map((list) => new Set(list.get(item)?.[column]));
			const begins = columns[column].filter((at) => others.every((set, i) => set.has(at + i + 1)));
			if (begins.length)
				together[column] = begins;
		}
		if (Object.keys(together).length)
			places.set(item, together);
	}
	return places;
}

// ---- finding ----

const ofConference = (item, wanted) => item.conference === wanted || item.conference.startsWith(`${wanted} `);

function passes(item, query) {
	return query.kind.every((kind) => item.kind === kind) && query.show.every((show) => item.show === show) &&
		query.item.every((slug) => item.slug === slug) && query.conference.every((name) => ofConference(item, name)) &&
		((!query.from && query.before === "9999-99") || (item.date && item.date >= query.from && item.date < query.before)) &&
		(!query.speaker.length || item.voices.some((voice) => query.speaker.every((name) => voice.includes(name))));
}

function isSponsored(item, at) {
	for (let i = 0; i < item.sponsors.length; i += 2)
		if (at >= item.sponsors[i] && at < item.sponsors[i + 1])
			return true;
	return false;
}

// [{ number, item, score, units: [columns] }], best first.
async function find(query) {
	const { items } = await loadIndex();
	const units = await Promise.all(query.units.map(unitPlaces));
	const without = await Promise.all(query.without.map(unitPlaces));
	const hits = [];
	items.forEach((item, number) => {
		if (!passes(item, query) || without.some((places) => places.has(number)))
			return;
		const here = units.map((places) => {
			const columns = places.get(number);
			if (!columns || query.sponsors || !columns.S || !item.sponsors.length)
				return columns;
			const spoken = columns.S.filter((at) => !isSponsored(item, at));
			const { S, ...others } = columns;
			return spoken.length ? { ...others, S: spoken } : Object.keys(others).length ? others : undefined;
		});
		if (here.some((columns) => !columns))
			return;
		let score = 0;
		here.forEach((columns, i) => {
			const rarity = Math.log(1 + items.length / units[i].size);
			for (const [column, list] of Object.entries(columns))
				score += rarity * COLUMNS[column] * list.length / (list.length + (column === "S" ? 1 + item.words / 4000 : 1));
		});
		hits.push({ number, item, score, units: here });
	});
	return hits.sort((a, b) => b.score - a.score || (a.item.date < b.item.date ? 1 : -1));
}

const lastBefore = (cues, at) => {
	let low = 0, high = cues.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (cues[middle][0] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
};

// The best moments of a hit: where most of the units stand within a stretch.
async function momentsOf(hit, query) {
	let spoken = hit.units.flatMap((columns, unit) => (columns.S ?? []).map((at) => ({ at, unit })));
	const asksSpeakerOnly = !hit.units.length && query.speaker.length > 0 && hit.item.toldApart;
	if (!spoken.length && !asksSpeakerOnly)
		return [];
	const { voices, cues } = await fetchOnce(`moments/${hit.number}.json`, "json");
	const voicesFit = voices.map((voice, i) => query.speaker.every((name) => (hit.item.voices[i] ?? foldName(voice)).includes(name)));
	const wanted = (cue) => !query.speaker.length || !hit.item.toldApart || (cue[2] > 0 && voicesFit[cue[2] - 1]);
	if (asksSpeakerOnly) // where they begin to speak
		spoken = cues.filter((cue, i) => wanted(cue) && (i === 0 || cues[i - 1][2] !== cue[2])).map(([at]) => ({ at, unit: 0 }));
	const places = spoken.filter(({ at }) => cues[lastBefore(cues, at)] && wanted(cues[lastBefore(cues, at)])).sort((a, b) => a.at - b.at);
	const candidates = [];
	places.forEach((place, i) => {
		const units = new Set();
		for (let k = i; k < places.length && places[k].at < place.at + STRETCH; k++)
			units.add(places[k].unit);
		candidates.push({ at: place.at, n: units.size });
	});
	candidates.sort((a, b) => b.n - a.n || a.at - b.at);
	const moments = [];
	for (const { at } of candidates) {
		if (moments.length === MOMENTS)
			break;
		if (moments.every((moment) => Math.abs(moment.at - at) >= STRETCH)) {
			const first = lastBefore(cues, at);
			moments.push({ at, seconds: cues[first][1], voice: voices[cues[first][2] - 1] ?? "", text: stretch(cues, first) });
		}
	}
	return moments.sort((a, b) => a.at - b.at);
}

// The cue and what follows it, about two lines of one voice.
function stretch(cues, first) {
	let text = cues[first][3];
	for (let i = first + 1; i < cues.length && text.length < 160 && cues[i][2] === cues[first][2]; i++)
		text += ` ${cues[i][3]}`;
	return text.length > 260 ? `${text.slice(0, 250).replace(/\s+\S*$/, "")} …` : text;
}

// ---- showing ----

function element(name, fields = {}, ...children) {
	const made = Object.assign(document.createElement(name), fields);
	made.append(...children);
	return made;
}

// Every form that counts as the query's words.
async function markedWords(query) {
	const exact = new Set(), beginnings = [];
	for (const unit of query.units)
		for (const word of unit) {
			if (word.prefix)
				beginnings.push(word.text);
			exact.add(word.text);
			const own = (await shard(shardOf(word.text))).get(word.text);
			for (const form of word.inflects && own ? own.forms : [])
				exact.add(form);
		}
	return (text) => exact.has(text) || beginnings.some((beginning) => text.startsWith(beginning));
}

function withMarks(text, isMarked) {
	const line = element("span");
	let at = 0;
	for (const word of words(text)) {
		if (!isMarked(word.text))
			continue;
		line.append(text.slice(at, word.start), element("mark", { textContent: text.slice(word.start, word.end) }));
		at = word.end;
	}
	line.append(text.slice(at));
	return line;
}

function stamp(seconds) {
	const whole = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
	return whole >= 3600 ? `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}` : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

function showHit(hit, moments, isMarked) {
	const { item } = hit;
	const article = element("article", { className: "card hit" },
		element("h2", {}, element("a", { href: item.link, textContent: item.title })),
		element("p", { className: "meta", textContent: [item.place, item.date].filter(Boolean).join(" · ") }));
	if (moments.length)
		article.append(element("ol", { className: "moments" }, ...moments.map((moment) => element("li", {},
			...(moment.seconds === null ? [] :
				[element("a", { className: "time", href: `${item.link}#t=${moment.seconds}`, textContent: stamp(moment.seconds) }), " "]),
			...(moment.voice ? [element("b", { className: "speaker", textContent: moment.voice }), " "] : []),
			withMarks(moment.text, isMarked)))));
	return article;
}

// As many of these hits as make a page; where a speaker was asked for, only those in which they say it.
async function showFrom(hits, from, query, isMarked, into) {
	let shown = 0, i = from;
	const asked = hits.slice(from, from + A_PAGE).map((hit) => momentsOf(hit, query));
	asked.forEach((moments) => moments.catch(() => {})); // told where it is awaited
	for (; i < hits.length && shown < A_PAGE; i++) {
		const moments = await (asked[i - from] ?? momentsOf(hits[i], query));
		const isSaid = moments.length || !query.speaker.length || !query.units.length || !hits[i].item.toldApart;
		if (isSaid) {
			into.append(showHit(hits[i], moments, isMarked));
			shown++;
		}
	}
	if (i < hits.length) {
		const more = element("button", { type: "button", textContent: "More" });
		more.addEventListener("click", () => {
			more.remove();
			showFrom(hits, i, query, isMarked, into);
		});
		into.append(more);
	}
	return shown;
}

// The form's fields are words of the query: it has the parameters of /api/search.
function queryOf(parameters) {
	const query = parse(parameters.get("q") ?? "");
	for (const name of ["show", "conference", "speaker", "kind", "year", "item", "after", "before"]) {
		const value = (parameters.get(name) ?? "").trim();
		if (value && !applyField(query, name, value) && ["year", "after", "before"].includes(name))
			query.before = ""; // a year that is none matches nothing
	}
	query.sponsors ||= Boolean(parameters.get("sponsors"));
	return query;
}

function keepForm(parameters) {
	for (const field of document.querySelectorAll(".finder [name], header [name=q]")) {
		if (field.type === "checkbox")
			field.checked = parameters.has(field.name);
		else if (parameters.has(field.name))
			field.value = parameters.get(field.name);
		if (field.closest("details") && parameters.get(field.name))
			field.closest("details").open = true;
	}
}

async function run() {
	const parameters = new URLSearchParams(location.search), query = queryOf(parameters);
	const status = element("p", { className: "meta" });
	status.setAttribute("role", "status");
	found.replaceChildren(status);
	keepForm(parameters);
	if (asksNothing(query))
		return;
	status.textContent = "Searching …";
	try {
		const hits = await find(query), list = element("div");
		const isMarked = await markedWords(query);
		found.append(list);
		const shown = await showFrom(hits, 0, query, isMarked, list);
		const n = query.speaker.length && query.units.length && shown < A_PAGE ? shown : hits.length;
		status.textContent = n === 0 ? "Nothing was found." : `Found in ${n} ${n === 1 ? "recording" : "recordings"}.`;
	} catch (error) {
		status.textContent = location.protocol === "file:" ?
			"Browsers let pages from a disk fetch nothing. Serve this folder with any web server, and the search works." :
			`The search's files couldn't be fetched (${error.message}). Try again in a moment.`;
	}
}

// Without leaving the page: what was fetched is kept.
document.querySelector(".finder").addEventListener("submit", (event) => {
	event.preventDefault();
	const parameters = new URLSearchParams([...new FormData(event.target)].filter(([, value]) => value));
	history.pushState(null, "", `?${parameters}`);
	run();
});
addEventListener("popstate", run);
run();
input.focus();
