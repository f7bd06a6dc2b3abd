// How hard a new password is to guess, while it is typed. The server judges again, with more words.
"use strict";

(function () {
  const WORDS = ["很弱", "弱", "较弱", "一般", "强"];
  const meter = document.querySelector("[data-meter]");
  const input = document.getElementById(meter.dataset.meter);
  const known = JSON.parse(meter.dataset.words);

  input.addEventListener("input", function () {
    const typed = input.value.slice(0, 72);
    meter.hidden = typed === "";
    if (meter.hidden) return;
    const score = window.zxcvbn(typed, known).score;
    meter.querySelector("meter").value = score;
    meter.querySelector("span").textContent = "强度：" + WORDS[score] + (score < 4 ? "，须达到“强”，例如用三四个不相关的词加数字、符号" : "");
  });
})();
