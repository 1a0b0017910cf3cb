import type { Ports } from "../engine/ports.js";
import { inflate } from "./inflate/index.js";

/** The ports of an Inspector, on Node.js. */
export const nodePorts: Ports = { inflate };
