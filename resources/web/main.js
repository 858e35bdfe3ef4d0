// The page: takes the state and its changes, draws them once a frame, sends what the reader does.
import { Connection, post } from './connection.js';
import { Transcript, drawAnswers, drawKeywords, drawMachine, drawNotices, drawPassages } from './view.js';
import { onTold } from './messages.js';
import { showSessions } from './sessions.js';
import { Speaking } from './speaking.js';
import { apply, choose, current, say } from './words.js';

const $ = (id) => document.getElementById(id);
const transcript = new Transcript();
const state = { session: null, keywords: [], spoken: [], passages: [], answers: [], services: new Map(), refused: [], notices: [], latest: {}, config: {}, recovering: new Set() };
let chosen = '';
let conversation = fresh();
const dirty = new Set();
const speaking = new Speaking(transcript, { onKeywords(found) { state.spoken = found; soon('keywords'); } });

// Not randomUUID: a page from another machine without TLS is no "secure context" and has none.
function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function soon(...parts) {
  if (!dirty.size) requestAnimationFrame(draw);
  for (const part of parts) dirty.add(part);
}

function draw() {
  const now = new Set(dirty);
  dirty.clear();
  if (now.has('head')) drawHead();
  if (now.has('keywords')) drawKeywords([...state.keywords, ...state.spoken], chooseKeyword, chosen);
  if (now.has('passages')) drawPassages(state.passages);
  if (now.has('answers')) drawAnswers(state.answers, (id) => post(`/api/answers/${encodeURIComponent(id)}/stop`).catch(complain), state.refused);
  if (now.has('machine')) drawMachine(state.latest, [...state.services.values()]);
  if (now.has('notices')) drawNotices(state.notices, (notice) => dismiss(notice.code));
}

function drawHead() {
  const { session } = state;
  const name = say('name');
  $('title').textContent = session?.title || name;
  document.title = session?.title ? `${session.title} – ${name}` : name;
  const word = !session ? 'waiting' : session.finished ? 'finished' : !listens(session) ? 'transcribing' : session.paused ? 'paused' : 'live';
  $('state').textContent = say(word);
  $('state').className = word;
  const button = $('capture');
  button.hidden = !state.config.may_control;
  button.textContent = say(listens(session) ? 'stop' : 'start');
}

// A file on the page is no recording that could be stopped, nor is one whose last words are still written down.
const listens = (session) => Boolean(session) && !session.finished && !session.stopped && !session.tracks.includes('file');

function chooseKeyword(entry) {
  chosen = chosen === entry.key ? '' : entry.key;
  transcript.show(chosen ? entry.text : '');
  soon('keywords');
}

function onSnapshot(snapshot) {
  Object.assign(state, {
    session: snapshot.session, keywords: snapshot.keywords, passages: snapshot.passages,
    answers: snapshot.answers, latest: snapshot.latest, notices: snapshot.notices,
    services: new Map(snapshot.services.map((service) => [service.name, service])),
  });
  transcript.reset(snapshot);
  speaking.restore();
  soon('head', 'keywords', 'passages', 'answers', 'machine', 'notices');
  listAgain();
}

const listSessions = () => showSessions(state.session);
const listAgain = () => { if (!$('panel-sessions').hidden) listSessions().catch(() => {}); };

function onPause(paused) {
  if (state.session) state.session.paused = paused;
  soon('head');
  listAgain();
}

// An old session that is being recovered tells nothing else of itself.
function onProgress(event) {
  if (!event.task.startsWith('recover:') || state.recovering.has(event.task)) return;
  state.recovering.add(event.task);
  listAgain();
}

function dismiss(code) {
  state.notices = state.notices.filter((notice) => notice.code !== code);
  soon('notices');
}

const answerOf = (id) => state.answers.find((entry) => entry.answer_id === id);

const HANDLERS = {
  SessionStarted(event) {
    state.session = { ...event, finished: false, paused: false };
    state.keywords = [];
    state.passages = [];
    transcript.clear();
    soon('head', 'keywords', 'passages');
    listAgain();
  },
  SessionPaused() { onPause(true); },
  SessionResumed() { onPause(false); },
  SessionFinished(event) {
    if (state.session?.session_id === event.session_id) state.session.finished = true;
    state.recovering.delete(`recover:${event.session_id}`);
    soon('head');
    listAgain();
  },
  ProgressReported: onProgress,
  NoticeRaised(event) { dismiss(event.code); state.notices.push(event); },
  NoticeCleared(event) { dismiss(event.code); },
  HypothesisUpdated(event) { transcript.hypothesis(event.track, event.text); },
  WordsCommitted(event) { transcript.words(event.track, event.text); },
  SegmentCommitted(event) { transcript.add(event); },
  SegmentSuppressed(event) { transcript.suppress(event.track); },
  KeywordsFound(event) { state.keywords = event.book; soon('keywords'); },
  PassagesFound(event) { state.passages = [...state.passages, ...event.passages].slice(-20); soon('passages'); },
  ServiceChanged(event) { state.services.set(event.status.name, event.status); soon('machine'); },
  AnswerStarted(event) { state.refused = []; state.answers = [...state.answers, { ...event, text: '' }].slice(-20); soon('answers'); },
  AnswerExtended(event) { const entry = answerOf(event.answer_id); if (entry) entry.text += event.text; soon('answers'); },
  AnswerFinished(event) { const entry = answerOf(event.answer_id); if (entry) entry.answer = event.answer; soon('answers'); },
  AnswerFailed(event) { const entry = answerOf(event.answer_id); if (entry) entry.failed = event; soon('answers'); },
};
for (const name of ['RecogniserChanged', 'LagMeasured', 'MachineMeasured']) {
  HANDLERS[name] = (event) => { state.latest[name] = event; soon('machine'); };
}

function onState(name) {
  $('lost').hidden = name === 'open';
  if (name !== 'open') $('lost').textContent = say(name);
}

// Beside the question where it was asked; as a notice wherever else something went wrong.
function complain(error) {
  state.refused = error.parts;
  soon('answers');
}

function notice(error) { // as one of the application's own
  const [message, hint = ''] = error.parts;
  dismiss('page');
  state.notices.push({ code: 'page', severity: 'error', message, hint });
  soon('notices');
}

// --- what the reader does -------------------------------------------------------------------------

const tabs = [...document.querySelectorAll('[role=tab]')];

function turnTo(tab) {
  for (const other of tabs) {
    other.setAttribute('aria-selected', String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
    $(other.getAttribute('aria-controls')).hidden = other !== tab;
  }
  if (tab.id === 'tab-sessions') listSessions().catch(() => {});
}

for (const tab of tabs) tab.addEventListener('click', () => turnTo(tab));
document.querySelector('[role=tablist]').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  next.focus();
  turnTo(next);
});
$('sessions-search').addEventListener('input', listAgain);

$('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  const question = $('question').value.trim();
  if (!question) return;
  try {
    await post('/api/ask', { question, conversation_id: conversation });
    $('question').value = '';
  } catch (error) {
    complain(error);
  }
});
$('question').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $('ask').requestSubmit();
  }
});
$('clear').addEventListener('click', () => {
  transcript.clear();
  speaking.forget();
  state.spoken = [];
  state.passages = [];
  state.answers = [];
  state.refused = [];
  conversation = fresh();
  soon('passages', 'answers');
});
$('capture').addEventListener('click', async () => {
  const { session } = state;
  const stops = listens(session);
  try {
    await post(`/api/capture/${stops ? 'stop' : 'start'}`);
  } catch (error) {
    notice(error);
    return;
  }
  if (stops) session.stopped = true;
  soon('head');
  listAgain();
});

function showTheme() {
  $('theme').textContent = document.documentElement.dataset.theme === 'dark' ? '☀' : '☾';
}
$('theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme; // theme.js has set it when the page came
  localStorage.setItem('theme', theme);
  showTheme();
});
$('language').addEventListener('click', () => { choose(current() === 'ko' ? 'en' : 'ko'); sayAll(); });

function sayAll() {
  apply();
  $('language').textContent = current() === 'ko' ? 'EN' : '한';
  speaking.draw();
  soon('head', 'keywords', 'passages', 'answers', 'machine', 'notices');
  listAgain();
}

// What is allowed is asked again after each break: the settings may have changed.
function onConfig(config) {
  state.config = config;
  $('ask').hidden = !config.may_ask;
  speaking.allow(config.may_speak);
  soon('head');
}

onTold(() => { soon('answers', 'machine', 'notices'); speaking.draw(); });
showTheme();
sayAll();
try {
  onConfig(await (await fetch('/api/config')).json());
} catch { /* the connection says it */ }
new Connection({ onSnapshot, onEvent: (event) => HANDLERS[event.type]?.(event), onState, onConfig });
