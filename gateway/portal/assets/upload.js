"use strict";
// Sends the file of a form in pieces (tus 1.0), which can be paused and go on after
// the line or the page was lost; then has it anchored.
for (const form of document.querySelectorAll("form[data-resumable]")) {
  const panel = form.querySelector("[data-progress]");
  const bar = panel.querySelector("progress");
  const said = panel.querySelector("[data-said]");
  const pause = panel.querySelector("[data-pause]");
  const goOn = panel.querySelector("[data-go-on]");
  const giveUp = panel.querySelector("[data-give-up]");
  const send = form.querySelector("button:not([type])");
  let upload = null;

  const paused = (is) => {
    pause.hidden = is;
    goOn.hidden = !is;
    if (is) said.textContent = said.dataset.paused;
  };
  const fail = (text) => {
    paused(true);
    said.textContent = said.dataset.failed + " " + text;
    send.disabled = false;
  };
  // A refusal says in both languages what is wrong; what has no text, such as the
  // answer to a question for the offset, is named by its number.
  const sentence = (body, status) => {
    try {
      const { message } = JSON.parse(body);
      return (document.documentElement.lang === "en" ? message.en : message.zh) ?? status;
    } catch {
      return status;
    }
  };
  const anchor = async (address) => {
    said.textContent = said.dataset.anchoring;
    const fields = new FormData(form);
    const about = new URLSearchParams({ kind: fields.get("kind"), sealed: fields.get("sealed") === "true" });
    const answer = await fetch(`${new URL(address, location.href).pathname}/completion?${about}`, { method: "POST" });
    if (answer.ok) return location.assign(form.dataset.done);
    fail(sentence(await answer.text(), answer.status));
  };
  form.addEventListener("submit", async (event) => {
    const file = form.elements.file.files[0];
    if (!window.tus?.isSupported || !file || !form.elements.kind.value) return;
    event.preventDefault();
    send.disabled = true;
    panel.hidden = false;
    upload = new tus.Upload(file, {
      endpoint: form.dataset.resumable,
      chunkSize: 4 * 1024 * 1024,
      retryDelays: [0, 1000, 3000, 8000],
      metadata: { filename: file.name },
      removeFingerprintOnSuccess: true,
      onProgress: (sent, total) => {
        bar.value = total ? (100 * sent) / total : 100;
        said.textContent = `${said.dataset.sending} ${Math.floor(bar.value)}%`;
      },
      onError: (error) => {
        const answer = error.originalResponse;
        fail(answer ? sentence(answer.getBody(), answer.getStatus()) : error.message);
      },
      onSuccess: () => anchor(upload.url).catch((error) => fail(error.message)),
    });
    const [earlier] = await upload.findPreviousUploads();
    if (earlier) upload.resumeFromPreviousUpload(earlier);
    paused(false);
    upload.start();
  });
  pause.addEventListener("click", () => upload.abort().then(() => paused(true)));
  goOn.addEventListener("click", () => { paused(false); upload.start(); });
  giveUp.addEventListener("click", () => upload.abort(true).catch(() => {}).then(() => { panel.hidden = true; send.disabled = false; }));
}
