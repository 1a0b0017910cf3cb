/** Jest in ESM mode; TypeScript is stripped by swc, types are checked by `npm run types`. */
export default {
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "es6" }, sourceMaps: "inline" },
    ],
  },
  setupFiles: ["<rootDir>/test/support/property-seed.ts"],
  testTimeout: 30_000,
};
