// The sign-in page. It works without this script; with it, the picture changes at a click, and a code is
// sent without losing what was typed.
"use strict";

(function () {
  const form = document.getElementById("sign-in");
  const picture = document.getElementById("captcha-picture");
  const image = picture.querySelector("img");
  const imageAddress = image.getAttribute("src");
  const captcha = form.elements.captcha;
  const send = document.getElementById("send-code");
  const status = document.getElementById("sign-status");
  const question = document.getElementById("captcha-question");
  const other = document.getElementById("captcha-other");
  let isAsked = false;
  const needed = ["username", "password", "phone", "captcha"];

  function changePicture() {
    if (isAsked) {
      askQuestion();
      return;
    }
    image.src = imageAddress + "?" + Date.now();
    captcha.value = "";
  }

  function say(sentence, isError) {
    status.textContent = sentence;
    status.classList.toggle("is-error", isError);
    status.hidden = false;
  }

  function countDown(seconds) {
    const end = Date.now() + seconds * 1000;
    send.disabled = true;
    (function tick() {
      const left = Math.ceil((end - Date.now()) / 1000);
      send.disabled = left > 0;
      send.textContent = left > 0 ? left + "秒后重发" : "重新发送";
      if (left > 0) {
        window.setTimeout(tick, 250);
      }
    })();
  }

  function emptyFields() {
    return needed.map((name) => form.elements[name]).filter((field) => field.value.trim() === "");
  }

  function nameOf(field) {
    return field.labels[0].textContent.replace("：", "").trim();
  }

  /* What the server said about the form as it was sent before is over. */
  function clearAlerts() {
    form.querySelectorAll(".sign-alert").forEach((alert) => alert.remove());
  }

  async function sendCode() {
    clearAlerts();
    const empty = emptyFields();
    if (empty.length > 0) {
      say("请填写" + empty.map(nameOf).join("、") + "。", true);
      empty[0].focus();
      return;
    }
    send.disabled = true;
    let answer;
    let isSent = false;
    try {
      const response = await fetch(send.formAction, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new FormData(form),
      });
      isSent = response.ok;
      answer = await response.json();
    } catch {
      answer = { message: "网络不通，请稍后重试。" };
    }
    send.disabled = false;
    changePicture();
    say(answer.message, !isSent);
    captcha.closest(".sign-row").classList.toggle("is-spare", isSent);
    if (isSent) {
      countDown(answer.wait);
      form.elements.sms_code.focus();
    } else if (answer.field && form.elements[answer.field]) {
      form.elements[answer.field].focus();
    }
  }

  /* A sum in words in place of the picture; a click on it asks another. */
  async function askQuestion() {
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    const response = await fetch(other.dataset.url, {
      method: "POST",
      headers: { Accept: "application/json" },
      body,
    });
    if (!response.ok) return;
    isAsked = true;
    question.textContent = (await response.json()).question;
    question.hidden = false;
    picture.hidden = true;
    other.textContent = "换一题";
    captcha.value = "";
    captcha.focus();
  }

  other.hidden = false;
  other.addEventListener("click", askQuestion);
  picture.addEventListener("click", function () {
    changePicture();
    captcha.focus();
  });
  send.addEventListener("click", function (event) {
    event.preventDefault();
    sendCode();
  });
  // Whoever signs in next at this desk, or anew, finds nothing picked in any list.
  Object.keys(sessionStorage).filter((key) => key.startsWith("picked:")).forEach((key) => sessionStorage.removeItem(key));
  if (Number(send.dataset.wait) > 0) {
    countDown(Number(send.dataset.wait));
  }
})();
