// media.mjs - recordings: what is known of them, on import, on the page and over HTTP; and copies that FFmpeg judges.
// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { makeSite, modules, program, root, run, serve, sleep, waitFor } from "./carillon.mjs";

const fixtures = path.join(root, "tests/data/transcripts/media");
const config = "title: Bells\nshows:\n  - {name: bells, title: Bells, description: About bells, language: en, author: Ada, category: Technology, " +
	"image: media/art.png, explicit: false, type: episodic}\n";
const page = (title, file, rest = "") => `---\ntitle: ${title}\ntimestamp: 2021-04-05T06:07:08\nmp3:\n  file: /media/${file}\n${rest}---\n\nNotes.\n`;
const spoken = "\n[transcript]\n[00:00] Bell:\nDing dong, said the bell.\n\n[00:01] Tower:\nIt did.\n[/transcript]\n";

const ffmpeg = (...args) => execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", "-y", ...args]);
const ffprobe = (file, ...args) => JSON.parse(execFileSync("ffprobe", ["-v", "error", "-of", "json", ...args, file]));

// Integrated loudness and true peak, as FFmpeg measures them.
function measured(file) {
	const { stderr } = spawnSync("ffmpeg", ["-hide_banner", "-nostats", "-i", file, "-map", "0:a", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"],
		{ encoding: "utf8" });
	return { lufs: Number(/^ {4}I: +(\S+) LUFS/m.exec(stderr)[1]), peak: Number(/^ {4}Peak: +(\S+) dBFS/m.exec(stderr)[1]) };
}

function site(t, recordings, pages) {
	const folder = makeSite(t, { "carillon.yaml": config, "media/art.png": "\x89PNG", ...pages });
	for (const name of recordings)
		copyFileSync(path.join(fixtures, name), path.join(folder, "media", name));
	return folder;
}

async function about(folder, ...files) {
	const { stdout, stderr, code } = await run(["media", "--site", folder, "--json", ...files]);
	assert.equal(stderr, "");
	assert.equal(code, 0);
	return JSON.parse(stdout);
}

test("every recording is described, and FFmpeg says the same", async (t) => {
	const folder = site(t, [], {});
	const long = path.join(folder, "media/long.mp3"), stereo = path.join(folder, "media/stereo.flac");
	ffmpeg("-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.4:seed=3:duration=20,tremolo=f=0.4:d=0.9", "-ac", "2", "-b:a", "96k", long);
	ffmpeg("-f", "lavfi", "-i", "aevalsrc='0.9*sin(2*PI*11025*t+0.78)*between(t,2,9)|0.1*sin(2*PI*300*t)':s=44100:d=12", stereo);
	for (const info of await about(folder)) {
		const file = path.join(folder, info.file), theirs = measured(file), probed = ffprobe(file, "-show_format", "-show_streams");
		assert.ok(Math.abs(info.loudness.lufs - theirs.lufs) <= 0.1, `${info.file}: ${info.loudness.lufs}, ${theirs.lufs}`);
		assert.ok(Math.abs(info.loudness.true_peak_db - theirs.peak) <= 0.3, `${info.file}: ${info.loudness.true_peak_db}, ${theirs.peak}`);
		assert.ok(Math.abs(info.seconds - Number(probed.format.duration)) < 0.06, info.file);
		assert.equal(info.bytes, statSync(file).size);
		assert.equal(info.audio.sample_rate, Number(probed.streams[0].sample_rate));
		assert.equal(info.audio.channels, probed.streams[0].channels);
	}
	const text = await run(["media", "--site", folder]);
	assert.match(text.stdout, /^media\/long\.mp3\n {2}audio\/mpeg, 0:20, .*\n {2}sound +mp3, 48 kHz, stereo\n {2}loudness +-\d+\.\d LUFS, range \d+\.\d LU, true peak -\d+\.\d dBTP\n/);
});

test("what isn't a recording is told, with the others shown", async (t) => {
	const folder = site(t, ["tone.mp3", "page.mp3"], {});
	const { code, stdout, stderr } = await run(["media", "--site", folder]);
	assert.equal(code, 1);
	assert.match(stdout, /^media\/tone\.mp3\n/);
	assert.match(stderr, /^carillon: media\/page\.mp3: not media: it looks like an HTML page; put an audio or video file there\n$/);
	const outside = await run(["media", path.join(fixtures, "tone.mp3")], { cwd: "/" });
	assert.equal(outside.code, 0, outside.stderr);
	assert.match(outside.stdout, /audio\/mpeg, 0:02/);
	assert.match((await run(["media"], { cwd: "/" })).stderr, /carillon\.yaml isn't there; say --site DIR/);
});

test("a program without its modules says so, and does what needs none", async (t) => {
	const folder = site(t, ["tone.mp3"], { "episodes/one.md": page("One", "tone.mp3") }), alone = path.join(folder, "carillon");
	copyFileSync(program, alone);
	const go = (...args) => spawnSync(alone, args, { encoding: "utf8" });
	const media = go("media", "--site", folder);
	assert.notEqual(media.status, 0);
	for (const [name, without] of [["codecs", "no recording can be read and no sound written"], ["fetch", "nothing can be fetched from the web"],
		["speaker", "no loudspeaker plays"]])
		assert.match(media.stderr, new RegExp(`carillon-${name}\\.so isn't there: ${without}; install carillon whole`));
	assert.equal(go("import", "--no-media", "--site", folder).status, 0);
	assert.match(go("search", "--site", folder, "notes").stdout, /One/);
	const moving = go("import", "--site", folder, "--from-feed", "http://127.0.0.1:9/feed.xml");
	assert.equal(moving.status, 3);
	const playing = go("play", "--list-devices");
	assert.notEqual(playing.status, 0);
	for (const each of modules)
		copyFileSync(path.join(path.dirname(program), each), path.join(folder, each));
	assert.doesNotMatch(go("import", "--no-media", "--site", folder).stderr, /install carillon whole/);
});

test("import reads each recording once, and compares it with its page", async (t) => {
	const folder = site(t, ["chapters.mp3"], {
		"episodes/one.md": page("One", "chapters.mp3", "  size: 17\n  time: 25:01\n"),
		"episodes/two.md": page("Two", "cut.mp3"),
	});
	const cut = path.join(folder, "media/cut.mp3");
	ffmpeg("-f", "lavfi", "-i", "sine=duration=20", "-b:a", "64k", cut);
	truncateSync(cut, 80000);
	const first = await run(["import", "--site", folder]);
	assert.equal(first.code, 1);
	assert.match(first.stdout, /^media\/chapters\.mp3: audio\/mpeg, 0:02, -2\d\.\d LUFS, 2 chapters$/m);
	assert.match(first.stdout, /^2 recordings: 2 read through, 0 not readable; \d+\.\d\d seconds$/m);
	assert.match(first.stderr, /one\.md:7: media\/chapters\.mp3 lasts 0:02, the page says 25:01; correct the page, or the recording's name/);
	assert.match(first.stderr, new RegExp(`one\\.md:6: media/chapters\\.mp3 has ${statSync(path.join(fixtures, "chapters.mp3")).size} bytes, the page says 17`));
	assert.match(first.stderr, /two\.md:5: media\/cut\.mp3 says that it lasts 20 s, but 10 s are in it; it was cut off: fetch it again/);
	const second = await run(["import", "--site", folder]);
	assert.doesNotMatch(second.stdout, /read through|audio\/mpeg/);
	assert.match(second.stderr, /one\.md:7: media\/chapters\.mp3 lasts 0:02/);
	const told = await run(["doctor", "--site", folder, "--json"]), faults = JSON.parse(told.stdout).faults;
	assert.deepEqual(faults.filter((fault) => fault.code.startsWith("media-")).map((fault) => [fault.code, fault.line]),
		[["media-size", 6], ["media-duration", 7], ["media-cut", 0]]);
});

test("a new name, another time or a restart reads nothing again; other bytes do", async (t) => {
	const folder = site(t, ["tone.mp3", "talk.mp4"], {});
	const passes = async () => Number(/(\d+) read through/.exec((await run(["import", "--site", folder])).stdout)?.[1] ?? 0);
	assert.equal(await passes(), 2);
	assert.equal(await passes(), 0);
	renameSync(path.join(folder, "media/tone.mp3"), path.join(folder, "media/other.mp3"));
	utimesSync(path.join(folder, "media/talk.mp4"), 1e9, 1e9);
	assert.equal(await passes(), 0);
	copyFileSync(path.join(fixtures, "tone.flac"), path.join(folder, "media/other.mp3"));
	assert.equal(await passes(), 1);
	assert.equal((await run(["import", "--no-media", "--site", folder])).code, 0);
});

test("the page shows it all without JavaScript, and the previews are fetched by anyone", async (t) => {
	const folder = site(t, ["talk.mp4", "chapters.mp3"], {
		"episodes/talk.md": page("A talk", "talk.mp4") + spoken, "episodes/sound.md": page("Sound", "chapters.mp3", "  time: 25:01\n"),
	});
	writeFileSync(path.join(folder, "media/a&b.mp3"), readFileSync(path.join(fixtures, "cover.mp3")));
	const server = await serve(t, folder);
	await waitFor(async () => /^carillon_media_studied_total 3$/m.test(await (await fetch(`${server.url}/metrics`)).text()), "the background to have read");
	const talk = await (await fetch(`${server.url}/shows/bells/talk`)).text();
	assert.match(talk, /<video id="player" controls preload="metadata" poster="\/previews\/talk\.mp4\/poster\.jpg">/);
	assert.match(talk, /<source src="\/media\/talk\.mp4" type="video\/mp4">/);
	assert.match(talk, /<track kind="captions" src="\/shows\/bells\/talk\.vtt"[^>]* label="Transcript" default>/);
	assert.match(talk, /<track kind="captions" src="\/previews\/talk\.mp4\/captions-1\.vtt" srclang="de" label="de">/);
	assert.match(talk, /<svg viewBox="0 0 1200 100"[^>]*role="img" aria-label="Waveform/);
	assert.match(talk, /<path d="M[\d.]+ \d+v\d+M/);
	assert.match(talk, /<a href="#t=1"><svg viewBox="160 0 160 120"[^>]*><image href="\/previews\/talk\.mp4\/storyboard\.jpg"/);
	assert.match(talk, /<a href="#t=1"><span class="time">0:01<\/span> Dong &lt;&amp;&gt;<\/a>/);
	assert.doesNotMatch(talk, / style=/);
	const sound = await (await fetch(`${server.url}/shows/bells/sound`)).text();
	assert.match(sound, /<audio id="player"[^>]* src="\/media\/chapters\.mp3">/);
	assert.match(sound, / · 0:02</);
	assert.doesNotMatch(sound, /storyboard|25:01/);
	const chapters = await (await fetch(`${server.url}/shows/bells/sound.chapters.json`)).json();
	assert.deepEqual(chapters.chapters.map((chapter) => [chapter.startTime, chapter.title]), [[0, "Ding"], [1, "Dong <&>"]]);

	const types = { "waveform.svg": "image/svg+xml", "peaks.json": "application/json", "storyboard.jpg": "image/jpeg", "storyboard.vtt": "text/vtt; charset=utf-8",
		"poster.jpg": "image/jpeg", "captions-1.vtt": "text/vtt; charset=utf-8", "about.json": "application/json" };
	for (const [part, type] of Object.entries(types)) {
		const answer = await fetch(`${server.url}/previews/talk.mp4/${part}`), bytes = Buffer.from(await answer.arrayBuffer());
		assert.equal(answer.status, 200, part);
		assert.equal(answer.headers.get("content-type"), type);
		assert.equal(answer.headers.get("access-control-allow-origin"), "*");
		const again = await fetch(`${server.url}/previews/talk.mp4/${part}`, { headers: { "if-none-match": answer.headers.get("etag") } });
		assert.equal(again.status, 304);
		const file = path.join(folder, `part-${part}`);
		writeFileSync(file, bytes);
		if (type === "image/jpeg")
			assert.equal(ffprobe(file, "-show_streams").streams[0].codec_name, "mjpeg");
		if (part.endsWith("json"))
			JSON.parse(bytes);
	}
	execFileSync("xmllint", ["--noout", path.join(folder, "part-waveform.svg")]);
	assert.equal((await fetch(`${server.url}/previews/a%26b.mp3/cover.jpg`)).status, 200);
	for (const wrong of ["talk.mp4/cover.jpg", "talk.mp4/x", "nothing.mp4/poster.jpg", "..%2ftalk.mp4/poster.jpg", ".%2e/poster.jpg", "art.png/poster.jpg"])
		assert.equal((await fetch(`${server.url}/previews/${wrong}`)).status, 404, wrong);
});

test("a long recording is read in the background: pages don't wait, and the end comes at once", async (t) => {
	const folder = site(t, ["tone.mp3"], { "episodes/one.md": page("One", "tone.mp3") });
	// Two hours of stereo, of which the decoder sees nothing but zeros.
	const head = Buffer.alloc(44), size = 7200 * 176400;
	head.write("RIFF", 0);
	head.writeUInt32LE(size + 36, 4);
	head.write("WAVEfmt ", 8);
	head.writeUInt32LE(16, 16);
	head.writeUInt16LE(1, 20);
	head.writeUInt16LE(2, 22);
	head.writeUInt32LE(44100, 24);
	head.writeUInt32LE(176400, 28);
	head.writeUInt16LE(4, 32);
	head.writeUInt16LE(16, 34);
	head.write("data", 36);
	head.writeUInt32LE(size, 40);
	const long = path.join(folder, "media/long.wav");
	writeFileSync(long, head);
	execFileSync("truncate", ["-s", String(44 + size), long]);
	const server = await serve(t, folder);
	await waitFor(async () => /^carillon_media_files 2$/m.test(await (await fetch(`${server.url}/metrics`)).text()), "the background to begin");
	let slowest = 0;
	for (let i = 0; i < 20; i++) {
		const start = performance.now();
		assert.equal((await fetch(`${server.url}/shows/bells/`)).status, 200);
		slowest = Math.max(slowest, performance.now() - start);
		await sleep(20);
	}
	assert.ok(slowest < 10000, `a page took ${slowest} ms`);
	const start = performance.now();
	assert.equal(await server.stop(), 0);
	assert.ok(performance.now() - start < 20000);
});

test("a copy has -16 LUFS by FFmpeg's measure, its words and its cover; nothing is written over unasked", async (t) => {
	const folder = site(t, [], {}), words = path.join(folder, "words.txt"), song = path.join(folder, "media/song.mp3");
	writeFileSync(words, ";FFMETADATA1\ntitle=A song\nartist=Ada\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=5000\ntitle=Ding\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=5000\nEND=15000\ntitle=Dong\n");
	// Quiet noise with loud clicks: one gain alone would drive the clicks far above full scale.
	ffmpeg("-f", "lavfi", "-i", "aevalsrc='0.03*(random(0)*2-1)+0.7*sin(2*PI*3000*t)*lt(mod(t,3),0.005)|0.03*(random(1)*2-1)':s=44100:d=15",
		"-f", "lavfi", "-i", "color=red:size=64x64:duration=0.1", "-i", words, "-map", "0", "-map", "1", "-map_metadata", "2", "-map_chapters", "2",
		"-frames:v", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic", "-b:a", "128k", "-id3v2_version", "3", song);
	const before = measured(song), made = await run(["media", "normalise", "--site", folder, "song.mp3"]);
	assert.equal(made.code, 0, made.stderr);
	const copy = path.join(folder, "media/song-normalised.mp3"), after = measured(copy);
	assert.ok(-16 - before.lufs + before.peak > 3, "the clicks would clip");
	assert.ok(Math.abs(after.lufs + 16) <= 0.5 && after.peak <= -0.9, JSON.stringify([before, after]));
	const probed = ffprobe(copy, "-show_format", "-show_chapters", "-show_streams");
	assert.equal(probed.format.tags.title, "A song");
	assert.deepEqual(probed.chapters.map((chapter) => [Number(chapter.start_time), chapter.tags.title]), [[0, "Ding"], [5, "Dong"]]);
	assert.equal(probed.streams.filter((stream) => stream.disposition.attached_pic).length, 1);
	assert.ok(Math.abs(Number(probed.format.duration) - 15) < 0.2);
	const bytes = readFileSync(copy), again = await run(["media", "normalise", "--site", folder, "song.mp3"]);
	assert.equal(again.code, 1);
	assert.match(again.stderr, /song-normalised\.mp3: is there already; say --yes/);
	assert.ok(readFileSync(copy).equals(bytes));
	assert.equal((await run(["media", "normalise", "--yes", "--target", "-20", "--site", folder, "song.mp3"])).code, 0);
	assert.ok(Math.abs(measured(copy).lufs + 20) <= 0.5);
	assert.equal((await run(["media", "normalise", "--target", "-2", song])).code, 2);
	assert.equal((await run(["media", "normalise", path.join(fixtures, "page.mp3"), "--output", path.join(folder, "x.mp3")])).code, 1);
	assert.deepEqual(readdirSync(path.join(folder, "media")).filter((name) => name.startsWith(".")), []);
});

test("renditions play as files and as HLS, in step with the original", async (t) => {
	const folder = site(t, [], { "episodes/talk.md": page("A talk", "talk.mp4") }), talk = path.join(folder, "media/talk.mp4");
	ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=10", "-f", "lavfi", "-i", "sine=frequency=330:duration=10", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", talk);
	const made = await run(["media", "renditions", "--site", folder, "--heights", "180,90", "talk.mp4"]);
	assert.equal(made.code, 0, made.stderr);
	const master = readFileSync(path.join(folder, "media/talk.m3u8"), "utf8");
	assert.deepEqual([...master.matchAll(/RESOLUTION=(\d+x\d+)/g)].map((match) => match[1]), ["320x180", "160x90"]);
	for (const height of [180, 90]) {
		for (const file of [`talk-${height}p.mp4`, `talk-${height}p.m3u8`]) {
			const probed = ffprobe(path.join(folder, "media", file), "-show_streams", "-show_format");
			assert.deepEqual(probed.streams.map((stream) => stream.codec_name).sort(), ["aac", "h264"]);
			assert.equal(probed.streams.find((stream) => stream.codec_name === "h264").height, height);
			assert.ok(Math.abs(Number(probed.format.duration) - 10) < 0.2, `${file}: ${probed.format.duration}`);
		}
		const list = readFileSync(path.join(folder, `media/talk-${height}p.m3u8`), "utf8");
		const lengths = [...list.matchAll(/#EXTINF:([\d.]+),/g)].map((match) => Number(match[1]));
		assert.deepEqual(lengths.map(Math.round), [4, 4, 2]);
		const size = statSync(path.join(folder, `media/talk-${height}p.mp4`)).size;
		const ranges = [...list.matchAll(/BYTERANGE[:=]"?(\d+)@(\d+)/g)].map((match) => match.slice(1).map(Number));
		ranges.reduce((at, [n, from]) => (assert.equal(from, at), at + n), 0);
		assert.equal(ranges.at(-1)[0] + ranges.at(-1)[1], size);
		// Each segment begins with a picture that needs no other.
		const frames = ffprobe(path.join(folder, `media/talk-${height}p.mp4`), "-select_streams", "v", "-show_entries", "packet=pts_time,flags").packets;
		assert.deepEqual(frames.filter((frame) => frame.flags.startsWith("K")).map((frame) => Math.round(Number(frame.pts_time))), [0, 4, 8]);
	}
	// Renditions are no recordings of their own, and the page offers them.
	assert.equal((await about(folder)).length, 1);
	const server = await serve(t, folder);
	const text = await waitFor(async () => {
		const answer = await fetch(`${server.url}/shows/bells/talk`);
		return answer.ok && await answer.text();
	}, "the page");
	assert.match(text, /<source src="\/media\/talk\.m3u8" type="application\/vnd\.apple\.mpegurl">\n<source src="\/media\/talk\.mp4"/);
	const playlist = await fetch(`${server.url}/media/talk.m3u8`);
	assert.equal(playlist.headers.get("content-type"), "application/vnd.apple.mpegurl");
	execFileSync("ffmpeg", ["-v", "error", "-i", `${server.url}/media/talk.m3u8`, "-f", "null", "-"]);
	assert.equal((await run(["media", "renditions", "--heights", "90,180", talk])).code, 2);
	assert.equal((await run(["media", "renditions", path.join(fixtures, "tone.mp3")])).code, 1);
});

test("artwork is square, within Apple's sizes, without alpha", async (t) => {
	const folder = site(t, [], {});
	const pictures = { "wide.png": ["4000x3200", "rgba"], "small.jpg": ["600x500", "yuvj420p"], "exact.png": ["1500x1500", "rgb24"], "gray.png": ["2001x2500", "gray"] };
	const sides = { "wide.png": 3000, "small.jpg": 1400, "exact.png": 1500, "gray.png": 2000 };
	for (const [name, [size, format]] of Object.entries(pictures)) {
		const file = path.join(folder, name);
		ffmpeg("-f", "lavfi", "-i", `testsrc2=s=${size}:d=0.04,format=${format}`, "-frames:v", "1", file);
		for (const png of [false, true]) {
			const made = await run(["media", "artwork", ...(png ? ["--png"] : []), file]);
			assert.equal(made.code, 0, made.stderr);
			const square = file.replace(/\.\w+$/, png ? "-square.png" : "-square.jpg"), [stream] = ffprobe(square, "-show_streams").streams;
			assert.deepEqual([stream.width, stream.height, stream.codec_name], [sides[name], sides[name], png ? "png" : "mjpeg"]);
			assert.match(stream.pix_fmt, png ? /^rgb24$/ : /^yuvj?420p$/);
			assert.equal(/larger/.test(made.stdout), name === "small.jpg");
		}
	}
	const cover = await run(["media", "artwork", path.join(fixtures, "cover.mp3"), "--output", path.join(folder, "cover.jpg")]);
	assert.equal(cover.code, 0, cover.stderr);
	assert.ok(existsSync(path.join(folder, "cover.jpg")));
	assert.equal((await run(["media", "artwork", path.join(folder, "wide.png"), "--output", path.join(folder, "x.png")])).code, 2);
	assert.equal((await run(["media", "artwork", path.join(fixtures, "tone.mp3"), "--output", path.join(folder, "y.jpg")])).code, 3);
});
