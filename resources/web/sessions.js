// Earlier meetings: their lines, and the files that can be taken along.
import { clock, element } from './view.js';
import { current, say } from './words.js';

const $ = (id) => document.getElementById(id);
const FORMATS = ['txt', 'md', 'docx', 'srt', 'vtt', 'json'];

let asked = 0;

// `running`: the meeting on the page, which may take a break.
export async function showSessions(running) {
  const query = $('sessions-search').value;
  const mine = ++asked;
  const reply = await fetch('/api/sessions', { cache: 'no-store' });
  if (!reply.ok) return;
  const { sessions } = await reply.json();
  if (mine !== asked) return; // a later answer may have come before this one
  const wanted = query.trim().toLowerCase();
  const open = new Set([...document.querySelectorAll('#sessions details[open]')].map((node) => node.dataset.id));
  const found = sessions.filter((session) => session.title.toLowerCase().includes(wanted));
  const nodes = found.map((session) => sessionNode(session, open.has(session.session_id), running));
  const focused = document.activeElement?.closest('#sessions details')?.dataset.id;
  $('sessions').replaceChildren(...(nodes.length ? nodes : [element('p', say('noSessions'), 'hint')]));
  nodes.find((node) => node.dataset.id === focused)?.firstElementChild.focus();
}

function sessionNode(session, open, running) {
  const node = element('details', '', 'session');
  node.dataset.id = session.session_id;
  const head = element('summary');
  const when = new Date(session.started_wall_s * 1000).toLocaleString(current(), { dateStyle: 'medium', timeStyle: 'short' });
  const paused = running?.session_id === session.session_id && running.paused;
  const activity = paused && session.activity === 'live' ? 'paused' : session.activity;
  const about = element('span', `${when} · `);
  about.append(activity === 'finished' ? clock(session.duration_s) : element('em', say(activity), activity));
  about.append(` · ${say('lines')(session.segment_count).replace(' ', '\u00a0')}`);
  head.append(element('b', session.title), about);
  node.append(head);
  node.addEventListener('toggle', () => { if (node.open && node.childElementCount === 1) fill(node, session); });
  if (open) node.open = true;
  return node;
}

async function fill(node, session) {
  const address = `/api/sessions/${encodeURIComponent(session.session_id)}`;
  const files = element('p', '', 'files');
  files.append(element('span', say('export')));
  for (const format of FORMATS) {
    const link = element('a', format.toUpperCase());
    link.href = `${address}/export?format=${format}`;
    link.download = '';
    files.append(link);
  }
  const lines = element('ol');
  node.append(files, lines);
  const reply = await fetch(address, { cache: 'no-store' });
  if (!reply.ok) return;
  const found = (await reply.json()).lines;
  for (const line of found) {
    const item = element('li');
    item.append(element('time', clock(line.start_s)), element('span', line.text));
    lines.append(item);
  }
  if (!found.length) node.append(element('p', say('noLines'), 'hint'));
}
