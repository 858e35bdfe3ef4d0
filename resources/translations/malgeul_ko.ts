<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About Malgeul</source>
        <translation>말글 정보</translation>
    </message>
    <message>
        <source>Live captions of what you hear and say. Everything stays on this computer.</source>
        <translation>듣고 말하는 모든 것을 실시간 자막으로 보여 줍니다. 모든 내용은 이 컴퓨터에만 남습니다.</translation>
    </message>
    <message>
        <source>Licences of what Malgeul is made of</source>
        <translation>말글에 쓰인 소프트웨어의 라이선스</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>라이선스</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Malgeul</source>
        <translation>말글</translation>
    </message>
    <message>
        <source>Version {version} · MIT licence</source>
        <translation>버전 {version} · MIT 라이선스</translation>
    </message>
    <message>
        <source>Start or stop captions</source>
        <translation>자막 시작 또는 중지</translation>
    </message>
    <message>
        <source>Pause captions or playback (in the transcript)</source>
        <translation>자막 또는 재생 일시정지 (기록에서)</translation>
    </message>
    <message>
        <source>Jump to now</source>
        <translation>최신 내용으로</translation>
    </message>
    <message>
        <source>Ask the documents</source>
        <translation>문서에 질문하기</translation>
    </message>
    <message>
        <source>Ask about the selected lines</source>
        <translation>선택한 줄에 대해 질문하기</translation>
    </message>
    <message>
        <source>Search all sessions</source>
        <translation>모든 기록 검색</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>내보내기</translation>
    </message>
    <message>
        <source>Transcribe a file</source>
        <translation>파일 받아쓰기</translation>
    </message>
    <message>
        <source>Correct the selected line</source>
        <translation>선택한 줄 고치기</translation>
    </message>
    <message>
        <source>Bookmark the selected line</source>
        <translation>선택한 줄에 책갈피</translation>
    </message>
    <message>
        <source>Captions on the screen</source>
        <translation>화면 자막 오버레이</translation>
    </message>
    <message>
        <source>Transcript, documents, services, charts</source>
        <translation>기록, 문서, 서비스, 차트</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>설정</translation>
    </message>
</context>
<context>
    <name>AnswerCard</name>
    <message>
        <source>Looking for passages…</source>
        <translation>관련 대목을 찾는 중…</translation>
    </message>
    <message>
        <source>kept answer</source>
        <translation>저장된 답변</translation>
    </message>
    <message>
        <source>The same question was answered before, and no document has changed since.</source>
        <translation>같은 질문에 답한 적이 있고, 그 뒤로 바뀐 문서가 없습니다.</translation>
    </message>
    <message>
        <source>ends early</source>
        <translation>중간에 끝남</translation>
    </message>
    <message>
        <source>Copy the answer</source>
        <translation>답변 복사</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>다시 시도</translation>
    </message>
    <message>
        <source>Where the time went</source>
        <translation>걸린 시간 내역</translation>
    </message>
    <message>
        <source>basic</source>
        <translation>기본 답변</translation>
    </message>
    <message>
        <source>The best sentences of the passages, word for word, without a language model.</source>
        <translation>언어 모델 없이, 찾은 대목에서 가장 알맞은 문장을 그대로 옮긴 답변입니다.</translation>
    </message>
    <message>
        <source>Written by this language model on your computer.</source>
        <translation>이 컴퓨터의 언어 모델이 쓴 답변입니다.</translation>
    </message>
    <message>
        <source>Nearest passages</source>
        <translation>가장 가까운 대목</translation>
    </message>
    <message>
        <source>Sources</source>
        <translation>출처</translation>
    </message>
    <message>
        <source>Your documents do not say enough to answer this.</source>
        <translation>문서에 답할 만한 내용이 충분하지 않습니다.</translation>
    </message>
    <message>
        <source>Understood as: {question}</source>
        <translation>이렇게 이해했습니다: {question}</translation>
    </message>
</context>
<context>
    <name>AnswersPanel</name>
    <message>
        <source>New conversation</source>
        <translation>새 대화</translation>
    </message>
    <message>
        <source>Ask in your own words</source>
        <translation>편하게 물어보세요</translation>
    </message>
    <message>
        <source>Answers come from your documents and meetings, with the place they stand on.</source>
        <translation>문서와 회의 기록에서 답을 찾아, 근거가 되는 자리까지 보여 드립니다.</translation>
    </message>
    <message>
        <source>What was decided in the last meeting?</source>
        <translation>지난 회의에서 무엇을 결정했나요?</translation>
    </message>
    <message>
        <source>Which dates and deadlines are named?</source>
        <translation>어떤 날짜와 기한이 나오나요?</translation>
    </message>
    <message>
        <source>Summarise the risks that are named.</source>
        <translation>언급된 위험 요소를 정리해 주세요.</translation>
    </message>
    <message numerus="yes">
        <source>Answers from %n document(s)</source>
        <translation>
            <numerusform>문서 %n개에서 답합니다</numerusform>
        </translation>
    </message>
    <message>
        <source>No documents yet: drop some on the window</source>
        <translation>아직 문서가 없습니다. 창에 끌어다 놓으세요</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Get a better model</source>
        <translation>더 좋은 모델 받기</translation>
    </message>
    <message>
        <source>Open settings</source>
        <translation>설정 열기</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>다시 시도</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>복구</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>폴더 열기</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>보기</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>알림 닫기</translation>
    </message>
    <message numerus="yes">
        <source>%n more notice(s)</source>
        <translation>
            <numerusform>알림이 %n개 더 있습니다</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BestModelRow</name>
    <message>
        <source>Best available</source>
        <translation>최적 모델 자동 선택</translation>
    </message>
    <message>
        <source>The best of the installed models that fits this computer.</source>
        <translation>설치된 모델 가운데 이 컴퓨터에 가장 알맞은 것을 씁니다.</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>사용 중</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>사용</translation>
    </message>
</context>
<context>
    <name>BrowserPage</name>
    <message>
        <source>Show the meeting in a browser</source>
        <translation>회의를 브라우저에서 보기</translation>
    </message>
    <message>
        <source>Can be opened from</source>
        <translation>열 수 있는 곳</translation>
    </message>
    <message>
        <source>Other devices, such as your phone, need a network.</source>
        <translation>휴대폰 같은 다른 기기에서 열려면 네트워크를 고르세요.</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>포트</translation>
    </message>
    <message>
        <source>The next free one is taken when another program has it.</source>
        <translation>다른 프로그램이 쓰고 있으면 그다음 빈 포트를 씁니다.</translation>
    </message>
    <message>
        <source>Names of a tunnel</source>
        <translation>터널 이름</translation>
    </message>
    <message>
        <source>Host names that may be used besides this computer&apos;s own, with commas.</source>
        <translation>이 컴퓨터 주소 말고도 받아들일 호스트 이름입니다. 쉼표로 나눕니다.</translation>
    </message>
    <message>
        <source>Ask from the browser</source>
        <translation>브라우저에서 질문하기</translation>
    </message>
    <message>
        <source>Speak into the browser</source>
        <translation>브라우저에 말하기</translation>
    </message>
    <message>
        <source>Each speaker becomes a session of its own.</source>
        <translation>말하는 사람마다 따로 기록됩니다.</translation>
    </message>
    <message>
        <source>Start and stop from the browser</source>
        <translation>브라우저에서 시작하고 중지하기</translation>
    </message>
    <message>
        <source>This computer only</source>
        <translation>이 컴퓨터에서만</translation>
    </message>
    <message>
        <source>All its networks</source>
        <translation>모든 네트워크</translation>
    </message>
</context>
<context>
    <name>CaptureBar</name>
    <message>
        <source>Mic</source>
        <translation>마이크</translation>
    </message>
    <message>
        <source>System</source>
        <translation>시스템</translation>
    </message>
    <message>
        <source>Both</source>
        <translation>둘 다</translation>
    </message>
    <message>
        <source>Sound source</source>
        <translation>소리 입력</translation>
    </message>
    <message>
        <source>Captions on the screen</source>
        <translation>화면 자막 오버레이</translation>
    </message>
    <message>
        <source>Spoken language</source>
        <translation>말하는 언어</translation>
    </message>
    <message>
        <source>Recognition model</source>
        <translation>인식 모델</translation>
    </message>
    <message>
        <source>Elapsed time</source>
        <translation>경과 시간</translation>
    </message>
    <message>
        <source>Time since the start, pauses included</source>
        <translation>시작부터 지난 시간 (일시정지 포함)</translation>
    </message>
    <message>
        <source>More models…</source>
        <translation>모델 더 보기…</translation>
    </message>
    <message>
        <source>Detect</source>
        <translation>자동 감지</translation>
    </message>
    <message>
        <source>Start captions</source>
        <translation>자막 시작</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>시작하는 중…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>중지</translation>
    </message>
    <message>
        <source>Finishing…</source>
        <translation>마무리하는 중…</translation>
    </message>
    <message>
        <source>Finish later</source>
        <translation>나중에 마무리</translation>
    </message>
    <message>
        <source>The last recording is still being transcribed. Its rest can be recovered later, so that a new one can start.</source>
        <translation>방금 녹음한 내용을 아직 받아쓰고 있습니다. 나머지는 나중에 복구할 수 있으니, 지금 새 녹음을 시작할 수 있습니다.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>이어서 하기</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>일시정지</translation>
    </message>
</context>
<context>
    <name>ChartGroup</name>
    <message>
        <source>No graphics card is used.</source>
        <translation>그래픽 카드를 쓰지 않습니다.</translation>
    </message>
    <message>
        <source>The language model has not been asked yet.</source>
        <translation>아직 언어 모델을 쓰지 않았습니다.</translation>
    </message>
    <message>
        <source>Appears while something is being captioned.</source>
        <translation>받아쓰는 동안 나타납니다.</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>재는 중…</translation>
    </message>
    <message>
        <source>What the processor does stands below.</source>
        <translation>프로세서가 하는 일은 아래에 있습니다.</translation>
    </message>
</context>
<context>
    <name>Charts</name>
    <message>
        <source>{count} s</source>
        <translation>{count}초</translation>
    </message>
    <message>
        <source>{count} min</source>
        <translation>{count}분</translation>
    </message>
    <message>
        <source>{count} h</source>
        <translation>{count}시간</translation>
    </message>
    <message>
        <source>now</source>
        <translation>지금</translation>
    </message>
    <message>
        <source>Card in use</source>
        <translation>카드 사용률</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>온도</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>전력</translation>
    </message>
    <message>
        <source>Tokens a second</source>
        <translation>초당 토큰</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>요청</translation>
    </message>
    <message>
        <source>Time to first token</source>
        <translation>첫 토큰까지</translation>
    </message>
    <message>
        <source>Time between tokens</source>
        <translation>토큰 사이 시간</translation>
    </message>
    <message>
        <source>KV cache in use</source>
        <translation>KV 캐시 사용률</translation>
    </message>
    <message>
        <source>Prefix cache hits</source>
        <translation>접두 캐시 적중</translation>
    </message>
    <message>
        <source>Real-time factor</source>
        <translation>실시간 배율</translation>
    </message>
    <message>
        <source>Captions behind by</source>
        <translation>자막 밀림</translation>
    </message>
    <message>
        <source>Keywords after</source>
        <translation>키워드까지 걸린 시간</translation>
    </message>
    <message>
        <source>Memory by process</source>
        <translation>프로세스별 메모리</translation>
    </message>
    <message>
        <source>Cores by process</source>
        <translation>프로세스별 CPU 코어</translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation>그래픽 카드</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>언어 모델</translation>
    </message>
    <message>
        <source>Captions and keywords</source>
        <translation>자막과 키워드</translation>
    </message>
    <message>
        <source>Processor and memory</source>
        <translation>프로세서와 메모리</translation>
    </message>
    <message>
        <source>Services</source>
        <translation>서비스</translation>
    </message>
    <message>
        <source>Malgeul</source>
        <translation>말글</translation>
    </message>
    <message>
        <source>other programs</source>
        <translation>다른 프로그램</translation>
    </message>
    <message>
        <source>in</source>
        <translation>입력</translation>
    </message>
    <message>
        <source>out</source>
        <translation>출력</translation>
    </message>
    <message>
        <source>running</source>
        <translation>처리 중</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>대기</translation>
    </message>
</context>
<context>
    <name>ChartsPage</name>
    <message>
        <source>Charts</source>
        <translation>차트</translation>
    </message>
    <message>
        <source>Range</source>
        <translation>범위</translation>
    </message>
    <message>
        <source>Preparing the charts…</source>
        <translation>차트를 준비하는 중…</translation>
    </message>
    <message>
        <source>restart</source>
        <translation>다시 시작</translation>
    </message>
    <message>
        <source>out of memory</source>
        <translation>메모리 부족</translation>
    </message>
    <message>
        <source>captions behind</source>
        <translation>자막 밀림</translation>
    </message>
    <message>
        <source>Captions fall behind</source>
        <translation>자막이 밀립니다</translation>
    </message>
</context>
<context>
    <name>ChipView</name>
    <message numerus="yes">
        <source>said %n time(s)</source>
        <translation>
            <numerusform>%n번 나옴</numerusform>
        </translation>
    </message>
    <message>
        <source>importance {percent}%</source>
        <translation>중요도 {percent}%</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>“{name}” was saved.</source>
        <translation>‘{name}’ 파일을 저장했습니다.</translation>
    </message>
    <message>
        <source>“{title}” was interrupted.</source>
        <translation>‘{title}’ 기록이 도중에 끊겼습니다.</translation>
    </message>
    <message>
        <source>Its sound is safe. What is missing can be transcribed now.</source>
        <translation>소리는 안전하게 남아 있습니다. 빠진 부분을 지금 받아쓸 수 있습니다.</translation>
    </message>
    <message>
        <source>Export the transcript</source>
        <translation>기록 내보내기</translation>
    </message>
    <message>
        <source>Delete session</source>
        <translation>기록 삭제</translation>
    </message>
    <message>
        <source>Delete “{title}” for good?</source>
        <translation>‘{title}’ 기록을 완전히 삭제할까요?</translation>
    </message>
    <message>
        <source>The transcript and the recording are removed. This cannot be undone.</source>
        <translation>기록과 녹음이 모두 지워지며 되돌릴 수 없습니다.</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>삭제</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>그대로 두기</translation>
    </message>
    <message>
        <source>Transcribe a file</source>
        <translation>파일 받아쓰기</translation>
    </message>
    <message>
        <source>Audio and video</source>
        <translation>오디오와 비디오</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>모든 파일</translation>
    </message>
    <message>
        <source>Recover</source>
        <translation>복구</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>이름 바꾸기</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>삭제…</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>복사</translation>
    </message>
    <message>
        <source>Ask the documents about this</source>
        <translation>이 내용으로 문서에 질문하기</translation>
    </message>
    <message>
        <source>Correct this line</source>
        <translation>이 줄 고치기</translation>
    </message>
    <message>
        <source>Remove bookmark</source>
        <translation>책갈피 빼기</translation>
    </message>
    <message>
        <source>Bookmark</source>
        <translation>책갈피</translation>
    </message>
    <message>
        <source>Rename the speaker…</source>
        <translation>말한 사람 이름 바꾸기…</translation>
    </message>
    <message>
        <source>Play from here</source>
        <translation>여기부터 재생</translation>
    </message>
    <message>
        <source>Rename the speaker</source>
        <translation>말한 사람 이름 바꾸기</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>이름</translation>
    </message>
</context>
<context>
    <name>Companions</name>
    <message>
        <source>Malgeul keeps running here.</source>
        <translation>말글은 여기에서 계속 실행됩니다.</translation>
    </message>
    <message>
        <source>A recording is running. Stop it and quit?</source>
        <translation>지금 기록하고 있습니다. 중지하고 끝낼까요?</translation>
    </message>
    <message>
        <source>What was recorded and written down is kept.</source>
        <translation>지금까지 녹음하고 받아 적은 내용은 남습니다.</translation>
    </message>
    <message>
        <source>Stop and quit</source>
        <translation>중지하고 끝내기</translation>
    </message>
    <message>
        <source>Quit Malgeul</source>
        <translation>말글 끝내기</translation>
    </message>
    <message>
        <source>Keep recording</source>
        <translation>계속 기록하기</translation>
    </message>
</context>
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n page(s)</source>
        <translation>
            <numerusform>%n쪽</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n passage(s)</source>
        <translation>
            <numerusform>대목 %n개</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n minute(s) left</source>
        <translation>
            <numerusform>약 %n분 남음</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n hour(s) left</source>
        <translation>
            <numerusform>약 %n시간 남음</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DeviceChoices</name>
    <message>
        <source>{device} · not connected</source>
        <translation>{device} · 연결 안 됨</translation>
    </message>
</context>
<context>
    <name>Documents</name>
    <message>
        <source>less than a minute left</source>
        <translation>1분도 남지 않음</translation>
    </message>
    <message>
        <source>Meeting</source>
        <translation>회의</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>대기 중</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>읽는 중</translation>
    </message>
    <message>
        <source>Indexing</source>
        <translation>색인 중</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>준비됨</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>실패</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>제거됨</translation>
    </message>
    <message>
        <source>From a watched folder: {folder}</source>
        <translation>지켜보는 폴더: {folder}</translation>
    </message>
    <message>
        <source>It holds text that people do not see. Answers never obey it.</source>
        <translation>눈에 보이지 않는 글이 들어 있습니다. 답변은 그런 글의 지시를 따르지 않습니다.</translation>
    </message>
    <message>
        <source>It holds characters that people do not see. They were taken out.</source>
        <translation>눈에 보이지 않는 문자가 들어 있어 빼냈습니다.</translation>
    </message>
    <message>
        <source>Its character encoding was guessed. Check that its text is right.</source>
        <translation>문자 인코딩을 짐작해서 읽었습니다. 글이 맞는지 확인하세요.</translation>
    </message>
    <message>
        <source>Files inside it have unusual names.</source>
        <translation>안에 든 파일의 이름이 특이합니다.</translation>
    </message>
    <message>
        <source>Some of its text is garbled and may not be found.</source>
        <translation>일부 글이 깨져 있어 찾지 못할 수 있습니다.</translation>
    </message>
    <message>
        <source>Some pages are pictures without text and cannot be searched.</source>
        <translation>글 없이 그림만 있는 쪽은 검색할 수 없습니다.</translation>
    </message>
    <message>
        <source>words</source>
        <translation>단어</translation>
    </message>
    <message>
        <source>meaning</source>
        <translation>의미</translation>
    </message>
    <message>
        <source>reranking</source>
        <translation>순위 재조정</translation>
    </message>
    <message>
        <source>Install BGE-M3 (embedding) to search by meaning, too.</source>
        <translation>BGE-M3 (임베딩)을 설치하면 의미로도 검색할 수 있습니다.</translation>
    </message>
    <message>
        <source>Add a language model to get answers in its own words.</source>
        <translation>언어 모델을 추가하면 답변을 문장으로 풀어 씁니다.</translation>
    </message>
    <message>
        <source>p. {page}</source>
        <translation>{page}쪽</translation>
    </message>
    <message>
        <source>The cited passages say so.</source>
        <translation>인용한 대목에 그대로 나옵니다.</translation>
    </message>
    <message>
        <source>The cited passages say this only in part, or may not be about the question.</source>
        <translation>인용한 대목에 일부만 나오거나, 질문과 관련이 없을 수 있습니다.</translation>
    </message>
    <message>
        <source>No cited passage says this. Check it before you rely on it.</source>
        <translation>인용한 대목에 없는 내용입니다. 믿기 전에 확인하세요.</translation>
    </message>
    <message>
        <source>Understanding the question</source>
        <translation>질문 이해</translation>
    </message>
    <message>
        <source>Turning it into a vector</source>
        <translation>벡터로 바꾸기</translation>
    </message>
    <message>
        <source>Widening the question</source>
        <translation>질문 넓히기</translation>
    </message>
    <message>
        <source>Searching</source>
        <translation>검색</translation>
    </message>
    <message>
        <source>Finding the words to search for</source>
        <translation>검색할 단어 고르기</translation>
    </message>
    <message>
        <source>Reading the passages</source>
        <translation>대목 읽기</translation>
    </message>
    <message>
        <source>Marking what matches</source>
        <translation>일치하는 곳 표시</translation>
    </message>
    <message>
        <source>Asking the index</source>
        <translation>색인에서 찾기</translation>
    </message>
    <message>
        <source>Ranking the passages</source>
        <translation>대목 순위 매기기</translation>
    </message>
    <message>
        <source>Looking for a kept answer</source>
        <translation>저장된 답변 찾기</translation>
    </message>
    <message>
        <source>Waiting for the first word</source>
        <translation>첫 단어 기다리기</translation>
    </message>
    <message>
        <source>Writing</source>
        <translation>답변 쓰기</translation>
    </message>
    <message>
        <source>Weighing the evidence</source>
        <translation>근거 살펴보기</translation>
    </message>
    <message>
        <source>Choosing sentences</source>
        <translation>문장 고르기</translation>
    </message>
    <message>
        <source>Checking the citations</source>
        <translation>인용 확인</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>합계</translation>
    </message>
</context>
<context>
    <name>DocumentsController</name>
    <message>
        <source>Add documents</source>
        <translation>문서 추가</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>문서</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>모든 파일</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>폴더 추가</translation>
    </message>
    <message>
        <source>Watch a folder</source>
        <translation>폴더 지켜보기</translation>
    </message>
    <message>
        <source>Remove documents</source>
        <translation>문서 제거</translation>
    </message>
    <message>
        <source>Remove “{name}” from the documents?</source>
        <translation>‘{name}’ 문서를 제거할까요?</translation>
    </message>
    <message numerus="yes">
        <source>Remove %n document(s)?</source>
        <translation>
            <numerusform>문서 %n개를 제거할까요?</numerusform>
        </translation>
    </message>
    <message>
        <source>No answer will come from them any more. The files stay where they are.</source>
        <translation>앞으로 이 문서에서는 답하지 않습니다. 파일은 그대로 남아 있습니다.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>제거</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>그대로 두기</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>열기</translation>
    </message>
    <message>
        <source>Show in its folder</source>
        <translation>폴더에서 보기</translation>
    </message>
    <message>
        <source>Index again</source>
        <translation>다시 색인</translation>
    </message>
    <message>
        <source>Stop watching its folder</source>
        <translation>이 폴더 그만 지켜보기</translation>
    </message>
    <message>
        <source>Watch its folder</source>
        <translation>이 폴더 지켜보기</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>제거…</translation>
    </message>
</context>
<context>
    <name>DocumentsDesk</name>
    <message>
        <source>What do the documents say about “{word}”?</source>
        <translation>‘{word}’에 대해 문서에 뭐라고 나와 있나요?</translation>
    </message>
    <message>
        <source>What do the documents say about this? “{quote}”</source>
        <translation>이 내용에 대해 문서에 뭐라고 나와 있나요? ‘{quote}’</translation>
    </message>
    <message>
        <source>What does “{source}” say about {reasons}?</source>
        <translation>‘{source}’ 문서에는 {reasons}에 대해 뭐라고 나와 있나요?</translation>
    </message>
    <message>
        <source>What does “{source}” say?</source>
        <translation>‘{source}’ 문서에는 뭐라고 나와 있나요?</translation>
    </message>
    <message numerus="yes">
        <source>%n added to your documents.</source>
        <translation>
            <numerusform>문서에 %n개를 추가했습니다.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n will be added as soon as documents can be used.</source>
        <translation>
            <numerusform>문서를 쓸 수 있게 되면 %n개를 추가합니다.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DocumentsEmpty</name>
    <message>
        <source>Drop your documents here</source>
        <translation>문서를 여기에 끌어다 놓으세요</translation>
    </message>
    <message>
        <source>Ask about them in your own words and get answers with the page they stand on. While people speak, the passages that matter appear by themselves.</source>
        <translation>편하게 물어보면 근거가 되는 쪽과 함께 답합니다. 회의 중에는 이야기와 관련 있는 대목이 저절로 나타납니다.</translation>
    </message>
    <message>
        <source>Choose files</source>
        <translation>파일 고르기</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>폴더 고르기</translation>
    </message>
</context>
<context>
    <name>DocumentsPage</name>
    <message>
        <source>Documents</source>
        <translation>문서</translation>
    </message>
    <message>
        <source>Filter documents</source>
        <translation>문서 필터</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>필터 지우기</translation>
    </message>
    <message>
        <source>Which documents to show</source>
        <translation>보여 줄 문서</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>정렬</translation>
    </message>
    <message>
        <source>All</source>
        <translation>전체</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>준비됨</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>진행 중</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>실패</translation>
    </message>
    <message>
        <source>Watched folders</source>
        <translation>지켜보는 폴더</translation>
    </message>
    <message>
        <source>Newest first</source>
        <translation>최신순</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>이름순</translation>
    </message>
    <message>
        <source>Failed first</source>
        <translation>실패한 것 먼저</translation>
    </message>
    <message>
        <source>Largest first</source>
        <translation>큰 것 먼저</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>추가</translation>
    </message>
    <message>
        <source>Add documents</source>
        <translation>문서 추가</translation>
    </message>
    <message>
        <source>Open the services</source>
        <translation>서비스 열기</translation>
    </message>
    <message>
        <source>Looking for your documents…</source>
        <translation>문서를 찾는 중…</translation>
    </message>
    <message>
        <source>No document matches the filter.</source>
        <translation>조건에 맞는 문서가 없습니다.</translation>
    </message>
    <message numerus="yes">
        <source>%n document(s)</source>
        <translation>
            <numerusform>문서 %n개</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n개 실패</numerusform>
        </translation>
    </message>
    <message>
        <source>{count} passages</source>
        <translation>대목 {count}개</translation>
    </message>
    <message>
        <source>{size} used</source>
        <translation>{size} 사용</translation>
    </message>
    <message>
        <source>Searching by {way}</source>
        <translation>검색 방식: {way}</translation>
    </message>
    <message>
        <source>Files…</source>
        <translation>파일…</translation>
    </message>
    <message>
        <source>A folder…</source>
        <translation>폴더…</translation>
    </message>
    <message>
        <source>Watch a folder…</source>
        <translation>폴더 지켜보기…</translation>
    </message>
    <message>
        <source>Stop watching {folder}</source>
        <translation>그만 지켜보기: {folder}</translation>
    </message>
</context>
<context>
    <name>DropOverlay</name>
    <message>
        <source>Drop to transcribe</source>
        <translation>놓으면 받아쓰기를 시작합니다</translation>
    </message>
    <message>
        <source>It becomes a new transcript.</source>
        <translation>새 기록으로 받아씁니다.</translation>
    </message>
    <message>
        <source>Drop to add to your documents</source>
        <translation>놓으면 문서에 추가됩니다</translation>
    </message>
    <message>
        <source>They are indexed here and become answers with their page.</source>
        <translation>이 컴퓨터에서 색인하며, 쪽 번호와 함께 답변의 근거가 됩니다.</translation>
    </message>
    <message>
        <source>Drop recordings or documents</source>
        <translation>녹음이나 문서를 놓으세요</translation>
    </message>
    <message>
        <source>Recordings are transcribed, documents and folders become answers.</source>
        <translation>녹음은 받아쓰고, 문서와 폴더는 답변의 근거가 됩니다.</translation>
    </message>
</context>
<context>
    <name>FocusBar</name>
    <message>
        <source>Previous place</source>
        <translation>이전 위치</translation>
    </message>
    <message>
        <source>Next place</source>
        <translation>다음 위치</translation>
    </message>
    <message>
        <source>Show the whole transcript</source>
        <translation>전체 기록 보기</translation>
    </message>
</context>
<context>
    <name>Gaps</name>
    <message>
        <source>the computer was too busy</source>
        <translation>컴퓨터가 너무 바빴습니다</translation>
    </message>
    <message>
        <source>the sound device stalled</source>
        <translation>소리 장치가 멈췄습니다</translation>
    </message>
    <message>
        <source>the device was unplugged</source>
        <translation>장치 연결이 끊어졌습니다</translation>
    </message>
    <message>
        <source>the device was slow to start</source>
        <translation>장치가 늦게 열렸습니다</translation>
    </message>
    <message>
        <source>the computer slept</source>
        <translation>컴퓨터가 절전 상태였습니다</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>일시정지</translation>
    </message>
    <message>
        <source>the disk could not keep it</source>
        <translation>디스크에 저장하지 못했습니다</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds}초</translation>
    </message>
    <message>
        <source>Paused for {length}</source>
        <translation>{length} 동안 일시정지</translation>
    </message>
    <message>
        <source>{length} not captured, in {count} places: {reason}</source>
        <translation>{count}곳에서 {length} 동안 녹음되지 않음: {reason}</translation>
    </message>
    <message>
        <source>{length} not captured: {reason}</source>
        <translation>{length} 동안 녹음되지 않음: {reason}</translation>
    </message>
</context>
<context>
    <name>GrabFrame</name>
    <message>
        <source>Done</source>
        <translation>완료</translation>
    </message>
    <message>
        <source>Drag to move. Pull an edge to resize. Esc to finish.</source>
        <translation>끌어서 옮기고, 가장자리를 당겨 크기를 바꾸세요. Esc를 누르면 끝납니다.</translation>
    </message>
</context>
<context>
    <name>Hotkeys</name>
    <message>
        <source>The shortcut {chord} is already used by another program.</source>
        <translation>다른 프로그램이 이미 {chord} 단축키를 쓰고 있습니다.</translation>
    </message>
    <message>
        <source>The shortcut {chord} is set for two things.</source>
        <translation>단축키 {chord}이(가) 두 가지 일에 지정되어 있습니다.</translation>
    </message>
    <message>
        <source>Choose another shortcut in the settings.</source>
        <translation>설정에서 다른 단축키를 고르세요.</translation>
    </message>
    <message>
        <source>The shortcut {chord} does not exist on this keyboard.</source>
        <translation>이 키보드에서는 {chord} 단축키를 쓸 수 없습니다.</translation>
    </message>
    <message>
        <source>This desktop does not let programs use shortcuts system-wide ({chord}).</source>
        <translation>이 데스크톱에서는 프로그램이 전역 단축키를 쓸 수 없습니다 ({chord}).</translation>
    </message>
    <message>
        <source>Use the tray icon or the main window, or bind a key in the desktop&apos;s settings.</source>
        <translation>트레이 아이콘이나 주 창을 쓰거나, 데스크톱 설정에서 키를 지정하세요.</translation>
    </message>
    <message>
        <source>Start or stop captions</source>
        <translation>자막 시작 또는 중지</translation>
    </message>
    <message>
        <source>Show or hide captions on screen</source>
        <translation>화면 자막 보이기/숨기기</translation>
    </message>
    <message>
        <source>Move captions</source>
        <translation>자막 옮기기</translation>
    </message>
</context>
<context>
    <name>IngestBar</name>
    <message>
        <source>Cancel what waits</source>
        <translation>대기 중인 문서 취소</translation>
    </message>
    <message>
        <source>Progress of indexing</source>
        <translation>색인 진행률</translation>
    </message>
    <message>
        <source>Go on indexing</source>
        <translation>색인 계속</translation>
    </message>
    <message>
        <source>Pause indexing</source>
        <translation>색인 일시정지</translation>
    </message>
    <message>
        <source>Indexing is paused</source>
        <translation>색인이 일시정지되었습니다</translation>
    </message>
    <message>
        <source>Indexing {name}</source>
        <translation>색인 중: {name}</translation>
    </message>
    <message>
        <source>Indexing…</source>
        <translation>색인 중…</translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n개 실패</numerusform>
        </translation>
    </message>
    <message>
        <source>{rate} passages/s</source>
        <translation>초당 대목 {rate}개</translation>
    </message>
</context>
<context>
    <name>InsightPanel</name>
    <message>
        <source>Insights</source>
        <translation>키워드와 질문</translation>
    </message>
    <message>
        <source>Keywords</source>
        <translation>키워드</translation>
    </message>
    <message>
        <source>Questions</source>
        <translation>질문</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>보기</translation>
    </message>
    <message>
        <source>Hide this panel</source>
        <translation>이 패널 숨기기</translation>
    </message>
</context>
<context>
    <name>JumpPill</name>
    <message>
        <source>Jump to now</source>
        <translation>최신 내용으로</translation>
    </message>
    <message>
        <source>Follow the newest text (Ctrl+L)</source>
        <translation>최신 내용을 따라가기 (Ctrl+L)</translation>
    </message>
</context>
<context>
    <name>KeywordCategories</name>
    <message>
        <source>Person</source>
        <translation>인물</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>장소</translation>
    </message>
    <message>
        <source>Company</source>
        <translation>회사</translation>
    </message>
    <message>
        <source>Technology</source>
        <translation>기술</translation>
    </message>
    <message>
        <source>Product</source>
        <translation>제품</translation>
    </message>
    <message>
        <source>Equipment</source>
        <translation>장비</translation>
    </message>
    <message>
        <source>Service</source>
        <translation>서비스</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>기타</translation>
    </message>
</context>
<context>
    <name>KeywordPanel</name>
    <message>
        <source>Keywords</source>
        <translation>키워드</translation>
    </message>
    <message>
        <source>Whole session</source>
        <translation>전체</translation>
    </message>
    <message>
        <source>Keywords of</source>
        <translation>키워드 범위</translation>
    </message>
    <message>
        <source>Copy, export, clear</source>
        <translation>복사, 내보내기, 비우기</translation>
    </message>
    <message>
        <source>Category</source>
        <translation>분류</translation>
    </message>
    <message>
        <source>Show one category only</source>
        <translation>한 분류만 보기</translation>
    </message>
    <message>
        <source>All</source>
        <translation>모두</translation>
    </message>
    <message>
        <source>basic</source>
        <translation>기본</translation>
    </message>
    <message>
        <source>Last 5 min</source>
        <translation>최근 5분</translation>
    </message>
    <message>
        <source>Found by statistics. A language model finds better ones: see Services.</source>
        <translation>통계로 찾은 키워드입니다. 서비스 화면에서 언어 모델을 설치하면 더 잘 찾습니다.</translation>
    </message>
    <message>
        <source>Found by a language model on this computer.</source>
        <translation>이 컴퓨터의 언어 모델이 찾은 키워드입니다.</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>고정 풀기</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>고정</translation>
    </message>
    <message>
        <source>Show again</source>
        <translation>다시 보이기</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>숨기기</translation>
    </message>
    <message>
        <source>As it was found</source>
        <translation>처음 찾은 분류로</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>복사</translation>
    </message>
    <message>
        <source>Ask about it</source>
        <translation>이 키워드로 질문하기</translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation>모두 복사</translation>
    </message>
    <message>
        <source>Export as a table (.csv)…</source>
        <translation>표로 내보내기 (.csv)…</translation>
    </message>
    <message>
        <source>Export as data (.json)…</source>
        <translation>데이터로 내보내기 (.json)…</translation>
    </message>
    <message>
        <source>Show hidden ones</source>
        <translation>숨긴 것도 보기</translation>
    </message>
    <message>
        <source>Clear…</source>
        <translation>비우기…</translation>
    </message>
    <message numerus="yes">
        <source>%n keyword(s)</source>
        <translation>
            <numerusform>키워드 %n개</numerusform>
        </translation>
    </message>
    <message>
        <source>No keyword of this category.</source>
        <translation>이 분류의 키워드가 없습니다.</translation>
    </message>
    <message>
        <source>No keyword in the last five minutes.</source>
        <translation>최근 5분에는 키워드가 없습니다.</translation>
    </message>
    <message>
        <source>What is talked about appears here.</source>
        <translation>지금 이야기하는 주제가 여기에 나타납니다.</translation>
    </message>
</context>
<context>
    <name>KeywordsController</name>
    <message>
        <source>Clear the keywords</source>
        <translation>키워드 비우기</translation>
    </message>
    <message>
        <source>Forget the keywords found in this session?</source>
        <translation>이 기록에서 찾은 키워드를 지울까요?</translation>
    </message>
    <message>
        <source>What you pinned, hid or corrected is remembered.</source>
        <translation>고정하거나 숨기거나 고친 내용은 그대로 남습니다.</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>비우기</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>그대로 두기</translation>
    </message>
    <message>
        <source>keywords</source>
        <translation>키워드</translation>
    </message>
    <message>
        <source>{title} keywords</source>
        <translation>{title} 키워드</translation>
    </message>
    <message>
        <source>Export the keywords</source>
        <translation>키워드 내보내기</translation>
    </message>
</context>
<context>
    <name>LedgerCard</name>
    <message>
        <source>Where every second went</source>
        <translation>소리 처리 내역</translation>
    </message>
</context>
<context>
    <name>LedgerEntry</name>
    <message>
        <source>Transcribed</source>
        <translation>받아씀</translation>
    </message>
    <message>
        <source>Silence</source>
        <translation>말 없음</translation>
    </message>
    <message>
        <source>of that, gaps</source>
        <translation>그중 빈 구간</translation>
    </message>
    <message>
        <source>Still to come</source>
        <translation>처리 대기</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds}초</translation>
    </message>
</context>
<context>
    <name>LineEditor</name>
    <message>
        <source>Corrected text</source>
        <translation>고친 글</translation>
    </message>
</context>
<context>
    <name>LogView</name>
    <message>
        <source>What it printed last</source>
        <translation>최근 출력</translation>
    </message>
    <message>
        <source>Copy these lines</source>
        <translation>이 줄들 복사</translation>
    </message>
</context>
<context>
    <name>MachineRoomController</name>
    <message>
        <source>Remove an environment</source>
        <translation>실행 환경 제거</translation>
    </message>
    <message>
        <source>Remove {name}?</source>
        <translation>{name} 환경을 제거할까요?</translation>
    </message>
    <message>
        <source>It can be installed again at any time.</source>
        <translation>언제든 다시 설치할 수 있습니다.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>제거</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>그대로 두기</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Malgeul</source>
        <translation>말글</translation>
    </message>
</context>
<context>
    <name>MemoryCard</name>
    <message>
        <source>Shares of the graphics memory</source>
        <translation>그래픽 메모리 배분</translation>
    </message>
    <message>
        <source>No graphics card</source>
        <translation>그래픽 카드 없음</translation>
    </message>
    <message>
        <source>{planned} of {total} GiB planned</source>
        <translation>{total} GiB 중 {planned} GiB 배정</translation>
    </message>
    <message>
        <source>Not everything fits.</source>
        <translation>메모리가 모자라 일부는 넣지 못했습니다.</translation>
    </message>
    <message>
        <source>processor</source>
        <translation>프로세서</translation>
    </message>
</context>
<context>
    <name>MemoryPlan</name>
    <message>
        <source>Captions</source>
        <translation>자막</translation>
    </message>
    <message>
        <source>Embedding</source>
        <translation>임베딩</translation>
    </message>
    <message>
        <source>Reranker</source>
        <translation>순위 재조정</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>언어 모델</translation>
    </message>
    <message>
        <source>Other programs</source>
        <translation>다른 프로그램</translation>
    </message>
    <message>
        <source>Reserve</source>
        <translation>여유분</translation>
    </message>
</context>
<context>
    <name>MirrorCard</name>
    <message>
        <source>Copy</source>
        <translation>복사</translation>
    </message>
    <message>
        <source>Open in the browser</source>
        <translation>브라우저로 열기</translation>
    </message>
    <message>
        <source>The address works once. When a browser has opened it, the next one stands here.</source>
        <translation>주소는 한 번만 쓸 수 있습니다. 브라우저에서 열면 다음 주소가 이곳에 나타납니다.</translation>
    </message>
    <message>
        <source>Address for a browser</source>
        <translation>브라우저 주소</translation>
    </message>
    <message>
        <source>The address as a QR code, for a phone&apos;s camera</source>
        <translation>휴대폰 카메라로 읽는 주소 QR 코드</translation>
    </message>
    <message>
        <source>Port {wanted} is taken by another program: it uses {used}.</source>
        <translation>{wanted}번 포트는 다른 프로그램이 쓰고 있어 {used}번을 씁니다.</translation>
    </message>
    <message>
        <source>Off: nothing can be opened in a browser.</source>
        <translation>꺼져 있습니다. 브라우저에서 열 수 없습니다.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>시작하는 중…</translation>
    </message>
    <message>
        <source>It could not start.</source>
        <translation>켜지 못했습니다.</translation>
    </message>
    <message numerus="yes">
        <source>On. %n browser(s) look at it now.</source>
        <translation>
            <numerusform>켜져 있습니다. 지금 브라우저 %n개에서 보고 있습니다.</numerusform>
        </translation>
    </message>
    <message>
        <source>On. No browser looks at it now.</source>
        <translation>켜져 있습니다. 지금 보고 있는 브라우저는 없습니다.</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>복사됨</translation>
    </message>
</context>
<context>
    <name>ModelChoices</name>
    <message>
        <source>Best available</source>
        <translation>최적 모델 자동 선택</translation>
    </message>
    <message>
        <source>{model} · not installed</source>
        <translation>{model} · 설치되지 않음</translation>
    </message>
</context>
<context>
    <name>ModelRow</name>
    <message>
        <source>Connecting…</source>
        <translation>연결하는 중…</translation>
    </message>
    <message>
        <source>Remove {model}</source>
        <translation>{model} 삭제</translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation>추천</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>받기</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>사용 중</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>사용</translation>
    </message>
    <message>
        <source>English only</source>
        <translation>영어 전용</translation>
    </message>
    <message>
        <source>Korean, English, 90+</source>
        <translation>한국어 · 영어 등 90여 개 언어</translation>
    </message>
    <message>
        <source>needs {memory} of memory</source>
        <translation>메모리 {memory} 필요</translation>
    </message>
    <message>
        <source>built in</source>
        <translation>내장</translation>
    </message>
</context>
<context>
    <name>ModelsDialog</name>
    <message>
        <source>Import a folder…</source>
        <translation>폴더에서 가져오기…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Recognition models</source>
        <translation>인식 모델</translation>
    </message>
    <message>
        <source>Larger models hear better and need more memory. They run on this computer.</source>
        <translation>큰 모델일수록 더 잘 알아듣지만 메모리가 더 필요합니다. 모두 이 컴퓨터에서 실행됩니다.</translation>
    </message>
    <message>
        <source>Folder of a CTranslate2 Whisper model</source>
        <translation>CTranslate2 Whisper 모델 폴더</translation>
    </message>
    <message>
        <source>Remove a model</source>
        <translation>모델 삭제</translation>
    </message>
    <message>
        <source>Remove {model}?</source>
        <translation>{model} 모델을 삭제할까요?</translation>
    </message>
    <message>
        <source>This frees {size} of disk space.</source>
        <translation>디스크 공간 {size}를 비웁니다.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>삭제</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>그대로 두기</translation>
    </message>
</context>
<context>
    <name>NavigationRail</name>
    <message>
        <source>Pages</source>
        <translation>화면</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>설정</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Transcript</source>
        <translation>기록</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>문서</translation>
    </message>
    <message>
        <source>Services</source>
        <translation>서비스</translation>
    </message>
    <message>
        <source>Charts</source>
        <translation>차트</translation>
    </message>
</context>
<context>
    <name>NetworkWarning</name>
    <message>
        <source>Whoever opens the address first, on any device of that network, sees everything that is said. The connection is not encrypted, so others there could read along. Do it only where you trust everybody, such as at home.</source>
        <translation>그 네트워크의 어느 기기에서든 주소를 먼저 연 사람이 회의에서 오가는 말을 모두 보게 됩니다. 연결이 암호화되지 않아 다른 사람이 엿볼 수도 있습니다. 집처럼 모두를 믿을 수 있는 곳에서만 여세요.</translation>
    </message>
    <message>
        <source>Open the meeting to other devices?</source>
        <translation>다른 기기에 회의를 열까요?</translation>
    </message>
    <message>
        <source>Keep to this computer</source>
        <translation>이 컴퓨터에서만 보기</translation>
    </message>
    <message>
        <source>Other devices can reach the meeting.</source>
        <translation>다른 기기에서 회의를 볼 수 있습니다.</translation>
    </message>
    <message>
        <source>Close to other devices</source>
        <translation>다른 기기에 닫기</translation>
    </message>
    <message>
        <source>Open to the network</source>
        <translation>네트워크에 열기</translation>
    </message>
</context>
<context>
    <name>Opening</name>
    <message>
        <source>Quit</source>
        <translation>끝내기</translation>
    </message>
    <message>
        <source>Restore the backup of {0}</source>
        <translation>{0} 백업으로 되돌리기</translation>
    </message>
    <message>
        <source>Go on without them</source>
        <translation>없이 계속하기</translation>
    </message>
    <message>
        <source>Begin anew with what can be read</source>
        <translation>읽을 수 있는 내용으로 새로 시작</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>There is no backup. Malgeul can begin anew with what can be read; the damaged file is kept.</source>
        <translation>백업이 없습니다. 읽을 수 있는 내용만으로 새로 시작할 수 있으며, 손상된 파일은 지우지 않고 보관합니다.</translation>
    </message>
    <message>
        <source>No text could be read. Malgeul begins without transcripts.</source>
        <translation>읽을 수 있는 글이 없어 기록 없이 새로 시작합니다.</translation>
    </message>
    <message>
        <source>Brought along: sessions {sessions}, lines {lines}.</source>
        <translation>손상된 파일에서 기록 {sessions}건, {lines}줄을 옮겼습니다.</translation>
    </message>
    <message>
        <source>Sessions of which only the sound is left: {count}. Recover them to transcribe it.</source>
        <translation>소리만 남은 기록이 {count}건 있습니다. 복구하면 다시 받아씁니다.</translation>
    </message>
    <message>
        <source>The damaged file is kept as {path}</source>
        <translation>손상된 파일은 여기에 보관되어 있습니다: {path}</translation>
    </message>
    <message>
        <source>Open Malgeul</source>
        <translation>말글 열기</translation>
    </message>
</context>
<context>
    <name>OverlayWindow</name>
    <message>
        <source>Malgeul captions</source>
        <translation>말글 자막</translation>
    </message>
    <message>
        <source>Live captions</source>
        <translation>실시간 자막</translation>
    </message>
</context>
<context>
    <name>PageTurner</name>
    <message>
        <source>Page before</source>
        <translation>이전 쪽</translation>
    </message>
    <message>
        <source>Next page</source>
        <translation>다음 쪽</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>쪽 번호</translation>
    </message>
    <message>
        <source>To the cited page</source>
        <translation>인용된 쪽으로</translation>
    </message>
</context>
<context>
    <name>PassageCard</name>
    <message>
        <source>Play</source>
        <translation>재생</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>열기</translation>
    </message>
    <message>
        <source>Ask about it</source>
        <translation>질문하기</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>닫기</translation>
    </message>
</context>
<context>
    <name>PassageCards</name>
    <message>
        <source>From your documents</source>
        <translation>문서에서 찾은 대목</translation>
    </message>
    <message>
        <source>Passages that fit what is being said appear here by themselves.</source>
        <translation>지금 이야기와 관련 있는 대목이 여기에 저절로 나타납니다.</translation>
    </message>
</context>
<context>
    <name>PassageViewer</name>
    <message>
        <source>Source</source>
        <translation>출처</translation>
    </message>
    <message>
        <source>Source before</source>
        <translation>이전 출처</translation>
    </message>
    <message>
        <source>Next source</source>
        <translation>다음 출처</translation>
    </message>
    <message>
        <source>Smaller</source>
        <translation>작게</translation>
    </message>
    <message>
        <source>Larger</source>
        <translation>크게</translation>
    </message>
    <message>
        <source>Fit to the width</source>
        <translation>너비에 맞춤</translation>
    </message>
    <message>
        <source>Open in the system</source>
        <translation>기본 프로그램으로 열기</translation>
    </message>
    <message>
        <source>Text of the document</source>
        <translation>문서 본문</translation>
    </message>
    <message>
        <source>Page of the document</source>
        <translation>문서 쪽</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>여는 중…</translation>
    </message>
    <message>
        <source>Page {page} of {pages}</source>
        <translation>{pages}쪽 중 {page}쪽</translation>
    </message>
    <message>
        <source>Page {page}</source>
        <translation>{page}쪽</translation>
    </message>
</context>
<context>
    <name>PlayerBar</name>
    <message>
        <source>Stop playback</source>
        <translation>재생 끝내기</translation>
    </message>
    <message>
        <source>Position in the recording</source>
        <translation>재생 위치</translation>
    </message>
    <message>
        <source>Pause playback</source>
        <translation>재생 일시정지</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>재생</translation>
    </message>
</context>
<context>
    <name>QAbstractFileIconProvider</name>
    <message>
        <source>Alias</source>
        <translation>별칭</translation>
    </message>
    <message>
        <source>Drive</source>
        <translation>드라이브</translation>
    </message>
    <message>
        <source>File</source>
        <translation>파일</translation>
    </message>
    <message>
        <source>File Folder</source>
        <translation>폴더</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>폴더</translation>
    </message>
    <message>
        <source>Shortcut</source>
        <translation>바로가기</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>알 수 없음</translation>
    </message>
</context>
<context>
    <name>QFileDialog</name>
    <message>
        <source>&amp;Look in:</source>
        <translation>위치(&amp;L):</translation>
    </message>
    <message>
        <source>Files of &amp;type:</source>
        <translation>파일 형식(&amp;T):</translation>
    </message>
</context>
<context>
    <name>QFileSystemModel</name>
    <message>
        <source>&lt;b&gt;The name &quot;%1&quot; can not be used.&lt;/b&gt;&lt;p&gt;Try using another name, with fewer characters or no punctuations marks.</source>
        <translation>&lt;b&gt;“%1”은(는) 쓸 수 없는 이름입니다.&lt;/b&gt;&lt;p&gt;글자를 줄이거나 문장 부호를 빼고 다시 지어 보세요.</translation>
    </message>
</context>
<context>
    <name>QuestionBox</name>
    <message>
        <source>Ask a follow-up question</source>
        <translation>이어서 질문하기</translation>
    </message>
    <message>
        <source>Ask your documents</source>
        <translation>문서에 질문하기</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>질문</translation>
    </message>
    <message>
        <source>Stop answering</source>
        <translation>답변 중지</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>질문 보내기</translation>
    </message>
</context>
<context>
    <name>RuntimeRow</name>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>설치</translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation>{name} 제거</translation>
    </message>
    <message>
        <source>installing</source>
        <translation>설치하는 중</translation>
    </message>
    <message>
        <source>installed</source>
        <translation>설치됨</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>설치되지 않음</translation>
    </message>
    <message>
        <source>takes about {size}</source>
        <translation>약 {size} 필요</translation>
    </message>
</context>
<context>
    <name>ServersPage</name>
    <message>
        <source>Services</source>
        <translation>서비스</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>언어 모델</translation>
    </message>
    <message>
        <source>Small language model</source>
        <translation>작은 언어 모델</translation>
    </message>
    <message>
        <source>Search by meaning</source>
        <translation>의미로 찾기</translation>
    </message>
    <message>
        <source>Vectors</source>
        <translation>벡터</translation>
    </message>
    <message>
        <source>Cache</source>
        <translation>캐시</translation>
    </message>
    <message>
        <source>Run by Malgeul</source>
        <translation>말글이 실행</translation>
    </message>
    <message>
        <source>Built-in way only</source>
        <translation>내장 방식만</translation>
    </message>
    <message>
        <source>A server of my own</source>
        <translation>직접 운영하는 서버</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>주소</translation>
    </message>
    <message>
        <source>Its model</source>
        <translation>모델 이름</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>키</translation>
    </message>
    <message>
        <source>Only if it wants one</source>
        <translation>필요할 때만</translation>
    </message>
    <message>
        <source>vLLM, or any server that speaks the OpenAI protocol.</source>
        <translation>vLLM 또는 OpenAI 방식의 서버를 씁니다.</translation>
    </message>
    <message>
        <source>llama.cpp on the processor, where vLLM cannot run.</source>
        <translation>vLLM을 쓸 수 없을 때 프로세서에서 llama.cpp로 실행합니다.</translation>
    </message>
    <message>
        <source>BGE-M3. The built-in way searches by words.</source>
        <translation>BGE-M3를 씁니다. 내장 방식은 단어로 찾습니다.</translation>
    </message>
    <message>
        <source>The built-in way keeps them in a file of Malgeul&apos;s own.</source>
        <translation>내장 방식은 말글의 파일에 보관합니다.</translation>
    </message>
    <message>
        <source>Keeps answers and vectors that were computed before.</source>
        <translation>이미 계산한 답변과 벡터를 기억해 둡니다.</translation>
    </message>
</context>
<context>
    <name>ServiceCard</name>
    <message>
        <source>Start</source>
        <translation>시작</translation>
    </message>
    <message>
        <source>Restart</source>
        <translation>다시 시작</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>중지</translation>
    </message>
    <message>
        <source>What it printed last</source>
        <translation>최근 출력</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>설치</translation>
    </message>
    <message>
        <source>It is being installed: see below.</source>
        <translation>설치하는 중입니다. 아래에서 진행 상황을 볼 수 있습니다.</translation>
    </message>
</context>
<context>
    <name>Services</name>
    <message>
        <source>Redis (cache)</source>
        <translation>Redis (캐시)</translation>
    </message>
    <message>
        <source>Qdrant (vectors)</source>
        <translation>Qdrant (벡터)</translation>
    </message>
    <message>
        <source>vLLM (language model)</source>
        <translation>vLLM (언어 모델)</translation>
    </message>
    <message>
        <source>llama.cpp (language model)</source>
        <translation>llama.cpp (언어 모델)</translation>
    </message>
    <message>
        <source>BGE-M3 (embedding)</source>
        <translation>BGE-M3 (임베딩)</translation>
    </message>
    <message>
        <source>Answers from documents</source>
        <translation>문서 답변</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>멈춤</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>시작하는 중</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>준비됨</translation>
    </message>
    <message>
        <source>not answering well</source>
        <translation>응답이 불안정함</translation>
    </message>
    <message>
        <source>waiting to try again</source>
        <translation>잠시 뒤 다시 시도</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>실패</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>멈추는 중</translation>
    </message>
    <message>
        <source>run by Malgeul</source>
        <translation>말글이 실행</translation>
    </message>
    <message>
        <source>built in</source>
        <translation>내장</translation>
    </message>
    <message>
        <source>someone else&apos;s</source>
        <translation>외부 서버</translation>
    </message>
    <message>
        <source>Install {name} under Environments below.</source>
        <translation>아래 ‘실행 환경’에서 {name} 항목을 설치하세요.</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds}초</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes}분</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours}시간 {minutes}분</translation>
    </message>
    <message>
        <source>{days} d {hours} h</source>
        <translation>{days}일 {hours}시간</translation>
    </message>
    <message>
        <source>process {pid}</source>
        <translation>프로세스 {pid}</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>포트 {port}</translation>
    </message>
    <message>
        <source>ready for {length}</source>
        <translation>준비된 지 {length}</translation>
    </message>
    <message>
        <source>restarts: {count}</source>
        <translation>재시작 {count}회</translation>
    </message>
</context>
<context>
    <name>ServicesPage</name>
    <message>
        <source>Services</source>
        <translation>서비스</translation>
    </message>
    <message>
        <source>Malgeul starts, watches and stops these by itself. They listen on this computer only, and captions work without any of them.</source>
        <translation>말글이 스스로 시작하고 지켜보고 멈춥니다. 이 컴퓨터 안에서만 쓰이며, 하나도 없어도 자막은 그대로 나옵니다.</translation>
    </message>
    <message>
        <source>No service is known yet.</source>
        <translation>아직 알려진 서비스가 없습니다.</translation>
    </message>
    <message>
        <source>Graphics memory</source>
        <translation>그래픽 메모리</translation>
    </message>
    <message>
        <source>Environments</source>
        <translation>실행 환경</translation>
    </message>
    <message>
        <source>What the big servers need, kept apart from Malgeul and removable at any time.</source>
        <translation>큰 서버에 필요한 것들입니다. 말글과 따로 보관되며 언제든 지울 수 있습니다.</translation>
    </message>
</context>
<context>
    <name>SessionDelegate</name>
    <message>
        <source>Transcribing…</source>
        <translation>받아쓰는 중</translation>
    </message>
    <message>
        <source>Live now</source>
        <translation>지금 기록 중</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>일시정지</translation>
    </message>
    <message>
        <source>Interrupted · can be recovered</source>
        <translation>중단됨 · 복구할 수 있음</translation>
    </message>
</context>
<context>
    <name>SessionHeader</name>
    <message>
        <source>Paused</source>
        <translation>일시정지</translation>
    </message>
    <message>
        <source>Basic recogniser</source>
        <translation>기본 인식기</translation>
    </message>
    <message>
        <source>Show or hide the sessions</source>
        <translation>기록 목록 보이기/숨기기</translation>
    </message>
    <message>
        <source>Session title</source>
        <translation>기록 제목</translation>
    </message>
    <message>
        <source>Rename this session</source>
        <translation>기록 이름 바꾸기</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>실시간 자막으로</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>내보내기</translation>
    </message>
    <message>
        <source>More</source>
        <translation>더 보기</translation>
    </message>
    <message>
        <source>Show or hide keywords and answers</source>
        <translation>키워드와 답변 보이기/숨기기</translation>
    </message>
    <message>
        <source>Held-back lines: {count}</source>
        <translation>보류한 줄: {count}</translation>
    </message>
    <message>
        <source>Transcribing</source>
        <translation>받아쓰는 중</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>실시간</translation>
    </message>
    <message numerus="yes">
        <source>%n line(s)</source>
        <translation>
            <numerusform>%n줄</numerusform>
        </translation>
    </message>
    <message>
        <source>Plain text (.txt)</source>
        <translation>텍스트 (.txt)</translation>
    </message>
    <message>
        <source>Subtitles (.srt)</source>
        <translation>자막 (.srt)</translation>
    </message>
    <message>
        <source>Web subtitles (.vtt)</source>
        <translation>웹 자막 (.vtt)</translation>
    </message>
    <message>
        <source>Markdown (.md)</source>
        <translation>마크다운 (.md)</translation>
    </message>
    <message>
        <source>Data (.json)</source>
        <translation>데이터 (.json)</translation>
    </message>
    <message>
        <source>Word document (.docx)</source>
        <translation>워드 문서 (.docx)</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>이름 바꾸기</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>삭제…</translation>
    </message>
</context>
<context>
    <name>SessionsView</name>
    <message>
        <source>Malgeul</source>
        <translation>말글</translation>
    </message>
    <message>
        <source>Search all sessions</source>
        <translation>모든 기록 검색</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>검색어 지우기</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>기록 목록</translation>
    </message>
    <message>
        <source>Search results</source>
        <translation>검색 결과</translation>
    </message>
    <message>
        <source>Transcribe a file</source>
        <translation>파일 받아쓰기</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>찾은 내용이 없습니다</translation>
    </message>
    <message>
        <source>Your sessions will appear here.</source>
        <translation>기록이 여기에 모입니다.</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>오늘</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>어제</translation>
    </message>
    <message>
        <source>en_GB</source>
        <translation>ko_KR</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>설정</translation>
    </message>
    <message>
        <source>Settings pages</source>
        <translation>설정 항목</translation>
    </message>
    <message>
        <source>System default</source>
        <translation>시스템 기본값</translation>
    </message>
    <message>
        <source>General</source>
        <translation>일반</translation>
    </message>
    <message>
        <source>Interface language</source>
        <translation>화면 언어</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>시스템 설정 따르기</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>화면 모드</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>밝게</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>어둡게</translation>
    </message>
    <message>
        <source>Text size of the transcript</source>
        <translation>기록 글자 크기</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>트레이에서 계속 실행</translation>
    </message>
    <message>
        <source>Start with the session</source>
        <translation>로그인할 때 시작</translation>
    </message>
    <message>
        <source>Malgeul opens when you log in.</source>
        <translation>로그인하면 말글이 열립니다.</translation>
    </message>
    <message>
        <source>Closing the window leaves captions running.</source>
        <translation>창을 닫아도 자막이 계속됩니다.</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>소리</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>입력</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>마이크</translation>
    </message>
    <message>
        <source>System sound</source>
        <translation>시스템 소리</translation>
    </message>
    <message>
        <source>Both, as separate speakers</source>
        <translation>둘 다 (화자를 나누어 기록)</translation>
    </message>
    <message>
        <source>Keep the recording</source>
        <translation>녹음 보관</translation>
    </message>
    <message>
        <source>Needed to play lines back. It never leaves this computer.</source>
        <translation>줄을 다시 들을 때 필요합니다. 컴퓨터 밖으로 나가지 않습니다.</translation>
    </message>
    <message>
        <source>Recognition</source>
        <translation>인식</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Spoken language</source>
        <translation>말하는 언어</translation>
    </message>
    <message>
        <source>Detect</source>
        <translation>자동 감지</translation>
    </message>
    <message>
        <source>Compute on</source>
        <translation>계산 장치</translation>
    </message>
    <message>
        <source>Fastest available</source>
        <translation>가장 빠른 장치</translation>
    </message>
    <message>
        <source>Speech threshold</source>
        <translation>말소리 판별 기준</translation>
    </message>
    <message>
        <source>Higher ignores more noise, lower hears quieter speech.</source>
        <translation>높이면 잡음에 강해지고, 낮추면 작은 말소리도 듣습니다.</translation>
    </message>
    <message>
        <source>Hold back invented text</source>
        <translation>지어낸 글 보류하기</translation>
    </message>
    <message>
        <source>Held-back lines stay in a drawer and can be put back.</source>
        <translation>보류한 줄은 따로 보관하며 언제든 되돌릴 수 있습니다.</translation>
    </message>
    <message>
        <source>Keywords</source>
        <translation>키워드</translation>
    </message>
    <message>
        <source>Find keywords while people speak</source>
        <translation>말하는 동안 키워드 찾기</translation>
    </message>
    <message>
        <source>With the language model</source>
        <translation>언어 모델 사용</translation>
    </message>
    <message>
        <source>Finds more and sorts them better, when one is there.</source>
        <translation>언어 모델이 있으면 더 많이 찾고 더 잘 분류합니다.</translation>
    </message>
    <message>
        <source>New ones at a time</source>
        <translation>한 번에 찾을 키워드 수</translation>
    </message>
    <message>
        <source>Documents and answers</source>
        <translation>문서와 답변</translation>
    </message>
    <message>
        <source>Passages while people speak</source>
        <translation>말하는 동안 관련 대목 보기</translation>
    </message>
    <message>
        <source>What fits the talk appears beside the transcript.</source>
        <translation>이야기와 관련 있는 대목이 기록 옆에 나타납니다.</translation>
    </message>
    <message>
        <source>Answer from past meetings, too</source>
        <translation>지난 회의에서도 답 찾기</translation>
    </message>
    <message>
        <source>Their citations play the moment they were said.</source>
        <translation>인용을 누르면 그 말을 한 순간을 재생합니다.</translation>
    </message>
    <message>
        <source>Evidence an answer needs</source>
        <translation>답변에 필요한 근거</translation>
    </message>
    <message>
        <source>Higher refuses sooner, lower answers from less.</source>
        <translation>높이면 근거가 부족할 때 더 빨리 답을 거절하고, 낮추면 적은 근거로도 답합니다.</translation>
    </message>
    <message>
        <source>Passages an answer stands on</source>
        <translation>답변에 쓸 대목 수</translation>
    </message>
    <message>
        <source>Largest file</source>
        <translation>읽을 수 있는 최대 파일 크기</translation>
    </message>
    <message>
        <source>{count} s</source>
        <translation>{count}초</translation>
    </message>
    <message>
        <source>Longest reading of one file</source>
        <translation>파일 하나를 읽는 최대 시간</translation>
    </message>
    <message>
        <source>Caption overlay</source>
        <translation>자막 오버레이</translation>
    </message>
    <message>
        <source>Show captions over other windows</source>
        <translation>다른 창 위에 자막 표시</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>줄 수</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>글자 크기</translation>
    </message>
    <message>
        <source>Opacity of the ground</source>
        <translation>배경 불투명도</translation>
    </message>
    <message>
        <source>Show unconfirmed text</source>
        <translation>확정 전 글자도 표시</translation>
    </message>
    <message>
        <source>Words appear sooner but may still change.</source>
        <translation>글자가 더 빨리 보이지만 바뀔 수 있습니다.</translation>
    </message>
    <message>
        <source>Global keys</source>
        <translation>전역 단축키</translation>
    </message>
    <message>
        <source>Start or stop captions</source>
        <translation>자막 시작 또는 중지</translation>
    </message>
    <message>
        <source>Show or hide the overlay</source>
        <translation>오버레이 보이기/숨기기</translation>
    </message>
    <message>
        <source>Move the overlay</source>
        <translation>오버레이 옮기기</translation>
    </message>
    <message>
        <source>Subtitles</source>
        <translation>자막 파일</translation>
    </message>
    <message>
        <source>Lines a subtitle</source>
        <translation>자막 하나의 줄 수</translation>
    </message>
    <message>
        <source>Latin characters a line</source>
        <translation>한 줄의 영문 글자 수</translation>
    </message>
    <message>
        <source>Korean characters a line</source>
        <translation>한 줄의 한글 글자 수</translation>
    </message>
    <message>
        <source>Browser</source>
        <translation>브라우저</translation>
    </message>
</context>
<context>
    <name>StatusStrip</name>
    <message>
        <source>Basic recogniser</source>
        <translation>기본 인식기</translation>
    </message>
    <message>
        <source>English only and less accurate. A Whisper model is much better.</source>
        <translation>영어만 알아듣고 정확도가 낮습니다. Whisper 모델이 훨씬 좋습니다.</translation>
    </message>
    <message>
        <source>Get a better model</source>
        <translation>더 좋은 모델 받기</translation>
    </message>
    <message>
        <source>Recogniser not started</source>
        <translation>인식기 대기 중</translation>
    </message>
    <message>
        <source>Loading {model}…</source>
        <translation>{model} 불러오는 중…</translation>
    </message>
    <message>
        <source>The recogniser failed</source>
        <translation>인식기에 문제가 생겼습니다</translation>
    </message>
    <message>
        <source>Recogniser: {state}</source>
        <translation>인식기: {state}</translation>
    </message>
    <message>
        <source>{seconds} s behind</source>
        <translation>{seconds}초 늦음</translation>
    </message>
    <message>
        <source>How far recognition is behind the sound. Nothing is lost: it catches up.</source>
        <translation>인식이 소리보다 늦은 시간입니다. 빠뜨리지 않고 따라잡습니다.</translation>
    </message>
    <message>
        <source>Sound is missing</source>
        <translation>사라진 소리가 있습니다</translation>
    </message>
    <message>
        <source>All sound accounted for, with gaps</source>
        <translation>모든 소리 확인됨 (빈 구간 있음)</translation>
    </message>
    <message>
        <source>All sound accounted for</source>
        <translation>모든 소리 확인됨</translation>
    </message>
    <message>
        <source>Show where every second went</source>
        <translation>소리 처리 내역 보기</translation>
    </message>
</context>
<context>
    <name>SupportLegend</name>
    <message>
        <source>supported</source>
        <translation>근거 있음</translation>
    </message>
    <message>
        <source>partly</source>
        <translation>일부</translation>
    </message>
    <message>
        <source>unsupported</source>
        <translation>없음</translation>
    </message>
</context>
<context>
    <name>SuppressedDrawer</name>
    <message>
        <source>Held-back lines</source>
        <translation>보류한 줄</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Text the recogniser probably invented. Was it really said? Put it back.</source>
        <translation>인식기가 지어낸 것으로 보이는 글입니다. 실제로 한 말이라면 되돌려 주세요.</translation>
    </message>
    <message>
        <source>Nothing was held back in this session.</source>
        <translation>이 기록에는 보류한 줄이 없습니다.</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>되돌리기</translation>
    </message>
    <message>
        <source>stock phrase</source>
        <translation>상투 문구</translation>
    </message>
    <message>
        <source>hardly any sound</source>
        <translation>소리가 거의 없음</translation>
    </message>
    <message>
        <source>very unsure</source>
        <translation>확신이 매우 낮음</translation>
    </message>
    <message>
        <source>hardly a voice</source>
        <translation>목소리로 보기 어려움</translation>
    </message>
    <message>
        <source>sounds like music</source>
        <translation>음악으로 들림</translation>
    </message>
    <message>
        <source>too fast to be speech</source>
        <translation>말이라기엔 너무 빠름</translation>
    </message>
    <message>
        <source>impossible timing</source>
        <translation>시간이 맞지 않음</translation>
    </message>
    <message>
        <source>repetition</source>
        <translation>반복</translation>
    </message>
</context>
<context>
    <name>TaskCard</name>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>States of the services</source>
        <translation>서비스 상태</translation>
    </message>
</context>
<context>
    <name>TrackStrip</name>
    <message>
        <source>Microphone</source>
        <translation>마이크</translation>
    </message>
    <message>
        <source>System sound</source>
        <translation>시스템 소리</translation>
    </message>
    <message>
        <source>Level: {name}</source>
        <translation>음량: {name}</translation>
    </message>
    <message>
        <source>Default · {device}</source>
        <translation>기본 · {device}</translation>
    </message>
    <message>
        <source>Default microphone</source>
        <translation>기본 마이크</translation>
    </message>
    <message>
        <source>Default output</source>
        <translation>기본 출력</translation>
    </message>
    <message>
        <source>The device is being opened.</source>
        <translation>장치를 여는 중입니다.</translation>
    </message>
    <message>
        <source>No signal: the device may be muted.</source>
        <translation>신호가 없습니다. 음소거되었는지 확인하세요.</translation>
    </message>
    <message>
        <source>The device is gone; it is tried again.</source>
        <translation>장치가 사라져 다시 연결하고 있습니다.</translation>
    </message>
</context>
<context>
    <name>Tracks</name>
    <message>
        <source>Me</source>
        <translation>나</translation>
    </message>
    <message>
        <source>Others</source>
        <translation>상대</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>녹음</translation>
    </message>
</context>
<context>
    <name>TranscriptEmpty</name>
    <message>
        <source>Paused</source>
        <translation>일시정지</translation>
    </message>
    <message>
        <source>Nothing is recorded until you resume.</source>
        <translation>이어서 하기를 누를 때까지 아무것도 기록하지 않습니다.</translation>
    </message>
    <message>
        <source>Start captions</source>
        <translation>자막 시작</translation>
    </message>
    <message>
        <source>Transcribe a file</source>
        <translation>파일 받아쓰기</translation>
    </message>
    <message>
        <source>Everything stays on this computer.</source>
        <translation>모든 내용은 이 컴퓨터에만 남습니다.</translation>
    </message>
    <message>
        <source>Transcribing the file…</source>
        <translation>파일을 받아쓰고 있습니다…</translation>
    </message>
    <message>
        <source>What is said in it appears here.</source>
        <translation>파일에서 나온 말이 여기에 글로 나타납니다.</translation>
    </message>
    <message>
        <source>Listening…</source>
        <translation>듣고 있습니다…</translation>
    </message>
    <message>
        <source>Captions appear here as soon as someone speaks.</source>
        <translation>누군가 말하면 바로 여기에 자막이 나타납니다.</translation>
    </message>
    <message>
        <source>No speech in this session</source>
        <translation>이 기록에는 말소리가 없습니다</translation>
    </message>
    <message>
        <source>Nothing was said, or it has not been transcribed yet.</source>
        <translation>아무 말이 없었거나 아직 받아쓰지 않았습니다.</translation>
    </message>
    <message>
        <source>Ready when you are</source>
        <translation>준비되었습니다</translation>
    </message>
    <message>
        <source>Caption your microphone and what the computer plays, live. Or drop a recording, or documents to ask about, anywhere in this window.</source>
        <translation>마이크와 컴퓨터에서 나는 소리를 실시간 자막으로 보여 줍니다. 녹음 파일이나 질문할 문서를 이 창에 끌어다 놓아도 됩니다.</translation>
    </message>
</context>
<context>
    <name>TranscriptView</name>
    <message>
        <source>Transcript</source>
        <translation>기록</translation>
    </message>
</context>
<context>
    <name>TrayIcon</name>
    <message>
        <source>Start captions</source>
        <translation>자막 시작</translation>
    </message>
    <message>
        <source>Stop captions</source>
        <translation>자막 중지</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>이어서 하기</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>일시정지</translation>
    </message>
    <message>
        <source>Show captions on screen</source>
        <translation>화면에 자막 표시</translation>
    </message>
    <message>
        <source>Move captions</source>
        <translation>자막 옮기기</translation>
    </message>
    <message>
        <source>Open Malgeul</source>
        <translation>말글 열기</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>끝내기</translation>
    </message>
    <message>
        <source>Malgeul</source>
        <translation>말글</translation>
    </message>
    <message>
        <source>Malgeul: recording</source>
        <translation>말글: 기록 중</translation>
    </message>
    <message>
        <source>Malgeul: paused</source>
        <translation>말글: 일시정지</translation>
    </message>
</context>
<context>
    <name>WelcomeDialog</name>
    <message>
        <source>Choose a model</source>
        <translation>모델 고르기</translation>
    </message>
    <message>
        <source>Get started</source>
        <translation>시작하기</translation>
    </message>
    <message>
        <source>Welcome to Malgeul</source>
        <translation>말글에 오신 것을 환영합니다</translation>
    </message>
    <message>
        <source>Detect</source>
        <translation>자동 감지</translation>
    </message>
    <message>
        <source>Spoken language</source>
        <translation>말하는 언어</translation>
    </message>
    <message>
        <source>What is said becomes text you can search and keep.</source>
        <translation>말이 글이 되어, 찾고 간직할 수 있습니다.</translation>
    </message>
    <message>
        <source>Captions your microphone and what the computer plays, apart.</source>
        <translation>마이크와 컴퓨터 소리를 나누어 자막으로 보여 줍니다.</translation>
    </message>
    <message>
        <source>Nothing leaves this computer. Every second is accounted for.</source>
        <translation>아무것도 컴퓨터 밖으로 나가지 않고, 한순간도 빠뜨리지 않습니다.</translation>
    </message>
    <message>
        <source>Starts with a basic recogniser; a Whisper model hears far better.</source>
        <translation>기본 인식기로 바로 시작하고, Whisper 모델을 받으면 훨씬 정확해집니다.</translation>
    </message>
    <message>
        <source>Which language is mostly spoken?</source>
        <translation>주로 어떤 언어로 말하나요?</translation>
    </message>
</context>
</TS>
