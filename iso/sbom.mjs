/**
 * The image's bill of materials: CycloneDX 1.5 (JSON), on standard output. Debian's packages as installed, npm's as bundled.
 * Usage: node sbom.mjs PACKAGES PACKAGE_LOCK VERSION EPOCH   PACKAGES: name, version, architecture, source; tabs between
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const [packagesFile, lockFile, version, epoch] = process.argv.slice(2);
const debian = readFileSync(packagesFile, "utf8")
  .trim()
  .split("\n")
  .map((line) => {
    const [name, debVersion, architecture, source] = line.split("\t");
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(debVersion)}?arch=${architecture}`;
    return {
      ...{ type: "library", "bom-ref": purl, name, version: debVersion, purl },
      properties: [{ name: "debian:source", value: source }],
    };
  });
const lock = JSON.parse(readFileSync(lockFile, "utf8"));
const npm = Object.entries(lock.packages)
  .filter(([path, entry]) => path !== "" && !entry.dev && !entry.optional && !entry.link)
  .map(([path, entry]) => {
    const name = entry.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const purl = `pkg:npm/${name.replace("@", "%40")}@${entry.version}`;
    const hashes = entry.integrity?.startsWith("sha512-")
      ? [{ alg: "SHA-512", content: Buffer.from(entry.integrity.slice("sha512-".length), "base64").toString("hex") }]
      : [];
    const licenses = entry.license ? [{ license: { name: entry.license } }] : [];
    return { type: "library", "bom-ref": purl, name, version: entry.version, purl, hashes, licenses };
  });
const components = [...new Map([...debian, ...npm].map((one) => [one["bom-ref"], one])).values()];
const digest = createHash("sha256").update(JSON.stringify(components)).digest("hex");
const uuid = [
  digest.slice(0, 8),
  digest.slice(8, 12),
  `4${digest.slice(13, 16)}`,
  `8${digest.slice(17, 20)}`,
  digest.slice(20, 32),
];
const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  serialNumber: `urn:uuid:${uuid.join("-")}`,
  version: 1,
  metadata: {
    timestamp: new Date(Number(epoch) * 1000).toISOString(),
    component: { type: "operating-system", "bom-ref": "hotline", name: "hotline", version },
  },
  components,
};
process.stdout.write(`${JSON.stringify(bom, null, 1)}\n`);
