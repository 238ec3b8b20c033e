import type { SpaceAnswers } from "../answers.js";
import type { DirectionRequest, LinkRequest, NearRequest, Place, ProjectRequest, WalkRequest } from "../protocol.js";
import { BadRequest } from "./body.js";
import type { Jobs } from "./jobs.js";

/** What an answer needs. */
export interface Asked {
  answers: SpaceAnswers;
  jobs: Jobs;
  body: Record<string, unknown>;
  signal: AbortSignal;
}

type Route = (asked: Asked) => Promise<unknown>;

const space = ({ body }: Asked): number => body.space as number;

/** What may be asked by POST /api/NAME with a JSON object; what comes back goes over the wire (`toWire`). */
export const routes: Readonly<Record<string, Route>> = {
  spaces: ({ answers }) => answers.spaces(),
  names: (asked) => asked.answers.names(space(asked), asked.body.from as number, asked.body.count as number),
  namesOf: (asked) => asked.answers.namesOf(space(asked), numbers(asked.body, "rows")),
  item: (asked) => asked.answers.item(space(asked), asked.body.row as number),
  search: (asked) =>
    asked.answers.search(space(asked), text(asked.body, "text"), {
      column: asked.body.column === undefined ? undefined : text(asked.body, "column"),
      count: asked.body.count as number | undefined,
    }),
  rowsOf: (asked) => asked.answers.rowsOf(space(asked), texts(asked.body, "names")),
  points: (asked) => {
    const { columns, axes } = asked.body;
    return asked.answers.points(space(asked), {
      columns: columns === undefined ? undefined : texts(asked.body, "columns"),
      axes: axes === undefined ? undefined : texts(asked.body, "axes"),
    });
  },
  column: (asked) => asked.answers.column(space(asked), text(asked.body, "name")),
  near: (asked) => asked.answers.near(space(asked), object<NearRequest>(asked.body, "request"), asked.signal),
  decode: (asked) => asked.answers.decode(space(asked), object<Place>(asked.body, "place"), asked.signal),
  walk: (asked) => asked.answers.walk(space(asked), object<WalkRequest>(asked.body, "request"), asked.signal),
  direction: (asked) => asked.answers.direction(space(asked), object<DirectionRequest>(asked.body, "request")),
  edges: (asked) => asked.answers.edges(space(asked), asked.body.most as number),
  neighborhood: (asked) => asked.answers.neighborhood(space(asked), asked.body.row as number),
  links: (asked) => asked.answers.links(space(asked), object<LinkRequest>(asked.body, "request"), asked.signal),
  colorsByRound: (asked) => asked.answers.colorsByRound(space(asked), asked.body.rounds as number, asked.signal),
  thumbnailSheet: async (asked) => ({
    png: await asked.answers.thumbnailSheet(space(asked), asked.body.sheet as number),
  }),
  project: async (asked) => {
    const request = object<ProjectRequest>(asked.body, "request");
    return asked.jobs.start((report, signal) => asked.answers.project(space(asked), request, report, signal));
  },
  jobState: async ({ jobs, body }) => {
    const state = jobs.state(body.job as number);
    if (state === undefined) throw new BadRequest(404, "there is no such job; it may have ended long ago");
    return state;
  },
  cancel: async ({ jobs, body }) => jobs.cancel(body.job as number),
};

function text(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== "string") throw new BadRequest(400, `${name} must be a text`);
  return value;
}

/** Most names that may be asked for at once. */
const mostTexts = 1000;

function texts(body: Record<string, unknown>, name: string): string[] {
  const value = body[name];
  if (!Array.isArray(value) || value.length > mostTexts || !value.every((one) => typeof one === "string"))
    throw new BadRequest(400, `${name} must be at most ${mostTexts} texts`);
  return value;
}

/** Most rows that may be asked for at once. */
const mostNumbers = 10_000;

function numbers(body: Record<string, unknown>, name: string): number[] {
  const value = body[name];
  if (!Array.isArray(value) || value.length > mostNumbers || !value.every((one) => typeof one === "number"))
    throw new BadRequest(400, `${name} must be at most ${mostNumbers} numbers`);
  return value;
}

function object<T>(body: Record<string, unknown>, name: string): T {
  const value = body[name];
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new BadRequest(400, `${name} must be an object`);
  return value as T;
}
