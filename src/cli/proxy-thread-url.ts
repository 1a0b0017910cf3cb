/** The module of the proxy's decoding thread. Found from src/cli, and from dist/cli, where the command is one module. */
export const PROXY_THREAD = new URL("./proxy-thread.js", import.meta.url);
