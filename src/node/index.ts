/** `cal-inspect/node`: what the library needs on Node.js. */
export { InputError, readInput } from "./input.js";
export { nodePorts } from "./ports.js";
export { type LoadedSchema, loadSchema } from "./schema-files.js";
