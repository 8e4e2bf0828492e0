/** Where restic keeps its encrypted repository, and how it gets there. */
import { join } from "node:path";
import type { BackupProblem, BackupTarget } from "../calls/backup.ts";

export interface TargetSecrets {
  password: string;
  /** Of S3. */
  s3Key: string | null;
  /** Path of the private key for SFTP. */
  sshKeyFile: string;
}

export interface Repository {
  /** restic's options before the command. */
  options: string[];
  env: Record<string, string>;
  /** Where it lies on a disk of this machine. */
  folder: string | null;
}

/** @param workDir of ours, for restic's cache and for what is known of SSH servers */
export function repositoryOf(target: BackupTarget, secrets: TargetSecrets, workDir: string): Repository {
  const env: Record<string, string> = {
    RESTIC_PASSWORD: secrets.password,
    RESTIC_CACHE_DIR: join(workDir, "cache"),
    TMPDIR: workDir,
    // One core is left to calls, whatever the other does.
    GOMAXPROCS: "1",
  };
  switch (target.kind) {
    case "path":
      return { options: ["--repo", target.path], env, folder: target.path };
    case "sftp":
      return {
        options: [
          "--repo",
          `sftp:${target.user}@${target.host}:${target.path}`,
          "-o",
          asCsv(`sftp.command=${ssh(target, secrets, workDir)}`),
        ],
        env,
        folder: null,
      };
    case "s3":
      return {
        options: ["--repo", `s3:${target.endpoint}/${target.bucket}${target.prefix === "" ? "" : `/${target.prefix}`}`],
        env: { ...env, AWS_ACCESS_KEY_ID: target.keyId, AWS_SECRET_ACCESS_KEY: secrets.s3Key ?? "" },
        folder: null,
      };
  }
}

/** restic reads values of `-o` as a line of CSV (RFC 4180). */
function asCsv(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** restic splits this into words as a shell does; host and user have been checked, the paths are ours. */
function ssh(
  { host, port, user }: Extract<BackupTarget, { kind: "sftp" }>,
  { sshKeyFile }: TargetSecrets,
  workDir: string,
): string {
  const quoted = (text: string) => `"${text}"`;
  return [
    ...[
      "ssh",
      "-F",
      "none",
      "-p",
      String(port),
      "-i",
      quoted(sshKeyFile),
      "-o",
      "IdentitiesOnly=yes",
      "-o",
      "BatchMode=yes",
    ],
    // The first server that answers is believed, another one in its place is not.
    ...["-o", "StrictHostKeyChecking=accept-new", "-o", quoted(`UserKnownHostsFile=${join(workDir, "known-hosts")}`)],
    ...[
      "-o",
      "ConnectTimeout=20",
      "-o",
      "ServerAliveInterval=15",
      "-o",
      "ServerAliveCountMax=4",
      "-l",
      user,
      host,
      "-s",
      "sftp",
    ],
  ].join(" ");
}

/** Codes that newer versions of restic end with (restic 0.17 and later; before, nearly everything was 1). */
const CODES: Readonly<Record<number, BackupProblem>> = {
  10: "no-repository",
  11: "locked",
  12: "wrong-password",
  127: "no-program",
};
/** Older versions tell what happened by words alone; the order matters, for some say two things. */
const WORDS: readonly (readonly [RegExp, BackupProblem])[] = [
  [
    /no space left on device|disk quota exceeded|QuotaExceeded|StorageFull|XMinioStorageFull|not enough space/i,
    "target-full",
  ],
  [/wrong password or no key found/i, "wrong-password"],
  [/repository is already locked|unable to create lock/i, "locked"],
  [
    // A key that S3 does not know is told in words that would pass for a repository that is not there.
    /permission denied|access ?denied|InvalidAccessKeyId|SignatureDoesNotMatch|does not exist in our records|signature we calculated does not match|read-only file system|Host key verification failed/i,
    "target-refused",
  ],
  [
    /connection refused|no such host|timed? ?out|no route to host|network is unreachable|connection (closed|reset)|could not resolve|dial tcp|unable to start the sftp session|unexpected EOF|input\/output error/i,
    "target-away",
  ],
  [/Is there a repository at the following location|unable to open config file|does not exist/i, "no-repository"],
];

/** What a failed run of restic means. */
export function problemFrom(code: number | null, stderr: string): BackupProblem {
  const byCode = code === null ? undefined : CODES[code];
  return byCode ?? WORDS.find(([words]) => words.test(stderr))?.[1] ?? "failed";
}
