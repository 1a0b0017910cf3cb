/** The four kinds of gRPC method, by which sides are streams. */
export type CallKind = "unary" | "client_streaming" | "server_streaming" | "bidi_streaming";
