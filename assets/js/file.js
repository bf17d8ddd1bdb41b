// Tells before sending what is wrong with a file, takes it where it is dropped,
// and says that it is being checked. Without this script the form does the same,
// after the file has travelled.
const largest = 5 * 1024 * 1024;
const pictures = /^image\//;

// fault names what is wrong with the chosen files, "" for nothing.
async function fault(files) {
  if (files.length !== 1) return "one";
  const [file] = files;
  if (file.size === 0) return "empty";
  if (pictures.test(file.type) || /\.(png|jpe?g|heic|heif|webp|gif)$/i.test(file.name)) return "picture";
  if (file.size > largest) return "large";
  const head = new TextDecoder("latin1").decode(await file.slice(0, 1024).arrayBuffer());
  return head.includes("%PDF-") ? "" : "other";
}

document.querySelectorAll("form[data-file]").forEach((form) => {
  const input = form.querySelector("input[type=file]");
  const wrong = form.querySelector("[data-wrong]");
  const sending = form.querySelector("[data-sending]");
  const button = form.querySelector("button");
  const folded = form.closest("details");
  let good = false;

  const look = async () => {
    const found = input.files.length ? await fault(input.files) : "";
    good = !found && input.files.length === 1;
    wrong.hidden = !found;
    if (found) wrong.querySelector("span").textContent = form.dataset[found];
    input.setAttribute("aria-invalid", String(Boolean(found)));
    return good;
  };
  const send = async () => {
    if (!(await look())) {
      input.focus();
      return;
    }
    sending.hidden = false;
    button.disabled = true;
    form.submit();
  };
  input.addEventListener("change", look);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  // A page that comes back from the browser's memory can send again.
  window.addEventListener("pageshow", () => {
    sending.hidden = true;
    button.disabled = false;
  });

  // A file dropped beside the field would replace the page: the whole page takes it.
  let over = 0;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = () => form.classList.toggle("over", over > 0);
  document.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    over++;
    if (folded) folded.open = true;
    show();
  });
  document.addEventListener("dragleave", (event) => {
    if (!carries(event)) return;
    over = Math.max(0, over - 1);
    show();
  });
  document.addEventListener("dragover", (event) => {
    if (carries(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    over = 0;
    show();
    if (event.dataTransfer.files.length !== 1) {
      wrong.hidden = false;
      wrong.querySelector("span").textContent = form.dataset.one;
      return;
    }
    input.files = event.dataTransfer.files;
    send();
  });
});
