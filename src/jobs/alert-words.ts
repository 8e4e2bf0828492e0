/** The words of alerts that are mailed, in the site's language; the panel has its own. */
import type { SyntheticOutcome, TrunkReason } from "../calls/alert.ts";
import type { Language } from "../calls/language.ts";

export interface AlertWords {
  trunkDown: (trunk: string) => string;
  trunkBack: (trunk: string) => string;
  trunkFrozen: (trunk: string) => string;
  frozenBy: { minutes: string; money: string };
  testFailed: (number: string) => string;
  testWell: (number: string) => string;
  unknownNumber: (number: string) => string;
  since: string;
  until: string;
  reason: string;
  operatorSaid: string;
  trunk: string;
  arrivedAs: string;
  meansDown: string;
  meansFrozen: string;
  meansTest: string;
  meansUnknown: string;
  reasons: Record<TrunkReason, string>;
  outcomes: Record<SyntheticOutcome, string>;
}

export const ALERT_WORDS: Record<Language, AlertWords> = {
  en: {
    trunkDown: (trunk) => `Trunk ${trunk} is down`,
    trunkBack: (trunk) => `Trunk ${trunk} is back`,
    trunkFrozen: (trunk) => `Trunk ${trunk} carries no more calls out today`,
    frozenBy: { minutes: "The day's limit of minutes is reached.", money: "The day's limit of money is reached." },
    testFailed: (number) => `A test call to ${number} failed`,
    testWell: (number) => `Test calls to ${number} arrive again`,
    unknownNumber: (number) => `Calls arrive for ${number}, which is not entered as yours`,
    since: "Since",
    until: "Until",
    reason: "Reason",
    operatorSaid: "The operator's answer",
    trunk: "Trunk",
    arrivedAs: "It arrived as",
    meansDown: "Callers cannot reach you by it, and nobody can call out by it.",
    meansFrozen: "Look whether somebody misuses a phone. It can be opened again in the panel, under Lines.",
    meansTest: "Perhaps callers do not reach you either: call the number from a mobile phone.",
    meansUnknown: "They hear the default call flow. Enter the number in the panel, under Lines.",
    reasons: {
      "sign-in-refused": "the operator refuses user name or password",
      "unknown-account": "the operator does not know the account",
      "no-answer": "the operator's server does not answer",
      "server-trouble": "the operator's server is in trouble",
      refused: "the operator refuses",
      "no-options-answer": "the operator's server no longer answers",
      "no-such-name": "the name of the operator's server is not known",
      "name-server-silent": "name servers do not answer; perhaps the internet is away",
      "switch-away": "the switch is not running",
      starting: "it is just starting",
      "switched-off": "it is switched off",
    },
    outcomes: {
      arrived: "it arrived",
      "wrong-number": "it arrived on another number",
      "wrong-trunk": "it arrived by another trunk",
      "never-arrived": "it did not arrive",
      refused: "it was refused",
      "answered-elsewhere": "somebody else answered it",
      busy: "the line was busy",
      "no-second-trunk": "there is no second trunk to call from",
      "no-trunk-now": "no other trunk could carry it",
    },
  },
  ka: {
    trunkDown: (trunk) => `ხაზი ${trunk} არ მუშაობს`,
    trunkBack: (trunk) => `ხაზი ${trunk} ისევ მუშაობს`,
    trunkFrozen: (trunk) => `ხაზით ${trunk} დღეს გარეთ ვეღარ დარეკავთ`,
    frozenBy: { minutes: "დღის წუთების ზღვარი ამოიწურა.", money: "დღის თანხის ზღვარი ამოიწურა." },
    testFailed: (number) => `საცდელი ზარი ნომერზე ${number} ვერ შედგა`,
    testWell: (number) => `საცდელი ზარები ნომერზე ${number} ისევ შემოდის`,
    unknownNumber: (number) => `შემოდის ზარები ნომერზე ${number}, რომელიც თქვენს ნომრებში არ არის`,
    since: "როდიდან",
    until: "როდემდე",
    reason: "მიზეზი",
    operatorSaid: "ოპერატორის პასუხი",
    trunk: "ხაზი",
    arrivedAs: "შემოვიდა ნომერზე",
    meansDown: "აბონენტები ამ ხაზით ვერ გიკავშირდებიან და მისით ვერც თქვენ დარეკავთ.",
    meansFrozen: "შეამოწმეთ, ხომ არ იყენებს ვინმე ტელეფონს უნებართვოდ. გახსნა შეგიძლიათ პანელში, „ხაზების“ გვერდზე.",
    meansTest: "შესაძლოა, აბონენტებიც ვერ გიკავშირდებიან: დარეკეთ ამ ნომერზე მობილურიდან.",
    meansUnknown: "მათ ზარის ძირითადი გზა ესმით. შეიყვანეთ ნომერი პანელში, „ხაზების“ გვერდზე.",
    reasons: {
      "sign-in-refused": "ოპერატორი არ იღებს სახელს ან პაროლს",
      "unknown-account": "ოპერატორი ამ ანგარიშს არ იცნობს",
      "no-answer": "ოპერატორის სერვერი არ პასუხობს",
      "server-trouble": "ოპერატორის სერვერს ხარვეზი აქვს",
      refused: "ოპერატორი უარს ამბობს",
      "no-options-answer": "ოპერატორის სერვერი აღარ პასუხობს",
      "no-such-name": "ოპერატორის სერვერის სახელი ვერ მოიძებნა",
      "name-server-silent": "სახელების სერვერები არ პასუხობს; იქნებ ინტერნეტი არ არის",
      "switch-away": "სატელეფონო კომუტატორი არ მუშაობს",
      starting: "ახლა ირთვება",
      "switched-off": "გამორთულია",
    },
    outcomes: {
      arrived: "შემოვიდა",
      "wrong-number": "სხვა ნომერზე შემოვიდა",
      "wrong-trunk": "სხვა ხაზით შემოვიდა",
      "never-arrived": "არ შემოსულა",
      refused: "უარი მიიღო",
      "answered-elsewhere": "სხვამ უპასუხა",
      busy: "ხაზი დაკავებული იყო",
      "no-second-trunk": "მეორე ხაზი, საიდანაც დარეკავდა, არ არის",
      "no-trunk-now": "ვერცერთმა სხვა ხაზმა ვერ გაატარა",
    },
  },
  ru: {
    trunkDown: (trunk) => `Линия ${trunk} не работает`,
    trunkBack: (trunk) => `Линия ${trunk} снова работает`,
    trunkFrozen: (trunk) => `По линии ${trunk} сегодня больше нельзя звонить наружу`,
    frozenBy: { minutes: "Дневной предел минут исчерпан.", money: "Дневной предел расходов исчерпан." },
    testFailed: (number) => `Проверочный звонок на ${number} не удался`,
    testWell: (number) => `Проверочные звонки на ${number} снова доходят`,
    unknownNumber: (number) => `Звонят на номер ${number}, которого нет среди ваших`,
    since: "С какого времени",
    until: "До какого времени",
    reason: "Причина",
    operatorSaid: "Ответ оператора",
    trunk: "Линия",
    arrivedAs: "Пришёл на номер",
    meansDown: "По ней до вас не дозвониться, и позвонить по ней нельзя.",
    meansFrozen: "Проверьте, не звонит ли кто-то чужой. Открыть линию можно в панели, на странице «Линии».",
    meansTest: "Возможно, и клиенты до вас не дозваниваются: позвоните на этот номер с мобильного.",
    meansUnknown: "Звонящие слышат основной сценарий. Добавьте номер в панели, на странице «Линии».",
    reasons: {
      "sign-in-refused": "оператор не принимает имя или пароль",
      "unknown-account": "оператор не знает этой учётной записи",
      "no-answer": "сервер оператора не отвечает",
      "server-trouble": "на сервере оператора неполадки",
      refused: "оператор отказывает",
      "no-options-answer": "сервер оператора перестал отвечать",
      "no-such-name": "имя сервера оператора не найдено",
      "name-server-silent": "серверы имён не отвечают; возможно, нет интернета",
      "switch-away": "коммутатор не работает",
      starting: "она только включается",
      "switched-off": "она выключена",
    },
    outcomes: {
      arrived: "дошёл",
      "wrong-number": "пришёл на другой номер",
      "wrong-trunk": "пришёл по другой линии",
      "never-arrived": "не пришёл",
      refused: "получен отказ",
      "answered-elsewhere": "ответил кто-то другой",
      busy: "линия была занята",
      "no-second-trunk": "нет второй линии, с которой звонить",
      "no-trunk-now": "ни одна другая линия не смогла его передать",
    },
  },
  mn: {
    trunkDown: (trunk) => `${trunk} шугам ажиллахгүй байна`,
    trunkBack: (trunk) => `${trunk} шугам дахин ажиллаж байна`,
    trunkFrozen: (trunk) => `${trunk} шугамаар өнөөдөр гадагш залгах боломжгүй боллоо`,
    frozenBy: { minutes: "Өдрийн минутын хязгаар дууссан.", money: "Өдрийн зардлын хязгаар дууссан." },
    testFailed: (number) => `${number} дугаар руу хийсэн шалгах дуудлага амжилтгүй боллоо`,
    testWell: (number) => `${number} дугаар руу шалгах дуудлага дахин ирж байна`,
    unknownNumber: (number) => `Таны дугаарт бүртгээгүй ${number} дугаарт дуудлага ирж байна`,
    since: "Хэзээнээс",
    until: "Хэзээ хүртэл",
    reason: "Шалтгаан",
    operatorSaid: "Операторын хариу",
    trunk: "Шугам",
    arrivedAs: "Ирсэн дугаар",
    meansDown: "Энэ шугамаар хэн ч танд холбогдож, гадагш залгаж чадахгүй.",
    meansFrozen:
      "Утсыг хэн нэгэн зүй бусаар ашиглаж байгаа эсэхийг шалгана уу. Самбарын «Шугам» хуудсанд дахин нээж болно.",
    meansTest: "Үйлчлүүлэгчид ч холбогдож чадахгүй байж магадгүй: энэ дугаар руу гар утсаар залгаж үзнэ үү.",
    meansUnknown: "Тэд үндсэн урсгалыг сонсож байна. Дугаарыг самбарын «Шугам» хуудсанд оруулна уу.",
    reasons: {
      "sign-in-refused": "оператор нэр эсвэл нууц үгийг хүлээж авахгүй байна",
      "unknown-account": "оператор энэ бүртгэлийг мэдэхгүй байна",
      "no-answer": "операторын сервер хариулахгүй байна",
      "server-trouble": "операторын сервер гэмтэлтэй байна",
      refused: "оператор татгалзаж байна",
      "no-options-answer": "операторын сервер хариулахаа больсон",
      "no-such-name": "операторын серверийн нэр олдсонгүй",
      "name-server-silent": "нэрийн серверүүд хариулахгүй байна; интернэт тасарсан байж магадгүй",
      "switch-away": "телефон станц ажиллахгүй байна",
      starting: "дөнгөж асаж байна",
      "switched-off": "унтраалттай",
    },
    outcomes: {
      arrived: "ирсэн",
      "wrong-number": "өөр дугаарт ирсэн",
      "wrong-trunk": "өөр шугамаар ирсэн",
      "never-arrived": "ирээгүй",
      refused: "татгалзсан",
      "answered-elsewhere": "өөр хүн хариулсан",
      busy: "шугам завгүй байсан",
      "no-second-trunk": "залгах хоёр дахь шугам алга",
      "no-trunk-now": "өөр ямар ч шугам дамжуулж чадсангүй",
    },
  },
};
