/** The examples of RFC 7541 appendix C, with the dynamic table's content after each step. */
import { describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { IntegerReader } from "../../src/hpack/integer.js";
import { concat, sizeUpdate } from "../support/frames.js";
import { HpackRun } from "../support/hpack-log.js";

test.each([
  ["C.1.1", "0a", 0x1f, 10],
  ["C.1.2", "1f9a0a", 0x1f, 1337],
  ["C.1.3", "2a", 0xff, 42],
])("RFC 7541 %s: an integer", (_section, hex, mask, value) => {
  const integer = new IntegerReader();
  const bytes = parseHex(hex);
  expect(integer.read(bytes, 0, bytes.length, mask)).toBe(value);
  expect(integer.next).toBe(bytes.length);
});

interface Step {
  section: string;
  hex: string;
  fields: string[];
  table: string[];
  size: number;
}

const AUTHORITY = ":authority: www.example.com (57)";
const CACHE = "cache-control: no-cache (53)";
const CUSTOM = "custom-key: custom-value (54)";
const LOCATION = "location: https://www.example.com (63)";
const DATE_21 = "date: Mon, 21 Oct 2013 20:13:21 GMT (65)";
const DATE_22 = "date: Mon, 21 Oct 2013 20:13:22 GMT (65)";
const PRIVATE = "cache-control: private (52)";
const COOKIE = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1 (98)";

function requests(section: string, hex: [string, string, string]): Step[] {
  return [
    {
      section: `${section}.1`,
      hex: hex[0],
      fields: [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
      table: [AUTHORITY],
      size: 57,
    },
    {
      section: `${section}.2`,
      hex: hex[1],
      fields: [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
      table: [CACHE, AUTHORITY],
      size: 110,
    },
    {
      section: `${section}.3`,
      hex: hex[2],
      fields: [
        ":method: GET",
        ":scheme: https",
        ":path: /index.html",
        ":authority: www.example.com",
        "custom-key: custom-value",
      ],
      table: [CUSTOM, CACHE, AUTHORITY],
      size: 164,
    },
  ];
}

function responses(section: string, hex: [string, string, string]): Step[] {
  return [
    {
      section: `${section}.1`,
      hex: hex[0],
      fields: [
        ":status: 302",
        "cache-control: private",
        "date: Mon, 21 Oct 2013 20:13:21 GMT",
        "location: https://www.example.com",
      ],
      table: [LOCATION, DATE_21, PRIVATE, ":status: 302 (42)"],
      size: 222,
    },
    {
      section: `${section}.2`,
      hex: hex[1],
      fields: [
        ":status: 307",
        "cache-control: private",
        "date: Mon, 21 Oct 2013 20:13:21 GMT",
        "location: https://www.example.com",
      ],
      table: [":status: 307 (42)", LOCATION, DATE_21, PRIVATE],
      size: 222,
    },
    {
      section: `${section}.3`,
      hex: hex[2],
      fields: [
        ":status: 200",
        "cache-control: private",
        "date: Mon, 21 Oct 2013 20:13:22 GMT",
        "location: https://www.example.com",
        "content-encoding: gzip",
        "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
      ],
      table: [COOKIE, "content-encoding: gzip (52)", DATE_22],
      size: 215,
    },
  ];
}

const sequences: [string, number, Step[]][] = [
  [
    "C.2.1 literal, put into the table",
    4096,
    [
      {
        section: "C.2.1",
        hex: "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
        fields: ["custom-key: custom-header"],
        table: ["custom-key: custom-header (55)"],
        size: 55,
      },
    ],
  ],
  [
    "C.2.2 literal, not indexed",
    4096,
    [{ section: "C.2.2", hex: "040c2f73616d706c652f70617468", fields: [":path: /sample/path"], table: [], size: 0 }],
  ],
  [
    "C.2.3 literal, never indexed",
    4096,
    [
      {
        section: "C.2.3",
        hex: "100870617373776f726406736563726574",
        fields: ["password: secret (never indexed)"],
        table: [],
        size: 0,
      },
    ],
  ],
  ["C.2.4 indexed", 4096, [{ section: "C.2.4", hex: "82", fields: [":method: GET"], table: [], size: 0 }]],
  [
    "C.3 requests without Huffman coding",
    4096,
    requests("C.3", [
      "828684410f7777772e6578616d706c652e636f6d",
      "828684be58086e6f2d6361636865",
      "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ]),
  ],
  [
    "C.4 requests with Huffman coding",
    4096,
    requests("C.4", [
      "828684418cf1e3c2e5f23a6ba0ab90f4ff",
      "828684be5886a8eb10649cbf",
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ]),
  ],
  [
    "C.5 responses without Huffman coding",
    256,
    responses("C.5", [
      `4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54
       6e1768747470733a2f2f7777772e6578616d706c652e636f6d`,
      "4803333037c1c0bf",
      `88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f
       3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076
       657273696f6e3d31`,
    ]),
  ],
  [
    "C.6 responses with Huffman coding",
    256,
    responses("C.6", [
      "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
      "4883640effc1c0bf",
      `88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960
       d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007`,
    ]),
  ],
];

describe.each(sequences)("RFC 7541 %s", (_name, tableSize, steps) => {
  const run = new HpackRun();
  if (tableSize !== 4096) {
    run.decoder.setAllowedSize(tableSize);
    run.decode(concat(sizeUpdate(tableSize)));
  }

  test.each(steps)("$section", ({ hex, fields, table, size }) => {
    expect(run.decode(parseHex(hex))).toEqual(fields);
    expect(run.table()).toEqual(table);
    expect(run.decoder.table.size).toBe(size);
    expect(run.told).toEqual([]);
  });
});
