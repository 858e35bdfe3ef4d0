@echo off
rem Starts Malgeul on Windows; the first time it prepares everything it needs.
rem Arguments go to "python -m desktop":  start.bat   start.bat transcribe talk.mp3
rem Writes only into this folder (.venv, *.qm) and the user's data directory.
setlocal EnableExtensions EnableDelayedExpansion
chcp 65001 >nul
set "root=%~dp0"
set "venv=%root%.venv"
set "python=%venv%\Scripts\python.exe"

if not exist "%python%" (
  call :find_python
  if not defined base (
    echo malgeul: Python 3.11 or newer was not found. 1>&2
    echo          Install it from https://www.python.org/downloads/ and start again. 1>&2
    exit /b 1
  )
  echo malgeul: creating the environment in %venv% 1>&2
  !base! -m venv "%venv%"
  if errorlevel 1 (
    if exist "%venv%" rmdir /s /q "%venv%"
    echo malgeul: the environment could not be created; the reason is above. 1>&2
    exit /b 1
  )
)

rem The stamp is a copy of what was installed: any difference means the packages are looked at again.
copy /b /y "%root%pyproject.toml" + "%root%constraints.txt" "%venv%\wanted.tmp" >nul
fc /b "%venv%\wanted.tmp" "%venv%\packages-run" >nul 2>&1
if errorlevel 1 (
  echo malgeul: installing Python packages ^(a few hundred megabytes the first time^) 1>&2
  "%python%" -c "import tomllib; print(chr(10).join(tomllib.load(open(r'%root%pyproject.toml','rb'))['project']['dependencies']))" > "%venv%\requirements.txt"
  "%python%" -m pip install --quiet --no-cache-dir --disable-pip-version-check -r "%venv%\requirements.txt" -c "%root%constraints.txt"
  if errorlevel 1 (
    echo malgeul: the Python packages could not be installed; the reason is above. 1>&2
    echo          The first start needs a network connection and about 1 GB of free space. 1>&2
    exit /b 1
  )
  rem Makes "desktop" importable from any directory; relative, so the folder may be moved.
  >"%venv%\Lib\site-packages\malgeul-checkout.pth" echo ..\..\..
  move /y "%venv%\wanted.tmp" "%venv%\packages-run" >nul
) else (
  del "%venv%\wanted.tmp"
)

for %%T in ("%root%resources\translations\*.ts") do (
  rem Anew when the text has changed: a copy of what was compiled lies in the environment.
  fc /b "%%T" "%venv%\%%~nxT" >nul 2>&1
  if errorlevel 1 (
    "%venv%\Lib\site-packages\PySide6\lrelease.exe" -silent "%%T" -qm "%%~dpnT.qm" && copy /y "%%T" "%venv%\%%~nxT" >nul
  ) else if not exist "%%~dpnT.qm" (
    "%venv%\Lib\site-packages\PySide6\lrelease.exe" -silent "%%T" -qm "%%~dpnT.qm"
  )
)

"%python%" -P -m desktop %*
exit /b %errorlevel%

:find_python
for %%C in ("py -3.13" "py -3.12" "py -3.11" "py -3" "python") do (
  if not defined base (
    %%~C -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>&1
    if not errorlevel 1 set "base=%%~C"
  )
)
exit /b 0
