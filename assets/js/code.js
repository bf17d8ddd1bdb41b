// Groups a verification code by fours while it is typed or pasted. Without this
// script the field takes the same input in any shape.
document.querySelectorAll("[data-code]").forEach((field) => {
  field.addEventListener("input", () => {
    // Only when the caret stands at the end: correcting a middle group must not jump.
    if (field.selectionStart !== field.value.length || /[/:#]/.test(field.value)) return;
    const plain = field.value.toUpperCase().replace(/[^0-9A-Z]/g, "");
    field.value = plain.replace(/(.{4})(?=.)/g, "$1-");
  });
});
