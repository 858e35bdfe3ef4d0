@echo off
rem Builds dist\malgeul on Windows (not yet run there); see packaging\build for Linux.
setlocal
set "root=%~dp0..\.."
call "%root%\start.bat" --version || exit /b 1
set "python=%root%\.venv\Scripts\python.exe"
"%python%" -m pip install --quiet pyinstaller==6.22.3 pillow || exit /b 1
if not exist "%root%\build" mkdir "%root%\build"
pushd "%root%"
"%python%" packaging\licences.py resources\licences.json build\licences || exit /b 1
"%python%" packaging\windows\version_info.py build\version_info.txt || exit /b 1
"%python%" -c "from PIL import Image; Image.open('resources/icons/malgeul-256.png').save('build/malgeul.ico')" || exit /b 1
"%python%" -m PyInstaller --noconfirm --clean --distpath dist --workpath build\pyinstaller packaging\malgeul.spec || exit /b 1
xcopy /e /i /q /y build\licences dist\malgeul\licences || exit /b 1
popd
