/* Photos of telephones before they are uploaded. */

import { make } from "./dom.js";

const PHOTO = /^image\/(jpeg|png|heic|heif)$/;
const STRANGE = /^image\/hei[cf]$/;

/* Gives the file as it is, or in its place a JPEG whose longer side has `side` dots: for a photo of more than
   `largest` bytes, and for one of a kind that the server does not take but this browser can show. */
export async function fitting(file, largest, side) {
  if (!PHOTO.test(file.type) || (file.size <= largest && !STRANGE.test(file.type))) return file;
  let picture;
  try { picture = await createImageBitmap(file); } catch { return file; }
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = make("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  const pen = canvas.getContext("2d");
  /* What is transparent would turn black. */
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const data = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.9); });
  return data ? new File([data], `${file.name.replace(/\.[^.]*$/, "")}.jpg`, { type: data.type }) : file;
}
