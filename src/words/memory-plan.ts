import { ResourceError } from "../io/errors.js";
import { scratchBytes } from "../kernels/twins/cooccurrence.js";
import { leastSegment } from "./text-feed.js";

/** How counting uses memory and scratch storage. No part of it changes a result; tests set small ones. */
export interface MemoryPlan {
  /** Bytes of text that one call of the tokenizer gets. */
  segmentBytes: number;
  /** Bytes for the text buffers and the word tables. */
  tableBytes: number;
  /** Bytes of word numbers, and of counted pairs, that stay in memory; further ones go to scratch storage. */
  tokenBytes: number;
  pairBytes: number;
  /** Words counted at once; a longer corpus is counted in slices, which are then merged. */
  sliceTokens: number;
  /** Pairs that all threads together may write before they are collected. */
  outputPairs: number;
  /** Bytes for what grows with the vocabulary while pairs are counted. */
  countingBytes: number;
  /** Folder of scratch storage; the system's by default. */
  scratch?: string;
}

const mebi = 2 ** 20;

/** Shares out `limit` bytes. Throws ResourceError where nothing useful can be done with them. */
export function planMemory(limit: number, threads: number): MemoryPlan {
  const least = (16 + 4 * threads) * mebi;
  if (limit < least) {
    throw new ResourceError(
      `countCooccurrences: memoryLimit must be at least ${least} bytes with ${threads} threads, got ${limit}; ` +
        "raise it or use fewer threads",
    );
  }
  return {
    segmentBytes: Math.max(leastSegment, Math.min(mebi / 4, Math.floor(limit / (16 * 48 * threads)))),
    tableBytes: limit / 2,
    tokenBytes: limit / 4,
    pairBytes: limit / 4,
    sliceTokens: Math.min(2 ** 28, Math.floor(limit / 32)),
    outputPairs: Math.min(2 * mebi, Math.floor(limit / 384)),
    countingBytes: limit / 4,
  };
}

/** Throws ResourceError where a vocabulary is too large for the plan. */
export function checkVocabularyFits(words: number, threads: number, plan: MemoryPlan): void {
  const needed = threads * scratchBytes(words) + 16 * words + 24 * Math.max(words, plan.outputPairs);
  if (needed <= plan.countingBytes) return;
  const limit = Math.ceil((4 * needed) / mebi);
  throw new ResourceError(
    `countCooccurrences: ${words} words on ${threads} threads need ${needed} bytes to count pairs, ` +
      `the memory limit leaves ${Math.floor(plan.countingBytes)}; set memoryLimit to ${limit} MiB, ` +
      "use fewer threads, or keep fewer words by minCount or maxWords",
  );
}
