// search.js - suggestions under the search box while one types: words, people, conferences, titles. A combobox as the ARIA
// Authoring Practices describe it: arrows choose, Enter takes, Escape closes. Without this script the form works as it is.
// SPDX-License-Identifier: MIT

const input = document.getElementById("q");
const PAUSE_MS = 60;
const KINDS = { person: "person", conference: "conference", title: "recording" };

const list = document.createElement("ul");
list.id = "suggestions";
list.className = "suggestions";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Suggestions");
list.hidden = true;
input.after(list);
for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
	["aria-controls", list.id]])
	input.setAttribute(name, value);

let suggestions = [];
let chosen = -1;
let typed = input.value;
let timer = 0;
let request = null;

function close() {
	clearTimeout(timer);
	request?.abort();
	list.hidden = true;
	list.replaceChildren();
	suggestions = [];
	chosen = -1;
	input.setAttribute("aria-expanded", "false");
	input.removeAttribute("aria-activedescendant");
}

function choose(index) {
	chosen = index;
	[...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
	if (index < 0) {
		input.removeAttribute("aria-activedescendant");
		input.value = typed;
		return;
	}
	input.setAttribute("aria-activedescendant", list.children[index].id);
	list.children[index].scrollIntoView({ block: "nearest" });
	if (!KINDS[suggestions[index].kind] || suggestions[index].url.startsWith("/search"))
		input.value = suggestions[index].text;
}

function take(index) {
	const { url } = suggestions[index];
	close();
	location.assign(url);
}

function show(found) {
	suggestions = found;
	chosen = -1;
	input.removeAttribute("aria-activedescendant");
	list.replaceChildren(...found.map((suggestion, i) => {
		const option = document.createElement("li");
		option.id = `suggestion-${i}`;
		option.setAttribute("role", "option");
		option.setAttribute("aria-selected", "false");
		option.textContent = suggestion.text;
		if (KINDS[suggestion.kind]) {
			const kind = document.createElement("span");
			kind.className = "kind";
			kind.textContent = KINDS[suggestion.kind];
			option.append(" ", kind);
		}
		option.addEventListener("mousedown", (event) => event.preventDefault());
		option.addEventListener("click", () => take(i));
		return option;
	}));
	list.hidden = found.length === 0;
	input.setAttribute("aria-expanded", String(found.length > 0));
}

async function ask() {
	request?.abort();
	request = new AbortController();
	try {
		const answer = await fetch(`/api/suggest?q=${encodeURIComponent(typed)}`, { signal: request.signal });
		if (answer.ok)
			show((await answer.json()).suggestions);
	} catch (error) {
		if (error.name !== "AbortError")
			close();
	}
}

input.addEventListener("input", () => {
	typed = input.value;
	clearTimeout(timer);
	if (typed.trim().length < 2)
		close();
	else
		timer = setTimeout(ask, PAUSE_MS);
});

input.addEventListener("keydown", (event) => {
	if (event.isComposing || list.hidden)
		return;
	const last = suggestions.length - 1;
	if (event.key === "ArrowDown")
		choose(chosen < last ? chosen + 1 : -1);
	else if (event.key === "ArrowUp")
		choose(chosen < 0 ? last : chosen - 1);
	else if (event.key === "Enter" && chosen >= 0)
		take(chosen);
	else if (event.key === "Escape")
		close();
	else
		return;
	event.preventDefault();
});

input.addEventListener("blur", close);
