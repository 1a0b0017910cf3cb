/** A content-type without its parameters, in lower case (RFC 9110 §8.3.1): `A/B ; c=d` is `a/b`. */
export function mediaType(contentType: string): string {
  const semicolon = contentType.indexOf(";");
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon).trimEnd()).toLowerCase();
}
