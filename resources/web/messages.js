// What the application says of itself comes in words for the command line; the server knows those
// for people who see a window, in each language.
import { post } from './connection.js';
import { current } from './words.js';

const known = new Map(); // language/text -> said
let wanted = new Set();
let told = () => {};

export function onTold(callback) { told = callback; }

// The text in the reader's language, or as it came until the server has answered.
export function inWords(text) {
  if (!text) return text ?? '';
  const said = known.get(`${current()}/${text}`);
  if (said !== undefined) return said;
  if (!wanted.size) setTimeout(askAll, 50);
  wanted.add(text);
  return text;
}

async function askAll() {
  const language = current();
  const texts = [...wanted].filter((text) => text.length <= 2000).slice(0, 50);
  wanted = new Set();
  if (known.size > 500) known.clear();
  for (const text of texts) known.set(`${language}/${text}`, text); // asked once, whatever comes
  try {
    const { texts: said } = await post('/api/say', { language, texts });
    said.forEach((text, index) => known.set(`${language}/${texts[index]}`, text));
    told();
  } catch { /* it stays in English */ }
}
