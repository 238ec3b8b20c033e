import type { NormalSource } from "../networks/jacobian-penalty.js";
import { spectralPenalty } from "../networks/jacobian-penalty.js";
import { variance } from "../networks/ops/reductions.js";
import type { Tensor } from "../networks/tensor.js";

/**
 * How much the pictures of a decoder change with the code, at the codes [B, D] of a batch: the Spectral Regularizer's penalty
 * (`spectralPenalty`) of the decoder, with each coordinate measured in its standard deviation s_d over the batch,
 *
 *   mean over the batch of E |s * grad_z (eps . dec(z))|^2  =  mean of sum over d of s_d^2 |d dec / d z_d|^2,   eps ~ N(0, I):
 *
 * the squared change of a picture, summed over pixels, of steps of one standard deviation along each coordinate.
 *
 * Of the two maps of a coder it is the decoder's that makes walks smooth, and the decoder is used where pictures are made. In
 * units of the deviations the penalty cannot be avoided by larger codes and smaller weights, since it stays as it is when codes
 * are scaled. Of independent normal codes it is at least the variance of the pictures that they make (Poincare's inequality), with equality
 * where the decoder is linear: what it takes from a decoder, at the same variance of pictures, is its bends.
 */
export function roughness(decode: (z: Tensor) => Tensor, codes: Tensor, random: NormalSource): Tensor {
  return spectralPenalty(decode, codes, random, { weights: variance(codes, 0, { keepDims: true }) });
}
