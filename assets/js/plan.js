// Says, while a class is planned, whether its trainers and manikins are enough:
// what the server says when the form is sent, told as soon as a number changes.
const box = document.querySelector("[data-staffing]");
const form = box && box.closest("form");

const say = (text, ...values) => text.replace(/\{(\d)\}/g, (_, i) => values[i]);

function look() {
  const d = box.dataset;
  const people = Number(form.elements.capacity.value) || Number(d.people);
  const trainers = form.querySelectorAll("[name=trainer]:checked").length;
  const manikins = Number(form.elements.manikins.value) || Number(d.manikins);
  const most = Math.max(1, trainers);
  const lines = [];
  if (d.max > 0 && people > d.max * most) lines.push(say(d.textMax, people, trainers, d.max));
  else if (d.warn > 0 && people > d.warn * most) lines.push(say(d.textWarn, people, trainers, d.warn));
  if (d.each > 0 && people > d.each * manikins) lines.push(say(d.textEach, people, manikins, d.each));
  box.classList.toggle("short", lines.length > 0);
  box.classList.toggle("fine", people > 0 && lines.length === 0);
  const sum = box.querySelector(".sum");
  const now = people ? say(d.text, people, trainers, manikins) : d.textNone;
  if (sum.textContent !== now) sum.textContent = now;
  const list = box.querySelector("ul");
  if (list.textContent !== lines.join("")) {
    list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  }
}

if (form) {
  form.addEventListener("input", look);
  look();
}
