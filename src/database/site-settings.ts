import { sql } from "kysely";
import { type AlertSettings, USUAL_ALERTS } from "../calls/alert.ts";
import { isLanguage, type Language } from "../calls/language.ts";
import type { Country } from "../calls/phone-number.ts";
import { NO_VOICE_SERVERS, type VoiceServer, type VoiceServers } from "../calls/voice-server.ts";
import { type RedialSettings, USUAL_REDIAL } from "../flows/redial/due.ts";
import type { Db, Tx } from "./schema.ts";

export interface SiteSettings {
  firmName: string;
  timeZone: string;
  country: Country;
  language: Language;
  /** First is the default. Never empty. */
  callerLanguages: Language[];
  recordCalls: boolean;
  /** Null: recordings are kept for ever. */
  retentionDays: number | null;
  redial: RedialSettings;
  alerts: AlertSettings;
  /** Servers that speak instead of our own voice. */
  voices: VoiceServers;
}

const KEYS = [
  "firmName",
  "timeZone",
  "country",
  "language",
  "callerLanguages",
  "recordCalls",
  "retentionDays",
  "redial",
  "alerts",
] as const;

/** What holds before the first start is done. */
export const UNCONFIGURED: SiteSettings = {
  firmName: "",
  timeZone: "UTC",
  country: "GE",
  language: "en",
  callerLanguages: ["en"],
  recordCalls: true,
  retentionDays: null,
  redial: USUAL_REDIAL,
  alerts: USUAL_ALERTS,
  voices: NO_VOICE_SERVERS,
};

/** Null before the first start is done. */
export async function readSiteSettings(db: Db | Tx): Promise<SiteSettings | null> {
  const rows = await db.selectFrom("site_settings").select(["key", "value"]).execute();
  const values = new Map(rows.map((row) => [row.key, row.value]));
  if (!values.has("language")) return null;
  const text = (key: (typeof KEYS)[number], usual: string) => {
    const value = values.get(key);
    return typeof value === "string" ? value : usual;
  };
  const language = text("language", UNCONFIGURED.language);
  const offered = values.get("callerLanguages");
  const callerLanguages = Array.isArray(offered)
    ? offered.filter((word): word is Language => typeof word === "string" && isLanguage(word))
    : [];
  const days = values.get("retentionDays");
  return {
    firmName: text("firmName", ""),
    timeZone: text("timeZone", UNCONFIGURED.timeZone),
    country: text("country", UNCONFIGURED.country) as Country,
    language: isLanguage(language) ? language : UNCONFIGURED.language,
    callerLanguages: callerLanguages.length > 0 ? callerLanguages : [UNCONFIGURED.language],
    recordCalls: values.get("recordCalls") !== false,
    retentionDays: typeof days === "number" ? days : null,
    // Written whole, by us alone.
    redial: { ...USUAL_REDIAL, ...(values.get("redial") as Partial<RedialSettings> | undefined) },
    alerts: { ...USUAL_ALERTS, ...(values.get("alerts") as Partial<AlertSettings> | undefined) },
    voices: { ...NO_VOICE_SERVERS, ...(values.get("voices") as Partial<VoiceServers> | undefined) },
  };
}

/** The firm's country, which stays what it is until the transaction has ended. */
export async function holdCountry(tx: Tx): Promise<Country> {
  const row = await tx
    .selectFrom("site_settings")
    .select("value")
    .where("key", "=", "country")
    .forShare()
    .executeTakeFirst();
  return typeof row?.value === "string" ? (row.value as Country) : UNCONFIGURED.country;
}

/** To be asked before they are read by who changes some of them: whoever does so at the same moment waits, and changes what has become of them. */
export async function holdSiteSettings(tx: Tx): Promise<void> {
  await sql`lock table site_settings in share row exclusive mode`.execute(tx);
}

/** Null: our own voice speaks it, if there is one. */
export async function writeVoiceServer(tx: Tx, language: Language, server: VoiceServer | null): Promise<void> {
  await holdSiteSettings(tx);
  const before = (await readSiteSettings(tx))?.voices ?? NO_VOICE_SERVERS;
  await writeSetting(tx, [{ key: "voices", value: JSON.stringify({ ...before, [language]: server }) }]);
}

export async function writeSiteSettings(tx: Tx, settings: SiteSettings): Promise<void> {
  await writeSetting(
    tx,
    KEYS.map((key) => ({ key, value: JSON.stringify(settings[key]) })),
  );
}

async function writeSetting(tx: Tx, rows: { key: string; value: string }[]): Promise<void> {
  await tx
    .insertInto("site_settings")
    .values(rows)
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((row) => ({ value: row.ref("excluded.value"), updated_at: new Date() })),
    )
    .execute();
}
