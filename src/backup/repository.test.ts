import { expect, test } from "vitest";
import { problemFrom, repositoryOf } from "./repository.ts";

/** What restic 0.14 of Debian 12 and later ones were seen to say. */
test.each([
  [127, "nice: 'restic': No such file or directory", "no-program"],
  [1, "Fatal: wrong password or no key found", "wrong-password"],
  [12, "Fatal: wrong password or no key found", "wrong-password"],
  [
    1,
    "Fatal: unable to open config file: stat /x/config: no such file\nIs there a repository at the following location?",
    "no-repository",
  ],
  [10, "", "no-repository"],
  [11, "", "locked"],
  [1, "Save(<data/1f>) returned error: write /x/data/1f: no space left on device", "target-full"],
  [1, "Fatal: create repository at /x failed: mkdir /x: permission denied", "target-refused"],
  [1, "subprocess ssh: ssh: connect to host nas.local port 22: Connection refused", "target-away"],
  [1, "subprocess ssh: Host key verification failed.\nFatal: unable to start the sftp session", "target-refused"],
  [1, "client.BucketExists: dial tcp: lookup s3.example.com: no such host", "target-away"],
  [null, "", "failed"],
] as const)("ended with %s: %s", (code, words, problem) => {
  expect(problemFrom(code, words)).toBe(problem);
});

test("secrets are in the environment and never among the words of a command, which everybody can list", () => {
  const secrets = { password: "pass-word", s3Key: "s3-key", sshKeyFile: "/data/secrets/backup-ssh-key" };
  const s3 = { kind: "s3" as const, endpoint: "https://s3.example.com", bucket: "shop", prefix: "a/b", keyId: "id" };
  const { options, env } = repositoryOf(s3, secrets, "/data/backup");
  expect(options).toEqual(["--repo", "s3:https://s3.example.com/shop/a/b"]);
  expect(env).toMatchObject({ RESTIC_PASSWORD: "pass-word", AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s3-key" });
  const sftp = { kind: "sftp" as const, host: "nas.local", port: 2222, user: "shop", path: "hotline" };
  const far = repositoryOf(sftp, secrets, "/data/backup").options.join(" ");
  expect(far).toContain("sftp:shop@nas.local:hotline");
  expect(far).toContain('-p 2222 -i ""/data/secrets/backup-ssh-key""');
  expect(far).not.toMatch(/pass-word|s3-key/);
});
