// The house keeps its walls: rooms, libraries and headers as CONTRIBUTING.md has them.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { root } from "./carillon.mjs";

const rooms = ["base", "audio", "transcripts", "server"];
const filesOf = (folder) => readdirSync(path.join(root, folder), { withFileTypes: true })
	.flatMap((entry) => entry.isDirectory() ? filesOf(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]);
const sources = rooms.flatMap(filesOf).filter((file) => /\.[ch]$/.test(file));
const read = (file) => readFileSync(path.join(root, file), "utf8");
const includes = (file) => [...read(file).matchAll(/^#include [<"]([^>"]+)[>"]/gm)].map((match) => match[1]);

test("no room includes one that it may not", () => {
	const allowed = { base: ["base"], audio: ["base", "audio"], transcripts: ["base", "transcripts"], server: rooms };
	for (const file of sources)
		for (const header of includes(file)) {
			const room = header.split("/")[0];
			if (rooms.includes(room))
				assert.ok(allowed[file.split("/")[0]].includes(room), `${file} includes ${header}`);
		}
	assert.deepEqual(filesOf("web").filter((file) => /\.[ch]$/.test(file)), []);
});

test("each outside library stays in its few files", () => {
	const homes = [
		[/^libwebsockets/, /^server\/(guard|loop|upstream|source_\w+)\.c$/],
		[/^sqlite3\.h$/, /^(base\/db\.h|transcripts\/tokens\.c)$/],
		[/^soundio/, /^audio\/speaker\.c$/],
		[/^libav|^libsw/, /^(audio\/encoder\.c|transcripts\/media_(\w+_job|board|captions|encode|input|picture)\.[ch])$/],
		[/^cmark/, /^transcripts\/notes_tree\.h$/],
		[/^libxml/, /^transcripts\/(markup|planet_clean|xml_tree)\.[ch]$/],
		[/^uchardet/, /^transcripts\/encoding\.c$/],
		[/^libstemmer/, /^transcripts\/stems\.c$/],
		[/^yaml\.h$/, /^base\/yaml_tree\.c$/],
		[/^cjson/, /^base\/json\.h$/],
		[/^zlib\.h$/, /^server\/gzip\.c$/],
		[/^curl\//, /^server\/fetch\.c$/],
		[/^archive(_entry)?\.h$/, /^server\/backup_tar\.c$/],
		[/^openssl/, /^(transcripts\/(feed_(guid|artwork)|media_store)|server\/(backup_manifest|token|ws_handshake))\.c$/],
	];
	for (const file of sources)
		for (const header of includes(file))
			for (const [library, home] of homes)
				assert.ok(!library.test(header) || home.test(file), `${file} includes ${header}`);
});

test("cmark never lets raw HTML through", () => {
	const unsafe = ["CMARK", "OPT", "UNSAFE"].join("_");
	for (const file of [...sources, ...filesOf("tests").filter((each) => /\.[ch]c?$/.test(each))])
		assert.ok(!read(file).includes(unsafe), file);
});

test("only the clock asks what time it is", () => {
	for (const file of sources.filter((each) => each !== "base/clock.c" && each !== "base/mailbox.c")) // it waits until then
		assert.doesNotMatch(read(file), /\b(clock_gettime|gettimeofday|timespec_get)\(|\btime\((NULL|0|&)|'now'\s*\)/, file);
});

test("the synthesizer is freestanding", () => {
	for (const file of sources.filter((each) => each.startsWith("audio/synth/")))
		for (const header of includes(file))
			assert.match(header, /^(audio\/synth\/|stdbool\.h|stddef\.h|stdint\.h)/, file);
});

test("every header compiles alone, and says what it is in its first line", () => {
	const headers = sources.filter((file) => file.endsWith(".h"));
	const flags = execFileSync("pkg-config", ["--cflags", "libcmark", "libuv", "libcjson", "libxml-2.0"]).toString().split(/\s+/).filter(Boolean);
	for (const header of headers) {
		execFileSync("cc", ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-I", root, ...flags, "-fsyntax-only", "-x", "c",
			"-include", path.join(root, header), "/dev/null"]);
		assert.match(read(header), /^\/\* \w+\.h - /, header);
	}
});

test("every source names its licence, and none is longer than 600 lines", () => {
	for (const file of sources) {
		assert.match(read(file).slice(0, 2500), /SPDX-License-Identifier: MIT/, file);
		assert.ok(read(file).split("\n").length <= 601, file);
	}
});
