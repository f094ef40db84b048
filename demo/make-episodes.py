#!/usr/bin/python3
# make-episodes.py CARILLON: makes the demo show from the texts below: speech by espeak-ng, music by the instrument itself
# (CARILLON is the built program; it replays recordings/demo.sse and renders it), mixed by ffmpeg. Writes episodes/*.md,
# transcripts/* and media/*. The two voices are a machine's, and the episodes say so.
# Needs: espeak-ng, ffmpeg.
# SPDX-License-Identifier: MIT
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import wave
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
INTRO_S, UNDER_S, PAUSE_S = 5.0, 4.0, 0.45  # music alone, music fading under the speech, silence between turns
VOICES = {"Bourdon": ("en-gb+m3", 148, 32), "Treble": ("en-gb+f3", 158, 58)}  # espeak voice, words a minute, pitch

EPISODES = [
	{
		"slug": "what-a-carillon-is", "dialect": "code-maven", "date": "2026-10-02T08:00:00", "number": 1,
		"title": "What a carillon is", "tags": ["bells", "history"],
		"description": "At least twenty-three bells, one player, and a whole town that hears it.",
		"notes": """Two synthetic voices on the instrument that gave this program its name.

## Links

* [Carillon](https://en.wikipedia.org/wiki/Carillon) in the encyclopaedia
* [Change ringing](https://en.wikipedia.org/wiki/Change_ringing), the other way to use a tower

Chapters: [{0}] Good evening, [{2}] What it is, [{5}] Why one is called Bourdon.""",
		"turns": [
			("Bourdon", ["Good evening. I am a machine's voice, the low one, and they call me Bourdon.",
				"This is the first of three short episodes that come with the program."]),
			("Treble", ["And I am the high one, Treble. I am not a person either.",
				"We were asked to explain what a carillon is."]),
			("Bourdon", ["A carillon is a musical instrument of bells, at least twenty-three of them, tuned so that chords can be played.",
				"The bells hang still. It is the clappers that move, pulled by wires from a keyboard of wooden batons."]),
			("Treble", ["So one player sits in the tower, and the whole town listens, whether it wants to or not."]),
			("Bourdon", ["That is the idea this program borrows. Something happens out in the world, a page is edited, a block is found, and a bell rings for everybody who has opened the window."]),
			("Treble", ["The lowest bell of a carillon is called the bourdon, and it may weigh more than ten thousand kilograms.",
				"The smallest weighs less than a full kettle."]),
			("Bourdon", ["A large bell speaks low and long, a small one high and short. Remember that. In the next episode it becomes a law."]),
		],
	},
	{
		"slug": "how-an-edit-becomes-a-note", "dialect": "webvtt", "date": "2026-10-09T08:00:00", "number": 2,
		"title": "How an edit becomes a note", "tags": ["sonification", "wikipedia"],
		"description": "The size of a change is its pitch, its direction is its instrument, and a newcomer gets a swell of strings.",
		"notes": """Two synthetic voices explain the score that is called *hatnote*, after the people who thought of it first.

## Links

* [Listen to Wikipedia](https://listen.hatnote.com/), where this way of listening comes from
* [Pentatonic scale](https://en.wikipedia.org/wiki/Pentatonic_scale)""",
		"turns": [
			("Treble", ["Somewhere, somebody corrects a comma. That is a change of one byte, and it rings a very high bell."]),
			("Bourdon", ["Somebody else adds a whole chapter. That is ten thousand bytes, and it rings me."]),
			("Treble", ["The rule is this. The louder the change, no, let me say it properly: the larger the change, the deeper the note.",
				"What was added is struck on a celesta. What was removed is plucked on a string."]),
			("Bourdon", ["And so that nothing ever clashes, all notes are taken from one scale of five tones, F sharp major pentatonic.",
				"You can drop a handful of them on the floor and it still sounds like music."]),
			("Treble", ["When somebody opens a new account, the strings swell, and the page says welcome."]),
			("Bourdon", ["On a busy evening no more than fifteen notes begin within three tenths of a second. The rest are drawn but not played, and they are counted, because silence should never be a secret."]),
		],
	},
	{
		"slug": "finding-a-sentence-again", "dialect": "speaker-lines", "date": "2026-10-16T08:00:00", "number": 3,
		"title": "Finding a sentence again", "tags": ["search", "transcripts"],
		"description": "Every spoken word of an archive can be found, at the second at which it was said.",
		"notes": """Two synthetic voices on the other half of the program: the archive.

Try it: search this site for `"to the very second"`, or for `speaker:treble kettle`.""",
		"turns": [
			("Bourdon", ["You remember that somebody said something, once, in one of two hundred recordings. Which one was it?"]),
			("Treble", ["An archive that only knows its titles cannot tell you. Ours knows every word, and it knows it to the very second."]),
			("Bourdon", ["Transcripts come in many dialects. Some have a time on every line, some only where the speaker changes, and some have their times in the middle of a sentence."]),
			("Treble", ["This episode's transcript is written in one of them, the last episode's in another, and the first one's in a third. The program read all three and did not ask."]),
			("Bourdon", ["A phrase is found even when it begins on one line and ends on the next. Try the words, wooden batons."]),
			("Treble", ["And the result is a link. You press it, and you hear the sentence. That is all we wanted to say."]),
		],
	},
]


def speak(text, speaker, path):
	voice, speed, pitch = VOICES[speaker]
	subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-g", "2", "-w", path, text], check=True)
	with wave.open(path) as file:
		return file.getnframes() / file.getframerate(), file.getframerate()


def stamp(seconds, vtt=False):
	"""Whole seconds as a player shows them, or WebVTT's milliseconds."""
	if vtt:
		return "%02d:%02d:%06.3f" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
	return "%02d:%02d" % (seconds // 60, seconds % 60)


def perform(episode, folder):
	"""Speaks every sentence; returns [(speaker, [(start, end, sentence)])] and the path of the speech, without music."""
	at = INTRO_S
	turns, parts, rate = [], [], None
	for speaker, sentences in episode["turns"]:
		spoken = []
		for sentence in sentences:
			path = os.path.join(folder, "%03d.wav" % len(parts))
			length, rate = speak(sentence, speaker, path)
			parts.append(path)
			spoken.append((at, at + length, sentence))
			at += length
		turns.append((speaker, spoken))
		parts.append(PAUSE_S)
		at += round(PAUSE_S * rate) / rate
	speech = os.path.join(folder, "speech.wav")
	with wave.open(speech, "wb") as out:
		out.setparams((1, 2, rate, 0, "NONE", ""))
		out.writeframes(b"\0\0" * round(INTRO_S * rate))
		for part in parts:
			if isinstance(part, float):
				out.writeframes(b"\0\0" * round(part * rate))
				continue
			with wave.open(part) as file:
				out.writeframes(file.readframes(file.getnframes()))
		out.writeframes(b"\0\0" * (4 * rate))
	return turns, speech


def caption_lines(start, end, sentence):
	"""A sentence as captions of about forty letters, the time shared out by length: phrases will cross their borders."""
	lines, line = [], ""
	for word in sentence.split():
		if line and len(line) + len(word) > 40:
			lines.append(line)
			line = ""
		line = (line + " " + word).strip()
	lines.append(line)
	letters, done = sum(len(each) for each in lines), 0
	for each in lines:
		begin = start + (end - start) * done / letters
		done += len(each)
		yield begin, start + (end - start) * done / letters, each


def front_matter(episode, duration, size):
	tags = "".join("\n  - " + tag for tag in episode["tags"])
	return """---
title: "%s"
timestamp: %s
tags:%s
description: "%s"
episode: %d
author: two synthetic voices
mp3:
  file: /media/%s.mp3
  size: %d
  time: %s
published: true
---
""" % (episode["title"], episode["date"], tags, episode["description"], episode["number"], episode["slug"], size,
		stamp(duration))


def write(path, text):
	os.makedirs(os.path.dirname(path), exist_ok=True)
	with open(path, "w", encoding="utf-8") as file:
		file.write(text)


def write_page(episode, turns, duration, size):
	notes = episode["notes"].format(*(stamp(spoken[0][0]) for speaker, spoken in turns))
	text = front_matter(episode, duration, size) + "\n<podcast>\n\n" + notes + "\n"
	if episode["dialect"] == "code-maven":
		text += "\n## Transcript\n\n[transcript]\n[bourdon host1 Bourdon]\n[treble guest1 Treble]\n"
		for speaker, spoken in turns:
			text += "\n[%s] %s:\n%s\n" % (stamp(spoken[0][0]), speaker.lower(), "\n".join(each[2] for each in spoken))
		text += "[/transcript]\n"
	write(os.path.join(HERE, "episodes", episode["slug"] + ".md"), text)
	if episode["dialect"] == "webvtt":
		text = "WEBVTT\n"
		for speaker, spoken in turns:
			for sentence in spoken:
				for start, end, line in caption_lines(*sentence):
					text += "\n%s --> %s\n<v %s>%s</v>\n" % (stamp(start, True), stamp(end, True), speaker, line)
		write(os.path.join(HERE, "transcripts", episode["slug"] + ".vtt"), text)
	if episode["dialect"] == "speaker-lines":
		text = "".join("%s %s: %s\n\n" % (stamp(start), speaker, sentence)
			for speaker, spoken in turns for start, end, sentence in spoken)
		write(os.path.join(HERE, "transcripts", episode["slug"] + ".txt"), text)


def render_music(program, folder):
	"""A minute of the demo's recording, played by the instrument."""
	site = os.path.join(folder, "site")
	write(os.path.join(site, "carillon.yaml"), "sources:\n  - {name: demo, url: \"file:demo.sse\", mapping: mediawiki}\n"
		"stations:\n  - {name: demo, match: {source: demo, namespace: 0}, score: hatnote}\n")
	recording = os.path.join(HERE, "recordings", "demo.sse")
	subprocess.run([program, "replay", "--site", site, "--source", "demo", "--rate", "0", recording], check=True)
	with open(recording, encoding="utf-8") as file:
		first = re.search(r'"dt":"([^"]+)"', file.read()).group(1)
	music = os.path.join(folder, "music.wav")
	subprocess.run([program, "render", "--site", site, "--station", "demo", "--from", first, "--to",
		first[:14] + "%02d" % (int(first[14:16]) + 1) + first[16:], "--output", music], check=True)
	return music


def mix(episode, speech, music, offset, folder):
	"""Music alone, then quietly under the first words, gone by then; a little of it again at the end."""
	media = os.path.join(HERE, "media", episode["slug"] + ".mp3")
	os.makedirs(os.path.dirname(media), exist_ok=True)
	with wave.open(speech) as file:
		length = file.getnframes() / file.getframerate()
	graph = ("[1:a]atrim=%f:%f,asetpts=PTS-STARTPTS,volume=1.1,afade=t=out:st=%f:d=%f[in];"
		"[1:a]atrim=30:36,asetpts=PTS-STARTPTS,volume=1.1,afade=t=in:d=1.5,afade=t=out:st=3.5:d=2.5,adelay=%d:all=1[out];"
		"[0:a]highpass=f=90,lowpass=f=9000,acompressor=threshold=0.12:ratio=3:attack=5:release=120,volume=3.4[speech];"
		"[speech][in][out]amix=inputs=3:duration=longest:normalize=0,alimiter=limit=0.62:level=false[mix]" % (
			offset, offset + INTRO_S + UNDER_S, INTRO_S - 1, UNDER_S + 1, round((length - 4.5) * 1000)))
	subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", speech, "-i", music, "-filter_complex", graph, "-map", "[mix]",
		"-ac", "1", "-ar", "44100", "-b:a", "56k", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-metadata",
		"title=" + episode["title"], "-metadata", "artist=two synthetic voices", media], check=True)
	asked = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", media]
	return os.path.getsize(media), float(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def cover(path, size=1400):
	"""The show's picture, a bell on a night sky, drawn a row at a time: PNG, square, opaque (as podcast directories want)."""
	night, gold, dark, star = bytes((28, 39, 51)), bytes((201, 150, 43)), bytes((138, 100, 22)), bytes((143, 162, 179))
	rows = []
	for y in range(size):
		v = (y + 0.5) / size
		row = bytearray(night * size)
		def span(half, colour, middle=0.5):
			left, right = round((middle - half) * size), round((middle + half) * size)
			row[3 * left:3 * right] = colour * (right - left)
		if 0.2 <= v < 0.72:
			t = (v - 0.2) / 0.52
			span(0.06 + 0.12 * min(1, t * 2.2) ** 0.5 + 0.12 * t ** 5, gold)
		if 0.72 <= v < 0.76:
			span(0.315, gold)
		if abs(v - 0.8) < 0.05:
			span((0.05 ** 2 - (v - 0.8) ** 2) ** 0.5, dark)
		for x0, y0, r in ((0.16, 0.2, 0.045), (0.83, 0.3, 0.03), (0.2, 0.62, 0.022), (0.8, 0.14, 0.018), (0.86, 0.58, 0.05)):
			if abs(v - y0) < r:
				span((r ** 2 - (v - y0) ** 2) ** 0.5, star, x0)
		rows.append(b"\0" + bytes(row))
	def chunk(name, data):
		return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
	with open(path, "wb") as file:
		file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)) +
			chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b""))


def main():
	program = os.path.abspath(sys.argv[1])
	folder = tempfile.mkdtemp(prefix="carillon-demo-")
	try:
		music = render_music(program, folder)
		for n, episode in enumerate(EPISODES):
			part = os.path.join(folder, str(n))
			os.makedirs(part)
			turns, speech = perform(episode, part)
			size, length = mix(episode, speech, music, n * 10.0, part)
			write_page(episode, turns, length, size)
			print("%s: %s, %d bytes" % (episode["slug"], stamp(length), size))
		cover(os.path.join(HERE, "media", "cover.png"))
	finally:
		shutil.rmtree(folder)


if __name__ == "__main__":
	main()
