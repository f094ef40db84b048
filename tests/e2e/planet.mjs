// planet.mjs - the planet against feeds that are well, ill, slow, huge, lying and gone; all on loopback. The W3C's feed
// validator (env FEEDVALIDATOR) judges the Atom feed where it is installed.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import zlib from "node:zlib";
import { build, corpora, makeSite, root, run, serve, sleep, waitFor } from "./carillon.mjs";

const python = "/usr/bin/python3";
const item = (id, title, rest = "") => `<item><guid isPermaLink="false">${id}</guid><title>${title}</title>` +
	`<pubDate>Wed, 18 Nov 2026 0${id}:00:00 GMT</pubDate><link>/posts/${id}</link>${rest}</item>`;
const rss = (title, ...items) => `<?xml version="1.0"?><rss version="2.0"><channel><title>${title}</title>` +
	`<link>https://blog.example/</link><description>d</description>${items.join("")}</channel></rss>`;

// Feeds by path: a text, or a function of request and response. asked(path) gives the requests.
async function feeds(t, paths) {
	const requests = [];
	const server = http.createServer((request, response) => {
		requests.push({ path: request.url, headers: request.headers, at: Date.now() });
		const answer = paths[request.url];
		if (typeof answer === "function")
			return answer(request, response);
		if (answer === undefined)
			return response.writeHead(404).end();
		return response.writeHead(200, { "content-type": "application/rss+xml" }).end(answer);
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => { server.closeAllConnections(); server.close(); });
	const url = `http://127.0.0.1:${server.address().port}`;
	return { url, port: server.address().port, requests, asked: (where) => requests.filter((each) => each.path === where) };
}

const config = (planet, rest = "planet_private: true\n") => `title: Bells\nplanet:\n${planet.map((each) => `  - ${each}\n`).join("")}${rest}`;
const get = async (server, where) => (await fetch(server.url + where)).text();
const metric = async (server, name) =>
	Number(new RegExp(`^carillon_${name.replace(/[{}"]/g, "\\$&")} (.*)$`, "m").exec(await get(server, "/metrics"))?.[1]);
const source = (page, name) => new RegExp(`<li class="(\\w+)"><a href="[^"]*">${name}</a>.*`).exec(page);

function parseXml(text) {
	return execFileSync(python, ["-c", "import sys, json, xml.etree.ElementTree as e\n" +
		"def j(x): return {'tag': x.tag.split('}')[-1], 'text': x.text or '', 'attributes': dict(x.attrib), 'children': [j(c) for c in x]}\n" +
		"print(json.dumps(j(e.fromstring(sys.stdin.buffer.read()))))"], { input: text, encoding: "utf8", maxBuffer: 64 << 20 });
}
const child = (node, tag) => node.children.find((each) => each.tag === tag);

async function judge(t, site, server, text) {
	const validator = process.env.FEEDVALIDATOR;
	if (!validator || !existsSync(validator))
		return t.skip("no FEEDVALIDATOR");
	writeFileSync(path.join(site, "planet.atom"), text);
	const judged = await run([path.join(root, "tests/transcripts/w3c_feed.py"), validator, path.join(site, "planet.atom"),
		`${server.url}/feeds/planet.atom`, "A"], { program: python });
	assert.equal(judged.code, 0, judged.stdout + judged.stderr);
}

test("feeds come to one page, newest first, and out again with their own ids", async (t) => {
	const up = await feeds(t, {
		"/a": rss("Ada &amp; co", item(1, "One", "<description>&lt;p onclick=x&gt;Hi &lt;script&gt;ring()&lt;/script&gt;&lt;a href='two'&gt;two" +
			"&lt;/a&gt; &lt;img src='http://pics.example/p.png'&gt;&lt;/p&gt;</description>"), item(3, "Three")),
		"/b": `<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:example:b</id><title>Bob</title><updated>2026-11-18T02:00:00Z</updated>` +
			`<entry><id>urn:example:b2</id><title>Two &lt;2&gt;</title><updated>2026-11-18T02:00:00Z</updated><content>A bell tolls.</content></entry></feed>`,
		"/c": JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "Cy", items: [{ id: "c4", content_text: "no title here",
			date_published: "2026-11-18T04:00:00Z" }] }),
	});
	const site = makeSite(t, { "carillon.yaml": config([`${up.url}/a`, `{url: "${up.url}/b", title: "Bob's bells"}`, `${up.url}/c`]) });
	const server = await serve(t, site);
	const page = await waitFor(async () => {
		const text = await get(server, "/planet/");
		return (text.match(/<article/g)?.length === 4) && text;
	}, "four posts");
	assert.deepEqual([...page.matchAll(/<h3>(?:<a [^>]*>)?([^<]*)/g)].map((each) => each[1]), ["no title here", "Three", "Two &lt;2&gt;", "One"]);
	assert.deepEqual([...page.matchAll(/<p class="blog"><a href="([^"]*)">([^<]*)</g)].map((each) => each[2]),
		["Cy", "Ada &amp; co", "Bob&#39;s bells", "Ada &amp; co"]);
	assert.match(page, /<h2 class="day">November 18, 2026<\/h2>/);
	assert.doesNotMatch(page, /onclick|ring\(\)/);
	assert.match(page, /<a href="https:\/\/blog\.example\/two" rel="nofollow noopener noreferrer">two<\/a>/);
	assert.match(page, /<img src="https:\/\/pics\.example\/p\.png" alt="" loading="lazy"/);
	assert.match((await fetch(`${server.url}/planet/`)).headers.get("content-security-policy"), /img-src 'self' https:;.*frame-ancestors 'none'/);

	const one = await get(server, "/planet/bob-s-bells/");
	assert.equal(one.match(/<article/g).length, 1);
	assert.equal((await fetch(`${server.url}/planet/nobody/`)).status, 404);

	const response = await fetch(`${server.url}/feeds/planet.atom`);
	assert.equal(response.headers.get("content-type"), "application/atom+xml; charset=utf-8");
	assert.ok(response.headers.get("etag"));
	const text = await response.text(), feed = JSON.parse(parseXml(text));
	const entries = feed.children.filter((each) => each.tag === "entry");
	assert.deepEqual(entries.map((each) => child(each, "id").text), [`${up.url}/c#c4`, `${up.url}/a#3`, "urn:example:b2", `${up.url}/a#1`]);
	const bob = child(entries[2], "source");
	assert.equal(child(bob, "id").text, "urn:example:b");
	assert.equal(child(bob, "title").text, "Bob's bells");
	assert.equal(child(entries[1], "link").attributes.href, "https://blog.example/posts/3");
	const again = await fetch(`${server.url}/feeds/planet.atom`, { headers: { "if-none-match": response.headers.get("etag") } });
	assert.equal(again.status, 304);

	const opml = JSON.parse(parseXml(await get(server, "/feeds/planet.opml")));
	assert.deepEqual(child(opml, "body").children.map((each) => [each.attributes.text, each.attributes.xmlUrl]),
		[["Ada & co", `${up.url}/a`], ["Bob's bells", `${up.url}/b`], ["Cy", `${up.url}/c`]]);

	await t.test("the W3C's validator finds nothing in it", (inner) => judge(inner, site, server, text));

	// Posts are a kind of their own: asked for by name, never among what was said.
	const found = await (await fetch(`${server.url}/api/search?q=tolls&kind=post`)).json();
	assert.equal(found.total, 1);
	assert.equal(found.hits[0].kind, "post");
	assert.match(found.hits[0].summary, /A bell <mark>tolls<\/mark>/);
	assert.equal((await (await fetch(`${server.url}/api/search?q=tolls`)).json()).total, 0);
	assert.match(await get(server, "/search?q=tolls"), /1 post of the planet/);
	assert.match((await run(["search", "--site", site, "kind:post tolling"])).stdout, /\*\*tolls\*\*/);
	assert.equal(await metric(server, 'planet_feeds{state="well"}'), 3);
	assert.equal(await metric(server, "planet_entries_total"), 4);
});

test("a feed is asked conditionally, seldom enough, and by name", async (t) => {
	let changes = 0;
	const up = await feeds(t, {
		"/etag": (request, response) => request.headers["if-none-match"] === '"v1"' ? response.writeHead(304, { etag: '"v1"' }).end() :
			response.writeHead(200, { etag: '"v1"', "last-modified": "Wed, 18 Nov 2026 01:00:00 GMT" }).end(rss("E", item(1, "One"))),
		"/patient": (request, response) => response.writeHead(200, { "cache-control": "max-age=3600" }).end(rss("P", item(1, "One"))),
		"/ttl": rss("T", "<ttl>60</ttl>", item(1, "One")),
		"/growing": (request, response) => response.end(rss("G", ...Array.from({ length: ++changes }, (_, i) => item(i + 1, `Post ${i + 1}`)))),
	});
	const site = makeSite(t, { "carillon.yaml": config(["/etag", "/patient", "/ttl", "/growing"].map((each) => up.url + each),
		"planet_private: true\nplanet_interval: 1s\n") });
	const first = await serve(t, site);
	await waitFor(() => up.asked("/etag").length >= 3 && up.asked("/growing").length >= 3, "three rounds");
	for (const asked of up.asked("/etag").slice(1)) {
		assert.equal(asked.headers["if-none-match"], '"v1"');
		assert.equal(asked.headers["if-modified-since"], "Wed, 18 Nov 2026 01:00:00 GMT");
	}
	const { headers } = up.requests[0];
	assert.match(headers["user-agent"], /^Carillon\/[\d.]+ \(planet; \+http.*\/planet\/\)$/);
	assert.equal(headers["accept-encoding"], "identity");
	assert.equal(up.asked("/patient").length, 1, "Cache-Control is heeded");
	assert.equal(up.asked("/ttl").length, 1, "ttl is heeded");
	const times = up.asked("/etag").map((each) => each.at);
	assert.ok(times.slice(1).every((at, i) => at - times[i] >= 950), `${times}`);
	assert.ok(await metric(first, 'planet_fetches_total{outcome="unchanged"}') >= 2);
	const posts = (await get(first, "/planet/")).match(/<article/g).length;
	await first.stop();

	// What is known is known after a restart: nothing is doubled, and the patient one waits on.
	const asked = up.asked("/patient").length;
	const second = await serve(t, site);
	assert.ok((await get(second, "/planet/")).match(/<article/g).length >= posts);
	const rounds = up.asked("/etag").length;
	await waitFor(() => up.asked("/etag").length > rounds, "another round");
	assert.equal(up.asked("/etag").at(-1).headers["if-none-match"], '"v1"');
	assert.equal(up.asked("/patient").length, asked);
	assert.equal((await get(second, "/planet/127-0-0-1/")).match(/<article/g).length, 1);

	// Feeds that are taken out are shown no more, and are back with their posts when they are named again.
	const shown = async (text) => {
		writeFileSync(path.join(site, "carillon.yaml"), text);
		return waitFor(async () => {
			const page = await get(second, "/planet/").catch(() => "");
			return page && (page.includes("<article") === text.includes("planet:")) && page;
		}, "the other configuration");
	};
	const before = readFileSync(path.join(site, "carillon.yaml"), "utf8");
	assert.doesNotMatch(await shown("title: Bells\n"), /<li class=/);
	assert.match(await shown(before), /One/);
});

test("a permanent move is remembered, a temporary one isn't, and gone is gone", async (t) => {
	const to = (status, where) => (request, response) => response.writeHead(status, { location: where }).end();
	const gone = (request, response) => response.writeHead(410).end();
	const up = await feeds(t, { "/old": to(301, "/new"), "/new": rss("New", item(1, "One")), "/away": to(302, "/there"), "/there": rss("Away"),
		"/gone": gone, "/round": to(302, "/round"), "/broken": to(301, "/page"), "/page": "<html><head><link rel='alternate' " +
		"type='application/rss+xml' href='/new'></head></html>" });
	const site = makeSite(t, { "carillon.yaml": config(["/old", "/away", "/gone", "/round", "/broken"].map((each) => up.url + each),
		"planet_private: true\nplanet_interval: 1s\n") });
	const server = await serve(t, site);
	await waitFor(() => up.asked("/away").length >= 3 && up.asked("/round").length >= 6 && up.asked("/broken").length >= 2, "the rounds");
	assert.equal(up.asked("/old").length, 1);
	assert.ok(up.asked("/new").length >= 2);
	assert.equal(up.asked("/gone").length, 1);
	const page = await get(server, "/planet/");
	assert.equal(page.match(/<li class="gone">.*/)[0].match(/its owner says that it is gone for good \(410\); take it out/)?.length, 1);
	assert.match(page, /it redirects more than 5 times; open it in a browser/);
	assert.match(page, /it is a web page, not a feed; its feed is http:\/\/127\.0\.0\.1:\d+\/new/);
	assert.equal(await metric(server, 'planet_feeds{state="gone"}'), 1);
	assert.match(await get(server, "/feeds/planet.opml"), /xmlUrl="http:\/\/127\.0\.0\.1:\d+\/new"/);
});

test("no feed can hurt the others: huge, compressed, slow, lying, cut, broken", async (t) => {
	const bomb = zlib.gzipSync(Buffer.alloc(200 << 20));
	const latin = Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><rss><channel><title>caf\xe9</title><item><guid>1</guid><title>na\xefve' +
		"</title></item></channel></rss>", "latin1");
	const up = await feeds(t, {
		"/good": rss("Good", item(1, "Fine")),
		"/huge": (request, response) => { // without end
			response.writeHead(200);
			const more = () => { while (response.write(Buffer.alloc(65536, 32))); };
			response.on("drain", more);
			more();
		},
		"/says-huge": (request, response) => response.writeHead(200, { "content-length": 1e9 }).end(),
		"/bomb": (request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
		"/bare-bomb": (request, response) => response.writeHead(200, { "content-type": "application/rss+xml" }).end(bomb.subarray(0, 100000)),
		"/deflated": (request, response) => response.writeHead(200, { "content-encoding": "deflate" }).end(zlib.deflateSync(Buffer.alloc(200 << 20))),
		"/twice": (request, response) => response.writeHead(200, { "content-encoding": "gzip, gzip" }).end(zlib.gzipSync(bomb)),
		"/zip": (request, response) => response.writeHead(200, { "content-type": "application/zip" }).end(Buffer.concat([Buffer.from("PK\x03\x04"), bomb])),
		"/slow": (request, response) => { response.writeHead(200); response.write("<rss>"); },
		"/lying-type": (request, response) => response.writeHead(200, { "content-type": "image/png" }).end(rss("Liar", item(2, "Lied"))),
		"/lying-encoding": (request, response) => response.writeHead(200, { "content-type": "text/xml; charset=utf-8" }).end(latin),
		"/cut": (request, response) => { response.writeHead(200, { "content-length": 5000 }); response.write(rss("Cut")); response.destroy(); },
		"/laughs": '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><rss><channel><title>&b;</title></channel></rss>',
		"/outside": `<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><title>X&a;</title>${item(1, "y&amp;a;")}</channel></rss>`,
		"/empty": "",
		"/500": (request, response) => response.writeHead(500).end(),
		"/deep": `<rss><channel><title>Deep</title>${"<a>".repeat(100000)}</channel></rss>`,
		"/unfinished": '<rss><channel><title>Unfinished & more</title><item><title>First<b></title><guid>1</guid></item><item><guid>2</guid><title>Second</title><descr',
	});
	const all = ["good", "huge", "says-huge", "bomb", "bare-bomb", "deflated", "twice", "zip", "slow", "lying-type", "lying-encoding", "cut", "laughs", "outside", "empty", "500",
		"deep", "unfinished", "missing"];
	const site = makeSite(t, { "carillon.yaml": config(all.map((each) => `{url: "${up.url}/${each}", title: ${JSON.stringify(`N-${each}`)}}`)) });
	const server = await serve(t, site);
	// One host: one at a time. The slow one holds the others up for 20 s at most.
	const page = await waitFor(async () => {
		const text = await get(server, "/planet/");
		return text.match(/<li class=/g)?.length === all.length && !text.includes("not fetched yet") && text;
	}, "all of them", 60000);
	const told = { huge: "larger than 5 MiB", "says-huge": "larger than 5 MiB", bomb: "compressed", "bare-bomb": "no RSS", deflated: "compressed", twice: "compressed",
		zip: "no RSS", slow: "no whole answer in time",
		cut: "can't be reached", laughs: "entities", empty: "empty", 500: "answered 500", missing: "404" };
	for (const each of all) {
		const line = source(page, `N-${each}`);
		assert.ok(line, each);
		if (told[each])
			assert.ok(line[1] === "failing" && line[0].replaceAll("&#39;", "'").includes(told[each]), line[0]);
		else
			assert.equal(line[1], "well", line[0]);
	}
	for (const title of ["Fine", "Lied", "naïve", "First", "Second"])
		assert.ok(page.includes(title), title);
	assert.doesNotMatch(page, /root:x/);
	const memory = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]);
	assert.ok(memory < 1 << 20, `${memory} KiB at most`);
	assert.match(await get(server, "/healthz"), /ok/);
});

test("feeds of private networks aren't fetched, by whatever name", async (t) => {
	let heard = 0;
	const traps = [];
	for (const host of ["127.0.0.1", "::1"]) {
		const trap = net.createServer((socket) => { heard++; socket.destroy(); });
		await new Promise((done) => trap.once("error", done).listen(traps[0]?.address().port ?? 0, host, done));
		traps.push(trap);
		t.after(() => trap.close());
	}
	const { port } = traps[0].address();
	const hosts = ["127.0.0.1", "2130706433", "0x7f.1", "0", "localhost", "[::1]", "[::ffff:127.0.0.1]", "trap.example", "six.example", "mapped.example",
		"private.example", "metadata.example", "rebinding.example"];
	const site = makeSite(t, { "carillon.yaml": config(hosts.map((each) => `"http://${each}:${port}/"`), "planet_interval: 1s\n") });
	process.env.LD_PRELOAD = path.join(build, "tests/tools/odd_dns.so");
	const options = process.env.ASAN_OPTIONS;
	process.env.ASAN_OPTIONS = `${options ?? ""}:verify_asan_link_order=0`;
	const server = await serve(t, site);
	delete process.env.LD_PRELOAD;
	process.env.ASAN_OPTIONS = options ?? "";
	await waitFor(async () => await metric(server, 'planet_fetches_total{outcome="unreached"}') >= 2 * hosts.length, "two rounds", 40000);
	const page = await get(server, "/planet/");
	assert.equal(page.match(/private network or of this machine/g)?.length, hosts.length, page.slice(page.indexOf("<ul class=\"feeds\">")));
	assert.equal(heard, 0);
});

test("lists of feeds name others: in the site, from the web, as OPML or as another planet's", async (t) => {
	const paths = { "/a": rss("A", item(1, "One")), "/b": rss("B", item(2, "Two")), "/c": rss("C", item(3, "Three")), "/d": rss("D", item(4, "Four")) };
	const up = await feeds(t, paths);
	paths["/list"] = `<opml version="2.0"><body><outline text="Named" xmlUrl="${up.url}/c"/><outline xmlUrl="/list"/></body></opml>`;
	const site = makeSite(t, {
		"carillon.yaml": config(["mine.opml", "theirs.ini", `${up.url}/list`]),
		"mine.opml": `<opml version="2.0"><body><outline text="Mine" xmlUrl="${up.url}/a"/></body></opml>`,
		"theirs.ini": `[Planet]\nname = P\n\n[${up.url}/b]\nname = Theirs\n`,
	});
	const server = await serve(t, site);
	const page = await waitFor(async () => {
		const text = await get(server, "/planet/");
		return text.match(/<article/g)?.length === 3 && text;
	}, "three posts");
	for (const name of ["Mine", "Theirs", "Named"])
		assert.equal(source(page, name)[1], "well");
	assert.match(page, /a list of feeds/);
	assert.doesNotMatch(await get(server, "/feeds/planet.opml"), /\/list"/);
});

test("a planet's page that was saved becomes posts, once", async (t) => {
	const text = "Planet Bells\n\nAugust 17, 2026\n\nAda\n\nOn bells\n\nThey ring.\n\nby Ada ( at August 17, 2026 02:05 PM\n\nAugust 10, 2026\n\nBob\n\n" +
		"On towers\n\nThey stand.\n\nAugust 10, 2026 04:12 AM\n\nAda\n\nMore\n\nx\n\nby Ada at August 10, 2026 01:00 AM";
	const site = makeSite(t, { "carillon.yaml": "title: Bells\n", "transcripts/planet.txt": text });
	const first = await run(["import", "--site", site]);
	assert.equal(first.code, 0, first.stderr);
	assert.match(first.stdout, /planet\.txt: taken for planet page .*: 3 posts of 2 blogs\n/);
	assert.match((await run(["import", "--site", site])).stdout, /1 unchanged/);
	const server = await serve(t, site);
	const page = await get(server, "/planet/");
	assert.deepEqual([...page.matchAll(/<h3>([^<]*)/g)].map((each) => each[1]), ["On bells", "On towers", "More"]);
	assert.match(await get(server, "/"), /href="\/planet\/"/);
	const hit = (await (await fetch(`${server.url}/api/search?q=towers+stand&kind=post`)).json()).hits[0];
	assert.match(await get(server, hit.url), /On towers/);
});

test("the seed's Planet page gives each of its posts", async (t) => {
	const folder = path.join(corpora, "seeds");
	const name = existsSync(folder) && readdirSync(folder).find((each) => each.startsWith("003"));
	if (!name)
		return void t.skip("no corpora");
	const site = makeSite(t, { "carillon.yaml": "title: Twisted\n" });
	const imported = await run(["import", "--site", site, path.join(folder, name)]);
	const footers = readFileSync(path.join(folder, name), "utf8").match(/^(by .* at )?[A-Z][a-z]+ \d\d, \d{4} \d\d:\d\d [AP]M$/gm).length;
	assert.match(imported.stdout, new RegExp(`: ${footers} posts of \\d+ blogs`));
	const server = await serve(t, site);
	const text = await get(server, "/feeds/planet.atom"), feed = JSON.parse(parseXml(text));
	assert.equal(feed.children.filter((each) => each.tag === "entry").length, Math.min(footers, 60));
	await t.test("and a feed that the W3C's validator finds nothing in", (inner) => judge(inner, site, server, text));
});

test("what is wrong in the configuration is said with its line", async (t) => {
	const site = makeSite(t, { "carillon.yaml": "title: x\nplanet:\n  - ftp://a.example/f\n  - {adress: x}\nplanet_interval: soon\n" });
	const result = await run(["import", "--site", site]);
	assert.equal(result.code, 1);
	assert.match(result.stderr, /carillon\.yaml:3: a feed's address begins with https:\/\/ or http:\/\/, not 'ftp:\/\/a\.example\/f'/);
	assert.match(result.stderr, /carillon\.yaml:4: unknown key 'adress' in a feed of planet; carillon\.yaml\.example has them all/);
	assert.match(result.stderr, /carillon\.yaml:5: 'planet_interval' is a time such as/);
});

test("the end doesn't wait for a feed that does", async (t) => {
	const up = await feeds(t, { "/never": () => {} });
	const server = await serve(t, makeSite(t, { "carillon.yaml": config([`${up.url}/never`]) }));
	await waitFor(() => up.requests.length, "the request");
	const start = Date.now();
	await server.stop();
	assert.ok(Date.now() - start < 2500, `${Date.now() - start} ms`);

	// Nor for a name that nobody finds.
	process.env.LD_PRELOAD = path.join(build, "tests/tools/slow_dns.so");
	const options = process.env.ASAN_OPTIONS;
	process.env.ASAN_OPTIONS = `${options ?? ""}:verify_asan_link_order=0`;
	const second = await serve(t, makeSite(t, { "carillon.yaml": config([`http://localhost:${up.port}/never`]) }));
	delete process.env.LD_PRELOAD;
	process.env.ASAN_OPTIONS = options ?? "";
	await sleep(500);
	const again = Date.now();
	await second.stop();
	assert.ok(Date.now() - again < 2500, `${Date.now() - again} ms`);
});
