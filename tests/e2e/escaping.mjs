// escaping.mjs - whatever stands in titles, notes, names, chapters and spoken lines: every document that the program writes is
// well-formed, and an independent parser (Python's xml.etree and json, html5lib, the W3C's WebVTT parser) reads the same words
// back from each, or words less what the format can't hold; never something that wasn't there (craft.md P10).
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { makeSite, picture, run, serve, waitFor } from "./carillon.mjs";
import { parsedBack, silence } from "./published.mjs";

const { WebVTTParser } = createRequire(import.meta.url)("webvtt-parser"); // CommonJS without a name

// ---- the strings ----

// The same ones every time (Numerical Recipes' generator).
function randomly(seed) {
	let state = seed >>> 0;
	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * n);
	};
}

const pieces = ["]]>", "<![CDATA[", "<!--", "-->", "--", "--!>", "<script>alert(1)</script>", "</script>", "<img src=x onerror=alert(1)>", "</title>",
	"</textarea>", "</style>", "</p>", "<v Ada>", "</v>", "<i>", "\"", "'", "`", "&", "&amp;", "&lt;", "&#0;", "&#x1F514;", "&nbsp;", "&bogus;", "<", ">", "=", "{{title}}",
	"{{{x}}}", "{{/x}}", "${x}", "<?php ?>", "<?xml?>", "%00", "%s", "\\", "\\u0041", "\\\"", "\u2028", "\u2029", "\u0085", "\u00a0", "\u200b", "\u202e", "\u2066", "\ufeff", "\u0001",
	"\u0008", "\u000b", "\u000c", "\u001b[31m", "\u007f", "\u009f", "\ufffe", "\uffff", "\u{1fffe}", "\u{1f514}", "\u00e9", "e\u0301", "\u65e5\u672c", "\u05d0", "00:00:01.000 --> 00:00:02.000",
	"WEBVTT", "NOTE x", "STYLE", "{\\an8}", "12", "[transcript]", "javascript:alert(1)", "data:text/html,x", "http://a.example/?b&c=\"d\"", "| x", "* y", "# z", "a", "bell", "Tower",
	"\t", "  "];

// One that has a letter to be known by: what is nothing but controls is no title.
function strings(seed, n) {
	const random = randomly(seed), next = (i) => `${String.fromCharCode(97 + i % 26)}${i} ` +
		Array.from({ length: 1 + random(5) }, () => pieces[random(pieces.length)] + (random(3) ? "" : " ")).join("") + ` z${i}`;
	return Array.from({ length: n }, (_, i) => next(i));
}

// What of a text must come back: blanks and what can't be seen or stand in XML aside. U+2060 guards words in some formats.
const squeeze = (text) => text.normalize("NFC").replace(/[\s\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff]|\p{Noncharacter_Code_Point}|\p{Surrogate}/gu, "");

// Whether all of `less` stands in `more`, in order: something may have been removed, nothing added.
function isWithout(less, more) {
	let at = 0;
	for (const letter of less) {
		at = more.indexOf(letter, at);
		if (at < 0)
			return false;
		at += letter.length;
	}
	return true;
}

// ---- the site ----

const EPISODES = 40, CUES = 34, CHAPTERS = 5;

// Every string of an episode by its place: 50 in all.
function episodeOf(all, i) {
	const take = all.slice(i * 50, i * 50 + 50);
	return { slug: `e${i}`, title: take[0], speakers: take.slice(1, 4), guest: take[4], chapters: take.slice(5, 10), tags: take.slice(10, 13), code: take.slice(13, 16),
		cues: take.slice(16, 50) };
}

const json = JSON.stringify; // a JSON string is a YAML string, too

function pageOf(e, i) {
	const chapters = e.chapters.map((title, k) => `  - {start: ${k * 2}, title: ${yaml(title)}}\n`).join("");
	return `---\ntitle: ${yaml(e.title)}\ndate: 2021-01-${String(1 + i % 28).padStart(2, "0")}T10:${String(i).padStart(2, "0")}:00\nmedia: m${i}.wav\nguests: [${yaml(e.guest)}]\n` +
		`tags: [${e.tags.map(yaml).join(", ")}]\nchapters:\n${chapters}---\n\nNotes:\n\n${e.code.map((line) => `    ${line.replace(/[\r\n\u0085\u2028\u2029\u000b\u000c]/g, " ")}\n`).join("")}\nEnd.\n`;
}

// YAML forbids some characters but not their escapes.
const yaml = (text) => json(text).replace(/[\u007f-\u009f\ufeff\ufffe\uffff\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
	.replace(/\u{1fffe}/gu, "\\U0001fffe");

const transcriptOf = (e) => json({ version: "1.0.0", segments: e.cues.map((body, k) => ({ speaker: e.speakers[k % 3], startTime: k, endTime: k + 1, body })) });

// ---- looking into parsed trees: [tag, attributes, text, children, tail] ----

const local = (node) => node[0].replace(/^\{.*\}/, "");
const all = (node, tag) => [...(local(node) === tag ? [node] : []), ...node[3].flatMap((child) => all(child, tag))];
const textOf = (node) => node[2] + node[3].map((child) => textOf(child) + child[4]).join("");
const child = (node, tag) => node[3].find((each) => local(each) === tag);
const withClass = (node, name) => [...((node[1].class ?? "").split(" ").includes(name) ? [node] : []), ...node[3].flatMap((each) => withClass(each, name))];

// What mustn't be in a page whatever was written: only the program's own scripts, no handlers, no addresses that run.
function assertHarmless(tree, file) {
	for (const script of all(tree, "script"))
		assert.ok(script[1].type === "application/ld+json" || /^(\.\.\/|\/|https:\/\/t\.example\/)*assets\/\w+\/\w+\.js$/.test(script[1].src ?? "") && !textOf(script), `${file}: a script`);
	for (const node of everyNode(tree))
		for (const [name, value] of Object.entries(node[1])) {
			assert.ok(!/^on/i.test(name), `${file}: ${name}`);
			assert.ok(!/^\s*(javascript|data|vbscript):/i.test(value) || !/^(href|src|action|formaction|srcset|poster)$/.test(name), `${file}: ${name}=${value}`);
		}
}
const everyNode = (node) => [node, ...node[3].flatMap(everyNode)];

test("two thousand random texts come back from every document as they were, or less", async (t) => {
	const texts = strings(10, EPISODES * 50), episodes = Array.from({ length: EPISODES }, (_, i) => episodeOf(texts, i));
	const posts = strings(11, 100);
	const upstream = http.createServer((request, response) => response.writeHead(200, { "content-type": "application/feed+json" }).end(json({
		version: "https://jsonfeed.org/version/1.1", title: posts[0], items: posts.slice(1, 50).map((title, i) => ({ id: `p${i}`, title,
			content_text: posts[50 + i], date_published: `2026-01-01T00:${String(i).padStart(2, "0")}:00Z`, authors: [{ name: posts[50 + i] }] })) })));
	await new Promise((done) => upstream.listen(0, "127.0.0.1", done));
	t.after(() => { upstream.closeAllConnections(); upstream.close(); });
	const files = { "media/art.png": picture(1400),
		"carillon.yaml": `title: ${yaml(texts[0])}\nbase_url: https://t.example\nshows:\n  - {name: bells, title: ${yaml(texts[1])}, description: ${yaml(texts[2])}, language: en, ` +
			`author: ${yaml(texts[3])}, category: Technology, image: media/art.png}\nplanet_private: true\nplanet:\n  - "http://127.0.0.1:${upstream.address().port}/feed"\n` };
	episodes.forEach((e, i) => {
		files[`episodes/${e.slug}.md`] = pageOf(e, i);
		files[`transcripts/${e.slug}.json`] = transcriptOf(e);
		files[`media/m${i}.wav`] = silence(12); // longer than the last chapter's start
	});
	files["talks/towers/category.json"] = json({ title: texts[0] });
	episodes.slice(0, 20).forEach((e, i) => {
		files[`talks/towers/videos/t${i}.json`] = json({ title: e.title, slug: `t${i}`, speakers: [e.guest], recorded: "2020-05-02", description: e.code.join(" "), language: "eng", tags: e.tags,
			videos: [{ type: "wav", url: `/media/m${i}.wav` }] });
	});
	const site = makeSite(t, files);
	const imported = await run(["import", "--site", site, "--no-media"]);
	assert.match(imported.stdout, new RegExp(`${EPISODES} episodes`), imported.stdout.slice(-500) + imported.stderr.slice(0, 2000));

	// The planet needs a server once.
	const server = await serve(t, site);
	await waitFor(async () => (await (await fetch(`${server.url}/planet/`)).text()).includes(">49 posts"), "the planet");
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-escaping-")), output = path.join(folder, "public");
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const published = await run(["publish", "--site", site, "--output", output]);
	assert.match(published.stdout, / written/, published.stdout + published.stderr);
	for (const [name, address] of [["search.json", "/api/search?q=bell&limit=50"], ["search.html", "/search?q=bell+tower"], ["suggest.json", "/api/suggest?q=be"],
		["found.xml", "/feeds/search.xml?q=bell"], ["found.atom", "/feeds/search.atom?q=bell"], ["found.json", "/feeds/search.json?q=bell"], ["health.json", "/healthz"]]) {
		mkdirSync(path.join(output, "live"), { recursive: true });
		writeFileSync(path.join(output, "live", name), Buffer.from(await (await fetch(server.url + address)).arrayBuffer()));
	}
	const back = await parsedBack(output);
	if (!back)
		return t.skip("Python's html5lib isn't installed");
	const parsed = Object.keys(back);
	t.diagnostic(`${parsed.length} documents parsed: ${["xml", "atom", "opml", "psc", "json", "html", "vtt", "srt", "txt"].map((ending) =>
		`${parsed.filter((file) => file.endsWith(`.${ending}`)).length} ${ending}`).join(", ")}`);
	for (const file of parsed.filter((each) => each.endsWith(".html")))
		assertHarmless(back[file], file);

	let equal = 0, less = 0;
	// The source's text, and what one document has of it.
	function assertCame(found, source, where) {
		const [is, was] = [squeeze(found), squeeze(source)];
		if (is === was)
			return equal++;
		assert.ok(isWithout(is, was), `${where}:\n${json(source)}\n${json(found)}`);
		assert.ok(is.length * 4 >= was.length || was.length < 12, `${where}: hardly anything is left:\n${json(source)}\n${json(found)}`);
		return less++;
	}
	const same = (found, other, where) => assert.equal(squeeze(found), squeeze(other), where);

	const feeds = Object.fromEntries(["xml", "atom", "json"].map((form) => [form, back[`feeds/bells.${form}`]]));
	const items = all(feeds.xml, "item"), entries = all(feeds.atom, "entry");
	assert.equal(items.length, EPISODES);
	same(textOf(child(child(feeds.xml, "channel"), "title")), texts[1], "the show's title");
	const inFeeds = await notesOf(t, items, entries, feeds.json.items);
	for (const e of episodes) {
		const address = `https://t.example/shows/bells/${e.slug}`, at = (ending) => back[`shows/bells/${e.slug}${ending}`];
		const item = items.find((each) => textOf(child(each, "link")) === address);
		const entry = entries.find((each) => all(each, "link").some((link) => link[1].href === address));
		const found = feeds.json.items.find((each) => each.url === address);
		const page = at("/index.html"), embed = at("/embed/index.html");
		// The title, in each form the same.
		assertCame(textOf(child(item, "title")), e.title, `${e.slug}: RSS title`);
		const title = textOf(child(item, "title"));
		for (const [form, other] of Object.entries({ atom: textOf(child(entry, "title")), json: found.title, page: textOf(all(page, "h1")[0]),
			oembed: at("/oembed.json").title, ld: JSON.parse(textOf(all(page, "script").find((each) => each[1].type))).name }))
			same(other, title, `${e.slug}: title in ${form}`);
		assert.ok(squeeze(textOf(embed)).includes(squeeze(title)), `${e.slug}: title in the embedded player`);
		// Notes: what is code stands as it is.
		const notes = [page, ...["json", "rss", "atom"].map((form) => inFeeds[`${e.slug}-${form}.html`])];
		for (const tree of notes) {
			const code = squeeze(withTag(tree, tree === page ? "code" : "p").map(textOf).join(""));
			e.code.forEach((line) => assert.ok(code.includes(squeeze(line)), `${e.slug}: ${json(line)}\n${json(code)}`));
		}
		// What was said, and by whom.
		const segments = at(".json").segments;
		assert.equal(segments.length, CUES, e.slug);
		e.cues.forEach((cue, k) => {
			assertCame(segments[k].body, cue, `${e.slug}: cue ${k}`);
			assertCame(segments[k].speaker, e.speakers[k % 3], `${e.slug}: speaker ${k}`);
		});
		const said = segments.map((each) => squeeze(each.body)), who = segments.map((each) => squeeze(each.speaker));
		assert.deepEqual(withTag(at(".html"), "p").map((p) => squeeze(textOf(p))), said, `${e.slug}.html`);
		assert.deepEqual(withTag(at(".html"), "cite").map((c) => squeeze(textOf(c)).replace(/:$/, "")), who.map((each) => each.replace(/:$/, "")), `${e.slug}.html`);
		assert.deepEqual((await cuesOf(at(".vtt"))).map((cue) => squeeze(cue.text)), said, `${e.slug}.vtt`);
		assert.deepEqual((await cuesOf(at(".vtt"))).map((cue) => squeeze(cue.voice)), who, `${e.slug}.vtt`);
		const lines = at(".srt").trimEnd().split(/\n\n(?=\d+\n)/).map((block) => block.split("\n"));
		assert.equal(lines.length, CUES, `${e.slug}.srt`);
		lines.forEach((block, k) => {
			assert.match(block[1], /^\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}$/);
			const text = squeeze(block.slice(2).join(""));
			assert.ok(text === said[k] || text === `${who[k]}:${said[k]}`, `${e.slug}.srt: ${json(block)} ${said[k]}`);
		});
		const whole = squeeze(textOf(page));
		said.forEach((each) => assert.ok(whole.includes(each), `${e.slug}: ${each} on the page`));
		// Chapters.
		const told = at(".chapters.json").chapters;
		assert.equal(told.length, CHAPTERS, e.slug);
		e.chapters.forEach((chapter, k) => assertCame(told[k].title, chapter, `${e.slug}: chapter ${k}`));
		const names = told.map((each) => squeeze(each.title));
		assert.deepEqual(all(at(".psc"), "chapter").map((each) => squeeze(each[1].title)), names, `${e.slug}.psc`);
		assert.deepEqual(all(item, "chapter").map((each) => squeeze(each[1].title)), names, `${e.slug}: psc in the feed`);
		assert.deepEqual(at(".chapters.txt").trim().split("\n").map((line) => squeeze(line.replace(/^[\d:]+ /, ""))), names, `${e.slug}.chapters.txt`);
		// People and tags.
		assertCame(textOf(all(item, "person").find((each) => each[1].role === "guest")), e.guest, `${e.slug}: guest`);
		const tags = all(item, "category").map(textOf);
		e.tags.forEach((tag, k) => assertCame(tags[k] ?? "", tag, `${e.slug}: tag ${k}`));
	}
	const talks = all(back["feeds/conference/towers.xml"], "item");
	assert.equal(talks.length, 20);
	for (const [i, e] of episodes.slice(0, 20).entries()) {
		const talk = talks.find((each) => textOf(child(each, "link")).endsWith(`/t${i}`));
		assertCame(textOf(child(talk, "title")), e.title, `talk ${i}`);
		same(textOf(all(back[`conferences/towers/t${i}/index.html`], "h1")[0]), textOf(child(talk, "title")), `talk ${i}`);
	}
	const planet = all(back["feeds/planet.atom"], "entry");
	assert.equal(planet.length, 49);
	planet.forEach((entry, i) => {
		const n = Number(textOf(child(entry, "id")).replace(/.*[#p]p?/, ""));
		assertCame(textOf(child(entry, "title")), posts[1 + n], `post ${i}`);
	});
	same(all(back["feeds/planet.opml"], "outline")[0][1].text, textOf(child(child(planet[0], "source"), "title")), "the blog's name");
	assert.equal(all(back["sitemap.xml"], "loc").length > EPISODES, true);
	t.diagnostic(`${equal} texts came back equal, ${less} without what can't stand there`);
	assert.ok(equal > 10 * less, `${equal} equal, ${less} less`);
});

const withTag = (node, tag) => all(node, tag);

// What stands in feeds is HTML in turn, which must be so by itself: the trees by "SLUG-FORM.html".
async function notesOf(t, items, entries, found) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-notes-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const put = (address, form, html) => writeFileSync(path.join(folder, `${address.split("/").at(-1)}-${form}.html`), html);
	items.forEach((item) => put(textOf(child(item, "link")), "rss", textOf(child(item, "encoded"))));
	entries.forEach((entry) => put(all(entry, "link").find((link) => link[1].rel === "alternate")[1].href, "atom", textOf(child(entry, "content"))));
	found.forEach((item) => put(item.url, "json", item.content_html));
	const back = await parsedBack(folder);
	for (const [file, tree] of Object.entries(back))
		assertHarmless(tree, file);
	return back;
}

// Cues by the W3C's parser: [{ text, voice }], with no error in the file.
async function cuesOf(vtt) {
	const { cues, errors } = new WebVTTParser().parse(vtt, "metadata");
	assert.deepEqual(errors, []);
	const decode = (text) => text.replace(/&(amp|lt|gt|nbsp|lrm|rlm|#\d+|#x[0-9a-f]+);/g, (_, name) =>
		({ amp: "&", lt: "<", gt: ">", nbsp: "\u00a0", lrm: "\u200e", rlm: "\u200f" })[name] ?? "");
	let voice = "";
	return cues.map((cue) => {
		const own = /<v(?:\.[^ >]*)?[ \t]([^>]*)>/.exec(cue.text);
		voice = own ? decode(own[1]) : voice;
		return { voice, text: decode(cue.text.replace(/<[^>]*>/g, "")) };
	});
}

test("halves of characters and bytes that are no UTF-8 are read as what stands for them, and the rest is kept", async (t) => {
	const site = makeSite(t, { "carillon.yaml": "title: Bells\nshows:\n  - {name: bells, title: Bells, language: en}\n",
		"episodes/one.md": Buffer.concat([Buffer.from("---\ntitle: One\nmedia: one.wav\ntags: [ropes]\n---\n\nBefore "), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(" after.\n")]),
		"transcripts/one.json": '{"version":"1.0.0","segments":[{"speaker":"Ada\\ud83d","startTime":0,"endTime":1,"body":"Ding \\udd14 dong"},' +
			'{"speaker":"Ada\\ud83d","startTime":1,"endTime":2,"body":"a\\u0000b"},{"speaker":"Ben","startTime":2,"endTime":3,"body":"whole \\ud83d\\udd14"}]}',
		"transcripts/two.vtt": Buffer.concat([Buffer.from("WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ada>Before "), Buffer.from([0xed, 0xbf, 0xbf, 0xff]), Buffer.from(" after\n")]),
		"media/one.wav": silence(2) });
	const imported = await run(["import", "--site", site]);
	assert.match(imported.stdout, /1 episode, .*1 transcript alone, .*4 cues/, imported.stdout + imported.stderr);
	const server = await serve(t, site), folder = mkdtempSync(path.join(tmpdir(), "carillon-halves-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	for (const [name, address] of [["one.json", "/shows/bells/one.json"], ["one.html", "/shows/bells/one"], ["two.html", "/shows/bells/two"], ["bells.xml", "/feeds/bells.xml"]])
		writeFileSync(path.join(folder, name), Buffer.from(await (await fetch(server.url + address)).arrayBuffer()));
	const back = await parsedBack(folder);
	if (!back)
		return t.skip("Python's html5lib isn't installed");
	assert.deepEqual(back["one.json"].segments.map((each) => each.body), ["Ding \ufffd dong", "a\ufffdb", "whole \u{1f514}"]);
	assert.equal(back["one.json"].segments[0].speaker, "Ada\ufffd");
	for (const name of ["one.html", "two.html", "bells.xml"])
		assert.match(textOf(back[name]), /Before .* after/s, name);
});
