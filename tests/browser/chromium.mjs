// chromium.mjs - what the browser's tests share: a tab of Chromium with a profile of its own, and what its page complains of.
// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

// options: launchPersistentContext's. Closed by t.after.
export async function open(t, options = {}) {
	const profile = mkdtempSync(path.join(tmpdir(), "carillon-chromium-"));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: "/usr/bin/chromium", headless: true, viewport: { width: 1000, height: 900 }, ...options,
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
			"--disable-sync", "--autoplay-policy=no-user-gesture-required"],
	});
	t.after(async () => {
		await context.close();
		rmSync(profile, { recursive: true, force: true });
	});
	const tab = context.pages()[0] ?? await context.newPage(), complaints = [];
	tab.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
	tab.on("pageerror", (error) => complaints.push(String(error)));
	return { context, tab, complaints };
}
