/** The languages of the panel and of the prompts (ISO 639-1). */
export const LANGUAGES = ["ka", "ru", "mn", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

export function isLanguage(text: string): text is Language {
  return (LANGUAGES as readonly string[]).includes(text);
}
