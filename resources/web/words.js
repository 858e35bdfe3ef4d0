// What the page says, in Korean and English.
const WORDS = {
  ko: {
    name: '말글', clear: '지우기', sessions: '지난 회의', notices: '알림', views: '보기', dismiss: '닫기',
    noSessions: '지난 회의가 없습니다.', noLines: '기록된 말이 없습니다.', export: '내려받기', searchSessions: '제목으로 찾기',
    lines: (n) => `${n}줄`, weakLegend: '점선: 근거가 약한 문장', unsupportedLegend: '물결선: 근거가 없는 문장',
    basicRecogniser: '기본 인식기(영어)', source: '출처',
    services_: { redis: 'Redis (캐시)', qdrant: 'Qdrant (벡터)', vllm: 'vLLM (언어 모델)', llama: 'llama.cpp (언어 모델)',
      embedding: 'BGE-M3 (임베딩)', rag: '문서 답변' }, theme: '밝게 / 어둡게', transcript: '실시간 기록', jump: '지금으로 ↓',
    emptyTitle: '아직 말이 없습니다', emptyText: '말글이 듣기 시작하면 이곳에 글이 나타납니다.',
    keywords: '키워드', answers: '질문', machine: '상태', passages: '관련 문서', services: '서비스',
    noKeywords: '말에서 찾은 키워드가 이곳에 모입니다.',
    noPassages: '말과 관련된 문서 구절이 이곳에 나타납니다.',
    noAnswers: '문서와 회의 기록에 대해 물어보세요.',
    ask: '묻기', askPlaceholder: '무엇이 궁금하세요?', stop: '중지', start: '시작',
    live: '실시간', paused: '일시정지', finished: '끝남', waiting: '대기 중', transcribing: '받아쓰는 중',
    recovering: '복구 중', interrupted: '중단됨(복구 가능)',
    lost: '연결이 끊겼습니다. 다시 연결하는 중입니다…',
    denied: '이 주소는 더 이상 쓸 수 없습니다. 말글이 보여 주는 새 주소로 여세요.',
    unreachable: '말글에 연결할 수 없습니다. 연결되면 다시 해 보세요.',
    tooFast: '요청이 너무 많습니다. 잠시 뒤에 다시 해 보세요.',
    me: '나', others: '상대', file: '파일', browser: '내 마이크',
    micStart: '말하기', micStop: '그만 말하기', micSettling: '받아 적는 중…',
    micDenied: '마이크 사용이 허용되지 않았습니다. 브라우저의 주소 표시줄에서 허용해 주세요.',
    micAbsent: '쓸 수 있는 마이크를 찾지 못했습니다. 마이크를 연결하고 다른 프로그램이 쓰고 있지 않은지 확인해 주세요.',
    micCut: '연결이 끊겨 마이크가 꺼졌습니다. 그때까지 한 말은 저장되어 있습니다.',
    micFailed: '마이크를 켤 수 없습니다.',
    basic: '기본', cached: '저장된 답',
    refused: '문서에서 근거를 찾지 못했습니다. 가장 가까운 구절입니다.', partial: '중간에 끊김',
    recogniser: '음성 인식', lag: '지연', gpu: 'GPU', llm: '언어 모델', cpu: 'CPU', memory: '메모리',
    page: (n) => `${n}쪽`, seconds: (s) => `${s}초`, noGpu: '없음',
    states: { stopped: '멈춤', starting: '시작 중', ready: '준비됨', degraded: '불안정', backoff: '다시 시도',
      failed: '실패', stopping: '멈추는 중' },
    categories: { person: '인물', place: '장소', company: '회사', technology: '기술', product: '제품',
      equipment: '장비', service: '서비스', other: '기타' },
    support: { supported: '근거 있음', weak: '근거 약함', unsupported: '근거 없음' },
  },
  en: {
    name: 'Malgeul', clear: 'Clear', sessions: 'Meetings', notices: 'Notices', views: 'Views', dismiss: 'Dismiss',
    noSessions: 'There are no earlier meetings.', noLines: 'Nothing was said.', export: 'Download', searchSessions: 'Search titles',
    lines: (n) => (n === 1 ? '1 line' : `${n} lines`), weakLegend: 'Dotted: weakly supported', unsupportedLegend: 'Wavy: unsupported',
    basicRecogniser: 'basic recogniser (English)', source: 'Source',
    services_: { redis: 'Redis (cache)', qdrant: 'Qdrant (vectors)', vllm: 'vLLM (language model)', llama: 'llama.cpp (language model)',
      embedding: 'BGE-M3 (embedding)', rag: 'Answers from documents' }, theme: 'Light / dark', transcript: 'Live transcript', jump: 'Jump to now ↓',
    emptyTitle: 'Nothing said yet', emptyText: 'Text appears here as soon as Malgeul listens.',
    keywords: 'Keywords', answers: 'Ask', machine: 'Status', passages: 'From your documents', services: 'Services',
    noKeywords: 'Keywords of what is said gather here.',
    noPassages: 'Passages that matter to what is said appear here.',
    noAnswers: 'Ask about your documents and meetings.',
    ask: 'Ask', askPlaceholder: 'What would you like to know?', stop: 'Stop', start: 'Start',
    live: 'Live', paused: 'Paused', finished: 'Finished', waiting: 'Waiting', transcribing: 'Transcribing',
    recovering: 'Recovering', interrupted: 'Interrupted (recoverable)',
    lost: 'The connection was lost. Connecting again…',
    denied: 'This address no longer works. Open the new one that Malgeul shows.',
    unreachable: 'Malgeul cannot be reached. Try again when it is connected.',
    tooFast: 'Too many requests. Try again in a moment.',
    me: 'Me', others: 'Others', file: 'File', browser: 'My microphone',
    micStart: 'Speak', micStop: 'Stop speaking', micSettling: 'Writing down…',
    micDenied: 'The microphone is not allowed. Allow it in the browser\'s address bar.',
    micAbsent: 'No usable microphone was found. Connect one, and see that no other program holds it.',
    micCut: 'The connection ended, so the microphone is off. What was said until then is kept.',
    micFailed: 'The microphone cannot be used.',
    basic: 'basic', cached: 'cached',
    refused: 'The documents do not say. These are the nearest passages.', partial: 'cut short',
    recogniser: 'Recognition', lag: 'Lag', gpu: 'GPU', llm: 'Language model', cpu: 'CPU', memory: 'Memory',
    page: (n) => `p. ${n}`, seconds: (s) => `${s} s`, noGpu: 'none',
    states: { stopped: 'stopped', starting: 'starting', ready: 'ready', degraded: 'unsteady', backoff: 'trying again',
      failed: 'failed', stopping: 'stopping' },
    categories: { person: 'person', place: 'place', company: 'company', technology: 'technology', product: 'product',
      equipment: 'equipment', service: 'service', other: 'other' },
    support: { supported: 'supported', weak: 'weakly supported', unsupported: 'unsupported' },
  },
};

let language = localStorage.getItem('language') || (navigator.language.startsWith('ko') ? 'ko' : 'en');

export const say = (name) => WORDS[language][name];
export const current = () => language;

export function choose(name) {
  language = name;
  localStorage.setItem('language', name);
  apply();
}

// Puts the words into everything that names one.
export function apply(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll('[data-say]')) node.textContent = say(node.dataset.say);
  for (const node of root.querySelectorAll('[data-name]')) {
    node.setAttribute('aria-label', say(node.dataset.name));
    node.title = say(node.dataset.name);
  }
  for (const node of root.querySelectorAll('[data-label]')) node.setAttribute('aria-label', say(node.dataset.label));
  for (const node of root.querySelectorAll('[data-placeholder]')) {
    node.placeholder = say(node.dataset.placeholder);
    node.setAttribute('aria-label', node.placeholder);
  }
}
