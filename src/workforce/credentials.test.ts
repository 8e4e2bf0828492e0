import { expect, it } from "vitest";
import { hashPassword, isPassword, makeSipPassword, sipHa1 } from "./credentials.ts";

it("makes HA1 as RFC 2617 says", () => {
  // printf '101:hotline:secret' | md5sum
  expect(sipHa1("101", "secret")).toBe("47766659fcee061328c8a99c0d940449");
});

it("makes passwords that nobody has had before and everybody can type", () => {
  const made = new Set(Array.from({ length: 1000 }, makeSipPassword));
  expect(made.size).toBe(1000);
  for (const password of made) expect(password).toMatch(/^[a-hjkmnp-z2-9]{16}$/);
});

it("keeps passwords as argon2id and tells right from wrong", async () => {
  const kept = await hashPassword("საიდუმლო სიტყვა");
  expect(kept).toMatch(/^\$argon2id\$v=19\$/);
  expect(await isPassword(kept, "საიდუმლო სიტყვა")).toBe(true);
  expect(await isPassword(kept, "საიდუმლო სიტყვა ")).toBe(false);
  expect(await isPassword(null, "anything")).toBe(false);
});
