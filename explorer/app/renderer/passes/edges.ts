import { bufferOf, type Gl, program, uniforms } from "../gl.js";

export interface EdgesFrame {
  center: readonly [number, number, number];
  matrix: Float32Array;
  /** 0..1 each. */
  color: readonly [number, number, number];
  /** Of edges of full strength. */
  opacity: number;
  share: number;
  /** Edges to draw, the last one excluded. */
  range: readonly [number, number];
}

const vertex = `
in vec3 position; in vec3 next; in float strength;
uniform vec3 center; uniform mat4 matrix; uniform float opacity, share; uniform vec3 color;
flat out lowp vec4 tint;
void main() {
#ifdef MOVING
  vec3 place = mix(position, next, share);
#else
  vec3 place = position;
#endif
  gl_Position = matrix * vec4(place - center, 1.0);
  tint = vec4(color, 1.0) * (opacity * strength);
}`;
const fragment = `
flat in lowp vec4 tint;
out vec4 drawn;
void main() { drawn = tint; }`;
const names = ["center", "matrix", "color", "opacity", "share"] as const;

/** Edges of a graph as lines one device pixel wide, in the order of their strength. */
export class EdgesPass {
  readonly #gl: Gl;
  readonly #programs: readonly {
    made: WebGLProgram;
    places: Record<(typeof names)[number], WebGLUniformLocation | null>;
  }[];
  readonly #array: WebGLVertexArrayObject;
  readonly #buffers: (WebGLBuffer | null)[] = [null, null, null];
  #dimensions = 2;
  #count = 0;

  constructor(gl: Gl) {
    this.#gl = gl;
    this.#array = gl.createVertexArray();
    this.#programs = ["", "#define MOVING\n"].map((settings) => {
      const made = program(gl, settings + vertex, fragment, ["position", "next", "strength"]);
      return { made, places: uniforms(gl, made, names) };
    });
  }

  /** Both ends of each edge, [2 E, dimensions], where they go (or null), and strengths [2 E], 255 for full. */
  set(ends: Float32Array, next: Float32Array | null, strengths: Uint8Array, dimensions: 2 | 3): void {
    const gl = this.#gl;
    this.#dimensions = dimensions;
    this.#count = strengths.length;
    [ends, next, strengths].forEach((data, place) => {
      gl.deleteBuffer(this.#buffers[place]);
      this.#buffers[place] = data === null ? null : bufferOf(gl, data);
    });
  }

  draw(frame: EdgesFrame): void {
    if (this.#count === 0) return;
    const gl = this.#gl;
    const [position, next, strength] = this.#buffers;
    const { made, places } = this.#programs[next === null ? 0 : 1];
    gl.useProgram(made);
    gl.bindVertexArray(this.#array);
    [position, next].forEach((buffer, place) => {
      if (buffer === null) {
        gl.disableVertexAttribArray(place);
        return;
      }
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, this.#dimensions, gl.FLOAT, false, 0, 0);
    });
    gl.bindBuffer(gl.ARRAY_BUFFER, strength);
    gl.enableVertexAttribArray(2);
    gl.vertexAttribPointer(2, 1, gl.UNSIGNED_BYTE, true, 0, 0);
    gl.uniform3fv(places.center, frame.center);
    gl.uniformMatrix4fv(places.matrix, false, frame.matrix);
    gl.uniform3fv(places.color, frame.color);
    gl.uniform1f(places.opacity, frame.opacity);
    gl.uniform1f(places.share, frame.share);
    const [start, end] = frame.range;
    gl.drawArrays(gl.LINES, 2 * start, Math.max(0, Math.min(this.#count, 2 * end) - 2 * start));
  }

  dispose(): void {
    const gl = this.#gl;
    for (const buffer of this.#buffers) gl.deleteBuffer(buffer);
    for (const { made } of this.#programs) gl.deleteProgram(made);
    gl.deleteVertexArray(this.#array);
  }
}
