/** Passwords of people and of phones: made, kept as hashes, checked. */
import { createHash, randomInt } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";

/** Fixed, so that phones keep their registration when the box's address changes. */
const SIP_REALM = "hotline";

/** No letters that look alike: people type it into desk phones. 31^16 is about 2^79. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const SIP_PASSWORD_LENGTH = 16;

export function makeSipPassword(): string {
  return Array.from({ length: SIP_PASSWORD_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

/** HA1 of digest authentication (RFC 2617, section 3.2.2.2), hex: all that the switch needs. */
export function sipHa1(extension: string, password: string): string {
  return createHash("md5").update(`${extension}:${SIP_REALM}:${password}`).digest("hex");
}

/** argon2id with the library's parameters (19 MiB, 2 passes: OWASP's first choice), in PHC form. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(password);
}

/** A hash of nothing that anybody knows: checking against it takes as long as against a real one. */
let decoy: Promise<string> | undefined;

/** Takes the same time whether the user exists (`passwordHash` null) or not. */
export async function isPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hash(makeSipPassword());
  const isRight = await verify(passwordHash ?? (await decoy), password);
  return isRight && passwordHash !== null;
}
