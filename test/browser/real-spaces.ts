import { encoders } from "../../dist/joint/encoders.js";
import { Space } from "../../dist/space/space.js";
import type { FakeSpace } from "../../explorer/app/sources/fake/space.js";

/** The small spaces of the page's tests, as real ones. */
export function real({ names, vectors, columns, directions, edges, film, summary }: FakeSpace): Space {
  const column = (name: string) => {
    const its = columns.get(name);
    if (its?.type === "number") return Float64Array.from(its.values);
    return Array.from(its?.values ?? [], (code) => (code < 0 ? null : (its?.categories[code] ?? null)));
  };
  const data = {
    names,
    vectors: Float32Array.from(vectors),
    kind: summary.kind,
    geometry: summary.geometry,
    method: edges === null ? undefined : "node2vec", // takes new nodes by their neighbors
    columns: Object.fromEntries([...columns.keys()].map((name) => [name, column(name)])),
    directions: Object.fromEntries([...directions].map(([name, vector]) => [name, { vector, metrics: {} }])),
    film:
      film === null
        ? undefined
        : {
            epochs: summary.epochs,
            axes: film[0].axes,
            coordinates: Float32Array.from(film.flatMap(({ coordinates }) => [...coordinates])),
          },
    relations:
      edges === null
        ? undefined
        : {
            sources: Uint32Array.from(edges.source),
            targets: Uint32Array.from(edges.target),
            weights: null,
            directed: false,
          },
  };
  return Space.from(data, { encoders });
}
