/**
 * The same menu in FreeSWITCH's own dialplan: our configuration, but for the dialplan and the guard, which without a daemon would do
 * nothing but search all channels each second. Call records are written as with us.
 */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "../../src/config/config.ts";
import { startFreeSwitch } from "../../src/freeswitch/launch.ts";
import { switchSettings } from "../../src/switch-settings.ts";
import { freeTcpPort, freeUdpPort, temporaryDir } from "../../src/testing/temporary.ts";
import type { MenuPrompt } from "./menu.ts";
import { CONFIGURATION_DIR } from "./product.ts";
import type { Target } from "./target.ts";

const RTP_PORTS = "10000-12999";
const GUARD = '<load module="mod_lua"/>';

export interface OpenNative {
  native: Target;
  close: () => Promise<void>;
}

/** @param productDir where the product's switch has made its certificates, which takes ten seconds */
export async function openNative(
  binary: string,
  productDir: string,
  prompts: Record<MenuPrompt, string>,
): Promise<OpenNative> {
  const dir = await temporaryDir();
  const sipPort = await freeUdpPort();
  const settings = switchSettings(
    readConfig({
      HOTLINE_DATA_DIR: dir.path,
      EVENT_SOCKET_PORT: `${await freeTcpPort()}`,
      HOTLINE_SIP_HOST: "127.0.0.1",
      HOTLINE_PHONE_SIP_PORT: `${await freeUdpPort()}`,
      HOTLINE_TRUNK_SIP_PORT: `${sipPort}`,
      HOTLINE_TRUNK_TLS_PORT: `${await freeTcpPort()}`,
      HOTLINE_RTP_PORTS: RTP_PORTS,
    }),
  );
  const configurationDir = join(dir.path, "configuration");
  await cp(CONFIGURATION_DIR, configurationDir, { recursive: true });
  await writeFile(join(configurationDir, "dialplan", "public.xml"), dialplan(prompts));
  const modules = join(configurationDir, "autoload", "modules.conf.xml");
  const withGuard = await readFile(modules, "utf8");
  if (!withGuard.includes(GUARD)) throw new Error(`${modules} does not load the guard`);
  await writeFile(modules, withGuard.replace(GUARD, ""));
  const certificates = join("freeswitch", "certs");
  await mkdir(join(dir.path, "freeswitch"), { recursive: true, mode: 0o700 });
  await cp(join(productDir, certificates), join(dir.path, certificates), { recursive: true });
  const running = await startFreeSwitch({ binary, configurationDir, settings });
  const close = async () => {
    await running.stop();
    await dir.remove();
  };
  const native: Target = {
    name: "native",
    sipPort,
    switchPid: running.pid,
    daemonPid: null,
    loggedCalls: () => Promise.resolve(0),
  };
  return { native, close };
}

function dialplan(prompts: Record<MenuPrompt, string>): string {
  return `<include>
  <context name="public">
    <extension name="menu">
      <condition>
        <action application="answer"/>
        <action application="playback" data="${prompts.greeting}"/>
        <action application="play_and_get_digits" data="1 1 2 5000 # ${prompts.menu} silence_stream://10 choice \\d"/>
        <action application="playback" data="${prompts.information}"/>
        <action application="playback" data="${prompts.goodbye}"/>
        <action application="hangup" data="NORMAL_CLEARING"/>
      </condition>
    </extension>
  </context>
</include>
`;
}
