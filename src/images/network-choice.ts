import { integerOption } from "../io/options.js";
import { convolutionalNetwork, denseNetwork, type PictureNetwork, type PictureShape } from "./networks.js";

export const networkNames = ["dense", "convolutional"] as const;
export type NetworkName = (typeof networkNames)[number];

/** Pixels a picture up to which a dense network is the default. */
const smallPictures = 1024;

/** The network that was asked for, or the one that suits the size. Throws RangeError where sizes do not fit it. */
export function networkOf(
  where: string,
  shape: PictureShape,
  name: NetworkName | undefined,
  hidden: readonly number[] | undefined,
): { name: NetworkName; network: PictureNetwork } {
  const fits = shape.width % 4 === 0 && shape.height % 4 === 0;
  const large = shape.width * shape.height > smallPictures;
  const chosen = name ?? (hidden === undefined && large && fits ? "convolutional" : "dense");
  if (chosen === "convolutional") {
    if (hidden !== undefined) throw new RangeError(`${where}: hidden is of the dense network`);
    return { name: chosen, network: convolutionalNetwork(shape) as PictureNetwork };
  }
  for (const [k, width] of hidden?.entries() ?? []) integerOption(where, `hidden[${k}]`, width, 1);
  return { name: chosen, network: denseNetwork(shape, hidden) as PictureNetwork };
}
