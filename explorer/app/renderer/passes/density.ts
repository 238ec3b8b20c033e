import { type Gl, program, uniforms } from "../gl.js";

const vertex = `
void main() {
  // One triangle over the whole view.
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

/** The mean color of a pixel's points, the more opaque the more there are, by log(1 + points). */
const fragment = `
uniform sampler2D sums; uniform float most, least, ceiling;
out vec4 drawn;
void main() {
  vec4 sum = texelFetch(sums, ivec2(gl_FragCoord.xy), 0);
  if (sum.a <= 0.0) discard;
  float opacity = ceiling * min(sum.a, 1.0) * mix(least, 1.0, min(1.0, log(1.0 + sum.a) / log(1.0 + most)));
  drawn = vec4(sum.rgb / sum.a, 1.0) * opacity;
}`;

/**
 * Crowds of points or lines: their colors and opacities are added up, pixel by pixel, in a texture of floats, and then shown as a mean
 * color and a count. Where the machine cannot add in 32 bits it does in 16, which are right up to 2048 points of a pixel. Ten points over each other look different from a hundred, the order of drawing does not matter,
 * and a category is seen by its share and not by being drawn last.
 */
export class DensityPass {
  readonly #gl: Gl;
  readonly #program: WebGLProgram;
  readonly #uniforms: Record<"sums" | "most" | "least" | "ceiling", WebGLUniformLocation | null>;
  readonly #texture: WebGLTexture;
  readonly #target: WebGLFramebuffer;
  readonly #array: WebGLVertexArrayObject;
  readonly #format: readonly [internal: number, type: number];
  #size: [number, number] = [0, 0];

  constructor(gl: Gl) {
    this.#gl = gl;
    this.#program = program(gl, vertex, fragment, []);
    this.#uniforms = uniforms(gl, this.#program, ["sums", "most", "least", "ceiling"]);
    this.#texture = gl.createTexture();
    this.#target = gl.createFramebuffer();
    this.#array = gl.createVertexArray();
    const isFine = gl.getExtension("EXT_color_buffer_float") !== null && gl.getExtension("EXT_float_blend") !== null;
    this.#format = isFine ? [gl.RGBA32F, gl.FLOAT] : [gl.RGBA16F, gl.HALF_FLOAT];
  }

  /** Whether the machine can add up in such textures. */
  static isPossible(gl: Gl): boolean {
    return (
      gl.getExtension("EXT_color_buffer_float") !== null || gl.getExtension("EXT_color_buffer_half_float") !== null
    );
  }

  /** What is drawn from now on is added up. */
  begin(width: number, height: number): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#target);
    if (this.#size[0] !== width || this.#size[1] !== height) {
      this.#size = [width, height];
      gl.bindTexture(gl.TEXTURE_2D, this.#texture);
      const [internal, type] = this.#format;
      gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, gl.RGBA, type, null);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.#texture, 0);
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.blendFunc(gl.ONE, gl.ONE);
  }

  /** Shows the sums on the canvas; `most` points of a pixel are as opaque as `ceiling`, one as the share `least` of that or more. */
  end(most: number, least: number, ceiling = 1): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(this.#program);
    gl.bindVertexArray(this.#array);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.uniform1i(this.#uniforms.sums, 0);
    gl.uniform1f(this.#uniforms.most, most);
    gl.uniform1f(this.#uniforms.least, least);
    gl.uniform1f(this.#uniforms.ceiling, ceiling);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  dispose(): void {
    const gl = this.#gl;
    gl.deleteTexture(this.#texture);
    gl.deleteFramebuffer(this.#target);
    gl.deleteVertexArray(this.#array);
    gl.deleteProgram(this.#program);
  }
}
