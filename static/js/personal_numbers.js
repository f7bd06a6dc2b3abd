/* A keyword with what looks like the number of a document or a mobile phone is sent in the body, never in an address,
   which would stay in histories and logs. The expressions, and how they are used, are those of services/personal_numbers.py. */
const ID = /(?=([1-9][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]))/;
const OLD_ID = /^(?:[0-9]{9})?([1-9][0-9]{7}[01][0-9][0-3][0-9]{4})$/;
const MOBILE = /(?=(1[3-9][0-9]{9}))/;
const DOCUMENT = /^(?!HB[0-9])(?:[A-Z][0-9]{7,10}|[A-Z]{2}[0-9]{7}|[A-Z]{1,2}[0-9]{6}[0-9A]|[A-Z][12][0-9]{8}|[HM][0-9]{8}(?:[0-9]{2})?|[A-Z]{3}[0-9]{12})$/;
const BARE = /^(?!(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]$)(?:[1578][0-9]{7}|[0-9]{8}|[0-9]{10}[A-Z]?)$/;
const REGISTRATION = /^(?:[0-9]{22}|[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{4})$/;
const BETWEEN = /[^\p{L}\p{N}]+/gu;
const BETWEEN_WORDS = /[\s,;、]+/;

const together = (parts) => parts.flatMap((part) => part.match(/[0-9A-Z]+/g) ?? []);

function holdsDigitsOfOne(text) {
  return [...text.matchAll(/([0-9]+)X?/g)].some(([all, digits]) =>
    ID.test(all) || OLD_ID.test(digits) || (digits.length >= 11 && digits.length <= 15 && MOBILE.test(digits)));
}

export function isPersonal(text) {
  const plain = text.normalize("NFKC").toUpperCase();
  const whole = plain.replace(BETWEEN, "");
  const words = [...plain.split(BETWEEN_WORDS).map((word) => word.replace(BETWEEN, "")), whole];
  return BARE.test(whole) || together(words).some((one) => DOCUMENT.test(one))
    || together([...plain.split(BETWEEN), ...words]).some((one) => !REGISTRATION.test(one) && holdsDigitsOfOne(one));
}

/* The filters of a grid: the other conditions stay in the address, as always. ``form`` holds the token, which changes
   when the user signs in anew in another window. */
export function startKeyword(filters, form) {
  const keyword = filters.elements.search;
  if (!keyword) return;
  const address = filters.getAttribute("action");
  filters.addEventListener("submit", () => {
    filters.method = "get";
    filters.setAttribute("action", address);
    filters.querySelector("input[name=csrf_token]")?.remove();
    if (!isPersonal(keyword.value)) return;
    const others = new URLSearchParams([...new FormData(filters)].filter(([name, value]) => !["search", "number"].includes(name) && value));
    filters.method = "post";
    filters.setAttribute("action", `${address}?${others}`);
    const proof = document.createElement("input");
    Object.assign(proof, { type: "hidden", name: "csrf_token", value: form.elements.csrf_token.value });
    filters.append(proof);
  });
}
