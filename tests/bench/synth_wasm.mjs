// synth_wasm.mjs - the bench's job as WebAssembly: node synth_wasm.mjs JOB.WASM chain|voices|bare VOICES SECONDS
// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

const [file, part, voices, seconds] = process.argv.slice(2);
const job = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {}).exports;
job.job_start(Number(voices));
let sum = 0;
for (let block = 0; block < Number(seconds) * 100; block++)
	sum += job[`job_${part}`]();
if (!Number.isFinite(sum) || (part === "chain" && job.job_ringing() !== Number(voices)))
	process.exit(1);
