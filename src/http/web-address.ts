import { z } from "zod";

/** Addresses that a server can be asked at; which ones are never asked is looked at when one is (look-ups/reachable-address.ts). */
export const webAddress = z
  .string()
  .trim()
  .max(2_000)
  .refine(
    (text) => {
      if (!URL.canParse(text)) return false;
      const { protocol, username, password } = new URL(text);
      return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
    },
    { error: "not-a-web-address" },
  );
