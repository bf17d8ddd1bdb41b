// Makes passkeys and signs with them. A button names where to ask for the
// options; what the passkey answers goes into the form's field "passkey", and the
// form is sent as without a script. Parts that need a passkey stay hidden where
// the browser has none.
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));

  const ways = {
    async create(options) {
      const key = await navigator.credentials.create({ publicKey: { ...options, challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: keys(options.excludeCredentials) } });
      const made = { clientDataJSON: text(key.response.clientDataJSON), attestationObject: text(key.response.attestationObject) };
      if (key.response.getTransports) made.transports = key.response.getTransports();
      return [key, made];
    },
    async get(options) {
      const key = await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: keys(options.allowCredentials) } });
      const r = key.response;
      const signed = { clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData), signature: text(r.signature) };
      if (r.userHandle) signed.userHandle = text(r.userHandle);
      return [key, signed];
    },
  };

  document.querySelectorAll("[data-passkey-form]").forEach((part) => { part.hidden = false; });
  document.querySelectorAll("[data-passkey-without]").forEach((part) => { part.hidden = true; });
  document.querySelectorAll("button[data-passkey]").forEach((button) => {
    const form = button.form;
    const said = form.querySelector("[data-passkey-said]");
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      if (!form.reportValidity()) return;
      said.textContent = "";
      button.disabled = true;
      try {
        const answer = await fetch(button.dataset.url, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)) });
        const options = await answer.json();
        if (!answer.ok) {
          said.textContent = [options.detail, options.fix].filter(Boolean).join(". ");
          return;
        }
        const [key, response] = await ways[button.dataset.passkey](options);
        form.elements.passkey.value = JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(),
          authenticatorAttachment: key.authenticatorAttachment || undefined, response });
        if (form.elements.password) form.elements.password.disabled = true; // it was needed for the options alone
        form.submit();
      } catch (error) {
        said.textContent = error.name === "NotAllowedError" ? button.dataset.stopped : button.dataset.failed;
      } finally {
        button.disabled = false;
      }
    });
  });
})();
