// Enter in a score goes to the next row instead of sending the form; without
// this script Enter saves what is typed.
document.querySelectorAll("[data-scores]").forEach((form) => {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.classList.contains("score")) return;
    const fields = [...form.querySelectorAll(".score")];
    const next = fields[fields.indexOf(event.target) + 1];
    event.preventDefault();
    if (next) next.select();
    else form.querySelector("[type=submit]").focus();
  });
});
