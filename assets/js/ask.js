// Copies a text, or hands it to the phone's own "send to" list. Without this
// script the field is there to be selected.
document.querySelectorAll("[data-copy]").forEach((button) => {
  const field = document.getElementById(button.dataset.copy);
  const said = document.getElementById(button.dataset.said);
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = button.dataset.done;
    } catch {
      field.focus();
      field.select();
    }
  });
});
document.querySelectorAll("[data-send]").forEach((button) => {
  if (!navigator.share) return;
  button.hidden = false;
  button.addEventListener("click", () => navigator.share({ text: document.getElementById(button.dataset.send).value }).catch(() => {}));
});
