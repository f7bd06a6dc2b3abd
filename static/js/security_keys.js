/* USBKEY: a form with data-key-form asks the server what a security key shall sign, lets the browser talk to
   the key, and is sent with the answer. Without a key, or when the user breaks off, a sentence says so. */

const BROKEN_OFF = "没有完成验证：请插入USBKEY，按浏览器提示触摸后重试。";
const KNOWN = "该USBKEY已登记过，请换一个。";
const NOT_OFFERED = "此浏览器或此地址不支持USBKEY，请改用新版 Edge、Chrome 或 Firefox，并用平台的域名（https）访问。";

function bytesOf(text) {
  const plain = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

function textOf(buffer) {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function asked(options, act) {
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytesOf(one.id) }));
  const common = { ...options, challenge: bytesOf(options.challenge) };
  return act === "create"
    ? {
        ...common,
        user: { ...options.user, id: bytesOf(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      }
    : { ...common, allowCredentials: known(options.allowCredentials) };
}

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = textOf(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

function sentenceFor(error) {
  return error.name === "InvalidStateError" ? KNOWN : error.name === "SecurityError" ? NOT_OFFERED : BROKEN_OFF;
}

function start(form) {
  const problem = form.querySelector("[data-key-problem]");
  const act = form.dataset.keyAct;
  let isAnswered = false;

  function say(sentence) {
    problem.textContent = sentence;
    problem.hidden = false;
  }

  async function ask() {
    if (!window.PublicKeyCredential) throw new DOMException("", "SecurityError");
    const response = await fetch(form.dataset.keyForm, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(form),
    });
    const answer = await response.json();
    if (!response.ok) return say(answer.message);
    const credential = await navigator.credentials[act]({ publicKey: asked(answer, act) });
    form.elements.key_answer.value = answered(credential);
    isAnswered = true;
    form.requestSubmit();
  }

  form.addEventListener("submit", (event) => {
    if (isAnswered) return;
    event.preventDefault();
    problem.hidden = true;
    ask().catch((error) => say(sentenceFor(error)));
  });
}

document.querySelectorAll("[data-key-form]").forEach(start);
