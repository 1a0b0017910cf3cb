/** A certificate for localhost and 127.0.0.1 that signs itself, made by openssl in a folder. */
import { join } from "node:path";
import { run } from "./processes.js";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export async function makeCertificate(folder: string, name = "localhost"): Promise<Certificate> {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`];
  const { status, stderr } = await run("openssl", [
    "req",
    "-x509",
    ...curve,
    "-nodes",
    "-keyout",
    key,
    "-out",
    cert,
    "-days",
    "3",
    ...names,
  ]);
  if (status !== 0) throw new Error(stderr);
  return { cert, key };
}
