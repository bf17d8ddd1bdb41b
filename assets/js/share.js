// Hands the picture to the phone's own "send to" list. Without this script, or
// where a browser cannot, the form opens the picture to be held or saved.
document.querySelectorAll("form[data-picture]").forEach((form) => {
  if (!navigator.canShare) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST" });
      const file = new File([await answer.blob()], "certificate.png", { type: "image/png" });
      if (!answer.ok || !navigator.canShare({ files: [file] })) throw new Error("cannot be sent from here");
      await navigator.share({ files: [file] });
      location.reload(); // a share may be new in the list
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  });
});
