// mediawiki.mjs - a real MediaWiki, really edited, heard over UDP: what Carillon tells of each change is what the wiki's
// own API tells of it.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import dgram from "node:dgram";
import { appendFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { makeSite, serve, waitFor } from "./carillon.mjs";

const { WebSocket } = createRequire(new URL("../package.json", import.meta.url))("ws");
const exec = promisify(execFile);

const mediawiki = "/usr/share/mediawiki";
const modules = () => execFileSync("php", ["-m"], { encoding: "utf8" });
function isInstalled() {
	try {
		return existsSync(`${mediawiki}/maintenance/install.php`) && /pdo_sqlite/i.test(modules()) && /intl/i.test(modules());
	} catch {
		return false;
	}
}
const skip = isInstalled() ? false : "mediawiki, php-cli, php-sqlite3 or php-intl isn't installed";

async function freePort(kind) {
	const socket = kind === "udp" ? dgram.createSocket("udp4") : net.createServer();
	await new Promise((done) => kind === "udp" ? socket.bind(0, "127.0.0.1", done) : socket.listen(0, "127.0.0.1", done));
	const { port } = socket.address();
	await new Promise((done) => socket.close(done));
	return port;
}

const password = "Glockenspiel-1234";
// Their names alone, in a log entry that gives them all, are more than a datagram holds.
const GROUPS = 300;
const groupName = (n) => `ringers-${"x".repeat(230)}-${n}`;

const settings = (feed) => `
$wgRCFeeds['carillon'] = ['formatter' => 'JSONRCFeedFormatter', 'uri' => '${feed}', 'add_interwiki_prefix' => false,
	'omit_bots' => false];
$wgRateLimits = [];
$wgPasswordAttemptThrottle = [];
$wgAccountCreationThrottle = [];
$wgJobRunRate = 0;
for ($i = 0; $i < ${GROUPS}; $i++)
	$wgGroupPermissions['ringers-' . str_repeat('x', 230) . "-$i"]['read'] = true;
`;

// A wiki of its own, sending its changes to `feed`: { url, api(), login(), edit(), changes(), maintain() }.
async function makeWiki(t, feed) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-wiki-"));
	const url = `http://127.0.0.1:${await freePort("tcp")}`;
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const conf = path.join(folder, "LocalSettings.php");
	const env = { ...process.env, TMPDIR: folder };
	await exec("php", [`${mediawiki}/maintenance/install.php`, "--dbtype", "sqlite", "--dbpath", path.join(folder, "data"),
		"--dbname", "bellwiki", "--server", url, "--scriptpath", "", "--confpath", folder, "--pass", password,
		"Bell wiki", "Admin"], { env });
	appendFileSync(conf, settings(feed));
	async function maintain(script, args, input) {
		const running = exec("php", [`${mediawiki}/maintenance/${script}`, "--conf", conf, ...args], { env });
		running.child.stdin.end(input ?? "");
		return running;
	}
	await maintain("createAndPromote.php", ["--bot", "Robot", password]);

	const php = spawn("php", ["-S", url.slice("http://".length), "-t", mediawiki],
		{ env: { ...env, MW_CONFIG_FILE: conf }, stdio: "ignore" });
	const ended = new Promise((done) => php.on("exit", done));
	t.after(async () => {
		php.kill();
		await ended;
	});
	await waitFor(() => fetch(`${url}/api.php?action=query&format=json`).then((answer) => answer.ok, () => false), "the wiki");

	// Somebody who acts on the wiki: { api, edit } with cookies of their own.
	async function visitor(name) {
		const cookies = new Map();
		async function api(parameters, method = "POST") {
			const form = new URLSearchParams({ format: "json", formatversion: "2", ...parameters });
			const answer = await fetch(`${url}/api.php${method === "GET" ? `?${form}` : ""}`, { method,
				headers: { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join("; ") },
				...(method === "POST" ? { body: form } : {}) });
			/* Debian's Node.js has them in one line; a comma between them stands before a name. */
			for (const line of (answer.headers.get("set-cookie") ?? "").split(/,\s*(?=[^;,\s]+=)/).filter(Boolean)) {
				const [, key, value] = /^([^=]+)=([^;]*)/.exec(line);
				cookies.set(key, value);
			}
			const got = await answer.json();
			assert.equal(got.error, undefined, JSON.stringify(got.error));
			return got;
		}
		const token = async (type) =>
			(await api({ action: "query", meta: "tokens", type }, "GET")).query.tokens[`${type}token`];
		if (name) {
			const got = await api({ action: "clientlogin", username: name, password, loginreturnurl: url,
				logintoken: await token("login") });
			assert.equal(got.clientlogin.status, "PASS");
		}
		const act = async (action, fields) => api({ action, token: await token("csrf"), ...fields });
		return { api, token, act,
			edit: (title, text, fields = {}) => act("edit", { title, text, summary: `About ${title}`, ...fields }) };
	}
	async function changes() {
		const reader = await visitor();
		const got = await reader.api({ action: "query", list: "recentchanges", rclimit: "max", rcshow: "",
			rcprop: "title|ids|sizes|flags|user|loginfo|timestamp|comment" }, "GET");
		return got.query.recentchanges.sort((a, b) => a.rcid - b.rcid);
	}
	return { url, maintain, visitor, changes };
}

const siteYaml = (port) => `title: Bell wiki's sound
sources:
  - {name: ourwiki, url: "udp://127.0.0.1:${port}/bells", mapping: mediawiki, from: 127.0.0.1}
stations:
  - {name: ourwiki, title: Our wiki, match: {source: ourwiki}, score: hatnote}
`;

async function listen(t, server) {
	const socket = new WebSocket(`${server.url.replace("http", "ws")}/stations/ourwiki/live`, "carillon.v1");
	const events = [];
	socket.on("message", (data) => events.push(...JSON.parse(data.toString())));
	socket.on("error", () => {});
	await new Promise((done) => socket.on("open", done));
	t.after(() => socket.terminate());
	return events;
}

// What an event must be, from what the API says of the change.
function expected(wiki, change) {
	const isJoin = change.type === "log" && change.logtype === "newusers";
	const size = change.type === "log" ? 0 : change.newlen - change.oldlen;
	return {
		source: "ourwiki", channel: "bellwiki", kind: isJoin ? "join" : change.type, entity: change.title, label: change.title,
		namespace: isJoin ? null : String(change.ns), actor: change.user,
		actor_kind: change.anon ? "anon" : change.bot ? "bot" : "member",
		magnitude: Math.abs(size), unit: "bytes", polarity: Math.sign(size), accent: isJoin,
		time: Date.parse(change.timestamp), minor: Boolean(change.minor),
		...(change.type === "log" ? {} : { link: change.type === "new" ? `?oldid=${change.revid}`
			: `?diff=${change.revid}&oldid=${change.old_revid}` }),
	};
}

function seen(event) {
	const time = typeof event.time === "number" ? event.time : Date.parse(event.time);
	return { source: event.source, channel: event.channel, kind: event.kind, entity: event.entity, label: event.label,
		namespace: event.kind === "join" ? null : String(event.namespace), actor: event.actor, actor_kind: event.actor_kind,
		magnitude: event.magnitude, unit: event.unit, polarity: event.polarity, accent: event.accent, time,
		minor: (event.tags ?? []).includes("minor"),
		...(["new", "edit"].includes(event.kind) ? { link: new URL(event.url).search } : {}) };
}

test("a MediaWiki that is edited is heard, change by change as its own API tells them", { skip, timeout: 300000 }, async (t) => {
	const port = await freePort("udp");
	const site = makeSite(t, { "carillon.yaml": siteYaml(port) });
	const wiki = await makeWiki(t, `udp://127.0.0.1:${port}/bells`);
	const before = (await wiki.changes()).length; // the installer's, which nobody heard
	let server = await serve(t, site);
	const events = await listen(t, server);

	const guest = await wiki.visitor(), admin = await wiki.visitor("Admin"), robot = await wiki.visitor("Robot");
	await guest.edit("Bells", "A bell rings.");
	await guest.edit("Bells", "A bell rings. So does another.", { minor: "1" }); // guests' edits are never minor
	await admin.edit("Bells", "A bell.", { minor: "1" });
	await admin.edit("Talk:Bells", "Which one? ".repeat(20));
	await robot.edit("Bells", "A bell. And a robot.", { bot: "1" });
	await admin.edit("Žluťoučký kůň 鐘 \u{1F514} \"&'", "Unicode, and what needs escaping. ".repeat(100));
	await admin.edit("Bells", "x".repeat(70000), { summary: "ž".repeat(500) });
	await wiki.maintain("edit.php", ["-u", "Admin", "-s", "From the shell", "Shell"], "Written at a prompt.");
	await admin.act("move", { from: "Shell", to: "Shell, renamed", reason: "A better name" });
	const atFirst = await wiki.changes(); // a deletion takes the page's own changes with it
	await admin.act("delete", { title: "Shell, renamed", reason: "Not needed" });
	const created = await guest.api({ action: "createaccount", username: "Newcomer", password, retype: password,
		createreturnurl: wiki.url, createtoken: await guest.token("createaccount") });
	assert.equal(created.createaccount.status, "PASS");
	const rights = await admin.token("userrights");
	await admin.act("userrights", { user: "Newcomer", token: rights,
		add: Array.from({ length: GROUPS }, (_, n) => groupName(n)).join("|") });
	await (await wiki.visitor("Newcomer")).edit("Bells", "A new hand rings it.");

	const byNumber = new Map([...atFirst, ...await wiki.changes()].map((change) => [change.rcid, change]));
	const all = [...byNumber.values()].sort((a, b) => a.rcid - b.rcid).slice(before);
	const cut = all.filter((change) => change.logtype === "rights");
	const whole = all.filter((change) => change.logtype !== "rights");
	assert.equal(cut.length, 1);
	assert.ok(whole.length === 12, `${whole.length} changes`);
	await waitFor(() => events.length >= whole.length, "every change to be heard");
	assert.deepEqual(events.map(seen), whole.map((change) => expected(wiki, change)));
	const join = events.find((event) => event.kind === "join");
	assert.equal(join.entity, "User:Newcomer");
	assert.ok(join.notes.some((note) => note.instrument === "swell"), JSON.stringify(join));
	assert.ok(events.find((event) => event.actor === "Robot").notes.length, "bots sound too");

	// The links lead to the changes.
	const link = events.find((event) => event.kind === "edit").url;
	assert.equal(new URL(link).pathname.replace("//", "/"), "/index.php");
	assert.equal((await fetch(link)).status, 200);

	const metrics = await (await fetch(`${server.url}/metrics`)).text();
	assert.match(metrics, /^carillon_source_skipped_total\{source="ourwiki",reason="cut"\} 1$/m);
	assert.match(metrics, new RegExp(`^carillon_source_messages_total\\{source="ourwiki"\\} ${all.length}$`, "m"));
	assert.match(metrics, /^carillon_source_lost_total\{source="ourwiki"\} 0$/m);
	const page = await (await fetch(`${server.url}/stations/ourwiki`)).text();
	assert.ok(page.includes(`hearing datagrams on 127.0.0.1:${port}`));
	assert.ok(page.includes("Žluťoučký kůň 鐘"), "the page lists it");

	// What happens while nobody listens is gone, and the wiki doesn't mind; from then on it is heard again.
	await server.stop("SIGKILL");
	await guest.edit("Bells", "Rung while nobody listened.");
	server = await serve(t, site);
	const later = await listen(t, server);
	await guest.edit("Bells", "Rung again.");
	await waitFor(() => later.length, "the wiki to be heard again");
	assert.deepEqual(later.map(seen), (await wiki.changes()).slice(-1).map((change) => expected(wiki, change)));
	assert.equal(later[0].seq, events.length + 1);
});
