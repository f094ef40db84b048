// log.mjs - looks into a site's events.db from outside, for tests. By python3's sqlite3, or the sqlite3 command: node 18 has
// none of its own.
// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

const code = `import sqlite3, sys, json, uuid
def plain(value):
    # A UUID is kept as its 16 bytes.
    return str(uuid.UUID(bytes=value)) if isinstance(value, bytes) and len(value) == 16 else value
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
print(json.dumps([[plain(value) for value in row] for row in db.execute(sys.argv[2])]))`;

// Rows as arrays; none while there is no database yet.
export function query(site, sql) {
	const file = path.join(site, "var/events.db");
	if (!existsSync(file))
		return [];
	try {
		return JSON.parse(execFileSync("python3", ["-c", code, file, sql],
			{ encoding: "utf8", maxBuffer: 256 << 20, stdio: ["ignore", "pipe", "pipe"] }));
	} catch (error) {
		if (/no such table/.test(error.stderr)) // it is being made
			return [];
		throw error;
	}
}

export const storedIds = (site) => query(site, "SELECT id FROM events ORDER BY seq").map(([id]) => id);
// Tests ask for this again and again while they wait: by a program that starts in no time.
export function storedCount(site) {
	const file = path.join(site, "var/events.db");
	if (!existsSync(file))
		return 0;
	const asked = spawnSync("sqlite3", ["-readonly", "-cmd", ".timeout 5000", file, "SELECT count(*) FROM events"], { encoding: "utf8" });
	if (asked.status !== 0 && !/no such table|unable to open/.test(asked.stderr)) // it is being made
		throw new Error(`${file}: ${asked.stderr}`);
	return Number(asked.stdout);
}
export const positionOf = (site, source) =>
	query(site, `SELECT position FROM sources WHERE name = '${source}'`)[0]?.[0] ?? null;
