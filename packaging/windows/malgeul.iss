; Inno Setup script of the Windows installer (not yet run):
;   iscc /DVersion=0.1.0 packaging\windows\malgeul.iss      after packaging\windows\build.bat
#ifndef Version
  #error Give the version: /DVersion=...
#endif
[Setup]
AppId={{8B7B6E0A-3B0C-4E0E-9C6F-7D2A54C1F6D1}
AppName=Malgeul
AppVersion={#Version}
AppPublisher=Malgeul
DefaultDirName={autopf}\Malgeul
DefaultGroupName=Malgeul
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
OutputDir=..\..\dist
OutputBaseFilename=malgeul-{#Version}-setup
LicenseFile=..\..\LICENSE
SetupIconFile=..\..\build\malgeul.ico
UninstallDisplayIcon={app}\malgeul.exe
Compression=lzma2
SolidCompression=yes
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
WizardStyle=modern

[Languages]
Name: "korean"; MessagesFile: "compiler:Languages\Korean.isl"
Name: "english"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "autostart"; Description: "{cm:AutoStartProgram,Malgeul}"; Flags: unchecked

[Files]
Source: "..\..\dist\malgeul\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Malgeul"; Filename: "{app}\malgeul.exe"
Name: "{autodesktop}\Malgeul"; Filename: "{app}\malgeul.exe"; Tasks: desktopicon

[Registry]
; The same value that the switch in the program's settings writes (desktop/app/autostart.py), so that
; the switch shows what was chosen here; it leaves with the program, whoever wrote it.
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: string; ValueName: "Malgeul"; ValueData: """{app}\malgeul.exe"""; Tasks: autostart
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: none; ValueName: "Malgeul"; Flags: dontcreatekey uninsdeletevalue

[Run]
Filename: "{app}\malgeul.exe"; Description: "{cm:LaunchProgram,Malgeul}"; Flags: nowait postinstall skipifsilent
; Transcripts and recordings in the user's data directory stay on uninstall.
