// Offers to show the password; without this script the box is not there.
document.querySelectorAll("[data-shows]").forEach((box) => {
  box.closest("label").hidden = false;
  box.addEventListener("change", () => {
    document.getElementById(box.dataset.shows).type = box.checked ? "text" : "password";
  });
});
