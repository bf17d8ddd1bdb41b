// A choice is shown at once; without this script the button shows it.
document.querySelectorAll("form[data-auto]").forEach((form) => {
  form.addEventListener("change", () => form.requestSubmit());
});
