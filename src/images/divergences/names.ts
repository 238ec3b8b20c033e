/** Divergences between the cloud of codes and a target. */
export const divergenceNames = ["mmd", "sinkhorn", "sliced", "energy"] as const;
export type DivergenceName = (typeof divergenceNames)[number];
