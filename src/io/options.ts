export { booleanOption, integerOption, knownOptions, numberOption, wordOption } from "../numerics/options.js";
