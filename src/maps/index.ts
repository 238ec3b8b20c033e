/** Maps of spaces: neighbor graphs, projections and how far to believe them, clusters, duplicates, pictures. */
export {};
