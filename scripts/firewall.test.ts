/** The firewall's rules, taken by the real nft, with real packets between two networks that nobody else sees. As root. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { withTemporaryDir } from "../src/testing/temporary.ts";

const FIREWALL = fileURLToPath(new URL("../appliance/firewall.sh", import.meta.url));
const STRICT = fileURLToPath(new URL("../appliance/strict.nft", import.meta.url));
const LOCAL_NETWORKS = fileURLToPath(new URL("../appliance/local-networks", import.meta.url));
const [LAN, OTHER, OUTSIDE, TRUNK] = ["10.9.0.3", "10.9.0.4", "203.0.113.7", "198.51.100.5"];
const [PANEL, PHONES, TRUNKS, SOUND] = [8080, 5060, 5080, 20000];

/** What is started in there ends with the scene. */
const OWN = ["--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"];

const missing = ["nft", "ip", "unshare", "nsenter", "socat"].filter(
  (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0,
);
const cannot =
  process.getuid?.() !== 0
    ? "not root"
    : missing.length > 0
      ? `missing: ${missing.join(", ")}`
      : spawnSync("unshare", [...OWN, "nft", "list", "ruleset"]).status !== 0
        ? "no networks of their own can be made here"
        : null;
if (cannot !== null) console.log(`LEFT OUT: the firewall's rules (${cannot})`);

/** Whoever answers at the box: each datagram and each connection is sent back. */
const SCENE = `
(cat /etc/passwd; echo hotline:x:64999:64999::/:/usr/sbin/nologin) >"$DIR/passwd"
mount --bind "$DIR/passwd" /etc/passwd
unshare --net sleep 1000 >/dev/null 2>&1 & lan=$!

until [ "$(readlink /proc/$lan/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
there() { nsenter --net=/proc/$lan/ns/net -- "$@"; }
ip link set lo up
ip link add box type veth peer name lan netns $lan
ip addr add 10.9.0.1/8 dev box
ip link set box up
there ip link set lan up
for address in ${LAN}/8 ${OTHER}/8 ${OUTSIDE}/32 ${TRUNK}/32; do there ip addr add $address dev lan; done
ip route add ${OUTSIDE}/32 dev box
ip route add ${TRUNK}/32 dev box
for port in ${PHONES} ${TRUNKS} ${SOUND}; do socat UDP4-RECVFROM:$port,fork EXEC:cat & done
socat TCP4-LISTEN:${PANEL},fork,reuseaddr EXEC:cat &
sleep 0.3
# WHAT ADDRESS SOURCE-PORT PORT: one line for each try.
udp() { echo "$1 $(echo hello | there socat -t 0.25 - UDP4:10.9.0.1:$4,bind=$2:$3,reuseaddr 2>/dev/null || true)"; }
tcp() { echo "$1 $(echo hello | there socat -t 0.25 - TCP4:10.9.0.1:$3,bind=$2,reuseaddr,connect-timeout=0.4 2>/dev/null || true)"; }
firewall() { sh ${FIREWALL} "$1"; }
in_a() { echo $(($(date +%s) + $1)); }
`;

function play(script: string, files: Record<string, string>): Promise<{ said: string; heard: Set<string> }> {
  return withTemporaryDir((dir) => {
    mkdirSync(join(dir, "data"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, "data", name), text);
    const { stdout, stderr, status } = spawnSync("unshare", [...OWN, "sh", "-euc", SCENE + script], {
      encoding: "utf8",
      timeout: 60_000,
      env: {
        ...{ PATH: process.env["PATH"] ?? "", DIR: dir, HOTLINE_DATA_DIR: join(dir, "data") },
        ...{
          HOTLINE_HTTP_PORT: String(PANEL),
          HOTLINE_PHONE_SIP_PORT: String(PHONES),
          HOTLINE_TRUNK_SIP_PORT: String(TRUNKS),
        },
        ...{ HOTLINE_LOCAL_NETWORKS_FILE: LOCAL_NETWORKS, HOTLINE_FIREWALL_STATE_DIR: join(dir, "state") },
      },
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const answered = stdout.split("\n").flatMap((line) => /^(.+) hello$/.exec(line)?.[1] ?? []);
    return Promise.resolve({ said: `${stdout}${stderr}`, heard: new Set(answered) });
  });
}

const trunkFile = { "trunk-addresses.json": `{"udp:sip.example.ge:5060":{"port":5060,"addresses":["${TRUNK}"]}}` };

describe.skipIf(cannot !== null)("the firewall", () => {
  test("lets in the local network, trunks at their port, and nobody else until it is opened to them", async () => {
    const { heard } = await play(
      `firewall load
      tcp "panel from the LAN" ${LAN} ${PANEL}
      udp "phone from the LAN" ${LAN} 6000 ${PHONES}
      udp "trunk" ${TRUNK} 6000 ${TRUNKS}
      udp "trunk at the phones' port" ${TRUNK} 6000 ${PHONES}
      tcp "panel from outside" ${OUTSIDE} ${PANEL}
      udp "phone from outside" ${OUTSIDE} 6001 ${PHONES}
      echo "phones ${OUTSIDE}" >$DIR/data/access
      firewall access
      tcp "panel from outside, phones opened" ${OUTSIDE} ${PANEL}
      udp "phone from outside, phones opened" ${OUTSIDE} 6002 ${PHONES}
      echo "panel 0.0.0.0/0" >$DIR/data/access
      firewall access
      tcp "panel from outside, panel opened" ${OUTSIDE} ${PANEL}
      udp "phone from outside, panel opened" ${OUTSIDE} 6003 ${PHONES}
      echo "local 172.16.0.0/12" >$DIR/data/access
      firewall access
      tcp "panel from what was local" ${LAN} ${PANEL}
      echo "own 10.9.0.0/24" >>$DIR/data/access
      firewall access
      tcp "panel from what the box is in" ${LAN} ${PANEL}
      udp "phone from what the box is in" ${LAN} 6004 ${PHONES}
      udp "phone from outside still" ${OUTSIDE} 6004 ${PHONES}
      rm $DIR/data/access
      firewall access
      tcp "panel from the LAN again" ${LAN} ${PANEL}`,
      trunkFile,
    );
    expect([...heard]).toEqual([
      "panel from the LAN",
      "phone from the LAN",
      "trunk",
      "phone from outside, phones opened",
      "panel from outside, panel opened",
      "panel from what the box is in",
      "phone from what the box is in",
      "panel from the LAN again",
    ]);
  });

  test("a ban ends what an attacker has begun, leaves sound alone, and is over by itself", async () => {
    const { heard } = await play(
      `firewall load
      udp "before" ${LAN} 6000 ${PHONES}
      udp "sound before" ${LAN} 6000 ${SOUND}
      echo "all ${LAN} $(in_a 3)" >$DIR/data/bans
      echo "all ${TRUNK} $(in_a 100)" >>$DIR/data/bans
      firewall bans
      udp "the same conversation of packets" ${LAN} 6000 ${PHONES}
      udp "a new one" ${LAN} 6001 ${PHONES}
      udp "at the trunks' port" ${LAN} 6000 ${TRUNKS}
      tcp "panel" ${LAN} ${PANEL}
      udp "sound" ${LAN} 6000 ${SOUND}
      udp "somebody else" ${OTHER} 6000 ${PHONES}
      udp "trunk" ${TRUNK} 6000 ${TRUNKS}
      sleep 3.2
      udp "afterwards" ${LAN} 6000 ${PHONES}
      echo "all ${LAN} $(in_a 100)" >$DIR/data/bans
      firewall load
      udp "banned still, after the firewall was loaded anew" ${LAN} 6000 ${PHONES}
      : >$DIR/data/bans
      firewall bans
      udp "let in again by hand" ${LAN} 6000 ${PHONES}`,
      trunkFile,
    );
    expect([...heard]).toEqual([
      ...["before", "sound before", "sound", "somebody else", "trunk", "afterwards", "let in again by hand"],
    ]);
  });

  test("where only guests are banned, registered phones and the panel go on", async () => {
    const { heard } = await play(
      `firewall load
      { echo "guests ${LAN} $(in_a 100)"; echo "phone ${LAN} 6000"; } >$DIR/data/bans
      firewall bans
      udp "the registered phone" ${LAN} 6000 ${PHONES}
      udp "the attacker" ${LAN} 6666 ${PHONES}
      tcp "panel" ${LAN} ${PANEL}`,
      {},
    );
    expect([...heard]).toEqual(["the registered phone", "panel"]);
  });

  test("takes what is written rightly, and nothing else of what a daemon that was broken into could write", async () => {
    const soon = "$(in_a 100)";
    const { said } = await play(
      `firewall load
      cat >$DIR/data/bans <<END
all ${LAN} ${soon}
all 10.9.0.999 ${soon}
all localhost ${soon}
all 10.0.0.0/8 ${soon}
all ${OTHER} 1
all 2001:db8:1:2::/64 ${soon}
all 2001:db8:1:2::7 99999999999
all : ${soon}
phone ${LAN} 70000
guests ${OTHER} ${soon}; delete table inet hotline
all \\$(touch $DIR/broken) ${soon}
END
      firewall bans
      printf 'panel 10.0.0.0/99\\nssh 0.0.0.0/0\\nphones 203.0.113.0/24 } ; flush ruleset\\nphones 192.0.2.0/24\\n' >$DIR/data/access
      firewall access
      [ ! -e $DIR/broken ]
      echo SETS
      for set in banned4 banned6 guests4 registered4 panel4 phones4; do echo "$set $(nft list set inet hotline $set | tr -d '\\n\\t' | sed -n 's/.*elements = { \\(.*\\)}}.*/\\1/p' | sed 's/ timeout [^,]*//g')"; done
      cat $DIR/state/bans`,
      {},
    );
    const sets = said
      .split("SETS\n")[1]
      ?.split("\n")
      .slice(0, 6)
      .map((line) => line.replace(/[ }]+$/, ""));
    expect(sets).toEqual([
      `banned4 ${LAN}`,
      "banned6 2001:db8:1:2::/64",
      "guests4",
      "registered4",
      "panel4",
      "phones4 192.0.2.0/24",
    ]);
  });

  test("on the image lets in what gives the box its addresses, also where a router gives those of IPv6 (RFC 8415), and nothing else", async () => {
    const { heard } = await play(
      `ip addr add fe80::1/64 dev box nodad
      there ip addr add fe80::2/64 dev lan nodad
      there ip addr add 2001:db8::2/64 dev lan nodad
      ip addr add 2001:db8::1/64 dev box nodad
      for port in 546 547; do socat UDP6-RECVFROM:$port,fork EXEC:cat & done
      sleep 0.3
      # WHAT BOX SOURCE PORT
      udp6() { echo "$1 $(echo hello | there socat -t 0.25 - "UDP6:[$2]:$4,bind=[$3]:547,reuseaddr" 2>/dev/null || true)"; }
      firewall load
      nft -f ${STRICT}
      udp6 "DHCP" fe80::1%lan fe80::2%lan 546
      udp6 "what nobody asked for" fe80::1%lan fe80::2%lan 547
      udp6 "DHCP from afar" 2001:db8::1 2001:db8::2 546
      tcp "panel" ${LAN} ${PANEL}`,
      {},
    );
    expect([...heard]).toEqual(["DHCP", "panel"]);
  });

  test("loads its rules again when somebody has deleted them all, and leaves them alone when they are there", async () => {
    const { heard, said } = await play(
      `firewall load
      nft add element inet hotline trunks4 { ${OUTSIDE} }
      firewall keep
      udp "as they were" ${OUTSIDE} 6000 ${TRUNKS}
      nft flush ruleset
      firewall keep 2>&1
      tcp "panel from the LAN" ${LAN} ${PANEL}
      tcp "panel from outside" ${OUTSIDE} ${PANEL}
      udp "trunk" ${TRUNK} 6000 ${TRUNKS}`,
      trunkFile,
    );
    expect([...heard]).toEqual(["as they were", "panel from the LAN", "trunk"]);
    expect(said).toContain("deleted the rules");
  });
});
