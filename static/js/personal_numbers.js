/* A keyword with what looks like the number of a document or a mobile phone is sent in the body, never in an address,
   which would stay in histories and logs. The patterns are those of services/personal_numbers.py. */
const PERSONAL = /(?<![0-9A-Z])(?:(?:\d{9})?[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dX]|(?:\d{9})?[1-9]\d{7}[01]\d[0-3]\d{4}|(?:\+?86)?1[3-9]\d{9}|[A-Z]\d{8,10})(?![0-9A-Z])/;

function isPersonal(text) {
  const plain = text.normalize("NFKC").toUpperCase();
  return PERSONAL.test(plain) || PERSONAL.test(plain.replace(/[\s./-]/g, ""));
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
    const others = new URLSearchParams([...new FormData(filters)].filter(([name, value]) => name !== "search" && value));
    filters.method = "post";
    filters.setAttribute("action", `${address}?${others}`);
    const proof = document.createElement("input");
    Object.assign(proof, { type: "hidden", name: "csrf_token", value: form.elements.csrf_token.value });
    filters.append(proof);
  });
}
