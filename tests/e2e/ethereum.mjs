// ethereum.mjs - a real Ethereum node (ganache, from npm) that mines and sends: Carillon hears its blocks, its pending
// transactions and its logs, each as the node's own JSON-RPC tells them afterwards; also after the node was killed.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { promisify } from "node:util";

import { makeSite, root, serve, waitFor } from "./carillon.mjs";
import { query } from "./log.mjs";

const exec = promisify(execFile);
const peers = path.join(root, "tests/peers");
const program = path.join(peers, "node_modules/ganache/dist/node/cli.js");

// The node isn't among what every test needs: it is installed when this one runs. False: no registry can be reached.
async function install() {
	if (existsSync(program))
		return true;
	try {
		await exec("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: peers, timeout: 120000 });
	} catch {
		return false;
	}
	return existsSync(program);
}

async function freePort() {
	const socket = net.createServer();
	await new Promise((done) => socket.listen(0, "127.0.0.1", done));
	const { port } = socket.address();
	await new Promise((done) => socket.close(done));
	return port;
}

// A chain in a folder of its own. Nothing is mined but by mine().
async function makeNode(t) {
	const folder = mkdtempSync(path.join(tmpdir(), "carillon-chain-"));
	const port = await freePort();
	let child, ended;
	async function rpc(method, ...params) {
		const answer = await fetch(`http://127.0.0.1:${port}`, { method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) });
		const { result, error } = await answer.json();
		assert.equal(error, undefined, JSON.stringify(error));
		return result;
	}
	async function start() {
		child = spawn(process.execPath, [program, "--server.host", "127.0.0.1", "--server.port", port, "--miner.blockTime",
			"100000", "--wallet.deterministic", "--database.dbPath", folder, "--logging.quiet"], { stdio: "ignore" });
		ended = new Promise((done) => child.on("exit", done));
		await waitFor(() => rpc("eth_blockNumber").then(() => true, () => false), "the node", 60000);
	}
	async function kill() {
		child.kill("SIGKILL");
		await ended;
	}
	t.after(async () => {
		await kill();
		rmSync(folder, { recursive: true, force: true });
	});
	await start();
	const accounts = await rpc("eth_accounts");
	const gas = { gas: "0x186a0", maxFeePerGas: "0x2540be400" };
	return {
		url: `ws://127.0.0.1:${port}`, rpc, start, kill,
		mine: () => rpc("evm_mine"),
		pay: (from, to, wei) => rpc("eth_sendTransaction", { from: accounts[from], to: accounts[to], value: wei, ...gas }),
		// A contract whose making logs one topic: PUSH1 0x42 PUSH1 0 PUSH1 0 LOG1 STOP.
		logOnce: (from) => rpc("eth_sendTransaction", { from: accounts[from], data: "0x604260006000a100", ...gas }),
		async chain() {
			const n = Number(await rpc("eth_blockNumber"));
			const blocks = [];
			for (let i = 1; i <= n; i++)
				blocks.push(await rpc("eth_getBlockByNumber", `0x${i.toString(16)}`, false));
			return blocks;
		},
	};
}

const yaml = (url) => `title: Chain
sources:
  - {name: node, url: "${url}", mapping: ethereum}
  - name: logs
    url: "${url}"
    mapping: ethereum
    subscribe: [{jsonrpc: "2.0", id: 7, method: eth_subscribe, params: [logs, {}]}]
stations:
  - {name: chain, title: The chain, match: {source: [node, logs]}, score: hatnote}
`;

async function serveIfKnown(t, site) {
	try {
		return await serve(t, site);
	} catch (error) {
		if (!/unknown mapping 'ethereum'/.test(error.message))
			throw error;
		t.skip("there is no mapping ethereum");
		return undefined;
	}
}

const ids = (site, channel) => query(site, `SELECT id FROM events WHERE channel = '${channel}' ORDER BY seq`).map(([id]) => id);

test("a node's blocks, transactions and logs are heard, also after it was killed", { timeout: 240000 }, async (t) => {
	const probe = await serveIfKnown(t, makeSite(t, { "carillon.yaml": yaml("ws://127.0.0.1:9") }));
	if (!probe)
		return;
	await probe.stop();
	if (!await install()) {
		t.skip("ganache can't be installed: npm reaches no registry");
		return;
	}
	const node = await makeNode(t);
	const site = makeSite(t, { "carillon.yaml": yaml(node.url) });
	const server = await serve(t, site);
	const sent = [], logged = [];
	async function listening() {
		await waitFor(async () => {
			const { sources } = await (await fetch(`${server.url}/healthz`)).json();
			return sources.every((source) => source.state === "live");
		}, "both sources", 90000);
		// Live is the handshake; the node takes the subscriptions after it, and what comes too early is nobody's.
		const metrics = () => fetch(`${server.url}/metrics`).then((answer) => answer.text());
		const answers = async () => [...(await metrics()).matchAll(/source_skipped_total\{source="\w+",reason="control"\} (\d+)/g)]
			.reduce((sum, [, n]) => sum + Number(n), 0);
		await waitFor(async () => await answers() >= 3 * listening.times, "the node's answers");
	}
	async function work(rounds) {
		for (let i = 0; i < rounds; i++) {
			sent.push(await node.pay(i % 5, 5 + i % 5, `0x${(10n ** 17n * BigInt(i + 1)).toString(16)}`));
			if (i % 3 === 0) {
				logged.push(await node.logOnce(i % 5));
				sent.push(logged.at(-1));
			}
			if (i % 2)
				await node.mine();
		}
		await node.mine();
	}
	async function compare() {
		const blocks = await node.chain();
		await waitFor(() => ids(site, "blocks").length >= blocks.length && ids(site, "pending").length >= sent.length &&
			ids(site, "logs").length >= logged.length, "all of it");
		assert.deepEqual(ids(site, "blocks"), blocks.map((block) => block.hash));
		assert.deepEqual(ids(site, "pending"), sent);
		const receipts = await Promise.all(logged.map((hash) => node.rpc("eth_getTransactionReceipt", hash)));
		const wanted = receipts.map((receipt) => ({ entity: receipt.transactionHash, block: receipt.blockHash }));
		assert.equal(ids(site, "logs").length, wanted.length);
		for (const { block } of wanted)
			assert.ok(ids(site, "logs").some((id) => id.startsWith(`${block}:`)), `a log of ${block}`);
		return blocks;
	}

	listening.times = 1;
	await listening();
	await work(20);
	const before = await compare();
	assert.ok(before.length >= 11);
	const gas = query(site, "SELECT magnitude FROM events WHERE channel = 'blocks' ORDER BY seq").map(([n]) => n);
	assert.deepEqual(gas, before.map((block) => Number(block.gasUsed)));

	await node.kill();
	await waitFor(async () => {
		const { sources } = await (await fetch(`${server.url}/healthz`)).json();
		return sources.every((source) => source.state !== "live");
	}, "its absence to be seen");
	await node.start();
	listening.times = 2;
	await listening();
	await work(10);
	const after = await compare();
	assert.ok(after.length > before.length);
	assert.deepEqual(after.slice(0, before.length), before, "the node kept its chain");
});

test("what the node refuses is told", { timeout: 120000 }, async (t) => {
	const probe = await serveIfKnown(t, makeSite(t, { "carillon.yaml": yaml("ws://127.0.0.1:9") }));
	if (!probe)
		return;
	await probe.stop();
	if (!await install()) {
		t.skip("ganache can't be installed: npm reaches no registry");
		return;
	}
	const node = await makeNode(t);
	const server = await serve(t, makeSite(t, {
		"carillon.yaml": yaml(node.url).replace("[logs, {}]", "[noSuchThing]"),
	}));
	await waitFor(async () => {
		const { sources } = await (await fetch(`${server.url}/healthz`)).json();
		return sources[0].state === "live" && /refuses what was asked: /.test(sources[1].text);
	}, "the refusal");
});
