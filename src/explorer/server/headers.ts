/** What the page may load; an exported one says so itself, as its host does not. */
export const contentPolicy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; object-src 'none'; " +
  "base-uri 'none'; form-action 'none'";

/**
 * Sent with every answer. The page loads from this server alone; nothing inline, no eval but WebAssembly's; no other site may
 * frame it, read it or learn where it was; its memory may be shared with its workers.
 */
export const strictHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": `${contentPolicy}; frame-ancestors 'none'`,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
  "Cache-Control": "no-store",
};

/** An answer to what cannot be parsed as a request, as it goes over the line. */
export function rawAnswer(status: number, reason: string): string {
  const headers = Object.entries(strictHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reason}\r\n${headers.join("")}Content-Length: 0\r\nConnection: close\r\n\r\n`;
}
