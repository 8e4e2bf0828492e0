/** What the call flows of a branch of business say. Their menus have the keys of flows/ivr/templates.ts. */
import type { Language } from "../calls/language.ts";
import type { TEMPLATE_PROMPT_NAMES } from "./prompt-names.ts";

export type TemplatePromptName = (typeof TEMPLATE_PROMPT_NAMES)[number];

export const TEMPLATE_TEXTS: Record<Language, Record<TemplatePromptName, string>> = {
  ka: {
    "shop-menu":
      "შეკვეთისთვის დააჭირეთ ერთს. სამუშაო საათებისა და მისამართისთვის დააჭირეთ ორს. თუ გსურთ, რომ დაგირეკოთ, დააჭირეთ სამს.",
    "clinic-menu":
      "ვიზიტზე ჩასაწერად დააჭირეთ ერთს. სამუშაო საათებისა და მისამართისთვის დააჭირეთ ორს. შეტყობინების დასატოვებლად დააჭირეთ სამს.",
    "clinic-closed": "კლინიკა ახლა დაკეტილია. გადაუდებელ შემთხვევაში გამოიძახეთ სასწრაფო დახმარება.",
    "service-menu":
      "ახალი მოთხოვნისთვის დააჭირეთ ერთს. არსებული მოთხოვნისთვის დააჭირეთ ორს. სამუშაო საათებისა და მისამართისთვის დააჭირეთ სამს.",
    "service-ask-number": "აკრიფეთ თქვენი მოთხოვნის ნომერი და შემდეგ დიეზი.",
    "restaurant-menu":
      "მაგიდის დასაჯავშნად დააჭირეთ ერთს. მიტანისთვის დააჭირეთ ორს. სამუშაო საათებისა და მისამართისთვის დააჭირეთ სამს.",
    "closed-choice":
      "ახლა არ ვმუშაობთ. თუ გსურთ, რომ დაგირეკოთ, დააჭირეთ ერთს, ან დარჩით ხაზზე და დაგვიტოვეთ შეტყობინება.",
    "callback-promised": "გმადლობთ. ჩვენ თავად დაგირეკავთ.",
  },
  ru: {
    "shop-menu":
      "Чтобы сделать заказ, нажмите один. Чтобы узнать часы работы и адрес, нажмите два. Чтобы мы вам перезвонили, нажмите три.",
    "clinic-menu":
      "Чтобы записаться на приём, нажмите один. Чтобы узнать часы работы и адрес, нажмите два. Чтобы оставить сообщение, нажмите три.",
    "clinic-closed": "Клиника сейчас закрыта. В неотложном случае вызовите скорую помощь.",
    "service-menu":
      "По новой заявке нажмите один. По заявке, которая уже есть, нажмите два. Чтобы узнать часы работы и адрес, нажмите три.",
    "service-ask-number": "Наберите номер вашей заявки и затем решётку.",
    "restaurant-menu":
      "Чтобы заказать столик, нажмите один. По доставке нажмите два. Чтобы узнать часы работы и адрес, нажмите три.",
    "closed-choice":
      "Сейчас мы не работаем. Чтобы мы вам перезвонили, нажмите один, или оставайтесь на линии и оставьте сообщение.",
    "callback-promised": "Спасибо. Мы вам перезвоним.",
  },
  mn: {
    "shop-menu":
      "Захиалга өгөх бол нэгийг дарна уу. Ажлын цаг, хаягийг сонсох бол хоёрыг дарна уу. Бид эргэж залгахыг хүсвэл гурвыг дарна уу.",
    "clinic-menu":
      "Үзлэгийн цаг авах бол нэгийг дарна уу. Ажлын цаг, хаягийг сонсох бол хоёрыг дарна уу. Мессеж үлдээх бол гурвыг дарна уу.",
    "clinic-closed": "Эмнэлэг одоо хаалттай байна. Яаралтай тохиолдолд түргэн тусламж дуудна уу.",
    "service-menu":
      "Шинэ хүсэлт гаргах бол нэгийг дарна уу. Өмнөх хүсэлтийн тухай бол хоёрыг дарна уу. Ажлын цаг, хаягийг сонсох бол гурвыг дарна уу.",
    "service-ask-number": "Хүсэлтийнхээ дугаарыг оруулаад дараа нь хэш тэмдгийг дарна уу.",
    "restaurant-menu":
      "Ширээ захиалах бол нэгийг дарна уу. Хүргэлт захиалах бол хоёрыг дарна уу. Ажлын цаг, хаягийг сонсох бол гурвыг дарна уу.",
    "closed-choice":
      "Одоо ажлын цаг биш байна. Бид эргэж залгахыг хүсвэл нэгийг дарна уу, эсвэл утсаа тасалгүй мессежээ үлдээнэ үү.",
    "callback-promised": "Баярлалаа. Бид тан руу эргэж залгана.",
  },
  en: {
    "shop-menu":
      "To place an order, press one. For our opening hours and address, press two. If you would like us to call you back, press three.",
    "clinic-menu":
      "To make an appointment, press one. For our opening hours and address, press two. To leave a message, press three.",
    "clinic-closed": "The clinic is closed at the moment. In an emergency, call an ambulance.",
    "service-menu":
      "For a new request, press one. About a request that you have made, press two. For our opening hours and address, press three.",
    "service-ask-number": "Please type the number of your request, and then the hash key.",
    "restaurant-menu":
      "To book a table, press one. For delivery, press two. For our opening hours and address, press three.",
    "closed-choice":
      "We are closed at the moment. If you would like us to call you back, press one, or stay on the line and leave a message.",
    "callback-promised": "Thank you. We will call you back.",
  },
};
