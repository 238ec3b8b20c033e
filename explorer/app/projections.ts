import type { ProjectionMethod } from "./state.js";

/** A setting of a projection, as a form shows it. */
export interface ProjectionSetting {
  key: string;
  label: string;
  /** One sentence. */
  what: string;
  value: number;
  least: number;
  most: number;
  step: number;
}

export interface ProjectionForm {
  name: string;
  /** One sentence: what the map shows and what not. */
  what: string;
  dimensions: readonly (2 | 3)[];
  settings: readonly ProjectionSetting[];
}

const seed: ProjectionSetting = {
  key: "seed",
  label: "Seed",
  what: "The same seed gives the same map.",
  value: 1,
  least: 0,
  most: 4_294_967_295,
  step: 1,
};

/** The projections that can be made, with their few settings. */
export const projectionForms: Readonly<Record<ProjectionMethod, ProjectionForm>> = {
  pca: {
    name: "PCA",
    what: "The directions in which the vectors vary most. Distances far apart are kept best; quick.",
    dimensions: [2, 3],
    settings: [],
  },
  umap: {
    name: "UMAP",
    what: "Neighbors stay neighbors. Sizes of groups and gaps between them mean little.",
    dimensions: [2, 3],
    settings: [
      {
        key: "neighbors",
        label: "Neighbors",
        what: "5 shows fine structure, 200 the whole.",
        value: 15,
        least: 2,
        most: 200,
        step: 1,
      },
      {
        key: "minDist",
        label: "Least distance",
        what: "0 packs groups densely, 1 spreads them evenly.",
        value: 0.1,
        least: 0,
        most: 1,
        step: 0.05,
      },
      seed,
    ],
  },
  tsne: {
    name: "t-SNE",
    what: "Groups stand apart clearly. Only who is near whom means something.",
    dimensions: [2],
    settings: [
      {
        key: "perplexity",
        label: "Perplexity",
        what: "About how many neighbors an item has: 5 shows fine structure, 100 the whole.",
        value: 30,
        least: 2,
        most: 200,
        step: 1,
      },
      {
        key: "iterations",
        label: "Iterations",
        what: "More make groups clearer, up to a point.",
        value: 750,
        least: 100,
        most: 5000,
        step: 50,
      },
      seed,
    ],
  },
};

/** The settings of a form as they stand at first. */
export function firstSettings(method: ProjectionMethod): Record<string, number> {
  return Object.fromEntries(projectionForms[method].settings.map(({ key, value }) => [key, value]));
}

/** What a projection of the space's columns is called: "UMAP", "PCA 3D", "x, y". */
export function projectionName(method: string, columns: readonly string[]): string {
  const form = Object.hasOwn(projectionForms, method) ? projectionForms[method as ProjectionMethod] : null;
  const name = form?.name ?? (method === "" ? columns.join(", ") : method);
  return columns.length === 3 ? `${name} 3D` : name;
}
