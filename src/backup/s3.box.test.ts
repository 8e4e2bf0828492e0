/**
 * Backups to S3, against a server on loopback: moto, as Debian 13 has it, in a Debian of its own. It takes root (mmdebstrap), so it is no part
 * of `make test`.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { addRecording, finish, none, settings, withBox } from "../testing/backed-up-box.ts";
import { DebianRoot } from "../testing/debian-root.ts";
import { freeTcpPort } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { until } from "../testing/until.ts";

const MAKE_MS = 600_000;
const START_MS = 60_000;
const BUCKET = "hotline-backups";
/** Makes an account with a key, then a bucket. */
const ACCOUNT = `
import boto3, json, sys
at = dict(endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
iam = boto3.client("iam", **at)
iam.create_user(UserName="hotline")
allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="hotline", PolicyName="backups", PolicyDocument=json.dumps(allowed))
key = iam.create_access_key(UserName="hotline")["AccessKey"]
boto3.client("s3", **at).create_bucket(Bucket=sys.argv[2])
print(json.dumps({"keyId": key["AccessKeyId"], "s3Key": key["SecretAccessKey"]}))
`;

let debian: DebianRoot;
let server: ReturnType<DebianRoot["start"]>["child"];
let endpoint: string;
let account: { keyId: string; s3Key: string };

beforeAll(async () => {
  debian = await DebianRoot.make("trixie", { packages: ["python3-moto", "python3-flask-cors"], hasOurNode: false });
  const port = await freeTcpPort();
  endpoint = `http://127.0.0.1:${port}`;
  const started = debian.start([
    "python3",
    "-c",
    "from moto.server import main; main()",
    "-H",
    "127.0.0.1",
    "-p",
    `${port}`,
  ]);
  server = started.child;
  await until(
    "the S3 server listens",
    async () => {
      if (server.exitCode !== null) throw new Error((await started.ended).said);
      return await fetch(`${endpoint}/moto-api/`).then(
        () => true,
        () => false,
      );
    },
    START_MS,
  );
  const { code, said } = await debian.run(["python3", "-c", ACCOUNT, endpoint, BUCKET]);
  if (code !== 0) throw new Error(`no account: ${said}`);
  account = JSON.parse(said.trim().split("\n").at(-1) ?? "") as typeof account;
}, MAKE_MS);
afterAll(async () => await debian?.remove(), START_MS);

const target = (change: { keyId?: string; bucket?: string } = {}) => ({
  ...{ kind: "s3" as const, endpoint, bucket: BUCKET, prefix: "shop", keyId: account.keyId },
  ...change,
});

test("a backup goes to S3, a second one adds to it, and what is brought back is what was there", {
  timeout: MAKE_MS,
}, async () => {
  await withTestDatabase((database) =>
    withBox(database, async (box) => {
      await addRecording(box, "what the caller said");
      const given = { ...none, s3Key: account.s3Key };
      const { newPassword } = await box.desk.configure({ ...settings(""), target: target() }, given);
      expect(newPassword).not.toBeNull();
      expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
      await addRecording(box, "what the operator said");
      expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
      expect(await finish(box.desk, "drill")).toMatchObject({ isGood: true, figures: { compared: 2 } });
      // Of one day the last is kept.
      expect(await box.desk.snapshots()).toHaveLength(1);

      // As new hardware would look: by password and key alone, and without one of them not at all.
      const place = { target: target(), password: newPassword ?? "", s3Key: account.s3Key };
      expect(await box.desk.snapshots(place)).toHaveLength(1);
      await expect(box.desk.snapshots({ ...place, password: "another" })).rejects.toMatchObject({
        problem: "wrong-password",
      });
      await expect(box.desk.snapshots({ ...place, target: { ...target(), prefix: "empty" } })).rejects.toMatchObject({
        problem: "no-repository",
      });
      // From now on it looks who signs. (Of lists it judges signatures wrongly, so not from the beginning.)
      await fetch(`${endpoint}/moto-api/reset-auth`, { method: "POST", body: "0" });
      for (const wrong of [{ s3Key: "not-the-key" }, { target: target({ keyId: "nobody" }) }])
        await expect(box.desk.snapshots({ ...place, ...wrong })).rejects.toMatchObject({ problem: "target-refused" });

      await debian.stop(server);
      expect(await finish(box.desk, "backup")).toMatchObject({ isGood: false, problem: "target-away" });
    }),
  );
});
