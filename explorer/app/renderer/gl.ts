/** What keeps a map from being drawn at all. */
export class RendererError extends Error {
  override readonly name = "RendererError";
}

export type Gl = WebGL2RenderingContext;

/** The canvas's WebGL2 context; null where the browser has none to give. */
export function openContext(canvas: HTMLCanvasElement): Gl | null {
  return canvas.getContext("webgl2", {
    alpha: true,
    antialias: false, // points and lines smooth their own edges
    depth: false,
    stencil: false,
    premultipliedAlpha: true,
    powerPreference: "high-performance",
  });
}

let software: boolean | undefined;

/** Whether the browser makes up WebGL2 in software, without a graphics processor; found once, on a canvas of its own. */
export function isSoftware(): boolean {
  if (software !== undefined) return software;
  const gl = document.createElement("canvas").getContext("webgl2");
  const machine = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = gl && machine ? String(gl.getParameter(machine.UNMASKED_RENDERER_WEBGL)) : "";
  software = /swiftshader|llvmpipe|softpipe|basic render|software/i.test(name);
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return software;
}

/** Compiles and links; attributes are at the places of their names in `attributes`. */
export function program(gl: Gl, vertex: string, fragment: string, attributes: readonly string[]): WebGLProgram {
  const made = gl.createProgram();
  for (const [type, text] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) continue; // the context is lost: what is drawn with it is lost too
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\n${text}`);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
    gl.deleteShader(shader);
  }
  attributes.forEach((name, place) => {
    gl.bindAttribLocation(made, place, name);
  });
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = (gl.getAttachedShaders(made) ?? []).map((shader) => gl.getShaderInfoLog(shader) ?? "");
    throw new RendererError(
      `internal: a shader was refused: ${[gl.getProgramInfoLog(made), ...logs].join(" ").trim()}`,
    );
  }
  return made;
}

/** Places of a program's uniforms by name. */
export function uniforms<Name extends string>(
  gl: Gl,
  of: WebGLProgram,
  names: readonly Name[],
): Record<Name, WebGLUniformLocation | null> {
  const places = names.map((name) => [name, gl.getUniformLocation(of, name)] as const);
  return Object.fromEntries(places) as Record<Name, WebGLUniformLocation | null>;
}

/** A buffer with data of its own. */
export function bufferOf(gl: Gl, data: ArrayBufferView, usage: number = gl.STATIC_DRAW): WebGLBuffer {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, data, usage);
  return buffer;
}
