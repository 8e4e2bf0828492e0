/**
 * A phone in a network of its own: a process, so that it can be put there. Its settings are the one argument (JSON); it registers, and for each
 * line `call NUMBER` on its standard input it calls and says whether both heard each other.
 */
import { createInterface } from "node:readline";
import { markerTone } from "../lab/media/tones.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";

const phone = await ScriptedPhone.open(JSON.parse(process.argv[2] ?? "{}") as Parameters<typeof ScriptedPhone.open>[0]);

async function calls(number: string): Promise<string> {
  const call = await phone.call(number);
  await call.until("talking");
  call.sendMarkers(0);
  await call.ear.hears(markerTone(1));
  await call.hangUp();
  return "talked";
}

async function does(line: string): Promise<string> {
  try {
    const [word, number = ""] = line.split(" ");
    if (word === "call") return await calls(number);
    await phone.register();
    return "registered";
  } catch (error) {
    return `failed: ${String(error)}`;
  }
}

console.log(`at ${phone.address.port}`);
for await (const line of createInterface({ input: process.stdin })) console.log(await does(line));
await phone.close();
