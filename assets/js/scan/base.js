// The scanner's ground: its texts, dates in the reader's language, and how its
// scripts find each other. Every script of the scanner adds one part to Scan.
const Scan = (() => {
  const page = document.querySelector("[data-scan]");
  const texts = JSON.parse(document.getElementById("scan-texts").textContent);
  const paths = JSON.parse(page.dataset.paths);
  const lang = document.documentElement.lang;
  const locale = lang === "en" ? "en-GB" : lang; // days before months
  const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, isDate = /^\d{4}-\d\d-\d\d$/;

  // t is the text of the key with {0}, {1} … filled; what looks like a date or a
  // time is written as one.
  function t(key, ...args) {
    const text = texts[key] ?? key;
    return text.replace(/\{(\d)\}/g, (all, n) => n in args ? written(args[n]) : all);
  }

  function written(value) {
    if (isTime.test(value)) return time(Date.parse(value) / 1000);
    if (isDate.test(value)) return date(value);
    return typeof value === "number" ? new Intl.NumberFormat(locale).format(value) : String(value);
  }

  // tied keeps a day with its month, and what stands behind a year or a time with it.
  const tied = (text) => text.replace(/^(\d+) /, "$1\u00a0").replace(/ (г\.|UTC|GMT)/g, "\u00a0$1");

  const date = (day) => tied(new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(day + "T00:00:00Z")));

  // time is an instant as this device's zone has it, and says which zone that is.
  const time = (seconds) => tied(new Intl.DateTimeFormat(locale, { year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" }).format(new Date(seconds * 1000)));

  // age is how long ago, or how far ahead, in the largest unit that fits.
  function age(seconds) {
    const n = Math.abs(seconds), words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
    if (n < 60) return texts["time.now"] ?? words.format(0, "second");
    const [size, unit] = n < 3600 ? [60, "minute"] : n < 172800 ? [3600, "hour"] : [86400, "day"];
    return words.format(-Math.sign(seconds) * Math.floor(n / size), unit);
  }

  const amount = (bytes) => new Intl.NumberFormat(locale, { style: "unit", unitDisplay: "short", maximumFractionDigits: 1, ...(bytes < 1e6 ? { unit: "kilobyte" } : { unit: "megabyte" }) }).format(bytes < 1e6 ? bytes / 1e3 : bytes / 1e6);

  // name is the text of a map of languages in the reader's, or in the next best.
  const name = (map) => map?.[lang.slice(0, 2)] ?? map?.[lang] ?? map?.zh ?? map?.en ?? Object.values(map ?? {})[0] ?? "";

  // el makes an element; children that are texts are never read as HTML.
  function el(tag, attributes = {}, ...children) {
    const e = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== false) e.setAttribute(key, value === true ? "" : value);
    e.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== ""));
    return e;
  }

  // drawn is a copy of a sign or mark that the page holds ready.
  const drawn = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

  const find = (selector) => page.querySelector(selector);
  const now = () => Date.now() / 1000;

  return { page, paths, lang, t, has: (key) => key in texts, date, time, age, amount, name, el, drawn, find, now, verifier: import(paths.verifier) };
})();
