/**
 * What the prompts say. Short, because the caller waits; digits as words, in the form that the sentence wants.
 * Mongolian has no voice: its texts are there to be read aloud by the owner.
 */
import type { Digit } from "../calls/digit.ts";
import type { Language } from "../calls/language.ts";
import type { PromptName } from "./prompt-names.ts";
import { TEMPLATE_TEXTS, type TemplatePromptName } from "./template-texts.ts";

/** What the sentences depend on, so that no prompt promises what the call flow does not do. */
export interface PromptFacts {
  operatorsDigit: Digit;
  /** Null: the menu has no information. */
  informationDigit: Digit | null;
  /** Whether callers have to be told that they are recorded. */
  isRecorded: boolean;
}

export const USUAL_FACTS: PromptFacts = { operatorsDigit: "1", informationDigit: "2", isRecorded: true };

type DigitWords = Record<Digit, string>;
type Texts = Record<Exclude<PromptName, TemplatePromptName>, string>;

/** Sentences in one language, made from the facts; empty parts leave no trace. */
type Speaker = (facts: { toOperators: string; toInformation: string | null; isRecorded: boolean }) => Texts;

const KA_DIGITS: DigitWords = {
  "0": "ნულს",
  "1": "ერთს",
  "2": "ორს",
  "3": "სამს",
  "4": "ოთხს",
  "5": "ხუთს",
  "6": "ექვსს",
  "7": "შვიდს",
  "8": "რვას",
  "9": "ცხრას",
  "*": "ვარსკვლავს",
  "#": "დიეზს",
};
const RU_DIGITS: DigitWords = {
  "0": "ноль",
  "1": "один",
  "2": "два",
  "3": "три",
  "4": "четыре",
  "5": "пять",
  "6": "шесть",
  "7": "семь",
  "8": "восемь",
  "9": "девять",
  "*": "звёздочку",
  "#": "решётку",
};
const MN_DIGITS: DigitWords = {
  "0": "тэгийг",
  "1": "нэгийг",
  "2": "хоёрыг",
  "3": "гурвыг",
  "4": "дөрвийг",
  "5": "тавыг",
  "6": "зургааг",
  "7": "долоог",
  "8": "наймыг",
  "9": "есийг",
  "*": "одыг",
  "#": "хэшийг",
};
const EN_DIGITS: DigitWords = {
  "0": "zero",
  "1": "one",
  "2": "two",
  "3": "three",
  "4": "four",
  "5": "five",
  "6": "six",
  "7": "seven",
  "8": "eight",
  "9": "nine",
  "*": "star",
  "#": "hash",
};

const ka: Speaker = ({ toOperators, toInformation, isRecorded }) => {
  const menu = `ოპერატორთან დასაკავშირებლად დააჭირეთ ${toOperators}.`;
  const recorded = isRecorded && "საუბარი იწერება.";
  return {
    greeting: "გამარჯობა. თქვენ დარეკეთ ჩვენს ცხელ ხაზზე.",
    menu: sentences(
      menu,
      toInformation !== null && `სამუშაო საათებისა და მისამართის მოსასმენად დააჭირეთ ${toInformation}.`,
    ),
    information: `სამუშაო საათებსა და მისამართს სიამოვნებით გეტყვით ოპერატორი. ${menu}`,
    closed:
      "გმადლობთ, რომ დაგვირეკეთ. ამჟამად არ ვმუშაობთ. გთხოვთ, დაგვირეკოთ სამუშაო საათებში. თუ საქმე გადაუდებელია, დააჭირეთ ნულს.",
    connecting: sentences("გაკავშირებთ ოპერატორთან.", recorded),
    "still-waiting": "ყველა ოპერატორი დაკავებულია. გთხოვთ, დარჩეთ ხაზზე.",
    "no-answer": "სამწუხაროდ, ახლა ვერავინ გიპასუხებთ. ჩვენ თავად დაგირეკავთ. გმადლობთ.",
    "no-input": "უკაცრავად, თქვენი არჩევანი არ მივიღეთ.",
    "wrong-input": "უკაცრავად, ასეთი არჩევანი არ არის.",
    goodbye: "გმადლობთ ზარისთვის. ნახვამდის.",
    ...choices((digit) => `ქართულისთვის დააჭირეთ ${KA_DIGITS[digit]}.`),
    "one-moment": "ერთი წუთით, გთხოვთ.",
    fallback: sentences("გთხოვთ, დაელოდოთ, გაკავშირებთ.", recorded),
    "leave-message": "ახლა ვერავინ გიპასუხებთ. გთხოვთ, დაგვიტოვოთ შეტყობინება სიგნალის შემდეგ.",
    "message-saved": "გმადლობთ. თქვენი შეტყობინება მივიღეთ, დაგირეკავთ.",
    "redial-missed-call": "გამოტოვებული ზარი ნომრიდან.",
    "redial-press-1": "გადასარეკად დააჭირეთ ერთს.",
    "hours-closed": "ახლა დახურულია. დამრეკავები ამას მოისმენენ მომდევნო გახსნამდე.",
    "hours-open": "ახლა ღიაა, შუაღამემდე.",
    "hours-plan": "ისევ ჩვეულებრივი სამუშაო საათები მოქმედებს.",
    "hours-not-changed": "სამუშაო საათები ვერ შეიცვალა. გთხოვთ, სცადოთ კიდევ ერთხელ.",
    "record-invite": "ახლა ჩაიწერება ის, რაც დამრეკავებს ესმით. ილაპარაკეთ სიგნალის შემდეგ და ბოლოს დააჭირეთ დიეზს.",
    "record-choose": "შესანახად დააჭირეთ ერთს. თავიდან ჩასაწერად დააჭირეთ ორს.",
    "record-kept": "შენახულია. დამრეკავებს ამიერიდან ეს ესმით.",
    "record-not-kept": "ჩანაწერი არ შენახულა. გთხოვთ, სცადოთ კიდევ ერთხელ.",
    ...digitNames(["ნული", "ერთი", "ორი", "სამი", "ოთხი", "ხუთი", "ექვსი", "შვიდი", "რვა", "ცხრა"]),
  };
};

const ru: Speaker = ({ toOperators, toInformation, isRecorded }) => {
  const menu = `Чтобы поговорить с оператором, нажмите ${toOperators}.`;
  const recorded = isRecorded && "Разговор записывается.";
  return {
    greeting: "Здравствуйте. Вы позвонили на нашу горячую линию.",
    menu: sentences(menu, toInformation !== null && `Чтобы узнать часы работы и адрес, нажмите ${toInformation}.`),
    information: `Часы работы и адрес вам с удовольствием подскажет оператор. ${menu}`,
    closed:
      "Спасибо за звонок. Сейчас мы не работаем. Пожалуйста, позвоните в рабочее время. Если дело срочное, нажмите ноль.",
    connecting: sentences("Соединяю вас с оператором.", recorded),
    "still-waiting": "Все операторы сейчас заняты. Пожалуйста, оставайтесь на линии.",
    "no-answer": "К сожалению, сейчас никто не может ответить. Мы вам перезвоним. Спасибо.",
    "no-input": "Извините, мы не получили ваш выбор.",
    "wrong-input": "Извините, такого варианта нет.",
    goodbye: "Спасибо за звонок. До свидания.",
    ...choices((digit) => `Для русского языка нажмите ${RU_DIGITS[digit]}.`),
    "one-moment": "Одну минуту, пожалуйста.",
    fallback: sentences("Пожалуйста, подождите, мы вас соединяем.", recorded),
    "leave-message": "Сейчас никто не может ответить. Пожалуйста, оставьте сообщение после сигнала.",
    "message-saved": "Спасибо, ваше сообщение принято. Мы вам перезвоним.",
    "redial-missed-call": "Пропущенный звонок с номера.",
    "redial-press-1": "Чтобы перезвонить, нажмите один.",
    "hours-closed": "Сейчас вы закрыты. Звонящие будут слышать это до следующего открытия.",
    "hours-open": "Сейчас вы открыты, до полуночи.",
    "hours-plan": "Снова действуют обычные часы работы.",
    "hours-not-changed": "Часы работы изменить не удалось. Пожалуйста, попробуйте ещё раз.",
    "record-invite": "Сейчас будет записано то, что слышат звонящие. Говорите после сигнала и в конце нажмите решётку.",
    "record-choose": "Чтобы сохранить, нажмите один. Чтобы записать заново, нажмите два.",
    "record-kept": "Сохранено. Теперь звонящие слышат эту запись.",
    "record-not-kept": "Запись не сохранена. Пожалуйста, попробуйте ещё раз.",
    ...digitNames(["Ноль", "Один", "Два", "Три", "Четыре", "Пять", "Шесть", "Семь", "Восемь", "Девять"]),
  };
};

const mn: Speaker = ({ toOperators, toInformation, isRecorded }) => {
  const menu = `Оператортой ярих бол ${toOperators} дарна уу.`;
  const recorded = isRecorded && "Таны яриа бичигдэнэ.";
  return {
    greeting: "Сайн байна уу. Та манай лавлах утсанд холбогдлоо.",
    menu: sentences(menu, toInformation !== null && `Ажлын цаг, хаягийг сонсох бол ${toInformation} дарна уу.`),
    information: `Ажлын цаг, хаягийг манай оператор танд дуртайяа хэлж өгнө. ${menu}`,
    closed:
      "Залгасанд баярлалаа. Одоогоор ажлын цаг биш байна. Ажлын цагаар дахин залгана уу. Яаралтай бол тэгийг дарна уу.",
    connecting: sentences("Таныг оператортой холбож байна.", recorded),
    "still-waiting": "Бүх оператор завгүй байна. Утсаа тасалгүй түр хүлээнэ үү.",
    "no-answer": "Уучлаарай, одоо хариулах боломжгүй байна. Бид тан руу эргэж залгана. Баярлалаа.",
    "no-input": "Уучлаарай, таны сонголт ирсэнгүй.",
    "wrong-input": "Уучлаарай, ийм сонголт алга.",
    goodbye: "Залгасанд баярлалаа. Баяртай.",
    ...choices((digit) => `Монгол хэлээр бол ${MN_DIGITS[digit]} дарна уу.`),
    "one-moment": "Түр хүлээнэ үү.",
    fallback: sentences("Түр хүлээнэ үү, таныг холбож байна.", recorded),
    "leave-message": "Одоо хариулах боломжгүй байна. Дохионы дараа мессежээ үлдээнэ үү.",
    "message-saved": "Баярлалаа. Таны мессежийг хүлээн авлаа. Бид эргэж залгана.",
    "redial-missed-call": "Алдсан дуудлагын дугаар.",
    "redial-press-1": "Буцааж залгах бол нэгийг дарна уу.",
    "hours-closed": "Та одоо хаалттай байна. Дараагийн ажлын цаг хүртэл залгасан хүмүүс ингэж сонсоно.",
    "hours-open": "Та одоо нээлттэй байна, шөнө дунд хүртэл.",
    "hours-plan": "Ердийн ажлын цаг дахин үйлчилж байна.",
    "hours-not-changed": "Ажлын цагийг өөрчилж чадсангүй. Дахин оролдоно уу.",
    "record-invite": "Одоо залгасан хүмүүсийн сонсох зүйлийг бичнэ. Дохионы дараа ярьж, дуусаад хэштэг дарна уу.",
    "record-choose": "Хадгалах бол нэгийг дарна уу. Дахин бичих бол хоёрыг дарна уу.",
    "record-kept": "Хадгаллаа. Залгасан хүмүүс одооноос үүнийг сонсоно.",
    "record-not-kept": "Бичлэгийг хадгалсангүй. Дахин оролдоно уу.",
    ...digitNames(["Тэг", "Нэг", "Хоёр", "Гурав", "Дөрөв", "Тав", "Зургаа", "Долоо", "Найм", "Ес"]),
  };
};

const en: Speaker = ({ toOperators, toInformation, isRecorded }) => {
  const menu = `To speak with an operator, press ${toOperators}.`;
  const recorded = isRecorded && "The conversation is recorded.";
  return {
    greeting: "Hello. You have called our hotline.",
    menu: sentences(menu, toInformation !== null && `For our opening hours and address, press ${toInformation}.`),
    information: `Our operators will gladly tell you our opening hours and address. ${menu}`,
    closed:
      "Thank you for calling. We are closed at the moment. Please call again during our opening hours. If it is urgent, press zero.",
    connecting: sentences("I am connecting you with an operator.", recorded),
    "still-waiting": "All our operators are busy. Please stay on the line.",
    "no-answer": "Sorry, nobody can answer right now. We will call you back. Thank you.",
    "no-input": "Sorry, we did not get your choice.",
    "wrong-input": "Sorry, there is no such choice.",
    goodbye: "Thank you for calling. Goodbye.",
    ...choices((digit) => `For English, press ${EN_DIGITS[digit]}.`),
    "one-moment": "One moment, please.",
    fallback: sentences("Please wait, we are connecting you.", recorded),
    "leave-message": "Nobody can answer right now. Please leave a message after the tone.",
    "message-saved": "Thank you. We have your message and will call you back.",
    "redial-missed-call": "Missed call from.",
    "redial-press-1": "To call back, press one.",
    "hours-closed": "You are closed now. Callers hear so until your next opening time.",
    "hours-open": "You are open now, until midnight.",
    "hours-plan": "Your usual hours apply again.",
    "hours-not-changed": "The hours could not be changed. Please try again.",
    "record-invite":
      "You are about to record what callers hear. Speak after the tone, and press hash when you have finished.",
    "record-choose": "To keep it, press one. To record it again, press two.",
    "record-kept": "It is kept. Callers hear it from now on.",
    "record-not-kept": "The recording was not kept. Please try again.",
    ...digitNames(["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]),
  };
};

const SPEAKERS: Record<Language, { speak: Speaker; digits: DigitWords }> = {
  ka: { speak: ka, digits: KA_DIGITS },
  ru: { speak: ru, digits: RU_DIGITS },
  mn: { speak: mn, digits: MN_DIGITS },
  en: { speak: en, digits: EN_DIGITS },
};

export function promptTexts(language: Language, facts: PromptFacts): Record<PromptName, string> {
  const { speak, digits } = SPEAKERS[language];
  const usual = speak({
    toOperators: digits[facts.operatorsDigit],
    toInformation: facts.informationDigit === null ? null : digits[facts.informationDigit],
    isRecorded: facts.isRecorded,
  });
  return { ...usual, ...TEMPLATE_TEXTS[language] };
}

function sentences(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(" ");
}

function choices(sentence: (digit: Digit) => string) {
  return {
    "choose-language-1": sentence("1"),
    "choose-language-2": sentence("2"),
    "choose-language-3": sentence("3"),
    "choose-language-4": sentence("4"),
  };
}

function digitNames(names: readonly [string, string, string, string, string, string, string, string, string, string]) {
  const [zero, one, two, three, four, five, six, seven, eight, nine] = names;
  return {
    "digit-0": `${zero}.`,
    "digit-1": `${one}.`,
    "digit-2": `${two}.`,
    "digit-3": `${three}.`,
    "digit-4": `${four}.`,
    "digit-5": `${five}.`,
    "digit-6": `${six}.`,
    "digit-7": `${seven}.`,
    "digit-8": `${eight}.`,
    "digit-9": `${nine}.`,
  };
}
