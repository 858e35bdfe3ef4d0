// Turns what is known into nodes.  Text from speech, documents and models is only ever textContent.
import { inWords } from './messages.js';
import { current, say } from './words.js';

const $ = (id) => document.getElementById(id);

export function element(tag, text = '', className = '') {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const pad = (n) => String(n).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`
    : `${Math.floor(s / 60)}:${pad(s % 60)}`;
}

const squeeze = (text) => text.replaceAll(' ', '').toLowerCase();

const TRACKS = { mic: 'me', system: 'others', file: 'file', browser: 'browser' };
const MAX_LINES = 2000;

// --- the transcript: follows the end until the reader scrolls up ----------------------------------

export class Transcript {
  constructor() {
    this.box = $('transcript');
    this.lines = $('lines');
    this.now = $('now');
    this.jump = $('jump');
    this.growing = new Map(); // track -> {open, partial}
    this.follows = true;
    this.last = '';
    this.wanted = ''; // the keyword whose lines are marked
    this.box.addEventListener('scroll', () => {
      const left = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight;
      this.follows = left < 60;
      this.jump.hidden = this.follows;
    });
    this.jump.addEventListener('click', () => this.toEnd());
    // A notice or the phone's keyboard takes room: the end stays in sight.
    new ResizeObserver(() => { if (this.follows) this.toEnd(); }).observe(this.box);
  }

  toEnd() {
    this.follows = true;
    this.jump.hidden = true;
    this.box.scrollTop = this.box.scrollHeight;
  }

  clear() {
    this.lines.replaceChildren();
    this.growing.clear();
    this.last = '';
    this.drawGrowing();
  }

  reset({ lines, open, partial }) {
    this.clear();
    const many = document.createDocumentFragment();
    for (const line of lines) many.append(this.node(line));
    this.lines.append(many);
    for (const [track, text] of Object.entries(open)) this.growing.set(track, { open: text, partial: '' });
    for (const [track, text] of Object.entries(partial)) this.grow(track).partial = text;
    this.drawGrowing();
    this.toEnd();
  }

  grow(track) {
    if (!this.growing.has(track)) this.growing.set(track, { open: '', partial: '' });
    return this.growing.get(track);
  }

  add(line) {
    const growing = this.growing.get(line.track);
    const open = growing?.open.trimStart() ?? '';
    // A line comes once it is on disk; words said after it may be shown already.
    if (open.length > line.text.length && open.startsWith(line.text)) growing.open = open.slice(line.text.length);
    else this.growing.delete(line.track);
    this.lines.append(this.node(line));
    while (this.lines.childElementCount > MAX_LINES) this.lines.firstElementChild.remove();
    this.drawGrowing();
  }

  words(track, text) {
    const growing = this.grow(track);
    growing.open += text;
    growing.partial = '';
    this.drawGrowing();
  }

  hypothesis(track, text) {
    this.grow(track).partial = text;
    this.drawGrowing();
  }

  // What was held back was unconfirmed: confirmed words stay.
  suppress(track) {
    const growing = this.growing.get(track);
    if (growing) growing.partial = '';
    this.drawGrowing();
  }

  settle(track) {
    this.growing.delete(track);
    this.drawGrowing();
  }

  node(line) {
    const item = element('li', '', `line ${TRACKS[line.track] ?? 'file'}`);
    if (line.track !== this.last) item.append(element('span', say(TRACKS[line.track] ?? 'file'), 'who'));
    this.last = line.track;
    item.append(element('time', clock(line.start_s)), element('span', line.text, 'text'));
    item.dataset.text = squeeze(line.text);
    item.classList.toggle('found', Boolean(this.wanted) && item.dataset.text.includes(this.wanted));
    return item;
  }

  drawGrowing() {
    const nodes = [];
    for (const [track, { open, partial }] of this.growing) {
      if (!open && !partial) continue;
      const item = element('div', '', `line growing ${TRACKS[track] ?? 'file'}`);
      if (track !== this.last || nodes.length) item.append(element('span', say(TRACKS[track] ?? 'file'), 'who'));
      const text = element('span', '', 'text');
      text.append(element('span', open.trimStart()), element('span', partial, 'partial'));
      item.append(element('time', '···'), text);
      nodes.push(item);
    }
    this.now.replaceChildren(...nodes);
    $('empty').hidden = nodes.length > 0 || this.lines.childElementCount > 0;
    if (this.follows) this.box.scrollTop = this.box.scrollHeight;
  }

  // Marks the lines that say a keyword and goes to the next of them.
  show(word) {
    for (const marked of this.lines.querySelectorAll('.found')) marked.classList.remove('found');
    this.wanted = squeeze(word);
    if (!word) return;
    const found = [...this.lines.children].filter((item) => item.dataset.text.includes(this.wanted));
    for (const item of found) item.classList.add('found');
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (found.length) this.follows = false; // the next word must not pull the reader back to the end
    found.at(-1)?.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
  }
}

// --- keywords and passages ----------------------------------------------------------------------

export function drawKeywords(entries, onChosen, chosen) {
  const focused = document.activeElement?.dataset.key; // who walks the chips by keyboard stays there
  const nodes = entries.map((entry) => {
    const chip = element('button', '', `chip ${entry.category}`);
    chip.type = 'button';
    chip.dataset.key = entry.key;
    chip.title = say('categories')[entry.category] ?? '';
    chip.setAttribute('aria-pressed', String(entry.key === chosen));
    chip.append(element('span', entry.text), element('b', String(entry.count)));
    chip.addEventListener('click', () => onChosen(entry));
    return chip;
  });
  $('keywords').replaceChildren(...(nodes.length ? nodes : [element('p', say('noKeywords'), 'hint')]));
  if (focused) nodes.find((chip) => chip.dataset.key === focused)?.focus();
}

export function passageNode(passage, number = 0) {
  const card = element('article', '', 'passage');
  const where = passage.kind === 'transcript' ? clock(passage.start_s)
    : passage.page ? say('page')(passage.page) : '';
  const head = element('header');
  if (number) head.append(element('b', `[${number}]`));
  head.append(element('span', passage.source, 'source'), element('span', where, 'where'));
  card.append(head, marked(passage));
  if (passage.reasons?.length) card.append(element('p', passage.reasons.join(' · '), 'reasons'));
  return card;
}

function marked(passage) {
  const text = element('p', '', 'snippet');
  let at = 0;
  for (const [start, end] of passage.matches ?? []) {
    if (start < at || end > passage.text.length) continue;
    text.append(passage.text.slice(at, start), element('mark', passage.text.slice(start, end)));
    at = end;
  }
  text.append(passage.text.slice(at));
  return text;
}

export function drawPassages(passages) {
  const nodes = passages.slice(-12).reverse().map((passage) => passageNode(passage));
  $('passages').replaceChildren(...(nodes.length ? nodes : [element('p', say('noPassages'), 'hint')]));
}

// --- answers ------------------------------------------------------------------------------------

// A growing answer keeps its nodes: a button that is replaced with every word cannot be clicked.
// `refused`: sentences about a question that was not taken.
export function drawAnswers(answers, onStop, refused) {
  const box = $('answers');
  const follows = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  const growing = new Map([...box.querySelectorAll('.answer.growing')].map((node) => [node.dataset.id, node]));
  const nodes = answers.map((entry) => {
    const node = growing.get(entry.answer_id);
    if (!node || entry.answer || entry.failed || node.lang !== current()) return answerNode(entry, onStop);
    node.querySelector('.streaming').textContent = entry.text || '…';
    return node;
  });
  const kept = new Set(nodes);
  for (const node of [...box.children]) if (!kept.has(node)) node.remove();
  nodes.forEach((node, index) => { if (box.children[index] !== node) box.insertBefore(node, box.children[index] ?? null); });
  if (refused.length) box.append(element('p', refused.map(inWords).join(' '), 'failed'));
  else if (!nodes.length) box.append(element('p', say('noAnswers'), 'hint'));
  if (follows || refused.length) box.scrollTop = box.scrollHeight;
}

function answerNode(entry, onStop) {
  const node = element('article', '', 'answer');
  node.append(element('p', entry.question, 'question'));
  if (entry.failed) {
    if (entry.failed.partial) node.append(element('p', entry.failed.partial));
    node.append(element('p', `${inWords(entry.failed.message)} ${inWords(entry.failed.hint)}`, 'failed'));
    return node;
  }
  if (!entry.answer) {
    node.classList.add('growing');
    node.dataset.id = entry.answer_id;
    node.lang = current();
    node.setAttribute('aria-busy', 'true'); // read out when it is whole
    node.append(element('p', entry.text || '…', 'streaming'));
    const stop = element('button', say('stop'));
    stop.type = 'button';
    stop.addEventListener('click', () => onStop(entry.answer_id));
    node.append(stop);
    return node;
  }
  const { answer } = entry;
  if (answer.refused) node.append(element('p', say('refused'), 'refused'));
  const text = element('p', '', 'said');
  if (answer.sentences.length) {
    for (const sentence of answer.sentences) {
      const part = element('span', sentence.text, sentence.support);
      part.title = say('support')[sentence.support] ?? '';
      text.append(part, ' ');
    }
  } else {
    text.textContent = answer.text;
  }
  if (!answer.refused) node.append(text);
  for (const support of ['weak', 'unsupported']) {
    if (!answer.refused && answer.sentences.some((sentence) => sentence.support === support)) {
      node.append(element('p', say(`${support}Legend`), 'badges'));
    }
  }
  const badges = [answer.source === 'basic' ? say('basic') : answer.source];
  if (answer.cached) badges.push(say('cached'));
  if (answer.partial) badges.push(say('partial'));
  node.append(element('p', badges.join(' · '), 'badges'));
  answer.citations.forEach((passage, index) => node.append(passageNode(passage, index + 1)));
  return node;
}

// --- the machine --------------------------------------------------------------------------------

export function drawMachine(latest, services) {
  const rows = [];
  const recogniser = latest.RecogniserChanged;
  const lag = latest.LagMeasured;
  const machine = latest.MachineMeasured;
  if (recogniser?.state === 'ready') {
    rows.push([say('recogniser'), recogniser.basic ? say('basicRecogniser')
      : `${recogniser.model.split('/').pop()} · ${recogniser.device.toUpperCase()} · ${recogniser.compute_type}`]);
  } else if (recogniser) {
    rows.push([say('recogniser'), inWords(recogniser.detail) || say('states')[recogniser.state] || recogniser.state]);
  }
  if (lag) rows.push([say('lag'), say('seconds')(lag.lag_s.toFixed(1))]);
  if (machine) {
    const gigabytes = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GB`;
    rows.push([say('cpu'), `${Math.round(machine.cpu * 100)}%`]);
    rows.push([say('memory'), `${gigabytes(machine.memory_used_bytes)} / ${gigabytes(machine.memory_total_bytes)}`]);
    for (const gpu of machine.gpus) {
      rows.push([gpu.name, `${Math.round(gpu.utilisation * 100)}% · ${gigabytes(gpu.memory_used_bytes)} / ${gigabytes(gpu.memory_total_bytes)}`]);
    }
    if (!machine.gpus.length) rows.push([say('gpu'), inWords(machine.gpu_reason) || say('noGpu')]);
    if (machine.llm) rows.push([say('llm'), `${machine.llm.tokens_out_per_s.toFixed(0)} tok/s`]);
  }
  $('machine').replaceChildren(...rows.flatMap(([name, value]) => [element('dt', name), element('dd', value)]));
  $('services').previousElementSibling.hidden = !services.length;
  $('services').replaceChildren(...services.map((service) => {
    const item = element('li', '', service.state);
    item.append(element('b', say('services_')[service.name] ?? service.label));
    item.append(element('span', say('states')[service.state] ?? service.state));
    for (const why of [service.reason, service.state === 'ready' ? '' : service.hint]) {
      if (why) item.append(element('p', inWords(why)));
    }
    return item;
  }));
}

// --- notices ------------------------------------------------------------------------------------

export function drawNotices(notices, onDismiss) {
  $('notices').replaceChildren(...notices.map((notice) => {
    const node = element('div', '', `notice ${notice.severity}`);
    const text = element('p');
    text.append(element('b', inWords(notice.message)), element('span', ` ${inWords(notice.hint)}`));
    const button = element('button', '✕');
    button.type = 'button';
    button.setAttribute('aria-label', `${say('dismiss')}: ${inWords(notice.message)}`);
    button.addEventListener('click', () => onDismiss(notice));
    node.append(text, button);
    return node;
  }));
}
