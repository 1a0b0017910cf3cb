/** What the body of each half of a call is, by the headers: as the readers that the call's record was made by took it. */
import type { Call, CallHalf } from "../call/call.js";
import { parseGrpcContentType } from "../grpc/content-type.js";
import { mediaType } from "../grpc/media-type.js";
import { parseWebContentType } from "../grpc/web/content-type.js";
import { fieldValue } from "../hpack/header-field.js";

/**
 * "messages": length-prefixed. "base64": the same as text. "whole": one message without a prefix. "error": JSON. "foreign":
 * something that is not the protocol's, such as a proxy's page.
 */
export type BodyKind = "messages" | "base64" | "whole" | "error" | "foreign";

export function bodyKind(call: Call, half: CallHalf): BodyKind {
  const contentType = fieldValue(half.headers ?? [], "content-type");
  switch (call.protocol) {
    case "grpc":
      return half.side === 1 && contentType !== null && parseGrpcContentType(contentType) === null
        ? "foreign"
        : "messages";
    case "connect":
      return connectKind(call, half, contentType ?? "");
    default: {
      const web = parseWebContentType(contentType ?? "");
      if (web === null) return half.side === 1 ? "foreign" : "messages";
      return web.text ? "base64" : "messages";
    }
  }
}

function connectKind({ request }: Call, half: CallHalf, contentType: string): BodyKind {
  const asked = fieldValue(request.headers ?? [], "content-type") ?? "";
  const isStream = /^application\/connect\+/i.test(asked);
  if (half.side === 0) {
    if (fieldValue(request.headers ?? [], ":method") === "GET") return "foreign";
    return isStream ? "messages" : "whole";
  }
  const status = fieldValue(half.headers ?? [], ":status");
  const type = mediaType(contentType);
  if (isStream) return status === "200" && type.startsWith("application/connect+") ? "messages" : "foreign";
  if (status !== "200") return type === "application/json" ? "error" : "foreign";
  return type === `application/${half.codec}` ? "whole" : "foreign";
}
