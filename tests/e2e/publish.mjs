// publish.mjs - the site as files: complete, the same bytes each time, only what has changed is touched, every link leads
// somewhere, and the pages are those that serve shows.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import http from "node:http";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { asSomeone, makeSite, program, run, serve, sleep, waitFor } from "./carillon.mjs";
import { bytesOf, fileBehind, files, filesOf, htmlErrors, linksOf } from "./published.mjs";

function outputFolder(t) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-published-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return path.join(folder, "public");
}

async function publish(site, output, ...args) {
	return run(["publish", "--site", site, "--output", output, ...args]);
}

const readIn = (folder) => (file) => readFileSync(path.join(folder, file), "utf8");
const timesOf = (folder) => Object.fromEntries(filesOf(folder).map((file) => [file, statSync(path.join(folder, file)).mtimeMs]));

test("all that the site has is there as a file", async (t) => {
	const site = makeSite(t, files), output = outputFolder(t);
	const { code, stdout, stderr } = await publish(site, output);
	assert.deepEqual([code, stderr], [0, ""]);
	assert.match(stdout, /^\d+ files, [\d.]+ MB: \d+ written, 0 unchanged; [\d.]+ seconds$/m);
	const list = filesOf(output);
	for (const file of ["index.html", "404.html", "search/index.html", "search/index.json", "sitemap.xml", "robots.txt", "_redirects", "_headers",
		"feeds/bells.xml", "shows/bells/index.html", "shows/bells/one/index.html", "shows/bells/one/embed/index.html",
		"shows/bells/one/oembed.json", "shows/bells/one.vtt", "shows/bells/one.srt", "shows/bells/one.json", "shows/bells/one.txt",
		"shows/bells/one.html", "shows/bells/one.chapters.json", "shows/bells/one.psc", "shows/bells/one.chapters.txt", "shows/bells/größe/index.html", "conferences/index.html", "conferences/towers-2020/index.html",
		"conferences/towers-2020/schedule.xml", "conferences/towers-2020/on-ropes/index.html", "conferences/towers-2020/on-ropes.vtt", "people/index.html", "people/ada-bell/index.html",
		"media/one.wav", "media/two ü.wav", "old/first/index.html"])
		assert.ok(list.includes(file), file);
	assert.deepEqual(list.filter((file) => /draft|partial|station\.js|wasm/.test(file)), []);
	assert.ok(!list.includes("shows/bells/größe.vtt"), "it has no transcript");
	const read = readIn(output);
	assert.doesNotMatch(list.filter((file) => /\.(html|json|txt|xml)$/.test(file)).map(read).join(), /xylophone|Hidden words/, "drafts stay at home");
	assert.match(read("conferences/towers-2020/schedule.xml"), /<title>On Ropes<\/title>[^]*<person[^>]*>Ada Bell<\/person>/);
	assert.match(read("conferences/towers-2020/index.html"), /<a href="schedule\.xml">schedule\.xml<\/a>/);
	assert.match(read("_redirects"), /^\/old\/first \/shows\/bells\/one 301$/m);
	assert.match(read("_redirects"), /^\/away https:\/\/elsewhere\.example\/ 301$/m);
	assert.match(read("old/first/index.html"), /http-equiv="refresh" content="0; url=\.\.\/\.\.\/shows\/bells\/one\/index\.html"/);
	assert.match(read("sitemap.xml"), /<loc>https:\/\/towers\.example\/shows\/bells\/gr%C3%B6%C3%9Fe<\/loc><lastmod>2022-05-01<\/lastmod>/);
	assert.match(read("robots.txt"), /Sitemap: https:\/\/towers\.example\/sitemap\.xml/);
	assert.match(read("index.html"), /href="https:\/\/towers\.example\/stations\/live"/, "live stations are elsewhere");
	assert.equal(statSync(path.join(output, "media/one.wav")).ino, statSync(path.join(site, "media/one.wav")).ino, "media take no room twice");
	for (const file of list.filter((each) => each.endsWith(".gz"))) {
		const whole = readFileSync(path.join(output, file.slice(0, -3)));
		assert.deepEqual(gunzipSync(readFileSync(path.join(output, file))), whole, file);
		assert.ok(statSync(path.join(output, file)).size < 0.9 * whole.length, `${file} gains`);
	}
	assert.ok(list.includes("shows/bells/one/index.html.gz"));
	assert.equal(htmlErrors(output), "");
	for (const file of list.filter((each) => each.endsWith(".xml")))
		execFileSync("xmllint", ["--noout", path.join(output, file)]);
	for (const file of list.filter((each) => each.endsWith(".json")))
		JSON.parse(read(file));
});

for (const links of ["relative", "base_url"])
	test(`every link leads to a file, and to a place in it, with ${links} links`, async (t) => {
		const site = makeSite(t, files), output = outputFolder(t), baseUrl = "https://towers.example";
		await publish(site, output, "--links", links);
		let n = 0;
		for (const { page, url } of linksOf(output)) {
			const target = fileBehind(output, page, url, baseUrl);
			if (!target || /\/stations\//.test(url))
				continue;
			n++;
			assert.ok(existsSync(target.file), `${page}: ${url}`);
			if (target.fragment && target.file.endsWith(".html"))
				assert.ok(readFileSync(target.file, "utf8").includes(`id="${target.fragment}"`), `${page}: ${url}`);
			if (links === "base_url" && page !== "404.html")
				assert.match(url, /^(#|https:)/, page);
		}
		assert.ok(n > 150, `${n} links`);
		for (const { url } of linksOf(output).filter(({ page }) => page === "404.html"))
			assert.match(url, /^(#|https:)/, "it is shown at any address");
	});

test("the same site gives the same bytes, and a second run touches nothing", async (t) => {
	const { "media/cover.png": cover, ...withoutCover } = files;
	const site = makeSite(t, withoutCover), [first, second] = [outputFolder(t), outputFolder(t)];
	assert.ok(cover);
	await publish(site, first);
	await publish(site, second);
	assert.deepEqual(bytesOf(second), bytesOf(first));
	const before = timesOf(first);
	const again = await publish(site, first);
	assert.match(again.stdout, /: nothing has changed; /);
	assert.equal(again.code, 1);
	assert.match(again.stderr, /cover\.png/, "what is wrong is said again");
	const all = await publish(site, first, "--all");
	assert.match(all.stdout, /: 0 written, \d+ unchanged; /);
	assert.deepEqual(timesOf(first), before);
	rmSync(path.join(site, "var"), { recursive: true });
	await publish(site, first);
	assert.deepEqual(timesOf(first), before, "a rebuilt archive gives the same");
});

test("a changed file changes what is made of it, and what somebody else did to the output is undone", async (t) => {
	const site = makeSite(t, files), output = outputFolder(t), read = readIn(output);
	await publish(site, output);
	const old = new Date(2020, 1, 1);
	for (const file of filesOf(output))
		utimesSync(path.join(output, file), old, old);
	writeFileSync(path.join(site, "transcripts/one.vtt"), files["transcripts/one.vtt"].replace("One bell is enough", "Two bells are enough"));
	utimesSync(path.join(output, ".carillon-published"), new Date(), new Date());
	const { stdout } = await publish(site, output);
	assert.match(stdout, /: \d+ written/);
	const touched = filesOf(output).filter((file) => statSync(path.join(output, file)).mtimeMs !== old.getTime());
	for (const file of ["shows/bells/one/index.html", "shows/bells/one.vtt", "shows/bells/one.txt"])
		assert.ok(touched.includes(file), file);
	for (const file of ["index.html", "shows/bells/größe/index.html", "conferences/towers-2020/on-ropes/index.html", "feeds/bells.xml", "media/one.wav"])
		assert.ok(!touched.includes(file), file);
	assert.match(read("shows/bells/one.txt"), /Two bells are enough/);
	writeFileSync(path.join(output, "index.html"), read("index.html").replace("What rings.", "Who rings?!"));
	rmSync(path.join(output, "shows/bells/one.vtt"));
	assert.match((await publish(site, output)).stdout, /: 2 written/);
	assert.match(read("index.html"), /What rings\./);
	assert.ok(existsSync(path.join(output, "shows/bells/one.vtt")));
});

test("what is gone from the site stays until it is told to go, and what others put there stays for ever", async (t) => {
	const site = makeSite(t, files), output = outputFolder(t);
	await publish(site, output);
	writeFileSync(path.join(output, "CNAME"), "towers.example\n");
	rmSync(path.join(site, "transcripts/one.vtt"));
	rmSync(path.join(site, "media/one.wav"));
	await run(["import", "--site", site, "--forget"]);
	for (let i = 0; i < 2; i++) {
		const { stdout } = await publish(site, output, i ? "--all" : "--allow-removal");
		assert.match(stdout, /^shows\/bells\/one\.vtt: old; --prune removes it$/m);
		assert.match(stdout, /^media\/one\.wav: old; /m);
		assert.ok(existsSync(path.join(output, "shows/bells/one.vtt")));
	}
	const { stdout } = await publish(site, output, "--prune");
	assert.match(stdout, /^shows\/bells\/one\.vtt: removed$/m);
	assert.ok(!existsSync(path.join(output, "shows/bells/one.vtt")));
	assert.ok(existsSync(path.join(output, "CNAME")));
	const fresh = outputFolder(t);
	await publish(site, fresh);
	rmSync(path.join(output, "CNAME"));
	assert.deepEqual(bytesOf(output), bytesOf(fresh));
});

test("what was only published is searched as soon as somebody asks", async (t) => {
	const site = makeSite(t, files), output = outputFolder(t);
	await publish(site, output);
	assert.match((await run(["search", "--site", site, "steady hands"])).stdout, /On Ropes/);
	rmSync(path.join(site, "var"), { recursive: true });
	await publish(site, output);
	const server = await serve(t, site);
	await waitFor(async () => (await (await fetch(`${server.url}/api/search?q=steady`)).json()).total === 1, "the index");
});

test("nothing is written when a feed would lose an item, until that is allowed, and the difference is shown", async (t) => {
	const site = makeSite(t, files), output = outputFolder(t);
	assert.equal((await publish(site, output)).code, 0);
	const before = bytesOf(output);
	rmSync(path.join(site, "episodes/one.md"));
	rmSync(path.join(site, "var"), { recursive: true });
	writeFileSync(path.join(site, "episodes/two words.md"), files["episodes/two words.md"] + "\nOne more line.\n");
	for (let i = 0; i < 2; i++) {
		const { code, stdout, stderr } = await publish(site, output);
		assert.equal(code, 1);
		assert.match(stderr, /^carillon: feeds\.lock: feed bells: .*--allow-removal/m);
		assert.match(stderr, /bells: removed: one \(/);
		assert.match(stdout, /^nothing was written: 1 feed would lose something; --allow-removal lets it go$/m);
		assert.deepEqual(bytesOf(output), before);
	}
	await publish(site, output, "--allow-removal");
	assert.doesNotMatch(readIn(output)("feeds/bells.xml"), /shows\/bells\/one</);
	assert.match(readIn(output)("shows/bells/größe/index.html"), /One more line/);
	// A show that is gone loses all.
	writeFileSync(path.join(site, "carillon.yaml"), files["carillon.yaml"].replace("name: bells,", "name: tolls,"));
	const gone = await publish(site, output);
	assert.equal(gone.code, 1);
	assert.match(gone.stderr, /feed bells: the feed is gone with \d+ items?; .*--allow-removal/);
	assert.match(gone.stdout, /nothing was written/);
});

test("serve shows the same pages, and knows the addresses of before", async (t) => {
	const site = makeSite(t, files), output = outputFolder(t);
	await publish(site, output, "--links", "base_url");
	const server = await serve(t, site);
	// Files have a policy of their own, and ask the browser's search instead of the person's page.
	const ours = (html) => html.replaceAll("https://towers.example/", "/").replace(/<meta http-equiv.*\n/, "").replace(/<form class="search"[\s\S]*?<\/form>/g, "");
	for (const [address, file] of [["/shows/bells/one", "shows/bells/one/index.html"], ["/shows/bells/", "shows/bells/index.html"],
		["/people/ada-bell", "people/ada-bell/index.html"], ["/conferences/towers-2020/", "conferences/towers-2020/index.html"],
		["/shows/bells/one.vtt", "shows/bells/one.vtt"], ["/feeds/bells.xml", "feeds/bells.xml"], ["/sitemap.xml", "sitemap.xml"],
		["/shows/bells/one/oembed.json", "shows/bells/one/oembed.json"], ["/shows/bells/one/embed", "shows/bells/one/embed/index.html"]]) {
		const served = await (await fetch(server.url + address)).text();
		assert.equal(ours(served), ours(readFileSync(path.join(output, file), "utf8")), address);
	}
	for (const [address, to] of [["/old/first", "/shows/bells/one"], ["/old/first/", "/shows/bells/one"], ["/feed.xml", "/feeds/bells.xml"],
		["/away", "https://elsewhere.example/"]]) {
		const answer = await fetch(server.url + address, { redirect: "manual" });
		assert.deepEqual([answer.status, answer.headers.get("location")], [301, to], address);
	}
});

test("other sites embed a player, and learn of it by oEmbed", async (t) => {
	const site = makeSite(t, files);
	await run(["import", "--site", site]);
	const server = await serve(t, site);
	const page = await (await fetch(`${server.url}/shows/bells/one`)).text();
	assert.match(page, /<link rel="alternate" type="application\/json\+oembed" href="\/shows\/bells\/one\/oembed\.json" title="The &lt;first&gt;">/);
	const ask = (query) => fetch(`${server.url}/oembed?${new URLSearchParams(query)}`);
	const answer = await ask({ url: "https://towers.example/shows/bells/one#t=4", maxwidth: 300, format: "json" });
	assert.equal(answer.headers.get("access-control-allow-origin"), "*");
	const told = await answer.json();
	assert.deepEqual([told.version, told.type, told.title, told.width, told.author_name], ["1.0", "rich", "The <first>", 300, "Bells"]);
	assert.match(told.html, /^<iframe src="https:\/\/towers\.example\/shows\/bells\/one\/embed" width="300" .*title="The &lt;first&gt;"/);
	assert.equal((await (await ask({ url: "https://towers.example/conferences/towers-2020/on-ropes" })).json()).type, "video");
	for (const [query, status] of [[{ url: "https://towers.example/shows/bells/draft" }, 404], [{ url: "https://evil.example/shows/bells/one" }, 404],
		[{}, 404], [{ url: "https://towers.example/shows/bells/one", format: "xml" }, 501]])
		assert.equal((await ask(query)).status, status, JSON.stringify(query));
	const embed = await fetch(`${server.url}/shows/bells/one/embed`);
	assert.match(embed.headers.get("content-security-policy"), /frame-ancestors \*$/);
	assert.match((await fetch(`${server.url}/shows/bells/one`)).headers.get("content-security-policy"), /frame-ancestors 'none'$/);
	assert.doesNotMatch((await fetch(`${server.url}/shows/bells/one`)).headers.get("content-security-policy"), /frame-src/);
	assert.match((await fetch(`${server.url}/conferences/towers-2020/on-ropes`)).headers.get("content-security-policy"), /frame-src https:\/\/www\.youtube-nocookie\.com;/);
	const description = (type, html) => JSON.parse(/<script type="application\/ld\+json">(.*)<\/script>/.exec(html)[1])["@type"] === type;
	assert.ok(description("PodcastEpisode", page));
	for (const [address, type] of [["/shows/bells/", "PodcastSeries"], ["/conferences/towers-2020/", "Event"],
		["/conferences/towers-2020/on-ropes", "VideoObject"], ["/people/ada-bell", "Person"]])
		assert.ok(description(type, await (await fetch(server.url + address)).text()), address);
});

test("the owner's templates go before the built-in ones, and a broken one is told of and passed over", async (t) => {
	const site = makeSite(t, { ...files,
		"templates/person.html": "<h1>Our {{person.name}}</h1>\n{{>ours}}\n", "templates/ours.html": "<p>{{site}}: {{#person}}{{about}}{{/person}}</p>\n",
		"templates/show.html": "<h1>{{heading}}</h1>\n\n{{#episodes}}\n<p>{{heading}}\n",
		"templates/home.html": "{{>nowhere}}", "templates/conference.html": "{{>loop}}", "templates/loop.html": "a\n{{>loop}}\n",
		"templates/item.html": "{{asset:nothing.js}}" }), output = outputFolder(t), read = readIn(output);
	const { code, stderr } = await publish(site, output);
	assert.equal(code, 1);
	assert.match(read("people/ada-bell/index.html"), /<h1>Our Ada Bell<\/h1>\n<p>Towers &amp; Co: Rings\.<\/p>/);
	for (const expected of [/show\.html:3: the section \{\{episodes\}\} has no end; close it with \{\{\/episodes\}\}; the built-in one is used/,
		/home\.html:1: there is no such part/, /loop\.html:2: this template is part of itself/, /item\.html:1: no such asset: \{\{asset:nothing\.js\}\}/])
		assert.match(stderr, expected);
	assert.match(read("shows/bells/index.html"), /Subscribe \(RSS\)/, "the built-in one");
	const server = await serve(t, site), served = async () => (await fetch(`${server.url}/people/ada-bell`)).text();
	await waitFor(async () => /<h1>Our Ada Bell/.test(await served()), "the served page");
	writeFileSync(path.join(site, "templates/ours.html"), "<p>Changed</p>\n");
	await waitFor(async () => /<p>Changed<\/p>/.test(await served()), "the changed template");
	await publish(site, output);
	assert.match(read("people/ada-bell/index.html"), /<p>Changed<\/p>/);
});

test("bad input is refused or told, and the rest is published", async (t) => {
	const site = makeSite(t, { ...files, [`episodes/long.md`]: `---\ntitle: Long\nslug: ${"x".repeat(252)}\ndate: 2021-01-01\nmedia: one.wav\n---\n\nText.\n` });
	const output = outputFolder(t);
	symlinkSync("/etc/passwd", path.join(site, "media/secret.mp3"));
	const { code, stderr } = await publish(site, output);
	assert.equal(code, 1);
	assert.match(stderr, /x can't be a file's name; give its page another slug/);
	assert.match(stderr, /secret\.mp3/);
	assert.ok(!existsSync(path.join(output, "media/secret.mp3")), "nothing from outside the site");
	assert.ok(existsSync(path.join(output, "shows/bells/one/index.html")));

	for (const [args, expected] of [[[], /say --output DIR/], [["--output", site], /a folder that the site is read from/],
		[["--output", path.join(site, "episodes/out")], /a folder that the site is read from/], [["--output", output, "--links", "some"], /--links is relative or base_url, not 'some'/],
		[["--output", output, "--media", "x"], /--media is link, copy or none/], [["--output", output, "x"], /publish takes no 'x'/]]) {
		const refused = await run(["publish", "--site", site, ...args]);
		assert.equal(refused.code, 2, args.join(" "));
		assert.match(refused.stderr, expected);
	}
	assert.match((await run(["publish", "--site", site, "--output", path.join(site, "public")])).stdout, / written/, "below the site is well");

	writeFileSync(path.join(output, ".carillon-published"), "0123456789abcdef\nnonsense\n");
	const damaged = await publish(site, output);
	assert.equal(damaged.code, 3);
	assert.match(damaged.stderr, /:2: a damaged line; move the list away/);

	writeFileSync(path.join(site, "feeds.lock"), "no tabs here\n");
	const unlocked = await publish(site, outputFolder(t));
	assert.equal(unlocked.code, 1);
	assert.match(unlocked.stderr, /feeds\.lock:1: /);
});

test("where nothing can be written the exit code says so", async (t) => {
	const who = asSomeone(t), site = makeSite(t, files), output = outputFolder(t);
	if (!who.uid)
		return;
	execFileSync("chmod", ["-R", "a+rwX", site]);
	mkdirSync(output, { recursive: true });
	const { code, stderr } = await run(["publish", "--site", site, "--output", output], who);
	assert.equal(code, 3);
	assert.match(stderr, /can't (write|make the folder|replace)/);
});

test("media are copied on demand, or stay at base_url", async (t) => {
	const site = makeSite(t, files), [copied, left] = [outputFolder(t), outputFolder(t)];
	await publish(site, copied, "--media", "copy");
	const [there, here] = [statSync(path.join(site, "media/one.wav")), statSync(path.join(copied, "media/one.wav"))];
	assert.notEqual(there.ino, here.ino);
	assert.deepEqual([here.size, here.mtimeMs], [there.size, there.mtimeMs]);
	assert.match((await publish(site, copied, "--media", "copy", "--all")).stdout, /: 0 written/);
	await publish(site, left, "--media", "none");
	assert.ok(!existsSync(path.join(left, "media")));
	assert.match(readFileSync(path.join(left, "shows/bells/one/index.html"), "utf8"), /src="https:\/\/towers\.example\/media\/one\.wav"/);
});

test("many episodes go on further pages", async (t) => {
	const many = Object.fromEntries(Array.from({ length: 205 }, (_, i) =>
		[`episodes/e${i}.md`, `---\ntitle: Episode ${i}\ndate: 2020-01-01T00:${String(i % 60).padStart(2, "0")}:00\nmedia: one.wav\n---\n\nText ${i}.\n`]));
	const site = makeSite(t, { "carillon.yaml": files["carillon.yaml"], "tape.ndjson": "", ...many }), output = outputFolder(t), read = readIn(output);
	await publish(site, output);
	const pages = ["shows/bells/index.html", "shows/bells/page/2/index.html", "shows/bells/page/3/index.html"].map(read);
	assert.deepEqual(pages.map((page) => page.match(/class="card item"/g).length), [100, 100, 5]);
	assert.match(pages[0], /<a href="page\/2\/index\.html" rel="next">/);
	assert.match(pages[1], /<a href="\.\.\/\.\.\/index\.html" rel="prev">.*\n.*<a href="\.\.\/3\/index\.html" rel="next">/);
	const all = new Set(pages.flatMap((page) => [...page.matchAll(/>Episode (\d+)</g)].map((match) => match[1])));
	assert.equal(all.size, 205);
	assert.ok(!existsSync(path.join(output, "shows/bells/page/4")));
});

test("a publish that is killed, a site's first one too, is done by the next", async (t) => {
	const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) =>
		[`episodes/e${i}.md`, `---\ntitle: Of ${i} ropes\ndate: 2020-01-01T00:${String(i % 60).padStart(2, "0")}:00\nmp3:\n  file: https://cdn.example/e${i}.mp3\n  size: ${1000 + i}\n  time: "30:00"\n---\n\n${`Text ${i}, [more](https://example.org/${i}).\n\n`.repeat(40)}`]));
	const all = { ...files, ...many }, wanted = outputFolder(t), whole = makeSite(t, all), began = Date.now();
	await publish(whole, wanted, "--media", "none");
	const took = Date.now() - began, archives = (folder) => readdirSync(path.join(folder, "var")).filter((name) => name.startsWith("archive"));
	/* But for the list: it says what they were made from, and media/ has another time. */
	const pages = (folder) => ({ ...bytesOf(folder), ".carillon-published": "" });
	assert.deepEqual(archives(whole), ["archive.db"]);
	let killed = 0, left = 0;
	for (let i = 0; i < 12; i++) {
		const site = makeSite(t, all), output = outputFolder(t);
		for (let k = 0; k < 2; k++) {
			const child = spawn(program, ["publish", "--site", site, "--output", output, "--media", "none"], { stdio: "ignore" });
			const ended = new Promise((done) => child.on("exit", (code, signal) => done(signal)));
			await sleep((0.1 + 0.8 * ((i + k / 2) / 12)) * took);
			child.kill("SIGKILL");
			killed += await ended === "SIGKILL" ? 1 : 0;
			left += existsSync(path.join(site, "var")) && archives(site).some((name) => /^archive\.db\.\d+$/.test(name)) ? 1 : 0;
		}
		const { code, stderr } = await publish(site, output, "--media", "none");
		assert.deepEqual([code, stderr], [0, ""]);
		assert.deepEqual(pages(output), pages(wanted));
		assert.deepEqual(archives(site), ["archive.db"]);
	}
	t.diagnostic(`${killed} of 24 were killed while they ran, ${left} of them while the first archive was made`);
	assert.ok(killed > 12 && left > 0);
});

test("the hub is told of published feeds when their owner says so, once each", async (t) => {
	const told = [];
	let status = 500;
	const hub = http.createServer((incoming, response) => {
		let body = "";
		incoming.on("data", (bytes) => { body += bytes; });
		incoming.on("end", () => {
			told.push(new URLSearchParams(body));
			response.writeHead(status).end();
		});
	});
	await new Promise((done) => hub.listen(0, "127.0.0.1", done));
	t.after(() => hub.close());
	const site = makeSite(t, { ...files, "carillon.yaml": `hub: "http://127.0.0.1:${hub.address().port}/"\n${files["carillon.yaml"]}` });
	const output = outputFolder(t), announce = () => publish(site, output, "--announce");
	const early = await announce();
	assert.deepEqual([early.code, existsSync(output)], [1, false]);
	assert.match(early.stderr, /nothing was published into .* yet; publish first, without --announce/);
	assert.match((await publish(site, output)).stdout, /^the hub wasn't told yet of 6 feeds; when the files are in their place, say --announce$/m);
	assert.ok(readFileSync(path.join(output, "feeds/bells.xml"), "utf8").includes('<atom:link rel="hub"'));
	assert.equal(told.length, 0, "nobody knows where the files are");
	const failed = await announce();
	assert.deepEqual([failed.code, failed.stderr], [3, "carillon: the hub answered 500\n"]);
	status = 202;
	assert.equal((await announce()).stdout, "the hub was told of 6 feeds\n");
	const feed = (name) => `https://towers.example/feeds/${name}`, endings = ["atom", "json", "xml"];
	assert.deepEqual(told[1].getAll("hub.url").sort(), ["bells", "conference/towers-2020"].flatMap((name) => endings.map((ending) => feed(`${name}.${ending}`))));
	assert.equal((await announce()).stdout, "no feed has changed since the hub was told\n");
	assert.doesNotMatch((await publish(site, output)).stdout, /hub/);
	writeFileSync(path.join(site, "episodes/one.md"), files["episodes/one.md"].replace("The <first>", "The very first"));
	assert.match((await publish(site, output)).stdout, /^the hub wasn't told yet of 3 feeds/m);
	assert.equal((await announce()).stdout, "the hub was told of 3 feeds\n");
	assert.deepEqual(told.at(-1).getAll("hub.url").sort(), endings.map((ending) => feed(`bells.${ending}`)));
	assert.equal(told.length, 3);
	const none = makeSite(t, files), hubless = await publish(none, output, "--announce");
	assert.equal(hubless.code, 1);
	assert.match(hubless.stderr, /carillon\.yaml: no hub: there is nobody to tell/);
});

test("a feed that has moved away is redirected, where the host knows how, and says it itself", async (t) => {
	const moved = "https://elsewhere.example/bells.xml", output = outputFolder(t), yaml = files["carillon.yaml"];
	const site = makeSite(t, { ...files, "carillon.yaml": yaml.replace("image: media/cover.png", `image: media/cover.png, new_feed_url: "${moved}"`) });
	assert.equal((await publish(site, output)).code, 0);
	assert.match(readFileSync(path.join(output, "_redirects"), "utf8"), /^\/feeds\/bells\.xml https:\/\/elsewhere\.example\/bells\.xml 301$/m);
	assert.ok(readFileSync(path.join(output, "feeds/bells.xml"), "utf8").includes(`<itunes:new-feed-url>${moved}</itunes:new-feed-url>`));
	writeFileSync(path.join(site, "carillon.yaml"), yaml.replace("image: media/cover.png", 'image: media/cover.png, new_feed_url: "https://towers.example/feeds/bells.xml"'));
	await publish(site, output);
	assert.doesNotMatch(readFileSync(path.join(output, "_redirects"), "utf8"), /bells\.xml https/, "it is at its own address");
});
