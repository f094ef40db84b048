// episode.js - joins the player and the transcript: #t= seeks, a click on a line plays it, a soundbite plays to its end, the line
// and the chapter that play are marked, the transcript follows, a moment is shared. Without this script the page reads and plays all the same.
// SPDX-License-Identifier: MIT

const player = document.getElementById("player");
// Those of which nobody knows when they were said have no start.
const cues = [...document.querySelectorAll(".cue[data-start]")];
const starts = cues.map((cue) => Number(cue.dataset.start));
const chapters = [...document.querySelectorAll(".chapters ol a")];
const chapterStarts = chapters.map((chapter) => secondOf(chapter.hash));
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const FOLLOW_AGAIN_MS = 5000; // after the reader has scrolled

function secondOf(hash) {
	const match = /^#t=(\d+(?:\.\d+)?)$/.exec(decodeURIComponent(hash));
	return match ? Number(match[1]) : null;
}

// The last of these that has begun at this second, or -1.
function lastBegun(list, seconds) {
	let low = 0;
	let high = list.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle] <= seconds + 0.001)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

let marked = -1;
function mark(index) {
	if (index === marked)
		return;
	cues[marked]?.classList.remove("now");
	cues[index]?.classList.add("now");
	marked = index;
	if (player && !player.paused)
		follow();
}

function markChapter(seconds) {
	const now = lastBegun(chapterStarts, seconds);
	chapters.forEach((chapter, i) => i === now ? chapter.setAttribute("aria-current", "true") : chapter.removeAttribute("aria-current"));
}

// The transcript scrolls along, unless the reader looks elsewhere just now.
let scrolledByReader = -Infinity;
for (const event of ["wheel", "touchmove", "keydown"])
	addEventListener(event, () => { scrolledByReader = performance.now(); }, { passive: true });

function follow() {
	const wanted = document.getElementById("follow");
	if (!wanted?.checked || performance.now() - scrolledByReader < FOLLOW_AGAIN_MS)
		return;
	cues[marked]?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
}

function seek(seconds) {
	if (!player)
		return;
	if (player.readyState > 0)
		player.currentTime = seconds;
	else
		player.addEventListener("loadedmetadata", () => { player.currentTime = seconds; }, { once: true });
}

function goToHash() {
	const seconds = secondOf(location.hash);
	if (seconds === null)
		return;
	seek(seconds);
	const index = Math.max(0, lastBegun(starts, seconds));
	mark(index);
	cues[index]?.scrollIntoView({ block: "center" });
}

addEventListener("hashchange", goToHash);
goToHash();

// The address of this second, for somebody else. The canonical one: what is read here may be a copy on a disk.
async function share() {
	const address = new URL(document.querySelector("link[rel=canonical]")?.href ?? location.href);
	address.hash = `t=${Math.floor(player.currentTime)}`;
	const said = document.getElementById("shared");
	try {
		await navigator.clipboard.writeText(address.href);
		said.textContent = "Copied.";
	} catch {
		said.textContent = address.href;
	}
}

if (player) {
	player.addEventListener("timeupdate", () => {
		mark(lastBegun(starts, player.currentTime));
		markChapter(player.currentTime);
	});
	// Who goes elsewhere meanwhile hears on from there.
	let bite = null;
	player.addEventListener("timeupdate", () => {
		if (bite && player.currentTime >= bite.end) {
			player.pause();
			bite = null;
		}
	});
	player.addEventListener("seeking", () => {
		if (bite && (player.currentTime < bite.start - 1 || player.currentTime >= bite.end))
			bite = null;
	});
	document.querySelector(".soundbites")?.addEventListener("click", (event) => {
		const link = event.target.closest("a[data-end]");
		if (!link || event.ctrlKey || event.metaKey || event.shiftKey)
			return;
		bite = { start: secondOf(link.hash), end: Number(link.dataset.end) };
		seek(bite.start);
		player.play();
	});
	document.querySelector(".transcript")?.addEventListener("click", (event) => {
		const cue = event.target.closest(".cue[data-start]");
		if (cue && !event.target.closest("a") && !getSelection().toString()) {
			seek(Number(cue.dataset.start));
			player.play();
		}
	});
	document.getElementById("share").addEventListener("click", share);
	document.getElementById("speed").addEventListener("change", (event) => { player.playbackRate = Number(event.target.value); });
	document.getElementById("follow")?.addEventListener("change", follow);
	document.getElementById("tools").hidden = false;
}

// A video that is elsewhere is asked for only now.
const elsewhere = document.getElementById("elsewhere");
elsewhere?.querySelector("a").addEventListener("click", (event) => {
	if (event.ctrlKey || event.metaKey || event.shiftKey || event.button)
		return;
	event.preventDefault();
	const frame = document.createElement("iframe");
	const { video, host } = elsewhere.dataset;
	frame.src = `${host}/embed/${encodeURIComponent(video)}?autoplay=1&start=${Math.floor(secondOf(location.hash) ?? 0)}`;
	frame.title = document.title;
	frame.allow = "autoplay; fullscreen; encrypted-media; picture-in-picture";
	frame.referrerPolicy = "strict-origin-when-cross-origin";
	elsewhere.replaceChildren(frame);
	frame.focus();
});
