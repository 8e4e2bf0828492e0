/** For journal.db.test.ts: a life of the daemon that writes facts until it is killed, and tells which are surely on the disk. */
import type { CallId } from "../calls/ids.ts";
import { connect } from "./connect.ts";
import { CallJournal } from "./journal.ts";

const { url, dir, callId, from } = JSON.parse(process.argv[2] ?? "") as {
  url: string;
  dir: string;
  callId: CallId;
  from: number;
};
const log = { info: () => {}, warn: () => {}, error: () => {} };
const journal = new CallJournal({ dir, db: connect({ to: url }), log });
await journal.open();
for (let n = from; ; n++) {
  journal.append([{ type: "timeline", callId, atMs: n, kind: "key", data: { n } }]);
  if (n % 7 === 0) continue;
  await journal.flushed();
  process.stdout.write(`${n}\n`);
}
