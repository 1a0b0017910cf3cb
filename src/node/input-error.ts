/** An input that cannot be read; the message is a whole sentence for the user. */
export class InputError extends Error {}
