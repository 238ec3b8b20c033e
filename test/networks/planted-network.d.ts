import type { NdArray } from "../../dist/networks/array.js";
import type { Training, TrainOptions } from "../../dist/networks/training/options.js";

export interface Params {
  hidden: { weights: NdArray; bias: NdArray };
  output: { weights: NdArray; bias: NdArray };
}
export interface Batch {
  x: NdArray;
  y: NdArray;
}
export interface State {
  mean: NdArray;
}
export type PlantedOptions = TrainOptions<Params, Batch, State>;

export declare function plantedData(count: number, seed: number): Batch;
export declare function plantedParams(seed?: number): Params;
export declare const plantedLoss: PlantedOptions["loss"];
export declare function plantedOptions(more?: object): PlantedOptions;
export declare function hashOfTraining(training: Training<Params, State>): string;
