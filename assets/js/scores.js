// Scores by the number pad: two digits go on to the next row by themselves. "10"
// waits a moment, because it may become 100; one digit waits for Enter. What is
// no score turns red only after its field is left.
(() => {
  const form = document.querySelector("[data-scores]");
  if (!form || !Recorder) return;
  const pause = 600; // ms in which a third digit may follow "10"
  let timer = 0;
  const fields = () => [...form.querySelectorAll(".score")];
  const good = (text) => text === "" || /^\d{1,3}$/.test(text) && Number(text) <= 100;

  function next(field) {
    clearTimeout(timer);
    const list = fields();
    const to = list.slice(list.indexOf(field) + 1).find((f) => !f.closest("[data-row]").hasAttribute("data-absent") || f.value);
    if (to) return to.focus();
    field.blur();
    document.querySelector(`.tabs a[href="${CSS.escape(form.dataset.next)}"]`)?.focus({ preventScroll: true });
  }

  form.addEventListener("focusin", (event) => {
    if (!event.target.matches(".score")) return;
    event.target.select();
    event.target.closest("[data-row]").scrollIntoView({ block: "center", behavior: "instant" });
  });
  form.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches(".score")) return;
    clearTimeout(timer);
    field.removeAttribute("aria-invalid");
    const text = field.value.trim();
    if (!event.inputType?.startsWith("insert") || !good(text) || text.length < 2) return;
    if (text === "10") timer = setTimeout(() => next(field), pause);
    else next(field);
  });
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches(".score")) return;
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      next(field);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      fields()[fields().indexOf(field) - 1]?.focus();
    }
  });
  form.addEventListener("focusout", (event) => {
    const field = event.target;
    if (!field.matches(".score")) return;
    clearTimeout(timer);
    const text = field.value.trim(), row = field.closest("[data-row]"), place = field.dataset.place;
    if (!good(text)) {
      field.setAttribute("aria-invalid", "true");
      field.title = Recorder.say("score.wrong");
      return;
    }
    field.removeAttribute("aria-invalid");
    field.title = "";
    if (text === (Recorder.shown().get(place)?.value ?? "")) return;
    const act = { enrolment: row.dataset.row, attempt: Recorder.attemptOf(row) };
    if (text === "") act.clear = true;
    else act.score = Number(text);
    Recorder.did("theory", act, [place]);
  });
})();
