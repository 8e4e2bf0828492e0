import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { IntlProvider, useIntl } from "react-intl";
import { isLanguage, LANGUAGES, type Language } from "../../calls/language.ts";
import { loadPart } from "../parts/load-part.ts";
import type en from "./en.json";

export type MessageKey = keyof typeof en;
type Messages = Record<MessageKey, string>;

/** Each language in its own name: these are never translated. */
export const LANGUAGE_NAMES: Record<Language, string> = {
  ka: "ქართული",
  ru: "Русский",
  mn: "Монгол",
  en: "English",
};

const loaders: Record<Language, () => Promise<{ default: Messages }>> = {
  en: () => import("./en.json"),
  ka: () => import("./ka.json"),
  ru: () => import("./ru.json"),
  mn: () => import("./mn.json"),
};

const STORED = "hotline-language";

/** What to speak before anybody signed in: chosen earlier in this browser, else the browser's own, else English. */
function firstLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored !== null && isLanguage(stored)) return stored;
  for (const wanted of navigator.languages) {
    const [language = ""] = wanted.toLowerCase().split("-");
    if (isLanguage(language)) return language;
  }
  return "en";
}

interface LanguageChoice {
  language: Language;
  /** True when this browser chose a language before. */
  isChosen: boolean;
  choose: (language: Language) => void;
}

const LanguageContext = createContext<LanguageChoice | null>(null);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [wanted, setWanted] = useState<Language>(firstLanguage);
  const [isChosen, setChosen] = useState(() => localStorage.getItem(STORED) !== null);
  const [shown, setShown] = useState<{ language: Language; messages: Messages } | null>(null);

  useEffect(() => {
    let isCurrent = true;
    const load = async () => {
      const messages = (await loadPart(loaders[wanted])).default;
      if (!isCurrent) return;
      document.documentElement.lang = wanted;
      setShown({ language: wanted, messages });
    };
    load().catch(reportError);
    return () => {
      isCurrent = false;
    };
  }, [wanted]);

  const choose = useCallback((language: Language) => {
    localStorage.setItem(STORED, language);
    setChosen(true);
    setWanted(language);
  }, []);
  const shownLanguage = shown?.language ?? wanted;
  const choice = useMemo(() => ({ language: shownLanguage, isChosen, choose }), [shownLanguage, isChosen, choose]);

  if (shown === null) return null;
  return (
    <LanguageContext value={choice}>
      <IntlProvider locale={shown.language} messages={shown.messages} onError={reportUnlessLocaleData}>
        {children}
      </IntlProvider>
    </LanguageContext>
  );
}

/** Browsers that lack date formats for Georgian or Mongolian are no concern: the panel formats dates and numbers itself. */
function reportUnlessLocaleData(error: Error & { code?: string }): void {
  if (error.code !== "MISSING_DATA") reportError(error);
}

export function useLanguage(): LanguageChoice {
  const choice = useContext(LanguageContext);
  if (choice === null) throw new Error("useLanguage outside of LanguageProvider");
  return choice;
}

export type Translate = (key: MessageKey, values?: Record<string, string | number>) => string;

/** The words of the panel in the language of the one who looks at it. */
export function useWords(): Translate {
  const intl = useIntl();
  return useCallback((key, values) => intl.formatMessage({ id: key }, values), [intl]);
}

export { LANGUAGES };
