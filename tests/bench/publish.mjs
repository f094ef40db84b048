// publish.mjs - a thousand episodes whose notes are lines of Talk Python from the corpora, to pages and a feed in one run:
// Carillon beside hugo (Debian's) and eleventy (npm's), each from nothing, taking turns.
//
//   CORPORA=DIR tests/bench/publish [--episodes 1000] [--rounds 5]
//
// All read the same Markdown: three sections with a paragraph, a list with links and another paragraph each. hugo and eleventy get a
// layout with a head, the date, an audio element and the notes, a list of a hundred a page, and an RSS feed with the whole
// notes. Carillon does what it always does: it reads the files into its archive, writes pages, the feed in three forms (RSS, Atom, JSON
// Feed), sitemap, people, and the search for the browser. The others compress nothing, so --no-compressed.
// "pages only" is the same with the archive there (a server runs beside it, or `carillon import` did). The second run finds
// nothing changed. Bars: the whole run at most half of hugo's time, the second at most a tenth of the first.
// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { picture } from "../e2e/carillon.mjs";
import { bar, build, finish, median, readOptions, root } from "./bench.mjs";

const options = readOptions({ episodes: 1000, rounds: 5 }, "usage: tests/bench/publish [--episodes 1000] [--rounds 5]");
const corpora = process.env.CORPORA ?? path.join(root, "../shared/corpora");
const archiveFile = path.join(corpora, "talkpython.tar.zst");
if (!existsSync(archiveFile)) {
	console.error(`${archiveFile} isn't there; set CORPORA to the folder that has it`);
	process.exit(2);
}
if (!existsSync(path.join(build, "build.ninja")))
	execFileSync("meson", ["setup", build, root, "--buildtype=release"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync("ninja", ["-C", build, "server/carillon"], { stdio: ["ignore", "ignore", "inherit"] });
const carillon = path.join(build, "server/carillon");
const eleventy = path.join(root, "tests/peers/eleventy/node_modules/@11ty/eleventy/cmd.cjs");
if (!existsSync(eleventy))
	execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], { cwd: path.join(root, "tests/peers/eleventy"), stdio: "inherit" });

const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const write = (name, text) => {
	mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
	writeFileSync(path.join(folder, name), text);
};

// ---- the same episodes for all ----

execFileSync("tar", ["--zstd", "-xf", archiveFile, "-C", folder, "talkpython/current"]);
const current = path.join(folder, "talkpython/current"), lines = [];
for (const name of readdirSync(current).filter((each) => each.endsWith(".txt")).sort())
	if (lines.length < 60 * options.episodes)
		for (const line of readFileSync(path.join(current, name), "utf8").split("\n")) {
			const text = /^\S+\s+(.{20,})$/.exec(line)?.[1].replace(/[<>*_`#[\]\\{}"]/g, "");
			if (text)
				lines.push(text);
		}
let at = 0;
const take = (n) => Array.from({ length: n }, () => lines[at++ % lines.length]);
let n_bytes = 0;
for (let i = 1; i <= options.episodes; i++) {
	const title = take(1)[0].slice(0, 60).replace(/[':]/g, "").trim();
	const section = (k) => `## ${take(1)[0].slice(0, 50)}\n\n${take(8).join(" ")}\n\n` +
		`${take(5).map((line) => `* **${line.slice(0, 12).trim()}** ${line.slice(12)} [link](https://example.org/${i}/${k})`).join("\n")}\n\n${take(8).join(" ")}\n`;
	const notes = [0, 1, 2].map(section).join("\n"), date = new Date(Date.UTC(2010, 0, 1) + i * 3 * 86400000).toISOString().slice(0, 19);
	n_bytes += notes.length;
	write(`site/episodes/episode-${i}.md`, `---\ntitle: "${title}"\ndate: ${date}\nmp3:\n  file: https://cdn.example/e${i}.mp3\n  size: ${1000000 + i}\n  time: "30:00"\n---\n\n${notes}`);
	for (const peer of ["hugo/content", "eleventy"])
		write(`${peer}/episodes/episode-${i}.md`, `---\ntitle: "${title}"\ndate: ${date}Z\nmp3: https://cdn.example/e${i}.mp3\nsize: ${1000000 + i}\n---\n\n${notes}`);
}
console.log(`${options.episodes} episodes, ${(n_bytes / 1e6).toFixed(1)} MB of notes`);

write("site/media/cover.png", picture(1400));
write("site/carillon.yaml", "title: Bench\nbase_url: https://bench.example\nshows:\n" +
	"  - {name: bench, title: Bench, description: About., language: en, author: Ada, category: Technology, image: media/cover.png}\n");

const head = (title, home) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="alternate" type="application/rss+xml" href="/index.xml"></head><body><header><a href="/">${home}</a></header><main>`;
const foot = "</main></body></html>\n";
write("hugo/config.toml", "baseURL = \"https://bench.example/\"\ntitle = \"Bench\"\npaginate = 100\ndisableKinds = [\"taxonomy\", \"term\"]\n");
write("hugo/layouts/_default/baseof.html", `${head("{{ .Title }}", "{{ site.Title }}")}{{ block "main" . }}{{ end }}${foot}`);
write("hugo/layouts/_default/single.html", "{{ define \"main\" }}<h1>{{ .Title }}</h1><p>{{ .Date.Format \"2006-01-02\" }}</p><audio controls src=\"{{ .Params.mp3 }}\"></audio>{{ .Content }}{{ end }}\n");
write("hugo/layouts/_default/list.html", "{{ define \"main\" }}<h1>{{ .Title }}</h1>{{ range (.Paginate .Pages).Pages }}<article><h3><a href=\"{{ .RelPermalink }}\">{{ .Title }}</a></h3><p>{{ .Summary }}</p></article>{{ end }}{{ end }}\n");
write("hugo/layouts/_default/rss.xml", "<rss version=\"2.0\"><channel><title>{{ .Title }}</title>{{ range where site.RegularPages \"Section\" \"episodes\" }}<item><title>{{ .Title }}</title><link>{{ .Permalink }}</link><pubDate>{{ .Date.Format \"Mon, 02 Jan 2006 15:04:05 GMT\" }}</pubDate><enclosure url=\"{{ .Params.mp3 }}\" length=\"{{ .Params.size }}\" type=\"audio/mpeg\"/><description>{{ .Content | html }}</description></item>{{ end }}</channel></rss>\n");

write("eleventy/_includes/episode.njk", `${head("{{ title }}", "Bench")}<h1>{{ title }}</h1><p>{{ date.toISOString() }}</p><audio controls src="{{ mp3 }}"></audio>{{ content | safe }}${foot}`);
write("eleventy/episodes/episodes.json", JSON.stringify({ layout: "episode.njk", tags: "episode" }));
write("eleventy/index.njk", `---\npagination: {data: collections.episode, size: 100, reverse: true}\n---\n${head("Bench", "Bench")}{% for e in pagination.items %}<article><h3><a href="{{ e.url }}">{{ e.data.title }}</a></h3></article>{% endfor %}${foot}`);
write("eleventy/feed.njk", "---\npermalink: index.xml\neleventyExcludeFromCollections: true\n---\n<rss version=\"2.0\"><channel><title>Bench</title>{% for e in collections.episode | reverse %}<item><title>{{ e.data.title }}</title><link>https://bench.example{{ e.url }}</link><enclosure url=\"{{ e.data.mp3 }}\" length=\"{{ e.data.size }}\" type=\"audio/mpeg\"/><description>{{ e.templateContent | escape }}</description></item>{% endfor %}</channel></rss>\n");

// ---- taking turns ----

const inFolder = (name) => path.join(folder, name);
const clear = (...names) => names.forEach((name) => rmSync(inFolder(name), { recursive: true, force: true }));

function timed(command, args, cwd = folder) {
	const run = spawnSync("bash", ["-c", "TIMEFORMAT='%R %U %S'; time \"$@\" 2>&1 >/dev/null", "bash", command, ...args],
		{ cwd, encoding: "utf8", maxBuffer: 64 << 20 });
	if (run.status !== 0) {
		console.error(`${command} ended with ${run.status}: ${run.stderr.slice(0, 2000)}`);
		process.exit(1);
	}
	const [seconds, user, system] = run.stderr.trim().split("\n").at(-1).split(" ").map(Number);
	return { seconds, processor: user + system };
}

// Each into a folder of its own, all removed at the end: for some seconds after a thousand files are deleted ext4 is slow to make
// new ones, which would be measured then.
const publish = (output) => ["publish", "--site", inFolder("site"), "--output", inFolder(output), "--no-compressed"];
const runs = {
	"carillon, all of it": (round) => {
		clear("site/var", "site/feeds.lock");
		return timed(carillon, publish(`site-out-${round}`));
	},
	"carillon, nothing changed": (round) => timed(carillon, publish(`site-out-${round}`)),
	"carillon, pages only": (round) => timed(carillon, publish(`pages-out-${round}`)),
	hugo: (round) => timed("hugo", ["--quiet", "-s", inFolder("hugo"), "-d", inFolder(`hugo-out-${round}`)]),
	eleventy: (round) => timed(process.execPath, [eleventy, "--quiet", "--input=.", `--output=${inFolder(`eleventy-out-${round}`)}`], inFolder("eleventy")),
};
const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
for (let round = 0; round < options.rounds; round++)
	for (const [name, run] of Object.entries(runs))
		times[name].push(run(round));

function sizeOf(name) {
	const list = readdirSync(inFolder(name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
	return { files: list.length, bytes: Number(execFileSync("du", ["-sb", inFolder(name)], { encoding: "utf8" }).split("\t")[0]) };
}

console.log("\n                               median     least    processor");
for (const [name, list] of Object.entries(times)) {
	const seconds = list.map((run) => run.seconds), column = (value) => `${value.toFixed(3).padStart(7)} s`;
	console.log(`${name.padEnd(28)} ${column(median(seconds))} ${column(Math.min(...seconds))} ${column(median(list.map((run) => run.processor)))}`);
}
for (const name of ["site-out-0", "hugo-out-0", "eleventy-out-0"]) {
	const { files, bytes } = sizeOf(name);
	console.log(`${name}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB`);
}
const of = (name) => median(times[name].map((run) => run.seconds));
bar("all of it, of hugo's time", of("carillon, all of it") / of("hugo"), 0.5);
bar("nothing changed, of the first run's", of("carillon, nothing changed") / of("carillon, all of it"), 0.1);
finish();
