/** The process that a command runs in: the only file of the command line that knows `process`. */

/** Standard output or standard error. */
export interface OutputStream {
  /** Whether a person looks at it, and not a file or another program. */
  readonly isTerminal: boolean;
  /** Width in characters; undefined where there is none. */
  readonly columns: number | undefined;
  write(data: string | Uint8Array): void;
  /** Resolves when all that was written has been handed on. */
  flushed(): Promise<void>;
}

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What a command sees of the machine; tests put their own in its place. */
export interface Terminal {
  /** What was typed behind the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: OutputStream;
  readonly err: OutputStream;
  /** Bytes of memory that the process takes now. */
  residentBytes(): number;
  /** Calls `handler` for every signal that asks the process to end, until the returned function is called. */
  onStop(handler: (signal: StopSignal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
}

const stopSignals: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** This process. A reader of standard output that leaves early (`| head`) ends it with code 0, without a word. */
export function processTerminal(): Terminal {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`thing2vec: standard output: ${error.message}\n`, () => process.exit(5));
  });
  process.stderr.on("error", () => {}); // nobody is left to be told
  return {
    args: process.argv.slice(2),
    env: process.env,
    out: outputStream(process.stdout),
    err: outputStream(process.stderr),
    residentBytes: () => process.memoryUsage.rss(),
    onStop(handler) {
      for (const signal of stopSignals) process.on(signal, handler);
      return () => {
        for (const signal of stopSignals) process.off(signal, handler);
      };
    },
    exit: (code) => process.exit(code),
  };
}

function outputStream(stream: NodeJS.WriteStream): OutputStream {
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
    write: (data) => {
      stream.write(data);
    },
    flushed: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}
