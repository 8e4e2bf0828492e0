/**
 * Run as root on a box, by its units alone. Usage: root.js begin | serve | settle
 * `begin`, before the network: puts the saved settings into force. `serve`: does what daemon and screen ask for. `settle`, after that has
 * ended: takes back what was being tried.
 */
import { BoxKeeper, PLACES } from "./keeper.ts";

const [step = ""] = process.argv.slice(2);
const keeper = new BoxKeeper(PLACES, (what) => process.stderr.write(`${what}\n`));
if (step === "begin") await keeper.begin();
else if (step === "serve") await keeper.serve();
else if (step === "settle") await keeper.settle();
else {
  process.stderr.write(`begin, serve or settle, not "${step}"\n`);
  process.exitCode = 2;
}
