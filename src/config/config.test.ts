import { describe, expect, it } from "vitest";
import { ConfigError, type Machine, readConfig, thisMachine } from "./config.ts";

const machine: Machine = {
  isRoot: false,
  homeDir: "/home/shop",
  lanAddress: "192.0.2.7",
  isExecutable: (path) => path === "/usr/bin/freeswitch",
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env, machine);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("reading the environment", () => {
  it("needs nothing set", () => {
    expect(readConfig({ PATH: "/bin" }, machine)).toEqual({
      dataDir: "/home/shop/.local/share/hotline",
      http: { host: null, port: 8080 },
      httpsPort: null,
      databaseUrl: null,
      eventSocket: { host: "127.0.0.1", port: 8021, password: null },
      freeswitchBin: null,
      sip: { host: "192.0.2.7", isHostGiven: false, phonePort: 5060, trunkPort: 5080, trunkTlsPort: 5081 },
      rtpPorts: { first: 16384, last: 32768 },
      lookUpsAllowed: [],
      updateTrialSeconds: 600,
      certificateFile: null,
      acmeDirectory: "https://acme-v02.api.letsencrypt.org/directory",
      switchRequests: null,
      backupPrograms: null,
      boxDir: "/run/hotline-box",
      logLevel: "info",
    });
  });

  it("takes what is set, and an empty variable as unset", () => {
    const config = readConfig(
      {
        HOTLINE_DATA_DIR: "/srv/hotline",
        HOTLINE_HTTP_HOST: "127.0.0.1",
        HOTLINE_HTTP_PORT: "18080",
        DATABASE_URL: "postgresql://shop:secret@db:5432/hotline",
        EVENT_SOCKET_HOST: "switch.example",
        EVENT_SOCKET_PORT: "",
        EVENT_SOCKET_PASSWORD: "s3 cret",
        FREESWITCH_BIN: "/usr/bin/freeswitch",
        HOTLINE_SIP_HOST: "::1",
        HOTLINE_RTP_PORTS: "20000 - 20100",
        HOTLINE_LOOK_UPS_ALLOWED: "127.0.0.1:8069, ERP.local:80",
        LOG_LEVEL: "debug",
      },
      machine,
    );
    expect(config).toMatchObject({
      dataDir: "/srv/hotline",
      http: { host: "127.0.0.1", port: 18080 },
      databaseUrl: "postgresql://shop:secret@db:5432/hotline",
      eventSocket: { host: "switch.example", port: 8021, password: "s3 cret" },
      freeswitchBin: "/usr/bin/freeswitch",
      sip: { host: "::1", isHostGiven: true },
      rtpPorts: { first: 20000, last: 20100 },
      lookUpsAllowed: ["127.0.0.1:8069", "erp.local:80"],
      logLevel: "debug",
    });
  });

  it("puts root's data where the system keeps it, and others' where XDG says", () => {
    expect(readConfig({}, { ...machine, isRoot: true }).dataDir).toBe("/var/lib/hotline");
    expect(readConfig({ XDG_DATA_HOME: "/data" }, machine).dataDir).toBe("/data/hotline");
    expect(readConfig({ XDG_DATA_HOME: "relative" }, machine).dataDir).toBe("/home/shop/.local/share/hotline");
  });

  it("reports every mistake together, by name, with what is expected", () => {
    expect(
      problemsOf({
        HOTLINE_DATA_DIR: "here",
        HOTLINE_HTTP_PORT: "70000",
        EVENT_SOCKET_PORT: "8021x",
        HOTLINE_SIP_HOST: "box.local",
        HOTLINE_RTP_PORTS: "20000-20001",
        HOTLINE_LOOK_UPS_ALLOWED: "127.0.0.1",
        FREESWITCH_BIN: "/nowhere/freeswitch",
        LOG_LEVEL: "loud",
        HOTLINE_HTPP_HOST: "::",
      }),
    ).toEqual([
      'HOTLINE_DATA_DIR: an absolute path is expected, got "here"',
      'HOTLINE_HTTP_PORT: a port from 1 to 65535 is expected, got "70000"',
      'EVENT_SOCKET_PORT: a port from 1 to 65535 is expected, got "8021x"',
      'FREESWITCH_BIN: the absolute path of a program is expected, got "/nowhere/freeswitch"',
      'HOTLINE_SIP_HOST: an IP address of this machine is expected, got "box.local"',
      'HOTLINE_RTP_PORTS: two ports as in 16384-32768, at least 10 apart is expected, got "20000-20001"',
      'HOTLINE_LOOK_UPS_ALLOWED: addresses with ports as in 127.0.0.1:8069,erp.local:80 is expected, got "127.0.0.1"',
      'LOG_LEVEL: one of fatal, error, warn, info, debug, trace, silent is expected, got "loud"',
      expect.stringMatching(/^HOTLINE_HTPP_HOST: no such variable; known are HOTLINE_DATA_DIR, HOTLINE_HTTP_HOST/),
    ]);
  });

  it("never repeats a secret, not even a wrong one", () => {
    const problems = problemsOf({
      DATABASE_URL: "mysql://shop:hunter2@db/hotline",
      EVENT_SOCKET_PASSWORD: "hunter2\nauth",
    });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain("hunter2");
  });

  it("refuses one port for phones and trunks", () => {
    expect(problemsOf({ HOTLINE_TRUNK_SIP_PORT: "5060" })).toEqual([
      'HOTLINE_TRUNK_SIP_PORT: another port than HOTLINE_PHONE_SIP_PORT is expected, got "5060"',
    ]);
  });

  it("refuses one port for HTTP and HTTPS", () => {
    expect(problemsOf({ HOTLINE_HTTPS_PORT: "8080" })).toEqual([
      'HOTLINE_HTTPS_PORT: another port than HOTLINE_HTTP_PORT is expected, got "8080"',
    ]);
    expect(problemsOf({ HOTLINE_HTTPS_PORT: "8443" })).toEqual([]);
  });

  it("knows which programs this machine can run", () => {
    expect(thisMachine().isExecutable(process.execPath)).toBe(true);
    expect(thisMachine().isExecutable("/nowhere/program")).toBe(false);
  });
});
