// episode.js - joins the player and the transcript: #t= seeks, a click on a line plays it, the line that plays is marked.
// Without this script the page reads and plays all the same.
// SPDX-License-Identifier: MIT

const player = document.getElementById("player");
// Those of which nobody knows when they were said have no start.
const cues = [...document.querySelectorAll(".cue[data-start]")];
const starts = cues.map((cue) => Number(cue.dataset.start));

// The last cue that has begun at this second, or -1.
function cueAt(seconds) {
	let low = 0;
	let high = starts.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (starts[middle] <= seconds + 0.001)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

function secondOfHash() {
	const match = /^#t=(\d+(?:\.\d+)?)$/.exec(decodeURIComponent(location.hash));
	return match ? Number(match[1]) : null;
}

let marked = -1;
function mark(index) {
	if (index === marked)
		return;
	cues[marked]?.classList.remove("now");
	cues[index]?.classList.add("now");
	marked = index;
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
	const seconds = secondOfHash();
	if (seconds === null)
		return;
	seek(seconds);
	const index = Math.max(0, cueAt(seconds));
	mark(index);
	cues[index]?.scrollIntoView({ block: "center" });
}

addEventListener("hashchange", goToHash);
goToHash();

if (player) {
	player.addEventListener("timeupdate", () => mark(cueAt(player.currentTime)));
	document.querySelector(".transcript")?.addEventListener("click", (event) => {
		const cue = event.target.closest(".cue[data-start]");
		if (cue && !getSelection().toString()) {
			seek(Number(cue.dataset.start));
			player.play();
		}
	});
}
