/**
 * A stand-in for the repository of FreeSWITCH's vendor: signed, behind an access token, with small packages of our own that have
 * the vendor's names. Each only leaves a mark that it is installed.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join, normalize } from "node:path";
import { promisify } from "node:util";
import { temporaryDir } from "./temporary.ts";

const KEY = "signalwire-freeswitch-repo.gpg";
const USER = "signalwire";
const FIRST_VERSION = "1.11.1-1";
const run = promisify(execFile);

/**
 * A file that a package's script reads, on the machine where it is installed: what a test does in the midst of an installation. dpkg is its
 * $PPID.
 */
export const IN_THE_MIDST = "/srv/in-the-midst.sh";

/** Names of the packages that the switch's configuration needs. @param modules text of modules.conf.xml */
export function vendorsPackages(modules: string): string[] {
  const names = [...modules.matchAll(/<load module="mod_([a-z0-9_]+)"/g)].map((found) => found[1] ?? "");
  return ["freeswitch", ...names.map((name) => `freeswitch-mod-${name.replaceAll("_", "-")}`)];
}

export class VendorRepository {
  readonly token: string;
  /** As FREESWITCH_REPOSITORY. */
  readonly url: string;
  /** The folder with the .deb files. */
  readonly debs: string;
  /** Paths asked for without the right token. */
  readonly refused: string[];
  readonly close: () => Promise<void>;
  readonly #dir: string;
  readonly #codename: string;

  private constructor(
    parts: Pick<VendorRepository, "token" | "url" | "debs" | "refused" | "close"> & { dir: string; codename: string },
  ) {
    this.#dir = parts.dir;
    this.#codename = parts.codename;
    this.token = parts.token;
    this.url = parts.url;
    this.debs = parts.debs;
    this.refused = parts.refused;
    this.close = parts.close;
  }

  /**
   * @param options.label of the repository, as apt shows it; the vendor's if not given
   * @param options.address to listen at, on a free port
   */
  static async open(options: {
    codename: string;
    token: string;
    packages: readonly string[];
    label?: string;
    address?: string;
  }): Promise<VendorRepository> {
    const { codename, token, label = "FreeSWITCH", address: host = "127.0.0.1" } = options;
    const dir = await temporaryDir();
    const debs = join(dir.path, "pool");
    await mkdir(debs);
    for (const name of options.packages) await makePackage(join(dir.path, "building"), debs, name, FIRST_VERSION);
    await makeKey(dir.path);
    await sign(dir.path, codename, label);

    const refused: string[] = [];
    const expected = `Basic ${Buffer.from(`${USER}:${token}`).toString("base64")}`;
    const serve = async (request: IncomingMessage, response: ServerResponse) => {
      // apt writes a plus sign as %2b.
      const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://host").pathname));
      if (request.headers.authorization !== expected) {
        refused.push(path);
        response.writeHead(401, { "WWW-Authenticate": 'Basic realm="packages"' }).end();
        return;
      }
      const body = await readFile(join(dir.path, path)).catch(() => null);
      response.writeHead(body === null ? 404 : 200).end(body ?? undefined);
    };
    const server = createServer((request, response) => void serve(request, response)).listen(0, host);
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const close = async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await dir.remove();
    };
    return new VendorRepository({
      ...{ token, url: `http://${host}:${port}/`, debs, refused, close },
      ...{ dir: dir.path, codename },
    });
  }

  /** A command of the shell that makes apt, on the machine where it runs, take from here by the name `source`. */
  asSource(source: string): string {
    const auth = `/etc/apt/auth.conf.d/${source}.conf`;
    return [
      `install -m 600 /dev/null ${auth}`,
      `echo 'machine ${this.url} login ${USER} password ${this.token}' >${auth}`,
      `echo 'deb [trusted=yes] ${this.url} ${this.#codename} main' >/etc/apt/sources.list.d/${source}.list`,
    ].join("; ");
  }

  /** Gives packages out in a new version; the old ones are gone. */
  async release(names: readonly string[], version: string, label = "FreeSWITCH"): Promise<void> {
    for (const name of names) {
      for (const old of await readdir(this.debs)) if (old.startsWith(`${name}_`)) await rm(join(this.debs, old));
      await makePackage(join(this.#dir, "building"), this.debs, name, version);
    }
    await sign(this.#dir, this.#codename, label);
  }
}

async function makePackage(building: string, debs: string, name: string, version: string): Promise<void> {
  const root = join(building, name);
  await mkdir(join(root, "DEBIAN"), { recursive: true });
  const program = name === "freeswitch" ? "usr/bin/freeswitch" : `usr/lib/freeswitch/${name}`;
  await mkdir(join(root, program, ".."), { recursive: true });
  await writeFile(join(root, program), "#!/bin/sh\nexec sleep 3600\n");
  await chmod(join(root, program), 0o755);
  const fields = [
    `Package: ${name}`,
    `Version: ${version}`,
    "Architecture: all",
    "Maintainer: Hotline <none@example.org>",
  ];
  await writeFile(join(root, "DEBIAN/control"), `${[...fields, "Description: stand-in for a test"].join("\n")}\n`);
  // What a package's script can see of the token it could write down.
  const script = [
    ...["#!/bin/sh", `env >/var/log/${name}-environment.log`],
    ...[`if [ -e ${IN_THE_MIDST} ]; then . ${IN_THE_MIDST}; fi`, ""],
  ];
  await writeFile(join(root, "DEBIAN/postinst"), script.join("\n"), { mode: 0o755 });
  await run("dpkg-deb", ["--root-owner-group", "--build", root, join(debs, `${name}_${version}_all.deb`)]);
}

const gpgIn = (root: string) => {
  const home = join(root, "gnupg");
  return {
    home,
    gpg: async (...words: string[]) => await run("gpg", ["--homedir", home, "--batch", "--quiet", "--yes", ...words]),
  };
};

/** Of this repository's own. */
async function makeKey(root: string): Promise<void> {
  const { home, gpg } = gpgIn(root);
  await mkdir(home, { mode: 0o700 });
  await gpg("--passphrase", "", "--quick-generate-key", "Stand-in <none@example.org>", "rsa2048", "sign", "1d");
  await gpg("--export", "--output", join(root, KEY));
}

/** Packages and InRelease (apt's repository format). */
async function sign(root: string, codename: string, label: string): Promise<void> {
  const lists = join(root, "dists", codename, "main", "binary-amd64");
  await mkdir(lists, { recursive: true });
  const entries: string[] = [];
  for (const file of await readdir(join(root, "pool"))) {
    const path = join(root, "pool", file);
    const body = await readFile(path);
    const { stdout: control } = await run("dpkg-deb", ["--field", path]);
    const sha256 = createHash("sha256").update(body).digest("hex");
    entries.push(`${control.trim()}\nFilename: pool/${file}\nSize: ${body.length}\nSHA256: ${sha256}\n`);
  }
  const packages = `${entries.join("\n")}\n`;
  await writeFile(join(lists, "Packages"), packages);
  const sha256 = createHash("sha256").update(packages).digest("hex");
  const release = [
    ...[
      `Origin: ${label}`,
      `Label: ${label}`,
      `Suite: ${codename}`,
      `Codename: ${codename}`,
      "Architectures: amd64",
      "Components: main",
    ],
    ...[`Date: ${new Date().toUTCString().replace("GMT", "UTC")}`, "SHA256:"],
    ` ${sha256} ${Buffer.byteLength(packages)} main/binary-amd64/Packages`,
  ];
  const releaseFile = join(root, "Release");
  await writeFile(releaseFile, `${release.join("\n")}\n`);
  const { home, gpg } = gpgIn(root);
  await gpg("--clearsign", "--output", join(root, "dists", codename, "InRelease"), releaseFile);
  await run("gpgconf", ["--homedir", home, "--kill", "all"]);
}
