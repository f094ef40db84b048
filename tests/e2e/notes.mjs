// notes.mjs - what an episode's page and feeds say beside its transcript: chapters, the same in every form whatever they
// came from; times as links; people, talks and episodes that are spoken of; soundbites; placeholders.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { corpora, hasCorpora, makeSite, run, serve, waitFor } from "./carillon.mjs";
import { filesOf, htmlErrors, silence } from "./published.mjs";

const yaml = "title: Bells\nshows:\n  - {name: bells, title: Bells, description: About bells., language: en, author: Ringers, category: Technology}\n";

const unescape = (text) => text.replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, "$1").replace(/&(amp|lt|gt|quot|#39);/g,
	(_, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name]);
const seconds = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
const text = async (url) => {
	const response = await fetch(url);
	assert.equal(response.status, 200, url);
	return response.text();
};

// A recording with chapters in it, as ffmpeg writes them.
function chaptered(folder, name, chapters, length) {
	writeFileSync(path.join(folder, "chapters.txt"), `;FFMETADATA1\n${chapters.map(([start, end, title]) =>
		`[CHAPTER]\nTIMEBASE=1/1000\nSTART=${start * 1000}\nEND=${end * 1000}\ntitle=${title}\n`).join("")}`);
	execFileSync("ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", `sine=frequency=440:duration=${length}`, "-i",
		path.join(folder, "chapters.txt"), "-map", "0:a", "-map_metadata", "1", "-map_chapters", "1", path.join(folder, name)]);
}

const page = (title, head, body = "") => `---\ntitle: ${title}\ndate: 2026-01-0${title.length}T10:00:00\nmedia: ${title}.wav\n${head}---\n\n${body}`;
const long = "x".repeat(400);

// slug: the chapters that every form of it has: [second, title].
const expected = {
	a: [[0, "Start & <end>"], [4, "Middle"], [8.5, "End"]],
	bb: [[3, "Ropes"], [6, "Bells"], [9, "Rust"]],
	ccc: [[0, "One"], [2, "Two"], [5.5, "Three"]],
	dddd: [[1, "From a file"], [7, "Chapter 2"], [9, `${"x".repeat(254)}…`]],
	eeeee: [[0, "Header one"], [5, "Header two"]],
	ffffff: [[0, "psc one"], [6, "psc two"]],
	ggggggg: [],
	hhhhhhhh: [[0, "In the file"], [4, "In it too"]],
};

const files = {
	"carillon.yaml": yaml,
	// Out of order, one twice, one after the end.
	"episodes/a.md": page("a", "chapters:\n  - {start: 4, title: Middle}\n  - {start: 0, title: \"Start & <end>\"}\n  - {start: 8.5, title: End}\n" +
		"  - {start: 4, title: Twin}\n  - {start: 40, title: Late}\n", "Words about [the middle](#t=0:04).\n"),
	"episodes/bb.md": page("bb", "", "Words.\n\n* 0:03 - Ropes\n* 0:06 - Bells\n* **0:09** Rust\n"),
	"episodes/ccc.md": page("ccc", "").replace("ccc.wav", "ccc.mp3"),
	"episodes/dddd.md": page("dddd", "chapters: four.json\n"),
	"transcripts/four.json": JSON.stringify({ version: "1.2.0", chapters: [{ startTime: 7, title: "" }, { startTime: 1, endTime: 99, title: " From\na file " },
		{ startTime: 2, img: "https://example.org/x.png", toc: false }, { startTime: 9, title: long }] }),
	"episodes/eeeee.md": page("eeeee", "transcript:\n  - {header: Header one}\n  - {line: Hello there, sec: 0, who: Ada}\n  - {header: Header two}\n" +
		"  - {line: Good bye, sec: 5, who: Ben}\n"),
	"episodes/ffffff.md": page("ffffff", "chapters: six.psc\n"),
	"transcripts/six.psc": "<psc:chapters version=\"1.2\" xmlns:psc=\"http://podlove.org/simple-chapters\"><psc:chapter start=\"6\" title=\"psc two\"/>" +
		"<psc:chapter start=\"00:00:00.000\" title=\"psc one\"/></psc:chapters>",
	"episodes/ggggggg.md": page("ggggggg", "", "It is 7:30 in the morning.\n"),
	"episodes/hhhhhhhh.md": page("hhhhhhhh", "").replace("hhhhhhhh.wav", "hhhhhhhh.m4a"),
	...Object.fromEntries(["a", "bb", "dddd", "eeeee", "ffffff", "ggggggg"].map((name) => [`media/${name}.wav`, silence(12)])),
};

function chapterSite(t) {
	const folder = makeSite(t, files), media = path.join(folder, "media");
	chaptered(media, "ccc.mp3", [[0, 2, "One"], [2, 5.5, "Two"], [5.5, 12, "Three"]], 12);
	chaptered(media, "hhhhhhhh.m4a", [[0, 4, "In the file"], [4, 10, "In it too"]], 10);
	return folder;
}

const shown = (html) => [...(/<nav class="chapters"[\s\S]*?<\/nav>/.exec(html)?.[0] ?? "").matchAll(/<li><a href="#t=([\d.]+)"><span class="time">[^<]*<\/span> ([^<]*)<\/a>/g)]
	.map(([, start, title]) => [Number(start), unescape(title)]);
const pscOf = (xml) => [...xml.matchAll(/<psc:chapter start="([^"]*)" title="([^"]*)"/g)].map(([, start, title]) => [seconds(start), unescape(title)]);
const clipsOf = (html) => (JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/s.exec(html)[1]).hasPart ?? [])
	.map((clip) => [clip.startOffset, clip.name]);
const itemsOf = (xml, tag) => Object.fromEntries([...xml.matchAll(new RegExp(`<${tag}>[\\s\\S]*?</${tag}>`, "g"))].map(([item]) =>
	[/\/shows\/bells\/([a-h]+)/.exec(item)[1], item]));

test("an item's chapters are the same in every form, wherever they came from", async (t) => {
	const folder = chapterSite(t);
	const imported = await run(["import", "--site", folder]);
	assert.equal(imported.code, 1, imported.stdout); // the chapter that is twice, the one without a title
	const server = await serve(t, folder);
	const rss = await text(`${server.url}/feeds/bells.xml`), atom = await text(`${server.url}/feeds/bells.atom`);
	const json = JSON.parse(await text(`${server.url}/feeds/bells.json`));
	const items = itemsOf(rss, "item"), entries = itemsOf(atom, "entry");
	for (const [slug, chapters] of Object.entries(expected)) {
		const url = `${server.url}/shows/bells/${slug}`, html = await text(url), has = chapters.length > 0;
		assert.deepEqual(shown(html), chapters, `${slug}: page`);
		assert.deepEqual(clipsOf(html), chapters, `${slug}: JSON-LD`);
		assert.deepEqual(pscOf(items[slug]), chapters, `${slug}: psc in RSS`);
		assert.deepEqual(pscOf(entries[slug]), chapters, `${slug}: psc in Atom`);
		assert.equal(items[slug].includes(`<podcast:chapters url="${url}.chapters.json"`), has, slug);
		assert.equal(entries[slug].includes(`<podcast:chapters url="${url}.chapters.json"`), has, slug);
		assert.equal(items[slug].includes("<psc:chapters"), has, slug);
		const entry = json.items.find((each) => each.url === url);
		assert.equal(entry._podcast.chapters, has ? `${url}.chapters.json` : undefined);
		for (const ending of ["chapters.json", "psc", "chapters.txt"])
			assert.equal((await fetch(`${url}.${ending}`)).status, has ? 200 : 404, `${slug}.${ending}`);
		if (!has)
			continue;
		const document = JSON.parse(await text(`${url}.chapters.json`));
		assert.deepEqual(document.chapters.filter((each) => each.toc !== false).map((each) => [each.startTime, each.title]), chapters, `${slug}: JSON`);
		document.chapters.forEach((each, i) => assert.ok(each.endTime === undefined || (each.endTime > each.startTime &&
			each.endTime <= (document.chapters.slice(i + 1).find((next) => next.toc !== false)?.startTime ?? 12.1)), `${slug}: ${JSON.stringify(each)}`));
		assert.deepEqual(pscOf(await text(`${url}.psc`)), chapters, `${slug}: psc`);
		const whole = chapters.map(([start, title]) => [Math.floor(start), title]);
		const lines = (await text(`${url}.chapters.txt`)).trim().split("\n").map((line) => [seconds(line.split(" ")[0]), line.slice(9)]);
		assert.deepEqual(lines, whole[0][0] ? [[0, "Intro"], ...whole] : whole, `${slug}: lines`);
	}
});

test("a feed's description has what Apple reads, once", async (t) => {
	const folder = chapterSite(t);
	await run(["import", "--site", folder]);
	const server = await serve(t, folder);
	const items = itemsOf(await text(`${server.url}/feeds/bells.xml`), "item");
	const described = (slug) => /<description>([\s\S]*?)<\/description>/.exec(items[slug])[1].replace(/^<!\[CDATA\[|\]\]>$/g, "");
	const stamps = (html) => [...html.replace(/<[^>]*>/g, "\n").matchAll(/^\s*(\d?\d:\d\d(?::\d\d)?) *[-:]? *(\S.*)?$/gm)].map(([, stamp]) => seconds(stamp));
	assert.deepEqual(stamps(described("a")), [0, 4, 8]);
	assert.match(described("a"), /<p>Words about <a [^>]*#t=4">the middle<\/a>\.<\/p><ul><li>00:00:00 Start &amp; &lt;end&gt;<\/li>/);
	// The notes tell them, all but the start without which Apple ignores them.
	assert.match(described("bb"), /^<p>00:00:00 Intro<\/p><p>Words\.<\/p><ul><li>0:03 - Ropes<\/li>/);
	assert.deepEqual(stamps(described("bb")), [0, 3, 6, 9]);
	assert.deepEqual(stamps(described("ccc")), [0, 2, 5]);
	assert.deepEqual(stamps(described("eeeee")), []); // fewer than three
	assert.deepEqual(stamps(described("ggggggg")), []);
});

test("others' parsers read the same chapters", async (t) => {
	const folder = chapterSite(t);
	await run(["import", "--site", folder]);
	const server = await serve(t, folder);
	const rss = await text(`${server.url}/feeds/bells.xml`);
	const script = "import podcastparser,sys,io,json\nf=podcastparser.parse('http://x/feed', io.BytesIO(sys.stdin.buffer.read()))\n" +
		"print(json.dumps({e['link'].split('/')[-1]: [[c['start'], c['title']] for c in e.get('chapters', [])] for e in f['episodes']}))";
	let parsed;
	try {
		parsed = JSON.parse(execFileSync("/usr/bin/python3", ["-c", script], { input: rss, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] }));
	} catch (error) {
		assert.match(String(error.stderr), /No module named/, String(error.stderr));
		t.diagnostic("python3-podcastparser isn't installed");
	}
	for (const [slug, chapters] of Object.entries(parsed ? expected : {}))
		assert.deepEqual(parsed[slug].map(([start, title]) => [Math.floor(start), title]), chapters.map(([start, title]) => [Math.floor(start), title]), slug);
	const partytime = await import("podcast-partytime").catch(() => null);
	const feed = partytime && (partytime.parseFeed ?? partytime.default.parseFeed)(rss);
	for (const item of feed?.items ?? [])
		assert.equal(item.podcastChapters?.url, expected[item.link.split("/").at(-1)].length ? `${item.link}.chapters.json` : undefined);
	// What the recording's list came from is what ffprobe sees in it.
	const probed = JSON.parse(execFileSync("ffprobe", ["-v", "error", "-show_chapters", "-of", "json", path.join(folder, "media/ccc.mp3")], { encoding: "utf8" }));
	assert.deepEqual(probed.chapters.map((each) => [Number(each.start_time), each.tags.title]), expected.ccc);
});

test("published files have the chapters that lie in a recording", async (t) => {
	const folder = chapterSite(t), output = path.join(folder, "out");
	await run(["import", "--site", folder]);
	const published = await run(["publish", "--site", folder, "--output", output]);
	assert.ok([0, 1].includes(published.code), published.stderr);
	for (const [slug, chapters] of Object.entries(expected)) {
		for (const ending of ["chapters.json", "psc", "chapters.txt"])
			assert.equal(existsSync(path.join(output, `shows/bells/${slug}.${ending}`)), chapters.length > 0, `${slug}.${ending}`);
		assert.deepEqual(shown(readFileSync(path.join(output, `shows/bells/${slug}/index.html`), "utf8")), chapters, slug);
	}
});

const spoken = {
	"carillon.yaml": yaml,
	"episodes/one.md": "---\ntitle: One\ndate: 2026-01-01\nguests: [Ada Bell]\nlinks:\n  - {url: \"https://example.org/shown\", label: Shown}\n---\n\nWith thanks to Carla Tower.\n\n" +
		"[transcript]\n[host1 host1 Ada Bell]\n[00:00] host1: I'm Ada Bell, and Ben Rope is not here.\n\n[00:12] host1: Ben Rope once wrote [a book](https://example.org/book \"T\") on " +
		"<a href=\"https://example.org/ropes\">ropes</a>.\n[/transcript]\n",
	"episodes/two.md": "---\ntitle: Two\ndate: 2026-01-02\nguests: [Ben Rope, Carla Tower]\n---\n\n[transcript]\n[guest1 guest1 Ben Rope]\n" +
		"[00:05] guest1: It was Ada Bell who rang it. [x](javascript:alert(1))\n[/transcript]\n",
};

test("people are linked from the second at which they are spoken of, and their pages link there", async (t) => {
	const folder = makeSite(t, spoken);
	assert.equal((await run(["import", "--site", folder])).code, 0);
	const server = await serve(t, folder);
	const section = (html, id) => (new RegExp(`aria-labelledby="${id}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? "");
	const one = await text(`${server.url}/shows/bells/one`);
	assert.deepEqual([...section(one, "people-mentioned").matchAll(/<li>(?:<a class="time" href="#([^"]*)">[^<]*<\/a> )?<a href="([^"]*)">([^<]*)<\/a>/g)].map((match) => match.slice(1)),
		[["t=0", "/people/ben-rope", "Ben Rope"], [undefined, "/people/carla-tower", "Carla Tower"]]);
	assert.match(section(await text(`${server.url}/shows/bells/two`), "people-mentioned"), /href="#t=5">0:05<\/a> <a href="\/people\/ada-bell">/);
	assert.match(section(await text(`${server.url}/people/ben-rope`), "spoken-of"), /<a href="\/shows\/bells\/one#t=0">One at 0:00<\/a>/);
	assert.match(section(await text(`${server.url}/people/ada-bell`), "spoken-of"), /<a href="\/shows\/bells\/two#t=5">Two at 0:05<\/a>/);
	assert.match(section(await text(`${server.url}/people/carla-tower`), "spoken-of"), /<a href="\/shows\/bells\/one">One<\/a>/);
	// Links of the transcript with their second, behind those of the front matter; nothing of another scheme.
	assert.deepEqual([...section(one, "links").matchAll(/<li>(?:<a class="time" href="#([^"]*)">[^<]*<\/a> )?<a href="([^"]*)" rel="noopener nofollow">([^<]*)<\/a>/g)].map((match) => match.slice(1)),
		[[undefined, "https://example.org/shown", "Shown"], ["t=12", "https://example.org/book", "a book"], ["t=12", "https://example.org/ropes", "ropes"]]);
	assert.equal(section(await text(`${server.url}/shows/bells/two`), "links"), "");
});

test("a mention that is wrong is struck, and a new name is looked for everywhere", async (t) => {
	const folder = makeSite(t, spoken);
	await run(["import", "--site", folder]);
	const server = await serve(t, folder);
	const one = `${server.url}/shows/bells/one`;
	assert.match(await text(one), /people\/ben-rope/);
	writeFileSync(path.join(folder, "references.yaml"), "- {from: /shows/bells/one, to: /people/ben-rope}\n");
	await run(["import", "--site", folder]);
	await waitFor(async () => !/people\/ben-rope/.test(await text(one)));
	assert.doesNotMatch(await text(`${server.url}/people/ben-rope`), /spoken-of/);
	const listed = await run(["references", "--site", folder]);
	assert.match(listed.stdout, /^struck: \/shows\/bells\/one at 0:00 -> \/people\/ben-rope \(person: Ben Rope\)$/m);
	assert.equal(listed.stderr, "");
	assert.deepEqual(JSON.parse((await run(["references", "--site", folder, "--json"])).stdout).people.map((each) => [each.from, each.start, each.to, each.struck]),
		[["/shows/bells/one", 0, "/people/ben-rope", true], ["/shows/bells/one", null, "/people/carla-tower", false], ["/shows/bells/two", 5, "/people/ada-bell", false]]);
	writeFileSync(path.join(folder, "people.yaml"), "people:\n  - {name: Benjamin Rope, aliases: [Ben Rope]}\n");
	await run(["import", "--site", folder]);
	await waitFor(async () => /href="\/people\/benjamin-rope">Benjamin Rope/.test(await text(one)));
});

const quoted = {
	"carillon.yaml": yaml,
	"episodes/one.md": "---\ntitle: One\ndate: 2026-01-01\nmedia: one.wav\nsoundbites:\n  - {start: 0:20, end: 0:50, title: \"On <ropes>\"}\n  - {start: 60, duration: 5}\n---\n\n" +
		"[transcript]\n[host1 host1 Ada Bell]\n[00:00] host1: Good morning to all who ring.\n\n[00:20] host1: Every rope is \"spliced\" by hand.\n\n" +
		"[00:31] host1: It takes an hour.\n\n[00:50] host1: Then it holds.\n[/transcript]\n",
	"episodes/two.md": "---\ntitle: Two\ndate: 2026-01-02\nmedia: two.wav\nquotableClips:\n  - {name: A quotable clip, startOffset: 3, endOffset: 33, url: \"https://example.org/?t=3\"}\n---\n\nWords.\n",
	"media/one.wav": silence(120),
	"media/two.wav": silence(60),
};

test("soundbites are on the page and in the feed, and the doctor says which players won't take", async (t) => {
	const folder = makeSite(t, quoted);
	assert.equal((await run(["import", "--site", folder])).code, 0);
	const server = await serve(t, folder);
	const bites = (html) => [...(/<section class="soundbites"[\s\S]*?<\/section>/.exec(html)?.[0] ?? "").matchAll(/<a href="#t=(\d+)" data-end="[\d.]+"><span class="time">[^<]*<\/span> ([^<]*)<\/a> <span class="meta">(\d+) s/g)]
		.map(([, start, title, length]) => [Number(start), unescape(title), Number(length)]);
	assert.deepEqual(bites(await text(`${server.url}/shows/bells/one`)), [[20, "On <ropes>", 30], [60, "5 seconds", 5]]);
	assert.deepEqual(bites(await text(`${server.url}/shows/bells/two`)), [[3, "A quotable clip", 30]]);
	const rss = await text(`${server.url}/feeds/bells.xml`);
	assert.deepEqual([...rss.matchAll(/<podcast:soundbite startTime="([\d.]+)" duration="([\d.]+)"/g)].map(([, start, length]) => [Number(start), Number(length)]),
		[[3, 30], [20, 30], [60, 5]]);
	const doctor = await run(["doctor", "--site", folder]);
	assert.match(doctor.stdout + doctor.stderr, /a soundbite lasts 5 s; 15 to 120 are recommended/);
});

test("a search gives lines that make its moments soundbites", async (t) => {
	const folder = makeSite(t, quoted);
	await run(["import", "--site", folder]);
	const found = await run(["search", "--site", folder, "--soundbites", "spliced rope"]);
	assert.equal(found.code, 0);
	assert.equal(found.stdout, "# episodes/one.md\nsoundbites:\n  - {start: 0:20, end: 0:50, title: \"Every rope is \\\"spliced\\\" by hand.\"}\n");
	// Pasted into the front matter they are soundbites.
	const file = path.join(folder, "episodes/two.md");
	writeFileSync(file, readFileSync(file, "utf8").replace("quotableClips:\n", found.stdout + "others:\n"));
	assert.equal((await run(["import", "--site", folder])).code, 0);
	const server = await serve(t, folder);
	assert.match(await text(`${server.url}/shows/bells/two`), /Every rope is &quot;spliced&quot; by hand\.<\/a> <span class="meta">30 s/);
	assert.equal((await run(["search", "--site", folder, "--soundbites", "--json", "rope"])).code, 2);
	assert.equal((await run(["search", "--site", folder, "--soundbites", "xylophone"])).stdout, "# Nothing was found.\n");
});

// What an author writes for another program, and what a parser says of what it leaves out.
const placeholders = /\{%|%\}|raw HTML omitted|(<|&lt;)\/?(podcast|transcript)(>|&gt;)|\[\/?transcript\]|(&lt;|&amp;lt;)\/?(q|iframe|div)(&gt;|&amp;gt;)/;

test("known placeholders are understood, and none is shown", async (t) => {
	const folder = makeSite(t, {
		"carillon.yaml": yaml.replace("title: Bells\n", "title: Bells\nbase_url: https://bells.example\n"),
		"episodes/one.md": "---\ntitle: One\ndate: 2026-01-01\nmedia: one.wav\n---\n\n{% youtube id=\"abcdefghij1\" file=\"one.mp4\" %}\n\n<podcast>\n\nHe said <q>ring</q> {% include file=\"x\" %} twice.\n\n" +
			"## Transcript\n\n[transcript]\n[host1 host1 Ada Bell]\n[00:01] host1: Some <q>words</q>.\n[/transcript]\n\n## Links\n\n* <https://example.org/>\n",
		"media/one.wav": silence(3),
	});
	const output = path.join(folder, "out");
	assert.equal((await run(["import", "--site", folder])).code, 0);
	await run(["publish", "--site", folder, "--output", output]);
	const html = readFileSync(path.join(output, "shows/bells/one/index.html"), "utf8");
	assert.match(html, /abcdefghij1/);
	assert.match(html, /He said <q>ring<\/q>  twice\./);
	assert.match(html, /“words”/);
	for (const file of filesOf(output).filter((each) => /\.(html|xml|atom|json|txt|vtt|srt|psc)$/.test(each)))
		assert.doesNotMatch(readFileSync(path.join(output, file), "utf8"), placeholders, file);
});

test("no page or feed of Code Maven's episodes shows a placeholder", { skip: !hasCorpora && "no corpora" }, async (t) => {
	const folder = makeSite(t, { "carillon.yaml": yaml.replace("title: Bells\n", "title: Bells\nbase_url: https://bells.example\n") }), output = path.join(folder, "out");
	await run(["import", "--site", folder, path.join(corpora, "cmos")]);
	await run(["publish", "--site", folder, "--output", output]);
	const made = filesOf(output).filter((each) => /\.(html|xml|atom|json|txt|vtt|srt|psc)$/.test(each));
	const episodes = made.filter((each) => /^shows\/bells\/[^/]+\/index\.html$/.test(each));
	assert.ok(episodes.length >= 50, `${episodes.length} pages`);
	for (const file of made)
		assert.doesNotMatch(readFileSync(path.join(output, file), "utf8"), placeholders, file);
	// Notes are nothing but the elements that they may be, as another parser sees them.
	assert.equal(htmlErrors(output), "");
	for (const file of episodes) {
		const notes = /<section class="notes"[^>]*>([\s\S]*?)<\/section>/.exec(readFileSync(path.join(output, file), "utf8"))?.[1] ?? "";
		for (const [, name] of notes.matchAll(/<\/?([a-z0-9]+)/g))
			assert.match(name, /^(p|a|em|strong|code|pre|ul|ol|li|h[2-6]|q|blockquote|br|hr|img)$/, file);
		for (const [, href] of notes.matchAll(/href="([^"]*)"/g))
			assert.match(href, /^(https?:\/\/|mailto:|[./#?]|[^:]*$)/, file);
	}
	t.diagnostic(`${made.length} files of ${episodes.length} episodes`);
});
