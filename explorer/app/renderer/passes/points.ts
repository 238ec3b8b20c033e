import { bufferOf, type Gl, program, uniforms } from "../gl.js";

/** What a pass over points is drawn with. */
export interface PointsFrame {
  center: readonly [number, number, number];
  /** From p - center to clip space, column-major. */
  matrix: Float32Array;
  /** Of a point of size 1 at the center, in device pixels. */
  diameter: number;
  /** Opacity of a point of which nothing else is known. */
  opacity: number;
  /** Draw squares of the same area: of small points in a crowd nobody sees the difference, and they cost a third less. */
  squares: boolean;
  /** Width of the ring round each point in device pixels, 0 for none, and its color (0..1). */
  ring: number;
  ringColor: readonly [number, number, number];
  /** Share of the way from the positions to the next ones. */
  share: number;
  /** How much what is far away fades, 0..1. */
  fog: number;
  /** Ranges of points; every `every`-th point of each is drawn. */
  ranges: readonly (readonly [number, number])[];
  every: number;
}

const vertex = `
in vec3 position; in vec3 next; in vec4 color; in float size;
uniform vec3 center; uniform mat4 matrix; uniform float diameter, opacity, ring, share, fog;
flat out lowp vec4 tint; flat out float radius;
void main() {
#ifdef MOVING
  vec3 place = mix(position, next, share);
#else
  vec3 place = position;
#endif
  gl_Position = matrix * vec4(place - center, 1.0);
  float near = 1.0 / gl_Position.w;
  float across = diameter * size * near;
  // A point below 1.5 pixels keeps its light and loses opacity, since it cannot lose width.
  float seen = max(across, 1.5);
  float light = min(1.0, across * across / 2.25) * mix(1.0, clamp(near * near, 0.15, 1.0), fog);
  tint = vec4(color.rgb, 1.0) * (color.a * opacity * light);
#ifdef SQUARES
  gl_PointSize = 0.886 * seen;
#else
  radius = 0.5 * seen + ring;
  gl_PointSize = 2.0 * radius + 1.0;
#endif
}`;

const squares = `
flat in lowp vec4 tint;
out vec4 drawn;
void main() { drawn = tint; }`;

/** Discs with an edge of one pixel; colors are premultiplied. */
const discs = `
uniform float ring; uniform vec3 ringColor;
flat in lowp vec4 tint; flat in float radius;
out vec4 drawn;
void main() {
  float away = length(gl_PointCoord - 0.5) * (2.0 * radius + 1.0);
  float cover = clamp(radius + 0.5 - away, 0.0, 1.0);
  float inside = ring > 0.0 ? clamp(radius - ring + 0.5 - away, 0.0, 1.0) : 1.0;
  drawn = mix(vec4(ringColor, 1.0), tint, inside) * cover;
}`;

const names = ["center", "matrix", "diameter", "opacity", "ring", "ringColor", "share", "fog"] as const;
const attributes = ["position", "next", "color", "size"];
type Variant = { program: WebGLProgram; places: Record<(typeof names)[number], WebGLUniformLocation | null> };

/**
 * Positions, colors and sizes of points on the graphics processor, and the drawing of them.
 *
 * They are drawn as GL_POINTS. Instanced quads have no limit of size, which nobody needs here, and in SwiftShader, which
 * sets up each instance by itself, a million of them took 20 s where the points took 0.9 s.
 */
export class PointsPass {
  readonly #gl: Gl;
  readonly #variants = new Map<string, Variant>();
  readonly #array: WebGLVertexArrayObject;
  #dimensions = 2;
  #position: WebGLBuffer | null = null;
  #next: WebGLBuffer | null = null;
  #color: WebGLBuffer | null = null;
  #size: WebGLBuffer | null = null;
  #order: WebGLBuffer | null = null;

  constructor(gl: Gl) {
    this.#gl = gl;
    this.#array = gl.createVertexArray();
  }

  /** [N, dimensions], in the order in which they are drawn. */
  setPositions(positions: Float32Array, dimensions: 2 | 3): void {
    this.#dimensions = dimensions;
    this.#position = this.#replace(this.#position, positions);
    this.#next = this.#replace(this.#next, null);
    this.#gl.deleteBuffer(this.#order);
    this.#order = null;
  }

  /** Where the points are on their way to; `share` of a frame says how far. */
  setNext(positions: Float32Array): void {
    this.#next = this.#replace(this.#next, positions);
  }

  /** RGBA [N, 4]. */
  setColors(colors: Uint8Array): void {
    this.#color = this.#replace(this.#color, colors);
  }

  /** Factors of the diameter [N]; null for 1. */
  setSizes(sizes: Float32Array | null): void {
    this.#size = this.#replace(this.#size, sizes);
  }

  /** Draws all points in an order of their own, such as from far to near, until there are new positions; a thinned frame does not use it. */
  setOrder(order: Uint32Array): void {
    const gl = this.#gl;
    gl.bindVertexArray(this.#array);
    this.#order ??= gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.STREAM_DRAW);
  }

  draw(frame: PointsFrame): void {
    if (this.#position === null || this.#color === null) return;
    const gl = this.#gl;
    const { every } = frame;
    const { program, places } = this.#variant(frame.squares);
    gl.useProgram(program);
    gl.bindVertexArray(this.#array);
    this.#attribute(0, this.#position, this.#dimensions, gl.FLOAT, every);
    this.#attribute(1, this.#next, this.#dimensions, gl.FLOAT, every);
    this.#attribute(2, this.#color, 4, gl.UNSIGNED_BYTE, every);
    this.#attribute(3, this.#size, 1, gl.FLOAT, every);
    gl.uniform3fv(places.center, frame.center);
    gl.uniformMatrix4fv(places.matrix, false, frame.matrix);
    gl.uniform1f(places.diameter, frame.diameter);
    gl.uniform1f(places.opacity, frame.opacity);
    gl.uniform1f(places.ring, frame.ring);
    gl.uniform3fv(places.ringColor, frame.ringColor);
    gl.uniform1f(places.share, frame.share);
    gl.uniform1f(places.fog, frame.fog);
    for (const [start, end] of frame.ranges) {
      const [first, last] = [Math.ceil(start / every), Math.ceil(end / every)];
      if (last <= first) continue;
      if (this.#order !== null && every === 1) gl.drawElements(gl.POINTS, last - first, gl.UNSIGNED_INT, 4 * first);
      else gl.drawArrays(gl.POINTS, first, last - first);
    }
  }

  dispose(): void {
    const gl = this.#gl;
    for (const buffer of [this.#position, this.#next, this.#color, this.#size, this.#order]) gl.deleteBuffer(buffer);
    for (const { program } of this.#variants.values()) gl.deleteProgram(program);
    gl.deleteVertexArray(this.#array);
  }

  #variant(isSquare: boolean): Variant {
    const settings = [this.#next === null ? "" : "#define MOVING\n", isSquare ? "#define SQUARES\n" : ""].join("");
    let variant = this.#variants.get(settings);
    if (variant === undefined) {
      const made = program(this.#gl, settings + vertex, isSquare ? squares : discs, attributes);
      variant = { program: made, places: uniforms(this.#gl, made, names) };
      this.#variants.set(settings, variant);
    }
    return variant;
  }

  /** Every k-th point is drawn by a stride of k points, so that thinning needs no other buffer. */
  #attribute(place: number, buffer: WebGLBuffer | null, size: number, type: number, every: number): void {
    const gl = this.#gl;
    if (buffer === null) {
      gl.disableVertexAttribArray(place);
      gl.vertexAttrib1f(place, 1);
      return;
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(place);
    const bytes = (type === gl.FLOAT ? 4 : 1) * size;
    gl.vertexAttribPointer(place, size, type, type !== gl.FLOAT, every === 1 ? 0 : bytes * every, 0);
  }

  #replace(old: WebGLBuffer | null, data: ArrayBufferView | null): WebGLBuffer | null {
    this.#gl.deleteBuffer(old);
    return data === null ? null : bufferOf(this.#gl, data);
  }
}
