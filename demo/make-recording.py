#!/usr/bin/python3
# make-recording.py: writes recordings/demo.sse, five minutes of a busy wiki as an EventStreams client would have recorded
# them. Everything in it is made up here: the wiki is called demowiki, its editors are plainly numbered, only the titles are
# those of real encyclopaedia articles, which the links lead to. Rates, sizes and shares follow what was measured on
# Wikipedia: 2.6 events a second, half of the changes under 27 bytes, one in seventy over 3 kB, 29 % removals, 15 %
# temporary accounts, a fifth by bots. The same seed gives the same file.
# SPDX-License-Identifier: MIT
import datetime
import json
import math
import os
import random
import urllib.parse

SECONDS = 300
EVENTS_PER_SECOND = 2.6
START_MS = 1_790_000_000_000  # some moment in 2026; the player shifts times to now

TITLES = """Carillon|Bell (instrument)|Change ringing|Tubular bells|Celesta|Glockenspiel|Clavichord|Harpsichord|Dulcimer
Wind chime|Handbell|Campanology|Bell founding|Strike tone|Bourdon (bell)|Big Ben|Great Bell of Dhammazedi|Tsar Bell
Liberty Bell|Emille Bell|Mechelen|Bruges|Ghent|Leuven|Delft|Utrecht|Gouda|Douai|Tournai|Dunkirk|Perpignan|Mafra, Portugal
Pentatonic scale|Equal temperament|Just intonation|Musical tuning|Inharmonicity|Overtone|Fundamental frequency|Partial
Resonance|Vibration|Sound|Sonification|Synthesizer|Additive synthesis|Karplus–Strong string synthesis|Reverberation
Loudness|Decibel|Fast Fourier transform|Spectrogram|Sampling (signal processing)|Pulse-code modulation|Ogg|Opus (audio format)
Tide|Lighthouse|Beacon|Semaphore|Telegraphy|Town crier|Clock tower|Water clock|Sundial|Pendulum|Escapement|Astrolabe
Swift|Starling|Murmuration|Albatross|Arctic tern|Monarch butterfly|Cicada|Cricket (insect)|Firefly|Honey bee|Humpback whale
Moss|Lichen|Fern|Oak|Beech|Linden|Willow|Birch|Heather|Foxglove|Meadow|Peat|Fjord|Delta|Estuary|Dune|Glacier|Moraine|Karst
Copper|Tin|Bronze|Zinc|Antimony|Lead|Silver|Iron|Steel|Casting|Foundry|Anvil|Bellows|Lathe|Mill|Windmill|Watermill|Aqueduct
Bread|Rye|Barley|Hops|Apple|Quince|Medlar|Saffron|Cinnamon|Nutmeg|Cheese|Butter|Honey|Salt|Vinegar|Tea|Coffee|Cocoa
Chess|Go (game)|Origami|Knot|Weaving|Loom|Lace|Linen|Felt|Pottery|Kiln|Glassblowing|Paper|Printing press|Typeface|Bookbinding
Library|Archive|Encyclopedia|Dictionary|Atlas|Map projection|Meridian|Longitude|Comet|Aurora|Eclipse|Equinox|Moon|Saturn
Antarctica|Iceland|Faroe Islands|Orkney|Azores|Lapland|Alps|Carpathians|Pyrenees|Danube|Rhine|Loire|Elbe|Vistula|Neva|Volga
List of carillons|List of bell towers|List of lighthouses in Scotland|List of rivers of Europe|List of lakes by area
Timeline of musical instruments|History of timekeeping devices|Outline of acoustics|Glossary of bird terms""".replace("\n", "|").split("|")
COMMENTS = ["", "", "", "", "/* History */ copyedit", "typo", "added a source", "/* References */ fixed the citation",
	"wording", "link", "/* Description */ more detail", "removed what had no source", "undid the last change: not an improvement",
	"/* See also */", "table of dimensions", "spelling #copyedit", "new section", "short description", "dash", "clean up"]


def change_size(rng):
	"""Bytes: log-normal around 27, as half of the edits are smaller; sometimes nothing at all."""
	if rng.random() < 0.089:
		return 0
	size = max(1, round(math.exp(rng.gauss(math.log(27), 2.0))))
	return min(size, 39000) * (-1 if rng.random() < 0.32 else 1)


def editor(rng):
	share = rng.random()
	if share < 0.20:
		return "DemoBot %d" % rng.randint(1, 6), True
	if share < 0.35:
		return "~2026-%05d-%02d" % (rng.randint(10000, 10400), rng.randint(10, 99)), False
	# A few editors do much, many do little.
	return "Demo editor %d" % (1 + int(rng.paretovariate(0.9)) % 400), False


def event(rng, n, ms):
	user, bot = editor(rng)
	title = rng.choice(TITLES)
	base = {"$schema": "/mediawiki/recentchange/1.0.1",
		"meta": {"uri": "https://en.wikipedia.org/wiki/" + urllib.parse.quote(title.replace(" ", "_")),
			"id": "%08x-ca21-4110-8000-%012x" % (rng.getrandbits(32), n),
			"dt": iso(ms), "domain": "demo.example", "stream": "mediawiki.recentchange", "topic": "demo.recentchange",
			"partition": 0, "offset": n},
		"id": 1000 + n, "type": "edit", "namespace": 0, "title": title, "comment": rng.choice(COMMENTS),
		"timestamp": ms // 1000, "user": user, "bot": bot}
	kind = rng.random()
	page = base["meta"]["uri"]
	if kind < 0.012:
		base.update(type="log", namespace=2, title="User:" + user, comment="", log_id=n, log_type="newusers",
			log_action="create", log_params={"userid": n}, log_action_comment="New user account", bot=False,
			user="Demo editor %d" % (1000 + n))
		base["title"] = "User:" + base["user"]
		base["meta"]["uri"] = "https://en.wikipedia.org/wiki/Special:Log/newusers"
	elif kind < 0.15:
		base.update(type="categorize", namespace=14, title="Category:" + rng.choice(TITLES),
			comment="[[:%s]] added to category" % title, notify_url=page)
	elif kind < 0.18:
		del base["id"]
		base.update(type="log", log_id=n, log_type="patrol", log_action="patrol", log_params=[], log_action_comment="")
	else:
		size = change_size(rng)
		new_page = rng.random() < 0.02
		old = rng.randint(700, 90000) + max(0, -size)
		revision = 1_400_000_000 + n * 7
		if new_page:
			base.update(type="new", length={"new": abs(size) + 400}, revision={"new": revision})
		else:
			base.update(length={"old": old, "new": old + size}, revision={"old": revision - rng.randint(1, 9000), "new": revision})
		if rng.random() < 0.08:
			base["namespace"] = 1
			base["title"] = "Talk:" + title
		base.update(minor=rng.random() < 0.28, patrolled=rng.random() < 0.6, title_url=page, notify_url=page)
	base.update(server_url="https://en.wikipedia.org", server_name="demo.example", server_script_path="/w", wiki="demowiki",
		parsedcomment="")
	return base


def iso(ms):
	moment = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
	return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)


def main():
	rng = random.Random(20261120)
	out = [":ok\n\n"]
	ms = START_MS
	n = 0
	next_canary = START_MS + 45_000
	while True:
		# Gaps are shorter than a pure chance would make them, with a slow swell: an evening has busier minutes.
		busy = 1 + 0.45 * math.sin((ms - START_MS) / 1000 / SECONDS * 4 * math.pi)
		ms += max(1, round(rng.gammavariate(1.6, 1000 / EVENTS_PER_SECOND / 1.6 / busy)))
		if ms >= START_MS + SECONDS * 1000:
			break
		n += 1
		message = event(rng, n, ms)
		if ms >= next_canary:
			next_canary += 90_000
			message = {"$schema": "/mediawiki/recentchange/1.0.1", "meta": {"domain": "canary", "dt": iso(ms),
				"id": "ca9a217e-0000-4000-8000-%012x" % n, "stream": "mediawiki.recentchange"}}
		position = [{"topic": "demo.recentchange", "partition": 0, "timestamp": ms + 1}]
		out.append("event: message\nid: %s\ndata: %s\n\n" % (json.dumps(position, separators=(",", ":")),
			json.dumps(message, ensure_ascii=False, separators=(",", ":"))))
	folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recordings")
	os.makedirs(folder, exist_ok=True)
	with open(os.path.join(folder, "demo.sse"), "w", encoding="utf-8", newline="") as file:
		file.write("".join(out))
	print("%d messages, %d bytes" % (n, len("".join(out).encode())))


main()
