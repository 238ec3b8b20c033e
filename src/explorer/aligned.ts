/**
 * A flat map turned, and mirrored where that is nearer, to lie on another of the same items as well as it can: of all orthogonal R
 * the one with the least sum over items of |R (p - mean p) - (q - mean q)|^2 (Schoenemann 1966, "A generalized solution of the
 * orthogonal Procrustes problem"), in two dimensions in closed form. Distances stay as they are. `points` and `onto` are [N, 2];
 * items with a coordinate that is not finite in either have no say.
 */
export function aligned(points: Float32Array, onto: Float32Array): Float32Array<ArrayBuffer> {
  const count = Math.min(points.length, onto.length) / 2;
  const sums = new Float64Array(8); // of px, py, qx, qy, and of their products
  let known = 0;
  for (let i = 0; i < count; i++) {
    const [px, py, qx, qy] = [points[2 * i], points[2 * i + 1], onto[2 * i], onto[2 * i + 1]];
    if (!Number.isFinite(px + py + qx + qy)) continue;
    known++;
    for (const [k, value] of [px, py, qx, qy, px * qx, px * qy, py * qx, py * qy].entries()) sums[k] += value;
  }
  const [px, py, qx, qy] = sums;
  const covariance = (product: number, a: number, b: number) => product - (known > 0 ? (a * b) / known : 0);
  const [xx, xy] = [covariance(sums[4], px, qx), covariance(sums[5], px, qy)];
  const [yx, yy] = [covariance(sums[6], py, qx), covariance(sums[7], py, qy)];
  const turn = { cosine: xx + yy, sine: xy - yx };
  const mirror = { cosine: xx - yy, sine: xy + yx };
  const lengthOf = ({ cosine, sine }: typeof turn) => Math.sqrt(cosine * cosine + sine * sine);
  const isMirrored = lengthOf(mirror) > lengthOf(turn);
  const { cosine, sine } = isMirrored ? mirror : turn;
  const length = lengthOf({ cosine, sine });
  if (!(length > 0)) return points.slice();
  const [c, s, sign] = [cosine / length, sine / length, isMirrored ? -1 : 1];
  const turned = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    turned[i] = c * points[i] - sign * s * points[i + 1];
    turned[i + 1] = s * points[i] + sign * c * points[i + 1];
  }
  return turned;
}
