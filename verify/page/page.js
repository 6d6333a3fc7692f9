"use strict";
(() => {
  const verdicts = {
    valid: { zh: "有效：全部核对通过", en: "Valid: every check passed" },
    authentic: { zh: "真实：由登记机构签发且未被改动；当前状态未核对", en: "Authentic: issued by the registrar and unchanged; its present status was not checked" },
    invalid: { zh: "无效：有核对未通过", en: "Invalid: a check failed" },
    incomplete: { zh: "无法判断：未核对签发者", en: "Undecided: who issued it was not checked" },
    error: { zh: "无法核对", en: "Cannot check" },
  };
  const marks = { passed: "✓", failed: "✗", "not-checked": "–" };
  const fields = [
    ["code", "登记编码", "Registration code"], ["dataName", "登记数据名称", "Data name"], ["registrantName", "登记主体名称", "Registrant"],
    ["registrant", "统一社会信用代码", "Unified social credit code"], ["industry", "行业分类", "Industry"], ["dataType", "登记数据类型", "Data type"],
    ["registrar", "登记机构", "Registrar"], ["platform", "登记平台", "Platform"], ["summary", "数据内容简介", "Summary"],
    ["validFrom", "有效期自", "Valid from"], ["validUntil", "有效期至", "Valid until"],
  ];
  const trustNote = {
    none: { zh: "未提供信任根：只能核对完整性，不能核对签发者。", en: "No trust anchors: integrity is checked, the issuer is not." },
    given: { zh: "信任根：", en: "Trust anchors: " },
  };

  const notes = {
    none: { zh: "没有读到确认单的二维码。请拍得更近、更正、更亮。", en: "No code of a slip was found. Take the picture closer, straighter and brighter." },
    other: { zh: "读到的二维码不是确认单的二维码。", en: "The code that was read is not one of a slip." },
    link: { zh: "读到查验链接，已填入登记编码和查询码。", en: "A verification link was read; its codes are filled in." },
    linkOffline: { zh: "读到查验链接。本页不联网，请扫描左下方的二维码。", en: "A verification link was read. This page makes no connection: scan the code at the lower left." },
    proof: { zh: "读到确认单的证明，结果见下。", en: "The proof of a slip was read; the result stands below." },
    both: { zh: "读到确认单的证明，结果见下；查当前状态请按“查验”。", en: "The proof of a slip was read, the result stands below; press Check for the present status." },
    noCamera: { zh: "摄像头不可用，请改用照片。", en: "The camera cannot be used; take a photo instead." },
    searching: { zh: "请将二维码对准画面……", en: "Hold the code into the picture…" },
  };

  const element = (id) => document.getElementById(id);
  const data = JSON.parse(element("data").textContent);
  const state = { language: "zh", trust: data.trust, attestation: "", shown: null, seen: "" };

  const say = (text) => text[state.language];

  function translate() {
    document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
    for (const node of document.querySelectorAll("[data-zh]")) node.textContent = node.dataset[state.language];
    element("language").textContent = state.language === "zh" ? "English" : "中文";
    showTrust();
    see(state.seen);
    if (state.shown) show(state.shown);
  }

  function showTrust() {
    let text = say(trustNote.none);
    if (state.trust) {
      try {
        const anchors = JSON.parse(state.trust).anchors;
        text = `${say(trustNote.given)}${anchors.platform} · ${anchors.version} · ${anchors.mode} · ${anchors.organisations.map((o) => o.msp).join(", ")}`;
      } catch { /* the verifier says what is wrong with it */ }
    }
    element("anchors").textContent = text;
  }

  function make(tag, text) {
    const node = document.createElement(tag);
    node.textContent = text;
    return node;
  }

  function checkRow(check) {
    const row = make("tr", "");
    row.className = check.outcome;
    const result = make("td", say(check.text));
    result.append(make("small", check.detail ? `${check.code} · ${check.detail}` : check.code));
    row.append(make("td", marks[check.outcome]), make("td", say(check.label)), result);
    return row;
  }

  function contentOf(report) {
    const source = report.slip || report.attestation || {};
    return { ...source, ...(source.publicised || {}) };
  }

  function show(report) {
    state.shown = report;
    const verdict = report.verdict || "error";
    element("result").hidden = false;
    element("verdict").className = verdict;
    element("verdict").textContent = say(verdicts[verdict]) + (report.error ? `: ${report.error}` : "");
    element("sandbox").hidden = !report.sandbox;
    element("checks").replaceChildren(...(report.checks || []).map(checkRow));
    const content = contentOf(report);
    element("content").replaceChildren(...fields.filter(([key]) => content[key]).flatMap(([key, zh, en]) =>
      [make("dt", say({ zh, en })), make("dd", String(content[key]))]));
  }

  async function start() {
    const packed = Uint8Array.from(atob(data.verifier), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const go = new Go();
    const { instance } = await WebAssembly.instantiate(await new Response(stream).arrayBuffer(), go.importObject);
    go.run(instance);
    return globalThis.dengji;
  }
  const ready = start();

  const anchors = data.online && !data.trust ? fetch("api/v1/trust.json").then((answer) => answer.ok ? answer.text() : "") : Promise.resolve(data.trust);

  async function judge(kind, input, attestation, nonce) {
    const verifier = await ready;
    state.trust = state.trust || await anchors.catch(() => "");
    showTrust();
    return JSON.parse(verifier[kind](input, JSON.stringify({ trust: state.trust, attestation, nonce, at: new Date().toISOString() })));
  }

  // Only an authentic slip is asked about, and only by its code.
  async function check(kind, input) {
    let report = await judge(kind, input, state.attestation, "");
    if (data.online && kind === "verify" && !state.attestation && report.verdict === "authentic") {
      const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
      const answer = await fetch(`api/v1/registrations/${encodeURIComponent(report.slip.code)}/attestation?nonce=${nonce}`).catch(() => null);
      if (answer && answer.ok) report = await judge(kind, input, await answer.text(), nonce);
    }
    show(report);
  }

  async function checkCodes(code, queryCode) {
    const answer = await fetch("api/v1/verifications", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code, queryCode }),
    });
    const body = await answer.json();
    show(answer.ok ? body : { error: body.message ? say(body.message) : String(answer.status) });
  }

  const last = { run: null };
  function run(kind, input) {
    last.run = () => check(kind, input).catch((error) => show({ error: String(error) }));
    return last.run();
  }

  const checkFile = async (file) => run("verify", new Uint8Array(await file.arrayBuffer()));
  const checkProof = (text) => run("proof", text.replace(/[\r\n]+$/, ""));

  // largestSide bounds the pixels of a photo that are searched; smallestStep is how
  // often a picture of the camera is.
  const largestSide = 3000;
  const smallestStep = 150;
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });

  // A slip carries two codes and a reader gives one of a picture: parts of the
  // picture are looked at too.
  const regions = [[0, 0, 1, 1], [0, 0.5, 0.5, 0.5], [0.5, 0, 0.5, 0.5], [0, 0.5, 1, 0.5], [0, 0, 1, 0.5], [0, 0, 0.5, 1], [0.5, 0, 0.5, 1]];

  function readCodes(source, width, height, parts) {
    const scale = Math.min(1, largestSide / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    pen.drawImage(source, 0, 0, canvas.width, canvas.height);
    const texts = new Set();
    for (const [x, y, w, h] of parts) {
      const box = [x * canvas.width, y * canvas.height, w * canvas.width, h * canvas.height].map(Math.round);
      if (box[2] < 1 || box[3] < 1) continue;
      try { texts.add(readQR(pen.getImageData(...box))); } catch { /* no code in this part */ }
    }
    return [...texts];
  }

  function linkOf(text) {
    if (!/^https?:\/\//.test(text)) return null;
    const fragment = new URLSearchParams(text.slice(text.indexOf("#") + 1));
    return text.includes("#") && fragment.has("code") && fragment.has("query") ? fragment : null;
  }

  // useCodes acts on the texts of a slip's codes; false: there was none of a slip.
  function useCodes(texts) {
    const proof = texts.find((text) => text.startsWith("DENGJI1:"));
    const link = texts.map(linkOf).find(Boolean);
    const fill = link && data.online;
    if (fill) {
      element("code").value = link.get("code");
      element("query").value = link.get("query");
    }
    if (proof) checkProof(proof);
    else if (fill) element("codes").requestSubmit();
    if (proof || link) see(proof ? (fill ? "both" : "proof") : (fill ? "link" : "linkOffline"));
    return Boolean(proof || link);
  }

  function see(name) {
    state.seen = name;
    element("seen").textContent = name ? say(notes[name]) : "";
  }

  async function checkPicture(file) {
    try {
      const picture = await createImageBitmap(file);
      const texts = readCodes(picture, picture.width, picture.height, regions);
      picture.close();
      if (!useCodes(texts)) see(texts.length ? "other" : "none");
    } catch {
      see("none");
    }
  }

  const camera = { stream: null, timer: 0 };

  function stopCamera() {
    clearTimeout(camera.timer);
    if (camera.stream) for (const track of camera.stream.getTracks()) track.stop();
    camera.stream = null;
    element("view").hidden = true;
    element("camera").setAttribute("aria-pressed", "false");
  }

  function look() {
    if (!camera.stream) return;
    const view = element("view");
    const texts = view.videoWidth ? readCodes(view, view.videoWidth, view.videoHeight, regions.slice(0, 1)) : [];
    if (useCodes(texts)) stopCamera();
    else camera.timer = setTimeout(look, smallestStep);
  }

  async function startCamera() {
    try {
      camera.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } });
    } catch {
      see("noCamera");
      return;
    }
    const view = element("view");
    view.srcObject = camera.stream;
    view.hidden = false;
    element("camera").setAttribute("aria-pressed", "true");
    see("searching");
    await view.play();
    look();
  }

  element("camera").addEventListener("click", () => {
    if (!camera.stream) return startCamera();
    stopCamera();
    see("");
  });

  const checkAny = (file) => file.type.startsWith("image/") ? checkPicture(file) : checkFile(file);

  element("slip").addEventListener("change", (event) => { if (event.target.files[0]) checkAny(event.target.files[0]); });
  for (const name of ["attestation", "trust"]) {
    element(name).addEventListener("change", async (event) => {
      if (!event.target.files[0]) return;
      state[name] = await event.target.files[0].text();
      showTrust();
      if (last.run) last.run();
    });
  }
  for (const name of ["dragover", "dragleave", "drop"]) {
    element("drop").addEventListener(name, (event) => {
      event.preventDefault();
      element("drop").classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files[0]) checkAny(event.dataTransfer.files[0]);
    });
  }
  element("check-proof").addEventListener("click", () => checkProof(element("proof").value));
  element("language").addEventListener("click", () => {
    state.language = state.language === "zh" ? "en" : "zh";
    translate();
  });

  translate();
  const fragment = new URLSearchParams(location.hash.slice(1));
  if (fragment.has("proof")) checkProof(fragment.get("proof"));
  if (data.online) {
    const submit = () => checkCodes(element("code").value, element("query").value).catch((error) => show({ error: String(error) }));
    element("codes").addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    for (const name of ["code", "query"]) {
      if (fragment.has(name)) element(name).value = fragment.get(name);
    }
    if (fragment.has("code") && fragment.has("query")) submit();
  }
})();
