import { describe, expect, test } from "vitest";
import {
  checkExtension,
  checkExtensions,
  checkLogin,
  checkName,
  checkPassword,
  checkPhoneNumber,
  checkPort,
  checkServer,
} from "./field-rules.ts";

describe("what a form accepts before it asks the daemon", () => {
  test("names may be in any script but not empty and not endless", () => {
    expect(checkName("ნინო ბერიძე")).toBeNull();
    expect(checkName("   ")).toBe("required");
    expect(checkName("ა".repeat(101))).toBe("too-long");
  });

  test("an extension is 2 to 6 digits", () => {
    expect(checkExtension("101", "GE")).toBeNull();
    expect(checkExtension(" 101 ", "GE")).toBeNull();
    expect(checkExtension("", "GE")).toBe("required");
    for (const wrong of ["1", "1234567", "10a", "١٢٣", "+101"])
      expect(checkExtension(wrong, "GE")).toBe("not-an-extension");
  });

  test("an extension is no emergency number of the country", () => {
    expect(checkExtension(" 101 ", "MN")).toBe("emergency-number");
    expect(checkExtension("112", "GE")).toBe("emergency-number");
    expect(checkExtensions(["201", "102"], "RU")).toEqual([null, "emergency-number"]);
  });

  test("an extension stands once in a list; the later one is pointed at", () => {
    expect(checkExtensions(["101", "102", "101 "], "GE")).toEqual([null, null, "extension-taken"]);
    expect(checkExtensions(["101", "x"], "GE")).toEqual([null, "not-an-extension"]);
  });

  test("logins, passwords, servers, ports and numbers", () => {
    expect(checkLogin("nino.b@example.ge")).toBeNull();
    expect(checkLogin("ნინო")).toBe("not-a-login");
    expect(checkPassword("123456789")).toBe("password-too-short");
    expect(checkPassword("1234567890")).toBeNull();
    expect(checkServer("sip.example.ge")).toBeNull();
    expect(checkServer("[2001:db8::1]")).toBeNull();
    expect(checkServer("sip example")).toBe("not-a-server");
    expect(checkServer("sip.example.ge\n")).toBeNull();
    expect(checkPort(5060)).toBeNull();
    for (const wrong of [0, 65_536, 5060.5, "sip", ""]) expect(checkPort(wrong)).toBe("not-a-port");
    expect(checkPhoneNumber("+995 322 11-22-33")).toBeNull();
    expect(checkPhoneNumber("call us")).toBe("not-a-number");
  });
});
