/** The exit statuses of the command-line contract. */

/** Calls were printed. */
export const EXIT_OK = 0;
/** An input could not be read, or is damaged so that calls may be missing. */
export const EXIT_DAMAGED = 1;
/** The command line is wrong. */
export const EXIT_USAGE = 2;
/** Read well, and no gRPC in it. */
export const EXIT_NO_GRPC = 3;
