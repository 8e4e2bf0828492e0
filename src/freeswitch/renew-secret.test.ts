import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { LabSwitch } from "../lab/switch/switch.ts";
import { freeTcpPort, freeUdpPort, withTemporaryDir } from "../testing/temporary.ts";
import { EslConnection } from "./esl-connection.ts";
import { prepareSwitchFiles, readSwitchSecret, type SwitchSettings, switchPaths } from "./generated-config.ts";
import { renewSwitchSecret } from "./renew-secret.ts";

const configurationDir = fileURLToPath(new URL("../../freeswitch-conf", import.meta.url));

async function withSettings(work: (settings: SwitchSettings) => Promise<void>): Promise<void> {
  await withTemporaryDir(async (dataDir) => {
    const settings: SwitchSettings = {
      ...{ dataDir, promptsDir: join(dataDir, "prompts"), eventSocketPort: await freeTcpPort() },
      ...{ sipAddress: "127.0.0.1", phonesPort: await freeUdpPort(), trunksPort: await freeUdpPort() },
      ...{ trunksTlsPort: await freeTcpPort(), rtpFirstPort: 40_200, rtpLastPort: 40_300, codecs: ["PCMA"] },
      ...{ language: "en", emergencyNumbers: ["112"], outsidePattern: "^([0-9]{3,15})$", logLevel: "warning" },
      ...{ recordCalls: true, numbersRecording: [], waysOut: [] },
    };
    await prepareSwitchFiles(settings);
    await work(settings);
  });
}

test("a running switch takes another secret over, and refuses the old one", async () => {
  await withSettings(async (settings) => {
    const lab = new LabSwitch({ configurationDir, storageDir: switchPaths(settings.dataDir).root });
    await lab.start();
    try {
      const before = await readSwitchSecret(settings.dataDir);
      const connected = new EslConnection({ host: "127.0.0.1", port: settings.eventSocketPort, secret: before });
      const lost = new Promise((resolve) => {
        connected.onLost = resolve;
      });
      await connected.open(5_000);
      expect(await renewSwitchSecret(settings)).toBe("taken");
      await lost;
      const after = await readSwitchSecret(settings.dataDir);
      expect(after).toMatch(/^[0-9a-f]{48}$/);
      const old = new EslConnection({ host: "127.0.0.1", port: settings.eventSocketPort, secret: before });
      await expect(old.open(5_000)).rejects.toMatchObject({ reason: "wrong-secret" });
      const fresh = new EslConnection({ host: "127.0.0.1", port: settings.eventSocketPort, secret: after });
      await fresh.open(5_000);
      fresh.close();
      const { vars, secret } = switchPaths(settings.dataDir);
      expect(await readFile(vars, "utf8")).not.toContain(before);
      for (const file of [vars, secret]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    } finally {
      await lab.stop();
    }
  });
});

test("where no switch runs the next start finds the new one; where another listens, the old one stays", async () => {
  await withSettings(async (settings) => {
    const before = await readSwitchSecret(settings.dataDir);
    expect(await renewSwitchSecret(settings)).toBe("at-next-start");
    const after = await readSwitchSecret(settings.dataDir);
    expect(after).not.toBe(before);

    await withSettings(async (others) => {
      const lab = new LabSwitch({ configurationDir, storageDir: switchPaths(others.dataDir).root });
      await lab.start();
      try {
        const mistaken = { ...settings, eventSocketPort: others.eventSocketPort };
        await expect(renewSwitchSecret(mistaken)).rejects.toMatchObject({ reason: "wrong-secret" });
        expect(await readSwitchSecret(settings.dataDir)).toBe(after);
      } finally {
        await lab.stop();
      }
    });
  });
});
