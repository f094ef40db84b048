// search_words.mjs - the seeded queries of tests/bench/search. A query's words stand in the text as they are asked for:
// a place is drawn, so that words come up as often as they are said. Three of four queries leave the hundred most
// frequent words to others (a phrase must have one that isn't of them); one of four takes what comes, "the" included.
// Two words are of one line, so that an index a row a line can find them too.
// SPDX-License-Identifier: MIT
const COMMON = 100;

// Numbers in 0...1, the same for the same seed (Marsaglia's xorshift).
export function seeded(seed) {
	let state = seed >>> 0 || 1;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) / 4294967296;
	};
}

export function drawQueries(lines, n, random) {
	const times = new Map();
	const words = lines.map((line) => line.toLowerCase().split(/[^\p{L}\p{N}'’.+#_-]+/u).filter(Boolean));
	for (const line of words)
		for (const word of line)
			times.set(word, (times.get(word) ?? 0) + 1);
	const common = new Set([...times].sort((a, b) => b[1] - a[1]).slice(0, COMMON).map(([word]) => word));
	const isPlain = (word) => /^[a-z]{2,}$/.test(word);
	const pick = (size) => Math.floor(random() * size);
	const kinds = {
		one(line) {
			return [line[pick(line.length)]];
		},
		two(line) {
			const two = [line[pick(line.length)], line[pick(line.length)]];
			return two[0] === two[1] ? [] : two;
		},
		phrase(line) {
			const size = 2 + pick(2), first = pick(line.length);
			return first + size <= line.length ? line.slice(first, first + size) : [];
		},
	};
	const queries = [];
	for (let i = 0; i < n; i++) {
		const kind = Object.keys(kinds)[i % 3], any = random() < 0.25;
		for (;;) {
			const drawn = kinds[kind](words[pick(words.length)].concat());
			const rare = drawn.filter((word) => !common.has(word)).length;
			if (drawn.length && drawn.every((word) => word && isPlain(word)) && (any || rare >= (kind === "phrase" ? 1 : drawn.length))) {
				queries.push({ kind, words: drawn });
				break;
			}
		}
	}
	return queries;
}
