/** `--help`: yargs lays the options out. It is loaded for this alone: it takes as long to start as the rest of the command. */
import yargs from "yargs";
import { OPTIONS } from "./options.js";

const USAGE = `cal-inspect <capture…>          the gRPC calls in packet captures; - is standard input
cal-inspect frames <capture…>   their HTTP/2 frames, one per line`;

const EPILOGUE = `Exit status: 0 calls were printed; 1 an input could not be read, or is damaged; 2 usage; 3 no gRPC in it.

  cal-inspect captures/add.pcap
  cal-inspect --json captures/*.pcap | jq 'select(.outcome != "ok")'
  tcpdump -U -w - 'tcp port 50051' | cal-inspect -`;

/** For `columns` of terminal. */
export async function helpText(columns: number): Promise<string> {
  const parser = yargs([]).scriptName("cal-inspect").usage(USAGE).epilogue(EPILOGUE);
  return parser.help(false).version(false).options(OPTIONS).wrap(Math.min(columns, 110)).getHelp();
}
