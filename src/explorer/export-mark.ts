/** The name of the mark, in the head of an exported page, whose content tells as JSON which spaces lie beside it. */
export const exportMark = "thing2vec-spaces";

/** A space that lies beside an exported page. */
export interface ExportedSpace {
  title: string;
  /** Its folder, relative to the page. */
  path: string;
}
