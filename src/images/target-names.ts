/**
 * Distributions that the codes of a generative autoencoder are brought to:
 *
 * - "normal": N(0, I);
 * - "cube": uniform over [-1, 1]^D;
 * - "sphere": uniform over the unit sphere, |z| = 1;
 * - "simplex": D + 1 normal clouds of deviation .2 in each direction, equally likely, around the corners of the regular simplex
 *   whose corners have length 1; with D = 9 one for each of ten classes;
 * - "sphere simplex": the same brought to the unit sphere, z / |z|;
 * - "torus": D / 2 independent points of circles, scaled to |z| = 1; D must be even.
 */
export const targetNames = ["normal", "cube", "sphere", "simplex", "sphere simplex", "torus"] as const;
export type TargetName = (typeof targetNames)[number];
