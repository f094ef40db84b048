// player.js - the waveform plays along and seeks, with the storyboard's picture under the pointer; links to #t= seek.
// Without this script the player plays, and the waveform is a picture.
// In a block: the page's other scripts have a player of their own.
// SPDX-License-Identifier: MIT

{
	const player = document.getElementById("player");
	const wave = document.querySelector(".wave");

	// Links to a moment start there, whatever else the page does with them.
	document.addEventListener("click", (event) => {
		const link = event.target.closest('.board a[href^="#t="]');
		if (link && player) {
			player.currentTime = Number(link.hash.slice(3));
			player.play();
		}
	});

	function timeText(seconds) {
		const s = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
		return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
	}

	// The storyboard's pictures: [{start, sheet, x, y, width, height}], asked for when they are first needed.
	let pictures = null;
	async function loadPictures() {
		pictures = [];
		if (!wave.dataset.track)
			return;
		const answer = await fetch(wave.dataset.track);
		if (!answer.ok)
			return;
		const cue = /(?:(\d+):)?(\d\d):(\d\d\.\d+) --> .*\n(\S+?)#xywh=(\d+),(\d+),(\d+),(\d+)/g;
		for (const [, hours, minutes, seconds, sheet, ...numbers] of (await answer.text()).matchAll(cue)) {
			const [x, y, width, height] = numbers.map(Number);
			const start = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
			pictures.push({ start, sheet: new URL(sheet, new URL(wave.dataset.track, location.href)).href, x, y, width, height });
		}
	}

	if (player && wave) {
		const length = () => Number.isFinite(player.duration) && player.duration > 0 ? player.duration : Number(wave.dataset.seconds);
		const svg = wave.querySelector("svg"), rect = svg.querySelector(".played"), width = svg.viewBox.baseVal.width;
		const secondAt = (event) => {
			const box = wave.getBoundingClientRect();
			return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length();
		};
		const show = () => rect.setAttribute("width", width * player.currentTime / length());
		player.addEventListener("timeupdate", show);
		player.addEventListener("seeked", show);

		const tip = document.createElement("span");
		tip.className = "tip";
		tip.hidden = true;
		const picture = document.createElement("canvas"), label = document.createElement("span");
		picture.hidden = true;
		tip.append(picture, label);
		wave.append(tip);
		const sheets = new Map();
		function draw(p) {
			const image = sheets.get(p.sheet) ?? new Image();
			if (!sheets.has(p.sheet)) {
				sheets.set(p.sheet, image);
				image.src = p.sheet;
			}
			picture.width = p.width;
			picture.height = p.height;
			picture.hidden = false;
			const put = () => picture.getContext("2d").drawImage(image, p.x, p.y, p.width, p.height, 0, 0, p.width, p.height);
			image.complete ? put() : image.addEventListener("load", put, { once: true });
		}
		wave.addEventListener("pointermove", (event) => {
			if (!pictures)
				loadPictures();
			const seconds = secondAt(event), found = pictures?.findLast((p) => p.start <= seconds);
			label.textContent = timeText(seconds);
			if (found)
				draw(found);
			tip.hidden = false;
			const box = wave.getBoundingClientRect(), half = tip.offsetWidth / 2;
			tip.style.left = `${Math.min(box.width - half, Math.max(half, event.clientX - box.left))}px`;
		});
		wave.addEventListener("pointerleave", () => { tip.hidden = true; });
		wave.addEventListener("click", (event) => {
			const seconds = secondAt(event);
			const seek = () => { player.currentTime = seconds; };
			player.readyState > 0 ? seek() : player.addEventListener("loadedmetadata", seek, { once: true });
			player.play();
		});
		wave.classList.add("live");
	}
}
