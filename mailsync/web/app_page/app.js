// The Mini App: the customer's machines and requests. Telegram hands its data over in the address after "#".
"use strict";

const $ = (id) => document.getElementById(id);
const launch = new URLSearchParams(location.hash.slice(1));
const telegram = window.Telegram?.WebApp;
const initData = telegram?.initData || launch.get("tgWebAppData") || stored();
const long = new Intl.DateTimeFormat("ru", { day: "numeric", month: "long", year: "numeric" });
const day = (moment) => long.format(moment).replace(" г.", "");
const plural = new Intl.PluralRules("ru");
const DAYS = { one: "день", few: "дня", many: "дней", other: "дня" };
const KINDS = {
  service: { title: "Вызов сервиса", label: "Что случилось?", hint: "Например: не включается шпиндель, ошибка на стойке." },
  parts: { title: "Заказ запчастей", label: "Что нужно?", hint: "Название, артикул и количество, каждая позиция с новой строки." },
};

// Telegram's own reload drops the hash: the data live as long as the tab does.
function stored() {
  try { return sessionStorage.getItem("initData") || ""; } catch { return ""; }
}

function keep() {
  try { sessionStorage.setItem("initData", initData); } catch { /* a private window keeps nothing */ }
}

function paint() {
  let theme = telegram?.themeParams || {};
  try { theme = JSON.parse(launch.get("tgWebAppThemeParams")) || theme; } catch { /* no theme given */ }
  for (const [name, colour] of Object.entries(theme)) {
    if (/^[a-z_]+$/.test(name) && /^#[0-9a-f]{6}$/i.test(colour)) {
      document.documentElement.style.setProperty(`--tg-${name.replaceAll("_", "-")}`, colour);
    }
  }
  const background = theme.bg_color;
  if (/^#[0-9a-f]{6}$/i.test(background)) {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(background.slice(at, at + 2), 16));
    document.documentElement.style.colorScheme = red * 0.3 + green * 0.59 + blue * 0.11 < 128 ? "dark" : "light";
  }
}

// Tells Telegram that the page is there, by whichever way this client listens.
function ready() {
  const proxy = window.TelegramWebviewProxy;
  if (proxy) ["web_app_ready", "web_app_expand"].forEach((event) => proxy.postEvent(event, "{}"));
  else if (parent !== window) parent.postMessage(JSON.stringify({ eventType: "web_app_ready" }), "https://web.telegram.org");
}

class Refused extends Error {
  constructor(words, lasting = false) {
    super(words);
    this.lasting = lasting; // trying again would not help
  }
}

async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      ...options,
      headers: { Authorization: `tma ${initData}`, ...options.headers },
      signal: AbortSignal.timeout?.(15000),
    });
  } catch {
    throw new Refused("Нет связи с сервером. Проверьте интернет и повторите.");
  }
  if (answer.ok) return answer.json();
  const words = {
    401: "Вход не подтверждён. Закройте приложение и откройте его снова из чата с ботом.",
    404: "Станок не найден. Обновите страницу.",
    422: "Напишите, что нужно: без этого заявку не отправить.",
    429: "Сегодня уже слишком много заявок. Позвоните нам, пожалуйста.",
  };
  throw new Refused(words[answer.status] || "Сервер сейчас не отвечает. Попробуйте через несколько минут.", answer.status === 401);
}

function made(tag, text, attributes = {}) {
  const node = Object.assign(document.createElement(tag), attributes);
  node.textContent = text;
  return node;
}

const when = (iso) => made("time", day(new Date(iso)), { dateTime: iso });

function daysLeft(iso) {
  const today = new Date();
  const from = Date.UTC(today.getFullYear(), today.getMonth(), today.getDate());
  return Math.round((Date.parse(iso) - from) / 86400000);
}

function inWords(left) {
  if (left === 0) return "сегодня";
  if (left === 1) return "завтра";
  const count = `${Math.abs(left)} ${DAYS[plural.select(Math.abs(left))]}`;
  return left < 0 ? `просрочено на ${count}` : `через ${count}`;
}

const localDay = (iso) => day(new Date(...iso.split("-").map((part, at) => part - (at === 1))));

function event(line) {
  const value = line.value;
  switch (line.field) {
    case "registered": return "Станок внесён в Цифровой паспорт";
    case "deal": return "Выполнены работы или поставка по станку";
    case "request": return `Заявка ${value.startsWith("parts") ? "на запчасти" : "на сервис"} ${value.split(": ")[1] || ""}`;
    case "maintenance_date": return value ? `Следующее ТО: ${localDay(value)}` : "Дата ТО снята";
    default: return value ? `Статус: ${value}` : "Статус снят";
  }
}

function machineCard(machine) {
  const card = $("machine").content.firstElementChild.cloneNode(true);
  const part = (selector) => card.querySelector(selector);
  const name = machine.model || "Станок";
  part("h3").textContent = name;
  part(".serial").textContent = `Заводской № ${machine.serial_number}`;
  part(".status").textContent = machine.service_status || "не указан";
  part(".status").classList.toggle("none", !machine.service_status);
  showMaintenance(part(".maintenance"), machine.maintenance_date);
  for (const button of card.querySelectorAll("button")) {
    button.setAttribute("aria-label", `${button.textContent}: ${name}, № ${machine.serial_number}`);
    button.addEventListener("click", () => openForm(button.dataset.kind, machine, button));
  }
  part(".history").append(...machine.history.slice().reverse().map((line) => {
    const item = made("li", event(line));
    item.prepend(when(line.at));
    return item;
  }));
  return card;
}

const soonest = (one, other) => (one.maintenance_date || "9999").localeCompare(other.maintenance_date || "9999");

function showMaintenance(place, iso) {
  place.textContent = iso ? localDay(iso) : "не назначено";
  place.classList.toggle("none", !iso);
  if (!iso) return;
  const left = daysLeft(iso);
  place.classList.toggle("late", left < 0);
  place.append(made("small", inWords(left)));
}

function requestItem(request) {
  const item = document.createElement("li");
  const head = made("b", request.kind === "parts" ? "Запчасти" : "Сервис");
  head.append(made("span", request.state));
  const about = made("p", `${request.reference}${request.serial_number ? ` · станок № ${request.serial_number}` : ""} · `, { className: "serial" });
  about.append(when(request.created));
  item.append(head, about);
  return item;
}

function message(title, text, retry) {
  const card = made("div", "", { className: "card message" });
  card.append(made("h3", title), made("p", text));
  if (retry) {
    const button = made("button", "Повторить", { type: "button", className: "main" });
    button.addEventListener("click", show);
    card.append(button);
  }
  $("machines").replaceChildren(card);
}

async function showRequests() {
  const requests = await call("/passport/requests");
  $("requests-section").hidden = !requests.length;
  $("requests").replaceChildren(...requests.map(requestItem));
}

async function show() {
  const main = document.querySelector("main");
  main.setAttribute("aria-busy", "true");
  try {
    const [machines] = await Promise.all([call("/passport/equipment"), showRequests()]);
    if (machines.length) $("machines").replaceChildren(...machines.sort(soonest).map(machineCard));
    else message("Станков пока нет", "Станок появится здесь после покупки. Если он у вас уже есть, напишите нам его заводской номер.");
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    message(problem.lasting ? "Войти не получилось" : "Не получилось загрузить", problem.message, !problem.lasting);
  } finally {
    main.setAttribute("aria-busy", "false");
  }
}

let asked = null;

function openForm(kind, machine, opener) {
  asked = { kind, serial_number: machine.serial_number, mark: crypto.randomUUID(), opener };
  $("ask-title").textContent = KINDS[kind].title;
  $("ask-about").textContent = `${machine.model || "Станок"}, заводской № ${machine.serial_number}`;
  $("comment-label").textContent = KINDS[kind].label;
  $("comment-hint").textContent = KINDS[kind].hint;
  $("ask-problem").textContent = "";
  $("comment").value = "";
  $("told").textContent = "";
  $("ask").showModal();
  $("comment").focus();
}

async function send(submitted) {
  submitted.preventDefault();
  const { kind, serial_number, mark } = asked;
  const form = submitted.target;
  const button = form.querySelector("[type=submit]");
  const comment = form.comment.value.trim();
  if (!comment) {
    $("ask-problem").textContent = "Напишите несколько слов.";
    form.comment.focus();
    return;
  }
  button.disabled = true;
  $("ask-problem").textContent = "";
  try {
    const answer = await call("/passport/requests", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": mark },
      body: JSON.stringify({ kind, serial_number, comment, phone: form.phone.value.trim() || null }),
    });
    $("ask").close();
    $("told").textContent = `Заявка ${answer.reference} принята. Мы свяжемся с вами.`;
    $("told").scrollIntoView({ block: "nearest" });
    await showRequests();
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if ($("ask").open) $("ask-problem").textContent = problem.message;
  } finally {
    button.disabled = false;
  }
}

paint();
ready();
$("ask").querySelector("form").addEventListener("submit", send);
$("comment").addEventListener("input", () => { $("ask-problem").textContent = ""; });
$("cancel").addEventListener("click", () => $("ask").close());
$("ask").addEventListener("close", () => asked?.opener.focus());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && initData && !$("ask").open) showRequests().catch(() => {});
});
if (initData) {
  keep();
  show();
} else {
  document.querySelector("main").setAttribute("aria-busy", "false");
  message("Откройте в Telegram", "Эта страница работает внутри Telegram: откройте её кнопкой в чате с нашим ботом.");
}
