/** What a mail with a message says, in the site's language. */
import type { Language } from "../calls/language.ts";

export interface MessageFacts {
  /** As the switch delivered them: any text. */
  callerNumber: string;
  callerName: string;
  isCallerHidden: boolean;
  dialled: string;
  startedAt: Date;
  durationMs: number;
}

interface Words {
  subject: (who: string, length: string) => string;
  hidden: string;
  from: string;
  to: string;
  at: string;
  length: string;
  attached: string;
}

const WORDS: Record<Language, Words> = {
  ka: {
    subject: (who, length) => `ხმოვანი შეტყობინება: ${who} (${length})`,
    hidden: "დაფარული ნომერი",
    from: "ვისგან",
    to: "დარეკა ნომერზე",
    at: "როდის",
    length: "ხანგრძლივობა",
    attached: "შეტყობინება თანდართულია.",
  },
  ru: {
    subject: (who, length) => `Голосовое сообщение: ${who} (${length})`,
    hidden: "номер скрыт",
    from: "От кого",
    to: "Звонили на номер",
    at: "Когда",
    length: "Длительность",
    attached: "Сообщение приложено.",
  },
  mn: {
    subject: (who, length) => `Дуут мессеж: ${who} (${length})`,
    hidden: "дугаар нууцлагдсан",
    from: "Хэнээс",
    to: "Залгасан дугаар",
    at: "Хэзээ",
    length: "Үргэлжлэх хугацаа",
    attached: "Мессежийг хавсаргав.",
  },
  en: {
    subject: (who, length) => `Voice message from ${who} (${length})`,
    hidden: "a hidden number",
    from: "From",
    to: "Called",
    at: "When",
    length: "Length",
    attached: "The message is attached.",
  },
};

export function messageText(facts: MessageFacts, language: Language, timeZone: string) {
  const words = WORDS[language];
  const number = facts.isCallerHidden ? words.hidden : oneLine(facts.callerNumber) || words.hidden;
  const name = oneLine(facts.callerName);
  const length = duration(facts.durationMs);
  const at = new Intl.DateTimeFormat(language, { timeZone, dateStyle: "full", timeStyle: "short" });
  const lines = [
    `${words.from}: ${name === "" || name === number ? number : `${number} (${name})`}`,
    `${words.to}: ${oneLine(facts.dialled)}`,
    `${words.at}: ${at.format(facts.startedAt)}`,
    `${words.length}: ${length}`,
    "",
    words.attached,
  ];
  return { subject: words.subject(number, length), text: lines.join("\n") };
}

/** `2:05` */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Callers choose their names: no control signs, no direction marks, and not endless. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, 80);
}
