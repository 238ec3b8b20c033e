export { booleanOption, given, integerOption, knownOptions, numberOption, wordOption } from "../numerics/options.js";
