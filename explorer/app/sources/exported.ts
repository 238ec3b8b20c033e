import { type ExportedSpace, exportMark } from "../../../src/explorer/export-mark.js";

/** The spaces of an exported page, as it says itself; null where a server answers. */
export function exportedSpaces(page: Document): ExportedSpace[] | null {
  const mark = page.querySelector<HTMLMetaElement>(`meta[name="${exportMark}"]`);
  return mark === null ? null : JSON.parse(mark.content);
}
