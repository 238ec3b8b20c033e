#!/usr/bin/env node
import { run } from "./program.js";
import { processTerminal } from "./terminal.js";

const terminal = processTerminal();
const code = await run(terminal.args, terminal);
await terminal.out.flushed();
await terminal.err.flushed();
terminal.exit(code); // standard input may still be open
