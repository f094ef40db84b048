// peer_ws.mjs - Node's ws as a fan-out server: peer_ws.mjs FEED_PORT, with the same feed as floor.c.
// SPDX-License-Identifier: MIT
import net from "node:net";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096, perMessageDeflate: false });
server.on("listening", () => console.log(server.address().port));
const feed = net.connect(Number(process.argv[2]), "127.0.0.1");
feed.on("data", (line) => {
	const [count, size] = line.toString().split(" ").map(Number);
	const text = Buffer.alloc(size, "x");
	for (const client of server.clients)
		for (let i = 0; i < count; i++)
			client.send(text, { binary: false });
});
feed.on("close", () => process.exit(0));
