/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  // in parts, since a call takes only so many arguments
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
