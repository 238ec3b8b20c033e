import type { Gl } from "../gl.js";
import { program, uniforms } from "../gl.js";
import { cornerShare, type PlacedTile } from "../thumbnails.js";

const vertex = `
in vec2 place; in vec2 corner; in vec2 side;
uniform vec2 view; uniform vec2 sheet;
out vec2 at; out vec2 within;
void main() {
  gl_Position = vec4(place.x / view.x * 2.0 - 1.0, 1.0 - place.y / view.y * 2.0, 0.0, 1.0);
  at = corner / sheet;
  within = side;
}`;
const fragment = `
uniform sampler2D tiles; uniform vec2 extent; uniform float radius;
in vec2 at; in vec2 within;
out vec4 drawn;
void main() {
  float beyond = length(max(abs(within) * extent - extent + radius, 0.0)) - radius;
  drawn = texture(tiles, at) * clamp(0.5 - beyond, 0.0, 1.0);
}`;

/** Tiles of pictures from textures, one a sheet: two triangles each with rounded corners, placed in pixels on the side of the page. */
export class ThumbnailsPass {
  readonly #gl: Gl;
  readonly #program: WebGLProgram;
  readonly #uniforms: Record<"view" | "sheet" | "tiles" | "extent" | "radius", WebGLUniformLocation | null>;
  readonly #array: WebGLVertexArrayObject;
  readonly #buffer: WebGLBuffer;
  readonly #textures = new Map<ImageBitmap, WebGLTexture>();

  constructor(gl: Gl) {
    this.#gl = gl;
    this.#program = program(gl, vertex, fragment, ["place", "corner", "side"]);
    this.#uniforms = uniforms(gl, this.#program, ["view", "sheet", "tiles", "extent", "radius"]);
    this.#array = gl.createVertexArray();
    this.#buffer = gl.createBuffer();
  }

  /** Draws tiles whose sheets have come, in a view of width x height CSS pixels of `ratio` device pixels; returns how many. */
  draw(
    tiles: readonly PlacedTile[],
    sheetOf: (sheet: number) => ImageBitmap | null,
    size: readonly [number, number],
    tile: readonly [number, number],
    ratio: number,
  ): number {
    const gl = this.#gl;
    const extent = [0.5 * ratio * (tiles[0]?.width ?? 1), 0.5 * ratio * (tiles[0]?.height ?? 1)];
    const bySheet = grouped(tiles);
    let drawn = 0;
    const inUse = new Set<ImageBitmap>();
    for (const [sheet, group] of bySheet) {
      const bitmap = sheetOf(sheet);
      if (bitmap === null) continue;
      inUse.add(bitmap);
      gl.useProgram(this.#program);
      gl.bindVertexArray(this.#array);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, this.#textureOf(bitmap));
      gl.uniform1i(this.#uniforms.tiles, 0);
      gl.uniform2fv(this.#uniforms.view, size);
      gl.uniform2fv(this.#uniforms.extent, extent);
      gl.uniform1f(this.#uniforms.radius, 2 * cornerShare * Math.min(...extent));
      gl.uniform2f(this.#uniforms.sheet, bitmap.width, bitmap.height);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
      gl.bufferData(gl.ARRAY_BUFFER, triangles(group, tile), gl.STREAM_DRAW);
      for (const place of [0, 1, 2]) {
        gl.enableVertexAttribArray(place);
        gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 24, 8 * place);
      }
      gl.drawArrays(gl.TRIANGLES, 0, 6 * group.length);
      drawn += group.length;
    }
    for (const [bitmap, texture] of this.#textures) {
      if (inUse.has(bitmap) || this.#textures.size <= 4) continue;
      gl.deleteTexture(texture);
      this.#textures.delete(bitmap);
    }
    return drawn;
  }

  dispose(): void {
    const gl = this.#gl;
    for (const texture of this.#textures.values()) gl.deleteTexture(texture);
    this.#textures.clear();
    gl.deleteBuffer(this.#buffer);
    gl.deleteVertexArray(this.#array);
    gl.deleteProgram(this.#program);
  }

  #textureOf(bitmap: ImageBitmap): WebGLTexture {
    const known = this.#textures.get(bitmap);
    if (known !== undefined) return known;
    const gl = this.#gl;
    const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    if (bitmap.width > most || bitmap.height > most)
      throw new RangeError(
        `a sheet of ${bitmap.width} x ${bitmap.height} pixels, and the machine takes ${most} at most`,
      );
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    // No mipmaps: they would mix a tile with its neighbors. Half a texel in, linear sampling stays inside.
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    this.#textures.set(bitmap, texture);
    return texture;
  }
}

function grouped(tiles: readonly PlacedTile[]): Map<number, PlacedTile[]> {
  const groups = new Map<number, PlacedTile[]>();
  for (const tile of tiles) {
    const group = groups.get(tile.sheet);
    if (group === undefined) groups.set(tile.sheet, [tile]);
    else group.push(tile);
  }
  return groups;
}

/** [6 T, 6]: place x, y in pixels of the view, x, y in pixels of the sheet, half a pixel within the tile, and sides, -1 or 1. */
function triangles(tiles: readonly PlacedTile[], [tileWidth, tileHeight]: readonly [number, number]): Float32Array {
  const out = new Float32Array(36 * tiles.length);
  let at = 0;
  for (const { x, y, width, height, u, v } of tiles)
    for (const [right, down] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) {
      out[at++] = x + (right - 0.5) * width;
      out[at++] = y + (down - 0.5) * height;
      out[at++] = right === 0 ? u + 0.5 : u + tileWidth - 0.5;
      out[at++] = down === 0 ? v + 0.5 : v + tileHeight - 0.5;
      out[at++] = 2 * right - 1;
      out[at++] = 2 * down - 1;
    }
  return out;
}
