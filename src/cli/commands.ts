/** The commands by name. Each module is loaded when its command is asked for: start-up counts. usage.ts describes them. */

/** The words behind the command's name → the exit status. Throws UsageError, InputError, OutputError. */
export type Command = (args: readonly string[]) => Promise<number>;

export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  explain: async () => (await import("./commands/explain.js")).explain,
  schema: async () => (await import("./commands/schema.js")).schema,
  infer: async () => (await import("./commands/infer.js")).infer,
  live: async () => (await import("./commands/live.js")).live,
  frames: async () => (await import("./commands/frames.js")).frames,
  proxy: async () => (await import("./commands/proxy.js")).proxy,
};

/** What words without a command's name are for. */
export const loadDefaultCommand = async (): Promise<Command> => (await import("./commands/calls.js")).calls;
