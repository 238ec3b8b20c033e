import type { OnJobProgress, SpaceAnswers } from "./answers.js";
import type {
  DirectionRequest,
  EmbedRequest,
  LinkRequest,
  NearRequest,
  Place,
  ProjectRequest,
  WalkRequest,
} from "./protocol.js";
import { BadRequest, field, numbers, object, text, texts } from "./question.js";

/** Long work: `report` tells how far it is. */
export type Work = (report: OnJobProgress, signal: AbortSignal) => Promise<unknown>;

/** Where long work goes on after its question was answered. */
export interface WorkPlace {
  /** Begins, and returns the number by which the job is asked for. Throws RangeError where too many are running. */
  start(work: Work): number;
}

/** What an answer needs. */
export interface Asked {
  answers: SpaceAnswers;
  jobs: WorkPlace;
  body: Record<string, unknown>;
  signal: AbortSignal;
}

/**
 * What may be asked by name with a JSON object, of a server by POST /api/NAME, of a worker by a message; what comes back goes over
 * the wire (`toWire`). Numbers are checked where they are used.
 */
export const routes: Readonly<Record<string, (asked: Asked) => Promise<unknown>>> = {
  spaces: ({ answers }) => answers.spaces(),
  names: ({ answers, body }) => answers.names(space(body), field(body, "from"), field(body, "count")),
  namesOf: ({ answers, body }) => answers.namesOf(space(body), numbers(body, "rows")),
  item: ({ answers, body }) => answers.item(space(body), field(body, "row")),
  search: ({ answers, body }) => answers.search(space(body), text(body, "text"), object(body, "options")),
  rowsOf: ({ answers, body }) => answers.rowsOf(space(body), texts(body, "names")),
  points: ({ answers, body }) => {
    const from = object<Record<string, unknown>>(body, "from");
    if (from.columns !== undefined) return answers.points(space(body), { columns: texts(from, "columns") });
    return answers.points(space(body), from.axes === undefined ? {} : { axes: texts(from, "axes") });
  },
  column: ({ answers, body }) => answers.column(space(body), text(body, "name")),
  near: ({ answers, body, signal }) => answers.near(space(body), object<NearRequest>(body, "request"), signal),
  decode: ({ answers, body, signal }) => answers.decode(space(body), object<Place>(body, "place"), signal),
  walk: ({ answers, body, signal }) => answers.walk(space(body), object<WalkRequest>(body, "request"), signal),
  direction: ({ answers, body }) => answers.direction(space(body), object<DirectionRequest>(body, "request")),
  removeDirection: ({ answers, body }) => answers.removeDirection(space(body), text(body, "name")),
  sample: ({ answers, body, signal }) => answers.sample(space(body), field(body, "count"), field(body, "seed"), signal),
  embed: ({ answers, body, signal }) => answers.embed(space(body), object<EmbedRequest>(body, "request"), signal),
  edges: ({ answers, body }) => answers.edges(space(body), field(body, "most")),
  neighborhood: ({ answers, body }) => answers.neighborhood(space(body), field(body, "row")),
  links: ({ answers, body, signal }) => answers.links(space(body), object<LinkRequest>(body, "request"), signal),
  colorsByRound: ({ answers, body, signal }) => answers.colorsByRound(space(body), field(body, "rounds"), signal),
  film: ({ answers, body }) => answers.film(space(body)),
  estimate: ({ answers, body }) => answers.estimate(space(body), object<ProjectRequest>(body, "request")),
  project: async ({ answers, jobs, body }) => {
    const [id, request] = [space(body), object<ProjectRequest>(body, "request")];
    return { job: jobs.start((report, signal) => answers.project(id, request, report, signal)) };
  },
  invert: async ({ answers, jobs, body }) => {
    const [id, picture] = [space(body), bytesOf(text(body, "picture"))];
    return { job: jobs.start((report, signal) => answers.invert(id, picture, report, signal)) };
  },
};

const space = (body: Record<string, unknown>): number => field(body, "space");

/** Bytes that came as base64. */
function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    throw new BadRequest(400, "picture must be base64");
  }
}
