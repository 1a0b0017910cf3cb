/** `cal-inspect/node`: what the library needs on Node.js. */
export { readInput } from "./input.js";
export { InputError } from "./input-error.js";
export { nodePorts } from "./ports.js";
export { ReflectError, type ReflectOptions, reflect } from "./reflect.js";
export { type LoadedSchema, loadSchema, type SchemaPaths } from "./schema-files.js";
export {
  inspectProcess,
  inspectServer,
  inspectSocket,
  type ProcessOptions,
  type SocketInspection,
  type SocketOptions,
} from "./sockets/inspect-socket.js";
